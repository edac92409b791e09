//! How a task is cached and bounded, from everyone who has a say: the caller, `larder.toml`, the manifest; the
//! first of them that speaks wins. Pure.

mod trust;
mod world;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

pub use self::trust::Trust;
pub use self::world::OpenedBy;
use crate::config::{Config, TaskConfig};
use larder_base::excerpt::excerpt;
use larder_component::declare::{
    self, CacheDeclaration, DeclareError, DeclaredVersion, FindError, Scope, Size, TaskDeclaration, VersionProblem,
    check_version_text, find,
};
use larder_types::capability::{Allowed, Grants};

/// What the caller asks for a call, over what is declared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// A version from the command line or an API call.
    pub version: Option<DeclaredVersion>,
    /// Who shares the result.
    pub scope: Option<Scope>,
    /// Neither look up nor store.
    pub uncached: bool,
    /// What the operator lets the task reach; none: nothing, and the task runs sealed.
    pub grants: Option<Grants>,
    /// How far the component's word goes.
    pub trust: Trust,
}

/// What holds for the calls of one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How results are remembered; `None`: never.
    pub cache: Option<CachePolicy>,
    /// The machine that one run needs.
    pub size: Size,
    /// The wall-clock limit, where one is declared.
    pub timeout: Option<Duration>,
    /// Whether the names of the files and directories that it is given are inputs too.
    pub file_names: bool,
    /// What the task may reach in the open world; none: it runs sealed.
    pub open: Option<Allowed>,
}

/// How the results of a task are remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachePolicy {
    /// Which results may answer for each other.
    pub version: DeclaredVersion,
    /// Who shares them.
    pub scope: Scope,
    /// Whether a result's `err` is remembered too.
    pub cache_errors: bool,
    /// Who gave the version.
    pub declared_by: DeclaredBy,
    /// Whether the version came from the caller alone: then an entry made by other code is a miss, since nothing
    /// but the name says that the two are the same task.
    pub rests_on_the_name: bool,
}

/// Who gave a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeclaredBy {
    /// The command line or the API call.
    Caller,
    /// `larder.toml`.
    Config,
    /// The component's own manifest.
    Manifest,
}

impl std::fmt::Display for DeclaredBy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Caller => "the caller",
            Self::Config => "larder.toml",
            Self::Manifest => "the manifest",
        })
    }
}

/// What is asked or declared of a task and cannot be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PolicyError {
    /// A version for a name that any stranger's component could have.
    #[error(
        "task `{task}` has no namespace, so a version says nothing about which component it belongs to: give the \
         component a name (`name = \"…\"` in its larder.toml), or use --pinned",
        task = excerpt(task)
    )]
    Nameless {
        /// The task.
        task: String,
    },
    /// A scope for a task that is not cached.
    #[error(
        "task `{task}` is not cached, so a scope means nothing: give a version with --cache-version or --pinned",
        task = excerpt(task)
    )]
    ScopeWithoutVersion {
        /// The task.
        task: String,
    },
    /// A version from the caller that is no version.
    #[error("the version given for task `{task}` {problem}", task = excerpt(task))]
    Version {
        /// The task.
        task: String,
        /// What is wrong with it.
        problem: VersionProblem,
    },
    /// A version for one of two tasks that are the same to the cache.
    #[error(
        "`{first}` and `{second}` are one task to the cache, and with the same version they would answer for each \
         other: declare a version for each in {file}, as in `[tasks.\"{first}\"]`",
        file = crate::config::FILE_NAME,
        first = excerpt(first), second = excerpt(second)
    )]
    Twins {
        /// The one exported first.
        first: String,
        /// The other.
        second: String,
    },
    /// A table `[tasks."…"]` that does not name one task of the component.
    #[error("{file} has a table for a task that cannot be found: {source}", file = crate::config::FILE_NAME)]
    Config {
        /// Which, and what there is.
        source: FindError,
    },
    /// A version for a task of a component that is not trusted: whoever else declares it would get its answers.
    #[error(
        "task `{task}` is of a component that is not trusted, which shares no cache: expected no version but its own \
         code's"
    )]
    Untrusted {
        /// The task.
        task: String,
    },
    /// The open world for a task that is cached.
    #[error(
        "task `{task}` is cached, and it {by}: a cached answer could depend on what is not in its key. Run it without \
         --cache-version, --pinned and `version`, with `cache = false` in {file}, or with --no-cache",
        file = crate::config::FILE_NAME,
        task = excerpt(task)
    )]
    CachedAndOpen {
        /// The task.
        task: String,
        /// Who asks for the open world.
        by: OpenedBy,
    },
    /// Two tables for one task.
    #[error(
        "{file} has two tables for task `{task}`: `{first}` and `{second}`", file = crate::config::FILE_NAME,
        task = excerpt(task), first = excerpt(first), second = excerpt(second)
    )]
    Twice {
        /// The task.
        task: String,
        /// One of the two, as written.
        first: String,
        /// The other.
        second: String,
    },
}

/// Finds the table of each task in `of`, in the order of `tasks`.
///
/// # Errors
///
/// [`PolicyError::Twice`], and [`PolicyError::Config`] for a table that names no task or several. A `larder.toml` that
/// builds no component may speak of several components, so there a table may name none.
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

/// Checks that no two tasks of one name have the same version, now that all who declare one have spoken.
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
        // What cannot be cached cannot answer for anything either.
        let cache = policy(task, table.as_ref(), &Asked::default()).ok().and_then(|policy| policy.cache);
        let cache = cache.map(|CachePolicy { version, scope, cache_errors, declared_by: _, rests_on_the_name: _ }| {
            CacheDeclaration { version, scope, cache_errors }
        });
        TaskDeclaration { cache, ..task.clone() }
    });
    declare::check_versions(&declared.collect::<Vec<_>>())
}

/// Checks that the version that a caller gives for the task at `position` could not be given for another of its name:
/// there would be one entry for both.
///
/// # Errors
///
/// [`PolicyError::Twins`].
pub fn check_asked(tasks: &[TaskDeclaration], position: usize, asked: &Asked) -> Result<(), PolicyError> {
    // Nothing is looked for where nothing is given: `inspect` asks for each of a hundred thousand tasks.
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

/// What holds for the task at `position` of a component, whose tables in `larder.toml` are `tables`.
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
        Trust::Untrusted => trust::policy_of_stranger(tasks, position, asked),
    }
}

/// What holds for one task of a component whose word is taken.
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

fn cache(task: &TaskDeclaration, table: &TaskConfig, asked: &Asked) -> Result<Option<CachePolicy>, PolicyError> {
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
