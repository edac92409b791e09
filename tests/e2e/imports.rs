//! Imports that the host lacks: a refusal when one is called, or a component that is rejected as unrunnable before
//! anything compiles.

use larder_tests::{World, world};

/// Returns a component with these definitions that exports `x: func() -> u32`, which answers 5; none of it needs the
/// imports.
fn five(definitions: &str) -> String {
    format!(
        r#"(component {definitions}
            (core module $five (func (export "f") (result i32) (i32.const 5)))
            (core instance $five (instantiate $five))
            (func $x (result u32) (canon lift (core func $five "f")))
            (export "x" (func $x)))"#
    )
}

/// Returns a component that exports `x`, which calls the function `name` of `interface`, without parameters and with
/// this result.
fn calling(interface: &str, name: &str, result: &str, core: &str) -> String {
    format!(
        r#"(component
            (import "{interface}" (instance $s (export "{name}" (func (result {result})))))
            (core func $f (canon lower (func $s "{name}")))
            (core module $m (import "" "f" (func $f (result {core})))
                (func (export "f") (result {core}) (call $f)))
            (core instance $m (instantiate $m (with "" (instance (export "f" (func $f))))))
            (func $x (result {result}) (canon lift (core func $m "f")))
            (export "x" (func $x)))"#
    )
}

#[track_caller]
fn cannot_run(world: &World, definitions: &str, why: &[&str]) {
    world.write("c.wat", five(definitions));
    let ran = world.larder(["inspect", "c.wat", "--json"]);
    ran.exits(0).is_silent_about("bug");
    let found: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(found["tasks"], serde_json::json!([]), "{definitions}: {found:#}");
    let not_tasks = found["not_tasks"].as_array().unwrap();
    let x = not_tasks.iter().find(|it| it["export"] == "x").unwrap_or_else(|| panic!("{definitions}: {found:#}"));
    for words in why {
        assert!(x["reason"].as_str().unwrap().contains(words), "{definitions}: {x:#}");
    }
    world.print("c.wat", "x", &[]).fails(6, why).is_silent_about("bug");
    let ended = world.ends(6, "c.wat", "x", &[]);
    assert_eq!(ended.error(), "component/cannot-run", "{:#}", ended.0);
}

#[test]
fn what_nobody_calls_may_be_missing() {
    let world = world!();
    for imports in [
        // A missing interface of an existing package.
        r#"(import "wasi:clocks/timezone@0.2.3" (instance (export "utc-offset" (func (param "when" u64) (result s32)))))"#,
        r#"(import "wasi:cli/run@0.2.0" (instance (export "run" (func (result (result))))))"#,
        r#"(import "wasi:http/incoming-handler@0.2.0" (instance (export "handle" (func))))"#,
        // A version before the release, whose types differ from the release's.
        r#"(import "wasi:cli/exit@0.2.0-rc-2023-11-10" (instance (export "exit" (func (param "status" u8)))))"#,
        // A missing function of an existing interface, in one version of it or another.
        r#"(import "wasi:random/random@0.2.99" (instance (export "get-random-u64" (func (result u64)))
            (export "get-random-u128" (func (result (tuple u64 u64))))))"#,
        r#"(import "wasi:random/random@0.2.0" (instance (export "new" (func))))
           (import "wasi:random/random@0.2.1" (instance (export "new" (func))
            (export "newer" (func))))"#,
        // A later release of the interface of files.
        r#"(import "larder:task/files@0.1.7" (instance (export "file" (type $f (sub resource)))
            (export "[method]file.name" (func (param "self" (borrow $f)) (result string)))
            (export "[method]file.mode" (func (param "self" (borrow $f)) (result u32)))))"#,
        // A resource that the host lacks, and one of the host's in an interface that it lacks.
        r#"(import "wasi:io/streams@0.2.0" (instance (export "pipe" (type $p (sub resource)))
            (export "[constructor]pipe" (func (result (own $p))))))"#,
        r#"(import "wasi:io/poll@0.2.0" (instance $poll (export "pollable" (type (sub resource)))))
           (alias export $poll "pollable" (type $pollable))
           (import "a:b/timers@1.0.0" (instance (export "pollable" (type $p (eq $pollable)))
            (export "[method]pollable.again" (func (param "self" (borrow $p)))) (export "new" (func (result (own $p))))))"#,
        r#"(import "f" (func))"#,
        r#"(import "r" (type (sub resource)))"#,
        r#"(import "a:b/c" (instance (export "inner" (instance (export "f" (func))))))"#,
    ] {
        world.write("c.wat", five(imports));
        assert_eq!(world.run("c.wat", "x", &["--no-cache"]).result(), 5, "{imports}");
        // The same in the open world.
        assert_eq!(world.run("c.wat", "x", &["--open"]).result(), 5, "{imports}");
    }
}

#[test]
fn what_is_missing_is_refused_when_it_is_called() {
    let world = world!();
    for (interface, name) in [
        ("wasi:clocks/timezone@0.2.3", "offset"),
        ("wasi:clocks/wall-clock@0.2.3", "newer"),
        ("wasi:random/random@0.3.0-rc-2025-09-16", "get-random-u64"),
        ("larder:task/files@0.1.7", "count"),
        ("a:b/c@1.0.0", "f"),
    ] {
        world.write("c.wat", calling(interface, name, "u64", "i64"));
        let ended = world.ends(5, "c.wat", "x", &[]);
        assert_eq!(ended.error(), "denied", "{:#}", ended.0);
        assert!(ended.message().contains(&format!("`{interface}#{name}`")), "{}", ended.message());
    }
    // Existing functions work beside missing ones.
    world.write("c.wat", calling("wasi:random/random@0.2.3", "get-random-u64", "u64", "i64"));
    let random = world.run("c.wat", "x", &[]).result().clone();
    assert_eq!(world.run("c.wat", "x", &["--no-cache"]).result(), &random);
}

#[test]
fn what_cannot_be_made_up_is_told_before_anything_compiles() {
    let world = world!();
    for (definitions, why) in [
        (r#"(import "lib" (core module (export "x" (func (result i32)))))"#, &["a core module, `lib`"][..]),
        (r#"(import "lib" (component (export "x" (func))))"#, &["a component, `lib`"]),
        (r#"(import "a:b/c@1.0.0" (instance (export "m" (core module))))"#, &["a core module, `a:b/c@1.0.0#m`"]),
        (r#"(import "a:b/c" (instance (export "i" (instance (export "m" (core module))))))"#, &["`a:b/c#i#m`"]),
        (
            r#"(import "wasi:io/error@0.2.0" (instance (export "c" (component))))"#,
            &["a component, `wasi:io/error@0.2.0#c`"],
        ),
        (
            r#"(import "wasi:random/random@0.2.0" (instance (export "get-random-u64" (func (result u32)))))"#,
            &["`wasi:random/random@0.2.0#get-random-u64`", "expected `func() -> u64`, found `func() -> u32`"],
        ),
        (
            r#"(import "wasi:io/poll@0.2.0" (instance (export "pollable" (func))))"#,
            &["`wasi:io/poll@0.2.0#pollable`", "expected `resource`, found `func()`"],
        ),
        (
            r#"(import "wasi:cli/stdout@0.2.0" (instance (export "output-stream" (type $s (sub resource)))
                (export "get-stdout" (func (result (own $s))))))"#,
            &["`wasi:cli/stdout@0.2.0#get-stdout`"],
        ),
        (
            r#"(import "larder:task/files@0.1.0" (instance (export "file" (type $f (sub resource)))
                (export "[method]file.path" (func (param "self" (borrow $f)) (result u8)))))"#,
            &["`larder:task/files@0.1.0#[method]file.path`"],
        ),
        (
            r#"(import "wasi:random/random@0.2.0" (instance $s (export "get-random-u64" (func (result u64)))))
               (alias export $s "get-random-u64" (func $l)) (export "roll" (func $l))"#,
            &["`roll` is the import `wasi:random/random@0.2.0#get-random-u64`"],
        ),
        (
            r#"(import "a:b/c" (instance $s (export "f" (func)))) (export "d:e/f" (instance $s))"#,
            &["`d:e/f#f` is the import `a:b/c#f`"],
        ),
        (
            r#"(import "f" (func $f)) (instance $i (export "g" (func $f))) (export "d:e/f" (instance $i))"#,
            &["`d:e/f#g` is the import `f`"],
        ),
        (
            r#"(import "f" (func $f))
               (component $wrapper (import "in" (func $in)) (export "out" (func $in)))
               (instance $w (instantiate $wrapper (with "in" (func $f))))
               (alias export $w "out" (func $out)) (export "g" (func $out))"#,
            &["`g` is the import `f`"],
        ),
        (r#"(component $c) (export "c" (component $c))"#, &["`c` is a component"]),
    ] {
        cannot_run(&world, definitions, why);
    }
}

#[test]
fn what_is_wrapped_is_not_passed_on() {
    let world = world!();
    // A component that is instantiated with an import, and one inside it, lift their own functions.
    world.write(
        "c.wat",
        r#"(component
            (import "f" (func $f))
            (component $outer
                (import "in" (func $in))
                (component $inner
                    (core module $m (func (export "f") (result i32) (i32.const 5)))
                    (core instance $m (instantiate $m))
                    (func (export "x") (result u32) (canon lift (core func $m "f"))))
                (instance $i (instantiate $inner))
                (export "i" (instance $i)))
            (instance $o (instantiate $outer (with "in" (func $f))))
            (alias export $o "i" (instance $i))
            (alias export $i "x" (func $x))
            (export "x" (func $x)))"#,
    );
    assert_eq!(world.run("c.wat", "x", &[]).result(), 5);
}

#[test]
fn wasi_0_3_is_there_for_components_without_async_exports() {
    let world = world!();
    world.write("c.wat", calling("wasi:random/random@0.3.0", "get-random-u64", "u64", "i64"));
    let random = world.run("c.wat", "x", &[]).result().clone();
    assert!(random.is_string() || random.is_number(), "{random}");
    assert_eq!(world.run("c.wat", "x", &[]).result(), &random);
    world.write("c.wat", calling("wasi:clocks/monotonic-clock@0.3.1", "now", "u64", "i64"));
    assert_eq!(world.run("c.wat", "x", &[]).result(), 0);
    // Beside WASI 0.2.
    let both = r#"(import "wasi:random/random@0.3.0" (instance (export "get-random-u64" (func (result u64)))))
        (import "wasi:random/random@0.2.0" (instance (export "get-random-u64" (func (result u64)))))"#;
    world.write("c.wat", five(both));
    assert_eq!(world.run("c.wat", "x", &[]).result(), 5);
}

#[test]
fn an_export_that_is_no_task_is_not_unknown() {
    let world = world!();
    world.write("c.wat", five(r#"(import "lib" (core module))"#));
    world.larder(["inspect", "c.wat"]).exits(0).says("");
    assert!(world.larder(["inspect", "c.wat"]).stdout.contains("NOT A TASK"));
    world.larder(["key", "c.wat", "x"]).fails(6, &["`x` is not a task: the component cannot run"]);
    world.print("c.wat", "y", &[]).fails(2, &["there is no task \"y\""]);
}
