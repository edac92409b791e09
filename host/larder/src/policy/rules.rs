//! The rules of precedence: the caller, `larder.toml`, the manifest.

use std::time::Duration;

use super::asked::{Asked, CachePolicy, DeclaredBy, Policy};
use super::error::PolicyError;
use super::world;
use crate::config::TaskConfig;
use larder_component::declare::{CacheDeclaration, DeclaredVersion, Scope, Size, TaskDeclaration, check_version_text};

/// Returns the policy for one task of a trusted component.
///
/// # Errors
///
/// [`PolicyError`]: see its variants.
pub fn policy(task: &TaskDeclaration, table: Option<&TaskConfig>, asked: &Asked) -> Result<Policy, PolicyError> {
    let table = table.cloned().unwrap_or_default();
    let size = table.size.as_ref().map(|size| size.0).or(task.size).unwrap_or(Size::Small);
    let timeout = table.timeout_seconds.or(task.timeout_seconds);
    let cache = cache(task, &table, asked)?;
    Ok(Policy {
        open: world::open(task, cache.as_ref(), asked)?,
        cache,
        size,
        timeout: timeout.map(|seconds| Duration::from_secs(u64::from(seconds))),
        file_names: table.file_names.unwrap_or(task.file_names),
    })
}

pub(super) fn cache(
    task: &TaskDeclaration,
    table: &TaskConfig,
    asked: &Asked,
) -> Result<Option<CachePolicy>, PolicyError> {
    let name = || task.exported.name.to_string();
    let manifest = task.cache.as_ref();
    let Some((version, declared_by)) = version(manifest, table, asked) else {
        return match asked.scope {
            Some(_) => Err(PolicyError::ScopeWithoutVersion { task: name() }),
            None => Ok(None),
        };
    };
    if let DeclaredVersion::Declared(text) = &version {
        check_version_text(text).map_err(|problem| PolicyError::Version { task: name(), problem })?;
    }
    match &version {
        DeclaredVersion::Declared(_) if task.exported.name.is_nameless() => {
            return Err(PolicyError::Nameless { task: name() });
        }
        DeclaredVersion::Declared(_) | DeclaredVersion::Pinned => {}
    }
    let scope = asked.scope.or(table.scope).or(manifest.map(|cache| cache.scope)).unwrap_or(Scope::Account);
    let cache_errors = table.cache_errors.or(manifest.map(|cache| cache.cache_errors)).unwrap_or(false);
    let declared = manifest.is_some() || config_version(table).is_some();
    let rests_on_the_name = declared_by == DeclaredBy::Caller && !declared;
    Ok(Some(CachePolicy { version, scope, cache_errors, declared_by, rests_on_the_name }))
}

fn version(
    manifest: Option<&CacheDeclaration>,
    table: &TaskConfig,
    asked: &Asked,
) -> Option<(DeclaredVersion, DeclaredBy)> {
    if let Some(version) = &asked.version {
        return Some((version.clone(), DeclaredBy::Caller));
    }
    if let Some(version) = config_version(table) {
        return Some((version, DeclaredBy::Config));
    }
    if table.cache == Some(false) {
        return None;
    }
    manifest.map(|cache| (cache.version.clone(), DeclaredBy::Manifest))
}

fn config_version(table: &TaskConfig) -> Option<DeclaredVersion> {
    if table.pinned {
        return Some(DeclaredVersion::Pinned);
    }
    table.version.clone().map(DeclaredVersion::Declared)
}
