//! From content to paths: all of it or nothing, and nothing left behind.

use std::os::unix::fs::{MetadataExt as _, symlink};
use std::os::unix::net::UnixListener;

use super::*;

/// All names below a folder.
fn below(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.file_type().unwrap().is_dir() {
            names.extend(below(&entry.path()).into_iter().map(|inner| format!("{name}/{inner}")));
        }
        names.push(name);
    }
    names.sort();
    names
}

/// What the system's mask leaves of a mode, learnt from files that are made the ordinary way.
fn masked(folder: &Path) -> (u32, u32) {
    use std::os::unix::fs::OpenOptionsExt as _;
    let (plain, program) = (folder.join("plain"), folder.join("program"));
    fs::File::create(&plain).unwrap();
    fs::File::options().write(true).create(true).truncate(true).mode(0o777).open(&program).unwrap();
    let modes = (mode(&plain), mode(&program));
    [plain, program].iter().for_each(|path| fs::remove_file(path).unwrap());
    modes
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

/// Content that claims to be other bytes than it is.
fn damaged() -> (Content, Digest) {
    (Content::of(*b"other"), Digest::of(b"bytes"))
}

fn put(bytes: &[u8], path: &Path) -> Result<(), ContentError> {
    export_file(&Content::of(bytes), &Digest::of(bytes), path)
}

#[test]
fn a_file_is_written_in_place_of_another() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("new/folders/file");
    put(b"one", &path).unwrap();
    assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"one".to_vec(), masked(temporary.path()).0));
    // Whoever has the old one open keeps it: it is replaced, and not written.
    let old = fs::metadata(&path).unwrap().ino();
    let second = path.with_extension("second");
    fs::hard_link(&path, &second).unwrap();
    put(b"two", &path).unwrap();
    assert_eq!((fs::read(&path).unwrap(), fs::read(&second).unwrap()), (b"two".to_vec(), b"one".to_vec()));
    assert_ne!(fs::metadata(&path).unwrap().ino(), old);
    assert_eq!(below(temporary.path()), ["new", "new/folders", "new/folders/file", "new/folders/file.second"]);
}

#[test]
fn a_link_in_the_way_of_a_file_is_replaced_and_not_followed() {
    let temporary = tempfile::tempdir().unwrap();
    let (target, path) = (temporary.path().join("target"), temporary.path().join("link"));
    fs::write(&target, b"mine").unwrap();
    symlink("target", &path).unwrap();
    put(b"bytes", &path).unwrap();
    assert!(fs::symlink_metadata(&path).unwrap().is_file());
    assert_eq!(fs::read(&target).unwrap(), b"mine");
}

#[test]
fn a_directory_in_the_way_of_a_file_stays() {
    let temporary = tempfile::tempdir().unwrap();
    let (path, link) = (made(&temporary, "d"), temporary.path().join("to-d"));
    symlink("d", &link).unwrap();
    for path in [&path, &link, Path::new("/"), Path::new("..")] {
        assert_eq!(put(b"bytes", path), Err(ContentError::InTheWay { path: path.to_owned() }));
    }
    let below_a_file = temporary.path().join("file/below");
    fs::write(temporary.path().join("file"), b"").unwrap();
    assert!(matches!(put(b"bytes", &below_a_file), Err(ContentError::Unwritable { path, .. }) if path == below_a_file));
    assert_eq!(below(temporary.path()), ["d", "file", "to-d"]);
}

#[test]
fn what_is_not_what_it_was_is_not_written() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("file");
    fs::write(&path, b"before").unwrap();
    let (content, digest) = damaged();
    assert!(matches!(export_file(&content, &digest, &path), Err(ContentError::Damaged { .. })));
    let new = temporary.path().join("new/folders/file");
    assert!(matches!(export_file(&content, &digest, &new), Err(ContentError::Damaged { .. })));
    // Content that is longer or shorter than it says, and a file that was removed.
    for size in [4, 6] {
        let file = Arc::new(tempfile::tempfile().unwrap());
        std::io::Write::write_all(&mut &*file, b"bytes").unwrap();
        let content = Content { size, source: Source::Ours { file, offset: 0, room: None } };
        assert!(matches!(export_file(&content, &digest, &path), Err(ContentError::Damaged { .. })), "{size}");
    }
    let lost = temporary.path().join("lost");
    fs::write(&lost, vec![1; 100_000]).unwrap();
    let (digest, content) = look_at_file(&lost).unwrap();
    fs::remove_file(&lost).unwrap();
    assert!(matches!(export_file(&content, &digest, &path), Err(ContentError::NotFound { .. })));
    assert_eq!((fs::read(&path).unwrap(), below(temporary.path())), (b"before".to_vec(), vec!["file".to_owned()]));
}

#[test]
fn a_copy_is_never_a_hard_link() {
    let temporary = tempfile::tempdir().unwrap();
    let source = temporary.path().join("source");
    fs::write(&source, vec![1; 100_000]).unwrap();
    let (digest, content) = look_at_file(&source).unwrap();
    let (file, path) = (temporary.path().join("copy"), temporary.path().join("d"));
    export_file(&content, &digest, &file).unwrap();
    let inside = Node::File { digest, executable: false, content: content.clone() };
    export_directory(&directory([("a", inside.clone()), ("b", inside)]), &path).unwrap();
    let copies = [file, path.join("a"), path.join("b")];
    for copy in &copies {
        fs::write(copy, b"changed").unwrap();
        assert_eq!(fs::metadata(copy).unwrap().nlink(), 1);
    }
    content.open().unwrap();
    assert_eq!((bytes_of(&content), fs::metadata(&source).unwrap().nlink()), (vec![1; 100_000], 1));
}

fn sample() -> Directory {
    directory([
        ("a", file(b"bytes")),
        ("run", program(b"#!")),
        ("empty", folder([])),
        ("sub", folder([("é", file(b"")), ("up", link("../a"))])),
        ("dangling", link("missing")),
    ])
}

#[test]
fn a_directory_is_written_whole() {
    let temporary = tempfile::tempdir().unwrap();
    let (plain, executable) = masked(temporary.path());
    let path = temporary.path().join("new/out");
    assert_eq!(export_directory(&sample(), &path), Ok(Exported::default()));
    assert_eq!(look_at_directory(&path).unwrap().digest, sample().digest);
    assert_eq!((mode(&path.join("a")), mode(&path.join("run"))), (plain, executable));
    assert_eq!((mode(&path), mode(&path.join("sub"))), (executable, executable));
    assert_eq!(fs::read_link(path.join("sub/up")).unwrap(), Path::new("../a"));
    let names = ["a", "dangling", "empty", "run", "sub", "sub/up", "sub/é"];
    assert_eq!(below(&path), names);
    assert_eq!(fs::read_dir(temporary.path().join("new")).unwrap().count(), 1, "nothing beside it");
}

#[test]
fn the_same_directory_can_be_there_already_and_stays() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("out");
    export_directory(&sample(), &path).unwrap();
    let before = fs::metadata(path.join("a")).unwrap();
    export_directory(&sample(), &path).unwrap();
    let after = fs::metadata(path.join("a")).unwrap();
    assert_eq!((before.ino(), before.ctime_nsec()), (after.ino(), after.ctime_nsec()));
}

#[test]
fn an_empty_directory_can_be_in_the_way_and_nothing_else() {
    let temporary = tempfile::tempdir().unwrap();
    let path = made(&temporary, "empty");
    export_directory(&sample(), &path).unwrap();
    assert_eq!(look_at_directory(&path).unwrap().digest, sample().digest);

    let other = made(&temporary, "other");
    fs::write(other.join("mine"), b"").unwrap();
    // What no directory of ours has in it: it is something else, whatever cannot be read of it.
    let strange = made(&temporary, "strange");
    let _listener = UnixListener::bind(strange.join("socket")).unwrap();
    let (plain, linked) = (temporary.path().join("file"), temporary.path().join("to-empty"));
    fs::write(&plain, b"").unwrap();
    symlink(made(&temporary, "target"), &linked).unwrap();
    let before = below(temporary.path());
    for path in [other, strange, plain, linked, PathBuf::from("/")] {
        let refused = export_directory(&sample(), &path);
        assert_eq!(refused, Err(ContentError::InTheWay { path: path.clone() }), "{}", path.display());
    }
    assert_eq!(below(temporary.path()), before);
}

#[test]
fn a_directory_that_cannot_be_written_whole_is_not_written_at_all() {
    let temporary = tempfile::tempdir().unwrap();
    let empty = made(&temporary, "empty");
    let inode = fs::metadata(&empty).unwrap().ino();
    let (content, digest) = damaged();
    let broken = || Node::File { digest, executable: false, content: content.clone() };
    let directory = directory([("a", file(b"bytes")), ("z", folder([("deep", broken())]))]);
    for path in [temporary.path().join("new/folders/out"), empty.clone()] {
        assert!(matches!(export_directory(&directory, &path), Err(ContentError::Damaged { .. })));
    }
    assert_eq!((below(temporary.path()), fs::metadata(&empty).unwrap().ino()), (vec!["empty".to_owned()], inode));
}

#[test]
fn folders_above_that_were_there_stay_when_it_fails() {
    let temporary = tempfile::tempdir().unwrap();
    made(&temporary, "there");
    let (content, digest) = damaged();
    export_file(&content, &digest, &temporary.path().join("there/new/file")).unwrap_err();
    assert_eq!(below(temporary.path()), ["there"]);
}

#[test]
fn links_that_lead_out_are_left_out_and_told_every_time() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("out");
    let all = directory([
        ("a", file(b"")),
        ("passwd", link("/etc/passwd")),
        ("sub", folder([("in", link("../a")), ("out", link("../../x")), ("up", link("..")), ("far", link("up/.."))])),
    ]);
    let told = Exported { links_left_out: vec!["passwd".to_owned(), "sub/far".to_owned(), "sub/out".to_owned()] };
    // The second time it is there already, and the same is told of it.
    for _ in 0..2 {
        assert_eq!(export_directory(&all, &path), Ok(told.clone()));
        assert_eq!(below(&path), ["a", "sub", "sub/in", "sub/up"]);
    }
}
