//! Writer of WAVE: a small one, because the crate's own requires values that own their parts.
//!
//! It writes the explicit forms (`some(1)`, `ok(1)`) and leaves out fields that are `none`, as the crate's writer does.

use wasm_wave::lex::Keyword;

use super::super::error::TypeMismatch;
use super::super::number::shortest_double;
use super::super::typed::set_labels;
use super::super::{Part, TypedValue, Value};
use crate::wit_type::{Field, WitType};
use larder_base::excerpt::is_unseen;

/// Returns the text of `value`, on one line.
///
/// # Panics
///
/// Panics if `value` is not of type `ty`; check that with [`Value::has_type`].
#[must_use]
pub fn to_wave_text(value: &Value, ty: &WitType) -> String {
    let mut text = String::new();
    write(&mut text, value, ty).expect("a value of its type");
    text
}

pub(in crate::value) fn write(text: &mut String, value: &Value, ty: &WitType) -> Result<(), TypeMismatch> {
    match value.typed(ty)? {
        TypedValue::Bool(v) => text.push_str(&v.to_string()),
        TypedValue::S8(v) => text.push_str(&v.to_string()),
        TypedValue::U8(v) => text.push_str(&v.to_string()),
        TypedValue::S16(v) => text.push_str(&v.to_string()),
        TypedValue::U16(v) => text.push_str(&v.to_string()),
        TypedValue::S32(v) => text.push_str(&v.to_string()),
        TypedValue::U32(v) => text.push_str(&v.to_string()),
        TypedValue::S64(v) => text.push_str(&v.to_string()),
        TypedValue::U64(v) => text.push_str(&v.to_string()),
        TypedValue::F32(v) => text.push_str(&float(shortest_double(v))),
        TypedValue::F64(v) => text.push_str(&float(v)),
        TypedValue::Char(v) => quoted(text, '\'', [v]),
        TypedValue::String(v) => quoted(text, '"', v.chars()),
        TypedValue::Bytes(bytes) => separated(text, ('[', ']'), bytes, |text, byte| {
            text.push_str(&byte.to_string());
            Ok(())
        })?,
        TypedValue::List { items, element } => {
            separated(text, ('[', ']'), items, |text, item| write(text, item, element))?;
        }
        TypedValue::Record { values, fields } => write_record(text, values, fields)?,
        TypedValue::Tuple { values, types } => {
            separated(text, ('(', ')'), values.iter().zip(types), |text, (value, ty)| write(text, value, ty))?;
        }
        TypedValue::Variant { position: _, name, payload } => write_case(text, &declared(name), payload)?,
        TypedValue::Enum { position: _, name } => text.push_str(&declared(name)),
        TypedValue::Option { payload: None, some: _ } => text.push_str("none"),
        TypedValue::Option { payload: Some(payload), some } => write_case(text, "some", Some((payload, some)))?,
        TypedValue::Result(Ok(payload)) => write_case(text, "ok", payload)?,
        TypedValue::Result(Err(payload)) => write_case(text, "err", payload)?,
        TypedValue::Flags { bits, names } => separated(text, ('{', '}'), set_labels(bits, names), |text, label| {
            text.push_str(label);
            Ok(())
        })?,
        TypedValue::Blob(_, blob) => {
            let fields = blob.fields().ok_or_else(|| TypeMismatch::new(value, ty))?;
            separated(text, ('{', '}'), fields, |text, (name, value, ty)| write_field(text, name, &value, &ty))?;
        }
    }
    Ok(())
}

fn write_field(text: &mut String, name: &str, value: &Value, ty: &WitType) -> Result<(), TypeMismatch> {
    text.push_str(name);
    text.push_str(": ");
    write(text, value, ty)
}

fn write_record(text: &mut String, values: &[Value], fields: &[Field]) -> Result<(), TypeMismatch> {
    let absent =
        |value: &Value, field: &Field| matches!(value, Value::Option(None)) && matches!(field.ty, WitType::Option(_));
    let mut present = values.iter().zip(fields).filter(|(value, field)| !absent(value, field)).peekable();
    if present.peek().is_none() {
        // `{}` are empty flags.
        text.push_str("{:}");
        return Ok(());
    }
    separated(text, ('{', '}'), present, |text, (value, field)| write_field(text, &field.name, value, &field.ty))
}

fn write_case(text: &mut String, name: &str, payload: Option<Part<'_>>) -> Result<(), TypeMismatch> {
    text.push_str(name);
    if let Some((value, ty)) = payload {
        text.push('(');
        write(text, value, ty)?;
        text.push(')');
    }
    Ok(())
}

/// Writes the name of a declared case, with a `%` if it is a keyword.
fn declared(name: &str) -> String {
    if Keyword::decode(name).is_some() { format!("%{name}") } else { name.to_owned() }
}

/// Writes Rust's shortest digits, with an exponent instead of many zeros. WAVE has the same, except for `NaN`.
fn float(value: f64) -> String {
    if value.is_nan() { "nan".into() } else { format!("{value:?}") }
}

fn quoted(text: &mut String, quote: char, scalars: impl IntoIterator<Item = char>) {
    text.push(quote);
    for scalar in scalars {
        match scalar {
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\\' => text.push_str("\\\\"),
            _ if scalar == quote => text.extend(['\\', quote]),
            _ if is_unseen(scalar) => text.extend(scalar.escape_unicode()),
            _ => text.push(scalar),
        }
    }
    text.push(quote);
}

fn separated<T>(
    text: &mut String,
    (open, close): (char, char),
    items: impl IntoIterator<Item = T>,
    mut each: impl FnMut(&mut String, T) -> Result<(), TypeMismatch>,
) -> Result<(), TypeMismatch> {
    text.push(open);
    for (position, item) in items.into_iter().enumerate() {
        if position > 0 {
            text.push_str(", ");
        }
        each(text, item)?;
    }
    text.push(close);
    Ok(())
}
