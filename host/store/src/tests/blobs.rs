//! Blobs of one process: stored, copied, and refused blobs.

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{MetadataExt as _, symlink};

use super::*;

/// Returns bytes that differ for every number.
pub(super) fn content(number: u64, size: usize) -> Vec<u8> {
    Digest::of(&number.to_le_bytes()).as_bytes().iter().copied().cycle().take(size).collect()
}

/// A size that needs a file.
pub(super) const LARGE: usize = 40_000;

/// Publishes through a draft, like a run, and commits.
pub(super) fn keep(store: &Store, bytes: &[u8]) -> (Digest, BlobRecord) {
    let digest = Digest::of(bytes);
    let draft = store.blobs().draft().unwrap();
    draft.file().write_all(bytes).unwrap();
    let record = store.blobs().publish(&mut draft.into_file(), &digest, bytes.len() as u64).unwrap();
    store.commit(Commit::new().put(&BLOBS, &digest, &record)).unwrap();
    (digest, record)
}

/// Returns the bytes, and true if their file had to be read through first.
pub(super) fn read(opened: OpenBlob) -> (Vec<u8>, bool) {
    match opened {
        OpenBlob::Bytes(bytes) => (bytes, false),
        OpenBlob::File { mut file, renewed } => {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            (bytes, renewed.is_some())
        }
        OpenBlob::Refused(refusal) => panic!("{refusal}"),
    }
}

/// Returns the names in the folder of blobs, without those of its folders.
pub(super) fn names(cache: &Cache) -> Vec<String> {
    let (mut names, mut folders) = (Vec::new(), vec![cache.folder.join("blobs")]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
            match entry.file_type().unwrap().is_dir() {
                true => folders.push(entry.path()),
                false => names.push(entry.file_name().into_string().unwrap()),
            }
        }
    }
    names
}

#[test]
fn small_blobs_are_in_their_record_and_large_ones_are_files() {
    let inline = INLINE_BYTES as usize;
    for (number, size) in [0, 1, inline, inline + 1, LARGE, 3 << 20].into_iter().enumerate() {
        let cache = Cache::new();
        let store = cache.open();
        let bytes = content(number as u64, size);
        let (digest, record) = keep(&store, &bytes);
        let again = store.blobs().publish_bytes(&bytes, &digest).unwrap();
        for record in [&record, &again] {
            assert_eq!((record.size, matches!(record.place, BlobPlace::Inline(_))), (size as u64, size <= inline));
        }
        assert_eq!(names(&cache).len(), usize::from(size > inline));
        let store = cache.open();
        assert_eq!(store.get(&BLOBS, &digest).unwrap(), Lookup::Found(record));
        assert_eq!(read(store.blobs().open(&digest, &again).unwrap()), (bytes, false));
        assert!(store.blobs().is_untouched(&digest, &again).unwrap());
    }
}

#[test]
fn a_small_blob_makes_no_folder() {
    let cache = Cache::new();
    let record = cache.open().blobs().publish_bytes(b"x", &Digest::of(b"x")).unwrap();
    assert!(!cache.folder.exists());
    assert_eq!(read(cache.open().blobs().open(&Digest::of(b"x"), &record).unwrap()), (b"x".to_vec(), false));
}

#[test]
fn a_file_is_for_its_owner_to_read_and_has_one_name() {
    let cache = Cache::new();
    let (digest, _) = keep(&cache.open(), &content(1, LARGE));
    let path = cache.open().blobs().path_of(&digest);
    let metadata = fs::symlink_metadata(&path).unwrap();
    assert_eq!((metadata.mode() & 0o7777, metadata.nlink(), metadata.len()), (0o400, 1, LARGE as u64));
    for folder in [path.parent().unwrap(), &cache.folder.join("blobs")] {
        assert_eq!(fs::metadata(folder).unwrap().mode() & 0o777, 0o700);
    }
    assert_eq!(names(&cache), [digest.to_string()]);
}

#[test]
fn the_name_of_a_digest_leads_nowhere_else() {
    let cache = Cache::new();
    let folder = cache.open().blobs();
    for byte in 0..=u8::MAX {
        let path = folder.path_of(&Digest::from_bytes([byte; 32]));
        let below: Vec<_> = path.strip_prefix(cache.folder.join("blobs")).unwrap().iter().collect();
        let name = format!("{byte:02x}").repeat(32);
        assert_eq!(below, [&name[..2], &name[..]]);
    }
}

#[test]
fn a_draft_that_is_not_published_leaves_nothing() {
    let cache = Cache::new();
    let draft = cache.open().blobs().draft().unwrap();
    draft.file().write_all(&content(1, LARGE)).unwrap();
    assert!(names(&cache).is_empty());
    let mut file = draft.into_file();
    file.rewind().unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, content(1, LARGE), "it can be read as scratch");
    drop(file);
    assert!(names(&cache).is_empty());
}

#[test]
fn the_same_bytes_twice_are_one_file_and_both_records_lead_to_it() {
    let cache = Cache::new();
    let store = cache.open();
    let bytes = content(1, LARGE);
    let (digest, first) = keep(&store, &bytes);
    let open_since_before = store.blobs().open(&digest, &first).unwrap();
    let (_, second) = keep(&store, &bytes);
    assert_ne!(first, second);
    assert_eq!(names(&cache).len(), 1);
    assert_eq!(read(open_since_before).0, bytes);
    assert_eq!(read(store.blobs().open(&digest, &second).unwrap()), (bytes.clone(), false));
    assert_eq!(read(store.blobs().open(&digest, &first).unwrap()), (bytes, true));
}

#[test]
fn a_file_of_the_user_is_copied_and_left_as_it_is() {
    let cache = Cache::new();
    let store = cache.open();
    let theirs = cache.folder.with_file_name("reads.fastq");
    for size in [100, LARGE] {
        let bytes = content(size as u64, size);
        fs::write(&theirs, &bytes).unwrap();
        let before = fs::metadata(&theirs).unwrap();
        let mut file = fs::File::open(&theirs).unwrap();
        file.seek(SeekFrom::Start(77)).unwrap();
        let digest = Digest::of(&bytes);
        let record = store.blobs().publish(&mut file, &digest, size as u64).unwrap();
        let after = fs::metadata(&theirs).unwrap();
        assert_eq!((after.nlink(), after.mode(), after.ino()), (1, before.mode(), before.ino()));
        fs::write(&theirs, "written later").unwrap();
        assert_eq!(read(store.blobs().open(&digest, &record).unwrap()), (bytes, false));
        if size == LARGE {
            let ours = fs::metadata(store.blobs().path_of(&digest)).unwrap();
            assert_eq!((ours.nlink(), ours.mode() & 0o777), (1, 0o400));
            assert_ne!(ours.ino(), after.ino());
        }
    }
}

#[test]
fn what_is_no_longer_what_was_hashed_is_not_kept() {
    let cache = Cache::new();
    let folder = cache.open().blobs();
    let theirs = cache.folder.with_file_name("reads.fastq");
    for size in [100, LARGE] {
        let digest = Digest::of(&content(1, size));
        for other in [content(2, size), content(1, size - 1), content(1, size + 1), Vec::new()] {
            fs::write(&theirs, &other).unwrap();
            let refused = folder.publish(&mut fs::File::open(&theirs).unwrap(), &digest, size as u64);
            assert!(matches!(refused, Err(StoreError::ContentChanged { .. })), "{refused:?}");
        }
        // A draft is not read again, but its length is checked.
        let draft = folder.draft().unwrap();
        draft.file().write_all(&content(1, size + 1)).unwrap();
        let refused = folder.publish(&mut draft.into_file(), &digest, size as u64);
        assert!(matches!(refused, Err(StoreError::ContentChanged { .. })), "{refused:?}");
    }
    assert!(names(&cache).is_empty());
}

#[test]
fn an_untouched_file_is_not_read_again() {
    let cache = Cache::new();
    let store = cache.open();
    // A digest that does not match the bytes reveals any read: there is none while the file matches its record.
    let digest = Digest::of(b"something else");
    let record = store.blobs().publish_bytes(&content(1, LARGE), &digest).unwrap();
    assert!(store.blobs().is_untouched(&digest, &record).unwrap());
    assert_eq!(read(store.blobs().open(&digest, &record).unwrap()), (content(1, LARGE), false));
    let other = BlobRecord { place: BlobPlace::File { identity: Vec::new() }, ..record };
    assert!(matches!(store.blobs().open(&digest, &other).unwrap(), OpenBlob::Refused(Refusal::Mismatch)));
}

#[test]
fn folders_that_are_none_or_are_links_are_not_written_through() {
    let cache = Cache::new();
    let store = cache.open();
    let (digest, record) = keep(&store, &content(1, LARGE));
    let path = store.blobs().path_of(&digest);
    let elsewhere = cache.folder.with_file_name("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for folder in [path.parent().unwrap(), &cache.folder.join("blobs")] {
        fs::remove_dir_all(folder).unwrap();
        for put in [&(|| symlink(&elsewhere, folder).unwrap()) as &dyn Fn(), &|| fs::write(folder, "text").unwrap()] {
            put();
            let refused = store.blobs().publish_bytes(&content(1, LARGE), &digest);
            assert!(matches!(refused, Err(StoreError::NotADirectory { .. })), "{refused:?}");
            assert!(!store.blobs().is_untouched(&digest, &record).unwrap());
            assert!(matches!(store.blobs().open(&digest, &record).unwrap(), OpenBlob::Refused(Refusal::Missing)));
            fs::remove_file(folder).unwrap();
        }
        keep(&store, &content(1, LARGE));
    }
    assert_eq!(fs::read_dir(elsewhere).unwrap().count(), 0);
}

#[test]
fn a_commit_that_fails_leaves_a_file_that_nothing_serves_and_the_next_replaces() {
    let cache = Cache::new();
    let faults = Faults::none();
    let store = Store::with_faults(&cache.folder, Opening::default(), faults.clone()).unwrap();
    store.commit(put(1)).unwrap();
    let bytes = content(1, LARGE);
    let digest = Digest::of(&bytes);
    let reference = BlobReference { size: LARGE as u64, name: None, stored_at_ms: 1 };
    for step in 0.. {
        let record = store.blobs().publish_bytes(&bytes, &digest).unwrap();
        let commit = Commit::new().put(&BLOBS, &digest, &record);
        let commit =
            commit.put(&REFERENCES, &ReferenceKey::new("ann", BlobKind::File, &digest), &reference).and(put(2));
        faults.fail_after(step);
        let result = store.commit(commit);
        faults.heal();
        // If only the very last sync fails, the next process to open the store may find the commit nevertheless,
        // completely.
        for store in [&store, &cache.open()] {
            let there = found(store, 2);
            assert!(there || result.is_err(), "step {step}");
            assert!(!there || step > 3, "it is there before it was written");
            assert_eq!(matches!(store.get(&BLOBS, &digest).unwrap(), Lookup::Found(_)), there, "step {step}");
            assert_eq!(store.references("ann").unwrap().known.len(), usize::from(there), "step {step}");
            if there {
                assert_eq!(read(store.blobs().open(&digest, &record).unwrap()), (bytes.clone(), false));
            }
        }
        if result.is_ok() {
            break;
        }
    }
    assert_eq!(names(&cache).len(), 1);
}
