//! Surroundings of a command: the `larder.toml` that governs a component, its trust, and the location of the component.
//!
//! | file | is looked for | what of it counts |
//! |---|---|---|
//! | `--config PATH` | there | everything |
//! | of a folder that is named | there | everything but grants and raised limits, which count once it is approved |
//! | beside a component's file or a link to it, or above | upward | the same, without `[build]` |
//! | of the current folder, or above it | upward | `account`, `workflow` |
//!
//! Each must pass the ownership rule; with `--untrusted` none is read.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use etcetera::BaseStrategy as _;

use super::args::{Global, Trusting};
use super::escape;
use super::print::Printer;
use super::problem::Problem;
use super::spinner::BuildOutput;
use larder::Larder;
use larder::capability::ProtectedPath;
use larder::config::{Approvals, Config, ConfigError, FILE_NAME, Standing};
use larder::project::Project;

/// Names the ways to make the grants and the raised limits of a `larder.toml` count.
pub(super) const APPROVAL: &str = "`larder trust` or --config";

/// The configuration files around a command, and the trust in them.
pub(super) struct Surroundings<'a> {
    pub(super) global: &'a Global,
    pub(super) printer: &'a Printer,
    trusting: Trusting,
    /// The file that `--config` names.
    named: Option<Config>,
    /// Ignored files, each reported once.
    ignored: RefCell<BTreeSet<PathBuf>>,
}

/// The component that an argument means, and the `larder.toml` that governs it.
#[derive(Debug)]
pub(super) struct Located {
    pub(super) path: PathBuf,
    pub(super) config: Option<Config>,
    /// The time of the build that has just made it, if there was one.
    pub(super) build_micros: Option<u64>,
    /// The reason why the grants of that file do not count; `None` if they count.
    pub(super) standing: Option<Standing>,
}

impl Located {
    /// Returns the folder whose `wit/` documents the component, if it comes from one.
    pub(super) fn wit_folder(&self) -> Option<PathBuf> {
        self.config.as_ref().map(|config| config.folder.join("wit"))
    }
}

impl<'a> Surroundings<'a> {
    /// Creates the surroundings of a command that loads no component.
    pub(super) fn of(global: &'a Global, printer: &'a Printer) -> anyhow::Result<Self> {
        Self::trusting(global, Trusting::default(), printer)
    }

    /// Creates the surroundings of a command that loads a component.
    pub(super) fn trusting(global: &'a Global, trusting: Trusting, printer: &'a Printer) -> anyhow::Result<Self> {
        if trusting.untrusted && global.config.is_some() {
            return Err(Problem::ConfigUntrusted.into());
        }
        let named = global.config.as_deref().map(std::path::absolute).transpose()?;
        let named = named.map(|path| Config::named(&path)).transpose()?;
        Ok(Self { global, printer, trusting, named, ignored: RefCell::default() })
    }

    /// Returns the account and the workflow, each from the nearest file that sets it: the file of `--config`, else from
    /// the current folder upward. Files beside a component are ignored here. Also returns the files that set them.
    pub(super) fn names(&self) -> anyhow::Result<(Option<String>, Option<String>, Vec<PathBuf>)> {
        let (mut account, mut workflow) = (self.global.account.clone(), self.global.workflow.clone());
        let mut files = Vec::new();
        if self.trusting.untrusted || account.is_some() && workflow.is_some() {
            return Ok((account, workflow, files));
        }
        let here = std::env::current_dir().context("the current folder cannot be found")?;
        let upward = Config::upward(&here).map(|config| self.believed(config)).filter_map(Result::transpose);
        for config in self.named.clone().map(Ok).into_iter().chain(upward) {
            let Config { path, account: its_account, workflow: its_workflow, .. } = config?;
            if account.is_none() && its_account.is_some() || workflow.is_none() && its_workflow.is_some() {
                files.push(path);
            }
            account = account.or(its_account);
            workflow = workflow.or(its_workflow);
        }
        Ok((account, workflow, files))
    }

    /// Returns the nearest `larder.toml` from the current folder upward, or the file of `--config`.
    pub(super) fn nearest(&self) -> anyhow::Result<Option<Config>> {
        if let Some(named) = &self.named {
            return Ok(Some(named.clone()));
        }
        let here = std::env::current_dir().context("the current folder cannot be found")?;
        for config in Config::upward(&here) {
            if let Some(config) = self.believed(config)? {
                return Ok(Some(self.weighed(config)?.0));
            }
        }
        Ok(None)
    }

    /// Finds the component: a file, or a folder whose component is built first if its inputs have changed.
    pub(super) fn locate(&self, argument: &Path, larder: &Larder) -> anyhow::Result<Located> {
        let Trusting { untrusted, no_build } = self.trusting;
        if argument.is_dir() {
            if untrusted {
                return Err(Problem::FolderUntrusted { folder: argument.to_owned() }.into());
            }
            let project = project(argument, self.global, self.printer)?;
            let build_micros = if no_build { None } else { build(&project, larder, self.printer, false)? };
            if no_build && !project.output().exists() {
                return Err(Problem::NotBuilt { folder: argument.to_owned(), output: project.output() }.into());
            }
            let config = match &self.named {
                Some(named) => speaks_of(named, &project.output())?,
                None => project.config(),
            };
            let located = self.located(project.output(), Some(config.clone()))?;
            return Ok(Located { build_micros, ..located });
        }
        let path = std::path::absolute(argument)?;
        let config = match &self.named {
            _ if untrusted => None,
            Some(named) => Some(speaks_of(named, &path)?.clone()),
            None => self.governing(&path)?,
        };
        self.located(path, config)
    }

    fn located(&self, path: PathBuf, config: Option<Config>) -> anyhow::Result<Located> {
        let Some(config) = config else {
            return Ok(Located { path, config: None, build_micros: None, standing: None });
        };
        let (config, standing) = self.weighed(config)?;
        Ok(Located { path, config: Some(config), build_micros: None, standing })
    }

    /// Returns the nearest `larder.toml` above a component that governs it: a file that builds it, or one that builds
    /// nothing and has tables for tasks of any component below. A name belongs to one component, so only the first can
    /// set it.
    fn governing(&self, component: &Path) -> anyhow::Result<Option<Config>> {
        // Links and `..` are resolved, since the real parent folders can differ from those in the path.
        let Some(folder) = component.parent().and_then(|folder| folder.canonicalize().ok()) else { return Ok(None) };
        for config in Config::upward(&folder) {
            let Some(config) = self.believed(config)? else { continue };
            match &config.build {
                Some(_) if builds(&config, component) => return Ok(Some(config)),
                Some(_) => {}
                None if config.name.is_some() => return Err(Problem::NameOfNothing { folder: config.folder }.into()),
                None => return Ok(Some(config)),
            }
        }
        Ok(None)
    }

    /// Checks a `larder.toml` that was found by search; ignores one that fails the ownership rule, and prints a line.
    fn believed(&self, config: Result<Config, ConfigError>) -> Result<Option<Config>, ConfigError> {
        match config {
            Err(ConfigError::Distrusted { path, reason }) => {
                if self.ignored.borrow_mut().insert(path.clone()) {
                    self.printer.warning(&ConfigError::Distrusted { path, reason }.to_string());
                }
                Ok(None)
            }
            config => config.map(Some),
        }
    }

    /// Determines the trust in a file, and its standing if it is not trusted. Ignores approvals that cannot be
    /// believed, and prints a line.
    fn weighed(&self, config: Config) -> anyhow::Result<(Config, Option<Standing>)> {
        if config.is_trusted || !config.wants_trust() {
            return Ok((config, None));
        }
        let standing = approvals().map(|approvals| approvals.standing(&config));
        let standing = standing.unwrap_or(Ok(Standing::Unknown)).unwrap_or_else(|error| {
            self.printer.warning(&error.to_string());
            Standing::Unknown
        });
        let is_trusted = standing == Standing::Approved;
        Ok((Config { is_trusted, ..config }, Some(standing).filter(|_| !is_trusted)))
    }
}

/// Returns the approvals of this user; `None` if there is no folder for them.
pub(super) fn approvals() -> Option<Approvals> {
    let folders = etcetera::base_strategy::choose_base_strategy().ok()?;
    Some(Approvals::in_folder(folders.state_dir()?.join("larder").join("trusted")))
}

/// Returns the paths that no grant may cover: the `files` that decide, the approvals of this user, and every cache that
/// a later command would open, even if this command has another cache or none.
pub(super) fn protected(files: Vec<PathBuf>, caches: Vec<PathBuf>) -> Vec<ProtectedPath> {
    let path = |what| move |path| ProtectedPath { what, path, is_shared: false };
    let approvals = approvals().map(|approvals| approvals.folder().to_owned());
    let files = files.into_iter().map(path("a larder.toml that counts"));
    let caches = caches.into_iter().map(path("the cache"));
    files.chain(caches).chain(approvals.map(path("the record of what is trusted"))).collect()
}

/// Returns true if a `larder.toml` is about this component, because its build makes it.
fn builds(config: &Config, component: &Path) -> bool {
    let output = config.build.as_ref().map(|build| config.folder.join(&build.output));
    let canonical = component.canonicalize().unwrap_or_else(|_| component.to_owned());
    output.is_some_and(|output| output.canonicalize().is_ok_and(|output| output == canonical))
}

/// Checks that the file of `--config` is about the component. A file that builds another component is about that other
/// one.
fn speaks_of<'c>(named: &'c Config, component: &Path) -> Result<&'c Config, Problem> {
    if named.build.is_none() || builds(named, component) {
        return Ok(named);
    }
    Err(Problem::OtherComponent { config: named.path.clone(), component: component.to_owned() })
}

/// Opens the project in a folder. Its build uses this very program, and may install the tools that it needs.
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

/// Builds the component of `project` if its inputs have changed, and reports it. Returns the duration of the build, if
/// there was one.
pub(super) fn build(project: &Project, larder: &Larder, printer: &Printer, force: bool) -> anyhow::Result<Option<u64>> {
    let started = std::time::Instant::now();
    let built = match BuildOutput::on_terminal(&project.command_in_one_line().unwrap_or_default(), printer)? {
        Some(output) => {
            let watched = project.clone().with_stderr(output.writer()?.into());
            let built = larder.build(&watched, force, output.writer()?);
            drop(watched);
            output.end();
            built?
        }
        None => {
            // Standard output is reserved for results.
            let stderr = std::os::fd::AsFd::as_fd(&std::io::stderr()).try_clone_to_owned()?;
            larder.build(project, force, stderr)?
        }
    };
    if !built {
        return Ok(None);
    }
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    let folder = project.config().folder.join(FILE_NAME);
    printer.detail(&format!("built by {} in {}", folder.display(), super::print::duration(micros)));
    Ok(Some(micros))
}
