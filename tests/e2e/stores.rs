//! Stores that earlier versions wrote: their entries still answer.
//!
//! `stores/` has a folder for each format: a component as text, its `larder.toml`, the database, and the one blob
//! beside it, both compressed. Each was written by the program of its time, with the calls that the test repeats. A
//! new format adds a folder; none is ever changed.

use std::fs::{self, Permissions};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use flate2::read::GzDecoder;
use larder_tests::{World, world};

const NUMBERS: &str = include_str!("stores/declarations-4/numbers.wat");
const CONFIG: &str = include_str!("stores/declarations-4/larder.toml");
const DATABASE: &[u8] = include_bytes!("stores/declarations-4/larder.redb.gz");
const BLOB: &[u8] = include_bytes!("stores/declarations-4/blob.gz");

/// The digest of the blob: 300,000 times the letter a.
const BLOB_DIGEST: &str = "12e1b9b179b29a4f7e5889b185d7ac71bff0ad1f49a7b391d0911b737a0f5381";

/// The digest of `numbers.wat`, which was put as a blob, and is in the database.
const INLINE_DIGEST: &str = "7082fc6aaaac433fc668a1962816aed37faa61e41b6894cb364913a8a29d4020";

/// Decompresses `compressed` to a file with the cache's permissions.
fn unpack(compressed: &[u8], path: &Path, mode: u32) {
    let folder = path.parent().unwrap();
    fs::create_dir_all(folder).unwrap();
    let mut bytes = Vec::new();
    GzDecoder::new(compressed).read_to_end(&mut bytes).unwrap();
    fs::write(path, bytes).unwrap();
    fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Fills a world with the store, and the component that it was written for.
fn stored(world: &World) {
    let cache = world.cache();
    unpack(DATABASE, &cache.join("larder.redb"), 0o600);
    unpack(BLOB, &cache.join("blobs").join(&BLOB_DIGEST[..2]).join(BLOB_DIGEST), 0o400);
    for folder in [cache.clone(), cache.join("blobs"), cache.join("blobs").join(&BLOB_DIGEST[..2])] {
        fs::set_permissions(folder, Permissions::from_mode(0o700)).unwrap();
    }
    world.write("numbers.wat", NUMBERS);
    world.write("larder.toml", CONFIG);
}

#[test]
fn every_entry_of_the_store_is_a_hit() {
    let world = world!();
    stored(&world);
    let hit = |code, task, arguments: &[&str]| {
        let called = world.ends(code, "numbers.wat", task, arguments);
        called.is_a_hit_of_a_new_file();
        called.result().clone()
    };
    assert_eq!(hit(0, "double", &["n=21"]), 42);
    assert_eq!(hit(0, "half", &["n=4"]), serde_json::json!({ "ok": 2 }));
    assert_eq!(hit(1, "half", &["n=5"]), serde_json::json!({ "err": 2 }));
    assert_eq!(hit(0, "text", &["n=10", "--workflow", "w"]), "aaaaaaaaaa");
    assert_eq!(hit(0, "text", &["n=2000000", "--workflow", "w"]), "a".repeat(2_000_000));
}

#[test]
fn what_the_store_has_not_is_a_miss_and_is_added() {
    let world = world!();
    stored(&world);
    world.run("numbers.wat", "double", &["n=22"]).is_a_miss("no-entry");
    world.run("numbers.wat", "text", &["n=10", "--workflow", "v"]).is_a_miss("no-entry");
    world.run("numbers.wat", "double", &["n=21", "--account", "another"]).is_a_miss("no-entry");
    assert_eq!(world.run("numbers.wat", "double", &["n=22"]).is_a_hit_of_a_new_file().result(), 44);
    assert_eq!(world.run("numbers.wat", "double", &["n=21"]).is_a_hit_of_a_new_file().result(), 42);
}

#[test]
fn its_blobs_are_there_for_the_account_that_stored_them() {
    let world = world!();
    stored(&world);
    let get = |digest: &str| world.larder(["blob", "get", &format!("sha256:{digest}"), "-o", "-"]);
    get(BLOB_DIGEST).exits(0);
    assert_eq!(get(BLOB_DIGEST).stdout, "a".repeat(300_000));
    assert_eq!(get(INLINE_DIGEST).stdout, NUMBERS);
    world.larder(["blob", "get", &format!("sha256:{BLOB_DIGEST}"), "--account", "another"]).exits(2);
}
