//! A folder with a component and the command that builds it.

use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use ignore::{DirEntry, WalkBuilder};

use super::ProjectError;
use super::announcer::Announcer;
use super::error::in_one_line;
use crate::config::{BuildConfig, Config};
use larder_base::Digest;
use larder_base::cbor;
use larder_component::declare::{self, DocsError};

/// Folders of files that a build made or fetched, whether or not git ignores them.
const NEVER_INPUTS: [&str; 4] = ["target", "node_modules", "__pycache__", ".git"];

/// A folder with a `larder.toml` that defines how its component is built.
#[derive(Debug, Clone)]
pub struct Project {
    pub(super) config: Config,
    pub(super) build: BuildConfig,
    pub(super) larder: Option<PathBuf>,
    pub(super) installs: Option<Announcer>,
    pub(super) stderr: Option<Arc<OwnedFd>>,
}

/// The variable in which a build command finds the program that runs it, as cargo's build scripts find cargo.
const LARDER: &str = "LARDER";

impl Project {
    /// Reads the `larder.toml` of `folder`.
    ///
    /// # Errors
    ///
    /// [`ProjectError::NoConfig`], [`ProjectError::NoBuild`], [`ProjectError::Config`].
    pub fn open(folder: &Path) -> Result<Self, ProjectError> {
        if !folder.is_dir() {
            return Err(ProjectError::NotAFolder { path: folder.to_owned() });
        }
        let config = Config::in_folder(folder)?.ok_or_else(|| ProjectError::NoConfig { folder: folder.to_owned() })?;
        let build = config.build.clone().ok_or_else(|| ProjectError::NoBuild { folder: folder.to_owned() })?;
        Ok(Self { config, build, larder: None, installs: None, stderr: None })
    }

    /// Makes a `larder` available to commands: they find this program as `$LARDER`.
    #[must_use]
    pub fn with_larder(self, program: PathBuf) -> Self {
        Self { larder: Some(program), ..self }
    }

    /// Sends the standard error of the build command to `stderr` instead of the process's own.
    #[must_use]
    pub fn with_stderr(self, stderr: OwnedFd) -> Self {
        Self { stderr: Some(Arc::new(stderr)), ..self }
    }

    /// Returns the build command in one line, if there is a command: the last of several lines.
    #[must_use]
    pub fn command_in_one_line(&self) -> Option<String> {
        self.build.command.as_deref().map(in_one_line)
    }

    /// Returns its `larder.toml`.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Returns the path of the component that the build makes.
    #[must_use]
    pub fn output(&self) -> PathBuf {
        self.config.folder.join(&self.build.output)
    }

    /// Computes the fingerprint of everything that the output depends on: the command, and the path, size and
    /// modification time of every input. Content is not read: a user who sets a file's time back knows how to run
    /// `larder build`.
    ///
    /// # Errors
    ///
    /// [`ProjectError::Inputs`].
    pub fn fingerprint(&self) -> Result<Digest, ProjectError> {
        self.fingerprint_without(None)
    }

    /// Computes [`Project::fingerprint`] without one folder: a cache in the project changes with every run, and no
    /// build reads it.
    ///
    /// # Errors
    ///
    /// [`ProjectError::Inputs`].
    pub fn fingerprint_without(&self, cache: Option<&Path>) -> Result<Digest, ProjectError> {
        let mut inputs = self.input_files(cache)?;
        inputs.sort();
        let bytes = cbor::written(64 * inputs.len(), |cbor| {
            cbor.array(2)?.str(self.build.command.as_deref().unwrap_or(""))?;
            cbor.array(inputs.len() as u64)?;
            for (path, size, modified_nanos) in &inputs {
                cbor.array(3)?.bytes(path.as_os_str().as_bytes())?.u64(*size)?.u64(*modified_nanos)?;
            }
            Ok(())
        });
        Ok(Digest::of(&bytes))
    }

    /// Runs the build command. Its standard output goes to `stdout`; its standard error is the process's own, or that
    /// of [`Project::with_stderr`]. The WIT of the project is checked first.
    ///
    /// # Errors
    ///
    /// [`ProjectError::NoCommand`], [`ProjectError::Wit`], [`ProjectError::Missing`],
    /// [`ProjectError::InstallNotStarted`], [`ProjectError::InstallFailed`], [`ProjectError::StillMissing`],
    /// [`ProjectError::NotStarted`], [`ProjectError::Failed`], [`ProjectError::NoOutput`].
    pub fn run_build(&self, stdout: impl Into<Stdio>) -> Result<(), ProjectError> {
        let output = self.output();
        let Some(command) = self.build.command.clone() else {
            return if output.exists() { Ok(()) } else { Err(ProjectError::NoCommand { output }) };
        };
        self.check_wit()?;
        let not_started = |source| ProjectError::NotStarted { command: command.clone(), source };
        self.provide_needs()?;
        let mut shell = self.shell(&command);
        shell.stdout(stdout);
        if let Some(stderr) = &self.stderr {
            shell.stderr(stderr.try_clone().map_err(not_started)?);
        }
        let status = shell.status().map_err(not_started)?;
        if !status.success() {
            return Err(ProjectError::Failed { command, status });
        }
        if !output.exists() {
            return Err(ProjectError::NoOutput { command, output });
        }
        Ok(())
    }

    /// Refuses WIT with an error in it before a compiler does. Each compiler has its own messages, and may take a
    /// minute.
    ///
    /// Files are parsed but not resolved, because the command may still fetch the packages that they use.
    fn check_wit(&self) -> Result<(), ProjectError> {
        let folder = self.config.folder.join("wit");
        match declare::read_docs(&folder) {
            Err(DocsError::Malformed { path: _, message }) => Err(ProjectError::Wit { folder, message }),
            Ok(_) | Err(DocsError::Unreadable { .. } | DocsError::TooLarge { .. }) => Ok(()),
        }
    }

    /// Returns a shell command to be run in the folder.
    pub(super) fn shell(&self, command: &str) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).stdin(Stdio::null());
        self.place(&mut shell);
        shell
    }

    /// Sets the folder of `command`, and the variable by which it finds the program that runs it.
    pub(super) fn place(&self, command: &mut Command) {
        command.current_dir(&self.config.folder);
        if let Some(larder) = &self.larder {
            command.env(LARDER, larder);
        }
    }

    fn input_files(&self, cache: Option<&Path>) -> Result<Vec<(PathBuf, u64, u64)>, ProjectError> {
        let cache = cache.and_then(|cache| cache.canonicalize().ok());
        let folder = &self.config.folder;
        let output = self.output();
        let roots: Vec<PathBuf> = match &self.build.inputs {
            Some(inputs) => inputs.iter().map(|input| folder.join(input)).collect(),
            None => vec![folder.clone()],
        };
        let mut files = Vec::new();
        for root in roots {
            let cache = cache.clone();
            let is_cache = move |entry: &DirEntry| {
                cache.as_ref().is_some_and(|cache| {
                    cache.file_name() == Some(entry.file_name())
                        && entry.path().canonicalize().is_ok_and(|path| path == *cache)
                })
            };
            let walk = WalkBuilder::new(&root)
                .filter_entry(move |entry| {
                    !NEVER_INPUTS.iter().any(|never| entry.file_name() == *never) && !is_cache(entry)
                })
                .build();
            for entry in walk {
                let entry = entry.map_err(|error| ProjectError::Inputs(error.to_string()))?;
                if entry.path() == output || !entry.file_type().is_some_and(|kind| kind.is_file()) {
                    continue;
                }
                match entry.metadata() {
                    Ok(metadata) => {
                        let modified = metadata.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
                        let nanos = modified.map_or(0, |since| u64::try_from(since.as_nanos()).unwrap_or(u64::MAX));
                        files.push((entry.into_path(), metadata.len(), nanos));
                    }
                    // Editors create and remove files all the time.
                    Err(error) if error.io_error().is_some_and(|io| io.kind() == ErrorKind::NotFound) => {}
                    Err(error) => return Err(ProjectError::Inputs(error.to_string())),
                }
            }
        }
        Ok(files)
    }
}
