//! One set of tasks in every language: the same inputs give the same values, under the same key, and an entry that one
//! language computed answers another's call. The table in the README is generated from these results.
//!
//! A language whose tools are missing has an empty column, and the build reports it in one line.

mod cases;
mod costs;
mod table;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use larder_tests::{World, languages, program, world};
use serde_json::{Value, json};

use cases::{CASES, Case, Ends};

/// A language, as a column of the table.
struct Language {
    name: &'static str,
    /// Folder of its guest, in `guest-examples/`.
    folder: &'static str,
    /// The rows in which it ends differently, each with the reason: what the language cannot hold or lacks.
    instead: &'static [(&'static str, Ends, &'static str)],
}

/// Integers that QuickJS cannot hold, and that the host refuses in both directions.
const NO_WIDE: [(&str, Ends, &str); 3] = [
    ("`u32` from 2³¹ on", Ends::Refused("argument/not-representable"), NUMBERS),
    ("64-bit integers beyond 2⁵³", Ends::Refused("argument/not-representable"), NUMBERS),
    ("a sum that wraps around", Ends::Refused("argument/not-representable"), NUMBERS),
];
const NUMBERS: &str = "the engine would make another number of it: the host refuses it before it runs";
const NO_OUTPUT: (&str, Ends, &str) = ("standard output and error", Ends::Is("false"), "the engine prints nothing");
const NO_FILES: (&str, Ends, &str) =
    ("a file by its path", Ends::Is(r#"{"err":"no files"}"#), "the engine has no files; by `read` it works");

const LANGUAGES: [Language; 10] = [
    Language { name: "Rust", folder: "rust/conformance", instead: &[] },
    Language { name: "C", folder: "c/conformance", instead: &[] },
    Language { name: "C, UTF-16", folder: "c/conformance-utf16", instead: &[] },
    Language { name: "C++", folder: "cpp/conformance", instead: &[] },
    Language { name: "Zig", folder: "zig/conformance", instead: &[] },
    Language { name: "Go", folder: "go/conformance", instead: &[] },
    Language { name: "Python", folder: "python/conformance", instead: &[] },
    Language {
        name: "JavaScript",
        folder: "javascript/conformance",
        instead: &[NO_WIDE[0], NO_WIDE[1], NO_WIDE[2], NO_OUTPUT, NO_FILES],
    },
    Language {
        name: "JavaScript, StarlingMonkey",
        folder: "javascript/conformance-starlingmonkey",
        instead: &[NO_FILES],
    },
    Language {
        name: "TypeScript",
        folder: "typescript/conformance",
        instead: &[NO_WIDE[0], NO_WIDE[1], NO_WIDE[2], NO_OUTPUT, NO_FILES],
    },
];

/// Guests with async exports.
const ASYNC: [(&str, &str); 6] = [
    ("Rust", "rust/conformance-async"),
    ("C", "c/conformance-async"),
    ("Zig", "zig/conformance-async"),
    ("Go", "go/conformance-async"),
    ("Python", "python/conformance-async"),
    ("JavaScript", "javascript/conformance-async"),
];

/// Returns the languages that this machine has, each with its component.
fn built() -> impl Iterator<Item = (&'static Language, PathBuf)> {
    LANGUAGES.iter().filter_map(|language| Some((language, languages::build(&program!(), language.folder)?)))
}

/// Creates a world with the files that cases name.
fn prepared() -> World {
    let world = world!();
    for (name, content) in cases::files() {
        world.write(name, content);
    }
    world
}

impl Language {
    fn ends(&self, case: &Case) -> Ends {
        let instead = self.instead.iter().find(|(row, ..)| *row == case.row);
        instead.map_or(case.ends, |(_, ends, _)| *ends)
    }

    /// Returns the differences between a case's outcome and its expectation.
    fn problem(&self, world: &World, component: &Path, case: &Case) -> Option<String> {
        let arguments: Vec<&str> = case.arguments.to_vec();
        let mut command = world.command(["run".as_ref(), component.as_os_str(), case.task.as_ref()]);
        let ran = larder_tests::Ran::of(command.args(&arguments).arg("--json"));
        let told: Value = serde_json::from_str(&ran.stdout).unwrap_or_default();
        let complain = |what: &str| Some(format!("{}: {}: {what}\n{ran}", self.name, case.row));
        let text = told.to_string();
        match self.ends(case) {
            Ends::Is(expected) => {
                let expected: Value = serde_json::from_str(expected).unwrap();
                let code = i32::from(expected.get("err").is_some() && case.task != "results");
                let found = without_paths(&told["result"]);
                (ran.code != code || found != expected).then(|| complain(&format!("not {expected}"))).flatten()
            }
            Ends::Answers(answer) => {
                let expected = answer();
                let found = without_paths(&told["result"]);
                (ran.code != 0 || found != expected).then(|| complain("another answer")).flatten()
            }
            Ends::Traps(words) => {
                (ran.code != 3 || !ran.stderr.contains(words)).then(|| complain("no readable end")).flatten()
            }
            Ends::Prints(words) => {
                let prints = words.iter().all(|words| text.contains(words));
                (ran.code != 0 || !prints).then(|| complain("not printed")).flatten()
            }
            Ends::Refused(code) => {
                let refused = ran.code == 2 && told["error"]["code"] == code;
                (!refused).then(|| complain(&format!("not refused as {code}"))).flatten()
            }
        }
    }
}

/// Returns a result without the paths of its files.
fn without_paths(result: &Value) -> Value {
    let mut result = result.clone();
    if let Some(file) = result.get_mut("ok").and_then(Value::as_object_mut) {
        file.remove("path");
    }
    result
}

#[test]
fn every_case_ends_alike_in_every_language() {
    let problems = Mutex::new(Vec::new());
    let built: Vec<_> = built().collect();
    std::thread::scope(|threads| {
        for half in [0, 1] {
            let (built, problems) = (&built, &problems);
            threads.spawn(move || {
                for (language, component) in built.iter().skip(half).step_by(2) {
                    let world = prepared();
                    let found = CASES.iter().filter_map(|case| {
                        let problem = language.problem(&world, component, case)?;
                        Some((language.name, case.row, problem))
                    });
                    problems.lock().unwrap().extend(found);
                }
            });
        }
    });
    let problems = problems.into_inner().unwrap();
    let names: Vec<&str> = built.iter().map(|(language, _)| language.name).collect();
    let failed: BTreeSet<(&str, &str)> = problems.iter().map(|(name, row, _)| (*name, *row)).collect();
    let table = table::conformance(&LANGUAGES, &CASES, |name, row| {
        names.contains(&name).then(|| !failed.contains(&(name, row)))
    });
    std::fs::write(languages::target().join("languages/conformance.md"), &table).unwrap();
    let problems: Vec<&str> = problems.iter().map(|(.., problem)| problem.as_str()).collect();
    assert!(problems.is_empty(), "{} of {}\n{}", problems.len(), built.len() * CASES.len(), problems.join("\n"));
    if names.len() == LANGUAGES.len() {
        let readme = std::fs::read_to_string(larder_tests::workspace().join("README.md")).unwrap();
        assert!(readme.contains(&table), "the README has another table than target/languages/conformance.md:\n{table}");
    }
}

#[test]
fn every_language_has_the_same_signatures_and_keys() {
    let world = prepared();
    let tasks = |component: &Path| {
        let inspected = world.json(0, ["inspect".as_ref(), component.as_os_str()]);
        let tasks = inspected["tasks"].as_array().unwrap().iter();
        let facts = tasks.map(|task| (task["name"].to_string(), json!([task["signature"], task["cache"]])));
        facts.collect::<std::collections::BTreeMap<_, _>>()
    };
    let mut first = None;
    for (language, component) in built() {
        let keys: Vec<Value> = CASES
            .iter()
            .filter(|case| case.is_cached())
            .map(|case| world.key(&component, case.task, case.arguments)["key"].clone())
            .collect();
        assert!(keys.iter().all(Value::is_string), "{}: {keys:?}", language.name);
        let facts = (tasks(&component), keys);
        let first = first.get_or_insert_with(|| facts.clone());
        assert_eq!(*first, facts, "{}", language.name);
    }
}

#[test]
fn what_one_language_computed_answers_the_others() {
    let world = prepared();
    let mut built = built();
    let Some((_, first)) = built.next() else { return };
    let cases: Vec<&Case> = CASES.iter().filter(|case| case.is_cached()).collect();
    let mut computed = Vec::new();
    for case in &cases {
        computed.push(world.run(&first, case.task, case.arguments).is_a_miss("no-entry").result().clone());
    }
    for (language, component) in built {
        for (case, result) in cases.iter().zip(&computed) {
            // The first call reads the manifest, and nothing else runs.
            let called = world.run(&component, case.task, case.arguments);
            assert_eq!((called.status(), called.result()), ("hit", result), "{}: {}", language.name, case.row);
            assert!(called.0["made_by_other_component"].is_string(), "{}: {}", language.name, case.row);
        }
    }
}

#[test]
fn a_language_runs_the_same_twice() {
    for (language, component) in built() {
        let world = prepared();
        let task = ["run".as_ref(), component.as_os_str(), "text".as_ref()];
        let checked = world.larder(task.into_iter().chain(["text=to be".as_ref(), "--check".as_ref(), "2".as_ref()]));
        assert_eq!(checked.code, 0, "{}\n{checked}", language.name);
    }
}

#[test]
fn async_exports_are_tasks_like_any_other() {
    for (name, folder) in ASYNC {
        let Some(component) = languages::build(&program!(), folder) else { continue };
        let world = world!();
        let shouted = world.run(&component, "shout", &["text=été"]);
        assert_eq!(shouted.is_a_miss("no-entry").result(), &json!({ "ok": "éTé!" }), "{name}");
        world.run(&component, "shout", &["text=été"]).hits();
        let empty = world.ends(1, &component, "shout", &["text="]);
        assert_eq!(empty.result(), &json!({ "err": "empty" }), "{name}");
    }
}
