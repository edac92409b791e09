//! Values as WAVE, the WebAssembly value encoding, directed by the WIT type and lossless both ways.
//!
//! The `wasm-wave` crate parses the text into untyped nodes (its README is the specification). This module gives them
//! types, because the crate drops unknown fields of records without a word. Here an unknown or repeated name is the
//! same error as in JSON.
//!
//! Every form that WAVE allows is read. An absent field is `none`. The payload of `some` and `ok` may stand
//! alone unless it is an option or a result itself (nor may a case called `null` in an option, which JSON reads as
//! `none`). Fields and flags come in any order, and `%` may stand before any name. It must stand before a case that is
//! called like a keyword of WAVE: `%ok`, `%none`, `%true`.
//!
//! The parser refuses text that nests deeper than 100 levels, which is deeper than any type here; the tests check that
//! it does, as deeper text would overflow the stack. Its generated lexer relies on the optimiser to turn calls into
//! jumps: built with `opt-level = 0`, a string of about 100 KB overflows the stack, so dependencies must be optimised
//! in development builds too.

#[cfg(test)]
mod tests;
mod write;

use std::str::FromStr;

use wasm_wave::ast::{Node, NodeType};
use wasm_wave::parser::{ParserError, ParserErrorKind};
use wasm_wave::untyped::UntypedValue;

use super::Value;
use super::blob::{BlobRef, NotABlob};
use super::blob_object;
use super::build::{FlagsBuilder, RecordBuilder, find_case, find_enum, some};
use super::error::{NameKind, Syntax, ValueError};
use super::number::{self, Float};
use super::path::Path;
use crate::wit_type::{Case, Field, WitType};

pub use write::to_wave_text;
#[cfg(test)]
pub(super) use write::write;

/// Parses `text` as a value of type `ty`.
///
/// # Errors
///
/// [`ValueError`] if it is not one.
pub fn from_wave(text: &str, ty: &WitType) -> Result<Value, ValueError> {
    let parsed = UntypedValue::parse(text).map_err(|error| malformed(&error, text))?;
    Read { source: text, ty, path: Path::ROOT }.value(parsed.node())
}

/// Returns the texts of the elements of a list; `None` if `text` is not one.
pub(super) fn elements(text: &str) -> Option<Vec<&str>> {
    let parsed = UntypedValue::parse(text).ok()?;
    let elements = parsed.node().as_list().ok()?;
    elements.map(|element| text.get(element.span())).collect()
}

/// Converts a syntax error. The parser itself refuses a repeated name, without saying where it is.
fn malformed(error: &ParserError, text: &str) -> ValueError {
    let rest = text.get(error.span().start..).unwrap_or_default();
    let name = text.get(error.span()).unwrap_or_default().trim_start_matches('%');
    if error.kind() == ParserErrorKind::DuplicateField {
        return ValueError::repeated(Path::ROOT.place(), NameKind::Field, name);
    }
    if error.kind() == ParserErrorKind::DuplicateFlag {
        return ValueError::repeated(Path::ROOT.place(), NameKind::Flag, name);
    }
    if rest.is_empty() {
        return ValueError::syntax(Syntax::Wave, &format!("{} at the end", error.kind()));
    }
    ValueError::syntax(Syntax::Wave, &format!("{} at `{rest}`", error.kind()))
}

/// Reads a node as a value of a type.
#[derive(Clone, Copy)]
struct Read<'a> {
    source: &'a str,
    ty: &'a WitType,
    path: Path<'a>,
}

impl<'a> Read<'a> {
    fn value(&self, node: &Node) -> Result<Value, ValueError> {
        match self.ty {
            WitType::Bool => self.leaf(node, node.as_bool()).map(Value::Bool),
            WitType::S8 => self.integer(node).map(Value::S8),
            WitType::U8 => self.integer(node).map(Value::U8),
            WitType::S16 => self.integer(node).map(Value::S16),
            WitType::U16 => self.integer(node).map(Value::U16),
            WitType::S32 => self.integer(node).map(Value::S32),
            WitType::U32 => self.integer(node).map(Value::U32),
            WitType::S64 => self.integer(node).map(Value::S64),
            WitType::U64 => self.integer(node).map(Value::U64),
            WitType::F32 => self.float(node).map(Value::F32),
            WitType::F64 => self.float(node).map(Value::F64),
            WitType::Char => self.leaf(node, node.as_char(self.source)).map(Value::Char),
            WitType::String => self.leaf(node, node.as_str(self.source)).map(|text| Value::String(text.into_owned())),
            WitType::List(_) if self.ty.is_bytes() => self.bytes(node),
            WitType::List(element) => self.list(element, node),
            WitType::Record(fields) => self.record(fields, node),
            WitType::Tuple(types) => self.tuple(types, node),
            WitType::Variant(cases) => self.variant(cases, node),
            WitType::Enum(names) => {
                let name = self.leaf(node, node.as_enum(self.source))?;
                find_enum(self.ty, names, name, &self.path)
            }
            WitType::Option(inner) => self.option(inner, node),
            WitType::Result { ok, err } => self.result(ok.as_deref(), err.as_deref(), node),
            WitType::Flags(names) => self.flags(names, node),
            WitType::File | WitType::Directory => self.blob(node),
        }
    }

    fn at<'b>(&'b self, path: Path<'b>, ty: &'b WitType) -> Read<'b> {
        Read { source: self.source, ty, path }
    }

    fn text_of(&self, node: &Node) -> &'a str {
        self.source.get(node.span()).unwrap_or_default()
    }

    fn mismatch(&self, node: &Node) -> ValueError {
        let text = self.text_of(node);
        let keyword = matches!(
            node.ty(),
            NodeType::BoolTrue
                | NodeType::BoolFalse
                | NodeType::OptionSome
                | NodeType::OptionNone
                | NodeType::ResultOk
                | NodeType::ResultErr
        );
        let cases = matches!(self.ty, WitType::Enum(_) | WitType::Variant(_));
        let hint = if keyword && cases {
            " (a case called like a keyword of WAVE is written with a `%` before it)"
        } else {
            ""
        };
        ValueError::mismatch(self.path.place(), self.ty, &format!("`{text}`{hint}"))
    }

    /// Returns the value that the crate read from a node, or the error for a node of another type.
    fn leaf<T>(&self, node: &Node, value: Result<T, ParserError>) -> Result<T, ValueError> {
        value.map_err(|error| {
            let malformed = [
                ParserErrorKind::InvalidEscape,
                ParserErrorKind::InvalidMultilineString,
                ParserErrorKind::MultipleChars,
            ];
            if malformed.contains(&error.kind()) { self::malformed(&error, self.source) } else { self.mismatch(node) }
        })
    }

    fn integer<T: FromStr>(&self, node: &Node) -> Result<T, ValueError> {
        let text = Some(self.text_of(node)).filter(|_| node.ty() == NodeType::Number);
        text.and_then(number::integer).ok_or_else(|| self.mismatch(node))
    }

    fn float<F: Float>(&self, node: &Node) -> Result<F, ValueError> {
        // Only a number has the text of one.
        let float = match self.text_of(node) {
            "nan" => Some(F::NAN),
            "inf" => Some(F::INFINITY),
            "-inf" => Some(F::NEG_INFINITY),
            text => number::float(text),
        };
        float.ok_or_else(|| self.mismatch(node))
    }
}

impl Read<'_> {
    fn list(&self, element: &WitType, node: &Node) -> Result<Value, ValueError> {
        let nodes = self.leaf(node, node.as_list())?.enumerate();
        let items = nodes.map(|(index, item)| self.at(self.path.index(index), element).value(item));
        items.collect::<Result<_, _>>().map(Value::List)
    }

    fn bytes(&self, node: &Node) -> Result<Value, ValueError> {
        let nodes = self.leaf(node, node.as_list())?.enumerate();
        let bytes = nodes.map(|(index, item)| self.at(self.path.index(index), &WitType::U8).integer(item));
        bytes.collect::<Result<_, _>>().map(Value::Bytes)
    }

    fn tuple(&self, types: &[WitType], node: &Node) -> Result<Value, ValueError> {
        let nodes = self.leaf(node, node.as_tuple())?;
        if nodes.len() != types.len() {
            return Err(self.mismatch(node));
        }
        let values =
            nodes.zip(types).enumerate().map(|(index, (item, ty))| self.at(self.path.index(index), ty).value(item));
        values.collect::<Result<_, _>>().map(Value::Tuple)
    }

    fn record(&self, fields: &[Field], node: &Node) -> Result<Value, ValueError> {
        let mut record = RecordBuilder::new(self.ty, fields, self.path);
        for (name, item) in self.leaf(node, node.as_record(self.source))? {
            let (index, field) = record.find(name)?;
            record.set(index, self.at(self.path.name(&field.name), &field.ty).value(item)?);
        }
        record.finish()
    }

    fn variant(&self, cases: &[Case], node: &Node) -> Result<Value, ValueError> {
        let (name, payload) = self.leaf(node, node.as_variant(self.source))?;
        let (case, declared) = find_case(self.ty, cases, name, &self.path)?;
        let payload = self.payload(&declared.name, declared.ty.as_ref(), payload, node)?;
        Ok(Value::Variant { case, payload })
    }

    fn option(&self, inner: &WitType, node: &Node) -> Result<Value, ValueError> {
        match node.as_option() {
            Ok(None) => Ok(Value::Option(None)),
            Ok(Some(payload)) => self.at(self.path, inner).value(payload).map(some),
            // `null` is `none` in JSON: as a case without `some`, it would mean something else in WAVE than in JSON.
            Err(_) if self.text_of(node) == "null" => Err(self.mismatch(node)),
            Err(_) if stands_alone(inner) => self.at(self.path, inner).value(node).map(some),
            Err(_) => Err(self.mismatch(node)),
        }
    }

    fn result(&self, ok: Option<&WitType>, err: Option<&WitType>, node: &Node) -> Result<Value, ValueError> {
        let result = match (node.as_result(), ok) {
            (Ok(Ok(payload)), _) => Ok(self.payload("ok", ok, payload, node)?),
            (Ok(Err(payload)), _) => Err(self.payload("err", err, payload, node)?),
            (Err(_), Some(ty)) if stands_alone(ty) => Ok(self.payload("ok", ok, Some(node), node)?),
            (Err(_), Some(_) | None) => return Err(self.mismatch(node)),
        };
        Ok(Value::Result(result))
    }

    /// Reads the payload of the case `name`, which has one exactly if it has a type. `whole` is the case with its
    /// payload.
    fn payload(
        &self,
        name: &str,
        ty: Option<&WitType>,
        payload: Option<&Node>,
        whole: &Node,
    ) -> Result<Option<Box<Value>>, ValueError> {
        match (ty, payload) {
            (Some(ty), Some(node)) => Ok(Some(Box::new(self.at(self.path.name(name), ty).value(node)?))),
            (None, None) => Ok(None),
            (Some(_), None) | (None, Some(_)) => Err(self.mismatch(whole)),
        }
    }

    /// Reads a file or a directory: the text of a path or a digest, or a record as in JSON.
    fn blob(&self, node: &Node) -> Result<Value, ValueError> {
        let wrong = |error: NotABlob| ValueError::mismatch(self.path.place(), self.ty, &error.to_string());
        if let Ok(text) = node.as_str(self.source) {
            return BlobRef::parse(&text).map(|blob| blob.into_value(self.ty)).map_err(wrong);
        }
        let object = blob_object::object_type();
        let WitType::Record(fields) = object else { return Err(self.mismatch(node)) };
        let value = Read { ty: object, ..*self }.record(fields, node).map_err(|error| {
            let is_none = matches!(error, ValueError::Mismatch { .. }) && node.as_record(self.source).is_err();
            if is_none { self.mismatch(node) } else { error }
        })?;
        BlobRef::from_fields(value).map(|blob| blob.into_value(self.ty)).map_err(wrong)
    }

    fn flags(&self, names: &[String], node: &Node) -> Result<Value, ValueError> {
        let mut flags = FlagsBuilder::new(self.ty, names, self.path);
        for label in self.leaf(node, node.as_flags(self.source))? {
            // Unlike other names, the crate returns labels with a `%` that may stand before them.
            flags.set(label.strip_prefix('%').unwrap_or(label))?;
        }
        Ok(flags.finish())
    }
}

/// Returns true if the payload may stand without its `some` or `ok`: its own text does not start with such a word.
const fn stands_alone(payload: &WitType) -> bool {
    !matches!(payload, WitType::Option(_) | WitType::Result { ok: _, err: _ })
}
