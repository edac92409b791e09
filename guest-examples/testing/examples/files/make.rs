//! Makes files and directories, in every way that there is.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use testing_guests::symlink;

use crate::bindings::larder::task::files::{Directory, File, Writer};

/// What a function answers when something goes wrong.
pub(crate) fn why(error: impl ToString) -> String {
    error.to_string()
}

/// Writes a file in the scratch folder.
pub(crate) fn in_scratch(path: &str, text: &str) -> Result<File, String> {
    write(Path::new(path), text).map_err(why)?;
    File::from_path(path).map_err(why)
}

/// Writes the same piece so many times.
pub(crate) fn written(name: &str, piece: &[u8], times: u32) -> Result<File, String> {
    let writer = Writer::create(name).map_err(why)?;
    for _ in 0..times {
        writer.write(piece).map_err(why)?;
    }
    Writer::finish(writer).map_err(why)
}

/// Writes so many MiB of zeros in the scratch folder.
pub(crate) fn zeros(mib: u32) -> Result<File, String> {
    let mut file = fs::File::create("/zeros").map_err(why)?;
    let piece = vec![0; 1 << 20];
    for _ in 0..mib {
        file.write_all(&piece).map_err(why)?;
    }
    File::from_path("/zeros").map_err(why)
}

/// Goes on writing where a file was made from.
pub(crate) fn later() -> Result<File, String> {
    let mut open = fs::File::create("/later").map_err(why)?;
    open.write_all(b"early").map_err(why)?;
    let made = File::from_path("/later").map_err(why)?;
    open.write_all(b" and late").map_err(why)?;
    fs::write("/later", "LATE!").map_err(why)?;
    Ok(made)
}

/// Makes a folder of files and links in the scratch folder.
pub(crate) fn tree(files: &[(String, String)], links: &[(String, String)]) -> Result<Directory, String> {
    let root = Path::new("/tree");
    fs::create_dir(root).map_err(why)?;
    for (path, text) in files {
        let path_in = root.join(path);
        if path.ends_with('/') { fs::create_dir_all(path_in) } else { write(&path_in, text) }.map_err(why)?;
    }
    for (path, target) in links {
        let path = root.join(path);
        parents(&path).map_err(why)?;
        symlink(target, &path.to_string_lossy()).map_err(why)?;
    }
    Directory::from_path("/tree").map_err(why)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    parents(path)?;
    fs::write(path, text)
}

fn parents(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}
