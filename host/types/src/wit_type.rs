//! The closed mirror of the WIT value types that a task's signature may use, and their canonical text.
//!
//! A type here is *expanded*: aliases are gone, and only the structure is left that the component model itself
//! compares (component-model spec, `Explainer.md`, "Type definitions"). Two types are equal exactly when their
//! canonical texts are. Resources, streams, futures, error-contexts, maps and fixed-length lists have no mirror: an
//! export that uses one is not a task. The exceptions are the two resources that stand for content, `file` and
//! `directory` of `larder:task/files`, both owned and borrowed.
//!
//! This module must never see wasmtime: the mirror is what keeps the key independent of the engine.

use std::fmt;

/// A WIT value type, fully expanded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum WitType {
    /// `bool`
    Bool,
    /// `s8`
    S8,
    /// `u8`
    U8,
    /// `s16`
    S16,
    /// `u16`
    U16,
    /// `s32`
    S32,
    /// `u32`
    U32,
    /// `s64`
    S64,
    /// `u64`
    U64,
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// `char`, a Unicode scalar value
    Char,
    /// `string`
    String,
    /// `list<T>`
    List(Box<WitType>),
    /// `record { … }`, fields in declared order
    Record(Vec<Field>),
    /// `tuple<…>`
    Tuple(Vec<WitType>),
    /// `variant { … }`, cases in declared order
    Variant(Vec<Case>),
    /// `enum { … }`, case names in declared order
    Enum(Vec<String>),
    /// `option<T>`
    Option(Box<WitType>),
    /// `result<T, E>`, where either may be absent
    Result {
        /// The payload of `ok`, if it has one.
        ok: Option<Box<WitType>>,
        /// The payload of `err`, if it has one.
        err: Option<Box<WitType>>,
    },
    /// `flags { … }`, names in declared order; the component model allows at most 32
    Flags(Vec<String>),
    /// The resource `file` of `larder:task/files`, `own` or `borrow`
    File,
    /// The resource `directory` of `larder:task/files`, `own` or `borrow`
    Directory,
}

/// A name with a type: a record's field, or a function's parameter. Names are kebab-case, as in WIT.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Field {
    /// The name as written in WIT.
    pub name: String,
    /// The type of its value.
    pub ty: WitType,
}

/// One case of a variant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Case {
    /// The name as written in WIT.
    pub name: String,
    /// The type of its payload, if it has one.
    pub ty: Option<WitType>,
}

/// The signature of a task: its named parameters and its result.
///
/// It does not say if the export is `async`, which does not change what the task computes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Signature {
    /// The parameters in declared order.
    pub params: Vec<Field>,
    /// The type of the result, if there is one.
    pub result: Option<WitType>,
}

impl Signature {
    /// The canonical text, which enters the cache id: `func(a: string, b: u32) -> result<u32, string>`.
    #[must_use]
    pub fn canonical_text(&self) -> String {
        self.to_string()
    }

    /// Returns true if a value of any parameter, or the result, can contain a file or a directory.
    #[must_use]
    pub fn has_blobs(&self) -> bool {
        self.params.iter().any(|param| param.ty.has_blobs()) || self.result.as_ref().is_some_and(WitType::has_blobs)
    }
}

impl WitType {
    /// `list<u8>`, whose values are byte strings.
    #[must_use]
    pub fn bytes() -> Self {
        Self::List(Box::new(Self::U8))
    }

    /// Returns true if this is `list<u8>`.
    #[must_use]
    pub fn is_bytes(&self) -> bool {
        matches!(self, Self::List(element) if **element == Self::U8)
    }

    /// Returns true if this is an option. In JSON `null` is a value of it, so an option of it needs `{"some": …}`.
    #[must_use]
    pub const fn is_option(&self) -> bool {
        matches!(self, Self::Option(_))
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("func(")?;
        separated(f, &self.params, |f, param| write!(f, "{param}"))?;
        f.write_str(")")?;
        match &self.result {
            Some(ty) => write!(f, " -> {ty}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.ty)
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.ty {
            Some(ty) => write!(f, "{}({ty})", self.name),
            None => f.write_str(&self.name),
        }
    }
}

impl fmt::Display for WitType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("bool"),
            Self::S8 => f.write_str("s8"),
            Self::U8 => f.write_str("u8"),
            Self::S16 => f.write_str("s16"),
            Self::U16 => f.write_str("u16"),
            Self::S32 => f.write_str("s32"),
            Self::U32 => f.write_str("u32"),
            Self::S64 => f.write_str("s64"),
            Self::U64 => f.write_str("u64"),
            Self::F32 => f.write_str("f32"),
            Self::F64 => f.write_str("f64"),
            Self::Char => f.write_str("char"),
            Self::String => f.write_str("string"),
            Self::List(element) => write!(f, "list<{element}>"),
            Self::Record(fields) => braced(f, "record", fields),
            Self::Tuple(types) => {
                f.write_str("tuple<")?;
                separated(f, types, |f, ty| write!(f, "{ty}"))?;
                f.write_str(">")
            }
            Self::Variant(cases) => braced(f, "variant", cases),
            Self::Enum(names) => braced(f, "enum", names),
            Self::Option(some) => write!(f, "option<{some}>"),
            Self::Result { ok, err } => match (ok, err) {
                (Some(ok), Some(err)) => write!(f, "result<{ok}, {err}>"),
                (Some(ok), None) => write!(f, "result<{ok}>"),
                (None, Some(err)) => write!(f, "result<_, {err}>"),
                (None, None) => f.write_str("result"),
            },
            Self::Flags(names) => braced(f, "flags", names),
            Self::File => f.write_str("file"),
            Self::Directory => f.write_str("directory"),
        }
    }
}

fn braced<T: fmt::Display>(f: &mut fmt::Formatter<'_>, keyword: &str, items: &[T]) -> fmt::Result {
    write!(f, "{keyword} {{ ")?;
    separated(f, items, |f, item| write!(f, "{item}"))?;
    f.write_str(" }")
}

fn separated<T>(
    f: &mut fmt::Formatter<'_>,
    items: &[T],
    mut each: impl FnMut(&mut fmt::Formatter<'_>, &T) -> fmt::Result,
) -> fmt::Result {
    for (position, item) in items.iter().enumerate() {
        if position > 0 {
            f.write_str(", ")?;
        }
        each(f, item)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::strategies::{signature, wit_type};
    use proptest::prelude::*;

    fn field(name: &str, ty: WitType) -> Field {
        Field { name: name.to_owned(), ty }
    }

    fn boxed(ty: WitType) -> Option<Box<WitType>> {
        Some(Box::new(ty))
    }

    #[test]
    fn the_canonical_text_is_pinned() {
        let shape = WitType::Variant(vec![
            Case { name: "dot".into(), ty: None },
            Case { name: "circle".into(), ty: Some(WitType::F64) },
        ]);
        let names = || vec!["a".to_owned(), "b".to_owned()];
        let result = |ok, err| WitType::Result { ok, err };
        for (ty, text) in [
            (WitType::bytes(), "list<u8>"),
            (WitType::Option(Box::new(WitType::Char)), "option<char>"),
            (WitType::Tuple(vec![WitType::Bool, WitType::S64]), "tuple<bool, s64>"),
            (WitType::Record(vec![field("x", WitType::F32), field("y", WitType::F32)]), "record { x: f32, y: f32 }"),
            (shape, "variant { dot, circle(f64) }"),
            (WitType::Enum(names()), "enum { a, b }"),
            (WitType::Flags(names()), "flags { a, b }"),
            (WitType::File, "file"),
            (WitType::List(Box::new(WitType::Directory)), "list<directory>"),
            (result(None, None), "result"),
            (result(boxed(WitType::U8), None), "result<u8>"),
            (result(None, boxed(WitType::U8)), "result<_, u8>"),
            (result(boxed(WitType::U8), boxed(WitType::String)), "result<u8, string>"),
        ] {
            assert_eq!(ty.to_string(), text);
        }
        let signature = Signature {
            params: vec![field("a", WitType::String), field("b", WitType::U32)],
            result: Some(result(boxed(WitType::U32), boxed(WitType::String))),
        };
        assert_eq!(signature.canonical_text(), "func(a: string, b: u32) -> result<u32, string>");
        assert_eq!(Signature { params: vec![], result: None }.canonical_text(), "func()");
    }

    #[test]
    fn only_a_list_of_u8_is_bytes() {
        assert!(WitType::bytes().is_bytes());
        for ty in [WitType::U8, WitType::List(Box::new(WitType::S8)), WitType::List(Box::new(WitType::bytes()))] {
            assert!(!ty.is_bytes(), "{ty}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn types_are_equal_exactly_when_their_texts_are(a in wit_type(), b in wit_type()) {
            prop_assert_eq!(a == b, a.to_string() == b.to_string());
        }

        #[test]
        fn signatures_are_equal_exactly_when_their_texts_are(a in signature(), b in signature()) {
            prop_assert_eq!(a == b, a.canonical_text() == b.canonical_text());
        }
    }
}
