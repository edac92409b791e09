//! Tests of snapshots: the room that they take and give back, and that they do not change.

use std::os::unix::fs::MetadataExt as _;

use proptest::prelude::*;

use super::*;
use larder_base::Digest;

const BLOCK: u64 = 4096;
const LARGE: usize = 4 << 20;

fn spool(limit: u64) -> (Spool, Arc<Quota>) {
    let quota = Quota::new(limit);
    (Spool::new(None, quota.clone()), quota)
}

fn spooled(spool: &Spool, bytes: &[u8]) -> Result<Spooled, SpoolError> {
    let mut snapshot = spool.snapshot();
    snapshot.write(bytes)?;
    snapshot.finish()
}

#[test]
fn a_snapshot_has_the_digest_of_its_bytes() {
    let (spool, _) = spool(1 << 30);
    for size in [0, 1, 4095, 4096, 4097, LARGE - 1, LARGE, LARGE + 1] {
        let bytes: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
        let whole = spooled(&spool, &bytes).unwrap();
        assert_eq!((whole.digest, whole.content.size), (Digest::of(&bytes), size as u64));
        assert!(bytes_of(&whole.content) == bytes, "{size}");
        let mut snapshot = spool.snapshot();
        for piece in bytes.chunks(1_000_001) {
            snapshot.write(piece).unwrap();
        }
        assert_eq!(snapshot.size(), size as u64);
        let pieces = snapshot.finish().unwrap();
        assert_eq!(pieces.digest, whole.digest);
        assert!(bytes_of(&pieces.content) == bytes, "{size} in pieces");
    }
}

#[test]
fn room_is_counted_in_blocks_and_given_back_with_the_last_content() {
    let (spool, quota) = spool(1 << 30);
    for (size, blocks) in [(0, 0), (1, 1), (4096, 1), (4097, 2), (LARGE, 1024), (LARGE + 1, 1025)] {
        let mut snapshot = spool.snapshot();
        snapshot.write(&vec![1; size]).unwrap();
        assert_eq!(quota.used(), blocks * BLOCK, "{size}, while it is written");
        let content = snapshot.finish().unwrap().content;
        let (again, reader) = (content.clone(), content.open().unwrap());
        drop(content);
        assert_eq!(quota.used(), blocks * BLOCK, "{size}, with a second content and a reader");
        drop(again);
        assert_eq!(quota.used(), blocks * BLOCK, "{size}, with a reader");
        assert_eq!(reader.read(0, usize::MAX).unwrap(), vec![1; size]);
        drop(reader);
        assert_eq!(quota.used(), 0, "{size}");
    }
    assert_eq!(quota.peak(), 1025 * BLOCK);
}

#[test]
fn a_snapshot_that_is_not_finished_takes_nothing() {
    let (spool, quota) = spool(1 << 30);
    for size in [1, LARGE + 1] {
        let mut snapshot = spool.snapshot();
        snapshot.write(&vec![1; size]).unwrap();
        assert!(quota.used() > 0);
        drop(snapshot);
        assert_eq!(quota.used(), 0);
    }
}

#[test]
fn what_there_is_no_room_for_changes_nothing() {
    let (spool, quota) = spool(3 * BLOCK + 1);
    assert_eq!(quota.limit(), 3 * BLOCK, "whole blocks");
    let kept = spooled(&spool, &[1; 4096]).unwrap();
    let mut snapshot = spool.snapshot();
    snapshot.write(&[2; 5000]).unwrap();
    let full = SpoolError { limit: 3 * BLOCK, asked: 4 * BLOCK };
    assert_eq!(snapshot.write(&[3; 5000]), Err(full));
    assert_eq!((snapshot.size(), quota.used()), (5000, 3 * BLOCK));
    assert_eq!(spooled(&spool, b"x").unwrap_err(), full);
    assert_eq!(spool.expect(1), Err(SpoolError { limit: 3 * BLOCK, asked: 3 * BLOCK + 1 }));
    assert_eq!(spool.expect(u64::MAX), Err(SpoolError { limit: 3 * BLOCK, asked: u64::MAX }));
    // Bytes that still fit into its last block are accepted.
    snapshot.write(&[4; 3192]).unwrap();
    let mut bytes = vec![2; 5000];
    bytes.extend([4; 3192]);
    let finished = snapshot.finish().unwrap();
    assert_eq!((finished.digest, bytes_of(&finished.content)), (Digest::of(&bytes), bytes));
    drop(kept);
    spooled(&spool, b"x").unwrap();
}

/// A missing folder fails as a full disk does: when a file is created.
#[test]
fn a_machine_that_is_full_is_told_as_a_limit_and_changes_nothing() {
    let (temporary, quota) = (tempfile::tempdir().unwrap(), Quota::new(1 << 30));
    let folder = temporary.path().join("folder");
    let spool = Spool::new(Some(folder.clone()), quota.clone());
    let full = SpoolError { limit: 0, asked: BLOCK };
    assert_eq!(spooled(&spool, b"x").unwrap_err(), full);
    assert_eq!(quota.used(), 0);

    let mut snapshot = spool.snapshot();
    snapshot.write(&[1; 100]).unwrap();
    assert_eq!(snapshot.write(&vec![2; LARGE]), Err(SpoolError { limit: BLOCK, asked: 2 * BLOCK }));
    assert_eq!((snapshot.size(), quota.used()), (100, BLOCK));
    // Room on the disk again: neither the snapshot nor the count contains anything that failed.
    fs::create_dir(&folder).unwrap();
    snapshot.write(&[3; 100]).unwrap();
    let finished = snapshot.finish().unwrap();
    let bytes = [[1; 100], [3; 100]].concat();
    assert_eq!((finished.digest, bytes_of(&finished.content)), (Digest::of(&bytes), bytes));
    assert_eq!(quota.used(), BLOCK);
    let behind = spooled(&spool, &[4; 4096]).unwrap();
    drop(finished);
    assert_eq!(bytes_of(&behind.content), [4; 4096]);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "no file has a name");
}

#[test]
fn a_snapshot_stays_as_it_is_whatever_is_written_after_it() {
    let (spool, _) = spool(1 << 30);
    let sizes = [1, 4095, 4096, 4097, 100_000, LARGE + 5, 7];
    let all: Vec<(u8, usize, Spooled)> =
        (1..).zip(sizes).map(|(byte, size)| (byte, size, spooled(&spool, &vec![byte; size]).unwrap())).collect();
    let mut all: Vec<_> = all.into_iter().map(Some).collect();
    // Dropping some, in any order, leaves the others unchanged.
    for dropped in [3, 0, 5, 2] {
        all[dropped] = None;
        spooled(&spool, &[0xee; 50_000]).unwrap();
        for (byte, size, spooled) in all.iter().flatten() {
            assert!(bytes_of(&spooled.content) == vec![*byte; *size], "{size}");
        }
    }
}

#[test]
fn room_that_is_given_back_is_free_on_the_disk() {
    let (spool, _) = spool(1 << 30);
    let (first, second) = (spooled(&spool, &[1; 1 << 20]).unwrap(), spooled(&spool, &[2; 4096]).unwrap());
    let reader = second.content.open().unwrap();
    let (file, offset) = reader.file().unwrap();
    file.sync_all().unwrap();
    let before = file.metadata().unwrap().blocks();
    drop(first);
    file.sync_all().unwrap();
    assert!(file.metadata().unwrap().blocks() + (1 << 20) / 512 <= before + 16, "blocks of the first are free");
    assert_eq!((offset, reader.read(0, 1).unwrap()), (1 << 20, vec![2]));
}

/// More large snapshots than may be open files: those beyond the limit are in the file of the small ones, not in
/// memory.
#[test]
fn at_most_so_many_large_ones_are_files_of_their_own() {
    let quota = Quota::new(1 << 30);
    let spool = Spool::with_places(3, None, quota.clone());
    let bytes = |number: u64| [&number.to_le_bytes()[..], &vec![1; LARGE]].concat();
    let mut all: Vec<Spooled> = (0..6).map(|number| spooled(&spool, &bytes(number)).unwrap()).collect();
    let files = |all: &[Spooled]| all.iter().filter(|spooled| spooled.content.own_file().is_some()).count();
    assert_eq!((files(&all), quota.used()), (3, 6 * 1025 * BLOCK));
    for (number, spooled) in (0..).zip(&all) {
        assert_eq!(spooled.digest, Digest::of(&bytes(number)));
        assert!(bytes_of(&spooled.content) == bytes(number), "{number}");
    }
    // A dropped snapshot makes room for another.
    all.drain(..2);
    for number in [200, 201, 202] {
        all.push(spooled(&spool, &bytes(number)).unwrap());
    }
    assert_eq!(files(&all), 3);
    assert!(bytes_of(&all[6].content) == bytes(202));
    drop(all);
    assert_eq!(quota.used(), 0);
}

/// The pieces of each snapshot, and true if it is kept.
fn snapshots() -> impl Strategy<Value = Vec<(Vec<usize>, bool)>> {
    let pieces = prop::collection::vec(prop_oneof![0..20_000_usize, Just(4096)], 0..5);
    prop::collection::vec((pieces, any::<bool>()), 1..20)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    /// Compares with a count of blocks, and with a list of bytes for each snapshot.
    #[test]
    fn the_count_is_that_of_what_is_held(snapshots in snapshots()) {
        let (spool, quota) = spool(50 * BLOCK);
        let mut held: Vec<(Vec<u8>, Spooled)> = Vec::new();
        for (byte, (pieces, is_kept)) in (1_u8..).zip(snapshots) {
            let (mut snapshot, mut bytes) = (spool.snapshot(), Vec::new());
            for piece in pieces {
                let fits = snapshot.write(&vec![byte; piece]).is_ok();
                if fits {
                    bytes.resize(bytes.len() + piece, byte);
                }
                let in_use: usize = held.iter().map(|(bytes, _)| bytes.len().div_ceil(4096)).sum();
                prop_assert_eq!(quota.used(), (in_use + bytes.len().div_ceil(4096)) as u64 * BLOCK);
            }
            let finished = snapshot.finish().unwrap();
            prop_assert_eq!(finished.digest, Digest::of(&bytes));
            if is_kept {
                held.push((bytes, finished));
            } else {
                drop(finished);
                held.drain(..held.len() / 2);
            }
            for (bytes, spooled) in &held {
                prop_assert!(bytes_of(&spooled.content) == *bytes);
            }
        }
        drop(held);
        prop_assert_eq!(quota.used(), 0);
    }
}
