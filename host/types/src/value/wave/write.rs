//! Writing WAVE: a small writer, because the crate's own asks for values that own their parts.
//!
//! It writes the explicit forms (`some(1)`, `ok(1)`) and leaves out fields that are `none`, as the crate's does.

use wasm_wave::lex::Keyword;

use super::super::error::TypeMismatch;
use super::super::number::shortest_double;
use super::super::{Value, flags_mask, nth, paired, set_labels};
use crate::wit_type::{Field, WitType};
use larder_base::excerpt::is_unseen;

/// The text of `value`, on one line.
///
/// # Panics
///
/// When it is not of type `ty`, which [`Value::has_type`] tells.
#[must_use]
pub fn to_wave_text(value: &Value, ty: &WitType) -> String {
    let mut text = String::new();
    write(&mut text, value, ty).expect("a value of its type");
    text
}

pub(in crate::value) fn write(text: &mut String, value: &Value, ty: &WitType) -> Result<(), TypeMismatch> {
    let mismatch = || TypeMismatch::new(value, ty);
    match (value, ty) {
        (Value::Bool(v), WitType::Bool) => text.push_str(&v.to_string()),
        (Value::S8(v), WitType::S8) => text.push_str(&v.to_string()),
        (Value::U8(v), WitType::U8) => text.push_str(&v.to_string()),
        (Value::S16(v), WitType::S16) => text.push_str(&v.to_string()),
        (Value::U16(v), WitType::U16) => text.push_str(&v.to_string()),
        (Value::S32(v), WitType::S32) => text.push_str(&v.to_string()),
        (Value::U32(v), WitType::U32) => text.push_str(&v.to_string()),
        (Value::S64(v), WitType::S64) => text.push_str(&v.to_string()),
        (Value::U64(v), WitType::U64) => text.push_str(&v.to_string()),
        (Value::F32(v), WitType::F32) => text.push_str(&float(shortest_double(*v))),
        (Value::F64(v), WitType::F64) => text.push_str(&float(*v)),
        (Value::Char(v), WitType::Char) => quoted(text, '\'', [*v]),
        (Value::String(v), WitType::String) => quoted(text, '"', v.chars()),
        (Value::Bytes(bytes), WitType::List(_)) if ty.is_bytes() => {
            separated(text, ('[', ']'), bytes, |text, byte| {
                text.push_str(&byte.to_string());
                Ok(())
            })?;
        }
        (Value::List(items), WitType::List(element)) if !ty.is_bytes() => {
            separated(text, ('[', ']'), items, |text, item| write(text, item, element))?;
        }
        (Value::Record(values), WitType::Record(fields)) if values.len() == fields.len() => {
            write_record(text, values, fields)?;
        }
        (Value::Tuple(values), WitType::Tuple(types)) if values.len() == types.len() => {
            separated(text, ('(', ')'), values.iter().zip(types), |text, (value, ty)| write(text, value, ty))?;
        }
        (Value::Variant { case, payload }, WitType::Variant(cases)) => {
            let case = nth(cases, *case).ok_or_else(mismatch)?;
            let payload = paired(payload.as_deref(), case.ty.as_ref()).ok_or_else(mismatch)?;
            write_case(text, &declared(&case.name), payload)?;
        }
        (Value::Enum(case), WitType::Enum(names)) => {
            text.push_str(&declared(nth(names, *case).ok_or_else(mismatch)?));
        }
        (Value::Option(None), WitType::Option(_)) => text.push_str("none"),
        (Value::Option(Some(payload)), WitType::Option(inner)) => {
            write_case(text, "some", Some((payload.as_ref(), inner.as_ref())))?;
        }
        (Value::Result(Ok(payload)), WitType::Result { ok, err: _ }) => {
            write_case(text, "ok", paired(payload.as_deref(), ok.as_deref()).ok_or_else(mismatch)?)?;
        }
        (Value::Result(Err(payload)), WitType::Result { ok: _, err }) => {
            write_case(text, "err", paired(payload.as_deref(), err.as_deref()).ok_or_else(mismatch)?)?;
        }
        (Value::Flags(bits), WitType::Flags(names)) if bits & !flags_mask(names) == 0 => {
            separated(text, ('{', '}'), set_labels(*bits, names), |text, label| {
                text.push_str(label);
                Ok(())
            })?;
        }
        (Value::File(blob), WitType::File) | (Value::Directory(blob), WitType::Directory) => {
            let fields = blob.fields().ok_or_else(mismatch)?;
            separated(text, ('{', '}'), fields, |text, (name, value, ty)| {
                text.push_str(name);
                text.push_str(": ");
                write(text, &value, &ty)
            })?;
        }
        // Every kind of value by name, so that a new one must find its row above.
        (
            Value::Bool(_)
            | Value::S8(_)
            | Value::U8(_)
            | Value::S16(_)
            | Value::U16(_)
            | Value::S32(_)
            | Value::U32(_)
            | Value::S64(_)
            | Value::U64(_)
            | Value::F32(_)
            | Value::F64(_)
            | Value::Char(_)
            | Value::String(_)
            | Value::Bytes(_)
            | Value::List(_)
            | Value::Record(_)
            | Value::Tuple(_)
            | Value::Variant { case: _, payload: _ }
            | Value::Enum(_)
            | Value::Option(_)
            | Value::Result(_)
            | Value::Flags(_)
            | Value::File(_)
            | Value::Directory(_),
            _,
        ) => return Err(mismatch()),
    }
    Ok(())
}

fn write_record(text: &mut String, values: &[Value], fields: &[Field]) -> Result<(), TypeMismatch> {
    let absent =
        |value: &Value, field: &Field| matches!(value, Value::Option(None)) && matches!(field.ty, WitType::Option(_));
    let mut present = values.iter().zip(fields).filter(|(value, field)| !absent(value, field)).peekable();
    if present.peek().is_none() {
        // `{}` are flags.
        text.push_str("{:}");
        return Ok(());
    }
    separated(text, ('{', '}'), present, |text, (value, field)| {
        text.push_str(&field.name);
        text.push_str(": ");
        write(text, value, &field.ty)
    })
}

fn write_case(text: &mut String, name: &str, payload: Option<(&Value, &WitType)>) -> Result<(), TypeMismatch> {
    text.push_str(name);
    if let Some((value, ty)) = payload {
        text.push('(');
        write(text, value, ty)?;
        text.push(')');
    }
    Ok(())
}

/// The name of a declared case, marked where it would be a keyword.
fn declared(name: &str) -> String {
    if Keyword::decode(name).is_some() { format!("%{name}") } else { name.to_owned() }
}

/// Rust's shortest digits, with an exponent where there would be many zeros, are WAVE's; only its `NaN` is not.
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
