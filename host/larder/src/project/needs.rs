//! The needs of a build: searched for first, and installed by their own command if that is allowed.

use std::path::Path;
use std::process::{Command, Stdio};

use super::announcer::Announcer;
use super::{Project, ProjectError};
use crate::config::NeedConfig;

impl Project {
    /// Lets a build install its missing needs with their `install-command`. `announce` is called with the folder and
    /// the need before each. Without this, a missing need is only reported.
    #[must_use]
    pub fn installing(self, announce: impl Fn(&Path, &NeedConfig) + Send + Sync + 'static) -> Self {
        Self { installs: Some(Announcer::new(announce)), ..self }
    }

    /// Searches for the needs of the build, and installs the missing ones. Nothing is installed if any of them cannot
    /// be installed.
    pub(super) fn provide_needs(&self) -> Result<(), ProjectError> {
        let mut missing = Vec::new();
        for need in &self.build.needs {
            if !self.is_met(need)? {
                missing.push(need);
            }
        }
        let to_install: Option<Vec<_>> = missing.iter().map(|need| Some((*need, self.installer(need)?))).collect();
        let Some(to_install) = to_install else {
            let missing = missing.into_iter().cloned().collect();
            return Err(ProjectError::Missing { folder: self.config.folder.clone(), missing });
        };
        to_install.into_iter().try_for_each(|(need, (announcer, command))| self.install(need, announcer, command))
    }

    /// Returns the means to install `need`; `None` if it has no command for that, or none may be run.
    fn installer<'a>(&'a self, need: &'a NeedConfig) -> Option<(&'a Announcer, &'a [String])> {
        self.installs.as_ref().zip(need.install_command.as_deref())
    }

    fn install(&self, need: &NeedConfig, announcer: &Announcer, command: &[String]) -> Result<(), ProjectError> {
        // The command of an earlier need may have installed this one too.
        if self.is_met(need)? {
            return Ok(());
        }
        announcer.tell(&self.config.folder, need);
        let line = command.join(" ");
        let started = self.program(command).and_then(|mut installer| installer.status());
        let status = started.map_err(|source| ProjectError::InstallNotStarted {
            need: Box::new(need.clone()),
            command: line.clone(),
            source,
        })?;
        if !status.success() {
            return Err(ProjectError::InstallFailed { need: Box::new(need.clone()), command: line, status });
        }
        if !self.is_met(need)? {
            return Err(ProjectError::StillMissing { need: Box::new(need.clone()), command: line });
        }
        Ok(())
    }

    /// Returns true if the machine has `need`.
    fn is_met(&self, need: &NeedConfig) -> Result<bool, ProjectError> {
        let mut check = match &need.check {
            Some(check) => self.shell(check),
            None => {
                let mut look = self.shell("command -v \"$1\"");
                look.args(["sh", &need.program]);
                look
            }
        };
        let status = check.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let command = || need.check.clone().unwrap_or_else(|| format!("command -v {}", need.program));
        Ok(status.map_err(|source| ProjectError::NotStarted { command: command(), source })?.success())
    }

    /// Returns a command for a program with its arguments, to be run in the folder without a shell. Its standard output
    /// goes to its standard error, because the standard output of the process is for results.
    fn program(&self, command: &[String]) -> std::io::Result<Command> {
        let [program, arguments @ ..] = command else {
            return Err(std::io::Error::other("there is no command"));
        };
        // A path is relative to the folder; a name without a slash is searched for on the PATH.
        let program = if program.contains('/') { self.config.folder.join(program) } else { program.into() };
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(std::io::stderr());
        if let Some(stderr) = &self.stderr {
            command.stdout(stderr.try_clone()?).stderr(stderr.try_clone()?);
        }
        self.place(&mut command);
        Ok(command)
    }
}
