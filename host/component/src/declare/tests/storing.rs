//! The stored form: written values are read back, and foreign bytes do no harm.

use proptest::prelude::*;

use super::{TIMEOUT, entry, exported, interfaces, manifest_items};
use crate::declare::{
    BuildTimeExport, CacheDeclaration, DECLARED_FORMAT, Declared, DeclaredVersion, Exports, ItemKind, ManifestTask,
    NotATask, NotATaskReason, Obstacle, ResourceFunction, Resources, Scope, Size, UnsupportedType, attach,
    manifest_type,
};
use larder_base::Digest;
use larder_types::MAX_DEPTH;
use larder_types::TaskName;
use larder_types::capability::{Access, Capability, HttpRule, TcpRule};
use larder_types::value::strategies::{signature, wit_type};
use larder_types::{Field, Signature, WitType};

fn stored<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("writing to memory cannot fail")
}

fn read<T: for<'b> minicbor::Decode<'b, ()>>(bytes: &[u8]) -> Result<T, minicbor::decode::Error> {
    minicbor::decode(bytes)
}

/// Returns a sample of everything that can be stored.
fn sample() -> (Exports, Declared) {
    let place = || "parameter `x`".to_owned();
    let types = [
        UnsupportedType::Resource,
        UnsupportedType::Stream,
        UnsupportedType::Future,
        UnsupportedType::ErrorContext,
        UnsupportedType::Map,
        UnsupportedType::FixedLengthList,
    ];
    let kinds = [
        ItemKind::Module,
        ItemKind::Component,
        ItemKind::Type,
        ItemKind::Resource,
        ItemKind::Value,
        ItemKind::Interface,
    ];
    let functions = [ResourceFunction::Constructor, ResourceFunction::Method, ResourceFunction::Static];
    let build = [BuildTimeExport::ComponentizePy, BuildTimeExport::ComponentizeQjs];
    let text = || "x".to_owned();
    let obstacles = [
        Obstacle::Import { import: text(), kind: ItemKind::Module },
        Obstacle::OtherType { import: text(), expected: text(), found: text() },
        Obstacle::PassedOn { import: text(), export: text() },
        Obstacle::ExportedComponent { export: text() },
    ];
    let reasons = [NotATaskReason::TooDeep { place: place() }, NotATaskReason::TooLarge, NotATaskReason::Wasi]
        .into_iter()
        .chain([NotATaskReason::Manifest, NotATaskReason::Name])
        .chain(types.map(|ty| NotATaskReason::Type { ty, place: place() }))
        .chain(kinds.map(NotATaskReason::NotAFunction))
        .chain(functions.map(NotATaskReason::OfAResource))
        .chain(build.map(NotATaskReason::BuildTime))
        .chain(obstacles.map(NotATaskReason::CannotRun));
    let items = format!("{} (export \"f\" (func (param \"s\" string)))", manifest_items(TIMEOUT));
    let mut exports = exported(&interfaces(&["a:b/c@1.0.0", "larder:task/manifest@0.1.0", "inline"], &items));
    exports.not_tasks.extend(reasons.map(|reason| NotATask { export: "x".to_owned(), reason }));
    let cache = |version| Some(CacheDeclaration { version, scope: Scope::Workflow, cache_errors: true });
    let manifest = vec![
        ManifestTask { cache: cache(DeclaredVersion::Declared("1".into())), ..entry("c#f") },
        ManifestTask { cache: cache(DeclaredVersion::Pinned), timeout_seconds: Some(5), ..entry("tools/inline#f") },
        ManifestTask {
            size: Size::Custom(Resources { cpus: 1, memory_mib: 2, storage_mib: 3, gpus: 4 }),
            needs: Some(vec![
                Capability::OpenWorld,
                Capability::Directory { path: "/data".into(), access: Access::ReadWrite },
                Capability::Variable("HOME".into()),
                Capability::Http(HttpRule {
                    host: "*.example.org".parse().unwrap(),
                    port: None,
                    methods: vec!["GET".into()],
                }),
                Capability::Tcp(TcpRule { host: "10.0.0.0/8".parse().unwrap(), port: 5432 }),
            ]),
            file_names: true,
            ..entry("c#tasks")
        },
    ];
    let declared = attach(&exports, manifest).expect("attached");
    (exports, declared)
}

#[test]
fn everything_comes_back() {
    let (exports, declared) = sample();
    assert_eq!(read::<Exports>(&stored(&exports)).expect("read"), exports);
    assert_eq!(read::<Declared>(&stored(&declared)).expect("read"), declared);
    for size in [Size::Small, Size::Medium, Size::Large, Size::SmallGpu, Size::LargeGpu] {
        assert_eq!(read::<Size>(&stored(&size)).expect("read"), size);
    }
}

#[test]
fn the_stored_form_is_pinned() {
    // A change here makes stored declarations unreadable: bump `DECLARED_FORMAT`.
    let (exports, declared) = sample();
    let digest = Digest::of(&[stored(&exports), stored(&declared)].concat());
    assert_eq!((DECLARED_FORMAT, digest.short().as_str()), (4, "03669cd1e179"));
    let bytes = stored(&Signature {
        params: vec![Field { name: "a".into(), ty: WitType::bytes() }],
        result: Some(WitType::Result { ok: None, err: Some(Box::new(WitType::String)) }),
    });
    assert_eq!(bytes, b"\x82\x81\x82\x61a\x82\x0d\x02\x83\x13\xf6\x0c");
}

#[test]
fn names_of_all_kinds_come_back() {
    let text = || "x".to_owned();
    for component in [None, Some(text())] {
        for name in [
            TaskName::Interface { package: "a:b".into(), interface: text(), function: "f".into() },
            TaskName::World { component: component.clone(), function: text() },
            TaskName::Inline { component: component.clone(), interface: "i".into(), function: text() },
        ] {
            assert_eq!(read::<TaskName>(&stored(&name)).expect("read"), name);
        }
    }
    for bytes in [&b"\x80"[..], b"\x83\0\x61x\x61y", b"\x84\x01\x61x\x61y\x61z", b"\x83\x03\x61x\x61y", b"\x9f\x01\xff"]
    {
        assert!(read::<TaskName>(bytes).is_err(), "{bytes:?}");
    }
}

#[test]
fn types_that_are_too_deep_or_too_many_are_not_read() {
    let nested = |levels: usize| [b"\x82\x0d".repeat(levels), vec![2]].concat();
    assert!(read::<WitType>(&nested(MAX_DEPTH - 1)).is_ok());
    assert!(read::<WitType>(&nested(MAX_DEPTH)).is_err());
    assert!(read::<WitType>(&nested(1_000_000)).is_err());
    let tuple = |length: u16| [&[0x82, 15, 0x99][..], &length.to_be_bytes(), &vec![2; usize::from(length)]].concat();
    assert!(read::<WitType>(&tuple(9_999)).is_ok());
    assert!(read::<WitType>(&tuple(10_000)).is_err());
    // A false length does not allocate.
    assert!(read::<WitType>(b"\x82\x0f\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x02").is_err());
}

#[test]
fn what_is_no_type_is_not_read() {
    for bytes in [
        &b"\x17"[..],
        b"\x18\x20",
        b"\x20",
        b"\xf6",
        b"\x82\x02\x02",
        b"\x83\x0d\x02\x02",
        b"\x81\x0d",
        b"\x82\x17\x02",
    ] {
        assert!(read::<WitType>(bytes).is_err(), "{bytes:?}");
    }
    assert_eq!(read::<Signature>(&stored(&manifest_type())).expect("read"), manifest_type());
}

proptest! {
    #[test]
    fn signatures_come_back(signature in signature()) {
        prop_assert_eq!(read::<Signature>(&stored(&signature)).expect("read"), signature);
    }

    #[test]
    fn different_types_are_stored_differently(a in wit_type(), b in wit_type()) {
        prop_assert_eq!(a == b, stored(&a) == stored(&b));
    }

    #[test]
    fn damage_never_panics(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = stored(&sample().1);
        let position = at.index(bytes.len());
        bytes[position] = byte;
        let _ = read::<Declared>(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        let _ = read::<Declared>(&bytes);
        let _ = read::<Exports>(&bytes);
    }
}
