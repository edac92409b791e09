//! The manifest's type and its answer.

use wit_parser::{Resolve, Type, TypeDefKind};

use crate::declare::manifest_type::{FIRST_FIELDS, manifest_type_of};
use crate::declare::{
    CacheDeclaration, DeclareError, DeclaredVersion, MANIFEST_VERSION, ManifestTask, Resources, Scope, Size,
    VersionProblem, check_version_text, from_value, manifest_type,
};
use larder_types::value::Value;
use larder_types::{Case, Field, Signature, WitType};

const WIT: &str = include_str!("../../../../../wit/manifest.wit");

/// Expands a type of the WIT. Supports only the kinds that the manifest uses.
#[expect(clippy::wildcard_enum_match_arm, reason = "the other kinds of type are to fail the test")]
fn expand(resolve: &Resolve, ty: &Type) -> WitType {
    let Type::Id(id) = ty else {
        return match ty {
            Type::Bool => WitType::Bool,
            Type::U16 => WitType::U16,
            Type::U32 => WitType::U32,
            Type::String => WitType::String,
            other => panic!("the manifest got a new primitive type: {other:?}"),
        };
    };
    match &resolve.types[*id].kind {
        TypeDefKind::Type(ty) => expand(resolve, ty),
        TypeDefKind::List(ty) => WitType::List(Box::new(expand(resolve, ty))),
        TypeDefKind::Option(ty) => WitType::Option(Box::new(expand(resolve, ty))),
        TypeDefKind::Enum(e) => WitType::Enum(e.cases.iter().map(|case| case.name.clone()).collect()),
        TypeDefKind::Record(record) => WitType::Record(
            record.fields.iter().map(|f| Field { name: f.name.clone(), ty: expand(resolve, &f.ty) }).collect(),
        ),
        TypeDefKind::Variant(variant) => {
            let case = |ty: &Type| expand(resolve, ty);
            let cases = variant.cases.iter();
            WitType::Variant(cases.map(|c| Case { name: c.name.clone(), ty: c.ty.as_ref().map(case) }).collect())
        }
        other => panic!("the manifest got a new kind of type: {other:?}"),
    }
}

#[test]
fn the_type_and_version_are_those_of_the_wit() {
    let mut resolve = Resolve::default();
    let package = resolve.push_source("manifest.wit", WIT).expect("the WIT is valid");
    let interface = resolve.packages[package].interfaces["manifest"];
    let tasks = &resolve.interfaces[interface].functions["tasks"];
    let result = tasks.result.as_ref().map(|ty| expand(&resolve, ty));
    assert_eq!(manifest_type(), Signature { params: Vec::new(), result });
    assert!(tasks.params.is_empty());
    let version = resolve.packages[package].name.version.as_ref().map(ToString::to_string);
    assert_eq!(version.as_deref(), Some(MANIFEST_VERSION));
}

fn some(value: Value) -> Value {
    Value::Option(Some(Box::new(value)))
}

fn none() -> Value {
    Value::Option(None)
}

fn case(case: u32, payload: Option<Value>) -> Value {
    Value::Variant { case, payload: payload.map(Box::new) }
}

fn task(size: Value, cache: Value, timeout: Value) -> Value {
    Value::Record(vec![Value::String("text#reverse".into()), size, cache, timeout])
}

fn cache(version: Value, scope: Value) -> Value {
    Value::Record(vec![version, scope, Value::Bool(true)])
}

#[test]
fn every_part_of_an_answer_arrives() {
    let resources = Value::Record([4, 2048, 10, 1].map(Value::U32).into());
    let answer = Value::List(vec![
        task(case(5, Some(resources)), none(), none()),
        task(
            case(3, None),
            some(cache(case(0, Some(Value::String("v2".into()))), Value::Enum(1))),
            some(Value::U32(60)),
        ),
        task(case(0, None), some(cache(case(1, None), Value::Enum(0))), none()),
    ]);
    let ty = manifest_type_of(FIRST_FIELDS).result.expect("a result");
    assert!(answer.has_type(&ty));
    let tasks = from_value(answer).expect("an answer");
    let name = || "text#reverse".to_owned();
    let custom = Size::Custom(Resources { cpus: 4, memory_mib: 2048, storage_mib: 10, gpus: 1 });
    let declared = |version, scope| Some(CacheDeclaration { version, scope, cache_errors: true });
    assert_eq!(
        tasks,
        [
            ManifestTask {
                name: name(),
                size: custom,
                cache: None,
                timeout_seconds: None,
                needs: None,
                file_names: false
            },
            ManifestTask {
                name: name(),
                size: Size::SmallGpu,
                cache: declared(DeclaredVersion::Declared("v2".into()), Scope::Workflow),
                timeout_seconds: Some(60),
                needs: None,
                file_names: false,
            },
            ManifestTask {
                name: name(),
                size: Size::Small,
                cache: declared(DeclaredVersion::Pinned, Scope::Account),
                timeout_seconds: None,
                needs: None,
                file_names: false,
            },
        ]
    );
    assert_eq!(from_value(Value::List(Vec::new())), Ok(Vec::new()));
}

#[test]
fn sizes_are_the_cases_of_the_wit_in_order() {
    let words = ["small", "medium", "large", "small-gpu", "large-gpu"];
    for (position, word) in words.iter().enumerate() {
        let answer = Value::List(vec![task(case(position as u32, None), none(), none())]);
        let size = from_value(answer).expect("an answer")[0].size;
        assert_eq!(size.to_string(), *word);
        assert_eq!(word.parse(), Ok(size));
    }
    assert!("custom".parse::<Size>().is_err() && "Small".parse::<Size>().is_err() && "".parse::<Size>().is_err());
    for scope in [Scope::Account, Scope::Workflow] {
        assert_eq!(scope.to_string().parse(), Ok(scope));
    }
    assert!("global".parse::<Scope>().is_err());
}

#[test]
fn answers_of_another_type_are_refused() {
    let small = || case(0, None);
    for answer in [
        Value::Bool(true),
        Value::List(vec![Value::Bool(true)]),
        Value::List(vec![Value::Record(Vec::new())]),
        Value::List(vec![Value::Record(vec![Value::U32(1), small(), none(), none()])]),
        Value::List(vec![task(case(6, None), none(), none())]),
        Value::List(vec![task(case(5, None), none(), none())]),
        Value::List(vec![task(case(0, Some(Value::Bool(true))), none(), none())]),
        Value::List(vec![task(small(), Value::Bool(true), none())]),
        Value::List(vec![task(small(), none(), some(Value::U64(1)))]),
        Value::List(vec![task(small(), some(cache(case(0, None), Value::Enum(0))), none())]),
        Value::List(vec![task(small(), some(cache(case(2, None), Value::Enum(0))), none())]),
        Value::List(vec![task(small(), some(cache(case(1, None), Value::Enum(2))), none())]),
        Value::List(vec![task(small(), some(cache(case(1, None), Value::Bool(true))), none())]),
    ] {
        let found = from_value(answer.clone());
        assert!(matches!(found, Err(DeclareError::ManifestValue { .. })), "{answer:?}: {found:?}");
    }
}

#[test]
fn versions_are_any_visible_text() {
    for text in ["1", "ünïcode ✓", "2024-01-01 (second try)", &"x".repeat(256)] {
        assert_eq!(check_version_text(text), Ok(()), "{text}");
    }
    for blank in ["", " ", "\u{a0}\u{2003}", "\t"] {
        assert_eq!(check_version_text(blank), Err(VersionProblem::Empty));
    }
    assert_eq!(check_version_text(&"x".repeat(257)), Err(VersionProblem::TooLong));
    for text in ["a\nb", "\0", "\u{1b}[2J", "a\u{85}"] {
        assert_eq!(check_version_text(text), Err(VersionProblem::Control), "{text:?}");
    }
}

fn with_needs(needs: Vec<Value>) -> Value {
    let Value::Record(mut fields) = task(case(0, None), none(), none()) else { unreachable!("a record") };
    fields.push(Value::List(needs));
    fields.push(Value::Bool(true));
    Value::List(vec![Value::Record(fields)])
}

fn text(text: &str) -> Value {
    Value::String(text.into())
}

#[test]
fn what_a_task_needs_arrives() {
    let answer = with_needs(vec![
        case(0, None),
        case(1, Some(Value::Record(vec![text("/data"), Value::Enum(1)]))),
        case(2, Some(text("HOME"))),
        case(3, Some(Value::Record(vec![text("*.Example.org"), none(), Value::List(vec![text("get")])]))),
        case(4, Some(Value::Record(vec![text("10.0.0.0/8"), Value::U16(5432)]))),
    ]);
    assert!(answer.has_type(&manifest_type().result.expect("a result")));
    let task = from_value(answer).expect("an answer").remove(0);
    assert!(task.file_names);
    let needs = task.needs.expect("needs");
    let words: Vec<String> = needs.iter().map(ToString::to_string).collect();
    let expected = [
        "open world",
        "directory /data (read-write)",
        "variable HOME",
        "http GET@*.example.org",
        "tcp 10.0.0.0/8:5432",
    ];
    assert_eq!(words, expected);
    assert_eq!(from_value(with_needs(Vec::new())).expect("an answer")[0].needs, Some(Vec::new()));
}

#[test]
fn a_need_for_no_host_says_which_entry_has_it() {
    let need = case(4, Some(Value::Record(vec![text("http://example.org"), Value::U16(80)])));
    let Err(error) = from_value(with_needs(vec![need])) else { panic!("it is accepted") };
    assert!(matches!(&error, DeclareError::Need { entry, .. } if entry == "text#reverse"), "{error}");
    assert!(error.to_string().contains("`http://example.org` is not a host"), "{error}");
}
