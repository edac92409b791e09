//! The file that a path leads to, in small crates.

use crate::circles::arrows;

const A: (&str, &str) = ("a.rs", "pub struct A; pub fn run() {} pub enum E { V }");

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&str]) {
    assert_eq!(arrows(files), expected, "{files:#?}");
}

/// Checks a crate of `lib.rs` with the modules `a` and `b`, where `b` has this text.
#[track_caller]
fn leads_to_a(text: &str) {
    check(&[("lib.rs", "mod a; mod b;"), A, ("b.rs", text)], &["b.rs -> a.rs"]);
}

#[track_caller]
fn leads_nowhere(text: &str) {
    check(&[("lib.rs", "mod a; mod b;"), A, ("b.rs", text)], &[]);
}

#[test]
fn an_import_leads_to_its_file() {
    leads_to_a("use crate::a::A;");
    leads_to_a("use super::a::A;");
    leads_to_a("use self::super::a::A;");
    leads_to_a("use crate::{a::{A, run}};");
    leads_to_a("use super::{a::{self, A as B}};");
    leads_to_a("use crate::a::E::V;");
    leads_to_a("use crate::a::E::*;");
    leads_to_a("use crate::a::A as _;");
    leads_to_a("use crate::a::*;");
    leads_to_a("pub use crate::a::A;");
}

#[test]
fn a_path_without_an_import_leads_to_its_file() {
    leads_to_a("fn f() { crate::a::run() }");
    leads_to_a("fn f(_: &super::a::A) {}");
    leads_to_a("fn f() -> Vec<Option<crate::a::A>> { Vec::new() }");
    leads_to_a("fn f(x: u8) { match x { super::a::E::V => {} } }");
    leads_to_a("struct S { a: [crate::a::A; 2] }");
    leads_to_a("impl crate::a::A { fn f() {} }");
    leads_to_a("impl<T: super::a::A> S for T {}");
    leads_to_a("fn f() { <u8 as crate::a::A>::g() }");
    leads_to_a("fn f() { g::<crate::a::A>() }");
    leads_to_a("fn f() { use super::a::A; }");
    leads_to_a("const N: usize = { crate::a::run as usize };");
}

#[test]
fn the_name_of_a_module_is_followed() {
    leads_to_a("use super::a; fn f() { a::run() }");
    leads_to_a("use super::a as other; fn f() { other::run() }");
    leads_to_a("use crate as root; fn f() { root::a::run() }");
    leads_to_a("use super::*; fn f() { a::run() }");
    leads_to_a("fn f() { use super::a; a::run() }");
    leads_nowhere("use super::a;");
    leads_nowhere("use super::a as other;");
}

#[test]
fn macros_and_attributes_are_read() {
    leads_to_a("fn f() { assert!(crate::a::run()); }");
    leads_to_a("fn f() { vec![(1, super::a::A)]; }");
    leads_to_a("macro_rules! m { ($x:expr) => { $crate::a::run($x) } }");
    leads_to_a("m! { use crate::{a::{A}}; }");
    leads_to_a("#[serde(with = \"crate::a\", default = \"super::a::run\")] struct S;");
    leads_to_a("struct S { #[serde(default = \"crate::a::run\")] x: u8 }");
    leads_nowhere("/// See [`crate::a::A`].\nstruct S;");
    leads_nowhere("fn f() { g(\"crate::a::A\"); h!(\"crate::a::A\"); }");
}

#[test]
fn what_only_tests_compile_leads_nowhere() {
    leads_nowhere("#[cfg(test)] use crate::a::A;");
    leads_nowhere("#[cfg(test)] mod tests { use crate::a::A; }");
    leads_nowhere("#[cfg(all(test, unix))] fn f() { crate::a::run() }");
    leads_nowhere("#[test] fn f() { crate::a::run() }");
    leads_nowhere("struct S; impl S { #[cfg(test)] fn f() { crate::a::run() } }");
    leads_nowhere(
        "fn f() { #[cfg(test)] crate::a::run(); #[cfg(test)] let x = crate::a::A; #[cfg(test)] { crate::a::run() } }",
    );
    leads_nowhere("struct S { #[cfg(test)] x: crate::a::A }");
    leads_to_a("#[cfg(not(test))] use crate::a::A;");
    leads_to_a("#[cfg(any(test, feature = \"x\"))] use crate::a::A;");
}

#[test]
fn other_crates_and_own_names_lead_nowhere() {
    leads_nowhere("use std::a::A; use a::A as B; fn f() { a::run(); ::a::run() }");
    leads_nowhere("use a::a; fn f() { a() }");
    leads_nowhere("mod a { pub fn run() {} } fn f() { a::run(); self::a::run() }");
    leads_nowhere("struct A; fn f(a: A) { Self::run(); a.run() }");
    leads_nowhere("pub(in crate::a) struct S; pub(super) struct T;");
}

/// A name re-exported in a door leads to its definition.
#[test]
fn re_exports_lead_to_the_definition() {
    let door = |door: &'static str, text: &'static str| -> Vec<String> {
        arrows(&[
            ("lib.rs", "mod door; mod b;"),
            ("door/mod.rs", door),
            ("door/a.rs", "pub struct A; pub fn run() {}"),
            ("door/c.rs", "pub use super::a::A as C;"),
            ("b.rs", text),
        ])
    };
    let both = ["b.rs -> door/a.rs", "door/c.rs -> door/a.rs", "door/mod.rs -> door/a.rs"];
    assert_eq!(door("mod a; mod c; pub use self::a::A;", "use super::door::A;"), both);
    assert_eq!(door("mod a; mod c; pub use a::A;", "use crate::door::A;"), both);
    assert_eq!(door("mod a; mod c; pub use self::a::*;", "use super::door::A;"), both);
    assert_eq!(door("mod a; mod c; pub use self::a::{A as B, run};", "use super::door::{B as D};"), both);
    assert_eq!(door("mod a; mod c; pub use self::c::C;", "use super::door::C;"), both);
    assert_eq!(door("mod a; mod c; pub use self::c::*;", "fn f() { crate::door::C }"), both);
    assert_eq!(door("pub mod a; mod c;", "use super::door; fn f() { door::a::run() }"), both[..2]);
    // A name that the door does not show was created in it by a macro.
    assert_eq!(door("mod a; mod c; m!(X);", "use super::door::X;"), ["b.rs -> door/mod.rs", both[1]]);
}

#[test]
fn a_glob_imports_the_private_names_of_the_module_above() {
    check(
        &[("lib.rs", "mod a; mod b; use a::A; struct S;"), A, ("b.rs", "use super::*;")],
        &["b.rs -> a.rs", "b.rs -> lib.rs", "lib.rs -> a.rs"],
    );
}

#[test]
fn inline_modules_are_in_their_file() {
    check(
        &[
            ("lib.rs", "mod a; mod b;"),
            A,
            ("b.rs", "mod c { use super::super::a::A; mod d { use super::super::super::b::S; } } struct S;"),
        ],
        &["b.rs -> a.rs"],
    );
}

#[test]
fn a_name_can_be_a_module_and_a_function() {
    check(
        &[
            ("lib.rs", "mod run; mod b; pub use self::run::run;"),
            ("run.rs", "pub fn run() {} pub struct R;"),
            ("b.rs", "use crate::run; fn f() { run(); }"),
        ],
        &["b.rs -> run.rs", "lib.rs -> run.rs"],
    );
}

#[test]
fn macros_lead_to_their_definition() {
    check(
        &[
            ("lib.rs", "#[macro_use] mod m; mod b; macro_rules! here { () => {} }"),
            (
                "m.rs",
                "#[macro_export] macro_rules! shared { () => {} } macro_rules! own { () => {} } pub(crate) use own;",
            ),
            ("b.rs", "here!(); crate::shared!(); fn f() { crate::m::own!() }"),
        ],
        &["b.rs -> lib.rs", "b.rs -> m.rs"],
    );
}

#[test]
fn imports_of_each_other_end() {
    check(
        &[
            ("lib.rs", "mod a; mod b; pub use self::a::*; pub use self::b::X as Y;"),
            ("a.rs", "pub use super::*; pub use crate::b::X;"),
            ("b.rs", "pub use crate::a::X; pub use super::Y; use z::z; fn f() { z::z() }"),
        ],
        &["a.rs -> b.rs", "b.rs -> a.rs", "lib.rs -> a.rs", "lib.rs -> b.rs"],
    );
}
