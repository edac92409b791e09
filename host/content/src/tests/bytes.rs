//! Tests of reading content: whole, after its end, and while its file changes.

use std::fs::File;
use std::io::Write as _;

use super::*;
use crate::identity::FileIdentity;

/// A user's file with these bytes, as it was when it was hashed.
fn watched(path: &Path, bytes: &[u8]) -> Content {
    fs::write(path, bytes).unwrap();
    let identity = FileIdentity::of(&fs::metadata(path).unwrap());
    Content { size: bytes.len() as u64, source: Source::Watched { path: path.to_owned(), identity } }
}

/// The same bytes in every location that content can have.
fn everywhere(folder: &Path, bytes: &[u8]) -> Vec<(&'static str, Content)> {
    let spool = Spool::new(None, Quota::new(1 << 20));
    let spooled = |bytes: &[u8]| {
        let mut snapshot = spool.snapshot();
        snapshot.write(bytes).unwrap();
        snapshot.finish().unwrap().content
    };
    // Other snapshots before and after it in the same file.
    let _before = spooled(&[0xee; 5000]);
    let snapshot = spooled(bytes);
    let _behind = spooled(&[0xee; 5000]);
    let ours = tempfile::tempfile().unwrap();
    (&ours).write_all(bytes).unwrap();
    let ours = Source::Ours { file: Arc::new(ours), offset: 0, room: None };
    vec![
        ("memory", Content::of(bytes)),
        ("a snapshot", snapshot),
        ("a file of ours", Content { size: bytes.len() as u64, source: ours }),
        ("a file of a user", watched(&folder.join("file"), bytes)),
    ]
}

#[test]
fn it_is_read_from_any_offset_and_not_behind_its_end() {
    let temporary = tempfile::tempdir().unwrap();
    for (what, content) in everywhere(temporary.path(), b"abcdef") {
        let reader = content.open().unwrap();
        let read = |offset, length| reader.read(offset, length).unwrap();
        assert_eq!((content.size, reader.size()), (6, 6), "{what}");
        assert_eq!((read(0, 6), read(0, 100), read(2, 3)), (b"abcdef".to_vec(), b"abcdef".to_vec(), b"cde".to_vec()));
        assert_eq!((read(5, usize::MAX), read(3, 0)), (b"f".to_vec(), Vec::new()), "{what}");
        for offset in [6, 7, 4096, 1 << 40, u64::MAX - 1, u64::MAX] {
            assert_eq!(read(offset, 1), b"", "{what} at {offset}");
            assert_eq!(read(offset, usize::MAX), b"", "{what} at {offset}");
        }
        reader.is_the_same().unwrap();
    }
}

#[test]
fn nothing_is_read_of_an_empty_file() {
    let temporary = tempfile::tempdir().unwrap();
    for (what, content) in everywhere(temporary.path(), b"") {
        for offset in [0, 1, u64::MAX] {
            assert_eq!(content.open().unwrap().read(offset, usize::MAX).unwrap(), b"", "{what}");
        }
    }
}

type Change = (&'static str, fn(&Path));

/// Changes of a file, without a change of its size or its time where possible.
const CHANGES: [Change; 7] = [
    ("written in place", |path| File::options().write(true).open(path).unwrap().write_all(b"X").unwrap()),
    ("written in place, with its old time", |path| {
        let modified = fs::metadata(path).unwrap().modified().unwrap();
        let mut file = File::options().write(true).open(path).unwrap();
        file.write_all(b"X").unwrap();
        file.set_modified(modified).unwrap();
    }),
    ("longer", |path| File::options().append(true).open(path).unwrap().write_all(b"X").unwrap()),
    ("shorter", |path| File::options().write(true).open(path).unwrap().set_len(1).unwrap()),
    ("empty", |path| drop(File::create(path).unwrap())),
    ("replaced", |path| {
        fs::write(path.with_extension("new"), b"abcdef").unwrap();
        fs::rename(path.with_extension("new"), path).unwrap();
    }),
    ("removed", |path| fs::remove_file(path).unwrap()),
];

/// Waits for the next step of the kernel's clock for files, which takes some milliseconds: the timestamps do not show a
/// change within one step.
fn wait_for_the_next_stamp(folder: &Path) {
    let stamp = |name: &str| {
        fs::write(folder.join(name), "").unwrap();
        FileIdentity::of(&fs::metadata(folder.join(name)).unwrap()).ctime
    };
    let first = stamp("first");
    while stamp("next") <= first {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

#[test]
fn a_file_that_changes_before_it_is_opened_is_not_opened() {
    for (what, change) in CHANGES {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("file");
        let content = watched(&path, b"abcdef");
        wait_for_the_next_stamp(temporary.path());
        change(&path);
        let expected = match what {
            "removed" => ContentError::NotFound { path },
            _ => ContentError::Changed { path },
        };
        assert_eq!(content.open().unwrap_err(), expected, "{what}");
    }
}

#[test]
fn a_file_that_changes_while_it_is_open_is_noticed() {
    for (what, change) in CHANGES {
        let temporary = tempfile::tempdir().unwrap();
        let path = temporary.path().join("file");
        let content = watched(&path, b"abcdef");
        let reader = content.open().unwrap();
        wait_for_the_next_stamp(temporary.path());
        change(&path);
        let read = reader.read(0, 6);
        // Missing bytes are noticed at once, other changes at the latest after all is read.
        match what {
            "shorter" | "empty" => {
                assert_eq!(read.unwrap_err(), ContentError::Changed { path: path.clone() }, "{what}")
            }
            _ => assert_eq!(read.unwrap().len(), 6, "{what}"),
        }
        // A file without its name still has its open content.
        let expected = match what {
            "replaced" | "removed" => Ok(()),
            _ => Err(ContentError::Changed { path }),
        };
        assert_eq!(reader.is_the_same(), expected, "{what}");
    }
}

#[test]
fn what_is_no_file_any_more_makes_nobody_wait() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("file");
    let content = watched(&path, b"abcdef");
    fs::remove_file(&path).unwrap();
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    assert_eq!(content.open().unwrap_err(), ContentError::Changed { path: path.clone() });
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(content.open().unwrap_err(), ContentError::Changed { path });
}

#[test]
fn content_of_ours_that_is_cut_off_is_damaged() {
    let file = Arc::new(tempfile::tempfile().unwrap());
    (&*file).write_all(b"abc").unwrap();
    let content = Content { size: 6, source: Source::Ours { file, offset: 0, room: None } };
    let reader = content.open().unwrap();
    assert_eq!(reader.read(0, 3).unwrap(), b"abc");
    assert!(matches!(reader.read(0, 6), Err(ContentError::Damaged { .. })));
}

/// The file of all small snapshots gives back unused room: a blob that is named there would become zeros.
#[test]
fn only_a_file_that_holds_nothing_else_can_be_named() {
    let temporary = tempfile::tempdir().unwrap();
    for (what, content) in everywhere(temporary.path(), b"abcdef") {
        assert_eq!(content.own_file().is_some(), what == "a file of ours", "{what}");
    }
    let spool = Spool::new(None, Quota::new(1 << 30));
    for (size, is_a_file) in [(1, false), (1 << 20, false), (4 << 20, true), (5 << 20, true)] {
        let mut snapshot = spool.snapshot();
        snapshot.write(&vec![1; size]).unwrap();
        let content = snapshot.finish().unwrap().content;
        assert_eq!(content.own_file().is_some(), is_a_file, "{size}");
    }
}
