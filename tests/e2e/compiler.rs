//! The compile process: its permissions, its ends, and invalid helpers.

use std::path::{Path, PathBuf};
use std::time::Duration;

use larder::Settings;
use larder::sandbox::{
    CompileLimitExceeded, CompileLimits, Compiler, Ending, EngineKind, EngineVariant, Reservation, SandboxError,
};
use larder_tests::host::Host;
use larder_tests::{Running, World, hostile, until, wat, world};
use rustix::process::Signal;

/// Returns the system's status of a process; `None` when it has ended.
fn status(process: &Path) -> Option<String> {
    let status = std::fs::read_to_string(process.join("status")).ok()?;
    (!status.contains("State:\tZ")).then_some(status)
}

/// Returns the process that compiles for `parent`, once it has bounded itself.
fn helper_of(parent: u32) -> Option<PathBuf> {
    let processes = std::fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
    let mut children = processes.filter(|process| {
        status(process).is_some_and(|status| status.lines().any(|line| line == format!("PPid:\t{parent}")))
    });
    let is_bounded = |process: &PathBuf| {
        let arguments = std::fs::read(process.join("cmdline")).unwrap_or_default();
        let limits = std::fs::read_to_string(process.join("limits")).unwrap_or_default();
        let files = limits.lines().find(|line| line.starts_with("Max file size"));
        arguments.windows(14).any(|window| window == b"compile-helper")
            && files.is_some_and(|files| files.contains("1073741824"))
    };
    children.find(is_bounded)
}

/// Starts a command with a long compilation, and returns it with its helper.
fn compiling(world: &World) -> (Running, PathBuf) {
    world.write("heavy.wasm", hostile::locals(100_000));
    let running = Running::start(&mut world.command(["run", "heavy.wasm", "f", "--pinned"]));
    let helper = until("the helper", || helper_of(running.id()));
    (running, helper)
}

#[test]
fn a_helper_has_nothing_but_what_it_compiles() {
    let world = world!();
    let (running, helper) = compiling(&world);
    assert_eq!(std::fs::read(helper.join("environ")).unwrap(), b"");
    assert_eq!(std::fs::read_link(helper.join("cwd")).unwrap(), Path::new("/"));
    let limits = std::fs::read_to_string(helper.join("limits")).unwrap();
    let limit = |name: &str| {
        limits.lines().find(|line| line.starts_with(name)).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(limit("Max data size"), "Max data size 4294967296 4294967296 bytes");
    assert_eq!(limit("Max core file size"), "Max core file size 0 0 bytes");
    assert!(!limit("Max cpu time").contains("unlimited"), "{limits}");
    let files = std::fs::read_dir(helper.join("fd")).unwrap();
    let mut files: Vec<_> = files.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    files.sort();
    assert_eq!(files, ["0", "1", "2"]);
    drop(running);
}

#[test]
fn a_helper_is_held_to_computing_as_far_as_the_kernel_can() {
    let world = world!();
    let sizes = world.json(0, ["sizes"]);
    let (running, helper) = compiling(&world);
    let is_limited = || {
        let limits = std::fs::read_to_string(helper.join("limits")).ok()?;
        let limit = limits.lines().find(|line| line.starts_with("Max open files"))?;
        (limit.split_whitespace().nth(3) == Some("3")).then_some(())
    };
    until("the end of new files", is_limited);
    if sizes["compile_helper"]["seccomp"] == true {
        until("the filter", || status(&helper)?.lines().any(|line| line == "Seccomp_filters:\t2").then_some(()));
        let status = status(&helper).unwrap();
        assert!(status.contains("NoNewPrivs:\t1") && status.contains("Seccomp:\t2"), "{status}");
    } else {
        println!("SKIPPED: this kernel has no seccomp filters");
    }
    drop(running);
}

#[test]
fn a_host_that_is_killed_leaves_no_compiler_behind() {
    let world = world!();
    world.store_an_entry();
    for signal in [Signal::KILL, Signal::TERM] {
        let (running, helper) = compiling(&world);
        running.signal(signal);
        running.end().exits(-1);
        until("the end of the helper", || status(&helper).is_none().then_some(()));
        world.keeps_the_entry();
    }
    let left = std::fs::read_dir(world.cache().join("compiled")).unwrap().count();
    assert_eq!(left, 1, "nothing is left of what was not compiled");
}

#[test]
fn ctrl_c_ends_the_helper_too() {
    let world = world!();
    let (running, helper) = compiling(&world);
    running.signal(Signal::INT);
    running.end().fails(130, &["interrupted"]);
    until("the end of the helper", || status(&helper).is_none().then_some(()));
}

#[test]
fn without_a_cache_nothing_is_left_anywhere() {
    let world = world!();
    world.write("sum.wat", wat::Sum::default().wat());
    let before = std::fs::read_dir(world.folder()).unwrap().count();
    world.larder(["run", "sum.wat", "sum", "a=1", "b=2", "--no-cache"]).exits(0).prints("1\n");
    assert_eq!(std::fs::read_dir(world.folder()).unwrap().count(), before);
}

#[test]
fn a_helper_whose_host_is_another_process_does_nothing() {
    let world = world!();
    let request = r#"{"variant":{"kind":"sync","reservation":"whole"},"parent":1,"memory_bytes":1000000000,
        "cpu_seconds":10,"code_bytes":1000000}"#;
    world.larder(["compile-helper", request]).exits(6).prints("").says("the host has ended");
    world.larder(["compile-helper", "no request"]).exits(6).prints("").says("no request of this version");
    world.larder(["--help"]).exits(0);
    assert!(!world.larder(["--help"]).stdout.contains("compile-helper"));
}

/// Returns the error of a host whose helper is this shell script; the script's last argument is the request.
#[track_caller]
fn script(world: &World, script: &str) -> SandboxError {
    let program = world.command::<&str>([]).get_program().to_owned();
    let arguments = vec!["-c".into(), script.into(), program];
    // The process of the tests is far smaller than this limit: an abort is not for lack of memory.
    with_helper(world, "/bin/sh", arguments, CompileLimits { memory_bytes: 1 << 50, ..CompileLimits::default() })
}

#[track_caller]
fn with_helper(
    world: &World,
    program: &str,
    arguments: Vec<std::ffi::OsString>,
    compile: CompileLimits,
) -> SandboxError {
    let component = world.write("small.wasm", hostile::blocks(1));
    let compiler = Compiler::Helper { program: program.into(), arguments };
    let host = Host::with(Settings { compiler, compile, ..Settings::new(Some(world.cache())) });
    let refused = host.refuses(&component, "f");
    // A valid helper still works.
    let host = Host::compiling(world, CompileLimits::default());
    assert_eq!(host.runs(), 0);
    host.call(&component, "f", &[]).unwrap();
    refused
}

#[test]
fn a_helper_that_is_not_there_is_named() {
    for (program, why) in [("/nowhere/larder", "No such file"), ("larder", "not absolute"), ("/", "ermission denied")] {
        let refused = with_helper(&world!(), program, Vec::new(), CompileLimits::default());
        let SandboxError::CompilerNotStarted { program: named, reason } = &refused else { panic!("{refused}") };
        assert!(named == Path::new(program) && reason.contains(why), "{refused}");
    }
}

#[test]
fn code_that_no_helper_vouches_for_is_never_loaded() {
    let fingerprint = EngineVariant { kind: EngineKind::Sync, reservation: Reservation::Whole }.fingerprint();
    let verdict = |bytes: usize, engine: &str| {
        format!(r#"printf garbage; echo '{{"compiled":{{"bytes":{bytes},"engine":"{engine}"}}}}' >&2"#)
    };
    for (helper, why) in [
        ("printf garbage".to_owned(), "without a verdict"),
        ("printf garbage; echo yes >&2".to_owned(), "without a verdict"),
        (verdict(7, "other 1.0"), "compiles for `other 1.0`"),
        (verdict(8, &fingerprint), "of 8 bytes, 7 arrived"),
        // It prints a helper's output without being one: the engine has the last word.
        (verdict(7, &fingerprint), "failed to load code"),
        (format!("{}; exit 1", verdict(7, &fingerprint)), "exit status 1"),
    ] {
        let refused = script(&world!(), &helper).to_string();
        assert!(refused.contains(why), "{helper}: {refused}");
    }
}

/// The code is a valid beginning, and the helper ended well.
#[test]
fn code_that_is_cut_short_is_never_loaded() {
    let cut = r#"request=$(echo "$1" | sed "s/\"parent\":[0-9]*/\"parent\":$$/")
        "$0" compile-helper "$request" && truncate -s 9000 /proc/$$/fd/1"#;
    let refused = script(&world!(), cut);
    let SandboxError::CompilerOutput { reason } = &refused else { panic!("{refused:?}") };
    assert!(reason.contains("9000 arrived"), "{reason}");
}

#[test]
fn a_helper_that_dies_is_told_from_one_that_refuses() {
    let died = |helper: &str| {
        let refused = script(&world!(), helper);
        let SandboxError::CompilerDied { ending, said } = refused else { panic!("{helper}: {refused}") };
        (ending, said)
    };
    for signal in [Signal::SEGV, Signal::ABORT, Signal::KILL, Signal::BUS] {
        let number = signal.as_raw();
        let (ending, said) = died(&format!("printf half; echo words >&2; kill -{number} $$"));
        assert_eq!((ending, said.as_str()), (Ending::Signal(number), "words\n"));
    }
    assert_eq!(died("echo words >&2; exit 101").0, Ending::Exit(101));
    let refused = script(&world!(), r#"echo '{"refused":{"message":"in its words"}}' >&2; exit 1"#);
    assert_eq!(refused, SandboxError::Compile("in its words".to_owned()));
    let limit = CompileLimitExceeded::Time { limit: Duration::from_secs(120) };
    assert_eq!(script(&world!(), "kill -XCPU $$"), SandboxError::CompileLimit(limit));
}

#[test]
fn a_helper_that_never_ends_is_stopped() {
    let world = world!();
    let compile = CompileLimits { time: Duration::from_millis(200), ..CompileLimits::default() };
    let refused = with_helper(&world, "/bin/sh", vec!["-c".into(), "exec sleep 1000".into()], compile);
    assert_eq!(refused, SandboxError::CompileLimit(CompileLimitExceeded::Time { limit: compile.time }));
}

#[test]
fn a_caller_that_goes_away_takes_the_helper_along() {
    let world = world!();
    let component = world.write("small.wasm", hostile::blocks(1));
    let told = world.folder().join("process");
    let script = format!("echo $$ > {}; exec sleep 1000", told.display());
    let compiler = Compiler::Helper { program: "/bin/sh".into(), arguments: vec!["-c".into(), script.into()] };
    let host = Host::with(Settings { compiler, ..Settings::new(Some(world.cache())) });
    let process = || std::fs::read_to_string(&told).ok().filter(|id| id.ends_with('\n'));
    assert!(!host.answers_before(|| process().is_some(), &component, "f"));
    let process = process().unwrap();
    let process = Path::new("/proc").join(process.trim());
    until("the end of the helper", || status(&process).is_none().then_some(()));
}
