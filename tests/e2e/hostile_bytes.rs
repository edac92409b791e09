//! Components made to harm their readers or compilers: each ends in a defined way and in time, and the next call is
//! unaffected.

use std::fs::File;
use std::io::Write as _;
use std::time::{Duration, Instant};

use larder::sandbox::{CompileLimitExceeded, CompileLimits, SandboxError};
use larder_tests::host::Host;
use larder_tests::hostile::{self, leb, section};
use larder_tests::{PATIENCE, Ran, Running, World, wat, world};

/// Calls the task `f` of these bytes, which must end in time, and expects that stored entries still answer and that a
/// component still compiles.
#[track_caller]
fn call(world: &World, name: &str, bytes: &[u8]) -> Ran {
    world.write(name, bytes);
    let ran = Running::start(&mut world.command(["run", name, "f", "--pinned"])).end();
    unharmed(world);
    ran
}

#[track_caller]
fn unharmed(world: &World) {
    world.keeps_the_entry();
    let fresh = wat::Sum { added: fastrand::u32(1..1000), ..wat::Sum::default() };
    world.write("fresh.wat", fresh.wat());
    world
        .larder(["run", "fresh.wat", "sum", "a=1", "b=2", "--pinned"])
        .exits(0)
        .prints(&format!("{}\n", fresh.added + 1));
}

fn with_an_entry() -> World {
    let world = world!();
    world.store_an_entry();
    world
}

/// Returns the limit that compiling the task `f` of these bytes exceeds.
#[track_caller]
fn exceeds(world: &World, bytes: &[u8], limits: CompileLimits) -> CompileLimitExceeded {
    let component = world.write("hostile.wasm", bytes);
    let started = Instant::now();
    let refused = Host::compiling(world, limits).refuses(&component, "f");
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
    unharmed(world);
    assert_eq!(
        std::fs::read_dir(world.cache().join("compiled"))
            .unwrap()
            .filter(|entry| { entry.as_ref().unwrap().file_name().to_string_lossy().starts_with('.') })
            .count(),
        0,
        "nothing is left of it"
    );
    let SandboxError::CompileLimit(limit) = refused else { panic!("{refused}") };
    limit
}

#[test]
fn a_component_that_takes_too_long_to_compile_is_stopped() {
    let world = with_an_entry();
    let time = Duration::from_secs(1);
    let exceeded = exceeds(&world, &hostile::locals(100_000), CompileLimits { time, ..CompileLimits::default() });
    assert_eq!(exceeded, CompileLimitExceeded::Time { limit: time });
    assert_eq!(exceeded.code(), "compile-time");
    assert!(exceeded.to_string().contains("more than 1 s"), "{exceeded}");
}

/// 150 kilobytes that make a compiler write a gigabyte.
#[test]
fn a_component_that_takes_too_much_memory_to_compile_is_stopped() {
    let world = with_an_entry();
    let memory_bytes = 200 << 20;
    let limits = CompileLimits { memory_bytes, ..CompileLimits::default() };
    let exceeded = exceeds(&world, &hostile::branches(30_000, 1), limits);
    let CompileLimitExceeded::Memory { limit, resident } = exceeded else { panic!("{exceeded}") };
    assert_eq!(limit, memory_bytes);
    assert!(resident.is_none_or(|resident| (50 << 20..300 << 20).contains(&resident)), "{resident:?}");
    assert_eq!(exceeded.code(), "compile-memory");
    assert!(exceeded.to_string().contains("more than 200 MiB"), "{exceeded}");
}

#[test]
fn a_component_with_too_much_code_is_not_kept() {
    let world = with_an_entry();
    let limits = CompileLimits { code_bytes: 1000, ..CompileLimits::default() };
    let exceeded = exceeds(&world, &hostile::blocks(1), limits);
    assert!(matches!(exceeded, CompileLimitExceeded::Code { limit: 1000, asked: Some(1001..) }), "{exceeded:?}");
    assert_eq!(exceeded.code(), "compile-code");
}

/// A component that compiles within the limits runs; any other one is refused with a reason.
#[test]
fn functions_without_measure_compile_or_are_refused() {
    let world = with_an_entry();
    for (name, bytes) in [
        ("locals.wasm", hostile::locals(20)),
        ("blocks.wasm", hostile::blocks(5_000)),
        ("targets.wasm", hostile::targets(65_000)),
        ("branches.wasm", hostile::branches(20, 1)),
    ] {
        call(&world, name, &bytes).exits(0).prints("7\n");
    }
    call(&world, "more.wasm", &hostile::targets(1_000_000)).fails(6, &["cannot be compiled", "br_table"]);
    call(&world, "invalid.wasm", &hostile::invalid_body()).fails(6, &["cannot be compiled", "illegal opcode"]);
}

/// The host reads declarations without the bodies of functions, whose validation can take minutes.
#[test]
fn reading_declarations_takes_no_time() {
    let world = world!();
    world.write("branches.wasm", hostile::branches(60_000, 40));
    let started = Instant::now();
    world.larder(["inspect", "branches.wasm"]).exits(0);
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
}

#[test]
fn a_hundred_thousand_exports_are_listed() {
    let world = with_an_entry();
    world.write("exports.wasm", hostile::exports(100_000));
    let listed = world.json(0, ["inspect", "exports.wasm"]);
    assert_eq!(listed["tasks"].as_array().unwrap().len(), 100_000);
    call(&world, "exports.wasm", &hostile::exports(100_000)).fails(2, &["no task"]);
}

#[test]
fn types_without_end_are_refused() {
    let world = with_an_entry();
    call(&world, "types.wasm", &hostile::types_in_types(10_000)).fails(6, &["declares types inside types"]);
    call(&world, "lists.wasm", &hostile::lists_in_lists(10_000)).fails(6, &["nesting is too deep"]);
}

#[test]
fn a_section_that_claims_more_than_there_is_is_truncated() {
    let world = with_an_entry();
    let claims = [hostile::blocks(1), vec![0], leb(1 << 30), vec![1, b'p']].concat();
    call(&world, "claims.wasm", &claims).fails(6, &["truncated", "1073741822 more"]);
    // Inside a module only the surrounding section limits a length.
    let module = [b"\0asm\x01\0\0\0\0".to_vec(), leb(1 << 30), vec![1, b'p']].concat();
    let inside = [b"\0asm\x0d\0\x01\0".to_vec(), section(1, &module)].concat();
    call(&world, "inside.wasm", &inside).fails(6, &["inside.wasm"]);
}

#[test]
fn a_custom_section_of_a_gigabyte_is_not_read() {
    let world = with_an_entry();
    let start = [hostile::blocks(1), vec![0], leb((1 << 30) + 2), vec![1, b'p']].concat();
    let mut file = File::create(world.folder().join("sparse.wasm")).unwrap();
    file.write_all(&start).unwrap();
    file.set_len(start.len() as u64 + (1 << 30)).unwrap();
    let told = world.json(4, ["run", "sparse.wasm", "f"]);
    assert_eq!(told["error"]["code"], "limit/component-bytes", "{told}");
    unharmed(&world);
    call(&world, "padded.wasm", &hostile::padded(64 << 20)).exits(0).prints("7\n");
}

#[test]
fn names_that_are_not_utf8_are_refused() {
    let world = with_an_entry();
    let component = hostile::blocks(1);
    let at = component.windows(5).rposition(|window| window == b"tasks").unwrap();
    for name in [0xff, 0xc3, 0x80] {
        let mut bytes = component.clone();
        bytes[at] = name;
        call(&world, "utf8.wasm", &bytes).fails(6, &["UTF-8"]);
    }
    // The name of a custom section has no meaning.
    let custom = [component, section(0, &[1, 0xff])].concat();
    call(&world, "custom.wasm", &custom).fails(6, &["UTF-8"]);
}

/// Every name in a component reaches a terminal as text.
#[test]
fn escapes_in_names_are_shown_and_not_obeyed() {
    let world = with_an_entry();
    let trap = wat::Sum { body: Some("unreachable".to_owned()), ..wat::Sum::default() };
    let named = trap.wat().replace("(func $sum (export", r#"(func $"a\1b[31m\u{202e}b" (export"#);
    world.write("named.wat", named);
    let trapped = world.larder(["run", "named.wat", "sum", "a=1", "b=2", "--verbose"]);
    trapped.exits(3).says(r"a\u{1b}[31m\u{202e}b");
    let exported = wat::Sum { function: r"a\1b[31m".to_owned(), ..wat::Sum::default() };
    world.write("exported.wat", exported.wat());
    let exported = world.larder(["inspect", "exported.wat"]);
    exported.fails(6, &[r"\u{1b}[31m"]);
    let imported = world.write("imported.wat", r#"(component (import "a\1b[31m" (func)))"#);
    let imported = world.larder(["inspect", imported.to_str().unwrap()]);
    imported.fails(6, &[r"\u{1b}[31m"]);
    for ran in [trapped, exported, imported] {
        ran.is_silent_about("\u{1b}").is_silent_about("\u{202e}");
    }
    unharmed(&world);
}
