//! Paths in items.

use super::*;

fn collected(text: &str) -> Collector {
    let mut collector = Collector::default();
    syn::parse_file(text).unwrap().items.iter().for_each(|item| collector.item(item));
    collector
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let found: Vec<_> =
        collected(text).uses.iter().map(|used| format!("{:?} {}", used.kind, used.path.join("::"))).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn imports_are_taken_apart() {
    check("use a::b;", &["Import a::b"]);
    check("use a::{self, b::{c, d as e}, f::*};", &["Import a", "Import a::b::c", "Import a::b::d", "Glob a::f"]);
    check("use ::a::b; use self::c; use a as b;", &["Import ::a::b", "Import self::c", "Import a"]);
    check("use {a::b, c};", &["Import a::b", "Import c"]);
    check("use r#type::a;", &["Import type::a"]);
}

#[test]
fn imported_names_are_known() {
    let import = |path: &[&str], name: Option<&str>| Import {
        path: path.iter().map(|name| (*name).to_owned()).collect(),
        name: name.map(str::to_owned),
    };
    assert_eq!(
        collected("use a::{self, b as c, d::{self as e}, f as _, g::*}; fn f() { use h::i; }").imports,
        [
            import(&["a"], Some("a")),
            import(&["a", "b"], Some("c")),
            import(&["a", "d"], Some("e")),
            import(&["a", "g"], None),
            import(&["h", "i"], Some("i")),
        ]
    );
}

#[test]
fn paths_are_found_where_they_stand() {
    check("fn f(x: a::T<b::U>) {}", &["Path a::T", "Path b::U"]);
    check("const X: u8 = <a::T as b::U>::V;", &["Path u8", "Path a::T", "Path b::U::V"]);
    check("fn f() { a::g(b::C { d }) }", &["Path a::g", "Path b::C", "Path d"]);
    check("fn f() { x.elapsed(); x.read(1); }", &["Method elapsed", "Path x", "Path x"]);
    check("fn f() { a::m!(b::c); }", &["Macro a::m", "Path b::c"]);
    check("#[derive(a::B)] struct S;", &["Path ::derive::a", "Path a::B"]);
    check("#[arg(long, env = \"X\")] struct S;", &["Path ::arg::long", "Path ::arg::env"]);
}

#[test]
fn lines_are_those_of_the_text() {
    let lines: Vec<_> = collected("use a::{\n b,\n c,\n};\nfn f() {\n m!(\n d::e);\n}").uses;
    assert_eq!(lines.iter().map(|used| used.line).collect::<Vec<_>>(), [2, 3, 6, 7]);
}
