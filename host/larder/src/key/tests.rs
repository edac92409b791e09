//! Neighbours differ, equal ingredients agree, and the digests are pinned.

use proptest::prelude::*;

use super::*;

fn ingredients() -> Ingredients {
    Ingredients {
        account: "lab".into(),
        workflow: None,
        task: TaskName::Interface {
            package: "example:tasks".into(),
            interface: "text".into(),
            function: "reverse".into(),
        },
        signature: "func(items: list<string>) -> list<string>".into(),
        version: KeyVersion::Declared("1".into()),
    }
}

/// The digests were computed by another program from the table. A change here invalidates every existing cache: bump
/// [`KEY_FORMAT`] or [`SEALED_WORLD`] with it.
#[test]
fn the_digests_are_pinned() {
    let declared = CacheId::of(&ingredients());
    let pinned = CacheId::of(&Ingredients {
        workflow: Some("nightly".into()),
        task: TaskName::World { component: None, function: "run".into() },
        version: KeyVersion::Pinned(Digest::of(b"code")),
        ..ingredients()
    });
    assert_eq!(declared.digest().to_string(), "7d40148c95c7a1df3025105a1572fce899c71795ed4a0939cc27137ddb6838f8");
    assert_eq!(pinned.digest().to_string(), "4a12f5281c3aef0e7dc74020c0efa94dcfdea17347ab51a4ec60382cb78345cf");
    assert_eq!(declared.entry(&[0x80]).short(), "7d40148c95c7.76be8b528d00");
}

#[test]
fn the_seed_is_pinned_and_knows_no_account() {
    let Ingredients { account: _, workflow: _, task, signature, version } = ingredients();
    let declared = Digest::from_bytes(seed(&task, &signature, Some(&version), &[0x80]));
    assert_eq!(declared.to_string(), "bdc94b1828da32e07ba6d7ac6856441f216a91105a9743ab1ad3230bc26d1753");
    assert_ne!(seed(&task, &signature, None, &[0x80]), *declared.as_bytes());
}

#[test]
fn the_encoding_is_the_one_in_the_table() {
    // [1, 3, "lab", null, [0, "example:tasks", "text", "reverse"], "func(…)", [0, "1"]], written out by hand.
    let mut bytes = vec![0x87, 0x01, 0x03, 0x63];
    bytes.extend(b"lab");
    bytes.extend([0xf6, 0x84, 0x00, 0x6d]);
    bytes.extend(b"example:tasks");
    bytes.push(0x64);
    bytes.extend(b"text");
    bytes.push(0x67);
    bytes.extend(b"reverse");
    bytes.extend([0x78, 41]);
    bytes.extend(b"func(items: list<string>) -> list<string>");
    bytes.extend([0x82, 0x00, 0x61]);
    bytes.extend(b"1");
    assert_eq!(*CacheId::of(&ingredients()).digest(), Digest::of(&bytes));
}

#[test]
fn an_entry_key_is_the_cache_id_and_then_the_inputs() {
    let id = CacheId::of(&ingredients());
    let key = id.entry(b"inputs");
    assert_eq!(key.as_bytes()[..32], id.digest().as_bytes()[..]);
    assert_eq!(key.as_bytes()[32..], Digest::of(b"inputs").as_bytes()[..]);
}

#[test]
fn parts_do_not_run_together() {
    let split = |account: &str, workflow: &str| {
        CacheId::of(&Ingredients { account: account.into(), workflow: Some(workflow.into()), ..ingredients() })
    };
    assert_ne!(split("ab", "cd"), split("a", "bcd"));
    assert_ne!(split("", "ab"), split("ab", ""));
}

#[test]
fn no_workflow_is_not_the_empty_workflow() {
    let empty = Ingredients { workflow: Some(String::new()), ..ingredients() };
    assert_ne!(CacheId::of(&empty), CacheId::of(&ingredients()));
}

#[test]
fn a_nameless_component_is_not_one_with_an_empty_name() {
    let named = |component: Option<&str>| {
        let task = TaskName::World { component: component.map(str::to_owned), function: "run".into() };
        CacheId::of(&Ingredients { task, ..ingredients() })
    };
    assert_ne!(named(None), named(Some("")));
    assert_ne!(named(Some("a")), named(Some("b")));
}

#[test]
fn the_three_kinds_of_name_never_meet() {
    let id = |task| CacheId::of(&Ingredients { task, ..ingredients() });
    let interface = id(TaskName::Interface { package: "a".into(), interface: "b".into(), function: "c".into() });
    let inline = id(TaskName::Inline { component: Some("a".into()), interface: "b".into(), function: "c".into() });
    let world = id(TaskName::World { component: Some("a".into()), function: "c".into() });
    assert!(interface != inline && inline != world && world != interface);
}

#[test]
fn a_pinned_digest_is_not_its_text() {
    let digest = Digest::of(b"code");
    let text = Ingredients { version: KeyVersion::Declared(digest.to_string()), ..ingredients() };
    let pinned = Ingredients { version: KeyVersion::Pinned(digest), ..ingredients() };
    assert_ne!(CacheId::of(&text), CacheId::of(&pinned));
}

fn any_name() -> impl Strategy<Value = TaskName> {
    let part = "[a-c]{0,2}";
    prop_oneof![
        (part, part, part).prop_map(|(package, interface, function)| TaskName::Interface {
            package,
            interface,
            function
        }),
        (prop::option::of(part), part).prop_map(|(component, function)| TaskName::World { component, function }),
        (prop::option::of(part), part, part).prop_map(|(component, interface, function)| TaskName::Inline {
            component,
            interface,
            function
        }),
    ]
}

fn any_ingredients() -> impl Strategy<Value = Ingredients> {
    let version = prop_oneof![
        "[a-c]{0,2}".prop_map(KeyVersion::Declared),
        any::<bool>().prop_map(|bit| KeyVersion::Pinned(Digest::of(&[u8::from(bit)]))),
    ];
    ("[a-c]{0,2}", prop::option::of("[a-c]{0,2}"), any_name(), "[a-c]{0,2}", version).prop_map(
        |(account, workflow, task, signature, version)| Ingredients { account, workflow, task, signature, version },
    )
}

proptest! {
    /// The ingredients come from a small alphabet, so that near neighbours are drawn often.
    #[test]
    fn ids_are_equal_exactly_when_ingredients_are(a in any_ingredients(), b in any_ingredients()) {
        prop_assert_eq!(CacheId::of(&a) == CacheId::of(&b), a == b);
    }

    #[test]
    fn entry_keys_are_equal_exactly_when_inputs_are(
        a in prop::collection::vec(0u8..3, 0..3),
        b in prop::collection::vec(0u8..3, 0..3),
    ) {
        let id = CacheId::of(&ingredients());
        prop_assert_eq!(id.entry(&a) == id.entry(&b), a == b);
    }
}
