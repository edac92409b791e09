//! The docs of tasks, from the WIT in a component's folder.
//!
//! Docs never survive in a component, since every toolchain strips them. The folder that a component is built in has
//! them, in `wit/`. The files are parsed but not resolved, so that packages missing from `deps/` do not matter. Missing
//! docs are never an error of the component.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use wit_parser::{Interface, InterfaceId, PackageName, SourceMap, UnresolvedPackage, World, WorldItem, WorldKey};

use larder_types::TaskName;

/// The greatest size of all WIT files of a folder together, in bytes.
const MAX_BYTES: u64 = 8 << 20;

/// The greatest number of WIT files in a folder.
const MAX_FILES: usize = 1000;

/// Reason why the docs could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DocsError {
    /// The operating system refused access.
    #[error("`{}` could not be read for the docs of the tasks: {source}", .path.display())]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// The operating system's error.
        source: io::Error,
    },
    /// There is more WIT than anybody writes by hand.
    #[error(
        "`{}` has too much WIT to read docs from: at most {MAX_FILES} files with {MAX_BYTES} bytes together",
        .path.display()
    )]
    TooLarge {
        /// The folder.
        path: PathBuf,
    },
    /// The WIT contains an error.
    #[error("the WIT in `{}` could not be parsed for the docs of the tasks: {message}", .path.display())]
    Malformed {
        /// The folder.
        path: PathBuf,
        /// The parser's message, with file and line.
        message: String,
    },
}

impl DocsError {
    /// The stable name of the error, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "component/docs"
    }
}

/// The docs of interfaces and functions, as their authors wrote them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Docs {
    /// By package and interface: docs for each version of the package.
    packaged: HashMap<(String, String), Vec<Versioned>>,
    /// By interface, for those written inside a world.
    inline: HashMap<String, InterfaceDocs>,
    /// By function, for those exported by a world.
    world: HashMap<String, Option<String>>,
}

/// The docs of an interface, with the version of its package if there is one.
type Versioned = (Option<String>, InterfaceDocs);

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct InterfaceDocs {
    docs: Option<String>,
    functions: HashMap<String, String>,
}

impl Docs {
    /// Returns the docs of a task in a package of this version.
    #[must_use]
    pub fn task(&self, name: &TaskName, package_version: Option<&str>) -> Option<&str> {
        match name {
            TaskName::World { component: _, function } => self.world.get(function)?.as_deref(),
            TaskName::Interface { package: _, interface: _, function }
            | TaskName::Inline { component: _, interface: _, function } => {
                self.of_interface(name, package_version)?.functions.get(function).map(String::as_str)
            }
        }
    }

    /// Returns the docs of the interface that contains a task.
    #[must_use]
    pub fn interface(&self, name: &TaskName, package_version: Option<&str>) -> Option<&str> {
        self.of_interface(name, package_version)?.docs.as_deref()
    }

    /// Looks for the same version first, then for one where either side has no version.
    fn of_interface(&self, name: &TaskName, version: Option<&str>) -> Option<&InterfaceDocs> {
        match name {
            TaskName::World { component: _, function: _ } => None,
            TaskName::Inline { component: _, interface, function: _ } => self.inline.get(interface),
            TaskName::Interface { package, interface, function: _ } => {
                let versions = self.packaged.get(&(package.clone(), interface.clone()))?;
                let same = versions.iter().find(|(found, _)| found.as_deref() == version);
                let unsaid = || versions.iter().find(|(found, _)| found.is_none() || version.is_none());
                same.or_else(unsaid).map(|(_, docs)| docs)
            }
        }
    }

    fn add_package(&mut self, package: &UnresolvedPackage) {
        for (_, interface) in package.interfaces.iter() {
            // Interfaces of other packages appear here as placeholders without docs or functions.
            if let Some(name) = &interface.name
                && (interface.docs.contents.is_some() || !interface.functions.is_empty())
            {
                self.add_interface(&package.name, name, interface);
            }
        }
        for (_, world) in package.worlds.iter() {
            self.add_world(package, world);
        }
    }

    fn add_interface(&mut self, package: &PackageName, name: &str, interface: &Interface) {
        let key = (format!("{}:{}", package.namespace, package.name), name.to_owned());
        let version = package.version.as_ref().map(ToString::to_string);
        self.packaged.entry(key).or_default().push((version, InterfaceDocs::of(interface)));
    }

    fn add_world(&mut self, package: &UnresolvedPackage, world: &World) {
        for (key, item) in &world.exports {
            match (key, item) {
                (WorldKey::Name(name), WorldItem::Function(function)) => {
                    let docs = function.docs.contents.clone();
                    // The component does not contain the world's name either, so two worlds with different docs give
                    // none.
                    let known = self.world.entry(name.clone()).or_insert_with(|| docs.clone());
                    if *known != docs {
                        *known = None;
                    }
                }
                (WorldKey::Name(name), WorldItem::Interface { id, .. }) => self.add_inline(package, name, *id),
                (WorldKey::Interface(_), _) | (_, WorldItem::Type { .. }) => {}
            }
        }
    }

    fn add_inline(&mut self, package: &UnresolvedPackage, name: &str, id: InterfaceId) {
        if let Some(interface) = package.interfaces.get(id) {
            let docs = InterfaceDocs::of(interface);
            let known = self.inline.entry(name.to_owned()).or_insert_with(|| docs.clone());
            if *known != docs {
                *known = InterfaceDocs::default();
            }
        }
    }
}

impl InterfaceDocs {
    fn of(interface: &Interface) -> Self {
        let documented = interface
            .functions
            .iter()
            .filter_map(|(name, function)| Some((name.clone(), function.docs.contents.clone()?)));
        Self { docs: interface.docs.contents.clone(), functions: documented.collect() }
    }
}

/// Reads the docs in the WIT files of `wit_dir`, not those of its `deps`. A folder that does not exist has no docs.
pub fn read(wit_dir: &Path) -> Result<Docs, DocsError> {
    let mut docs = Docs::default();
    let mut sources = SourceMap::new();
    let mut any = false;
    for (path, text) in wit_files(wit_dir)? {
        sources.push(&path, text);
        any = true;
    }
    if !any {
        return Ok(docs);
    }
    let group = sources.parse().map_err(|(sources, error)| DocsError::Malformed {
        path: wit_dir.to_owned(),
        message: error.render(&sources),
    })?;
    docs.add_package(&group.main);
    group.nested.iter().for_each(|package| docs.add_package(package));
    Ok(docs)
}

/// Reads the WIT files in a folder, by path.
fn wit_files(folder: &Path) -> Result<Vec<(PathBuf, String)>, DocsError> {
    let mut left = MAX_BYTES;
    let mut files = Vec::new();
    for path in wit_paths(folder)? {
        if let Some(text) = read_file(&path, left)? {
            let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
            left = left.checked_sub(size).ok_or_else(|| DocsError::TooLarge { path: folder.to_owned() })?;
            files.push((path, text));
        }
    }
    Ok(files)
}

fn wit_paths(folder: &Path) -> Result<Vec<PathBuf>, DocsError> {
    let unreadable = |source| DocsError::Unreadable { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "wit") {
            paths.push(path);
        }
        if paths.len() > MAX_FILES {
            return Err(DocsError::TooLarge { path: folder.to_owned() });
        }
    }
    paths.sort();
    Ok(paths)
}

/// Reads the text of a regular file, up to one byte more than `max`. Returns `None` if it is not a regular file.
fn read_file(path: &Path, max: u64) -> Result<Option<String>, DocsError> {
    let unreadable = |source| DocsError::Unreadable { path: path.to_owned(), source };
    // Checked before the file is opened: opening a pipe would wait for its other end.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(unreadable)?.take(max.saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}
