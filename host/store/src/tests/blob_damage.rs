//! Blobs that were altered from outside: detected when opened, never served, and repaired by publishing again.

use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::time::Duration;

use rustix::fs::{CWD, FileType, mknodat};

use super::blobs::{LARGE, content, keep, names, read};
use super::*;

/// Waits long enough for the clock of any file system to advance.
fn let_time_pass() {
    std::thread::sleep(Duration::from_millis(25));
}

/// Changes the file in place, despite its mode.
fn alter(path: &Path, change: impl FnOnce(&mut fs::File)) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    change(&mut fs::File::options().write(true).open(path).unwrap());
    fs::set_permissions(path, fs::Permissions::from_mode(0o400)).unwrap();
}

fn flip_a_bit(file: &mut fs::File) {
    file.seek(SeekFrom::Start(123)).unwrap();
    file.write_all(&[content(1, 124)[123] ^ 1]).unwrap();
}

/// Returns the refusal of a blob after `damage`. Publishing has repaired the blob by then.
fn after(damage: impl FnOnce(&Path)) -> Refusal {
    let cache = Cache::new();
    let store = cache.open();
    let bytes = content(1, LARGE);
    let (digest, record) = keep(&store, &bytes);
    let_time_pass();
    damage(&store.blobs().path_of(&digest));
    assert!(!store.blobs().is_untouched(&digest, &record).unwrap());
    let OpenBlob::Refused(refusal) = store.blobs().open(&digest, &record).unwrap() else { panic!("it was served") };

    let (_, record) = keep(&store, &bytes);
    assert_eq!(store.get(&BLOBS, &digest).unwrap(), Lookup::Found(record.clone()));
    assert!(store.blobs().is_untouched(&digest, &record).unwrap());
    assert_eq!(read(store.blobs().open(&digest, &record).unwrap()), (bytes, false));
    assert_eq!(names(&cache), [digest.to_string()], "nothing of it is left");
    refusal
}

fn replace_by(path: &Path, put: impl FnOnce(&Path)) {
    fs::remove_file(path).unwrap();
    put(path);
}

#[test]
fn what_is_gone_or_is_no_file_is_refused_and_repaired() {
    assert_eq!(after(|path| fs::remove_file(path).unwrap()), Refusal::Missing);
    assert_eq!(after(|path| fs::remove_dir_all(path.parent().unwrap()).unwrap()), Refusal::Missing);
    assert_eq!(after(|path| replace_by(path, |path| fs::create_dir(path).unwrap())), Refusal::NotAFile);
    assert_eq!(after(|path| replace_by(path, |path| fs::create_dir_all(path.join("a/b")).unwrap())), Refusal::NotAFile);
    assert_eq!(after(|path| replace_by(path, |path| symlink("nowhere", path).unwrap())), Refusal::NotAFile);
    let fifo = |path: &Path| mknodat(CWD, path, FileType::Fifo, 0o600.into(), 0).unwrap();
    assert_eq!(after(|path| replace_by(path, fifo)), Refusal::NotAFile);
    // The name of a socket has to be short.
    let socket = tempfile::TempDir::new().unwrap();
    let bound = UnixListener::bind(socket.path().join("s")).unwrap();
    assert_eq!(after(|path| fs::rename(socket.path().join("s"), path).unwrap()), Refusal::NotAFile);
    drop(bound);
}

#[test]
fn a_link_is_refused_also_to_the_same_bytes_and_what_it_leads_to_stays() {
    let elsewhere = tempfile::TempDir::new().unwrap();
    let theirs = elsewhere.path().join("theirs");
    let refusal = after(|path| {
        fs::rename(path, &theirs).or_else(|_| fs::copy(path, &theirs).and_then(|_| fs::remove_file(path))).unwrap();
        symlink(&theirs, path).unwrap();
    });
    assert_eq!(refusal, Refusal::NotAFile);
    assert_eq!(fs::read(&theirs).unwrap(), content(1, LARGE));
}

#[test]
fn changed_content_is_refused_and_repaired() {
    let expected = LARGE as u64;
    let cut = |length: u64| after(move |path| alter(path, |file| file.set_len(length).unwrap()));
    for found in [0, 1, expected - 1, expected + 1] {
        assert_eq!(cut(found), Refusal::WrongSize { expected, found });
    }
    assert_eq!(after(|path| alter(path, flip_a_bit)), Refusal::Mismatch);
    let other = |path: &Path| fs::write(path, content(2, LARGE)).unwrap();
    assert_eq!(after(|path| replace_by(path, other)), Refusal::Mismatch);
}

#[test]
fn a_flipped_bit_is_found_although_the_time_of_writing_was_set_back() {
    let refusal = after(|path| {
        let written = fs::metadata(path).unwrap().modified().unwrap();
        alter(path, |file| {
            flip_a_bit(file);
            file.set_modified(written).unwrap();
        });
        assert_eq!(fs::metadata(path).unwrap().modified().unwrap(), written);
    });
    assert_eq!(refusal, Refusal::Mismatch);
}

#[test]
fn what_others_could_have_written_is_refused_and_repaired() {
    for mode in [0o420, 0o402, 0o666] {
        let refusal = after(|path| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap());
        assert!(matches!(refusal, Refusal::NotPrivate(_)), "{refusal:?}");
    }
    if rustix::process::geteuid().is_root() {
        let refusal = after(|path| std::os::unix::fs::chown(path, Some(65534), None).unwrap());
        assert!(matches!(refusal, Refusal::NotPrivate(_)), "{refusal:?}");
    }
}

#[test]
fn the_same_bytes_in_another_file_are_read_once_and_then_known_again() {
    let cache = Cache::new();
    let store = cache.open();
    let bytes = content(1, LARGE);
    let (digest, record) = keep(&store, &bytes);
    let path = store.blobs().path_of(&digest);
    // Restored, as by a backup.
    fs::remove_file(&path).unwrap();
    fs::write(&path, &bytes).unwrap();
    assert!(!store.blobs().is_untouched(&digest, &record).unwrap());
    let OpenBlob::File { renewed: Some(renewed), file } = store.blobs().open(&digest, &record).unwrap() else {
        panic!("it was not read")
    };
    assert_eq!(read(OpenBlob::File { file, renewed: None }).0, bytes, "it is at its beginning");
    store.commit(Commit::new().put(&BLOBS, &digest, &renewed)).unwrap();
    let Lookup::Found(record) = store.get(&BLOBS, &digest).unwrap() else { panic!("it is not there") };
    assert!(store.blobs().is_untouched(&digest, &record).unwrap());
    assert_eq!(read(store.blobs().open(&digest, &record).unwrap()), (bytes, false));
}

#[test]
fn an_orphan_is_served_only_once_it_was_read() {
    let cache = Cache::new();
    let store = cache.open();
    // Half of a blob, which no crash leaves. A record without information about it must not vouch for it.
    let digest = Digest::of(&content(1, LARGE));
    let path = store.blobs().path_of(&digest);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content(1, LARGE / 2)).unwrap();
    assert_eq!(store.get(&BLOBS, &digest).unwrap(), Lookup::Absent);
    let unknown = BlobRecord { size: LARGE as u64, place: BlobPlace::File { identity: Vec::new() } };
    assert!(matches!(store.blobs().open(&digest, &unknown).unwrap(), OpenBlob::Refused(Refusal::WrongSize { .. })));
    let (_, record) = keep(&store, &content(1, LARGE));
    assert_eq!(read(store.blobs().open(&digest, &record).unwrap()), (content(1, LARGE), false));
}

#[test]
fn a_record_that_is_not_of_its_digest_is_refused() {
    let cache = Cache::new();
    let folder = cache.open().blobs();
    let inline = |size: u64, bytes: &[u8]| BlobRecord { size, place: BlobPlace::Inline(bytes.to_vec()) };
    let refusal = |record: &BlobRecord| match folder.open(&Digest::of(b"text"), record).unwrap() {
        OpenBlob::Refused(refusal) => refusal,
        OpenBlob::Bytes(_) | OpenBlob::File { .. } => panic!("it was served"),
    };
    assert_eq!(refusal(&inline(4, b"tent")), Refusal::Mismatch);
    assert_eq!(refusal(&inline(4, b"tex")), Refusal::WrongSize { expected: 4, found: 3 });
    assert_eq!(refusal(&inline(5, b"text")), Refusal::WrongSize { expected: 5, found: 4 });
    assert_eq!(refusal(&BlobRecord { size: 4, place: BlobPlace::File { identity: vec![1] } }), Refusal::Missing);
}

#[test]
fn a_damaged_record_of_a_blob_is_reported_and_replaced() {
    let cache = Cache::new();
    let store = cache.open();
    let (digest, record) = keep(&store, &content(1, LARGE));
    let intact = minicbor::to_vec(&record).unwrap();
    let mut flipped = frame::seal("blobs-v1", digest.as_bytes(), &intact);
    *flipped.last_mut().unwrap() ^= 1;
    let of_another = frame::seal("blobs-v1", Digest::of(b"another").as_bytes(), &intact);
    let no_record = frame::seal("blobs-v1", digest.as_bytes(), &[0x82, 0x02, 0x82, 0x07, 0x80]);
    for stored in [flipped, of_another, no_record, Vec::new()] {
        store.commit(forged(&BLOBS, digest.as_bytes(), &stored)).unwrap();
        let Lookup::Damaged(report) = store.get(&BLOBS, &digest).unwrap() else { panic!("it was not noticed") };
        assert_eq!((report.table, report.key), ("blobs-v1", digest.to_string()));
        let (_, record) = keep(&store, &content(1, LARGE));
        assert_eq!(store.get(&BLOBS, &digest).unwrap(), Lookup::Found(record));
    }
}
