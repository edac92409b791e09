//! Files that are not components, and components that cannot be a host's tasks: exit code 6, and a way out.

use std::fs::{File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use larder_tests::{Ran, Running, World, guests, wat, world};

/// Expects that both `inspect` and `run` refuse `component`, in these words.
#[track_caller]
fn refused(world: &World, component: &str, code: i32, texts: &[&str]) {
    world.larder(["inspect", component]).fails(code, texts);
    world.print(component, "hello", &["--pinned"]).fails(code, texts);
}

/// Expects that stored results of other components still answer.
fn unharmed(check: impl FnOnce(&World)) {
    let world = world!();
    world.store_an_entry();
    check(&world);
    world.keeps_the_entry();
}

#[test]
fn what_is_not_webassembly_is_told_apart() {
    unharmed(|world| {
        let text: String = ('!'..='~').cycle().take(5000).collect();
        for (name, bytes, texts) in [
            ("garbage.wasm", &[0x9b; 3000][..], &["garbage.wasm", "not WebAssembly"][..]),
            ("empty.wasm", b"", &["is empty", "build"]),
            ("core.wasm", b"\0asm\x01\0\0\0", &["core module", "larder componentize"]),
            ("text.wasm", text.as_bytes(), &["text.wasm", "not WebAssembly"]),
            ("text.wat", b"hello", &["could not be parsed", "1 | hello"]),
            ("latin1.wat", b"(component) ;; caf\xe9", &["not UTF-8", "byte 18"]),
            ("core.wat", b"(module)", &["core module", "larder componentize"]),
            ("escapes.wat", b"(component \x1b[31m)", &["could not be parsed"]),
            ("newer.wasm", b"\0asm\x0e\0\x01\0", &["newer.wasm"]),
        ] {
            world.write(name, bytes);
            refused(world, name, 6, texts);
        }
        world.larder(["inspect", "escapes.wat"]).is_silent_about("\u{1b}");
        world.write("error.wat", "(component\n  (core module $m\n    (func (export \"f\") (i32.bogus)))\n)\n");
        refused(world, "error.wat", 6, &["could not be parsed", ":3:25", "(i32.bogus)"]);
    });
}

#[test]
fn a_component_cut_short_is_truncated() {
    unharmed(|world| {
        let whole = std::fs::read(guests::PRIMES).unwrap();
        for cut in [1, 4, 7, 9, 20, 100, 1000, whole.len() / 3, whole.len() / 2, whole.len() - 1000, whole.len() - 1] {
            world.write("cut.wasm", &whole[..cut]);
            refused(
                world,
                "cut.wasm",
                6,
                if cut > 8 { &["truncated", "copy or download it again"] } else { &["cut.wasm"] },
            );
        }
    });
}

/// A damaged component takes one of the regular ways to end, and none of them is a panic.
#[test]
fn a_component_with_flipped_bytes_ends_in_order() {
    unharmed(|world| {
        let whole = std::fs::read(guests::TWO_VERSIONS).unwrap();
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..40 {
            let mut bytes = whole.clone();
            for _ in 0..random.usize(1..4) {
                let at = random.usize(8..bytes.len());
                bytes[at] ^= random.u8(1..);
            }
            world.write("flipped.wasm", bytes);
            let ran = world.print("flipped.wasm", "testing:versions/api@2.0.0#answer", &[]);
            assert!((0..=6).contains(&ran.code), "{ran}");
            let answered = matches!(ran.stdout.as_str(), "" | "2\n");
            assert!(answered || ran.code == 0, "{ran}");
        }
    });
}

/// The validator asserts how deep instances may nest: its panic is neither shown nor treated as a bug of Larder.
#[test]
fn a_component_that_breaks_the_validator_is_refused() {
    unharmed(|world| {
        let each = (1..200).map(|number| format!("(instance $i{number} (export \"a\" (instance $i{})))", number - 1));
        world.write("chain.wat", format!("(component (instance $i0) {})", each.collect::<String>()));
        refused(world, "chain.wat", 6, &["cannot be validated", "nest too deep"]);
        world.larder(["inspect", "chain.wat"]).is_silent_about("panicked");
    });
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let world = world!();
    File::create(world.folder().join("zeros.wasm")).unwrap().set_len(1 << 30).unwrap();
    // A process that read the whole file into memory would fail.
    let mut bounded = Command::new("sh");
    let program = world.command::<&str>([]).get_program().to_owned();
    bounded.args(["-c", "ulimit -v 700000 && exec \"$0\" inspect zeros.wasm"]).arg(program);
    bounded.current_dir(world.folder()).env_clear().env("LARDER_CACHE_DIR", world.cache());
    let texts = ["1073741824 bytes", "at most 268435456 are allowed"];
    Ran::of(&mut bounded).fails(4, &texts);
    refused(&world, "zeros.wasm", 4, &texts);
    let told = world.json(4, ["inspect", "zeros.wasm"]);
    assert_eq!(told["error"]["code"], "limit/component-bytes", "{told}");
    File::create(world.folder().join("zeros.wasm")).unwrap().set_len(64 << 20).unwrap();
    refused(&world, "zeros.wasm", 6, &["not WebAssembly"]);
}

#[test]
fn a_path_that_leads_to_no_file_says_what_is_there() {
    unharmed(|world| {
        let fifo = world.folder().join("pipe.wasm");
        rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
        let _socket = std::os::unix::net::UnixListener::bind(world.folder().join("socket.wasm")).unwrap();
        for (path, what) in [
            ("pipe.wasm", "a named pipe"),
            ("/dev/zero", "a device"),
            ("/dev/null", "a device"),
            ("socket.wasm", "a socket"),
        ] {
            refused(world, path, 6, &[path, what, "not a regular file"]);
        }
        world.copy(guests::PRIMES, "primes.wasm");
        refused(world, "prime.wasm", 2, &["no file", "prime.wasm`", "did you mean `primes.wasm`"]);
        refused(world, "missing/primes.wasm", 2, &["no file", "missing/primes.wasm", "check the path"]);
        refused(world, "primes.wasm/x", 2, &["primes.wasm/x", "Not a directory"]);
        std::os::unix::fs::symlink("loop.wasm", world.folder().join("loop.wasm")).unwrap();
        refused(world, "loop.wasm", 2, &["loop.wasm", "symbolic links"]);
    });
}

#[test]
fn a_file_that_may_not_be_read_says_so() {
    let world = world!();
    let secret = world.copy(guests::PRIMES, "secret.wasm");
    std::fs::set_permissions(&secret, Permissions::from_mode(0o000)).unwrap();
    for command in [&["inspect", "secret.wasm"][..], &["run", "secret.wasm", "count-below", "limit=1"]] {
        Ran::of(&mut world.unprivileged(command)).fails(2, &["secret.wasm", "could not be read", "Permission denied"]);
    }
}

#[test]
fn a_manifest_that_is_wrong_is_not_passed_over() {
    unharmed(|world| {
        for (guest, texts) in [
            (guests::MANIFEST_UNKNOWN, &["`hello#good-bye`", "no task", "`testing:hello/hello@0.1.0#hello`"][..]),
            (guests::MANIFEST_TWICE, &["twice", "testing:hello/hello@0.1.0#hello", "keep one entry"]),
            (
                guests::MANIFEST_TRAPS,
                &["manifest cannot be read", "trapped", "unreachable", "this manifest has no answer"],
            ),
        ] {
            refused(world, guest, 6, texts);
        }
    });
}

#[test]
fn a_manifest_that_never_answers_is_stopped() {
    let world = world!();
    for command in [&["inspect", guests::MANIFEST_LOOPS][..], &["run", guests::MANIFEST_LOOPS, "hello"]] {
        let ran = Running::start(&mut world.command(command)).end();
        // The fuel limit, or the time limit on a very busy machine.
        ran.fails(6, &["manifest cannot be read", "exceeded a limit"]);
    }
}

#[test]
fn an_import_that_no_host_has_refuses_when_it_is_called() {
    let world = world!();
    let component = world.write("importing.wat", wat::IMPORTING);
    let inspected = world.json(0, ["inspect", "importing.wat"]);
    assert_eq!(inspected["tasks"].as_array().unwrap().len(), 2, "{inspected}");
    assert_eq!(world.run(&component, "plain", &["n=1", "--pinned"]).result(), 2);
    for options in [&["n=1"][..], &["n=1", "--pinned"], &["n=1", "--pinned"]] {
        let denied = world.print(&component, "calls", options);
        denied.fails(5, &["denied", "`foo:bar/baz@1.0.0#ask`", "hint: "]);
    }
    assert_eq!(world.run(&component, "plain", &["n=1", "--pinned"]).hits().result(), 2);
    let denied = world.json(5, ["run", "importing.wat", "calls", "n=1"]);
    assert_eq!(denied["error"]["code"], "denied", "{denied}");
    assert!(denied["error"]["hints"][0].as_str().unwrap().contains("foo:bar/baz"), "{denied}");
}

#[test]
fn an_export_that_is_no_task_says_why() {
    let world = world!();
    let inspected = world.json(0, ["inspect", guests::RESOURCES]);
    let tasks: Vec<_> = inspected["tasks"].as_array().unwrap().iter().map(|task| &task["name"]).collect();
    assert_eq!(tasks, ["testing:resources/counters#double"]);
    let reason = |function: &str| {
        let export = format!("testing:resources/counters@0.1.0#{function}");
        let not_tasks = inspected["not_tasks"].as_array().unwrap();
        let found = not_tasks.iter().find(|not| not["export"] == export.as_str()).unwrap();
        found["reason"].as_str().unwrap().to_owned()
    };
    for (function, why) in [
        ("[constructor]counter", "the constructor of a resource"),
        ("[method]counter.next", "a method of a resource"),
        ("[static]counter.zero", "a static function of a resource"),
        ("read", "parameter `counter` is a resource"),
        ("no-bytes", "the result is a stream"),
        ("later", "the result is a future"),
    ] {
        assert!(reason(function).contains(why), "{function}: {}", reason(function));
        world.print(guests::RESOURCES, function, &[]).fails(2, &["is not a task: ", why]);
    }
    // It is not the name of an export.
    world.print(guests::RESOURCES, "next", &[]).fails(2, &["no task", "#double`"]);
    assert_eq!(world.run(guests::RESOURCES, "double", &["n=21"]).result(), 42);
}

/// Text of a guest reaches a terminal as text, never as a command to it.
#[test]
fn escapes_of_a_guest_are_shown_and_not_obeyed() {
    let world = world!();
    let hostile = "a\u{1b}[31m\u{9b}2J\u{202e}b\u{7}";
    let text = format!("text={hostile}");
    let printed = world.larder(["run", guests::OUTCOMES, "print", &text, "--verbose"]);
    printed.exits(0).says(r"a\u{1b}[31m\u{9b}2J\u{202e}b\u{7}");
    let value = format!("value={hostile}");
    let echoed = world.larder(["run", guests::EVERY_TYPE, "echo-string", &value, "--verbose"]);
    echoed.exits(0).prints("\"a\\u001b[31m\\u009b2J\\u202eb\\u0007\"\n");
    assert_eq!(serde_json::from_str::<String>(&echoed.stdout).unwrap(), hostile);
    let wave = world.larder(["run", guests::EVERY_TYPE, "echo-string", &value, "--format", "wave"]);
    let refused = world.larder(["run", guests::EVERY_TYPE, "echo-u8", &value]);
    refused.exits(2);
    let object = Ran::of(world.command(["run", guests::EVERY_TYPE, "echo-string", &value]).arg("--json"));
    for ran in [printed, echoed, wave, refused, object] {
        let obeyed = |text: &str| text.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{7}']);
        assert!(!obeyed(&ran.stdout) && !obeyed(&ran.stderr), "{ran}");
    }
}
