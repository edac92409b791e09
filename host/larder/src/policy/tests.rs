//! Precedence among the caller, `larder.toml` and the manifest.
//!
//! Each of the three may or may not have a setting, and each uses values of its own, so that a result shows its source.

use std::time::Duration;

use larder_component::declare::{
    CacheDeclaration, DeclareError, DeclaredVersion, ExportPath, ExportedTask, FindError, Resources, Scope, Size,
    TaskDeclaration,
};
use larder_types::capability::{Allowed, Capability, Grants};
use larder_types::{Signature, TaskName};
use proptest::option::of;
use proptest::prelude::*;

use super::*;
use crate::config::{BuildConfig, Config, SizeConfig, TaskConfig};

/// Returns a task of this name, without declarations.
fn task(name: TaskName, package_version: Option<&str>) -> TaskDeclaration {
    let export = ExportPath { interface: None, function: "f".into() };
    let signature = Signature { params: Vec::new(), result: None };
    let package_version = package_version.map(str::to_owned);
    TaskDeclaration::undeclared(ExportedTask { name, package_version, export, signature, is_async: false })
}

/// Returns the task `a:b/INTERFACE#f`.
fn in_interface(interface: &str, package_version: Option<&str>) -> TaskDeclaration {
    let (package, interface, function) = ("a:b".into(), interface.into(), "f".into());
    task(TaskName::Interface { package, interface, function }, package_version)
}

fn nameless() -> TaskDeclaration {
    task(TaskName::World { component: None, function: "f".into() }, None)
}

fn declared(text: &str) -> DeclaredVersion {
    DeclaredVersion::Declared(text.to_owned())
}

/// Generates a version named after its source, or the pinned one.
fn version(from: &'static str) -> impl Strategy<Value = DeclaredVersion> {
    prop_oneof![2 => Just(declared(from)), 1 => Just(DeclaredVersion::Pinned)]
}

fn scope() -> impl Strategy<Value = Scope> {
    prop_oneof![Just(Scope::Account), Just(Scope::Workflow)]
}

fn size() -> impl Strategy<Value = Size> {
    let custom = Size::Custom(Resources { cpus: 1, memory_mib: 2, storage_mib: 3, gpus: 4 });
    prop_oneof![Just(Size::Small), Just(Size::Medium), Just(Size::Large), Just(Size::SmallGpu), Just(custom)]
}

/// Generates the declarations of a manifest for a task with a name.
fn manifest() -> impl Strategy<Value = TaskDeclaration> {
    let cache = (version("the manifest"), scope(), any::<bool>())
        .prop_map(|(version, scope, cache_errors)| CacheDeclaration { version, scope, cache_errors });
    let needs = prop_oneof![Just(Vec::new()), Just(vec![Capability::OpenWorld])];
    (of(cache), of(size()), of(1..9_u32), of(needs), any::<bool>()).prop_map(
        |(cache, size, timeout_seconds, needs, file_names)| TaskDeclaration {
            cache,
            size,
            timeout_seconds,
            needs,
            file_names,
            ..in_interface("api", None)
        },
    )
}

/// Generates the settings of a `larder.toml`; contradictory ones are refused earlier.
fn table() -> impl Strategy<Value = TaskConfig> {
    let cache = prop_oneof![
        2 => Just(TaskConfig::default()),
        2 => Just(TaskConfig { version: Some("larder.toml".into()), ..TaskConfig::default() }),
        1 => Just(TaskConfig { pinned: true, ..TaskConfig::default() }),
        1 => Just(TaskConfig { cache: Some(false), ..TaskConfig::default() }),
        1 => Just(TaskConfig { cache: Some(true), ..TaskConfig::default() }),
    ];
    (cache, of(scope()), of(any::<bool>()), of(size()), of(11..19_u32), of(any::<bool>())).prop_map(
        |(cache, scope, cache_errors, size, timeout_seconds, file_names)| TaskConfig {
            scope,
            cache_errors,
            size: size.map(SizeConfig),
            timeout_seconds,
            file_names,
            ..cache
        },
    )
}

/// Generates the settings of a caller. Its grants, and an empty world, have a separate test.
fn asked() -> impl Strategy<Value = Asked> {
    (of(version("the caller")), of(scope()), any::<bool>()).prop_map(|(version, scope, uncached)| Asked {
        version,
        scope,
        uncached,
        ..Asked::default()
    })
}

/// Returns the same task without needs, which would prevent caching.
fn without_needs(task: TaskDeclaration) -> TaskDeclaration {
    TaskDeclaration { needs: None, ..task }
}

/// Returns the first setting that is given.
fn first<T: Clone>(voices: [Option<T>; 3], or: T) -> T {
    voices.into_iter().flatten().next().unwrap_or(or)
}

/// Returns the version from each of the three.
fn claims(task: &TaskDeclaration, table: &TaskConfig, asked: &Asked) -> [Option<DeclaredVersion>; 3] {
    let written = table.version.as_deref().map(declared);
    let pinned = table.pinned.then_some(DeclaredVersion::Pinned);
    [asked.version.clone(), written.or(pinned), task.cache.as_ref().map(|cache| cache.version.clone())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn the_first_who_speaks_decides_what_a_run_may_use(task in manifest(), table in table(), asked in asked()) {
        let nothing = Asked { scope: None, ..asked };
        let policy = policy(&without_needs(task.clone()), Some(&table), &nothing).unwrap();
        prop_assert_eq!(policy.size, first([None, table.size.map(|size| size.0), task.size], Size::Small));
        let seconds = table.timeout_seconds.or(task.timeout_seconds);
        prop_assert_eq!(policy.timeout, seconds.map(|seconds| Duration::from_secs(seconds.into())));
        prop_assert_eq!(policy.file_names, table.file_names.unwrap_or(task.file_names));
    }

    #[test]
    fn the_first_who_speaks_decides_how_results_are_remembered(
        task in manifest(), table in table(), asked in asked(),
    ) {
        let [caller, config, manifest] = claims(&task, &table, &asked);
        // Only a manifest can be silenced.
        let heard = manifest.clone().filter(|_| table.cache != Some(false));
        let result = policy(&without_needs(task.clone()), Some(&table), &asked);
        let Some(version) = [caller.clone(), config.clone(), heard].into_iter().flatten().next() else {
            let silent = matches!(result, Err(PolicyError::ScopeWithoutVersion { .. }));
            let is_refused = asked.scope.is_some();
            prop_assert!(is_refused && silent || !is_refused && result.unwrap().cache.is_none());
            return Ok(());
        };
        let CachePolicy { version: found, scope, cache_errors, declared_by, rests_on_the_name } =
            result.unwrap().cache.unwrap();
        prop_assert_eq!(found, version);
        let by = match (&caller, &config) {
            (Some(_), _) => DeclaredBy::Caller,
            (None, Some(_)) => DeclaredBy::Config,
            (None, None) => DeclaredBy::Manifest,
        };
        prop_assert_eq!(declared_by, by);
        let said = task.cache.as_ref();
        prop_assert_eq!(scope, first([asked.scope, table.scope, said.map(|cache| cache.scope)], Scope::Account));
        prop_assert_eq!(cache_errors, first([None, table.cache_errors, said.map(|cache| cache.cache_errors)], false));
        prop_assert_eq!(rests_on_the_name, config.is_none() && manifest.is_none());
    }

    /// Weaker sources may have any settings.
    #[test]
    fn what_the_caller_and_the_configuration_say_holds_against_any_manifest(
        one in manifest(), other in manifest(), table in table(), asked in asked(),
    ) {
        let table = TaskConfig {
            version: Some("1".into()),
            pinned: false,
            cache: None,
            scope: table.scope.or(Some(Scope::Account)),
            cache_errors: table.cache_errors.or(Some(true)),
            size: table.size.or(Some(SizeConfig(Size::Medium))),
            timeout_seconds: table.timeout_seconds.or(Some(1)),
            file_names: table.file_names.or(Some(false)),
            ..table
        };
        let policy = |task| policy(&without_needs(task), Some(&table), &asked).unwrap();
        prop_assert_eq!(policy(one), policy(other));
    }

    /// Only one declaration of a stranger counts: that the task is cached. It is then cached under his own code.
    #[test]
    fn nothing_that_a_stranger_or_his_folder_says_makes_a_difference(
        task in manifest(), table in table(), asked in asked(),
    ) {
        let asked = Asked { trust: Trust::Untrusted, ..asked };
        let bare = TaskDeclaration::undeclared(task.exported.clone());
        let own = CacheDeclaration { version: DeclaredVersion::Pinned, scope: Scope::Account, cache_errors: false };
        let bare = TaskDeclaration { cache: task.cache.as_ref().map(|_| own), ..bare };
        let found = policy_at(std::slice::from_ref(&task), &[Some(table)], 0, &asked);
        if matches!(asked.version, Some(DeclaredVersion::Declared(_))) {
            prop_assert!(matches!(found, Err(PolicyError::Untrusted { .. })), "{:?}", found);
        } else {
            prop_assert_eq!(found, policy(&bare, None, &asked));
        }
    }

    #[test]
    fn the_world_is_open_only_to_what_is_granted_and_not_disowned(
        task in manifest(), table in table(), asked in asked(), is_granted: bool,
    ) {
        let grants = is_granted.then(|| Grants { variables: vec![("A".into(), "1".into())], ..Grants::default() });
        let asked = Asked { grants: grants.clone(), scope: None, ..asked };
        let is_cached = claims(&task, &table, &asked)[..2].iter().any(Option::is_some)
            || task.cache.is_some() && table.cache != Some(false);
        let needs_it = task.needs.as_ref().is_some_and(|needs| !needs.is_empty());
        let disowns_it = task.needs.as_ref().is_some_and(Vec::is_empty);
        match policy(&task, Some(&table), &asked) {
            Err(PolicyError::CachedAndOpen { task: _, by }) => {
                prop_assert!(is_cached && !asked.uncached);
                prop_assert_eq!(by == OpenedBy::Grant, is_granted);
                prop_assert!(is_granted || needs_it);
            }
            Err(error) => return Err(TestCaseError::fail(error.to_string())),
            Ok(policy) => {
                prop_assert!(!is_cached || asked.uncached || !is_granted && !needs_it);
                let allowed = grants.filter(|_| !disowns_it).map(|grants| Allowed::of(&grants, task.needs.as_deref()));
                prop_assert_eq!(policy.open, allowed);
            }
        }
    }
}

#[test]
fn a_version_for_a_name_that_anybody_has_is_refused() {
    let pinned = Asked { version: Some(DeclaredVersion::Pinned), ..Asked::default() };
    let versioned = Asked { version: Some(declared("1")), ..Asked::default() };
    assert!(matches!(policy(&nameless(), None, &versioned), Err(PolicyError::Nameless { .. })));
    assert_eq!(policy(&nameless(), None, &pinned).unwrap().cache.unwrap().version, DeclaredVersion::Pinned);
    assert!(policy(&nameless().named("mine"), None, &versioned).is_ok());
}

#[test]
fn a_version_is_a_text_that_can_be_read() {
    for text in ["", " ", "a\nb", &"x".repeat(257)] {
        let asked = Asked { version: Some(declared(text)), ..Asked::default() };
        let found = policy(&in_interface("api", None), None, &asked);
        assert!(matches!(found, Err(PolicyError::Version { .. })), "{text:?}");
    }
}

/// Returns a `larder.toml` with tables for these tasks, with or without a build.
fn config(names: &[&str], is_built_here: bool) -> Config {
    let build = || BuildConfig { command: None, output: "a.wasm".into(), inputs: None, needs: Vec::new() };
    Config {
        path: "/p/larder.toml".into(),
        folder: "/p".into(),
        digest: larder_base::Digest::of(b""),
        is_trusted: false,
        name: None,
        account: None,
        workflow: None,
        build: is_built_here.then(build),
        tasks: names
            .iter()
            .map(|name| ((*name).to_owned(), TaskConfig { version: Some((*name).to_owned()), ..TaskConfig::default() }))
            .collect(),
        limits: Default::default(),
        sizes: Default::default(),
        grants: Default::default(),
    }
}

/// Returns the name of the table that each task has.
fn found_tables(config: &Config, tasks: &[TaskDeclaration]) -> Result<Vec<Option<String>>, PolicyError> {
    let tables = tables(Some(config), |config| &config.tasks, tasks)?;
    Ok(tables.into_iter().map(|table| table.and_then(|table| table.version.clone())).collect())
}

#[test]
fn each_task_has_the_table_that_names_it() {
    let tasks = [in_interface("one", None), in_interface("two", None), in_interface("three", None)];
    let some = |name: &str| Some(name.to_owned());
    let found = found_tables(&config(&["three#f", "a:b/one#f"], true), &tasks);
    assert_eq!(found, Ok(vec![some("a:b/one#f"), None, some("three#f")]));
    assert_eq!(tables(None, |config: &Config| &config.tasks, &tasks), Ok(vec![None; 3]));
}

#[test]
fn a_table_that_names_no_task_is_a_mistake_where_the_component_is_built() {
    let tasks = [in_interface("one", None), in_interface("two", None)];
    let unknown = |is_built_here| found_tables(&config(&["three#f"], is_built_here), &tasks);
    assert_eq!(unknown(false), Ok(vec![None, None]));
    assert!(matches!(unknown(true), Err(PolicyError::Config { source: FindError::Unknown { .. } })));
    for is_built_here in [false, true] {
        let ambiguous = found_tables(&config(&["f"], is_built_here), &tasks);
        assert!(matches!(ambiguous, Err(PolicyError::Config { source: FindError::Ambiguous { .. } })));
        let twice = found_tables(&config(&["a:b/one#f", "one#f"], is_built_here), &tasks);
        let PolicyError::Twice { task, first, second } = twice.unwrap_err() else { panic!("two tables for one task") };
        assert_eq!([task, first, second], ["a:b/one#f", "a:b/one#f", "one#f"]);
    }
}

/// Returns one interface in two versions, whose manifest declares these versions.
fn twins(one: &str, two: &str) -> Vec<TaskDeclaration> {
    let cached = |text| {
        let (version, scope) = (declared(text), Scope::Account);
        Some(CacheDeclaration { version, scope, cache_errors: false })
    };
    let twin = |version, text| TaskDeclaration { cache: cached(text), ..in_interface("api", Some(version)) };
    vec![twin("1.0.0", one), twin("2.0.0", two)]
}

#[test]
fn tasks_of_one_name_have_versions_of_their_own() {
    let version = |text: &str| Some(TaskConfig { version: Some(text.to_owned()), ..TaskConfig::default() });
    let never = || Some(TaskConfig { cache: Some(false), ..TaskConfig::default() });
    let same = |tasks: &[TaskDeclaration], tables: &[Option<TaskConfig>]| {
        matches!(check_versions(tasks, tables), Err(DeclareError::SameVersion { .. }))
    };
    assert!(same(&twins("1", "1"), &[None, None]));
    assert!(!same(&twins("1", "2"), &[None, None]));
    assert!(same(&twins("1", "2"), &[None, version("1")]));
    assert!(!same(&twins("1", "1"), &[None, version("2")]));
    assert!(!same(&twins("1", "1"), &[None, never()]));
    assert!(!same(&[in_interface("one", None), in_interface("two", None)], &[version("1"), version("1")]));
}

#[test]
fn a_caller_gives_no_version_to_one_of_two_tasks_of_a_name() {
    let mut tasks = twins("1", "2");
    tasks.push(in_interface("alone", None));
    for version in [declared("3"), DeclaredVersion::Pinned] {
        let asked = Asked { version: Some(version), ..Asked::default() };
        for position in [0, 1] {
            let twins = PolicyError::Twins { first: "a:b/api@1.0.0#f".into(), second: "a:b/api@2.0.0#f".into() };
            assert_eq!(check_asked(&tasks, position, &asked), Err(twins.clone()));
            assert_eq!(policy_at(&tasks, &[], position, &asked), Err(twins));
        }
        assert_eq!(check_asked(&tasks, 2, &asked), Ok(()));
        assert_eq!(policy_at(&tasks, &[], 2, &asked).unwrap().cache.unwrap().declared_by, DeclaredBy::Caller);
    }
    assert_eq!(check_asked(&tasks, 0, &Asked::default()), Ok(()));
}

#[test]
fn errors_and_answers_say_who_spoke() {
    for (by, word) in [
        (DeclaredBy::Caller, "the caller"),
        (DeclaredBy::Config, "larder.toml"),
        (DeclaredBy::Manifest, "the manifest"),
    ] {
        assert_eq!(by.to_string(), word);
    }
    let error = |by| PolicyError::CachedAndOpen { task: "a".into(), by };
    assert!(error(OpenedBy::Grant).to_string().contains("it is granted something"));
    assert!(error(OpenedBy::Need).to_string().contains("it says that it needs something"));
    assert_eq!(error(OpenedBy::Need).code(), "policy");
}
