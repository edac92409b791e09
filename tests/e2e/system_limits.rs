//! Limits that the system sets (`ulimit`, control groups): they are reported as such, or the command works within
//! them. Nothing panics, nothing is reported as a bug of Larder, and the component is not blamed.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use larder_tests::{Called, Ran, World, bind_to_permissions, guests, wat, world};

/// Returns `command`, to be started under these limits of bash's `ulimit`.
fn limited(command: &Command, limits: &str) -> Command {
    let mut limited = Command::new("bash");
    limited.args(["-c", &format!("ulimit {limits}; exec \"$@\""), "bash"]).arg(command.get_program());
    limited.args(command.get_args()).env_clear();
    limited.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    limited.current_dir(command.get_current_dir().unwrap()).stdin(std::process::Stdio::null());
    limited
}

/// Expects that it did its work, or reported in one line what the system refused.
#[track_caller]
fn is_sound(ran: &Ran, refusals: &[&str]) {
    assert!([0, 2, 4, 7].contains(&ran.code), "{ran}");
    ran.is_silent_about("bug").is_silent_about("internal error").is_silent_about("stack backtrace");
    let errors: Vec<_> = ran.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), usize::from(ran.code != 0), "{ran}");
    assert!(errors.iter().all(|error| refusals.iter().any(|refusal| error.contains(refusal))), "{ran}");
}

#[test]
fn few_descriptors_are_told() {
    let world = world!();
    world.write("tools.wat", wat::Sum::default().wat());
    world.write("data/a", "a");
    world.write("inputs.csv", "a,b\n1,2\n3,4\n");
    let sum = ["run", "tools.wat", "sum", "a=1", "b=2", "--cache-version", "1"];
    let batch = ["batch", "tools.wat", "sum", "inputs.csv", "--cache-version", "1", "--fail-fast"];
    for cached in [false, true] {
        for descriptors in 4..28 {
            let limits = format!("-n {descriptors}");
            if !cached {
                let _ = std::fs::remove_dir_all(world.cache());
            }
            for command in [&sum[..], &batch, &["inspect", "tools.wat"], &["sizes"], &["blob", "put", "data"]] {
                let ran = Ran::of(&mut limited(&world.command(command), &limits));
                // With fewer, the program itself, or the shell, cannot start.
                if descriptors >= 6 {
                    is_sound(&ran, &["Too many open files", "os error 24"]);
                    // The limit is to blame, whatever could not be opened.
                    assert!(ran.code == 0 || ran.code == 2 && ran.stderr.contains("ulimit -n"), "{ran}");
                }
            }
        }
        world.larder(sum).exits(0);
    }
    let ran = Ran::of(&mut limited(&world.command(sum), "-n 8"));
    ran.fails(2, &["Too many open files", "ulimit -n"]);
}

#[test]
fn few_threads_are_told() {
    let world = world!();
    world.write("tools.wat", wat::Sum::default().wat());
    world.write("inputs.csv", "a,b\n1,2\n3,4\n");
    let cached = ["--cache-dir", "open/cache", "--cache-version", "1"];
    let run = ["run", "tools.wat", "sum", "a=1", "b=2"];
    let batch = ["batch", "tools.wat", "sum", "inputs.csv", "-j", "3"];
    let both = |command: &[&'static str]| [[command, &["--no-cache"]].concat(), [command, &cached].concat()];
    let commands: Vec<_> = [both(&run), both(&batch)].concat();
    let inspect = vec!["inspect", "tools.wat"];
    // There the other user creates a separate cache.
    std::fs::create_dir(world.folder().join("open")).unwrap();
    std::fs::set_permissions(world.folder().join("open"), Permissions::from_mode(0o777)).unwrap();
    // Each limit in turn, so that each thread fails to start once; nothing may wait for it then.
    for threads in 1..20 {
        let limits = format!("-u {threads}");
        for command in commands.iter().chain([&inspect]) {
            let mut command = limited(&world.unprivileged(command), &limits);
            bind_to_permissions(&mut command);
            let ran = Ran::of(&mut command);
            is_sound(&ran, &["Resource temporarily unavailable", "os error 11"]);
            assert!(ran.code == 0 || ran.code == 2 && ran.stderr.contains("ulimit -u"), "{ran}");
        }
    }
}

#[test]
fn a_component_is_not_to_blame_for_a_limit_on_the_size_of_files() {
    let world = world!();
    for kib in [0, 1, 2, 4, 8, 64] {
        let _ = std::fs::remove_dir_all(world.cache());
        let run = ["run", guests::PRIMES, "count-below", "limit=10"];
        let ran = Ran::of(&mut limited(&world.command(run), &format!("-f {kib}")));
        assert!(ran.code == 0 || ran.code == 2 && ran.stderr.contains("ulimit -f"), "{kib} KiB: {ran}");
    }
}

/// Runs `task` under a limit on address space, in MiB.
#[track_caller]
fn run_in(world: &World, mib: u64, component: &str, task: &[&str]) -> Called {
    let mut arguments = vec!["run", component];
    arguments.extend(task);
    arguments.push("--json");
    let ran = Ran::of(&mut limited(&world.command(&arguments), &format!("-v {}", mib << 10)));
    Called(serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{ran}")))
}

/// Code with small reservations is other code, in a separate file, with the same answers and the same fuel.
#[test]
fn little_address_space_changes_neither_answers_nor_fuel() {
    let world = world!();
    let fuel = |called: &Called| called.0["provenance"]["fuel"].as_u64().unwrap();
    for (guest, task) in [
        (guests::PRIMES, &["count-below", "limit=20000"][..]),
        (guests::WORD_STATS, &["word-stats", "text=to be or not to be", "mode=strict"]),
        (guests::SCRATCH, &["copy", "bytes=300000", "piece=4097"]),
        (guests::ASYNC_FILES, &["transcript"]),
        (guests::DETERMINISM, &["look", "salt=7"]),
    ] {
        let whole = world.run(guest, task[0], &task[1..]);
        let mut refreshed = task.to_vec();
        refreshed.push("--refresh");
        let small = run_in(&world, 2000, guest, &refreshed);
        assert_eq!(whole.result(), small.result(), "{guest}");
        assert_eq!(fuel(&whole), fuel(&small), "{guest}");
        assert_eq!(small.work("compilations"), 1, "{guest}: {:#}", small.0);
        // Both variants of the code are kept, and each is loaded by the process that it fits.
        let again = run_in(&world, 2000, guest, &refreshed);
        assert_eq!((again.work("compilations"), again.work("compiled_loads")), (0, 1), "{guest}: {:#}", again.0);
        let again = world.run(guest, task[0], &refreshed[1..]);
        assert_eq!((again.work("compilations"), again.work("compiled_loads")), (0, 1), "{guest}: {:#}", again.0);
        // One stores, the other hits.
        assert_eq!(run_in(&world, 2000, guest, task).status(), "hit");
    }
}

#[test]
fn what_does_not_fit_the_address_space_names_the_limit() {
    let world = world!();
    world.write("tools.wat", wat::Sum::default().wat());
    for mib in [4000, 1000, 500, 300] {
        let ran = Ran::of(&mut limited(
            &world.command(["run", "tools.wat", "sum", "a=1", "b=2", "--no-cache"]),
            &format!("-v {}", mib << 10),
        ));
        is_sound(&ran, &["memory", "os error 12", "os error 11"]);
        if mib >= 1000 {
            ran.exits(0).prints("1\n");
        }
        if ran.code != 0 {
            ran.says("ulimit -v");
        }
    }
}

#[test]
fn the_limit_on_address_space_bounds_the_sizes() {
    let world = world!();
    let mut command = limited(&world.command(["sizes", "--json"]), "-v 1048576");
    let sizes: serde_json::Value = serde_json::from_str(&Ran::of(&mut command).stdout).unwrap();
    assert_eq!(sizes["machine"]["memory_bytes"], 1 << 30, "{sizes:#}");
    assert_eq!(sizes["sizes"]["small"]["memory_bytes"], (1 << 30) / 4 * 3, "{sizes:#}");
    world.larder(["sizes"]).exits(0).is_silent_about("ulimit");
}
