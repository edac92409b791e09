//! Circles in small crates.

use super::graph::Graph;
use crate::sources::tests::sources_of;

/// Dependencies between the files of a crate, as `from -> to`.
pub(crate) fn arrows(files: &[(&str, &str)]) -> Vec<String> {
    Graph::of(&sources_of(files)).arrows()
}

#[track_caller]
fn check(files: &[(&str, &str)], expected: &[&[&str]]) {
    assert_eq!(Graph::of(&sources_of(files)).circles(), expected, "{files:#?}");
}

#[test]
fn two_files_that_import_each_other_are_a_circle() {
    check(
        &[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use super::b::B; struct A;"),
            ("b.rs", "struct B; fn f() { crate::a::A }"),
        ],
        &[&["a.rs", "b.rs"]],
    );
}

#[test]
fn a_door_with_a_type_is_in_a_circle() {
    check(
        &[("lib.rs", "mod a; pub use a::A; pub struct S;"), ("a.rs", "pub struct A(super::S);")],
        &[&["a.rs", "lib.rs"]],
    );
}

#[test]
fn a_circle_can_lead_through_re_exports() {
    check(
        &[
            ("lib.rs", "mod a; mod b; mod c;"),
            ("a.rs", "use crate::b::C as D; pub struct A;"),
            ("b.rs", "pub use super::c::C;"),
            ("c.rs", "use crate::a; pub struct C(a::A);"),
        ],
        &[&["a.rs", "c.rs"]],
    );
}

#[test]
fn a_long_circle_is_one() {
    check(
        &[
            ("lib.rs", "mod a; mod b; mod c; mod d;"),
            ("a.rs", "use crate::b::B; pub struct A;"),
            ("b.rs", "use crate::c::C; pub struct B;"),
            ("c.rs", "use crate::a::A; pub struct C;"),
            ("d.rs", "use crate::a::A;"),
        ],
        &[&["a.rs", "b.rs", "c.rs"]],
    );
}

#[test]
fn circles_without_a_way_between_them_are_two() {
    check(
        &[
            ("lib.rs", "mod a; mod b; mod c; mod d;"),
            ("a.rs", "use crate::b::B; use crate::c::C; pub struct A;"),
            ("b.rs", "use crate::a::A; pub struct B;"),
            ("c.rs", "use crate::d::D; pub struct C;"),
            ("d.rs", "use crate::c::C; pub struct D;"),
        ],
        &[&["a.rs", "b.rs"], &["c.rs", "d.rs"]],
    );
}

#[test]
fn a_door_without_furniture_is_in_no_circle() {
    check(
        &[
            ("lib.rs", "mod door;"),
            ("door/mod.rs", "mod a; mod b; pub use self::a::A; pub use self::b::B;"),
            ("door/a.rs", "pub struct A;"),
            ("door/b.rs", "use super::A; pub struct B(crate::door::A);"),
        ],
        &[],
    );
}

#[test]
fn a_circle_of_tests_is_none() {
    check(
        &[
            ("lib.rs", "mod a; mod b;"),
            ("a.rs", "use crate::b::B; pub struct A; #[cfg(test)] mod tests { use super::*; }"),
            ("b.rs", "pub struct B; #[cfg(test)] mod tests { use crate::a::A; }"),
        ],
        &[],
    );
}

#[test]
fn the_imports_of_a_circle_are_told() {
    let graph = Graph::of(&sources_of(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use super::{\nb::B, c::C};\npub struct A(B);"),
        ("b.rs", "pub struct B;\nfn f() { crate::a::A }"),
        ("c.rs", "pub struct C;"),
    ]));
    let circle = ["a.rs".to_owned(), "b.rs".to_owned()];
    assert_eq!(graph.imports(&circle), "  a.rs -> b.rs: 2: super::b::B\n  b.rs -> a.rs: 2: crate::a::A\n");
}
