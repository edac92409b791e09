//! Support for the end-to-end tests: the guests, and a separate world for each test.
//!
//! A test gets a temporary folder with a cache folder in it, and runs the `larder` command there with a scrubbed
//! environment. When an expectation fails it prints the command, its exit code and both streams.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

pub mod bench;
pub mod host;
pub mod hostile;
pub mod languages;
mod running;
pub mod server;
pub mod waiting;
pub mod wat;

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

pub use running::Running;
pub use waiting::{PATIENCE, until, until_it_holds};

/// The paths of the components built from `guest-examples/`.
pub mod guests {
    include!(concat!(env!("OUT_DIR"), "/guests.rs"));
}

/// Returns the root folder of the workspace.
#[must_use]
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Returns the command to test or measure: the one that `LARDER` names, as an absolute path, or else the one `built`
/// with the tests.
#[must_use]
pub fn under_test(built: &str) -> String {
    #[expect(clippy::disallowed_methods, reason = "which program is meant is said by the environment")]
    let named = std::env::var("LARDER");
    named.unwrap_or_else(|_| built.to_owned())
}

/// Returns the count or size that the variable `name` requests, or else `or`, which is small enough for every day.
#[must_use]
pub fn asked(name: &str, or: u64) -> u64 {
    #[expect(clippy::disallowed_methods, reason = "whoever wants a longer run says so in the environment")]
    let asked = std::env::var(name);
    asked.map_or(or, |text| text.parse().unwrap_or_else(|_| panic!("{name} should be a number, not {text:?}")))
}

/// The user and the group that own nothing.
const NOBODY: u32 = 65534;

/// Makes `command` run as a user whom permissions bind: `nobody`, if the tests are run by root.
pub fn bind_to_permissions(command: &mut Command) {
    if rustix::process::geteuid().is_root() {
        // This also drops root's groups.
        command.uid(NOBODY).gid(NOBODY);
    }
}

/// A temporary folder with its own cache.
pub struct World {
    folder: TempDir,
    program: PathBuf,
}

/// A finished command.
pub struct Ran {
    command: String,
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl World {
    /// Creates an empty world for the command `program`; see [`crate::world!`].
    #[must_use]
    pub fn new(program: &str) -> Self {
        Self { folder: TempDir::new().unwrap(), program: program.into() }
    }

    /// Returns the folder that commands run in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the cache folder, which is created by the first command that stores something.
    #[must_use]
    pub fn cache(&self) -> PathBuf {
        self.folder().join("cache")
    }

    /// Writes a file, with the folders above it, and returns its path.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        path
    }

    /// Copies a guest into the world, and returns its path.
    pub fn copy(&self, guest: &str, name: &str) -> PathBuf {
        self.write(name, std::fs::read(guest).unwrap())
    }

    /// Returns the command with these arguments, for further changes.
    pub fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(arguments)
            .current_dir(self.folder())
            .env_clear()
            .env("LARDER_CACHE_DIR", self.cache())
            .env("HOME", self.folder())
            .stdin(Stdio::null());
        #[expect(clippy::disallowed_methods, reason = "what the tools of a build need is passed on, by name")]
        for kept in
            ["PATH", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "RUSTUP_AUTO_INSTALL", "CARGO_NET_OFFLINE"]
        {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        command
    }

    /// Returns the command like [`World::command`], run as a user whom permissions bind and who can read this world.
    pub fn unprivileged<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        std::fs::set_permissions(self.folder(), Permissions::from_mode(0o755)).unwrap();
        // The program may be in a place that only root can reach.
        let program = self.folder().join("larder");
        if !program.exists() {
            std::fs::hard_link(&self.program, &program)
                .or_else(|_| std::fs::copy(&self.program, &program).map(drop))
                .unwrap();
        }
        let mut command = Command::new(program);
        let usual = self.command(arguments);
        command.args(usual.get_args()).current_dir(self.folder()).env_clear().stdin(Stdio::null());
        command.envs(usual.get_envs().filter_map(|(name, value)| Some((name, value?))));
        bind_to_permissions(&mut command);
        command
    }

    /// Runs the command with these arguments to its end.
    #[track_caller]
    pub fn larder<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Ran {
        Ran::of(&mut self.command(arguments))
    }

    /// Runs the command like [`World::larder`], with `--json`, expects the exit code `code`, and returns the object.
    #[track_caller]
    pub fn json<S: AsRef<OsStr>>(&self, code: i32, arguments: impl IntoIterator<Item = S>) -> serde_json::Value {
        let ran = Ran::of(self.command(arguments).arg("--json"));
        ran.exits(code);
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{ran}"))
    }

    /// Runs a task and returns the facts that `--json` prints, including hit or miss.
    #[track_caller]
    pub fn run(&self, component: impl AsRef<Path>, task: &str, arguments: &[&str]) -> Called {
        self.ends(0, component, task, arguments)
    }

    /// Runs a task like [`World::run`], and expects the exit code `code`.
    pub fn ends(&self, code: i32, component: impl AsRef<Path>, task: &str, arguments: &[&str]) -> Called {
        Called(self.json(code, calling("run", component.as_ref(), task, arguments)))
    }

    /// Runs a task as a person does, without `--json`: see [`World::run`].
    pub fn print(&self, component: impl AsRef<Path>, task: &str, arguments: &[&str]) -> Ran {
        self.larder(calling("run", component.as_ref(), task, arguments))
    }

    /// Approves a `larder.toml` in its present form.
    #[track_caller]
    pub fn trust(&self, path: &str) {
        self.larder(["trust", path]).exits(0);
    }

    /// Returns the output of `larder key` for a call.
    pub fn key(&self, component: impl AsRef<Path>, task: &str, arguments: &[&str]) -> serde_json::Value {
        self.json(0, calling("key", component.as_ref(), task, arguments))
    }

    /// Writes a folder whose component is `wat`, with this text in its `larder.toml`.
    pub fn project(&self, name: &str, wat: &str, toml: &str) -> PathBuf {
        self.write(&format!("{name}/component.wat"), wat);
        self.write(&format!("{name}/larder.toml"), format!("{toml}\n[build]\noutput = \"component.wat\"\n"));
        self.folder().join(name)
    }

    /// Stores an entry, for [`World::keeps_the_entry`].
    #[track_caller]
    pub fn store_an_entry(&self) {
        assert_eq!(self.run(guests::PRIMES, "count-below", &["limit=97"]).result(), 24);
    }

    /// Expects that the entry stored by [`World::store_an_entry`] still answers, and correctly.
    #[track_caller]
    pub fn keeps_the_entry(&self) {
        assert_eq!(self.run(guests::PRIMES, "count-below", &["limit=97"]).is_a_hit().result(), 24);
    }
}

fn calling(command: &str, component: &Path, task: &str, arguments: &[&str]) -> Vec<OsString> {
    let mut all = vec![command.into(), component.as_os_str().to_owned(), task.into()];
    all.extend(arguments.iter().map(Into::into));
    all
}

/// The command under test: see [`under_test`].
#[macro_export]
macro_rules! program {
    () => {
        $crate::under_test(env!("CARGO_BIN_EXE_larder-under-test"))
    };
}

/// A world for the command under test.
#[macro_export]
macro_rules! world {
    () => {
        $crate::World::new(&$crate::program!())
    };
}

/// The facts of one call, in the form that `--json` prints.
#[derive(Debug, Clone)]
pub struct Called(pub serde_json::Value);

impl Called {
    /// `hit` or `miss`.
    #[must_use]
    pub fn status(&self) -> &str {
        self.0["status"].as_str().unwrap()
    }

    /// The code of the reason of a miss.
    #[must_use]
    pub fn miss(&self) -> &str {
        self.0["miss"]["code"].as_str().unwrap_or("none")
    }

    /// The result, as JSON.
    #[must_use]
    pub fn result(&self) -> &serde_json::Value {
        &self.0["result"]
    }

    /// The key.
    #[must_use]
    pub fn key(&self) -> &str {
        self.0["key"].as_str().unwrap_or("none")
    }

    /// Returns one of the counters of the process.
    #[must_use]
    pub fn work(&self, counter: &str) -> u64 {
        self.0["work"][counter].as_u64().unwrap()
    }

    /// The error's code of a call that failed.
    #[must_use]
    pub fn error(&self) -> &str {
        self.0["error"]["code"].as_str().unwrap_or("none")
    }

    /// The error's message and hints of a call that failed.
    #[must_use]
    pub fn message(&self) -> String {
        self.0["error"].to_string()
    }

    /// Expects a hit that did no other work.
    #[track_caller]
    pub fn is_a_hit(&self) -> &Self {
        self.is_a_hit_of_a_new_file();
        assert_eq!(self.work("component_reads"), 0, "{:#}", self.0);
        self
    }

    /// Expects a hit like [`Called::is_a_hit`], of a component that was written less than two seconds ago. It is read
    /// again, because it could have been written twice within one tick of the file system's clock.
    #[track_caller]
    pub fn is_a_hit_of_a_new_file(&self) -> &Self {
        assert_eq!(self.status(), "hit", "{:#}", self.0);
        for counter in ["compilations", "compiled_loads", "runs", "commits", "misses"] {
            assert_eq!(self.work(counter), 0, "{counter}: {:#}", self.0);
        }
        assert_eq!(self.work("hits"), 1);
        self
    }

    /// Expects a hit, whatever else had to be done. A component's file that has just been written is read again, since
    /// its times do not prove its content yet.
    #[track_caller]
    pub fn hits(&self) -> &Self {
        assert_eq!((self.status(), self.work("runs")), ("hit", 0), "{:#}", self.0);
        self
    }

    /// Returns all warnings as one text.
    #[must_use]
    pub fn warnings(&self) -> String {
        self.0["warnings"].to_string()
    }

    /// Expects a miss, for the reason with this code.
    #[track_caller]
    pub fn is_a_miss(&self, code: &str) -> &Self {
        assert_eq!((self.status(), self.miss()), ("miss", code), "{:#}", self.0);
        assert!(self.work("runs") >= 1, "{:#}", self.0);
        self
    }

    /// Expects a run that gave no result, with this code; the cache missed for the reason `miss`.
    #[track_caller]
    pub fn is_a_failed_run(&self, error: &str, miss: &str) -> &Self {
        assert_eq!(self.error(), error, "{:#}", self.0);
        assert_eq!(self.0["run"]["miss"]["code"], miss, "{:#}", self.0);
        self
    }
}

impl Ran {
    /// Runs `command` to its end, which must be in time and without a panic.
    #[track_caller]
    pub fn of(command: &mut Command) -> Self {
        Running::start(command).end()
    }

    /// Expects this exit code.
    #[track_caller]
    pub fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{self}");
        self
    }

    /// Expects `text` on standard error.
    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.stderr.contains(text), "standard error should say {text:?}\n{self}");
        self
    }

    /// Expects an error with this exit code, on standard error only, that contains each of `texts`.
    #[track_caller]
    pub fn fails(&self, code: i32, texts: &[&str]) -> &Self {
        self.exits(code).prints("");
        assert!(self.stderr.lines().any(|line| line.starts_with("error: ")), "{self}");
        for text in texts {
            self.says(text);
        }
        self
    }

    /// Expects that standard error does not contain `text`.
    #[track_caller]
    pub fn is_silent_about(&self, text: &str) -> &Self {
        assert!(!self.stderr.contains(text), "standard error should not say {text:?}\n{self}");
        self
    }

    /// Expects exactly this on standard output.
    #[track_caller]
    pub fn prints(&self, text: &str) -> &Self {
        assert_eq!(self.stdout, text, "{self}");
        self
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, code, stdout, stderr } = self;
        write!(f, "{command}\nexit code {code}\n--- stdout\n{stdout}\n--- stderr\n{stderr}")
    }
}
