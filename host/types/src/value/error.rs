//! Errors of values: typed, so that an embedder can branch, and worded for the person who wrote the value.
//!
//! Every text from outside is an [excerpt](larder_base::excerpt), so that a message stays one readable line whatever it
//! quotes.

use std::fmt;

use crate::type_kind::TypeKind;
use crate::wit_type::WitType;
use larder_base::excerpt::{beginning, excerpt};

/// A text that is not a value of the expected type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// The text is not well-formed.
    #[error("this is not {syntax}: {problem}")]
    Syntax {
        /// The form that was expected.
        syntax: Syntax,
        /// The problem, and its position in the text.
        problem: String,
    },
    /// The text is well-formed in neither of its two possible forms.
    #[error("this is neither JSON ({json}) nor WAVE ({wave})")]
    Neither {
        /// The problem with it as JSON, and its position.
        json: String,
        /// The problem with it as WAVE, and its position.
        wave: String,
    },
    /// A value of another type, or out of range for its type.
    #[error("{place} should be {expected}, not {found}")]
    Mismatch {
        /// The place in the value.
        place: Place,
        /// Description of the expected value.
        expected: String,
        /// Description of the value that was found.
        found: String,
    },
    /// A name that the type does not declare.
    #[error("{place} has no {kind} `{name}`{}", suggestion(nearest.as_deref(), expected))]
    Unknown {
        /// The record, variant, enum or flags.
        place: Place,
        /// The kind of name that was expected.
        kind: NameKind,
        /// The name, shortened.
        name: String,
        /// The nearest declared name, if one is near.
        nearest: Option<String>,
        /// The type, as WIT text, shortened.
        expected: String,
    },
    /// A field that is absent and is not an option.
    #[error("{place} lacks the field `{name}: {expected}`")]
    Missing {
        /// The record.
        place: Place,
        /// The field.
        name: String,
        /// The field's type, as WIT text, shortened.
        expected: String,
    },
    /// A name that appears twice.
    #[error("{place} has the {kind} `{name}` twice")]
    Repeated {
        /// The record or flags.
        place: Place,
        /// The kind of the name.
        kind: NameKind,
        /// The name, shortened.
        name: String,
    },
}

/// A text form of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// RFC 8259.
    Json,
    /// The WebAssembly value encoding.
    Wave,
}

/// The kind of thing that a name in a value names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameKind {
    /// A record's field.
    Field,
    /// A variant's or an enum's case, or a result's side.
    Case,
    /// A label of flags.
    Flag,
}

/// A place in a value, such as `[3].mode.lenient`; empty for the whole value.
///
/// An element of a list or a tuple is `[0]`, from 0. A record's field, and the payload of a variant's case or of a
/// result's `ok` or `err`, are `.name`. An option adds nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(pub String);

/// A value that is not of its claimed type: a mistake in the calling program, not in anyone's input.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the value is not of its type: `{expected}` expected, not {found}")]
pub struct TypeMismatch {
    /// The type, as WIT text, shortened.
    pub expected: String,
    /// The value, as Rust shows it, shortened.
    pub found: String,
}

impl TypeMismatch {
    /// Returns the stable name of the error, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "argument"
    }

    /// Returns the error for a `value` that is not of type `ty`.
    #[cold]
    pub(super) fn new(value: &super::Value, ty: &WitType) -> Self {
        Self { expected: type_text(ty), found: beginning(format_args!("{value:?}")) }
    }
}

impl ValueError {
    /// Returns the stable name of the error, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "argument"
    }

    /// Returns true if the message says what type the value should have.
    #[must_use]
    pub const fn names_type(&self) -> bool {
        match self {
            Self::Mismatch { place: _, expected: _, found: _ }
            | Self::Unknown { place: _, kind: _, name: _, nearest: None, expected: _ } => true,
            Self::Syntax { syntax: _, problem: _ }
            | Self::Neither { json: _, wave: _ }
            | Self::Unknown { place: _, kind: _, name: _, nearest: Some(_), expected: _ }
            | Self::Missing { place: _, name: _, expected: _ }
            | Self::Repeated { place: _, kind: _, name: _ } => false,
        }
    }

    /// Returns the place of the error in the value, if it is known.
    #[must_use]
    pub const fn place(&self) -> Option<&Place> {
        match self {
            Self::Syntax { syntax: _, problem: _ } | Self::Neither { json: _, wave: _ } => None,
            Self::Mismatch { place, expected: _, found: _ }
            | Self::Unknown { place, kind: _, name: _, nearest: _, expected: _ }
            | Self::Missing { place, name: _, expected: _ }
            | Self::Repeated { place, kind: _, name: _ } => Some(place),
        }
    }

    pub(super) fn syntax(syntax: Syntax, problem: &str) -> Self {
        Self::Syntax { syntax, problem: excerpt(problem) }
    }

    pub(super) fn mismatch(place: Place, ty: &WitType, found: &str) -> Self {
        Self::Mismatch { place, expected: expectation(ty), found: excerpt(found) }
    }

    /// Returns the error for a name that `ty`, a type that declares names, does not declare.
    pub(super) fn unknown(place: Place, ty: &WitType, name: &str) -> Self {
        let (kind, known) = declared_names(ty);
        let nearest = nearest(name, &known).map(excerpt);
        Self::Unknown { place, kind, name: excerpt(name), nearest, expected: type_text(ty) }
    }

    pub(super) fn missing(place: Place, name: &str, ty: &WitType) -> Self {
        Self::Missing { place, name: excerpt(name), expected: type_text(ty) }
    }

    pub(super) fn repeated(place: Place, kind: NameKind, name: &str) -> Self {
        Self::Repeated { place, kind, name: excerpt(name) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { f.write_str("the value") } else { write!(f, "`{}`", excerpt(&self.0)) }
    }
}

impl fmt::Display for Syntax {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Json => "JSON",
            Self::Wave => "WAVE",
        })
    }
}

impl fmt::Display for NameKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Field => "field",
            Self::Case => "case",
            Self::Flag => "flag",
        })
    }
}

fn suggestion(nearest: Option<&str>, expected: &str) -> String {
    match nearest {
        Some(nearest) => format!(": did you mean `{nearest}`?"),
        None => format!(": it should be `{expected}`"),
    }
}

/// Returns the names that a value of `ty` may use. For an option it is the one that JSON writes for nested options.
fn declared_names(ty: &WitType) -> (NameKind, Vec<&str>) {
    match ty.kind() {
        TypeKind::Record(fields) => (NameKind::Field, fields.iter().map(|field| field.name.as_str()).collect()),
        TypeKind::Variant(cases) => (NameKind::Case, cases.iter().map(|case| case.name.as_str()).collect()),
        TypeKind::Enum(names) => (NameKind::Case, names.iter().map(String::as_str).collect()),
        TypeKind::Flags(names) => (NameKind::Flag, names.iter().map(String::as_str).collect()),
        TypeKind::Result { ok: _, err: _ } => (NameKind::Case, vec!["ok", "err"]),
        TypeKind::Option(_) => (NameKind::Case, vec!["some"]),
        TypeKind::Blob(_) => (NameKind::Field, vec!["name", "size", "digest", "path"]),
        TypeKind::Bool
        | TypeKind::Number
        | TypeKind::Char
        | TypeKind::String
        | TypeKind::Bytes
        | TypeKind::List(_)
        | TypeKind::Tuple(_) => (NameKind::Field, Vec::new()),
    }
}

/// Returns the known name of which `name` is most likely a misspelling. Names with little in common are no help, and
/// the length is bounded because the cost of comparing is the product of the lengths.
fn nearest<'n>(name: &str, known: &[&'n str]) -> Option<&'n str> {
    const LONGEST: usize = 64;
    if name.len() > LONGEST {
        return None;
    }
    let name = name.to_lowercase();
    let distances = known.iter().map(|known| (strsim::osa_distance(&name, &known.to_lowercase()), *known));
    let (distance, nearest) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + nearest.len() / 3).then_some(nearest)
}

/// Describes the values of `ty` for a message: the WIT text, and what it leaves unsaid.
fn expectation(ty: &WitType) -> String {
    let unsaid = match ty {
        WitType::S8 => " (a whole number from -128 to 127)",
        WitType::U8 => " (a whole number from 0 to 255)",
        WitType::S16 => " (a whole number from -32768 to 32767)",
        WitType::U16 => " (a whole number from 0 to 65535)",
        WitType::S32 => " (a whole number from -2147483648 to 2147483647)",
        WitType::U32 => " (a whole number from 0 to 4294967295)",
        WitType::S64 => " (a whole number from -9223372036854775808 to 9223372036854775807)",
        WitType::U64 => " (a whole number from 0 to 18446744073709551615)",
        WitType::F32 => " (a number up to 3.4028235e38, `nan`, `inf` or `-inf`)",
        WitType::F64 => " (a number up to 1.7976931348623157e308, `nan`, `inf` or `-inf`)",
        WitType::Char => " (one Unicode scalar value)",
        WitType::List(_) if ty.is_bytes() => " (base64 in JSON, or a list of numbers from 0 to 255)",
        WitType::File => " (a path, or `sha256:` and the digest of a file that is stored)",
        WitType::Directory => " (the path of a directory, or `sha256:` and the digest of one that is stored)",
        WitType::Bool
        | WitType::String
        | WitType::List(_)
        | WitType::Record(_)
        | WitType::Tuple(_)
        | WitType::Variant(_)
        | WitType::Enum(_)
        | WitType::Option(_)
        | WitType::Result { ok: _, err: _ }
        | WitType::Flags(_) => "",
    };
    format!("`{}`{unsaid}", type_text(ty))
}

/// Returns the type as WIT text, shortened: the signature of a stranger's task may have any length.
pub fn type_text(ty: &WitType) -> String {
    beginning(format_args!("{ty}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{Value, decode, encode, from_json, parse_argument};
    use crate::wit_type::Field;

    fn record() -> WitType {
        WitType::Record(vec![Field { name: "age".into(), ty: WitType::U8 }])
    }

    #[test]
    fn only_some_errors_say_what_the_value_should_be() {
        for (text, names_type) in [
            (r#"{"age": 300}"#, true),
            (r#"{"colour": 1}"#, true),
            (r#"{"aeg": 1}"#, false),
            ("{}", false),
            (r#"{"age": 1, "age": 1}"#, false),
            ("{", false),
        ] {
            assert_eq!(from_json(text, &record()).unwrap_err().names_type(), names_type, "{text}");
        }
        let neither = parse_argument("\"a", &WitType::String).unwrap_err();
        assert!(matches!(neither, ValueError::Neither { .. }) && !neither.names_type());
    }

    #[test]
    fn a_name_is_near_to_what_a_slip_makes_of_it() {
        assert_eq!(nearest("longitudo", &["latitude", "longitude"]), Some("longitude"));
        assert_eq!(nearest("LONGITUDE", &["longitude"]), Some("longitude"));
        // Of nine letters, four may be wrong.
        assert_eq!(nearest("longixxxx", &["longitude"]), Some("longitude"));
        assert_eq!(nearest("longxxxxx", &["longitude"]), None);
        assert_eq!(nearest("a", &[]), None);
        // Longer names are not compared.
        let long = "a".repeat(65);
        assert_eq!((nearest(&long[..64], &[&long]), nearest(&long, &[&long])), (Some(&*long), None));
    }

    #[test]
    fn an_expectation_tells_what_the_type_leaves_unsaid() {
        for (ty, said) in [
            (WitType::S8, "`s8` (a whole number from -128 to 127)"),
            (WitType::bytes(), "`list<u8>` (base64 in JSON, or a list of numbers from 0 to 255)"),
            (WitType::List(Box::new(WitType::S8)), "`list<s8>`"),
            (WitType::Bool, "`bool`"),
        ] {
            assert_eq!(expectation(&ty), said);
        }
    }

    #[test]
    fn codes_are_pinned() {
        assert_eq!(from_json("{", &record()).unwrap_err().code(), "argument");
        assert_eq!(encode(&Value::U8(1), &record()).unwrap_err().code(), "argument");
        assert_eq!(decode(&[], &record()).unwrap_err().code(), "encoding");
    }
}
