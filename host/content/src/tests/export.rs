//! Tests of export to paths: all of it or nothing, and nothing left behind.

use std::os::fd::AsRawFd as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;

use super::*;
use larder_base::Digest;

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

/// The modes that the system's mask leaves, taken from files that are created the ordinary way.
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

/// Content whose bytes do not have its digest.
fn damaged() -> (Content, Digest) {
    (Content::of(*b"other"), Digest::of(b"bytes"))
}

fn put(bytes: &[u8], path: &Path) -> Result<(), ContentError> {
    export_file(&Content::of(bytes), &Digest::of(bytes), path, Replace::Any)
}

#[test]
fn a_file_is_written_in_place_of_another() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("new/folders/file");
    put(b"one", &path).unwrap();
    assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"one".to_vec(), masked(temporary.path()).0));
    // A process that has the old file open keeps it: the file is replaced, not written.
    let old = fs::metadata(&path).unwrap().ino();
    let second = path.with_extension("second");
    fs::hard_link(&path, &second).unwrap();
    put(b"two", &path).unwrap();
    assert_eq!((fs::read(&path).unwrap(), fs::read(&second).unwrap()), (b"two".to_vec(), b"one".to_vec()));
    assert_ne!(fs::metadata(&path).unwrap().ino(), old);
    assert_eq!(below(temporary.path()), ["new", "new/folders", "new/folders/file", "new/folders/file.second"]);
}

#[test]
fn a_file_keeps_the_permissions_of_the_one_it_replaces() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("file");
    put(b"one", &path).unwrap();
    for bits in [0o600, 0o755, 0o400] {
        fs::set_permissions(&path, fs::Permissions::from_mode(bits)).unwrap();
        put(b"two", &path).unwrap();
        assert_eq!((fs::read(&path).unwrap(), mode(&path)), (b"two".to_vec(), bits));
    }
}

#[test]
fn a_link_leads_to_the_file_that_is_written() {
    let temporary = tempfile::tempdir().unwrap();
    let at = |name: &str| temporary.path().join(name);
    made(&temporary, "sub");
    fs::write(at("target"), b"mine").unwrap();
    symlink("../target", at("sub/near")).unwrap();
    symlink("sub/near", at("far")).unwrap();
    symlink(at("far"), at("absolute")).unwrap();
    let inode = fs::metadata(at("target")).unwrap().ino();
    for (link, bytes) in [("sub/near", b"one"), ("far", b"two"), ("absolute", b"six")] {
        put(bytes, &at(link)).unwrap();
        assert!(fs::symlink_metadata(at(link)).unwrap().is_symlink(), "{link}");
        assert_eq!(fs::read(at("target")).unwrap(), bytes, "{link}");
    }
    assert_ne!(fs::metadata(at("target")).unwrap().ino(), inode, "at one moment");
    symlink("new/folder/file", at("dangling")).unwrap();
    put(b"bytes", &at("dangling")).unwrap();
    assert_eq!(fs::read(at("new/folder/file")).unwrap(), b"bytes");
    symlink("b", at("a")).unwrap();
    symlink("a", at("b")).unwrap();
    assert!(
        matches!(put(b"bytes", &at("a")), Err(ContentError::Unwritable { reason, .. }) if reason.contains("links"))
    );
}

#[test]
fn a_pipe_is_written_and_stays() {
    let temporary = tempfile::tempdir().unwrap();
    let (path, link) = (temporary.path().join("pipe"), temporary.path().join("link"));
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    symlink("pipe", &link).unwrap();
    // More than fits into a pipe.
    let bytes = vec![7; 3 << 20];
    for path in [&path, &link] {
        let reading = std::thread::spawn({
            let path = path.clone();
            move || fs::read(path).unwrap()
        });
        put(&bytes, path).unwrap();
        assert_eq!(reading.join().unwrap(), bytes);
    }
    use std::os::unix::fs::FileTypeExt as _;
    assert!(fs::symlink_metadata(&path).unwrap().file_type().is_fifo());
    assert_eq!(below(temporary.path()), ["link", "pipe"]);
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    let reading = std::thread::spawn({
        let path = path.clone();
        move || {
            let mut first = [0; 10];
            std::io::Read::read_exact(&mut fs::File::open(path).unwrap(), &mut first).unwrap();
            first
        }
    });
    put(&vec![7; 3 << 20], &path).unwrap();
    assert_eq!(reading.join().unwrap(), [7; 10]);
}

#[test]
fn a_device_is_written_and_stays() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("null");
    let device = rustix::fs::makedev(1, 3);
    let kind = rustix::fs::FileType::CharacterDevice;
    if let Err(error) = rustix::fs::mknodat(rustix::fs::CWD, &path, kind, 0o600.into(), device) {
        println!("SKIPPED: no device can be made here: {error}");
        return;
    }
    use std::os::unix::fs::FileTypeExt as _;
    for replace in [Replace::Any, Replace::Known(&|_| true)] {
        let written = export_file(&Content::of(*b"bytes"), &Digest::of(b"bytes"), &path, replace);
        // A device node may exist without the right to open it, as in a container.
        let is_refused = matches!(&written, Err(ContentError::Unwritable { .. }));
        let is_expected = match replace {
            Replace::Any => written.is_ok() || is_refused,
            Replace::Known(_) => written == Err(ContentError::NotReplaced { path: path.clone() }),
        };
        assert!(is_expected, "{written:?}");
        assert!(fs::symlink_metadata(&path).unwrap().file_type().is_char_device());
    }
}

#[test]
fn an_open_file_is_written_at_its_end() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("log");
    let mut open = fs::File::create(&path).unwrap();
    std::io::Write::write_all(&mut open, b"before ").unwrap();
    let inode = open.metadata().unwrap().ino();
    for folder in ["/dev/fd", "/proc/self/fd"] {
        put(b"bytes ", &Path::new(folder).join(open.as_raw_fd().to_string())).unwrap();
    }
    assert_eq!(fs::read(&path).unwrap(), b"before bytes bytes ");
    assert_eq!(fs::metadata(&path).unwrap().ino(), inode);
    assert_eq!(below(temporary.path()), ["log"]);
}

/// A pipe cannot take back what it was given.
#[test]
fn damaged_content_reaches_no_pipe() {
    let (content, digest) = damaged();
    let mut given = Vec::new();
    let refused = stream_file(&content, &digest, &mut given, Path::new("stream"));
    assert!(matches!(refused, Err(ContentError::Damaged { .. })) && given.is_empty());
    stream_file(&Content::of(*b"bytes"), &digest, &mut given, Path::new("stream")).unwrap();
    assert_eq!(given, b"bytes");
}

#[test]
fn only_a_known_file_is_replaced_where_the_task_chose_the_name() {
    let temporary = tempfile::tempdir().unwrap();
    let at = |name: &str| temporary.path().join(name);
    let known = Digest::of(b"known");
    let is_known = |digest: &Digest| *digest == known;
    let choose =
        |name: &str| export_file(&Content::of(*b"bytes"), &Digest::of(b"bytes"), &at(name), Replace::Known(&is_known));
    choose("new/file").unwrap();
    choose("new/file").unwrap();
    for (name, content) in [("known", "known"), ("same", "bytes")] {
        fs::write(at(name), content).unwrap();
        choose(name).unwrap();
        assert_eq!(fs::read(at(name)).unwrap(), b"bytes", "{name}");
    }
    fs::write(at("mine"), b"mine").unwrap();
    fs::write(at("empty"), b"").unwrap();
    symlink("mine", at("to-mine")).unwrap();
    symlink("nowhere", at("dangling")).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, at("pipe"), rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    for name in ["mine", "empty", "to-mine", "dangling", "pipe"] {
        assert_eq!(choose(name), Err(ContentError::NotReplaced { path: at(name) }), "{name}");
    }
    assert_eq!(fs::read(at("mine")).unwrap(), b"mine");
    assert!(!at("nowhere").exists());
}

#[test]
fn a_directory_in_the_way_of_a_file_stays() {
    let temporary = tempfile::tempdir().unwrap();
    let (path, link) = (made(&temporary, "d"), temporary.path().join("to-d"));
    symlink("d", &link).unwrap();
    let (outside, socket) = (tempfile::tempdir().unwrap(), "socket");
    let _listener = UnixListener::bind(outside.path().join(socket)).unwrap();
    for path in [&path, &link, Path::new("/"), Path::new(".."), &outside.path().join(socket)] {
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
    assert!(matches!(export_file(&content, &digest, &path, Replace::Any), Err(ContentError::Damaged { .. })));
    let new = temporary.path().join("new/folders/file");
    assert!(matches!(export_file(&content, &digest, &new, Replace::Any), Err(ContentError::Damaged { .. })));
    // Content that is longer or shorter than its size says, and a file that was removed.
    for size in [4, 6] {
        let file = Arc::new(tempfile::tempfile().unwrap());
        std::io::Write::write_all(&mut &*file, b"bytes").unwrap();
        let content = Content { size, source: Source::Ours { file, offset: 0, room: None } };
        assert!(
            matches!(export_file(&content, &digest, &path, Replace::Any), Err(ContentError::Damaged { .. })),
            "{size}"
        );
    }
    let lost = temporary.path().join("lost");
    fs::write(&lost, vec![1; 100_000]).unwrap();
    let (digest, content) = look_at_file(&lost).unwrap();
    fs::remove_file(&lost).unwrap();
    assert!(matches!(export_file(&content, &digest, &path, Replace::Any), Err(ContentError::NotFound { .. })));
    assert_eq!((fs::read(&path).unwrap(), below(temporary.path())), (b"before".to_vec(), vec!["file".to_owned()]));
}

#[test]
fn a_copy_is_never_a_hard_link() {
    let temporary = tempfile::tempdir().unwrap();
    let source = temporary.path().join("source");
    fs::write(&source, vec![1; 100_000]).unwrap();
    let (digest, content) = look_at_file(&source).unwrap();
    let (file, path) = (temporary.path().join("copy"), temporary.path().join("d"));
    export_file(&content, &digest, &file, Replace::Any).unwrap();
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
    // No directory of ours can contain a socket: this is another directory, whatever else cannot be read of it.
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
    export_file(&content, &digest, &temporary.path().join("there/new/file"), Replace::Any).unwrap_err();
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
    // The second time the directory already exists, and the result is the same.
    for _ in 0..2 {
        assert_eq!(export_directory(&all, &path), Ok(told.clone()));
        assert_eq!(below(&path), ["a", "sub", "sub/in", "sub/up"]);
    }
}
