//! Paths, and their places in a text.
//!
//! A path is a list of names, without generic arguments. One that begins with `::` begins with an empty name.

use proc_macro2::Ident;
use syn::ext::IdentExt as _;

/// A path in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    /// Names of the path.
    pub(crate) path: Vec<String>,
    /// Kind of the place that it is in.
    pub(crate) kind: UseKind,
    /// Line of the path in its file.
    pub(crate) line: usize,
}

/// Kind of the place that a path is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UseKind {
    /// A `use` item that imports one name.
    Import,
    /// A `use` item that imports all names of the path.
    Glob,
    /// An expression, a type, a pattern or an attribute.
    Path,
    /// The name of a macro that is called.
    Macro,
    /// The name of a method that is called without arguments.
    Method,
}

/// A name that a `use` item brings into scope, or all names of a path.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Import {
    /// The imported path.
    pub(crate) path: Vec<String>,
    /// The name in this module, or `None` for all names of the path.
    pub(crate) name: Option<String>,
}

/// An identifier without `r#`.
pub(crate) fn name(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// Names of a path; one that begins with `::` begins with an empty name.
pub(crate) fn names(path: &syn::Path) -> Vec<String> {
    let leading = path.leading_colon.as_ref().map(|_| String::new());
    leading.into_iter().chain(path.segments.iter().map(|segment| name(&segment.ident))).collect()
}
