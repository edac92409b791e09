//! A folder that builds a component: its `larder.toml`, the command, and whether it must run again.

use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use ignore::{DirEntry, WalkBuilder};

use crate::cbor;
use crate::config::{BuildConfig, Config, ConfigError, FILE_NAME, NeedConfig};
use crate::declare::{self, DocsError};
use crate::digest::Digest;
use crate::excerpt::passage;

/// Folders that hold what a build made or fetched, whether or not git ignores them.
const NEVER_INPUTS: [&str; 4] = ["target", "node_modules", "__pycache__", ".git"];

/// A folder with a `larder.toml` that says how its component is built.
#[derive(Debug, Clone)]
pub struct Project {
    config: Config,
    build: BuildConfig,
    larder: Option<PathBuf>,
    stderr: Option<Arc<OwnedFd>>,
}

/// The variable by which a build command finds the program that runs it, as cargo's build scripts find cargo.
const LARDER: &str = "LARDER";

/// Why a folder is no project, or its component could not be built.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// There is no such folder.
    #[error("{} is not a folder", path.display())]
    NotAFolder {
        /// What was named.
        path: PathBuf,
    },
    /// The folder has no `larder.toml`.
    #[error(
        "{} is a folder without a {FILE_NAME}: name a component, or write one with [build] output = \"…\"",
        folder.display()
    )]
    NoConfig {
        /// The folder.
        folder: PathBuf,
    },
    /// Its `larder.toml` does not say what is built.
    #[error("{}/{FILE_NAME} does not say which file is the component: add [build] output = \"…\"", folder.display())]
    NoBuild {
        /// The folder.
        folder: PathBuf,
    },
    /// The `larder.toml` is broken.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An input of the build cannot be looked at.
    #[error("the inputs of the build cannot be listed: {0}")]
    Inputs(String),
    /// The output does not exist, and there is no command that makes it.
    #[error("{} does not exist, and {FILE_NAME} has no [build] command that makes it", output.display())]
    NoCommand {
        /// The component that is missing.
        output: PathBuf,
    },
    /// The machine lacks what the command needs.
    #[error("the build in {} needs {}, which is not here", folder.display(), listed(missing))]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// What is missing, and how each is had.
        missing: Vec<NeedConfig>,
    },
    /// The WIT has an error in it.
    #[error("the WIT in {} is not right: {message}", folder.display(), message = passage(message))]
    Wit {
        /// The folder.
        folder: PathBuf,
        /// What the parser said, with file and line.
        message: String,
    },
    /// The command could not be started.
    #[error("the build command `{}` cannot be started: {source}", in_one_line(command))]
    NotStarted {
        /// The command.
        command: String,
        /// Why.
        source: std::io::Error,
    },
    /// The command failed.
    #[error("the build command `{}` failed ({status}); what it said stands above", in_one_line(command))]
    Failed {
        /// The command.
        command: String,
        /// Its exit status.
        status: std::process::ExitStatus,
    },
    /// The command succeeded without making the output.
    #[error(
        "the build command `{}` succeeded, but {} does not exist: is [build] output right?",
        in_one_line(command), output.display()
    )]
    NoOutput {
        /// The command.
        command: String,
        /// The component that is missing.
        output: PathBuf,
    },
}

/// A command as a message shows it: of one with several lines, its last.
fn in_one_line(command: &str) -> String {
    let mut lines = command.lines().map(str::trim).filter(|line| !line.is_empty());
    match (lines.next(), lines.next_back()) {
        (Some(_), Some(last)) => format!("… {last}"),
        (Some(line), None) => line.to_owned(),
        (None, _) => String::new(),
    }
}

fn listed(missing: &[NeedConfig]) -> String {
    missing.iter().map(|need| need.program.as_str()).collect::<Vec<_>>().join(" and ")
}

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
        Ok(Self { config, build, larder: None, stderr: None })
    }

    /// Gives commands a `larder` to call: they find this program as `$LARDER`.
    #[must_use]
    pub fn with_larder(self, program: PathBuf) -> Self {
        Self { larder: Some(program), ..self }
    }

    /// Has the standard error of the build command go to `stderr` instead of to the process's own.
    #[must_use]
    pub fn with_stderr(self, stderr: OwnedFd) -> Self {
        Self { stderr: Some(Arc::new(stderr)), ..self }
    }

    /// The build command in one line, if there is one: of several lines, the last.
    #[must_use]
    pub fn command_in_one_line(&self) -> Option<String> {
        self.build.command.as_deref().map(in_one_line)
    }

    /// Its `larder.toml`.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The component that the build makes.
    #[must_use]
    pub fn output(&self) -> PathBuf {
        self.config.folder.join(&self.build.output)
    }

    /// What the output depends on, as one digest: the command, and the path, size and modification time of every
    /// input. Content is not read: whoever sets a file's time back knows how to run `larder build`.
    ///
    /// # Errors
    ///
    /// [`ProjectError::Inputs`].
    pub fn fingerprint(&self) -> Result<Digest, ProjectError> {
        self.fingerprint_without(None)
    }

    /// As [`Project::fingerprint`], with a folder left out: a cache that lies in the project changes with every run, and
    /// no build reads it.
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

    /// Runs the build command, with what it prints on standard output going to `stdout`; its standard error is the
    /// process's own, or that of [`Project::with_stderr`]. The WIT of the project is read first.
    ///
    /// # Errors
    ///
    /// [`ProjectError::NoCommand`], [`ProjectError::Wit`], [`ProjectError::Missing`], [`ProjectError::NotStarted`],
    /// [`ProjectError::Failed`], [`ProjectError::NoOutput`].
    pub fn run_build(&self, stdout: impl Into<Stdio>) -> Result<(), ProjectError> {
        let output = self.output();
        let Some(command) = self.build.command.clone() else {
            return if output.exists() { Ok(()) } else { Err(ProjectError::NoCommand { output }) };
        };
        self.check_wit()?;
        let not_started = |source| ProjectError::NotStarted { command: command.clone(), source };
        let missing = self.missing().map_err(not_started)?;
        if !missing.is_empty() {
            return Err(ProjectError::Missing { folder: self.config.folder.clone(), missing });
        }
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

    /// Refuses WIT with an error in it before a compiler does, which each does in its own words, or after a minute.
    ///
    /// Files are parsed and not resolved: what they use of other packages may yet be fetched by the command.
    fn check_wit(&self) -> Result<(), ProjectError> {
        let folder = self.config.folder.join("wit");
        match declare::read_docs(&folder) {
            Err(DocsError::Malformed { path: _, message }) => Err(ProjectError::Wit { folder, message }),
            Ok(_) | Err(DocsError::Unreadable { .. } | DocsError::TooLarge { .. }) => Ok(()),
        }
    }

    /// What the command needs and this machine does not have.
    fn missing(&self) -> std::io::Result<Vec<NeedConfig>> {
        let mut missing = Vec::new();
        for need in &self.build.needs {
            let mut check = match &need.check {
                Some(check) => self.shell(check),
                None => {
                    let mut look = self.shell("command -v \"$1\"");
                    look.args(["sh", &need.program]);
                    look
                }
            };
            if !check.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
                missing.push(need.clone());
            }
        }
        Ok(missing)
    }

    /// A shell command, to be run in the folder.
    fn shell(&self, command: &str) -> Command {
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(&self.config.folder).stdin(Stdio::null());
        if let Some(larder) = &self.larder {
            shell.env(LARDER, larder);
        }
        shell
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
                    // Editors make and remove files all the time.
                    Err(error) if error.io_error().is_some_and(|io| io.kind() == ErrorKind::NotFound) => {}
                    Err(error) => return Err(ProjectError::Inputs(error.to_string())),
                }
            }
        }
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(config: &str) -> (tempfile::TempDir, Result<Project, ProjectError>) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(FILE_NAME), config).unwrap();
        let project = Project::open(folder.path());
        (folder, project)
    }

    #[test]
    fn a_folder_without_a_build_is_no_project() {
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(Project::open(empty.path()), Err(ProjectError::NoConfig { .. })));
        assert!(matches!(project("name = \"a\"").1, Err(ProjectError::NoBuild { .. })));
    }

    #[test]
    fn the_fingerprint_follows_the_inputs_and_nothing_else() {
        let (folder, project) = project("[build]\ncommand = \"true\"\noutput = \"out.wasm\"");
        let project = project.unwrap();
        let source = folder.path().join("source");
        std::fs::write(&source, "1").unwrap();
        let before = project.fingerprint().unwrap();
        std::fs::write(folder.path().join("out.wasm"), "built").unwrap();
        std::fs::create_dir(folder.path().join("target")).unwrap();
        std::fs::write(folder.path().join("target/made"), "built").unwrap();
        assert_eq!(project.fingerprint().unwrap(), before);
        let cache = folder.path().join("cache");
        std::fs::create_dir(&cache).unwrap();
        std::fs::write(cache.join("stored"), "an answer").unwrap();
        assert_eq!(project.fingerprint_without(Some(&cache)).unwrap(), before);
        assert_ne!(project.fingerprint().unwrap(), before);
        std::fs::write(&source, "22").unwrap();
        assert_ne!(project.fingerprint_without(Some(&cache)).unwrap(), before);
    }

    #[test]
    fn a_build_that_fails_or_makes_nothing_is_an_error() {
        for (command, error) in [("exit 3", "failed"), ("true", "does not exist: is [build] output right?")] {
            let (_folder, project) = project(&format!("[build]\ncommand = \"{command}\"\noutput = \"out.wasm\""));
            let message = project.unwrap().run_build(Stdio::null()).unwrap_err().to_string();
            assert!(message.contains(error), "{message}");
        }
        let (_folder, project) = project("[build]\noutput = \"out.wasm\"");
        assert!(matches!(project.unwrap().run_build(Stdio::null()), Err(ProjectError::NoCommand { .. })));
    }

    #[test]
    fn what_a_build_needs_is_looked_for_first() {
        let needs = "[[build.needs]]\nprogram = \"no-such-program\"\ninstall = \"buy it\"\n\
                     [[build.needs]]\nprogram = \"sh\"\ninstall = \"\"\n\
                     [[build.needs]]\nprogram = \"a moon\"\ncheck = \"false\"\ninstall = \"wait\"\n\
                     [[build.needs]]\nprogram = \"a folder\"\ncheck = \"test -f larder.toml\"\ninstall = \"\"";
        let (folder, project) =
            project(&format!("[build]\ncommand = \"touch out.wasm\"\noutput = \"out.wasm\"\n{needs}"));
        let error = project.unwrap().run_build(Stdio::null()).unwrap_err();
        assert!(error.to_string().ends_with("needs no-such-program and a moon, which is not here"), "{error}");
        let ProjectError::Missing { missing, .. } = error else { panic!("{error}") };
        assert_eq!(missing.iter().map(|need| need.install.as_str()).collect::<Vec<_>>(), ["buy it", "wait"]);
        assert!(!folder.path().join("out.wasm").exists());
    }

    #[test]
    fn a_mistake_in_the_wit_is_told_before_a_compiler_starts() {
        let build = "[build]\ncommand = \"touch started out.wasm\"\noutput = \"out.wasm\"";
        for (wit, wrong) in [
            ("package a:b;\ninterface i { f: func() -> strng; }", "name `strng` does not exist"),
            ("package a:b;\ninterface i { f: func() -> string }", "world.wit:2:"),
        ] {
            let (folder, project) = project(build);
            std::fs::create_dir(folder.path().join("wit")).unwrap();
            std::fs::write(folder.path().join("wit/world.wit"), wit).unwrap();
            let error = project.unwrap().run_build(Stdio::null()).unwrap_err();
            assert!(matches!(error, ProjectError::Wit { .. }) && error.to_string().contains(wrong), "{error}");
            assert!(!folder.path().join("started").exists());
        }
        // What it uses of other packages is for the command to fetch.
        let (folder, project) = project(build);
        std::fs::create_dir(folder.path().join("wit")).unwrap();
        let wit = "package a:b;\ninterface i { use other:kinds/types@0.1.0.{t}; f: func() -> t; }";
        std::fs::write(folder.path().join("wit/world.wit"), wit).unwrap();
        project.unwrap().run_build(Stdio::null()).unwrap();
    }

    #[test]
    fn a_build_finds_the_program_that_runs_it() {
        let (folder, project) = project("[build]\ncommand = \"echo $LARDER > out.wasm\"\noutput = \"out.wasm\"");
        project.unwrap().with_larder("/the/program".into()).run_build(Stdio::null()).unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("out.wasm")).unwrap(), "/the/program\n");
    }

    #[test]
    fn a_message_shows_one_line_of_a_command() {
        for (command, shown) in [("make", "make"), ("\nset -e\n  cc a.c \\\n  -o b\n", "… -o b"), ("", "")] {
            assert_eq!(in_one_line(command), shown);
        }
    }

    #[test]
    fn a_build_runs_in_its_folder() {
        let (folder, project) = project("[build]\ncommand = \"echo made > out.wasm\"\noutput = \"out.wasm\"");
        project.unwrap().run_build(Stdio::null()).unwrap();
        assert_eq!(std::fs::read_to_string(folder.path().join("out.wasm")).unwrap(), "made\n");
    }
}
