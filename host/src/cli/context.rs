//! From arguments, environment and `larder.toml` to an open host and a component: the first steps of every command.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use etcetera::BaseStrategy as _;

use super::allow;
use super::args::{self, Allow, Caching, Called, Declared, Global, ScopeWord, Together};
use super::escape;
use super::print::Printer;
use super::problem::Problem;
use crate::config::{Config, ConfigError, FILE_NAME};
use crate::declare::{DeclaredVersion, Scope};
use crate::policy::Asked;
use crate::project::Project;
use crate::sandbox::Compiler;
use crate::{Budget, CallOptions, Larder, Prepared, Settings};

/// The cache folder: as asked, else in the XDG cache folder.
pub(super) fn cache_dir(global: &Global) -> anyhow::Result<PathBuf> {
    // As the XDG base directory specification has it, an empty variable is one that is not set.
    #[expect(clippy::disallowed_methods, reason = "the command line is what reads the environment")]
    let from_environment = || std::env::var_os("LARDER_CACHE_DIR").filter(|folder| !folder.is_empty()).map(Into::into);
    match global.cache_dir.clone().or_else(from_environment) {
        Some(folder) if folder.as_os_str().is_empty() => Err(Problem::NoCacheDir.into()),
        Some(folder) => Ok(std::path::absolute(folder)?),
        None => Ok(etcetera::base_strategy::choose_base_strategy()
            .map_err(|_| Problem::NoCacheDir)?
            .cache_dir()
            .join("larder")),
    }
}

/// Opens the host: whose cache it is comes from the arguments, else from the nearest `larder.toml` that says so, from
/// the current folder upward. What stands beside the component has no say in it.
pub(super) fn larder(global: &Global, no_cache: bool, printer: &Printer) -> anyhow::Result<Larder> {
    Ok(Larder::open(settings(global, no_cache, printer)?)?)
}

/// The settings of [`larder`].
pub(super) fn settings(global: &Global, no_cache: bool, printer: &Printer) -> anyhow::Result<Settings> {
    let mut settings = Settings::new(if no_cache { None } else { Some(cache_dir(global)?) });
    let (mut account, mut workflow) = (global.account.clone(), global.workflow.clone());
    if account.is_none() || workflow.is_none() {
        let here = std::env::current_dir().context("the current folder cannot be found")?;
        for config in Config::upward(&here) {
            let Some(config) = believed(config, printer)? else { continue };
            account = account.or(config.account);
            workflow = workflow.or(config.workflow);
        }
    }
    for (option, text) in [("--account", &account), ("--workflow", &workflow)] {
        if text.as_deref() == Some("") {
            return Err(Problem::EmptyName { option }.into());
        }
    }
    settings.account = account.unwrap_or(settings.account);
    settings.workflow = workflow;
    // This very program, even if another has been installed in its place meanwhile.
    settings.compiler =
        Compiler::Helper { program: "/proc/self/exe".into(), arguments: vec![args::COMPILE_HELPER.into()] };
    Ok(settings)
}

/// A `larder.toml` that was looked for; one that fails the ownership rule is passed over, with a line.
fn believed(config: Result<Config, ConfigError>, printer: &Printer) -> Result<Option<Config>, ConfigError> {
    match config {
        Err(error @ ConfigError::Distrusted { .. }) => {
            printer.warning(&error.to_string());
            Ok(None)
        }
        config => config.map(Some),
    }
}

/// As [`larder`], for commands that can do without a cache.
pub(super) fn larder_or_no_cache(global: &Global, printer: &Printer) -> anyhow::Result<Larder> {
    larder(global, false, printer).or_else(|error| match error.downcast::<crate::store::StoreError>() {
        Ok(error) => {
            printer.warning(&error.to_string());
            larder(global, true, printer)
        }
        Err(error) => Err(error),
    })
}

/// The component that an argument means, and the `larder.toml` that speaks of it.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) path: PathBuf,
    pub(super) config: Option<Config>,
}

impl Located {
    /// The folder whose `wit/` documents the component, if it comes from one.
    pub(super) fn wit_folder(&self) -> Option<PathBuf> {
        self.config.as_ref().map(|config| config.folder.join("wit"))
    }
}

/// Finds the component: a file, or a folder whose component is built first if its inputs have changed.
pub(super) fn locate(argument: &Path, global: &Global, larder: &Larder, printer: &Printer) -> anyhow::Result<Located> {
    if argument.is_dir() {
        let project = project(argument, global, printer)?;
        build(&project, larder, printer, false)?;
        return Ok(Located { path: project.output(), config: Some(project.config().clone()) });
    }
    let path = std::path::absolute(argument)?;
    let config = governing(&path, printer)?;
    Ok(Located { path, config })
}

/// The nearest `larder.toml` above a component that speaks of it: one that says how to build it, or one that builds
/// nothing and has tables for tasks of any component below. A name belongs to one component, so only the first can
/// give one.
fn governing(component: &Path, printer: &Printer) -> anyhow::Result<Option<Config>> {
    // Links and `..` resolved, since the folders above a path are not those above its letters.
    let Some(folder) = component.parent().and_then(|folder| folder.canonicalize().ok()) else { return Ok(None) };
    let component = component.canonicalize().unwrap_or_else(|_| component.to_owned());
    for config in Config::upward(&folder) {
        let Some(config) = believed(config, printer)? else { continue };
        let builds = config.build.as_ref().map(|build| config.folder.join(&build.output));
        match builds {
            Some(output) if output.canonicalize().is_ok_and(|output| output == component) => return Ok(Some(config)),
            Some(_) => {}
            None if config.name.is_some() => return Err(Problem::NameOfNothing { folder: config.folder }.into()),
            None => return Ok(Some(config)),
        }
    }
    Ok(None)
}

/// The project in a folder. Its build finds this very program, and may install what it needs.
pub(super) fn project(folder: &Path, global: &Global, printer: &Printer) -> anyhow::Result<Project> {
    let project = Project::open(&std::path::absolute(folder)?)?;
    let project = project.with_larder(std::env::current_exe().context("this program cannot be found")?);
    if global.no_install {
        return Ok(project);
    }
    let printer = *printer;
    Ok(project.installing(move |folder, need| {
        let command = need.install_command_line().unwrap_or_default();
        let text = format!("installing {}, which the build in {} needs: {command}", need.program, folder.display());
        printer.note(&escape::line(&text));
    }))
}

/// Builds the component of `project` if its inputs have changed, and says so.
pub(super) fn build(project: &Project, larder: &Larder, printer: &Printer, force: bool) -> anyhow::Result<bool> {
    let started = std::time::Instant::now();
    // Standard output is for results.
    let stderr = std::os::fd::AsFd::as_fd(&std::io::stderr()).try_clone_to_owned()?;
    let built = larder.build(project, force, stderr)?;
    if built {
        let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        let folder = project.config().folder.join(FILE_NAME);
        printer.detail(&format!("built by {} in {}", folder.display(), super::print::duration(micros)));
    }
    Ok(built)
}

impl Called {
    /// The component and the task, both of which must be there.
    pub(super) fn names(&self) -> anyhow::Result<(&Path, &str)> {
        let component = self.component.as_deref().ok_or(Problem::NoComponent)?;
        let task = self.task.as_deref().ok_or_else(|| Problem::NoTask { component: component.to_owned() })?;
        Ok((component, task))
    }
}

impl Together {
    /// `budget`, with what is asked in place.
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
    /// What is asked for, apart from the open world.
    pub(super) fn asked(&self) -> Asked {
        let version = match &self.cache_version {
            Some(text) => Some(DeclaredVersion::Declared(text.clone())),
            None => self.pinned.then_some(DeclaredVersion::Pinned),
        };
        let scope = self.scope.map(|word| match word {
            ScopeWord::Account => Scope::Account,
            ScopeWord::Workflow => Scope::Workflow,
        });
        Asked { version, scope, uncached: false, grants: None }
    }
}

/// The task that a command calls, under its options.
pub(super) struct Task<'a> {
    pub(super) located: &'a Located,
    pub(super) name: &'a str,
    pub(super) declared: &'a Declared,
    pub(super) caching: &'a Caching,
    pub(super) allow: &'a Allow,
}

impl Task<'_> {
    /// Loads the component, and decides how the calls of the task are cached and bounded.
    pub(super) async fn prepare(&self, larder: &Larder, printer: &Printer) -> anyhow::Result<Prepared> {
        let Self { located, name, declared, caching, allow } = self;
        let component = Arc::new(larder.load(&located.path, located.config.as_ref()).await?);
        let task = component.find(name)?;
        let grants = allow::grants(allow, located, &component, task);
        if let Some(warning) = allow::idle_grants(&component.tasks()[task], grants.as_ref()) {
            printer.warning(&warning);
        }
        let Caching { refresh, no_cache, max_age, trust_name, strict } = **caching;
        let asked = Asked { uncached: no_cache, grants, ..declared.asked() };
        Ok(larder.prepare(component, task, CallOptions { asked, refresh, trust_name, strict, max_age })?)
    }
}
