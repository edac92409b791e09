//! Definitions: the items of a module that neither declare a module nor import a name.

use syn::{Item, Type, Visibility};

use crate::paths::{name, names};
use crate::test_only::{is_test_only, of_item};

/// Kind and name of what an item defines, or `None` for a `mod` or `use` item, and for a public module of re-exports.
pub(crate) fn definition(item: &Item) -> Option<String> {
    Some(match item {
        Item::Use(_) => return None,
        Item::Mod(module) => {
            let (_, items) = module.content.as_ref()?;
            let is_re_export =
                |item: &Item| matches!(item, Item::Use(item) if matches!(item.vis, Visibility::Public(_)));
            let mut compiled = items.iter().filter(|item| !is_test_only(of_item(item)));
            if matches!(module.vis, Visibility::Public(_)) && compiled.all(is_re_export) {
                return None;
            }
            format!("mod {}", name(&module.ident))
        }
        Item::Const(item) => format!("const {}", name(&item.ident)),
        Item::Enum(item) => format!("enum {}", name(&item.ident)),
        Item::ExternCrate(item) => format!("extern crate {}", name(&item.ident)),
        Item::Fn(item) => format!("fn {}", name(&item.sig.ident)),
        Item::ForeignMod(_) => "extern".to_owned(),
        Item::Impl(item) => {
            let of = of_type(&item.self_ty);
            item.trait_.as_ref().map_or(format!("impl {of}"), |(path, _)| format!("impl {} for {of}", last(path)))
        }
        Item::Macro(item) => format!("macro {}", item.ident.as_ref().map_or_else(|| last(&item.mac.path), name)),
        Item::Static(item) => format!("static {}", name(&item.ident)),
        Item::Struct(item) => format!("struct {}", name(&item.ident)),
        Item::Trait(item) => format!("trait {}", name(&item.ident)),
        Item::TraitAlias(item) => format!("trait {}", name(&item.ident)),
        Item::Type(item) => format!("type {}", name(&item.ident)),
        Item::Union(item) => format!("union {}", name(&item.ident)),
        Item::Verbatim(_) | _ => "an item that `syn` does not know".to_owned(),
    })
}

fn last(path: &syn::Path) -> String {
    names(path).pop().unwrap_or_default()
}

fn of_type(of: &Type) -> String {
    if let Type::Path(path) = of { last(&path.path) } else { "a type without a name".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(door: &str, expected: &[&str]) {
        let items: Vec<_> = syn::parse_file(door).unwrap().items.iter().filter_map(definition).collect();
        assert_eq!(items, expected, "{door}");
    }

    #[test]
    fn a_door_lists_modules_and_names() {
        check(
            "//! A door.\n#![expect(dead_code)]\nmod a; pub(crate) mod b; use a::A; pub use self::b::{B, C as D};",
            &[],
        );
        check("/// Cut for embedders.\npub mod shown { pub use crate::a::A; pub use other::B; }", &[]);
        check("pub mod shown { pub use crate::a::A; #[cfg(test)] fn f() {} }", &[]);
    }

    #[test]
    fn items_are_definitions() {
        check("struct S; enum E {} union U { x: u8 } type T = u8;", &["struct S", "enum E", "union U", "type T"]);
        check("fn f() {} const C: u8 = 1; static X: u8 = 1; trait T {}", &["fn f", "const C", "static X", "trait T"]);
        check(
            "impl S {} impl Drop for a::S {} impl From<a::B> for S {}",
            &["impl S", "impl Drop for S", "impl From for S"],
        );
        check("macro_rules! m { () => {} } n!(); a::o! {}", &["macro m", "macro n", "macro o"]);
        check("extern crate a; extern \"C\" {}", &["extern crate a", "extern"]);
    }

    #[test]
    fn an_inline_module_with_more_than_re_exports_is_a_definition() {
        check("pub mod a { struct S; }", &["mod a"]);
        check("pub mod a { use b::C; }", &["mod a"]);
        check("mod a { pub use b::C; }", &["mod a"]);
        check("pub mod a { pub use b::C; mod d; }", &["mod a"]);
        check("pub mod a { pub(crate) use b::C; }", &["mod a"]);
    }
}
