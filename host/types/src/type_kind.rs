//! Types by kind, and the types inside a type.
//!
//! Code with a rule for each type, such as an encoding, matches on [`WitType`] itself. Code that treats many types
//! alike matches on [`TypeKind`], where all numbers are one kind and `list<u8>` is not a list. Code that only searches
//! a type goes through its [`parts`](WitType::parts). So a rule that numbers share is written once, and a new type is a
//! compile error here first.

use larder_base::BlobKind;

use crate::wit_type::{Case, Field, WitType};

/// The kind of a type, with its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TypeKind<'t> {
    /// `bool`
    Bool,
    /// An integer or a float of any width.
    Number,
    /// `char`
    Char,
    /// `string`
    String,
    /// `list<u8>`, whose values are byte strings
    Bytes,
    /// `list<T>` of anything but `u8`
    List(&'t WitType),
    /// `record { … }`
    Record(&'t [Field]),
    /// `tuple<…>`
    Tuple(&'t [WitType]),
    /// `variant { … }`
    Variant(&'t [Case]),
    /// `enum { … }`
    Enum(&'t [String]),
    /// `option<T>`
    Option(&'t WitType),
    /// `result<T, E>`
    Result {
        /// The payload of `ok`, if it has one.
        ok: Option<&'t WitType>,
        /// The payload of `err`, if it has one.
        err: Option<&'t WitType>,
    },
    /// `flags { … }`
    Flags(&'t [String]),
    /// `file` or `directory`
    Blob(BlobKind),
}

impl WitType {
    /// The kind of this type.
    #[must_use]
    pub fn kind(&self) -> TypeKind<'_> {
        match self {
            Self::Bool => TypeKind::Bool,
            Self::S8
            | Self::U8
            | Self::S16
            | Self::U16
            | Self::S32
            | Self::U32
            | Self::S64
            | Self::U64
            | Self::F32
            | Self::F64 => TypeKind::Number,
            Self::Char => TypeKind::Char,
            Self::String => TypeKind::String,
            Self::List(element) if **element == Self::U8 => TypeKind::Bytes,
            Self::List(element) => TypeKind::List(element),
            Self::Record(fields) => TypeKind::Record(fields),
            Self::Tuple(types) => TypeKind::Tuple(types),
            Self::Variant(cases) => TypeKind::Variant(cases),
            Self::Enum(names) => TypeKind::Enum(names),
            Self::Option(some) => TypeKind::Option(some),
            Self::Result { ok, err } => TypeKind::Result { ok: ok.as_deref(), err: err.as_deref() },
            Self::Flags(names) => TypeKind::Flags(names),
            Self::File => TypeKind::Blob(BlobKind::File),
            Self::Directory => TypeKind::Blob(BlobKind::Directory),
        }
    }

    /// The types directly inside this one, in declared order; `list<u8>` has none.
    pub fn parts(&self) -> impl Iterator<Item = &Self> {
        let mut parts = Parts::default();
        match self.kind() {
            TypeKind::List(inner) | TypeKind::Option(inner) => parts.types = std::slice::from_ref(inner),
            TypeKind::Tuple(types) => parts.types = types,
            TypeKind::Record(fields) => parts.fields = fields,
            TypeKind::Variant(cases) => parts.cases = cases,
            TypeKind::Result { ok, err } => parts.sides = [ok, err],
            TypeKind::Bool
            | TypeKind::Number
            | TypeKind::Char
            | TypeKind::String
            | TypeKind::Bytes
            | TypeKind::Enum(_)
            | TypeKind::Flags(_)
            | TypeKind::Blob(_) => {}
        }
        let Parts { types, fields, cases, sides } = parts;
        let (fields, cases) = (fields.iter().map(|field| &field.ty), cases.iter().filter_map(|case| case.ty.as_ref()));
        types.iter().chain(fields).chain(cases).chain(sides.into_iter().flatten())
    }

    /// Returns true if a value of this type can contain a file or a directory.
    #[must_use]
    pub fn has_blobs(&self) -> bool {
        matches!(self.kind(), TypeKind::Blob(_)) || self.parts().any(Self::has_blobs)
    }
}

/// The parts of a type, in the form in which the type keeps them: all parts are in one of these fields.
#[derive(Default)]
struct Parts<'t> {
    types: &'t [WitType],
    fields: &'t [Field],
    cases: &'t [Case],
    sides: [Option<&'t WitType>; 2],
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::strategies::wit_type;

    fn boxed(ty: WitType) -> Option<Box<WitType>> {
        Some(Box::new(ty))
    }

    #[test]
    fn the_parts_of_a_type_are_those_directly_inside_in_order() {
        use WitType as T;
        let field = |name: &str, ty| Field { name: name.into(), ty };
        let case = |name: &str, ty| Case { name: name.into(), ty };
        let nested = || T::Option(Box::new(T::Char));
        for (ty, parts) in [
            (T::U8, vec![]),
            (T::bytes(), vec![]),
            (T::List(Box::new(nested())), vec![nested()]),
            (nested(), vec![T::Char]),
            (T::Tuple(vec![T::U8, nested()]), vec![T::U8, nested()]),
            (T::Record(vec![field("b", T::String), field("a", T::File)]), vec![T::String, T::File]),
            (
                T::Variant(vec![case("a", None), case("b", Some(T::Bool)), case("c", Some(T::F32))]),
                vec![T::Bool, T::F32],
            ),
            (T::Result { ok: boxed(T::U8), err: boxed(T::String) }, vec![T::U8, T::String]),
            (T::Result { ok: None, err: boxed(T::String) }, vec![T::String]),
            (T::Enum(vec!["a".into()]), vec![]),
            (T::Flags(vec!["a".into()]), vec![]),
            (T::Directory, vec![]),
        ] {
            assert_eq!(ty.parts().cloned().collect::<Vec<_>>(), parts, "{ty}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        /// The text of a type has a word for each type in it, and no generated name contains one of these two words.
        #[test]
        fn a_type_has_blobs_exactly_when_its_text_says_so(ty in wit_type()) {
            let text = ty.to_string();
            prop_assert_eq!(ty.has_blobs(), text.contains("file") || text.contains("directory"));
        }
    }
}
