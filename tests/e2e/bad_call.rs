//! Invalid calls: exit code 2, the problem, its place, and the expected form. None of them stores anything.

use larder_tests::{Ran, World, guests, wat, world};

/// Creates a world with an entry, which `check` must not change.
fn unharmed(check: impl FnOnce(&World)) {
    let world = world!();
    world.store_an_entry();
    check(&world);
    world.keeps_the_entry();
}

/// Runs each call and expects a usage error that contains each of the texts.
fn wrong(world: &World, component: &str, calls: &[(&[&str], &[&str])]) {
    for (call, texts) in calls {
        let arguments = ["run", component].into_iter().chain(call.iter().copied());
        world.larder(arguments).fails(2, texts);
    }
}

#[test]
fn an_unknown_task_names_the_nearest_and_lists_all() {
    unharmed(|world| {
        wrong(
            world,
            guests::OUTCOMES,
            &[
                (
                    &["suceed", "n=1"],
                    &["\"suceed\"", "did you mean `testing:outcomes/outcomes", "#succeed`?", "#pinned`"],
                ),
                (
                    &["outcomes#trapp", "n=1"],
                    &["\"outcomes#trapp\"", "did you mean `testing:outcomes/outcomes@0.1.0#trap`"],
                ),
                (&["xyz", "n=1"], &["\"xyz\"", "its tasks are", "#succeed`", "#undeclared`"]),
                (&["", "n=1"], &["there is no task \"\"", "#succeed`"]),
                (&["testing:other/outcomes#succeed", "n=1"], &["testing:other/outcomes#succeed", "#succeed`"]),
                (&["a\u{1b}[31mb"], &["\\u{1b}[31m"]),
            ],
        );
        let escaped = world.print(guests::OUTCOMES, "a\u{1b}[31mb", &[]);
        escaped.is_silent_about("\u{1b}");
    });
}

#[test]
fn an_ambiguous_name_lists_what_it_fits() {
    unharmed(|world| {
        let both = ["testing:versions/api@1.0.0#answer", "testing:versions/api@2.0.0#answer"];
        for short in ["answer", "api#answer", "testing:versions/api#answer"] {
            let texts = [short, "2 tasks", both[0], both[1], "name one in full"];
            world.print(guests::TWO_VERSIONS, short, &[]).fails(2, &texts);
        }
        for (name, answer) in both.iter().zip([1, 2]) {
            assert_eq!(world.run(guests::TWO_VERSIONS, name, &[]).result(), answer);
        }
    });
}

/// The version of a package is no part of the key, so two versions of one interface need separate versions.
#[test]
fn two_versions_of_an_interface_never_answer_for_each_other() {
    let both = ["testing:versions/api@1.0.0#answer", "testing:versions/api@2.0.0#answer"];
    unharmed(|world| {
        for asked in [&["--pinned"][..], &["--cache-version", "1"], &["--cache-version", "1", "--trust-name"]] {
            for name in both {
                let texts = [both[0], both[1], "answer for each other", "larder.toml"];
                world.print(guests::TWO_VERSIONS, name, asked).fails(2, &texts);
            }
        }
        let component = world.copy(guests::TWO_VERSIONS, "both/both.wasm");
        let declare = |first: &str, second: &str| {
            let tables = format!("[tasks.\"{}\"]\n{first}\n[tasks.\"{}\"]\n{second}\n", both[0], both[1]);
            world.write("both/larder.toml", tables);
        };
        for same in ["version = \"1\"", "pinned = true"] {
            declare(same, same);
            for name in both {
                let texts = [both[0], both[1], "answer for each other", "Declare different versions"];
                world.print(&component, name, &[]).fails(6, &texts);
            }
        }
        for (first, second) in [("version = \"1\"", "version = \"2\""), ("version = \"1\"", "pinned = true")] {
            declare(first, second);
            for (name, answer) in both.iter().zip([1, 2]) {
                assert_eq!(world.run(&component, name, &["--refresh"]).result(), answer);
                assert_eq!(world.run(&component, name, &[]).hits().result(), answer);
            }
        }
    });
}

#[test]
fn every_wrong_argument_is_named() {
    unharmed(|world| {
        wrong(
            world,
            guests::WORD_STATS,
            &[
                (&["word-stats"], &["missing", "`text: string`", "`mode: variant { strict, lenient(u32) }`"]),
                (&["word-stats", "text=a"], &["missing", "`mode: variant"]),
                (&["word-stats", "txt=a", "mode=strict"], &["no parameter `txt`", "did you mean `text`?", "`mode: "]),
                (&["word-stats", "zzz=a"], &["no parameter `zzz`", "`text: string`"]),
                (&["word-stats", "text=a", "text=b", "mode=strict"], &["`text`", "more than once"]),
                (&["word-stats", "text=a", "strict"], &["`strict` is not an argument", "name=value"]),
                (&["word-stats", "=a"], &["`=a` is not an argument"]),
                (&["word-stats", ""], &["`` is not an argument"]),
                (&["word-stats", "text=a", "mode=strikt"], &["`mode`", "`strikt`", "did you mean `strict`?"]),
                (&["word-stats", "text=a", "mode=lenient(-1)"], &["`mode`", "lenient", "u32", "-1"]),
                (&["reverse", "items=word"], &["`items`", "list<string>", "word"]),
                (&["reverse", "items=[1, 2]"], &["`items`", "[0]", "`string`", "1"]),
            ],
        );
    });
}

#[test]
fn a_value_of_another_type_says_what_it_was_and_what_it_should_be() {
    let to = "4294967295";
    unharmed(|world| {
        wrong(
            world,
            guests::EVERY_TYPE,
            &[
                (&["echo-u32", "value=hello"], &["`value`", "u32", to, "hello"]),
                (&["echo-u32", "value=4294967296"], &["u32", to, "4294967296"]),
                (&["echo-u32", "value=-1"], &["u32", to, "-1"]),
                (&["echo-u32", "value=1.5"], &["u32", to, "1.5"]),
                (&["echo-u32", "value="], &["`value`", "u32"]),
                (&["echo-s8", "value=128"], &["s8", "-128 to 127", "128"]),
                (&["echo-u64", "value=18446744073709551616"], &["u64", "18446744073709551616"]),
                (&["echo-f32", "value=1e39"], &["f32", "1e39"]),
                (&["echo-bool", "value=yes"], &["bool", "yes"]),
                (&["echo-char", "value=ab"], &["char", "ab"]),
                (&["echo-enum", "value=grene"], &["`grene`", "did you mean `green`?"]),
                (&["echo-flags", "value={raed}"], &["`raed`", "did you mean `read`?"]),
                (&["echo-bytes", "value=\"not base64!\""], &["list<u8>", "base64"]),
                (&["echo-tuple", "value=(1, \"a\")"], &["tuple<u8, string, f32>"]),
                (&["echo-record", "value={name: \"a\", agee: 1, tags: []}"], &["`agee`", "did you mean `age`?"]),
                (&["echo-record", "value={\"name\": \"a\", \"age\": 1, \"tags\": [], \"x\": 1}"], &["no field `x`"]),
                (&["echo-record", "value={\"name\": \"a\", \"tags\": []}"], &["lacks the field `age: u32`"]),
                (&["echo-record", "value={name: \"a\", age: true, tags: []}"], &["`.age`", "u32", "true"]),
                (&["echo-record", "value={\"name\": \"a\", \"age\": 1"], &["`value`", "not JSON"]),
                (&["echo-record", "value={name: \"a\", age: 1"], &["`value`", "not WAVE"]),
                (&["echo-lists", "value=]["], &["`value`", "list<list<u32>>"]),
            ],
        );
    });
}

#[test]
fn a_file_behind_an_at_sign_must_be_readable_and_of_its_type() {
    unharmed(|world| {
        world.write("latin1", b"caf\xe9");
        world.write("number", "12x");
        let folder = world.folder().display().to_string();
        wrong(
            world,
            guests::EVERY_TYPE,
            &[
                (&["echo-string", "value=@missing"], &["`value`", &format!("{folder}/missing"), "No such file"]),
                (&["echo-string", "value=@."], &["`value`", "cannot be read", "directory"]),
                (&["echo-string", "value=@"], &["`value`", "cannot be read"]),
                (&["echo-string", "value=@latin1"], &["`value`", "latin1", "not UTF-8", "byte 3"]),
                (&["echo-u32", "value=@latin1"], &["latin1", "not UTF-8"]),
                (&["echo-u32", "value=@number"], &["`value`", "u32", "`12x`"]),
            ],
        );
        assert_eq!(world.run(guests::EVERY_TYPE, "echo-bytes", &["value=@latin1"]).result(), "Y2Fm6Q==");
    });
}

#[test]
fn a_command_that_lacks_something_says_what() {
    unharmed(|world| {
        wrong(world, guests::PRIMES, &[(&[], &["no task is named", "larder inspect", "primes.wasm"])]);
        for (arguments, texts) in [
            (&["run"][..], &["no component is named", "larder run <COMPONENT> <TASK>"][..]),
            (&["key"], &["no component is named"]),
            (&["inspect"], &["<COMPONENT>", "Usage: larder"]),
            (&["inspekt", "x.wasm"], &["'inspekt'", "inspect"]),
            (&["cache"], &["Usage: larder cache", "path"]),
            (&[], &["Usage: larder", "run"]),
            (&["completions", "tcsh"], &["'tcsh'", "bash", "zsh", "fish"]),
        ] {
            let ran = world.larder(arguments);
            ran.exits(2).prints("");
            for text in texts {
                ran.says(text);
            }
        }
    });
}

#[test]
fn options_that_cannot_be_are_refused() {
    let call = ["count-below", "limit=97"];
    unharmed(|world| {
        let refused = |options: &[&str], texts: &[&str]| {
            let arguments: Vec<&str> = call.iter().chain(options).copied().collect();
            wrong(world, guests::PRIMES, &[(&arguments, texts)]);
        };
        refused(&["--refesh"], &["'--refesh'", "'--refresh'"]);
        refused(&["--cache-version", ""], &["version", "is empty", "examples:primes/primes#count-below"]);
        refused(&["--cache-version", "1", "--pinned"], &["'--cache-version <TEXT>'", "'--pinned'"]);
        refused(&["--refresh", "--no-cache"], &["'--refresh'", "'--no-cache'"]);
        refused(&["--quiet", "--verbose"], &["'--quiet'", "'--verbose'"]);
        for blank in ["", " ", "\t\u{a0}"] {
            refused(&["--account", blank], &["--account is empty"]);
            refused(&["--workflow", blank], &["--workflow is empty"]);
            refused(&["--cache-version", blank], &["version", "is empty or has blanks only"]);
        }
        refused(&["--account", &"a".repeat(5000)], &["--account has more than 256 bytes"]);
        refused(&["--workflow", &"a".repeat(5000)], &["--workflow has more than 256 bytes"]);
        for control in ["a\nb", "a\u{1b}[31m", "a\u{7f}"] {
            refused(&["--account", control], &["--account has a control character"]);
            refused(&["--workflow", control], &["--workflow has a control character"]);
        }
        refused(&["--scope", "everyone"], &["'everyone'", "account", "workflow"]);
        refused(&["--scope", "workflow"], &["--workflow NAME", "larder.toml"]);
        refused(&["--format", "yaml"], &["'yaml'", "json", "wave"]);
        refused(&["--max-age", "soon"], &["'soon'", "--max-age"]);
        refused(&["--color", "blue"], &["'blue'", "always", "never"]);
    });
}

#[test]
fn what_only_a_cached_task_can_have_is_refused_for_others() {
    unharmed(|world| {
        wrong(
            world,
            guests::EVERY_TYPE,
            &[(&["echo-u8", "value=1", "--scope", "account"], &["is not cached", "--pinned"])],
        );
        wrong(world, guests::OUTCOMES, &[(&["per-workflow", "n=1"], &["within a workflow", "--workflow NAME"])]);
        let version = ["run", "text=a", "--cache-version", "1"];
        wrong(world, guests::OTHER_RUN, &[(&version, &["no namespace", "larder.toml", "--pinned"])]);
    });
}

#[test]
fn an_error_in_json_is_one_object() {
    unharmed(|world| {
        let primes = guests::PRIMES;
        for (arguments, code, message) in [
            (&["run", primes, "cuont-below", "limit=1"][..], "task", "did you mean"),
            (&["run", primes, "count-below", "limit=x"], "argument", "u64"),
            (&["run", primes, "count-below"], "argument", "missing"),
            (&["run", primes], "usage", "no task"),
            (&["run", primes, "count-below", "limit=1", "--nonsense"], "usage", "'--nonsense'"),
            (&["run", primes, "count-below", "limit=1", "--account", ""], "usage", "--account is empty"),
            (&["inspect", "missing.wasm"], "component/unreadable", "missing.wasm"),
            (&["key", primes, "count-below", "limit=1", "--cache-version", ""], "policy", "is empty"),
        ] {
            let object = world.json(2, arguments);
            assert_eq!((&object["exit_code"], &object["error"]["code"]), (&2.into(), &code.into()), "{object}");
            assert!(object["error"]["message"].as_str().unwrap().contains(message), "{object}");
            assert!(object["error"]["hints"].is_array(), "{object}");
        }
    });
}

/// A message that ends in its cause's words must not repeat them.
#[test]
fn nothing_is_said_twice() {
    let world = world!();
    world.write("garbage.wasm", "garbage");
    let once = |ran: &Ran, text: &str| {
        assert_eq!(ran.stderr.matches(text).count(), 1, "{text:?}\n{ran}");
    };
    once(&world.print(guests::PRIMES, "count-below", &["limit=x"]), "a whole number from 0");
    once(&world.print(guests::EVERY_TYPE, "echo-string", &["value=@missing"]), "No such file");
    once(&world.larder(["inspect", "garbage.wasm"]), "is not WebAssembly");
}

/// A text that is neither is reported as both, with its file; and a task is reported by a name that it can be called
/// by.
#[test]
fn a_message_says_what_can_be_done() {
    let world = world!();
    world.write("echo.wat", wat::ECHO);
    world.write("list", "[1, two(]");
    let run = |task: &str, argument: &str| world.print("echo.wat", task, &[argument]);
    run("numbers", "v=[1, two(]").fails(2, &["neither JSON (", ") nor WAVE ("]);
    run("numbers", "v=@list").fails(2, &["in ", "/list, this is neither JSON (", ") nor WAVE ("]);
    run("numbers", "v=[1, 2").fails(2, &["neither JSON (EOF", ") nor WAVE ("]);
    world.write(
        "two.wat",
        r#"(component
  (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (func $f (param "x" u32) (result u32) (canon lift (core func $i "f")))
  (instance $one (export "run" (func $f)))
  (export "my:pkg/one@1.0.0" (instance $one))
  (export "run" (func $f)))"#,
    );
    world.print("two.wat", "nosuch", &[]).fails(2, &["its tasks are `my:pkg/one@1.0.0#run`, `#run`"]);
    world.print("two.wat", "run", &["x=1"]).fails(2, &["`my:pkg/one@1.0.0#run`, `#run`"]);
    for name in ["my:pkg/one@1.0.0#run", "#run"] {
        assert_eq!(world.run("two.wat", name, &["x=1"]).result(), 1);
    }
    let cases: String = (0..300).map(|case| format!(" \"case-{case}\"")).collect();
    world.write(
        "many.wat",
        format!(
            r#"(component
  (core module $m (func (export "f") (param i32) (result i32) (local.get 0)))
  (core instance $i (instantiate $m))
  (type $many (enum{cases}))
  (export $e "many" (type $many))
  (func $f (param "x" $e) (result u32) (canon lift (core func $i "f")))
  (export "f" (func $f)))"#
        ),
    );
    for argument in ["x=nothing", "x=[1]", "x=((", "y=1"] {
        let told = world.print("many.wat", "f", &[argument]);
        assert!(told.exits(2).stderr.len() < 600, "{told}");
        assert_eq!(told.stderr.matches("case-0").count(), 1, "{told}");
    }
}

/// The same number in JSON, in WAVE, in a table and behind `@`.
#[test]
fn a_number_is_the_one_that_stands_there() {
    let world = world!();
    world.write("echo.wat", wat::ECHO);
    for (task, text, result) in [
        ("signed", "-0", "0"),
        ("unsigned", "-0", "0"),
        ("number", "-0", "0"),
        ("single", "1.1877630352973938", "1.1877631"),
        ("single", "0.30531780421733856", "0.3053178"),
        ("single", "7.5464513301849365", "7.546451"),
        ("single", "7.0064923216240854e-46", "1e-45"),
    ] {
        let result: serde_json::Value = serde_json::from_str(result).unwrap();
        let line = format!("{{\"v\": {text}}}\n");
        world.write("in.ndjson", &line);
        world.write("in.json", format!("\u{feff}[{line}]"));
        world.write("in.csv", format!("v\n{text}\n"));
        world.write("value", format!("\u{feff}{text}\n"));
        for argument in [&format!("v={text}"), "v=@value"] {
            assert_eq!(*world.run("echo.wat", task, &[argument]).result(), result, "{task} {argument}");
        }
        for inputs in ["in.ndjson", "in.json", "in.csv"] {
            let told = world.larder(["batch", "echo.wat", task, inputs]);
            let line: serde_json::Value = serde_json::from_str(&told.exits(0).stdout).unwrap();
            assert_eq!(line["result"], result, "{task} {text} {inputs}");
        }
    }
    let told = |task: &str, text: &str| {
        world.write("in.ndjson", format!("{{\"v\": {text}}}\n"));
        let batch = world.larder(["batch", "echo.wat", task, "in.ndjson"]);
        let run = world.print("echo.wat", task, &[&format!("v={text}")]);
        (batch.exits(1).stdout.clone(), run.exits(2).stderr.clone())
    };
    for (task, text, quoted) in [
        ("floats", "[1e400]", "not 1e400"),
        ("single", "1e400", "not 1e400"),
        ("unsigned", "18446744073709551616", "not 18446744073709551616"),
        ("unsigned", "-0.0", "not -0.0"),
        ("signed", "1.50", "not 1.50"),
        ("texts", "[1e400]", "not 1e400"),
    ] {
        let (batch, run) = told(task, text);
        for said in [&batch, &run] {
            let is_quoted = said.replace('`', "").contains(quoted);
            assert!(is_quoted && !said.contains("is not JSON"), "{task} {text}: {said}");
        }
    }
}

/// An environment variable of a library does not change how a component is read.
#[test]
fn the_environment_does_not_say_how_a_component_is_read() {
    let world = world!();
    // The word `core` is missing before the lifted function: old syntax.
    let legacy = r#"(component
  (core module $m (func (export "f") (result i32) (i32.const 7)))
  (core instance $i (instantiate $m))
  (func (export "f") (result u32) (canon lift (func $i "f"))))"#;
    world.write("legacy.wat", legacy);
    world.write("today.wat", legacy.replace("(func $i", "(core func $i"));
    for (name, code) in [("legacy.wat", 6), ("today.wat", 0)] {
        let without = world.larder(["inspect", name]);
        without.exits(code).is_silent_about("WAST_STRICT");
        for value in ["0", "1", "x"] {
            let with = Ran::of(world.command(["inspect", name]).env("WAST_STRICT_COMPONENT_INDICES", value));
            assert_eq!((with.code, &with.stdout, &with.stderr), (without.code, &without.stdout, &without.stderr));
        }
    }
}
