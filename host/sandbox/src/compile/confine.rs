//! Confinement of a compile helper by the kernel, beside its limits: Landlock and seccomp, as far as the kernel has
//! them.
//!
//! A compiler that a component takes over must only be able to compute: to use the files it has open, take memory, and
//! start threads. Each layer alone keeps it from files, programs and most sockets, so that a kernel without the other
//! still confines it. Without both, the limit on open files remains.
//!
//! | | Landlock | seccomp | without them |
//! |---|---|---|---|
//! | opening or making a file | refused | refused | refused: no number is left for it |
//! | running a program | refused | refused | |
//! | connecting, waiting for connections | TCP | refused | refused: no number is left for it |
//! | signals to others, `ptrace` | refused | refused | |
//! | executable memory, new processes, all other calls | | refused | |

use std::collections::BTreeMap;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, RestrictSelfAttr as _, Ruleset, RulesetAttr as _, RulesetStatus, Scope,
};
use nix::libc;
use rustix::process::{Resource, Rlimit, getpid, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
};

/// Number of files that a helper has open: the standard streams.
const STREAMS: u64 = 3;

/// Confinement layers that this kernel has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Confinement {
    /// Landlock: no files, no programs.
    pub landlock: bool,
    /// A seccomp filter: only the system calls that a compiler needs.
    pub seccomp: bool,
}

impl Confinement {
    /// Tests which layers this kernel has, on a separate thread, since the confinement ends with the thread.
    #[must_use]
    pub fn of_this_machine() -> Self {
        let tried = std::thread::spawn(|| {
            let landlock = landlock();
            let allow_all = filter(BTreeMap::new(), SeccompAction::Allow);
            let seccomp = allow_all.is_some_and(|filter| seccompiler::apply_filter(&filter).is_ok());
            Self { landlock, seccomp }
        });
        tried.join().unwrap_or(Self { landlock: false, seccomp: false })
    }
}

/// Confines this process permanently, as far as the kernel supports it. Before Linux 7.0, existing threads prevent
/// Landlock: call this before any thread is started.
pub(super) fn confine() -> Confinement {
    // The order matters: Landlock takes a file descriptor for a while, and the filter allows no call that sets
    // anything up. Both set `no_new_privs`.
    let landlock = landlock();
    no_more_files();
    Confinement { landlock, seccomp: seccomp() }
}

/// Lowers the limit on open files: open files stay open, and no further one can be opened.
fn no_more_files() {
    let none = Rlimit { current: Some(STREAMS), maximum: Some(STREAMS) };
    // A lower limit that is already set serves as well.
    let _ = setrlimit(Resource::Nofile, none);
}

/// Handles all accesses that the kernel can refuse, without a rule that allows any.
fn landlock() -> bool {
    let abi = ABI::V10;
    let restricted = Ruleset::default()
        .handle_access(AccessFs::from_all(abi))
        .and_then(|ruleset| ruleset.handle_access(AccessNet::from_all(abi)))
        .and_then(|ruleset| ruleset.scope(Scope::from_all(abi)))
        .and_then(Ruleset::create)
        .and_then(|ruleset| ruleset.all_threads(true))
        .and_then(landlock::RulesetCreated::restrict_self);
    // An older kernel enforces a part; files and programs are in every version.
    restricted.is_ok_and(|status| status.ruleset != RulesetStatus::NotEnforced)
}

fn seccomp() -> bool {
    let Some((threads, calls)) = no_clone3().zip(known_calls()) else { return false };
    // A filter applies to all threads or to none.
    [threads, calls].iter().all(|filter| seccompiler::apply_filter_all_threads(filter).is_ok())
}

/// Filter for `clone3`. Its flags are in memory, where a filter cannot see them. A C library that is told that the
/// call is missing uses `clone`.
fn no_clone3() -> Option<BpfProgram> {
    let calls = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
    let not_there = SeccompAction::Errno(u32::try_from(libc::ENOSYS).ok()?);
    SeccompFilter::new(calls, SeccompAction::Allow, not_there, target()?).ok()?.try_into().ok()
}

/// Filter for all other calls, which are refused with `EPERM`: none is needed, and a library that tries one goes on.
fn known_calls() -> Option<BpfProgram> {
    let mut calls: BTreeMap<i64, Vec<SeccompRule>> = ALLOWED.iter().map(|call| (*call, Vec::new())).collect();
    let own = u64::try_from(getpid().as_raw_pid()).ok()?;
    let executable = u64::try_from(libc::PROT_EXEC).ok()?;
    let thread = u64::try_from(libc::CLONE_THREAD).ok()?;
    let set_name = u64::try_from(libc::PR_SET_NAME).ok()?;
    for (call, conditions) in [
        (libc::SYS_mmap, vec![condition(2, SeccompCmpOp::MaskedEq(executable), 0)?]),
        (libc::SYS_mprotect, vec![condition(2, SeccompCmpOp::MaskedEq(executable), 0)?]),
        // A new thread, but not a new process.
        (libc::SYS_clone, vec![condition(0, SeccompCmpOp::MaskedEq(thread), thread)?]),
        // Its own abort, but no signal to other processes.
        (libc::SYS_tgkill, vec![condition(0, SeccompCmpOp::Eq, own)?]),
        (libc::SYS_prctl, vec![condition(0, SeccompCmpOp::Eq, set_name)?]),
        // Reading its own limits: one of them gives the size of a thread's stack.
        (libc::SYS_prlimit64, vec![condition(0, SeccompCmpOp::Eq, 0)?, whole(2, 0)?]),
    ] {
        calls.insert(call, vec![SeccompRule::new(conditions).ok()?]);
    }
    filter(calls, SeccompAction::Errno(u32::try_from(libc::EPERM).ok()?))
}

/// System calls of a compiler: it uses open files, takes memory, runs threads, and ends.
const ALLOWED: &[i64] = &[
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_pwrite64,
    libc::SYS_lseek,
    libc::SYS_close,
    libc::SYS_fstat,
    libc::SYS_brk,
    libc::SYS_madvise,
    libc::SYS_mremap,
    libc::SYS_munmap,
    libc::SYS_membarrier,
    // The other filter answers this one.
    libc::SYS_clone3,
    libc::SYS_futex,
    libc::SYS_getcpu,
    libc::SYS_getpid,
    libc::SYS_getppid,
    libc::SYS_gettid,
    libc::SYS_rseq,
    libc::SYS_sched_getaffinity,
    libc::SYS_sched_yield,
    libc::SYS_set_robust_list,
    libc::SYS_set_tid_address,
    libc::SYS_rt_sigaction,
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    libc::SYS_restart_syscall,
    libc::SYS_clock_getres,
    libc::SYS_clock_gettime,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_getrandom,
    libc::SYS_sysinfo,
    libc::SYS_exit,
    libc::SYS_exit_group,
];

/// Builds a filter that allows the matching calls.
fn filter(calls: BTreeMap<i64, Vec<SeccompRule>>, otherwise: SeccompAction) -> Option<BpfProgram> {
    // A filter whose two actions are equal is rejected.
    let matching = if otherwise == SeccompAction::Allow { SeccompAction::Log } else { SeccompAction::Allow };
    SeccompFilter::new(calls, otherwise, matching, target()?).ok()?.try_into().ok()
}

/// The architecture that system calls are numbered for; `None` where no filter exists for it.
fn target() -> Option<seccompiler::TargetArch> {
    std::env::consts::ARCH.try_into().ok()
}

/// Returns a condition on the lower half of an argument, which is all that the kernel reads of an `int`.
fn condition(argument: u8, is: SeccompCmpOp, value: u64) -> Option<SeccompCondition> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, is, value).ok()
}

/// Returns a condition on all of an argument, such as a pointer.
fn whole(argument: u8, value: u64) -> Option<SeccompCondition> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, value).ok()
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::{Read as _, Seek as _, Write as _};
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::unix::net::UnixStream;
    use std::process::{Command, Stdio};

    use rustix::process::{Signal, getppid, kill_process};

    use super::*;

    const ROLE: &str = "LARDER_CONFINED_BY";
    const PORT: &str = "LARDER_CONFINED_PORT";

    /// Not a test by itself: a process that confines itself, tries to get out, and prints the results.
    #[test]
    #[ignore = "a child of the tests beside it"]
    #[expect(
        clippy::disallowed_methods,
        reason = "the test harness hands no arguments on, so a child is told by variables"
    )]
    fn a_child() {
        let (Some(role), Some(port)) = (std::env::var_os(ROLE), std::env::var_os(PORT)) else { return };
        let port: u16 = port.to_str().unwrap().parse().unwrap();
        let mut open = tempfile::tempfile().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let confined = match role.to_str().unwrap() {
            "landlock" => landlock(),
            "seccomp" => seccomp(),
            _ => confine() == Confinement { landlock: true, seccomp: true },
        };
        println!("confined: {confined}");
        let said = |what: &str, done: bool| println!("{what}: {}", if done { "done" } else { "refused" });
        said("read", File::open("/etc/passwd").is_ok());
        said("create", File::create(folder.path().join("new")).is_ok());
        said("list", std::fs::read_dir("/").is_ok());
        said("remove", std::fs::remove_dir(folder.path()).is_ok());
        said("run", Command::new("/bin/true").stdin(Stdio::null()).spawn().is_ok());
        said("tcp", TcpStream::connect(("127.0.0.1", port)).is_ok());
        said("udp", UdpSocket::bind("127.0.0.1:0").is_ok());
        said("unix", UnixStream::pair().is_ok());
        said("memfd", rustix::fs::memfd_create("larder", rustix::fs::MemfdFlags::CLOEXEC).is_ok());
        said("signal", kill_process(getppid().unwrap(), Signal::CONT).is_ok());
        said("executable memory", executable_memory());
        // The operations that a compiler needs.
        let mut text = String::new();
        let io = open.write_all(b"kept").and_then(|()| open.rewind()).and_then(|()| open.read_to_string(&mut text));
        said("use what is open", io.is_ok() && text == "kept");
        said("take memory", vec![1_u8; 64 << 20].iter().map(|byte| u64::from(*byte)).sum::<u64>() == 64 << 20);
        let inside = std::thread::Builder::new().name("another".to_owned()).spawn(|| File::open("/etc/passwd").is_ok());
        said("start threads", inside.is_ok());
        said("read in a thread", inside.unwrap().join().unwrap());
        said("catch a panic", std::panic::catch_unwind(|| panic!("as a compiler may")).is_err());
    }

    fn executable_memory() -> bool {
        let all = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
        let anonymous = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        #[expect(unsafe_code, reason = "a mapping is made by the kernel's call alone")]
        // SAFETY: a new mapping at an address of the kernel's choice, to which nothing refers.
        let mapped = unsafe { libc::mmap(std::ptr::null_mut(), 4096, all, anonymous, -1, 0) };
        mapped != libc::MAP_FAILED
    }

    /// Returns the output of a child that is confined by `role`, or `None` if the kernel lacks it.
    fn child(role: &str) -> Option<Vec<String>> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let name = module_path!().split_once("::").unwrap().1;
        let ran = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "--test-threads=1", &format!("{name}::a_child")])
            .env(ROLE, role)
            .env(PORT, listener.local_addr().unwrap().port().to_string())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned();
        assert!(ran.status.success(), "{said}\n{}", String::from_utf8_lossy(&ran.stderr));
        if !said.contains("confined: true") {
            println!("SKIPPED: this kernel has no {role}");
            return None;
        }
        Some(said.lines().map(str::to_owned).collect())
    }

    #[track_caller]
    fn expect(said: &[String], refused: &[&str], done: &[&str]) {
        for (end, whats) in [("refused", refused), ("done", done)] {
            for what in whats {
                // The harness may have begun the line.
                assert!(said.iter().any(|line| line.ends_with(&format!("{what}: {end}"))), "{what}: {said:#?}");
            }
        }
    }

    const NEEDED: [&str; 4] = ["use what is open", "take memory", "start threads", "catch a panic"];

    #[test]
    fn landlock_alone_keeps_a_helper_from_files_and_programs() {
        let Some(said) = child("landlock") else { return };
        expect(&said, &["read", "create", "list", "remove", "run", "read in a thread"], &NEEDED);
    }

    #[test]
    fn seccomp_alone_keeps_a_helper_from_all_but_computing() {
        let Some(said) = child("seccomp") else { return };
        let refused = [
            "read",
            "create",
            "list",
            "remove",
            "run",
            "tcp",
            "udp",
            "unix",
            "memfd",
            "signal",
            "executable memory",
            "read in a thread",
        ];
        expect(&said, &refused, &NEEDED);
    }

    #[test]
    fn both_together_let_a_helper_compute() {
        let Some(said) = child("both") else { return };
        expect(&said, &["read", "run", "tcp", "read in a thread"], &NEEDED);
    }

    #[test]
    fn trying_what_the_kernel_has_confines_nobody_else() {
        let found = Confinement::of_this_machine();
        File::open("/etc/passwd").unwrap();
        assert!(Command::new("/bin/true").status().unwrap().success());
        assert_eq!(found, Confinement::of_this_machine());
    }
}
