//! Tests of a scan: what it finds, refuses and remembers.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::sync::Mutex;
use std::sync::atomic::Ordering;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::*;
use crate::hash::KEPT;
use crate::identity::FileIdentity;
use crate::kind::FileKind;
use crate::scan::scan_within;
use larder_base::Digest;

/// One byte more than is kept in memory.
const LARGE: usize = KEPT as usize + 1;

fn fifo(path: &Path) {
    mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
}

#[test]
fn a_file_has_the_digest_of_its_bytes() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("file");
    for size in [0, 1, LARGE - 1, LARGE, 1 << 20] {
        let bytes = vec![7; size];
        fs::write(&path, &bytes).unwrap();
        let (digest, content) = look_at_file(&path).unwrap();
        assert_eq!((digest, content.size), (Digest::of(&bytes), size as u64));
        assert!(bytes_of(&content) == bytes);
        // A small file may change unnoticed, but its content is what was hashed; a large file is watched.
        match content.source {
            Source::Bytes(_) => assert!(size < LARGE),
            Source::Watched { .. } => assert!(size >= LARGE),
            Source::Ours { .. } => panic!("nothing of it is ours"),
        }
    }
}

#[test]
fn small_files_are_kept_in_memory_only_so_far() {
    let temporary = tempfile::tempdir().unwrap();
    let count = (16 << 20) / KEPT as usize + 20;
    for number in 0..count {
        fs::write(temporary.path().join(number.to_string()), vec![1; KEPT as usize]).unwrap();
    }
    let found = look_at_directory(temporary.path()).unwrap();
    let is_kept = |node: &&Node| match node {
        Node::File { content, .. } => matches!(content.source, Source::Bytes(_)),
        Node::Directory(_) | Node::Link(_) => false,
    };
    let kept = found.entries.values().filter(is_kept).count();
    assert!(kept < count && kept * KEPT as usize >= 16 << 20, "{kept} of {count}");
    for node in found.entries.values() {
        let Node::File { content, .. } = node else { panic!("{node:?}") };
        assert_eq!(bytes_of(content), vec![1; KEPT as usize]);
    }
}

#[test]
fn a_directory_is_its_names_kinds_and_bytes() {
    let temporary = tempfile::tempdir().unwrap();
    let path = made(&temporary, "d");
    fs::write(path.join("b"), b"bytes").unwrap();
    fs::write(path.join("run"), b"#!").unwrap();
    set_mode(&path.join("run"), 0o700);
    fs::create_dir_all(path.join("sub/empty")).unwrap();
    fs::write(path.join("sub/é \n"), b"").unwrap();
    symlink("b", path.join("to-b")).unwrap();
    symlink("/nowhere", path.join("dangling")).unwrap();
    symlink("circle", path.join("circle")).unwrap();
    symlink("..", path.join("sub/up")).unwrap();
    let expected = directory([
        ("b", file(b"bytes")),
        ("run", program(b"#!")),
        ("sub", folder([("empty", folder([])), ("é \n", file(b"")), ("up", link(".."))])),
        ("to-b", link("b")),
        ("dangling", link("/nowhere")),
        ("circle", link("circle")),
    ]);
    let found = look_at_directory(&path).unwrap();
    assert_eq!((found.digest, found.size, found.listing()), (expected.digest, 7, expected.listing()));
    assert_eq!(look_at_directory(&path.join("sub/empty")).unwrap().digest, directory([]).digest);
}

#[test]
fn only_what_counts_changes_the_digest() {
    let temporary = tempfile::tempdir().unwrap();
    let (one, other) = (made(&temporary, "one"), made(&temporary, "other"));
    for path in [&one, &other] {
        fs::create_dir(path.join("sub")).unwrap();
        fs::write(path.join("sub/a"), vec![1; LARGE]).unwrap();
        fs::write(path.join("b"), b"b").unwrap();
    }
    let digest = |path: &Path| look_at_directory(path).unwrap().digest;
    let first = digest(&one);
    let long_ago = std::time::UNIX_EPOCH;
    fs::File::options().write(true).open(other.join("b")).unwrap().set_modified(long_ago).unwrap();
    for (path, mode) in [("b", 0o640), ("sub/a", 0o611), ("sub", 0o700)] {
        set_mode(&other.join(path), mode);
    }
    assert_eq!(digest(&other), first, "name, times, and what others may do count for nothing");
    fs::hard_link(other.join("b"), temporary.path().join("again")).unwrap();
    assert_eq!(digest(&other), first, "nor does a second name elsewhere");

    let changes: [(&str, &dyn Fn()); 6] = [
        ("executable", &|| set_mode(&other.join("b"), 0o744)),
        ("renamed", &|| fs::rename(other.join("b"), other.join("c")).unwrap()),
        ("one byte", &|| {
            let mut bytes = vec![1; LARGE];
            bytes[LARGE - 1] = 2;
            fs::write(other.join("sub/a"), bytes).unwrap();
        }),
        ("an empty directory more", &|| fs::create_dir(other.join("sub/e")).unwrap()),
        ("a link", &|| symlink("x", other.join("l")).unwrap()),
        ("another target", &|| {
            fs::remove_file(other.join("l")).unwrap();
            symlink("y", other.join("l")).unwrap();
        }),
    ];
    let mut digests = vec![first];
    for (what, change) in changes {
        change();
        let changed = digest(&other);
        assert!(!digests.contains(&changed), "{what}");
        digests.push(changed);
    }
}

#[test]
fn a_link_that_is_named_is_followed() {
    let temporary = tempfile::tempdir().unwrap();
    let path = made(&temporary, "d");
    fs::write(path.join("a"), vec![1; LARGE]).unwrap();
    let (to_d, to_a) = (temporary.path().join("to-d"), temporary.path().join("to-a"));
    symlink("d", &to_d).unwrap();
    symlink("to-d/a", &to_a).unwrap();
    assert_eq!(look_at_directory(&to_d).unwrap().digest, look_at_directory(&path).unwrap().digest);
    let (_, content) = look_at_file(&to_a).unwrap();
    // By its own name, so that it is found again whatever happens to the link.
    let Source::Watched { path: named, .. } = content.source else { panic!("{content:?}") };
    assert_eq!(named, fs::canonicalize(path.join("a")).unwrap());
}

#[test]
fn what_has_no_content_is_refused_without_waiting() {
    let temporary = tempfile::tempdir().unwrap();
    let (pipe, socket) = (temporary.path().join("pipe"), temporary.path().join("socket"));
    fifo(&pipe);
    let _listener = UnixListener::bind(&socket).unwrap();
    for (path, expected) in [
        (&*pipe, FileKind::Fifo),
        (&socket, FileKind::Socket),
        (Path::new("/dev/null"), FileKind::Device),
        (Path::new("/dev/zero"), FileKind::Device),
    ] {
        let path = fs::canonicalize(path).unwrap();
        let error = look_at_file(&path).unwrap_err();
        assert_eq!(error, ContentError::Special { path, kind: expected });
    }
    // The same inside a directory, and with the path of the entry.
    let folder = made(&temporary, "d");
    fifo(&folder.join("pipe"));
    let error = look_at_directory(&folder).unwrap_err();
    let path = fs::canonicalize(&folder).unwrap().join("pipe");
    assert_eq!(error, ContentError::Special { path, kind: FileKind::Fifo });
}

/// Between the check and the reading a file can become anything. A file without an end would be read forever, and a
/// pipe without a writer looks like an empty file.
#[test]
fn what_has_become_something_else_is_not_hashed() {
    let temporary = tempfile::tempdir().unwrap();
    let pipe = temporary.path().join("pipe");
    fifo(&pipe);
    for (path, expected) in
        [(&*pipe, FileKind::Fifo), (Path::new("/dev/zero"), FileKind::Device), (temporary.path(), FileKind::Folder)]
    {
        let error = crate::hash::hash(path, &AtomicBool::new(false)).unwrap_err();
        assert_eq!(error, ContentError::Special { path: path.to_owned(), kind: expected });
    }
}

#[test]
fn the_wrong_kind_and_nothing_are_refused() {
    let temporary = tempfile::tempdir().unwrap();
    let (path, plain) = (made(&temporary, "d"), temporary.path().join("file"));
    fs::write(&plain, b"").unwrap();
    assert_eq!(look_at_file(&path).unwrap_err(), ContentError::IsDirectory { path: path.clone() });
    assert_eq!(look_at_directory(&plain).unwrap_err(), ContentError::NotDirectory { path: plain.clone() });
    let device = PathBuf::from("/dev/null");
    assert_eq!(look_at_directory(&device).unwrap_err(), ContentError::NotDirectory { path: device });
    let (missing, dangling) = (path.join("missing"), path.join("dangling"));
    symlink("missing", &dangling).unwrap();
    for path in [missing, dangling] {
        assert_eq!(look_at_file(&path).unwrap_err(), ContentError::NotFound { path: path.clone() });
        assert_eq!(look_at_directory(&path).unwrap_err(), ContentError::NotFound { path });
    }
    let (circle, below) = (path.join("circle"), plain.join("below"));
    symlink("circle", &circle).unwrap();
    for path in [circle, below] {
        let error = look_at_file(&path).unwrap_err();
        let ContentError::Unreadable { path: told, reason } = error else { panic!("{error}") };
        assert!(told == path && !reason.is_empty());
    }
}

#[test]
fn names_that_no_task_can_be_told_are_refused() {
    let temporary = tempfile::tempdir().unwrap();
    let wrong = OsStr::from_bytes(b"\xff.txt");
    let (names, links) = (made(&temporary, "names"), made(&temporary, "links"));
    fs::write(names.join(wrong), b"").unwrap();
    symlink(wrong, links.join("link")).unwrap();
    let error = look_at_directory(&names).unwrap_err();
    assert_eq!(error, ContentError::NotUtf8 { path: fs::canonicalize(&names).unwrap().join(wrong) });
    let error = look_at_directory(&links).unwrap_err();
    assert_eq!(error, ContentError::LinkNotUtf8 { path: fs::canonicalize(&links).unwrap().join("link") });
    // A file is only its bytes: its name is not passed on here.
    look_at_file(&names.join(wrong)).unwrap();
    // Folders above the named path may have any name.
    fs::create_dir(names.join(OsStr::from_bytes(b"\xfe"))).unwrap();
    look_at_directory(&names.join(OsStr::from_bytes(b"\xfe"))).unwrap();
}

#[test]
fn two_hundred_directories_are_deep_enough() {
    let temporary = tempfile::tempdir().unwrap();
    let mut path = fs::canonicalize(made(&temporary, "d")).unwrap();
    for _ in 0..MAX_DEPTH {
        path.push("d");
    }
    fs::create_dir_all(&path).unwrap();
    look_at_directory(&temporary.path().join("d")).unwrap();
    path.push("d");
    fs::create_dir(&path).unwrap();
    let error = look_at_directory(&temporary.path().join("d")).unwrap_err();
    assert_eq!(error, ContentError::TooDeep { path, max: 200 });
}

#[test]
fn entries_are_counted_for_each_directory_that_is_named() {
    let temporary = tempfile::tempdir().unwrap();
    let path = made(&temporary, "d");
    for name in ["a", "b", "c"] {
        fs::create_dir(path.join(name)).unwrap();
        symlink("x", path.join(name).join("link")).unwrap();
    }
    let paths = [(BlobKind::Directory, path.clone()), (BlobKind::Directory, path.clone())];
    let within = |max| scan_within(max, &paths, &|_, _| None, &AtomicBool::new(false));
    assert_eq!(within(6).unwrap().found.len(), 2);
    assert_eq!(within(5).unwrap_err(), ContentError::TooManyEntries { path, max: 5 });
}

#[test]
fn what_is_remembered_of_large_files_is_believed() {
    let temporary = tempfile::tempdir().unwrap();
    let path = made(&temporary, "d");
    let (small, large) = (path.join("small"), path.join("large"));
    fs::write(&small, vec![1; LARGE - 1]).unwrap();
    fs::write(&large, vec![2; LARGE]).unwrap();
    let asked: Mutex<Vec<(Digest, FileIdentity)>> = Mutex::default();
    let scanned = |answer: Option<Digest>| {
        let recall = |path: &Digest, identity: &FileIdentity| {
            asked.lock().unwrap().push((*path, *identity));
            answer
        };
        let paths =
            [(BlobKind::Directory, path.clone()), (BlobKind::File, small.clone()), (BlobKind::File, large.clone())];
        scan(&paths, &recall, &AtomicBool::new(false)).unwrap()
    };
    let Scanned { found: _, learnt, began_at_ms } = scanned(None);
    let real = fs::canonicalize(&large).unwrap();
    let key = Digest::of(real.as_os_str().as_bytes());
    let identity = FileIdentity::of(&fs::metadata(&large).unwrap());
    // A file has one name, however it was reached; a small file is neither looked up nor remembered.
    assert_eq!(std::mem::take(&mut *asked.lock().unwrap()), [(key, identity), (key, identity)]);
    let expected = Learnt { path: key, identity, digest: Digest::of(&vec![2; LARGE]) };
    assert_eq!(learnt, [expected.clone(), expected]);
    assert!(began_at_ms <= crate::clock::now_ms());

    let believed = Digest::of(b"another");
    let Scanned { found, learnt, began_at_ms: _ } = scanned(Some(believed));
    assert_eq!(learnt, []);
    let [Found::Directory(directory), Found::File { digest, .. }, Found::File { digest: remembered, content }] =
        &found[..]
    else {
        panic!("{found:?}")
    };
    let Node::File { digest: inside, .. } = &directory.entries["large"] else { panic!("{directory:?}") };
    assert_eq!((*digest, *remembered, *inside), (Digest::of(&vec![1; LARGE - 1]), believed, believed));
    assert_eq!(bytes_of(content), vec![2; LARGE]);
}

#[test]
fn it_stops_when_nobody_waits() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("file");
    fs::write(&path, b"bytes").unwrap();
    for paths in [vec![(BlobKind::File, path)], vec![(BlobKind::Directory, temporary.path().to_owned())]] {
        let error = scan(&paths, &|_, _| None, &AtomicBool::new(true)).unwrap_err();
        assert_eq!(error, ContentError::Stopped);
    }
    // Also between two pieces of a file.
    let large = temporary.path().join("large");
    fs::File::create(&large).unwrap().set_len(8 << 30).unwrap();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let scanning = scope.spawn(|| scan(&[(BlobKind::File, large)], &|_, _| None, &stop));
        std::thread::sleep(std::time::Duration::from_millis(20));
        stop.store(true, Ordering::Relaxed);
        assert_eq!(scanning.join().unwrap().unwrap_err(), ContentError::Stopped);
    });
}
