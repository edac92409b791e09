//! Tries to change what it was given and to get out of its folders, as a program does that knows the file system well.

use std::fs::{self, File as Open, OpenOptions};
use std::io::{Error, ErrorKind, Result, Write};
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use testing_guests::symlink;

use crate::bindings::larder::task::files::{Directory, File};

/// The paths of a file and a directory that the task was given, and of an entry of the directory.
struct Given {
    file: String,
    directory: String,
    entry: Result<PathBuf>,
}

type Step = (&'static str, fn(&Given) -> Result<()>);

/// Each is tried, whatever came of the others.
const STEPS: &[Step] = &[
    ("open the file for writing", |given| OpenOptions::new().write(true).open(&given.file).map(drop)),
    ("open it for both", |given| OpenOptions::new().read(true).write(true).open(&given.file).map(drop)),
    ("truncate it", |given| Open::create(&given.file).map(drop)),
    ("append to it", |given| OpenOptions::new().append(true).open(&given.file)?.write_all(b"x")),
    ("write where it is open for reading", |given| Open::open(&given.file)?.write_all(b"x")),
    ("set its length", |given| Open::open(&given.file)?.set_len(0)),
    ("set its times", |given| set_times(&given.file)),
    ("remove it", |given| fs::remove_file(&given.file)),
    ("rename it", |given| fs::rename(&given.file, "/mine")),
    ("hard-link it", |given| fs::hard_link(&given.file, "/hard")),
    ("write through the hard link", |_| fs::metadata("/hard").and_then(|_| fs::write("/hard", "x"))),
    ("rename a scratch file over it", |given| fs::rename(scratch("over")?, &given.file)),
    ("hard-link a scratch file beside it", |given| fs::hard_link(scratch("hard-source")?, beside(given))),
    ("create a file beside it", |given| fs::write(beside(given), "x")),
    ("make a folder beside it", |given| fs::create_dir(beside(given))),
    ("remove the folder that it is in", |given| fs::remove_dir_all(above(given))),
    ("rename the folder that it is in", |given| fs::rename(above(given), "/moved")),
    ("make a folder in the directory", |given| fs::create_dir(format!("{}/new", given.directory))),
    ("create a file in it", |given| fs::write(format!("{}/new", given.directory), "x")),
    ("link in it", |given| symlink("/", &format!("{}/new", given.directory))),
    ("move a scratch file into it", |given| fs::rename(scratch("into")?, format!("{}/new", given.directory))),
    ("remove an entry of it", |given| entry(given).and_then(fs::remove_file)),
    ("rename an entry of it", |given| fs::rename(entry(given)?, format!("{}/other", given.directory))),
    ("take an entry out of it", |given| fs::rename(entry(given)?, "/taken")),
    ("set the times of the directory", |given| set_times(&given.directory)),
    ("remove the directory", |given| fs::remove_dir_all(&given.directory)),
    ("rename the directory", |given| fs::rename(&given.directory, "/mine-too")),
    ("link to the file", |given| symlink(&given.file, "/link")),
    ("write through the link", |_| OpenOptions::new().write(true).open("/link")?.write_all(b"x")),
    ("link to the file from here", |given| symlink(given.file.trim_start_matches('/'), "/relative")),
    ("write through that link", |_| OpenOptions::new().write(true).open("/relative")?.write_all(b"x")),
    ("list above the root", |_| fs::read_dir("/..").map(drop)),
    ("list above here", |_| fs::read_dir("..").map(drop)),
    ("read above the root", |_| fs::read("../etc/passwd").map(drop)),
    ("read above the file", |given| fs::read(format!("{}/../../../etc/passwd", above(given))).map(drop)),
    ("read above the directory", |given| fs::read(format!("{}/../../../etc/passwd", given.directory)).map(drop)),
    ("read /etc/passwd", |_| fs::read("/etc/passwd").map(drop)),
    ("read /dev/null", |_| fs::read("/dev/null").map(drop)),
    ("read /proc/self/environ", |_| fs::read("/proc/self/environ").map(drop)),
];

/// What came of each try, and what the file and the directory are afterwards.
pub(crate) fn all(file: &File, directory: &Directory) -> Vec<String> {
    let first = fs::read_dir(directory.path()).and_then(|mut entries| match entries.next() {
        Some(entry) => Ok(entry?.path()),
        None => Err(ErrorKind::NotFound.into()),
    });
    let given = Given { file: file.path(), directory: directory.path(), entry: first };
    let mut came: Vec<String> = STEPS
        .iter()
        .map(|(what, step)| match step(&given) {
            Ok(()) => format!("{what}: ok"),
            Err(error) => format!("{what}: {error}"),
        })
        .collect();
    came.push(match fs::read_to_string(&given.file) {
        Ok(text) => format!("the file afterwards: {text:?}"),
        Err(error) => format!("the file afterwards: {error}"),
    });
    came.push(format!("the directory afterwards: {}", crate::tell::folder(&given.directory).join("; ")));
    came
}

/// An entry of the directory.
fn entry(given: &Given) -> Result<&PathBuf> {
    given.entry.as_ref().map_err(|error| Error::from(error.kind()))
}

/// A path beside the file.
fn beside(given: &Given) -> String {
    format!("{}/beside", above(given))
}

/// The folder that the file is in.
fn above(given: &Given) -> &str {
    given.file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// A new file of the scratch folder.
fn scratch(name: &str) -> Result<&str> {
    fs::write(name, "mine").map(|()| name)
}

fn set_times(path: &str) -> Result<()> {
    Open::open(path)?.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1))
}
