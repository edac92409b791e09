//! Items that only tests compile.

use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ImplItem, Item, Meta, Stmt, Token, TraitItem};

/// True if the attributes keep an item out of every build except tests: `#[cfg(test)]`, `#[cfg(all(test, unix))]`,
/// `#[test]`. An item that a feature can bring in without a test is production code.
pub(crate) fn is_test_only(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let conditions = || attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).unwrap();
        attribute.path().is_ident("test")
            || (attribute.path().is_ident("cfg") && conditions().iter().all(|meta| value(meta) == Some(false)))
    })
}

/// Value of a condition if `test` is false, or `None` if it depends on something else.
fn value(condition: &Meta) -> Option<bool> {
    if condition.path().is_ident("test") {
        return Some(false);
    }
    let Meta::List(list) = condition else { return None };
    let inner = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    let mut values = inner.iter().map(value);
    if list.path.is_ident("not") {
        return values.next()?.map(|value| !value);
    }
    // One false decides `all`, one true decides `any`.
    let decisive = list.path.is_ident("any");
    let values: Vec<_> = values.collect();
    if values.contains(&Some(decisive)) {
        return Some(decisive);
    }
    values.iter().all(Option::is_some).then_some(!decisive)
}

/// Attributes of an item.
pub(crate) fn of_item(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::ForeignMod(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::TraitAlias(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Verbatim(_) | _ => &[],
    }
}

/// Attributes of an item of an `impl`.
pub(crate) fn of_impl_item(item: &ImplItem) -> &[Attribute] {
    match item {
        ImplItem::Const(item) => &item.attrs,
        ImplItem::Fn(item) => &item.attrs,
        ImplItem::Macro(item) => &item.attrs,
        ImplItem::Type(item) => &item.attrs,
        ImplItem::Verbatim(_) | _ => &[],
    }
}

/// Attributes of an item of a `trait`.
pub(crate) fn of_trait_item(item: &TraitItem) -> &[Attribute] {
    match item {
        TraitItem::Const(item) => &item.attrs,
        TraitItem::Fn(item) => &item.attrs,
        TraitItem::Macro(item) => &item.attrs,
        TraitItem::Type(item) => &item.attrs,
        TraitItem::Verbatim(_) | _ => &[],
    }
}

/// Attributes of a statement, where conditions occur in practice.
pub(crate) fn of_statement(statement: &Stmt) -> &[Attribute] {
    match statement {
        Stmt::Local(local) => &local.attrs,
        Stmt::Macro(call) => &call.attrs,
        Stmt::Expr(Expr::Block(block), _) => &block.attrs,
        Stmt::Expr(Expr::Call(call), _) => &call.attrs,
        Stmt::Expr(Expr::MethodCall(call), _) => &call.attrs,
        Stmt::Expr(..) | Stmt::Item(_) => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(attributes: &str, expected: bool) {
        let item: Item = syn::parse_str(&format!("{attributes} struct S;")).unwrap();
        assert_eq!(is_test_only(of_item(&item)), expected, "{attributes}");
    }

    #[test]
    fn tests_are_left_out() {
        check("#[cfg(test)]", true);
        check("#[test]", true);
        check("#[cfg(all(test, unix))]", true);
        check("#[cfg(all(unix, any(test)))]", true);
        check("#[cfg(not(not(test)))]", true);
        check("#[derive(Debug)] #[cfg(test)]", true);
        check("#[cfg(unix)] #[cfg(test)]", true);
    }

    #[test]
    fn what_another_build_can_have_is_kept() {
        check("", false);
        check("#[cfg(not(test))]", false);
        check(r#"#[cfg(any(test, feature = "strategies"))]"#, false);
        check("#[cfg(not(all(test, unix)))]", false);
        check("#[cfg(unix)]", false);
        check("#[cfg(tests)]", false);
        check(r#"#[cfg(feature = "test")]"#, false);
        check("#[cfg_attr(test, derive(Debug))]", false);
    }
}
