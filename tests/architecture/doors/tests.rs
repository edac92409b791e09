//! Doors of small crates.

use super::*;
use crate::sources::tests::sources_of;

#[test]
fn only_doors_are_looked_at() {
    let sources = sources_of(&[
        ("lib.rs", "mod a; mod b; mod c; pub mod d { pub use crate::a::A; } #[cfg(test)] fn f() {}"),
        ("a.rs", "pub struct A;"),
        ("b/mod.rs", "mod inner; pub struct B; impl B {}"),
        ("b/inner.rs", "pub struct C;"),
        ("c/mod.rs", "#[cfg(test)] mod tests { fn f() {} }"),
    ]);
    let expected = vec!["struct B".to_owned(), "impl B".to_owned()];
    assert_eq!(defining(&sources), BTreeMap::from([("b/mod.rs", expected)]));
}
