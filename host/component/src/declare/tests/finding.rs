//! Finding a task by the name that a user typed.

use super::{exported, functions, interfaces};
use crate::declare::{DocsError, Exports, FindError, NotATaskReason, Obstacle, TaskDeclaration, attach, exports, find};

/// Returns one interface in two versions, another of the same short name, an inline one, and functions of the world.
fn tasks() -> Vec<TaskDeclaration> {
    let packaged = exported(&interfaces(
        &["a:b/text@1.0.0", "a:b/text@2.0.0", "x:y/text", "x:y/only@0.1.0", "inline"],
        r#"(export "reverse" (func)) (export "count" (func))"#,
    ));
    let world = exported(&functions(&[("run", ""), ("count", "")]));
    let exports = Exports { tasks: [packaged.tasks, world.tasks].concat(), ..packaged };
    attach(&exports, Vec::new()).expect("attached").tasks
}

fn found(tasks: &[TaskDeclaration], query: &str) -> String {
    let position = find(tasks, query).unwrap_or_else(|error| panic!("{query}: {error}"));
    tasks[position].exported.qualified_name()
}

#[test]
fn full_and_short_names_find_their_task() {
    let tasks = tasks();
    for (query, task) in [
        ("run", "run"),
        ("#run", "run"),
        ("x:y/only#reverse", "x:y/only@0.1.0#reverse"),
        ("x:y/only@0.1.0#reverse", "x:y/only@0.1.0#reverse"),
        ("only#count", "x:y/only@0.1.0#count"),
        ("only@0.1.0#count", "x:y/only@0.1.0#count"),
        ("text@1.0.0#reverse", "a:b/text@1.0.0#reverse"),
        ("x:y/text#reverse", "x:y/text#reverse"),
        ("inline#count", "inline#count"),
        ("#count", "count"),
    ] {
        assert_eq!(found(&tasks, query), task, "{query}");
    }
}

#[test]
fn a_named_component_is_part_of_the_full_name() {
    let tasks: Vec<_> = tasks().into_iter().map(|task| task.named("tools")).collect();
    for (query, task) in [
        ("run", "tools#run"),
        ("tools#run", "tools#run"),
        ("tools/inline#reverse", "tools/inline#reverse"),
        ("inline#reverse", "tools/inline#reverse"),
    ] {
        assert_eq!(found(&tasks, query), task, "{query}");
    }
    assert!(matches!(find(&tasks, "#run"), Err(FindError::Unknown { .. })));
    assert!(matches!(find(&tasks, "other#run"), Err(FindError::Unknown { .. })));
}

#[test]
fn a_full_name_is_stronger_than_a_short_one() {
    // A component called `text` makes `text#count` a full name, and the same name of an interface a short one.
    let tasks: Vec<_> = tasks().into_iter().map(|task| task.named("only")).collect();
    assert_eq!(found(&tasks, "only#count"), "only#count");
    assert_eq!(found(&tasks, "only#reverse"), "x:y/only@0.1.0#reverse");
}

#[test]
fn an_ambiguous_name_lists_what_it_fits() {
    let tasks = tasks();
    for (query, fits) in [("reverse", 5), ("count", 6), ("text#reverse", 3), ("a:b/text#reverse", 2)] {
        let Err(FindError::Ambiguous { count, candidates, .. }) = find(&tasks, query) else { panic!("{query}") };
        assert_eq!((count, candidates.len()), (fits, fits), "{query}");
        // Each of these names finds the task.
        for candidate in &candidates {
            let task = &tasks[find(&tasks, candidate).expect(candidate)].exported;
            assert!([task.qualified_name(), task.name.to_string()].contains(candidate), "{candidate}");
        }
    }
    let Err(FindError::Ambiguous { candidates, .. }) = find(&tasks, "count") else { panic!("one `count`") };
    assert!(candidates.contains(&"#count".to_owned()), "{candidates:?}");
}

#[test]
fn an_interface_without_a_version_can_be_told_from_one_that_has_some() {
    let names = ["a:b/text", "a:b/text@1.0.0", "a:b/text@2.0.0"];
    let tasks = attach(&exported(&interfaces(&names, "(export \"f\" (func))")), Vec::new()).expect("attached").tasks;
    for name in names {
        let name = format!("{name}#f");
        assert_eq!(found(&tasks, &name), name);
    }
    let Err(FindError::Ambiguous { count, .. }) = find(&tasks, "text#f") else { panic!("one `text#f`") };
    assert_eq!(count, 3);
}

#[test]
fn an_unknown_name_suggests_and_lists() {
    let tasks = tasks();
    for (query, like) in [
        ("rin", Some("run")),
        ("only#revrese", Some("x:y/only@0.1.0#reverse")),
        ("x:y/only@9.0.0#reverse", Some("x:y/only@0.1.0#reverse")),
        ("zzz", None),
    ] {
        let Err(FindError::Unknown { nearest, candidates, .. }) = find(&tasks, query) else { panic!("{query}") };
        assert_eq!(candidates.len(), tasks.len());
        assert_eq!(nearest.first().map(String::as_str), like, "{query}");
    }
}

#[test]
fn what_can_be_no_name_finds_nothing() {
    let (tasks, long) = (tasks(), "x".repeat(1_000_000));
    for query in ["", "#", "a#b#c", "run ", " run", "ru\nn", "@#run", "text@#reverse", "@1.0.0#run", &long] {
        assert!(matches!(find(&tasks, query), Err(FindError::Unknown { .. })), "{query}");
    }
    assert!(find(&[], "run").expect_err("no tasks").to_string().ends_with("it has no tasks"));
}

#[test]
fn long_lists_are_cut() {
    let each: Vec<String> = (0..50).map(|number| format!("f{number}")).collect();
    let each: Vec<(&str, &str)> = each.iter().map(|name| (name.as_str(), "")).collect();
    let tasks = attach(&exported(&functions(&each)), Vec::new()).expect("attached").tasks;
    let Err(FindError::Unknown { candidates, .. }) = find(&tasks, "nothing") else { panic!("found") };
    assert_eq!(candidates.len(), 20);
}

#[test]
fn codes_are_pinned() {
    let reason = NotATaskReason::CannotRun(Obstacle::ExportedComponent { export: "a".into() });
    let not_a_task = |reason| FindError::NotATask { export: "a".into(), reason };
    assert_eq!(not_a_task(reason).code(), "component/cannot-run");
    assert_eq!(not_a_task(NotATaskReason::Name).code(), "task");
    assert_eq!(find(&[], "a").unwrap_err().code(), "task");
    assert_eq!(exports(b"").unwrap_err().code(), "component/declarations");
    assert_eq!(DocsError::TooLarge { path: "wit".into() }.code(), "component/docs");
}
