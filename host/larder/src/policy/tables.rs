//! Matching of the tables of a `larder.toml` with the tasks of a component.

use std::collections::{BTreeMap, HashSet};

use super::asked::{Asked, CachePolicy, Policy, Trust};
use super::error::PolicyError;
use super::rules::policy;
use super::trust::policy_of_stranger;
use crate::config::{Config, TaskConfig};
use larder_component::declare::{self, CacheDeclaration, DeclareError, FindError, TaskDeclaration, find};

/// Finds the table of each task in `of`, in the order of `tasks`.
///
/// # Errors
///
/// [`PolicyError::Twice`], and [`PolicyError::Config`] for a table that names no task or several. A `larder.toml` that
/// builds no component may have tables for several components, so there a table may name no task.
pub fn tables<'c, T>(
    config: Option<&'c Config>,
    of: impl Fn(&'c Config) -> &'c BTreeMap<String, T>,
    tasks: &[TaskDeclaration],
) -> Result<Vec<Option<&'c T>>, PolicyError> {
    let mut names: Vec<Option<(&str, &T)>> = vec![None; tasks.len()];
    for (name, table) in config.iter().flat_map(|config| of(config)) {
        let index = match find(tasks, name) {
            Ok(index) => index,
            Err(FindError::Unknown { .. }) if config.is_some_and(|config| config.build.is_none()) => continue,
            Err(source) => return Err(PolicyError::Config { source }),
        };
        if let Some((first, _)) = names[index].replace((name, table)) {
            let (task, first, second) = (tasks[index].exported.name.to_string(), first.to_owned(), name.clone());
            return Err(PolicyError::Twice { task, first, second });
        }
    }
    Ok(names.into_iter().map(|table| table.map(|(_, table)| table)).collect())
}

/// Checks that no two tasks of one name have the same version, once all declarations are known.
///
/// # Errors
///
/// [`DeclareError::SameVersion`].
pub fn check_versions(tasks: &[TaskDeclaration], tables: &[Option<TaskConfig>]) -> Result<(), DeclareError> {
    let mut names = HashSet::new();
    if tasks.iter().all(|task| names.insert(&task.exported.name)) {
        return Ok(());
    }
    let declared = tasks.iter().zip(tables).map(|(task, table)| {
        // A task that cannot be cached cannot answer for another either.
        let cache = policy(task, table.as_ref(), &Asked::default()).ok().and_then(|policy| policy.cache);
        let cache = cache.map(|CachePolicy { version, scope, cache_errors, declared_by: _, rests_on_the_name: _ }| {
            CacheDeclaration { version, scope, cache_errors }
        });
        TaskDeclaration { cache, ..task.clone() }
    });
    declare::check_versions(&declared.collect::<Vec<_>>())
}

/// Checks that the version that a caller gives for the task at `position` cannot apply to another task of its name:
/// both would share one entry.
///
/// # Errors
///
/// [`PolicyError::Twins`].
pub fn check_asked(tasks: &[TaskDeclaration], position: usize, asked: &Asked) -> Result<(), PolicyError> {
    // Return early without a version: `inspect` asks for each of a hundred thousand tasks.
    if asked.version.is_none() {
        return Ok(());
    }
    let name = |task: &TaskDeclaration| task.exported.qualified_name();
    let mut same = tasks.iter().filter(|task| task.exported.name == tasks[position].exported.name);
    match (same.next(), same.next()) {
        (Some(first), Some(second)) => Err(PolicyError::Twins { first: name(first), second: name(second) }),
        _ => Ok(()),
    }
}

/// Returns the policy for the task at `position` of a component, whose tables in `larder.toml` are `tables`.
///
/// # Errors
///
/// [`PolicyError`]: see its variants.
pub fn policy_at(
    tasks: &[TaskDeclaration],
    tables: &[Option<TaskConfig>],
    position: usize,
    asked: &Asked,
) -> Result<Policy, PolicyError> {
    check_asked(tasks, position, asked)?;
    match asked.trust {
        Trust::Trusted => policy(&tasks[position], tables.get(position).and_then(Option::as_ref), asked),
        Trust::Untrusted => policy_of_stranger(tasks, position, asked),
    }
}
