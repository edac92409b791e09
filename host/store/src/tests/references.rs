//! References: an account sees all its references, and no others.

use super::*;

fn reference(number: u64) -> BlobReference {
    BlobReference { size: number, name: Some(format!("file {number}")), stored_at_ms: number }
}

fn refer(account: &str, kind: BlobKind, number: u64) -> Commit {
    Commit::new().put(
        &REFERENCES,
        &ReferenceKey::new(account, kind, &Digest::of(&number.to_le_bytes())),
        &reference(number),
    )
}

#[test]
fn bytes_are_shared_between_accounts_and_references_are_not() {
    let cache = Cache::new();
    let store = cache.open();
    let digest = Digest::of(&1_u64.to_le_bytes());
    let blob = BlobRecord { size: 1, place: BlobPlace::Inline(vec![7]) };
    store.commit(refer("ann", BlobKind::File, 1).put(&BLOBS, &digest, &blob)).unwrap();
    assert_eq!(
        store.get(&REFERENCES, &ReferenceKey::new("ann", BlobKind::File, &digest)).unwrap(),
        Lookup::Found(reference(1))
    );
    for (account, kind) in
        [("bob", BlobKind::File), ("an", BlobKind::File), ("", BlobKind::File), ("ann", BlobKind::Directory)]
    {
        assert_eq!(
            store.get(&REFERENCES, &ReferenceKey::new(account, kind, &digest)).unwrap(),
            Lookup::Absent,
            "{account} {kind:?}"
        );
    }
    assert_eq!(store.references("bob").unwrap(), References::default());
    store.commit(refer("bob", BlobKind::File, 1)).unwrap();
    store.commit(Commit::new().remove(&REFERENCES, &ReferenceKey::new("ann", BlobKind::File, &digest))).unwrap();
    assert_eq!(store.references("ann").unwrap(), References::default());
    assert_eq!(
        store.get(&REFERENCES, &ReferenceKey::new("bob", BlobKind::File, &digest)).unwrap(),
        Lookup::Found(reference(1))
    );
    assert_eq!(store.get(&BLOBS, &digest).unwrap(), Lookup::Found(blob));
}

#[test]
fn an_account_is_listed_in_order_and_alone() {
    let cache = Cache::new();
    assert_eq!(cache.open().references("ann").unwrap(), References::default());
    assert!(!cache.folder.exists(), "a lookup creates nothing");
    let store = cache.open();
    // Names that are prefixes of others, and enough of them to lie on both sides in the table.
    let accounts = ["", "a", "an", "ann", "ann\0", "anna", "bob", "carol", "dave"];
    let mut commit = Commit::new();
    for account in accounts {
        for number in 0..20 {
            commit = commit.and(refer(account, BlobKind::Directory, number));
            commit = commit.and(refer(account, BlobKind::File, number + account.len() as u64));
        }
    }
    store.commit(commit).unwrap();
    for account in accounts {
        let length = account.len() as u64;
        let files = (length..length + 20).map(|number| (BlobKind::File, number));
        let mut expected: Vec<_> = files
            .chain((0..20).map(|number| (BlobKind::Directory, number)))
            .map(|(kind, number)| (kind, Digest::of(&number.to_le_bytes()), reference(number)))
            .collect();
        expected.sort_by_key(|(kind, digest, _)| (*kind, *digest));
        let listed = cache.open().references(account).unwrap();
        assert_eq!(listed, References { known: expected, damaged: Vec::new() });
    }
    assert_eq!(store.references("nobody").unwrap(), References::default());
}

#[test]
fn damaged_references_are_reported_left_out_and_dropped() {
    let cache = Cache::new();
    let store = cache.open();
    store.commit(refer("ann", BlobKind::File, 1).and(refer("bob", BlobKind::File, 1))).unwrap();
    let name = REFERENCES.name();
    let key = |number: u64| {
        let key = ReferenceKey::new("ann", BlobKind::File, &Digest::of(&number.to_le_bytes()));
        key.as_bytes().to_vec()
    };
    let value = minicbor::to_vec(reference(2)).unwrap();
    let mut flipped = frame::seal(name, &key(2), &value);
    flipped[40] ^= 1;
    let sound_elsewhere = frame::seal(name, &key(1), &value);
    let mut no_kind = key(5);
    no_kind[32] = 9;
    let rows = [
        (&key(2)[..], flipped),
        (&key(3), sound_elsewhere),
        (&key(4), frame::seal(name, &key(4), b"not cbor")),
        (&no_kind, frame::seal(name, &no_kind, &value)),
        (&key(6)[..40], frame::seal(name, &key(6)[..40], &value)),
    ];
    for (key, stored) in rows {
        store.commit(forged(&REFERENCES, key, &stored)).unwrap();
    }

    let listed = store.references("ann").unwrap();
    assert_eq!(listed.known, [(BlobKind::File, Digest::of(&1_u64.to_le_bytes()), reference(1))]);
    assert_eq!(listed.damaged.len(), 5);
    assert!(listed.damaged.iter().all(|report| report.table == "blob-references-v1"));
    assert_eq!(store.references("bob").unwrap().damaged, []);
    // An altered record is removed; an intact record that is not understood may belong to a newer Larder.
    store.commit(put(1)).unwrap();
    let listed = store.references("ann").unwrap();
    assert_eq!((listed.known.len(), listed.damaged.len()), (1, 3));
    assert!(listed.damaged.iter().all(|report| matches!(report.damage, Damage::Undecodable(_))));
}
