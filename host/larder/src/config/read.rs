//! Parsing of a `larder.toml` into a checked [`Config`].

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use serde::Deserialize;

use super::owner::{Opened, Owner};
use super::{BuildConfig, Config, ConfigError, FILE_NAME, GrantsConfig, LimitsConfig, SizesConfig, TaskConfig};
use larder_base::Digest;
use larder_component::declare::check_version_text;
use larder_types::is_label;

impl Config {
    /// Reads the `larder.toml` of `folder`, if it has one. It is not [trusted](Config::is_trusted).
    ///
    /// # Errors
    ///
    /// [`ConfigError`]: the file fails the ownership rule ([`owner`](super::owner)), cannot be read, is not TOML, has
    /// an unknown key, or contradicts itself.
    pub fn in_folder(folder: &Path) -> Result<Option<Self>, ConfigError> {
        file(&folder.join(FILE_NAME))
    }

    /// Reads the file at `path`, which an operator names: it is [trusted](Config::is_trusted).
    ///
    /// # Errors
    ///
    /// The errors of [`Config::in_folder`]. A missing file is an error too.
    pub fn named(path: &Path) -> Result<Self, ConfigError> {
        let config = file(path)?.ok_or_else(|| ConfigError::Unreadable {
            path: path.to_owned(),
            source: std::io::ErrorKind::NotFound.into(),
        })?;
        Ok(Self { is_trusted: true, ..config })
    }

    /// Reads `text` as the `larder.toml` at `path`, which need not exist. It is [trusted](Config::is_trusted).
    ///
    /// # Errors
    ///
    /// The errors of [`Config::in_folder`], except for those of reading the file.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        parse(path, text)
    }

    /// Reads the nearest `larder.toml` in `folder` or above it.
    ///
    /// # Errors
    ///
    /// The errors of [`Config::in_folder`]. A file that is broken or fails the ownership rule is an error; it is not
    /// skipped.
    pub fn nearest(folder: &Path) -> Result<Option<Self>, ConfigError> {
        Self::upward(folder).next().transpose()
    }

    /// Reads every `larder.toml` from `folder` upward, nearest first.
    pub fn upward(folder: &Path) -> impl Iterator<Item = Result<Self, ConfigError>> {
        folder.ancestors().filter_map(|folder| Self::in_folder(folder).transpose())
    }
}

#[derive(Deserialize)]
struct Raw {
    name: Option<String>,
    account: Option<String>,
    workflow: Option<String>,
    build: Option<BuildConfig>,
    #[serde(default)]
    tasks: BTreeMap<String, TaskConfig>,
    #[serde(default)]
    limits: LimitsConfig,
    #[serde(default)]
    sizes: SizesConfig,
    #[serde(default)]
    grants: BTreeMap<String, GrantsConfig>,
}

/// The keys of each table, to suggest the nearest one for an unknown key.
const ROOT_KEYS: [&str; 8] = ["name", "account", "workflow", "build", "tasks", "limits", "sizes", "grants"];
const BUILD_KEYS: [&str; 4] = ["command", "output", "inputs", "needs"];
const NEED_KEYS: [&str; 4] = ["program", "check", "install", "install-command"];
const TASK_KEYS: [&str; 8] =
    ["version", "pinned", "cache", "scope", "cache-errors", "size", "timeout-seconds", "limits"];
const SIZE_NAMES: [&str; 5] = ["small", "medium", "large", "small-gpu", "large-gpu"];
const CLASS_KEYS: [&str; 6] = ["cpus", "memory-mib", "storage-mib", "timeout-seconds", "fuel", "gpus"];
const GRANT_KEYS: [&str; 4] = ["directories", "variables", "http", "tcp"];
const DIRECTORY_KEYS: [&str; 3] = ["host", "guest", "access"];
const LIMIT_KEYS: [&str; 17] = [
    "memory-mib",
    "table-elements",
    "instances",
    "fuel",
    "timeout-seconds",
    "host-call-mib",
    "host-memory-mib",
    "handles",
    "scratch-mib",
    "scratch-files",
    "result-mib",
    "captured-kib",
    "random-kib",
    "component-mib",
    "compile-seconds",
    "compile-memory-mib",
    "compile-code-mib",
];
const SIZE_KEYS: [&str; 4] = ["cpus", "memory-mib", "storage-mib", "gpus"];

/// Least similarity of a name that is suggested (Jaro–Winkler, 0 to 1).
const NEAR: f64 = 0.7;

pub(super) fn file(path: &Path) -> Result<Option<Config>, ConfigError> {
    let unreadable = |source| ConfigError::Unreadable { path: path.to_owned(), source };
    let file = match Owner::of_this_process().open(path).map_err(unreadable)? {
        Opened::Absent => return Ok(None),
        Opened::Distrusted(reason) => return Err(ConfigError::Distrusted { path: path.to_owned(), reason }),
        Opened::Trusted(file) => file,
    };
    let config = parse(path, &text(file).map_err(unreadable)?)?;
    Ok(Some(Config { is_trusted: false, ..config }))
}

fn text(mut file: File) -> std::io::Result<String> {
    // Reading a pipe would wait, and a device may be endless.
    let kind = file.metadata()?.file_type();
    if !kind.is_file() && !kind.is_dir() {
        return Err(std::io::Error::other("it is not an ordinary file"));
    }
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

pub(super) fn parse(path: &Path, text: &str) -> Result<Config, ConfigError> {
    let invalid = |error: toml::de::Error| ConfigError::Invalid { path: path.to_owned(), message: error.to_string() };
    let mut unknown = None;
    let toml = toml::Deserializer::parse(text).map_err(invalid)?;
    let raw: Result<Raw, _> = serde_ignored::deserialize(toml, |key| {
        unknown.get_or_insert_with(|| unknown_key(path, &key));
    });
    // An unknown key is often the misspelling of one whose absence is the other error.
    if let Some(unknown) = unknown {
        return Err(unknown);
    }
    let raw = raw.map_err(|error| ConfigError::Invalid { path: path.to_owned(), message: located(error, text) })?;
    check(path, Digest::of(text.as_bytes()), raw)
}

/// Adds the text to an error: the parser shows the line only if it has the text.
fn located(mut error: toml::de::Error, text: &str) -> String {
    error.set_input(Some(text));
    error.to_string()
}

fn unknown_key(path: &Path, key: &serde_ignored::Path<'_>) -> ConfigError {
    let (names, depth) = segments(key);
    let last = names.last().cloned().unwrap_or_default();
    let known: &[&str] = match (names.first().map(String::as_str), depth) {
        (Some("build"), 2) => &BUILD_KEYS,
        (Some("build"), 4) => &NEED_KEYS,
        (Some("tasks"), 3) => &TASK_KEYS,
        (Some("tasks"), 4) if names[2] == "limits" => &LIMIT_KEYS,
        (Some("tasks"), 4) => &SIZE_KEYS,
        (Some("limits"), 2) => &LIMIT_KEYS,
        (Some("sizes"), 2) => &SIZE_NAMES,
        (Some("sizes"), 3) => &CLASS_KEYS,
        (Some("grants"), 3) => &GRANT_KEYS,
        (Some("grants"), 5) => &DIRECTORY_KEYS,
        _ => &ROOT_KEYS,
    };
    let nearest = known
        .iter()
        .map(|known| (strsim::jaro_winkler(known, &last), *known))
        .filter(|(similarity, _)| *similarity >= NEAR)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known.to_owned());
    ConfigError::UnknownKey { path: path.to_owned(), key: names.join("."), nearest }
}

fn segments(path: &serde_ignored::Path<'_>) -> (Vec<String>, usize) {
    fn walk(path: &serde_ignored::Path<'_>, names: &mut Vec<String>) {
        match path {
            serde_ignored::Path::Root => {}
            serde_ignored::Path::Seq { parent, index } => {
                walk(parent, names);
                names.push(index.to_string());
            }
            serde_ignored::Path::Map { parent, key } => {
                walk(parent, names);
                names.push(key.clone());
            }
            serde_ignored::Path::Some { parent }
            | serde_ignored::Path::NewtypeStruct { parent }
            | serde_ignored::Path::NewtypeVariant { parent } => walk(parent, names),
        }
    }
    let mut names = Vec::new();
    walk(path, &mut names);
    let depth = names.len();
    (names, depth)
}

fn check(path: &Path, digest: Digest, raw: Raw) -> Result<Config, ConfigError> {
    let Raw { name, account, workflow, build, tasks, limits, sizes, grants } = raw;
    let not_a_name = |key: String, value: &str, expected| {
        Err(ConfigError::NotAName { path: path.to_owned(), key, value: value.to_owned(), expected })
    };
    if let Some(name) = name.as_deref().filter(|name| !is_label(name)) {
        return not_a_name("name".into(), name, "kebab-case label (such as `my-tools`)");
    }
    for (key, text) in [("account", &account), ("workflow", &workflow)] {
        if text.as_deref() == Some("") {
            return not_a_name(key.into(), "", "name: leave the key out instead");
        }
    }
    for need in build.iter().flat_map(|build| &build.needs) {
        let program = need.install_command.as_ref().map(|command| command.first().map_or("", String::as_str));
        if program == Some("") {
            return not_a_name(format!("install-command of need `{}`", need.program), "", "program with its arguments");
        }
    }
    for (task, config) in &tasks {
        if let Some(version) = config.version.as_deref().filter(|version| check_version_text(version).is_err()) {
            return not_a_name(format!("the version of task `{task}`"), version, "version");
        }
        if let Some(key) = config.limits.of_the_component() {
            let (task, path) = (task.clone(), path.to_owned());
            return Err(ConfigError::OfTheComponent { path, task, key });
        }
        if config.timeout_seconds == Some(0) {
            return not_a_name(format!("timeout-seconds of task `{task}`"), "0", "time that a task could end in");
        }
        let contradiction = |first, second| {
            Err(ConfigError::Contradiction { path: path.to_owned(), task: task.clone(), first, second })
        };
        match (config.version.is_some(), config.pinned, config.cache) {
            (true, true, _) => return contradiction("`version`", "`pinned = true`"),
            (true, _, Some(false)) => return contradiction("`version`", "`cache = false`"),
            (_, true, Some(false)) => return contradiction("`pinned = true`", "`cache = false`"),
            _ => {}
        }
    }
    for (task, config) in &grants {
        let is_name = |text: &str| !text.is_empty() && !text.contains('\0');
        let name = |text: &String| text.split_once('=').map_or(text.as_str(), |(name, _)| name).to_owned();
        if let Some(text) = config.variables.iter().find(|text| !is_name(&name(text))) {
            return not_a_name(format!("a variable granted to `{task}`"), text, "name of a variable");
        }
    }
    let (path, folder) = (path.to_owned(), path.parent().unwrap_or(Path::new("")).to_owned());
    Ok(Config { path, folder, digest, is_trusted: true, name, account, workflow, build, tasks, limits, sizes, grants })
}
