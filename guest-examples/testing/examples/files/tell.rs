//! Tells what a task was given, in words.

use std::fs;
use std::io::Result;
use std::path::Path;

use crate::bindings::exports::testing::files::files::Nest;
use crate::bindings::larder::task::files::{Directory, File, Kind};

/// The longest text that is told whole, in bytes.
const SHORT: u64 = 100;

/// What is in a value that has files in it.
pub(crate) fn nest(x: &Nest) -> Vec<String> {
    let Nest { maybe, pairs, either } = x;
    let maybe = maybe.as_ref().map_or("nothing".to_owned(), file);
    let pairs = pairs.iter().map(|(label, each)| format!("{label}: {}", file(each)));
    let either = match either {
        Ok(either) => file(either),
        Err(directory) => format!("directory {}, {} entries", directory.name(), directory.entries().len()),
    };
    [format!("maybe: {maybe}")].into_iter().chain(pairs).chain([format!("either: {either}")]).collect()
}

fn file(file: &File) -> String {
    format!("file {}, {} bytes, {:?}", file.name(), file.size(), String::from_utf8_lossy(&file.read(0, SHORT as u32)))
}

/// The entries of a directory and of all directories in it.
pub(crate) fn entries(directory: &Directory) -> Vec<String> {
    let mut told = Vec::new();
    for entry in directory.entries() {
        let kind = match entry.kind {
            Kind::File => "file",
            Kind::Directory => "directory",
            Kind::Link => "link",
        };
        told.push(format!("{}: {kind}", entry.name));
        if entry.kind == Kind::Directory {
            match directory.open_directory(&entry.name) {
                Ok(inner) => told.extend(entries(&inner).iter().map(|line| format!("{}/{line}", entry.name))),
                Err(error) => told.push(format!("{}: {error}", entry.name)),
            }
        }
    }
    told
}

/// What is in a folder and in all folders in it.
pub(crate) fn folder(path: &str) -> Vec<String> {
    let mut told = Vec::new();
    walk(Path::new(path), "", &mut told);
    told
}

fn walk(root: &Path, folder: &str, told: &mut Vec<String>) {
    for name in names(root.join(folder)) {
        let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
        match describe(&root.join(&path)) {
            Ok(line) => told.push(format!("{path}: {line}")),
            Err(error) => told.push(format!("{path}: {error}")),
        }
        if fs::symlink_metadata(root.join(&path)).is_ok_and(|metadata| metadata.is_dir()) {
            walk(root, &path, told);
        }
    }
}

fn describe(path: &Path) -> Result<String> {
    let metadata = fs::symlink_metadata(path)?;
    Ok(if metadata.is_symlink() {
        format!("link to {}", fs::read_link(path)?.display())
    } else if metadata.is_dir() {
        "directory".to_owned()
    } else if metadata.len() <= SHORT {
        format!("{} bytes, {:?}", metadata.len(), String::from_utf8_lossy(&fs::read(path)?))
    } else {
        format!("{} bytes", metadata.len())
    })
}

/// The names in a folder, sorted; what went wrong, where something did.
pub(crate) fn names(folder: impl AsRef<Path>) -> Vec<String> {
    let names = fs::read_dir(folder).and_then(|entries| {
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect::<Result<Vec<_>>>()
    });
    let mut names = names.unwrap_or_else(|error| vec![error.to_string()]);
    names.sort();
    names
}
