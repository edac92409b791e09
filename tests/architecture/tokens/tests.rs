//! Paths in tokens.

use super::*;

fn text(uses: &[Use]) -> Vec<String> {
    uses.iter().map(|used| format!("{:?} {}", used.kind, used.path.join("::"))).collect()
}

#[track_caller]
fn check(tokens: &str, expected: &[&str]) {
    let mut uses = Vec::new();
    scan(tokens.parse().unwrap(), &mut uses);
    assert_eq!(text(&uses), expected, "{tokens}");
}

#[test]
fn paths_are_found_in_any_group() {
    check("a::b, (c::d, [e::f { g::h }])", &["Path a::b", "Path c::d", "Path e::f", "Path g::h"]);
    check("x = a::b::c(1)..d::e", &["Path a::b::c", "Path d::e"]);
    check("::a::b + super::c", &["Path ::a::b", "Path super::c"]);
    check("a::B::<c::D>::new()", &["Path a::B", "Path c::D"]);
    check("$crate::a::b", &["Path crate::a::b"]);
}

#[test]
fn groups_of_imports_are_taken_apart() {
    check(
        "use a::{b, c::{d as e, self}, f::*, *};",
        &["Path a::b", "Path a::c::d", "Path a::c", "Glob a::f", "Glob a"],
    );
    check("use a::*;", &["Glob a"]);
}

#[test]
fn macros_and_methods_are_told_apart() {
    check("println!(\"{}\", now.elapsed())", &["Macro println", "Method elapsed"]);
    check("a::m!(x.b(1).c())", &["Macro a::m", "Method c"]);
    check("a::b != c", &["Path a::b"]);
}

#[test]
fn nothing_else_is_a_path() {
    check("a b self.c x.y.z 'a: 'static a as b", &[]);
    check("$a::b, $x:expr => $($x),*", &[]);
    check("\"a::b\" b\"c::d\" 'e'", &[]);
    check("a != b, a * b, a: T", &[]);
}

#[test]
fn strings_of_attributes_can_be_paths() {
    let mut uses = Vec::new();
    scan_attribute("with = \"crate::a\", reason = \"see a::b there\", x = \"word\"".parse().unwrap(), &mut uses);
    assert_eq!(text(&uses), ["Path crate::a"]);
}

#[test]
fn keys_stand_after_commas() {
    assert_eq!(keys("long, env = NAME, value_parser(x), 1".parse().unwrap()), ["long", "env", "value_parser"]);
}
