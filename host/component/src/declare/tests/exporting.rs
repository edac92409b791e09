//! Recognition of tasks among exports.

use super::{NEEDS, TIMEOUT, exported, functions, interfaces, manifest_items, names, reasons};
use crate::declare::manifest_type::{FIRST_FIELDS, manifest_type_of};
use crate::declare::{
    BuildTimeExport, ExportPath, ExportedTask, ItemKind, NotATaskReason, ResourceFunction, UnsupportedType,
    manifest_type,
};
use larder_types::TaskName;

#[test]
fn a_function_of_the_world_is_a_task_without_a_namespace() {
    let found = exported(&functions(&[("run", r#"(param "text" string) (result u32)"#)]));
    let [ExportedTask { name, package_version, export, signature, is_async }] = found.tasks.as_slice() else {
        panic!("not one task")
    };
    assert_eq!(*name, TaskName::World { component: None, function: "run".into() });
    assert_eq!(*export, ExportPath { interface: None, function: "run".into() });
    assert_eq!(signature.canonical_text(), "func(text: string) -> u32");
    assert_eq!((package_version, is_async), (&None, &false));
    assert!(found.manifest.is_none() && !found.needs_async && found.not_tasks.is_empty());
}

#[test]
fn a_function_of_a_package_is_a_task_with_its_version_beside_it() {
    let found = exported(&interfaces(&["example:tasks/text@0.1.0-rc.1+x"], r#"(export "reverse" (func))"#));
    let task = &found.tasks[0];
    assert_eq!(task.name.to_string(), "example:tasks/text#reverse");
    assert_eq!(task.package_version.as_deref(), Some("0.1.0-rc.1+x"));
    assert_eq!(task.export.interface.as_deref(), Some("example:tasks/text@0.1.0-rc.1+x"));
    assert_eq!(task.qualified_name(), "example:tasks/text@0.1.0-rc.1+x#reverse");
}

#[test]
fn a_package_without_a_version_and_an_inline_interface_are_places_too() {
    let found = exported(&interfaces(&["example:tasks/text", "text"], r#"(export "reverse" (func))"#));
    assert_eq!(names(&found), ["example:tasks/text#reverse", "text#reverse"]);
    let inline = TaskName::Inline { component: None, interface: "text".into(), function: "reverse".into() };
    assert_eq!(found.tasks[1].name, inline);
}

#[test]
fn two_versions_are_two_tasks_of_one_name() {
    let found = exported(&interfaces(&["a:b/c@1.0.0", "a:b/c@2.0.0"], r#"(export "f" (func))"#));
    assert_eq!(found.tasks[0].name, found.tasks[1].name);
    assert_eq!(names(&found), ["a:b/c@1.0.0#f", "a:b/c@2.0.0#f"]);
}

#[test]
fn the_order_is_that_of_the_binary() {
    let found = exported(&functions(&[("z", ""), ("a", ""), ("m", "")]));
    assert_eq!(names(&found), ["z", "a", "m"]);
}

#[test]
fn every_type_is_mirrored() {
    let items = r#"
        (type $r (record (field "a" bool) (field "b-c" (tuple s8 u8 s16 u16)))) (export "r" (type $r' (eq $r)))
        (type $v (variant (case "x") (case "y" $r'))) (export "v" (type $v' (eq $v)))
        (type $e (enum "p" "q")) (export "e" (type $e' (eq $e)))
        (type $f (flags "m" "n")) (export "f" (type $f' (eq $f)))
        (type $alias u64) (export "alias" (type $alias' (eq $alias)))
        (export "all" (func (param "v" $v') (param "e" $e') (param "f" $f') (param "n" (list $alias'))
            (param "o" (option s32)) (param "p" (tuple u32 s64 f32 f64 char))
            (result (result (list u8) (error string)))))
        (export "results" (func (param "a" (result)) (param "b" (result u8)) (param "c" (result (error u8)))))"#;
    let found = exported(&interfaces(&["a:b/c"], items));
    assert_eq!(
        found.tasks[0].signature.canonical_text(),
        "func(v: variant { x, y(record { a: bool, b-c: tuple<s8, u8, s16, u16> }) }, e: enum { p, q }, \
         f: flags { m, n }, n: list<u64>, o: option<s32>, p: tuple<u32, s64, f32, f64, char>) \
         -> result<list<u8>, string>"
    );
    assert_eq!(found.tasks[1].signature.canonical_text(), "func(a: result, b: result<u8>, c: result<_, u8>)");
    assert!(found.not_tasks.is_empty(), "the types of an interface are not listed: {:?}", found.not_tasks);
}

#[test]
fn a_component_with_async_exports_needs_async_and_runs_its_tasks() {
    let found = exported(
        r#"(component
            (core module $m
                (func (export "f") (param i32) (result i32) unreachable)
                (func (export "callback") (param i32 i32 i32) (result i32) unreachable))
            (core instance $i (instantiate $m))
            (type $t (func async (param "x" u32) (result u32)))
            (func $f (type $t) (canon lift (core func $i "f") async (callback (core func $i "callback"))))
            (func $g (param "x" u32) (result u32) (canon lift (core func $i "f")))
            (export "f" (func $f))
            (export "g" (func $g)))"#,
    );
    assert!(found.needs_async);
    assert_eq!(found.tasks.iter().map(|task| task.is_async).collect::<Vec<_>>(), [true, false]);
    assert_eq!(found.tasks[0].signature, found.tasks[1].signature);
}

#[test]
fn async_inside_is_seen_where_no_export_shows_it() {
    // QuickJS built without `--sync` looks like this: an async built-in, and no async export.
    let found = exported(
        r#"(component
            (import "i" (func $i))
            (core func (canon task.cancel))
            (export "f" (func $i)))"#,
    );
    assert!(found.needs_async && !found.tasks[0].is_async);
}

#[test]
fn types_that_cannot_be_keyed_are_named_with_their_place() {
    let found = exported(&functions(&[
        ("a", r#"(param "ok" u8) (param "input" (list (option (stream u8))))"#),
        ("b", r#"(result (tuple u8 (result u8 (error (future)))))"#),
        ("c", r#"(param "x" (future string))"#),
    ]));
    assert!(found.tasks.is_empty() && found.needs_async);
    let reason = |ty, place: &str| NotATaskReason::Type { ty, place: place.to_owned() };
    let stream = reason(UnsupportedType::Stream, "parameter `input`, element, some");
    let future = reason(UnsupportedType::Future, "the result, member 1, err");
    let param = reason(UnsupportedType::Future, "parameter `x`");
    assert_eq!(reasons(&found), [("a", &stream), ("b", &future), ("c", &param)]);
    assert_eq!(stream.to_string(), "parameter `input`, element, some is a stream, which cannot be keyed or stored");
}

#[test]
fn what_belongs_to_a_resource_is_not_a_task() {
    let items = r#"
        (export "counter" (type $c (sub resource)))
        (type $r (record (field "c" (own $c)))) (export "r" (type $r' (eq $r)))
        (export "[constructor]counter" (func (result (own $c))))
        (export "[method]counter.add" (func (param "self" (borrow $c))))
        (export "[static]counter.merge" (func (param "a" (own $c)) (result u32)))
        (export "make" (func (result $r')))
        (export "count" (func (param "c" (borrow $c)) (result u32)))
        (export "free" (func (result u32)))"#;
    let found = exported(&interfaces(&["a:b/c@1.0.0"], items));
    assert_eq!(names(&found), ["a:b/c@1.0.0#free"]);
    let of = NotATaskReason::OfAResource;
    let resource = |place: &str| NotATaskReason::Type { ty: UnsupportedType::Resource, place: place.to_owned() };
    assert_eq!(
        reasons(&found),
        [
            ("a:b/c@1.0.0#[constructor]counter", &of(ResourceFunction::Constructor)),
            ("a:b/c@1.0.0#[method]counter.add", &of(ResourceFunction::Method)),
            ("a:b/c@1.0.0#[static]counter.merge", &of(ResourceFunction::Static)),
            ("a:b/c@1.0.0#make", &resource("the result, field `c`")),
            ("a:b/c@1.0.0#count", &resource("parameter `c`")),
        ]
    );
}

#[test]
fn wasi_exports_are_not_tasks() {
    let found = exported(&interfaces(&["wasi:cli/run@0.2.6"], r#"(export "run" (func (result (result))))"#));
    assert!(found.tasks.is_empty());
    assert_eq!(reasons(&found), [("wasi:cli/run@0.2.6", &NotATaskReason::Wasi)]);
}

#[test]
fn the_build_time_export_of_componentize_py_is_hidden_with_its_interface() {
    let init = r#"
        (type $s (record (field "types-package" string))) (export "symbols" (type $s' (eq $s)))
        (export "init" (func (param "app-name" string) (param "symbols" $s') (param "stub-wasi" bool)
            (result (result (error string)))))"#;
    let found = exported(&interfaces(&["exports"], init));
    assert!(found.tasks.is_empty());
    assert_eq!(reasons(&found), [("exports", &NotATaskReason::BuildTime(BuildTimeExport::ComponentizePy))]);
}

#[test]
fn an_interface_of_ones_own_called_exports_stays() {
    let own = r#"(export "init" (func (param "app-name" string))) (export "f" (func))"#;
    let found = exported(&interfaces(&["exports"], own));
    assert_eq!(names(&found), ["exports#init", "exports#f"]);
}

#[test]
fn the_build_time_export_of_componentize_qjs_is_hidden_by_its_exact_type() {
    let shape = r#"(param "shim" string) (param "script" string) (param "entry-path" (option string))
        (param "disable-gc" bool) (result (result (error string)))"#;
    let found = exported(&functions(&[("init", shape), ("start", shape)]));
    assert_eq!(names(&found), ["start"]);
    assert_eq!(reasons(&found), [("init", &NotATaskReason::BuildTime(BuildTimeExport::ComponentizeQjs))]);
    let found = exported(&functions(&[("init", r#"(param "shim" string)"#)]));
    assert_eq!(names(&found), ["init"]);
}

#[test]
fn a_manifest_of_any_compatible_version_is_found() {
    for name in ["larder:task/manifest@0.1.0", "larder:task/manifest@0.1.7"] {
        let found = exported(&interfaces(&[name], &manifest_items(TIMEOUT)));
        assert_eq!(found.manifest.as_ref().map(|manifest| manifest.export.to_string()), Some(format!("{name}#tasks")));
        assert!(found.tasks.is_empty());
        assert_eq!(reasons(&found), [(name, &NotATaskReason::Manifest)]);
    }
}

#[test]
fn a_manifest_may_be_older_than_its_last_questions() {
    let (types, field) = NEEDS;
    let with_needs = format!("{types} {}", manifest_items(&format!("{TIMEOUT} {field}")));
    let current = format!("{types} {}", manifest_items(&format!("{TIMEOUT} {field} (field \"file-names\" bool)")));
    let signature = |items: &str| {
        let found = exported(&interfaces(&["larder:task/manifest@0.1.0"], items));
        found.manifest.expect("a manifest").signature
    };
    assert_eq!(signature(&current), manifest_type());
    assert_eq!(signature(&with_needs), manifest_type_of(FIRST_FIELDS + 1));
    assert_eq!(signature(&manifest_items(TIMEOUT)), manifest_type_of(FIRST_FIELDS));
}

#[test]
fn a_manifest_may_export_more_than_this_host_asks() {
    let items = format!("{} (export \"more\" (func))", manifest_items(TIMEOUT));
    let found = exported(&interfaces(&["larder:task/manifest@0.1.1"], &items));
    assert!(found.manifest.is_some() && found.tasks.is_empty());
}

#[test]
fn what_is_no_function_is_listed_once() {
    let found = exported(
        r#"(component
            (import "r" (type $r (sub resource)))
            (type $t (list u8))
            (core module $m)
            (component $c)
            (instance $i (export "m" (core module $m)) (export "c" (component $c)) (export "t" (type $t)))
            (instance $outer (export "i" (instance $i)))
            (export "r2" (type $r)) (export "t2" (type $t)) (export "m2" (core module $m)) (export "c2" (component $c))
            (export "i2" (instance $i)) (export "a:b/outer" (instance $outer)))"#,
    );
    assert!(found.tasks.is_empty());
    let kinds = [
        ("r2", ItemKind::Resource),
        ("t2", ItemKind::Type),
        ("m2", ItemKind::Module),
        ("c2", ItemKind::Component),
        ("i2#m", ItemKind::Module),
        ("i2#c", ItemKind::Component),
        ("a:b/outer#i", ItemKind::Interface),
    ];
    let kinds = kinds.map(|(export, kind)| (export, NotATaskReason::NotAFunction(kind)));
    assert_eq!(reasons(&found), kinds.iter().map(|(export, reason)| (*export, reason)).collect::<Vec<_>>());
}

#[test]
fn a_component_without_exports_has_no_tasks() {
    let found = exported("(component)");
    assert!(found.tasks.is_empty() && found.not_tasks.is_empty() && found.manifest.is_none() && !found.needs_async);
}

#[test]
fn exports_of_nested_components_are_not_ours() {
    let found = exported(
        r#"(component
            (component $c (import "i" (func $i)) (export "inner" (func $i)))
            (import "i" (func $i))
            (instance (instantiate $c (with "i" (func $i))))
            (export "outer" (func $i)))"#,
    );
    assert_eq!(names(&found), ["outer"]);
}
