//! From arguments and environment to an open host and a task of a component: the first steps of every command.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use etcetera::BaseStrategy as _;

use super::allow;
use super::args::{self, Allow, Caching, Called, Declared, Global, ScopeWord, Together, Trusting};
use super::print::Printer;
use super::problem::{Problem, check_owner};
use super::surroundings::{self, Located, Surroundings};
use larder::arguments::{Argument, typed_inputs};
use larder::declare::{DeclaredVersion, Scope};
use larder::policy::Asked;
use larder::sandbox::Compiler;
use larder::value::Value;
use larder::{Budget, CallOptions, Larder, Prepared, Settings};

/// Returns the cache folder: the one in the options, else the one in the XDG cache folder.
pub(super) fn cache_dir(global: &Global) -> anyhow::Result<PathBuf> {
    match global.cache_dir.clone().or_else(cache_dir_of_environment) {
        Some(folder) if folder.as_os_str().is_empty() => Err(Problem::NoCacheDir.into()),
        Some(folder) => Ok(std::path::absolute(folder)?),
        None => Ok(usual_cache_dir().ok_or(Problem::NoCacheDir)?),
    }
}

/// Returns every cache folder that this command, or one with other options, would open.
fn cache_dirs(global: &Global) -> Vec<PathBuf> {
    let named = global.cache_dir.clone().into_iter().chain(cache_dir_of_environment());
    named.filter_map(|folder| std::path::absolute(folder).ok()).chain(usual_cache_dir()).collect()
}

fn cache_dir_of_environment() -> Option<PathBuf> {
    // According to the XDG base directory specification, an empty variable counts as unset.
    #[expect(clippy::disallowed_methods, reason = "the command line is what reads the environment")]
    std::env::var_os("LARDER_CACHE_DIR").filter(|folder| !folder.is_empty()).map(Into::into)
}

fn usual_cache_dir() -> Option<PathBuf> {
    Some(etcetera::base_strategy::choose_base_strategy().ok()?.cache_dir().join("larder"))
}

/// Opens the host; see [`Surroundings::names`] for the account.
pub(super) fn larder(around: &Surroundings<'_>, no_cache: bool) -> anyhow::Result<Larder> {
    Ok(Larder::open(settings(around, no_cache)?)?)
}

/// Returns the settings of [`larder`].
pub(super) fn settings(around: &Surroundings<'_>, no_cache: bool) -> anyhow::Result<Settings> {
    let mut settings = Settings::new(if no_cache { None } else { Some(cache_dir(around.global)?) });
    settings.trust_cache_owner = around.global.trust_cache_owner;
    let (account, workflow, files) = around.names()?;
    for (option, name) in [("--account", &account), ("--workflow", &workflow)] {
        if let Some(name) = name {
            check_owner(name).map_err(|problem| Problem::NotAnOwner { option, problem })?;
        }
    }
    settings.account = account.unwrap_or(settings.account);
    settings.workflow = workflow;
    settings.protected = surroundings::protected(files, cache_dirs(around.global));
    // Uses this very program, even if another has been installed in its place meanwhile.
    settings.compiler =
        Compiler::Helper { program: "/proc/self/exe".into(), arguments: vec![args::COMPILE_HELPER.into()] };
    Ok(settings)
}

/// Reports the owner of the cache if it belongs to another user.
pub(super) fn tell_whose_cache(larder: &Larder, printer: &Printer) {
    if let Some(cache) = larder.settings().cache_dir.as_deref().filter(|_| larder.cache_is_foreign()) {
        let cache = cache.display();
        printer.warning(&format!(
            "the cache at {cache} could be another user's work: its answers are believed, and nothing is stored in it"
        ));
    }
}

/// Opens the host as [`larder`] does, for commands that can work without a cache.
pub(super) fn larder_or_no_cache(around: &Surroundings<'_>) -> anyhow::Result<Larder> {
    larder(around, false).or_else(|error| match error.downcast::<larder::store::StoreError>() {
        Ok(error) => {
            around.printer.warning(&error.to_string());
            larder(around, true)
        }
        Err(error) => Err(error),
    })
}

impl Called {
    /// Returns the component and the task; both are required.
    pub(super) fn names(&self) -> anyhow::Result<(&Path, &str)> {
        let component = self.component.as_deref().ok_or(Problem::NoComponent)?;
        let task = self.task.as_deref().ok_or_else(|| Problem::NoTask { component: component.to_owned() })?;
        Ok((component, task))
    }
}

impl Together {
    /// Returns `budget` with the caller's options applied.
    pub(super) fn over(&self, budget: Budget) -> Budget {
        let Self { cpus, memory_mib } = *self;
        Budget {
            cpus: cpus.unwrap_or(budget.cpus),
            memory_bytes: memory_mib.map_or(budget.memory_bytes, |mib| mib.saturating_mul(1 << 20)),
            runs: budget.runs,
        }
    }
}

impl Declared {
    /// Returns the caller's options, apart from the open world.
    pub(super) fn asked(&self) -> Asked {
        let version = match &self.cache_version {
            Some(text) => Some(DeclaredVersion::Declared(text.clone())),
            None => self.pinned.then_some(DeclaredVersion::Pinned),
        };
        let scope = self.scope.map(|word| match word {
            ScopeWord::Account => Scope::Account,
            ScopeWord::Workflow => Scope::Workflow,
        });
        Asked { version, scope, ..Asked::default() }
    }
}

/// The task that a command calls, with its options.
pub(super) struct Task<'a> {
    pub(super) located: &'a Located,
    pub(super) name: &'a str,
    pub(super) declared: &'a Declared,
    pub(super) caching: &'a Caching,
    pub(super) allow: &'a Allow,
    pub(super) trusting: Trusting,
}

impl Task<'_> {
    /// Loads the component, and decides how the calls of the task are cached and limited. Reports the grants that open
    /// the world for them, and the grants that do not count.
    pub(super) async fn prepare(&self, larder: &Larder, printer: &Printer) -> anyhow::Result<Prepared> {
        let Self { located, name, declared, caching, allow, trusting } = self;
        let component = Arc::new(larder.load(&located.path, located.config.as_ref()).await?);
        let task = component.find(name)?;
        let grants = allow::grants(allow, located, &component, task);
        if !trusting.untrusted
            && let Some(warning) = allow::idle_grants(&component.tasks()[task], grants.as_ref())
        {
            printer.warning(&warning);
        }
        let Caching { refresh, no_cache, max_age, trust_name, strict } = **caching;
        let asked = Asked { uncached: no_cache, grants, trust: trusting.trust(), ..declared.asked() };
        let options = CallOptions { asked, refresh, trust_name, strict, max_age };
        let prepared = larder.prepare(component.clone(), task, options)?;
        if let Some(withheld) = allow::withheld(located, &prepared, task, allow.sealed) {
            printer.warning(&withheld);
        }
        if let Some(open) = &prepared.policy.open {
            printer.always(&allow::opened(allow, located, component.grants[task].is_some(), open));
        }
        Ok(prepared)
    }
}

/// Converts the typed arguments to inputs of the task; paths are relative to the current folder.
pub(super) fn inputs(prepared: &Prepared, typed: &[String]) -> anyhow::Result<Vec<Value>> {
    let arguments = typed.iter().map(|typed| Argument::split(typed)).collect::<Result<Vec<_>, _>>()?;
    let here = std::env::current_dir()?;
    Ok(typed_inputs(&prepared.task().exported.signature, &arguments, &here)?)
}
