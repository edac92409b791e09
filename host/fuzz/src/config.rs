//! `larder.toml`: an accepted file keeps its rules, and its decisions for a task do not contradict each other.

use std::path::Path;

use larder::config::{Config, SizeConfig, TaskConfig};
use larder::policy::{Asked, CachePolicy, DeclaredBy, policy, tables};
use larder::{Signature, TaskName, is_label};
use larder_component::declare::{
    DeclaredVersion, ExportPath, ExportedTask, Resources, Size, TaskDeclaration, check_version_text,
};

use crate::text;

/// Reads the text at the start of `bytes` as a `larder.toml`.
pub fn check(bytes: &[u8]) {
    match Config::parse(Path::new("/project/larder.toml"), text::prefix(bytes)) {
        Ok(config) => assert_sound(&config),
        Err(error) => drop(error.to_string()),
    }
}

fn assert_sound(config: &Config) {
    let Config {
        path,
        folder,
        digest: _,
        is_trusted,
        name,
        account,
        workflow,
        build: _,
        tasks,
        limits: _,
        sizes: _,
        grants,
    } = config;
    assert_eq!((path.as_path(), folder.as_path()), (Path::new("/project/larder.toml"), Path::new("/project")));
    assert!(*is_trusted, "it was not looked for");
    assert!(name.as_deref().is_none_or(is_label), "{name:?}");
    assert!(account.as_deref() != Some("") && workflow.as_deref() != Some(""));
    for table in tasks.values() {
        assert_table_is_sound(table);
        for task in declared() {
            assert_policy_is_sound(&task, table);
        }
    }
    drop(tables(Some(config), |config| &config.tasks, &declared()));
    for grants in grants.values() {
        let granted = grants.grants(folder, |_| None);
        assert_eq!((granted.http.len(), granted.tcp.len()), (grants.http.len(), grants.tcp.len()));
        // The text of a rule parses to the rule.
        assert!(granted.http.iter().all(|rule| rule.to_string().parse().as_ref() == Ok(rule)), "{granted:?}");
        assert!(granted.tcp.iter().all(|rule| rule.to_string().parse().as_ref() == Ok(rule)), "{granted:?}");
    }
}

fn assert_table_is_sound(table: &TaskConfig) {
    let TaskConfig {
        version,
        pinned,
        cache,
        scope: _,
        cache_errors: _,
        size,
        timeout_seconds,
        limits: _,
        file_names: _,
    } = table;
    assert!(version.as_deref().is_none_or(|version| check_version_text(version).is_ok()), "{version:?}");
    assert_ne!(*timeout_seconds, Some(0));
    let said = [version.is_some(), *pinned, *cache == Some(false)];
    assert!(said.iter().filter(|said| **said).count() <= 1, "{table:?}");
    if let Some(SizeConfig(Size::Custom(Resources { cpus, memory_mib, storage_mib: _, gpus: _ }))) = size {
        assert!(*cpus > 0 && *memory_mib > 0);
    }
}

fn assert_policy_is_sound(task: &TaskDeclaration, table: &TaskConfig) {
    // A version for a function without a namespace is refused: there is nothing more to check.
    let Ok(policy) = policy(task, Some(table), &Asked::default()) else {
        assert!(task.exported.name.is_nameless() && table.version.is_some());
        return;
    };
    assert_eq!(policy.timeout.map(|time| time.as_secs()), table.timeout_seconds.map(u64::from));
    let Some(cache) = policy.cache else {
        assert!(table.version.is_none() && !table.pinned, "declared, and not cached: {table:?}");
        return;
    };
    let CachePolicy { version, scope: _, cache_errors: _, declared_by, rests_on_the_name } = cache;
    assert_eq!((declared_by, rests_on_the_name), (DeclaredBy::Config, false));
    match version {
        DeclaredVersion::Declared(version) => assert_eq!(Some(&version), table.version.as_ref()),
        DeclaredVersion::Pinned => assert!(table.pinned),
    }
}

/// A task with a namespace, and one without.
fn declared() -> Vec<TaskDeclaration> {
    let run = || "run".to_owned();
    let packaged = TaskName::Interface { package: "a:b".to_owned(), interface: "c".to_owned(), function: run() };
    [(packaged, Some("a:b/c".to_owned())), (TaskName::World { component: None, function: run() }, None)]
        .map(|(name, interface)| {
            TaskDeclaration::undeclared(ExportedTask {
                name,
                package_version: None,
                export: ExportPath { interface, function: run() },
                signature: Signature { params: Vec::new(), result: None },
                is_async: false,
            })
        })
        .into()
}
