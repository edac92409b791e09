//! Tests of declarations. Most components here re-export what they import: only the types matter, and this gives a
//! function of any type without code. Such components cannot run, so they are only listed.

mod attaching;
mod docs;
mod exporting;
mod finding;
mod hostile;
mod manifest;
mod refusing;
mod storing;

use crate::declare::exports::listed;
use crate::declare::{DeclareError, Exports, ManifestTask, NotATaskReason, Size, exports};

/// Returns the binary form of a component's text.
fn binary(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).unwrap_or_else(|error| panic!("{error}\n{wat}"))
}

/// Returns the exports of the component.
fn exported(wat: &str) -> Exports {
    listed(&binary(wat)).unwrap_or_else(|error| panic!("{error}\n{wat}"))
}

/// Returns the error that refuses the component.
fn refused(wat: &str) -> DeclareError {
    exports(&binary(wat)).expect_err("the component should be refused")
}

/// Builds a component that exports one instance for each name, with `functions` as its items.
fn interfaces(names: &[&str], functions: &str) -> String {
    let imported = format!("(import \"i\" (instance $i {functions}))");
    let exports: String = names.iter().map(|name| format!("(export \"{name}\" (instance $i))")).collect();
    format!("(component {imported} {exports})")
}

/// Builds a component that exports functions of the world itself: `(name, parameters and result)`.
fn functions(functions: &[(&str, &str)]) -> String {
    let each = functions.iter().enumerate().map(|(position, (name, ty))| {
        format!("(import \"i{position}\" (func $f{position} {ty})) (export \"{name}\" (func $f{position}))")
    });
    format!("(component {})", each.collect::<String>())
}

/// Returns the type of the manifest, as items of an instance; `last` is the last line of the record `task`.
fn manifest_items(last: &str) -> String {
    format!(
        r#"(type $r (record (field "cpus" u32) (field "memory-mib" u32) (field "storage-mib" u32) (field "gpus" u32)))
        (export "resources" (type $r' (eq $r)))
        (type $s (variant (case "small") (case "medium") (case "large") (case "small-gpu") (case "large-gpu")
            (case "custom" $r')))
        (export "size" (type $s' (eq $s)))
        (type $v (variant (case "declared" string) (case "pinned")))
        (export "version" (type $v' (eq $v)))
        (type $o (enum "account" "workflow"))
        (export "scope" (type $o' (eq $o)))
        (type $c (record (field "version" $v') (field "scope" $o') (field "cache-errors" bool)))
        (export "cache" (type $c' (eq $c)))
        (type $t (record (field "name" string) (field "size" $s') (field "cache" (option $c')) {last}))
        (export "task" (type $t' (eq $t)))
        (export "tasks" (func (result (list $t'))))"#
    )
}

/// The last field of the record `task` in a correct manifest.
const TIMEOUT: &str = r#"(field "timeout-seconds" (option u32))"#;

/// The types of a task's needs, as items of an instance, and the field of the record `task` after [`TIMEOUT`].
const NEEDS: (&str, &str) = (
    r#"(type $a (enum "read-only" "read-write"))
    (export "access" (type $a' (eq $a)))
    (type $d (record (field "path" string) (field "access" $a')))
    (export "directory" (type $d' (eq $d)))
    (type $h (record (field "host" string) (field "port" (option u16)) (field "methods" (list string))))
    (export "http-requests" (type $h' (eq $h)))
    (type $n (record (field "host" string) (field "port" u16)))
    (export "tcp-connections" (type $n' (eq $n)))
    (type $p (variant (case "open-world") (case "directory" $d') (case "variable" string) (case "http" $h')
        (case "tcp" $n')))
    (export "capability" (type $p' (eq $p)))"#,
    r#"(field "needs" (list $p'))"#,
);

/// Returns the names of the tasks, in order.
fn names(exports: &Exports) -> Vec<String> {
    exports.tasks.iter().map(|task| task.qualified_name()).collect()
}

/// Returns the exports that are not tasks, with the reasons.
fn reasons(exports: &Exports) -> Vec<(&str, &NotATaskReason)> {
    exports.not_tasks.iter().map(|not| (not.export.as_str(), &not.reason)).collect()
}

/// Returns a manifest's entry that declares nothing but a size.
fn entry(name: &str) -> ManifestTask {
    ManifestTask {
        name: name.to_owned(),
        size: Size::Small,
        cache: None,
        timeout_seconds: None,
        needs: None,
        file_names: false,
    }
}
