//! Compares the folder with the machine's own file system: the same operations have the same outcome, errors included.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _, symlink};
use std::path::Path;

use proptest::prelude::*;
use proptest::sample::select;

use super::super::node::Type;
use super::*;

#[derive(Debug, Clone)]
enum Step {
    Write(String, u64, Vec<u8>),
    Append(String, Vec<u8>),
    SetSize(String, u64),
    New(String),
    Open(String),
    WriteOpen(usize, u64, Vec<u8>),
    Close,
    MakeFolder(String),
    MakeLink(String, String),
    AddName(String, String),
    Rename(String, String),
    RemoveFile(String),
    RemoveFolder(String),
}

/// Generates paths of few names, so that they collide; `..` only after another part.
fn path() -> impl Strategy<Value = String> {
    let part = || select(vec!["a", "b", "c", "d", "a", "b", ".", "l", "c/.."]);
    let path = (prop::collection::vec(part(), 1..4), prop::bool::weighted(0.1));
    path.prop_map(|(parts, slash)| parts.join("/") + if slash { "/" } else { "" })
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    (1..=255_u8, 0..6000_usize).prop_map(|(byte, length)| vec![byte; length])
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (path(), 0..10_000_u64, bytes()).prop_map(|(path, at, bytes)| Step::Write(path, at, bytes)),
        2 => (path(), bytes()).prop_map(|(path, bytes)| Step::Append(path, bytes)),
        2 => (path(), 0..10_000_u64).prop_map(|(path, size)| Step::SetSize(path, size)),
        1 => path().prop_map(Step::New),
        1 => path().prop_map(Step::Open),
        2 => (0..4_usize, 0..10_000_u64, bytes()).prop_map(|(open, at, bytes)| Step::WriteOpen(open, at, bytes)),
        1 => Just(Step::Close),
        4 => path().prop_map(Step::MakeFolder),
        2 => (path(), path()).prop_map(|(target, path)| Step::MakeLink(target, path)),
        3 => (path(), path()).prop_map(|(old, new)| Step::AddName(old, new)),
        4 => (path(), path()).prop_map(|(old, new)| Step::Rename(old, new)),
        2 => path().prop_map(Step::RemoveFile),
        2 => path().prop_map(Step::RemoveFolder),
    ]
}

/// Both folders, and the open files of both.
struct Both<'a> {
    ours: &'a Open,
    real: &'a Path,
    open: Vec<(Open, File)>,
}

impl Both<'_> {
    fn ours(&mut self, step: &Step) -> Result<Option<Open>, Error> {
        let root = self.ours;
        match step {
            Step::Write(path, at, bytes) => {
                root.open_at(path, CREATE)?.write(At::Offset(*at), bytes)?;
            }
            Step::Append(path, bytes) => {
                root.open_at(path, WRITE)?.write(At::End, bytes)?;
            }
            Step::SetSize(path, size) => root.open_at(path, WRITE)?.set_size(*size)?,
            Step::New(path) => drop(root.open_at(path, NEW)?),
            Step::Open(path) => return root.open_at(path, WRITE).map(Some),
            Step::WriteOpen(open, at, bytes) => {
                if let Some((open, _)) = self.open.get(*open) {
                    open.write(At::Offset(*at), bytes)?;
                }
            }
            Step::Close => {}
            Step::MakeFolder(path) => root.make_folder_at(path)?,
            Step::MakeLink(target, path) => root.make_link_at(target, path)?,
            Step::AddName(old, new) => root.add_name_at(old, root, new)?,
            Step::Rename(old, new) => root.rename_at(old, root, new)?,
            Step::RemoveFile(path) => root.remove_file_at(path)?,
            Step::RemoveFolder(path) => root.remove_folder_at(path)?,
        }
        Ok(None)
    }

    fn real(&mut self, step: &Step) -> io::Result<Option<File>> {
        // `join` would lose a slash at the end.
        let at = |path: &str| format!("{}/{path}", self.real.display());
        let mut options = File::options();
        options.read(true).write(true);
        match step {
            Step::Write(path, offset, bytes) => {
                options.create(true).truncate(false).open(at(path))?.write_all_at(bytes, *offset)?;
            }
            Step::Append(path, bytes) => {
                let file = options.open(at(path))?;
                file.write_all_at(bytes, file.metadata()?.len())?;
            }
            Step::SetSize(path, size) => options.open(at(path))?.set_len(*size)?,
            Step::New(path) => drop(options.create_new(true).open(at(path))?),
            Step::Open(path) => return options.open(at(path)).map(Some),
            Step::WriteOpen(open, offset, bytes) => {
                if let Some((_, open)) = self.open.get(*open) {
                    open.write_all_at(bytes, *offset)?;
                }
            }
            Step::Close => {}
            Step::MakeFolder(path) => fs::create_dir(at(path))?,
            Step::MakeLink(target, path) => symlink(target, at(path))?,
            Step::AddName(old, new) => fs::hard_link(at(old), at(new))?,
            Step::Rename(old, new) => fs::rename(at(old), at(new))?,
            Step::RemoveFile(path) => fs::remove_file(at(path))?,
            Step::RemoveFolder(path) => fs::remove_dir(at(path))?,
        }
        Ok(None)
    }

    fn step(&mut self, step: &Step) {
        if matches!(step, Step::Close) {
            self.open.pop();
            return;
        }
        let ours = self.ours(step);
        // A path that leads out fails here. The machine would follow it, outside of its folder.
        if matches!(ours, Err(Error::NotPermitted)) {
            return;
        }
        let real = self.real(step);
        // As in wasmtime, but not Linux: `..` cannot be removed, like `.`.
        if matches!(step, Step::RemoveFolder(path) if path.trim_end_matches('/').ends_with("..")) {
            assert!(ours.is_err() && real.is_err(), "{step:?}");
            return;
        }
        assert_eq!(ours.as_ref().err().map(errno), real.as_ref().err().map(kind), "{step:?}");
        if let (Ok(Some(ours)), Ok(Some(real))) = (ours, real) {
            self.open.push((ours, real));
        }
    }

    fn is_the_same(&self) {
        assert_eq!(all_of_ours(self.ours), all_of_real(self.real));
        for (ours, real) in &self.open {
            let (mut bytes, length) = (Vec::new(), real.metadata().unwrap().len());
            bytes.resize(usize::try_from(length).unwrap(), 0);
            real.read_exact_at(&mut bytes, 0).unwrap();
            assert!(ours.read(0, 1 << 20).unwrap() == bytes);
            assert_eq!(ours.stat().unwrap().names, real.metadata().unwrap().nlink());
        }
    }
}

/// Returns the machine's number for the error.
fn errno(error: &Error) -> i32 {
    use rustix::io::Errno;
    match error {
        Error::BadDescriptor => Errno::BADF,
        Error::Busy => Errno::BUSY,
        Error::Exist => Errno::EXIST,
        Error::FileTooLarge => Errno::FBIG,
        Error::Invalid => Errno::INVAL,
        Error::IsDirectory => Errno::ISDIR,
        Error::Loop => Errno::LOOP,
        Error::NameTooLong => Errno::NAMETOOLONG,
        Error::NoEntry => Errno::NOENT,
        Error::NotDirectory => Errno::NOTDIR,
        Error::NotEmpty => Errno::NOTEMPTY,
        Error::NotPermitted => Errno::PERM,
        Error::Overflow => Errno::OVERFLOW,
        Error::ReadOnly => Errno::ROFS,
        Error::CrossDevice => Errno::XDEV,
        Error::Io => Errno::IO,
        Error::Full { .. } => Errno::NOSPC,
        Error::TooMany { .. } | Error::Memory => Errno::DQUOT,
    }
    .raw_os_error()
}

fn kind(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(0)
}

/// Returns a line for everything in a folder: name, kind, links, size, and content.
fn all_of_ours(folder: &Open) -> Vec<String> {
    let mut all = Vec::new();
    let mut listing = folder.list().unwrap();
    while let Some((name, ty)) = listing.next().unwrap() {
        let stat = folder.stat_at(&name, false).unwrap();
        match ty {
            Type::Folder => {
                let inside = folder.open_at(&name, READ).unwrap();
                all.push(format!("{name} folder {:?}", all_of_ours(&inside)));
            }
            Type::Link => all.push(format!("{name} link {} {}", stat.names, folder.read_link_at(&name).unwrap())),
            Type::File => {
                let bytes = read(folder, &name).unwrap();
                all.push(format!("{name} file {} {} {:?}", stat.names, stat.size, runs(&bytes)));
            }
        }
    }
    all
}

fn all_of_real(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let line = |name: &std::ffi::OsString| {
        let path = folder.join(name);
        let name = name.display();
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            format!("{name} folder {:?}", all_of_real(&path))
        } else if metadata.is_symlink() {
            format!("{name} link {} {}", metadata.nlink(), fs::read_link(&path).unwrap().display())
        } else {
            let bytes = fs::read(&path).unwrap();
            format!("{name} file {} {} {:?}", metadata.nlink(), metadata.len(), runs(&bytes))
        }
    };
    names.iter().map(line).collect()
}

/// Returns the bytes in short form, each with its count.
fn runs(bytes: &[u8]) -> Vec<(u8, usize)> {
    bytes.chunk_by(|one, other| one == other).map(|run| (run[0], run.len())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_behaves_as_the_machine_s_file_system(steps in prop::collection::vec(step(), 1..60)) {
        let temporary = tempfile::tempdir().unwrap();
        let (scratch, ours) = scratch(1 << 24, 1000);
        let mut both = Both { ours: &ours, real: temporary.path(), open: Vec::new() };
        for step in &steps {
            both.step(step);
            both.is_the_same();
        }
        prop_assert_eq!(scratch.used().refused, None);
    }
}
