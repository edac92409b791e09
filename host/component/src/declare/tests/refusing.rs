//! Components that are refused as a whole.

use super::{TIMEOUT, binary, functions, interfaces, manifest_items, refused};
use crate::bytes::NotAComponent;
use crate::declare::{DeclareError, exports, manifest_type};

#[test]
fn bytes_that_are_no_component_say_so() {
    assert_eq!(exports(b""), Err(DeclareError::NotAComponent(NotAComponent::Empty)));
    assert_eq!(exports(b"(component)"), Err(DeclareError::NotAComponent(NotAComponent::Garbage)));
    assert_eq!(exports(&binary("(module)")), Err(DeclareError::NotAComponent(NotAComponent::CoreModule)));
    let bytes = binary("(component (core module))");
    let truncated = exports(&bytes[..bytes.len() - 1]);
    assert!(matches!(truncated, Err(DeclareError::NotAComponent(NotAComponent::Truncated { .. }))));
}

#[test]
fn an_invalid_component_is_refused_with_the_validators_words() {
    let error = refused(r#"(component (core module (func (type 7))))"#);
    let DeclareError::Invalid { message, offset } = error else { panic!("{error}") };
    assert!(message.contains("unknown type") && offset > 8, "{message}");
    // A function that exports an anonymous record.
    let error = refused(&functions_with_anonymous_record());
    assert!(matches!(error, DeclareError::Invalid { .. }), "{error}");
}

/// No declaration depends on function bodies, and checking them can take far longer than their length suggests.
#[test]
fn the_bodies_of_functions_are_the_compilers_matter() {
    let wrong = binary(r#"(component (core module (func (result i32) i64.const 1)))"#);
    assert!(exports(&wrong).is_ok());
}

fn functions_with_anonymous_record() -> String {
    r#"(component (type $r (record (field "a" u8)))
        (core module $m (func (export "f") (param i32)))
        (core instance $i (instantiate $m))
        (func $f (param "r" $r) (canon lift (core func $i "f")))
        (export "f" (func $f)))"#
        .to_owned()
}

#[test]
fn a_feature_that_is_off_is_named() {
    for (wat, feature) in [
        (functions(&[("f", r#"(param "m" (map string u32))"#)]), "`map`"),
        (functions(&[("f", r#"(param "m" (list u8 4))"#)]), "fixed-length lists"),
        (functions(&[("f", r#"(param "m" error-context)"#)]), "`error-context`"),
        ("(component (core module (memory i64 1)))".into(), "64-bit memories"),
        ("(component (core module (memory 1 2 shared)))".into(), "threads"),
        ("(component (core module (tag)))".into(), "exceptions"),
        ("(component (core module (type (struct))))".into(), "garbage"),
        ("(component (core module (func (param externref))))".into(), "garbage-collected references"),
        ("(component (core module (memory 1 (pagesize 1))))".into(), "custom page sizes"),
        ("(component (core func (canon thread.index)))".into(), "threads"),
        // The validator names no feature here.
        (r#"(component (import "a" (implements "a:b/c") (instance)))"#.into(), "`implements`"),
        (r#"(component (import "a:b:c/d" (instance)))"#.into(), "nested names"),
        (r#"(component (import "a:b/c/d" (instance)))"#.into(), "nested names"),
        (r#"(component (import "a:b/c@1" (versionsuffix ".2.3") (instance)))"#.into(), "version suffixes"),
    ] {
        let error = refused(&wat);
        let DeclareError::FeatureOff { feature: named, .. } = &error else { panic!("{wat}: {error}") };
        assert!(named.contains(feature), "{wat}: {error}");
        assert!(error.to_string().contains("has off"));
    }
}

#[test]
fn features_that_real_toolchains_use_are_on() {
    for module in [
        "(func (param f32) (result i32) local.get 0 i32.trunc_sat_f32_s)",
        "(func (param i32) (result i32) local.get 0 i32.extend8_s)",
        "(memory 1) (func i32.const 0 i32.const 0 i32.const 0 memory.fill)",
        "(table 1 funcref) (func (result funcref) ref.null func)",
        "(global i32 (i32.add (i32.const 1) (i32.const 2)))",
        "(func (result v128) v128.const i64x2 0 0)",
        "(func (result i32 i64) i32.const 0 i64.const 0)",
        "(func $f return_call $f)",
        "(memory 1) (memory 1)",
    ] {
        let found = exports(&binary(&format!("(component (core module {module}))")));
        assert!(found.as_ref().is_ok_and(|found| !found.needs_async), "{module}: {found:?}");
    }
}

#[test]
fn a_manifest_of_another_version_is_refused() {
    for name in [
        "larder:task/manifest",
        "larder:task/manifest@0.2.0",
        "larder:task/manifest@1.0.0",
        "larder:task/manifest@0.1.0-rc.1",
        "larder:task/manifest@0.0.1",
    ] {
        let error = refused(&interfaces(&[name], &manifest_items(TIMEOUT)));
        assert_eq!(error, DeclareError::ManifestVersion { interface: name.to_owned() });
        assert!(error.to_string().contains("0.1.x"));
    }
}

#[test]
fn a_manifest_of_another_type_is_refused() {
    let name = "larder:task/manifest@0.1.0";
    let changed = manifest_items(r#"(field "timeout-seconds" (option u64))"#);
    let extended = manifest_items(&format!("{TIMEOUT} (field \"more\" bool)"));
    let is_async = manifest_items(TIMEOUT).replace("(export \"tasks\" (func", "(export \"tasks\" (func async");
    let with_param = manifest_items(TIMEOUT).replace("(func (result", "(func (param \"x\" u8) (result");
    let resource = r#"(export "r" (type $r (sub resource))) (export "tasks" (func (result (own $r))))"#;
    let no_function = r#"(type $t u8) (export "tasks" (type (eq $t)))"#;
    for items in [&changed, &extended, &is_async, &with_param, resource, no_function, ""] {
        let error = refused(&interfaces(&[name], items));
        let DeclareError::ManifestType { interface, expected, .. } = &error else { panic!("{items}: {error}") };
        assert_eq!((interface.as_str(), expected), (name, &manifest_type().canonical_text()));
    }
}

#[test]
fn two_manifests_are_refused() {
    let names = ["larder:task/manifest@0.1.0", "larder:task/manifest@0.1.1"];
    let error = refused(&interfaces(&names, &manifest_items(TIMEOUT)));
    assert_eq!(error, DeclareError::TwoManifests { first: names[0].into(), second: names[1].into() });
}
