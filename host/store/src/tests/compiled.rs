//! The private folder of compiled code: only files that Larder wrote are opened.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;

const CODE: &[u8] = b"\x7fELF and so on";

/// Returns a cache with one entry and one file of compiled code.
fn cache_with_code() -> (Cache, CompiledFolder, CompiledRecord, PathBuf) {
    let cache = Cache::new();
    let store = cache.open();
    store.commit(put(1)).unwrap();
    let folder = store.compiled_folder();
    let record = folder.write("code.bin", CODE).unwrap();
    let path = cache.folder.join("compiled").join("code.bin");
    (cache, folder, record, path)
}

fn refusal(folder: &CompiledFolder, record: &CompiledRecord) -> Refusal {
    match folder.open_verified(record).unwrap() {
        CompiledFile::Refused(refusal) => refusal,
        CompiledFile::Verified(_) => panic!("it was accepted"),
    }
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_was_written_is_opened_at_its_beginning() {
    let (cache, folder, record, path) = cache_with_code();
    assert_eq!(record, CompiledRecord { file_name: "code.bin".to_owned(), sha256: Digest::of(CODE), bytes: 13 + 1 });
    let CompiledFile::Verified(mut file) = folder.open_verified(&record).unwrap() else { panic!("refused") };
    let mut content = Vec::new();
    file.read_to_end(&mut content).unwrap();
    assert_eq!(content, CODE);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(cache.folder.join("compiled")).unwrap().permissions().mode() & 0o777, 0o700);
    // Writing again replaces it: a process that has the old file open keeps the old file.
    let other = folder.write("code.bin", b"other").unwrap();
    assert!(matches!(folder.open_verified(&other).unwrap(), CompiledFile::Verified(_)));
    assert_eq!(refusal(&folder, &record), Refusal::WrongSize { expected: 14, found: 5 });
    assert_eq!(fs::read_dir(cache.folder.join("compiled")).unwrap().count(), 1, "no draft is left");
    folder.remove("code.bin").unwrap();
    folder.remove("code.bin").unwrap();
    assert_eq!(refusal(&folder, &other), Refusal::Missing);
}

#[test]
fn a_draft_has_no_name_until_it_is_kept() {
    let (cache, folder, _, _) = cache_with_code();
    let names = || fs::read_dir(cache.folder.join("compiled")).unwrap().count();
    let draft = folder.draft().unwrap();
    draft.file().write_all(b"written by somebody else").unwrap();
    assert_eq!(names(), 1);
    drop(draft);
    assert_eq!(names(), 1);
    let mut draft = folder.draft().unwrap();
    draft.file().write_all(CODE).unwrap();
    assert!(matches!(draft.keep("../code"), Err(StoreError::BadName { .. })));
    let record = draft.keep("code.bin").unwrap();
    assert_eq!((record.sha256, names()), (Digest::of(CODE), 1));
    let mut content = Vec::new();
    draft.into_file().read_to_end(&mut content).unwrap();
    assert_eq!(content, CODE);
    assert!(matches!(folder.open_verified(&record).unwrap(), CompiledFile::Verified(_)));
}

#[test]
fn code_can_be_written_before_there_is_a_store() {
    let cache = Cache::new();
    let folder = cache.open().compiled_folder();
    let record = folder.write("a", CODE).unwrap();
    // Without a database there is no record to trust.
    assert_eq!(refusal(&folder, &record), Refusal::Missing);
    cache.open().commit(put(1)).unwrap();
    assert!(matches!(folder.open_verified(&record).unwrap(), CompiledFile::Verified(_)));
}

#[test]
fn changed_content_is_refused() {
    let (_cache, folder, record, path) = cache_with_code();
    fs::write(&path, b"\x7fELF and so oN").unwrap();
    assert_eq!(refusal(&folder, &record), Refusal::Mismatch);
    for content in [&b""[..], b"\x7fELF and so on.", b"\x7fELF"] {
        fs::write(&path, content).unwrap();
        let found = content.len() as u64;
        assert_eq!(refusal(&folder, &record), Refusal::WrongSize { expected: 14, found });
    }
}

#[test]
fn links_folders_and_pipes_are_refused() {
    let (cache, folder, record, path) = cache_with_code();
    let elsewhere = cache.folder.join("elsewhere");
    fs::rename(&path, &elsewhere).unwrap();
    symlink(&elsewhere, &path).unwrap();
    assert_eq!(refusal(&folder, &record), Refusal::NotAFile);
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    assert_eq!(refusal(&folder, &record), Refusal::NotAFile);
    fs::remove_dir(&path).unwrap();
    rustix::fs::mknodat(rustix::fs::CWD, &path, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    assert_eq!(refusal(&folder, &record), Refusal::NotAFile);
}

#[test]
fn what_others_could_have_written_is_refused() {
    let (cache, folder, record, path) = cache_with_code();
    let compiled = cache.folder.join("compiled");
    for (place, private, open) in [
        (&path, 0o600, 0o620),
        (&path, 0o600, 0o602),
        (&compiled, 0o700, 0o770),
        (&cache.folder, 0o700, 0o777),
        (&cache.database(), 0o600, 0o660),
    ] {
        set_mode(place, open);
        assert_eq!(refusal(&folder, &record), Refusal::NotPrivate(place.clone()));
        set_mode(place, private);
        assert!(matches!(folder.open_verified(&record).unwrap(), CompiledFile::Verified(_)));
    }
    // The folder itself is replaced by a link to another.
    let elsewhere = cache.folder.join("elsewhere");
    fs::rename(&compiled, &elsewhere).unwrap();
    symlink(&elsewhere, &compiled).unwrap();
    assert_eq!(refusal(&folder, &record), Refusal::NotPrivate(compiled));
}

#[test]
fn what_belongs_to_another_user_is_refused() {
    if !rustix::process::geteuid().is_root() {
        return; // Only root can give a file away.
    }
    let (_cache, folder, record, path) = cache_with_code();
    std::os::unix::fs::chown(&path, Some(65534), None).unwrap();
    assert_eq!(refusal(&folder, &record), Refusal::NotPrivate(path));
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    let (_cache, folder, record, _path) = cache_with_code();
    for name in ["", ".", "..", "../larder.redb", "a/b", "/etc/passwd", ".hidden", "a b", "a\0b", "é", "-x"] {
        assert!(matches!(folder.write(name, CODE), Err(StoreError::BadName { .. })), "{name:?}");
        let record = CompiledRecord { file_name: name.to_owned(), ..record.clone() };
        assert!(matches!(folder.open_verified(&record), Err(StoreError::BadName { .. })), "{name:?}");
    }
}

#[test]
fn a_store_that_others_could_have_written_leads_to_no_code() {
    let (cache, _folder, record, _path) = cache_with_code();
    let digest = Digest::of(b"x");
    let commit = Commit::new().put(&COMPILED, &digest, &record).put(&DECLARATIONS, &digest, &vec![7]);
    cache.open().commit(commit).unwrap();
    assert_eq!(cache.open().get(&COMPILED, &digest).unwrap(), Lookup::Found(record));
    set_mode(&cache.folder, 0o770);
    let foreign = Store::open_with(&cache.folder, Opening { trusts_owner: true, ..Opening::default() }).unwrap();
    assert!(foreign.is_foreign());
    assert_eq!(foreign.get(&COMPILED, &digest).unwrap(), Lookup::Absent);
    assert_eq!(foreign.get(&DECLARATIONS, &digest).unwrap(), Lookup::Found(vec![7]), "all else is served");
}
