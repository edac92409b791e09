//! Joining exports with a manifest.

use super::{entry, exported, functions, interfaces};
use crate::declare::{
    CacheDeclaration, DeclareError, Declared, DeclaredVersion, Exports, Manifest, ManifestTask, Resources, Scope, Size,
    TaskDeclaration, VersionProblem, attach, check_versions, manifest_type,
};
use larder_types::capability::Capability;

/// Returns exports with `run` and `text` of the world, and `reverse` and `run` in two interfaces and one inline
/// interface.
fn mixed() -> Exports {
    let interfaces = exported(&interfaces(
        &["a:b/text@1.0.0", "a:b/text@2.0.0", "a:b/other", "inline"],
        r#"(export "reverse" (func))"#,
    ));
    let world = exported(&functions(&[("run", ""), ("text", ""), ("reverse", "")]));
    Exports { tasks: [interfaces.tasks, world.tasks].concat(), ..interfaces }
}

fn attached(entries: &[&str]) -> Result<Declared, DeclareError> {
    let sized = entries.iter().map(|name| ManifestTask { size: Size::Large, ..entry(name) });
    attach(&mixed(), sized.collect())
}

fn sized(declared: &Declared) -> Vec<String> {
    let spoken_of = declared.tasks.iter().filter(|task| task.size.is_some());
    spoken_of.map(|task| task.exported.qualified_name()).collect()
}

fn cached(version: &str, scope: Scope) -> Option<CacheDeclaration> {
    let version = match version {
        "pinned" => DeclaredVersion::Pinned,
        text => DeclaredVersion::Declared(text.to_owned()),
    };
    Some(CacheDeclaration { version, scope, cache_errors: false })
}

#[test]
fn without_a_manifest_nothing_is_declared() {
    let declared = attached(&[]).expect("attached");
    assert_eq!(declared.tasks.len(), 7);
    assert!(declared.tasks.iter().all(|task| *task == TaskDeclaration::undeclared(task.exported.clone())));
    assert!(declared.component_name.is_none() && !declared.has_manifest && !declared.needs_async);
}

#[test]
fn what_the_exports_know_is_kept() {
    let manifest = Manifest { export: mixed().tasks[0].export.clone(), signature: manifest_type() };
    let exports = Exports { needs_async: true, manifest: Some(manifest), ..mixed() };
    let declared = attach(&exports, Vec::new()).expect("attached");
    assert!(declared.needs_async && declared.has_manifest);
    assert_eq!(declared.not_tasks, exports.not_tasks);
}

#[test]
fn every_form_of_a_name_finds_its_task() {
    for (name, task) in [
        ("other#reverse", "a:b/other#reverse"),
        ("a:b/other#reverse", "a:b/other#reverse"),
        ("text@1.0.0#reverse", "a:b/text@1.0.0#reverse"),
        ("a:b/text@2.0.0#reverse", "a:b/text@2.0.0#reverse"),
        ("inline#reverse", "inline#reverse"),
        ("tools/inline#reverse", "tools/inline#reverse"),
        ("tools#run", "tools#run"),
        ("tools#reverse", "tools#reverse"),
    ] {
        assert_eq!(sized(&attached(&[name]).expect(name)), [task], "{name}");
    }
}

#[test]
fn an_entry_outside_interfaces_names_the_component_for_all_tasks() {
    let declared = attached(&["tools#run", "tools/inline#reverse", "other#reverse"]).expect("attached");
    assert_eq!(declared.component_name.as_deref(), Some("tools"));
    let names: Vec<String> = declared.tasks.iter().map(|task| task.exported.name.to_string()).collect();
    assert_eq!(names[2..], ["a:b/other#reverse", "tools/inline#reverse", "tools#run", "tools#text", "tools#reverse"]);
    let renamed = declared.named("better");
    assert_eq!(renamed.component_name.as_deref(), Some("better"));
    assert_eq!(renamed.tasks[4].exported.name.to_string(), "better#run");
    assert_eq!(renamed.tasks[2].exported.name.to_string(), "a:b/other#reverse");
}

#[test]
fn an_interface_is_stronger_than_a_component_of_its_name() {
    let declared = attached(&["other#reverse"]).expect("attached");
    assert_eq!(sized(&declared), ["a:b/other#reverse"]);
    assert!(declared.component_name.is_none());
    // No interface is called `other`, so here it is the component's name.
    let declared = attached(&["other#run"]).expect("attached");
    assert_eq!(sized(&declared), ["other#run"]);
}

#[test]
fn an_entry_that_fits_several_tasks_lists_them() {
    for name in ["text#reverse", "a:b/text#reverse"] {
        let error = attached(&[name]).expect_err(name);
        let candidates = vec!["a:b/text@1.0.0#reverse".to_owned(), "a:b/text@2.0.0#reverse".to_owned()];
        assert_eq!(error, DeclareError::EntryAmbiguous { entry: name.to_owned(), candidates });
    }
}

#[test]
fn every_task_in_an_interface_has_a_name_that_is_its_own() {
    let exports = exported(&interfaces(&["a:b/c", "a:b/c@1.0.0", "d:e/c", "c"], r#"(export "f" (func))"#));
    for name in ["a:b/c#f", "a:b/c@1.0.0#f", "d:e/c#f", "c#f"] {
        assert_eq!(sized(&attach(&exports, vec![entry(name)]).expect(name)), [name]);
    }
}

#[test]
fn an_entry_that_fits_no_task_suggests_one() {
    for (name, like) in [
        ("other#revers", Some("a:b/other#reverse")),
        ("a:b/othre#reverse", Some("a:b/other#reverse")),
        ("text@3.0.0#reverse", Some("a:b/text@1.0.0#reverse")),
        ("tools@1.0.0#run", None),
        ("x/y/inline#nothing", None),
    ] {
        let error = attached(&[name]).expect_err(name);
        let DeclareError::EntryUnknown { nearest, candidates, .. } = &error else { panic!("{name}: {error}") };
        assert_eq!(candidates.len(), 7);
        assert!(like.is_none_or(|like| nearest.iter().any(|name| name == like)), "{name}: {nearest:?}");
    }
    let error = attach(&exported("(component)"), vec![entry("a#b")]).expect_err("no tasks");
    assert!(error.to_string().ends_with("it has no tasks"), "{error}");
}

#[test]
fn names_of_the_wrong_form_are_refused_and_escaped() {
    for name in
        ["", "#", "reverse", "#reverse", "other#", "a#b#c", "other#rev\nerse", "other #reverse", "\u{1b}[2J#run"]
    {
        let error = attached(&[name]).expect_err(name);
        assert_eq!(error, DeclareError::EntryName { entry: name.to_owned() });
        assert!(!error.to_string().contains(|c: char| c.is_control()), "{error}");
    }
}

#[test]
fn a_component_needs_a_name_that_is_a_label() {
    for name in
        ["My_Tools#run", "1tools#run", "-#run", "a:b#run", "a:b/inline#reverse", "/inline#reverse", "a//inline#reverse"]
    {
        let error = attached(&[name]).expect_err(name);
        assert!(matches!(error, DeclareError::ComponentName { .. }), "{name}: {error}");
    }
}

#[test]
fn one_task_has_one_entry_and_one_component_one_name() {
    let error = attached(&["other#reverse", "a:b/other#reverse"]).expect_err("twice");
    let DeclareError::EntryTwice { task, first, second } = error else { panic!("{error}") };
    assert_eq!([task, first, second], ["a:b/other#reverse", "other#reverse", "a:b/other#reverse"]);
    let error = attached(&["tools#run", "toolz#text"]).expect_err("two names");
    assert_eq!(error, DeclareError::TwoComponentNames { first: "tools".into(), second: "toolz".into() });
}

#[test]
fn declarations_that_cannot_hold_are_refused() {
    let one = |task: ManifestTask| attach(&mixed(), vec![task]).expect_err("refused");
    let name = "other#reverse";
    assert_eq!(
        one(ManifestTask { timeout_seconds: Some(0), ..entry(name) }),
        DeclareError::ZeroTimeout { entry: name.into() }
    );
    let error = one(ManifestTask { cache: cached("", Scope::Account), ..entry(name) });
    assert_eq!(error, DeclareError::Version { entry: name.into(), problem: VersionProblem::Empty });
    let error = one(ManifestTask { cache: cached("a\nb", Scope::Account), ..entry(name) });
    assert_eq!(error, DeclareError::Version { entry: name.into(), problem: VersionProblem::Control });
    for (cpus, memory_mib, what) in [(0, 1, "cpus"), (1, 0, "memory-mib")] {
        let size = Size::Custom(Resources { cpus, memory_mib, storage_mib: 0, gpus: 0 });
        assert_eq!(one(ManifestTask { size, ..entry(name) }), DeclareError::ZeroResource { entry: name.into(), what });
    }
    let error = attach(&mixed(), vec![entry(name); 10_001]).expect_err("too many");
    assert!(matches!(error, DeclareError::TooManyEntries { .. }));
}

#[test]
fn everything_an_entry_declares_is_attached() {
    let task = ManifestTask {
        name: "other#reverse".into(),
        size: Size::Medium,
        cache: cached("7", Scope::Workflow),
        timeout_seconds: Some(9),
        needs: Some(vec![Capability::OpenWorld]),
        file_names: true,
    };
    let declared = attach(&mixed(), vec![task]).expect("attached");
    let TaskDeclaration { exported: _, size, cache, timeout_seconds, needs, file_names } = &declared.tasks[2];
    assert!(file_names);
    assert_eq!(*needs, Some(vec![Capability::OpenWorld]));
    assert_eq!((*size, cache, *timeout_seconds), (Some(Size::Medium), &cached("7", Scope::Workflow), Some(9)));
}

fn versions(first: &str, second: &str) -> Result<(), DeclareError> {
    let task = |name: &str, version| ManifestTask { cache: cached(version, Scope::Account), ..entry(name) };
    let entries = vec![task("text@1.0.0#reverse", first), task("text@2.0.0#reverse", second)];
    check_versions(&attach(&mixed(), entries).expect("attached").tasks)
}

#[test]
fn two_versions_of_an_interface_need_two_declared_versions() {
    assert_eq!(versions("1", "2"), Ok(()));
    assert_eq!(versions("1", "pinned"), Ok(()));
    for version in ["1", "pinned"] {
        let error = versions(version, version).expect_err("one version");
        let DeclareError::SameVersion { task, first, second, .. } = &error else { panic!("{error}") };
        assert_eq!([task, first, second], ["a:b/text#reverse", "a:b/text@1.0.0#reverse", "a:b/text@2.0.0#reverse"]);
    }
}

#[test]
fn tasks_that_are_not_cached_share_no_version() {
    let declared = attached(&["text@1.0.0#reverse", "text@2.0.0#reverse"]).expect("attached");
    assert_eq!(check_versions(&declared.tasks), Ok(()));
}
