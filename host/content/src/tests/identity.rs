//! Tests of the identity of a file, and of when it must not be trusted.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::{Duration, SystemTime};

use crate::identity::{FileIdentity, Stamp, path_key};
use larder_base::Digest;

fn at(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn stamped(mtime: u64, ctime: u64) -> FileIdentity {
    FileIdentity { device: 1, inode: 2, size: 3, mtime: at(mtime).into(), ctime: at(ctime).into() }
}

#[test]
fn an_identity_remembered_too_soon_after_either_stamp_is_racy() {
    assert!(!stamped(100, 100).is_racy(at(102)));
    assert!(stamped(100, 100).is_racy(at(102) - Duration::from_nanos(1)));
    assert!(stamped(100, 50).is_racy(at(101)));
    assert!(stamped(50, 100).is_racy(at(101)), "a build may set mtime to anything");
    assert!(stamped(0, 0).is_racy(at(1)));
    assert!(stamped(5000, 100).is_racy(at(1000)), "a stamp in the future says nothing");
}

#[test]
fn stamps_before_1970_are_in_order() {
    let before = |nanos| Stamp::from(SystemTime::UNIX_EPOCH - Duration::from_nanos(nanos));
    assert_eq!(before(1), Stamp { seconds: -1, nanos: 999_999_999 });
    assert_eq!(before(1_000_000_000), Stamp { seconds: -1, nanos: 0 });
    assert!(before(2) < before(1) && before(1) < at(0).into());
}

#[test]
fn every_field_survives_storage() {
    let identity = FileIdentity { mtime: Stamp { seconds: -5, nanos: 7 }, ..stamped(1, u64::from(u32::MAX)) };
    let bytes = minicbor::to_vec(identity).expect("encoded");
    assert_eq!(minicbor::decode::<FileIdentity>(&bytes).expect("decoded"), identity);
    for end in 0..bytes.len() {
        assert!(minicbor::decode::<FileIdentity>(&bytes[..end]).is_err());
    }
}

#[test]
fn writing_replacing_and_renaming_change_the_identity() {
    let folder = tempfile::tempdir().expect("a folder");
    let (a, b) = (folder.path().join("a"), folder.path().join("b"));
    fs::write(&a, "one").expect("written");
    let first = FileIdentity::at(&a).expect("there");
    fs::write(&a, "four").expect("written");
    let second = FileIdentity::at(&a).expect("there");
    assert_ne!(first, second);
    fs::write(&b, "five").expect("written");
    fs::rename(&b, &a).expect("renamed");
    assert_ne!(second, FileIdentity::at(&a).expect("there"));
    assert_eq!(FileIdentity::at(&b).unwrap_err().kind(), std::io::ErrorKind::NotFound);
}

#[test]
fn all_ways_to_a_file_have_one_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().canonicalize().expect("there");
    let (a, link) = (root.join("a"), root.join("link"));
    fs::write(&a, "one").expect("written");
    symlink(&a, &link).expect("linked");
    let key = path_key(&a).expect("there");
    assert_eq!(key, Digest::of(a.to_str().expect("UTF-8").as_bytes()));
    assert_eq!(path_key(&link).expect("there"), key);
    assert_eq!(path_key(&root.join("./../").join(root.file_name().expect("named")).join("a")).expect("there"), key);
    assert!(path_key(&root.join("none")).is_err());
}
