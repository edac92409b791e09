//! Paths in the items of a module: imports, and the paths of expressions, types, patterns, macros and attributes.

use proc_macro2::Ident;
use syn::visit::{self, Visit};
use syn::{Arm, Attribute, Expr, ExprMethodCall, Field, FieldValue, ImplItem, Item, ItemUse, Lit, Meta, Stmt};
use syn::{TraitItem, UseTree, Variant};

use crate::paths::{Import, Use, UseKind, name, names};
use crate::test_only::{is_test_only, of_impl_item, of_item, of_statement, of_trait_item};
use crate::tokens;

/// Collects the paths of one module's items.
#[derive(Default)]
pub(crate) struct Collector {
    /// Paths, in the order of the text.
    pub(crate) uses: Vec<Use>,
    /// Imported names, those of blocks included: a name of a block is taken for one of the module.
    pub(crate) imports: Vec<Import>,
}

impl Collector {
    /// Collects what an item uses.
    pub(crate) fn item(&mut self, item: &Item) {
        self.visit_item(item);
    }

    fn push(&mut self, path: Vec<String>, kind: UseKind, line: usize) {
        self.uses.push(Use { path, kind, line });
    }

    fn tree(&mut self, mut path: Vec<String>, tree: &UseTree) {
        match tree {
            UseTree::Path(tree) => {
                path.push(name(&tree.ident));
                self.tree(path, &tree.tree);
            }
            UseTree::Name(tree) => self.import(path, &tree.ident, &tree.ident),
            UseTree::Rename(tree) => self.import(path, &tree.ident, &tree.rename),
            UseTree::Glob(glob) => {
                self.push(path.clone(), UseKind::Glob, glob.star_token.spans[0].start().line);
                self.imports.push(Import { path, name: None });
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(path.clone(), tree)),
        }
    }

    fn import(&mut self, mut path: Vec<String>, imported: &Ident, named: &Ident) {
        let (is_self, is_renamed) = (imported == "self" && !path.is_empty(), imported != named);
        // `{self}` imports the path before it, by its last name.
        let named = if is_self && !is_renamed { path.last().cloned().unwrap_or_default() } else { name(named) };
        if !is_self {
            path.push(name(imported));
        }
        self.push(path.clone(), UseKind::Import, imported.span().start().line);
        if named != "_" {
            self.imports.push(Import { path, name: Some(named) });
        }
    }
}

fn line(path: &syn::Path) -> usize {
    path.segments.first().map_or(0, |segment| segment.ident.span().start().line)
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_test_only(of_item(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        if !is_test_only(of_impl_item(item)) {
            visit::visit_impl_item(self, item);
        }
    }

    fn visit_trait_item(&mut self, item: &'ast TraitItem) {
        if !is_test_only(of_trait_item(item)) {
            visit::visit_trait_item(self, item);
        }
    }

    fn visit_stmt(&mut self, statement: &'ast Stmt) {
        if !is_test_only(of_statement(statement)) {
            visit::visit_stmt(self, statement);
        }
    }

    fn visit_field(&mut self, field: &'ast Field) {
        if !is_test_only(&field.attrs) {
            visit::visit_field(self, field);
        }
    }

    fn visit_field_value(&mut self, value: &'ast FieldValue) {
        if !is_test_only(&value.attrs) {
            visit::visit_field_value(self, value);
        }
    }

    fn visit_variant(&mut self, variant: &'ast Variant) {
        if !is_test_only(&variant.attrs) {
            visit::visit_variant(self, variant);
        }
    }

    fn visit_arm(&mut self, arm: &'ast Arm) {
        if !is_test_only(&arm.attrs) {
            visit::visit_arm(self, arm);
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let leading = item.leading_colon.as_ref().map(|_| String::new());
        self.tree(leading.into_iter().collect(), &item.tree);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.push(names(path), UseKind::Path, line(path));
        visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        if call.args.is_empty() {
            self.push(vec![name(&call.method)], UseKind::Method, call.method.span().start().line);
        }
        visit::visit_expr_method_call(self, call);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.push(names(&call.path), UseKind::Macro, line(&call.path));
        tokens::scan(call.tokens.clone(), &mut self.uses);
    }

    /// Arguments of an attribute are read as tokens, and a string among them as a path if it is one from two names on:
    /// `#[serde(with = "crate::hex")]`. The attribute is another crate's: `#[arg(env = "X")]` is the path `::arg::env`.
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if attribute.path().is_ident("doc") || attribute.path().is_ident("cfg") {
            return;
        }
        match &attribute.meta {
            Meta::List(list) => {
                let mut path = names(&list.path);
                path.insert(0, String::new());
                for key in tokens::keys(list.tokens.clone()) {
                    self.push([&*path, &[key]].concat(), UseKind::Path, line(&list.path));
                }
                tokens::scan_attribute(list.tokens.clone(), &mut self.uses);
            }
            Meta::NameValue(pair) => {
                if let Expr::Lit(literal) = &pair.value
                    && let Lit::Str(text) = &literal.lit
                {
                    tokens::quoted(&text.value(), text.span().start().line, &mut self.uses);
                }
            }
            Meta::Path(_) => {}
        }
    }

    /// `pub(in crate::a)` names a module and imports nothing from it.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

#[cfg(test)]
mod tests;
