//! Table columns for the values of a type: each field of a record has its own column, at any depth.
//!
//! `result<record { words: u32, longest: option<string> }, string>` has the columns `.ok.words`, `.ok.longest` and
//! `.err`. A text, a number or a case is written directly, `none` as an empty cell; lists, tuples, variants, flags,
//! options of options and results inside a result are JSON.

use larder::value::{Value, to_json_text};
use larder::{Field, TypeKind, WitType};

/// Columns of a file or a directory.
const BLOB: [&str; 4] = ["name", "size", "digest", "path"];

/// Returns the columns of a value called `name`; for a result, one side after the other.
pub(super) fn columns(name: &str, ty: &WitType) -> Vec<String> {
    let mut columns = Vec::new();
    if let WitType::Result { ok, err } = ty {
        for (side, ty) in [("ok", ok), ("err", err)] {
            if let Some(ty) = ty {
                lay_out(&format!("{name}.{side}"), ty, &mut columns);
            }
        }
    } else {
        lay_out(name, ty, &mut columns);
    }
    columns
}

/// Returns the cells of a value in those columns.
pub(super) fn cells(value: Option<&Value>, ty: &WitType) -> Vec<String> {
    let mut cells = Vec::new();
    if let WitType::Result { ok, err } = ty {
        let (left, right) = match value {
            Some(Value::Result(Ok(payload))) => (payload.as_deref(), None),
            Some(Value::Result(Err(payload))) => (None, payload.as_deref()),
            _ => (None, None),
        };
        for (value, ty) in [(left, ok), (right, err)] {
            if let Some(ty) = ty {
                fill(value, ty, &mut cells);
            }
        }
    } else {
        fill(value, ty, &mut cells);
    }
    cells
}

/// Layout of a type.
enum Layout<'t> {
    Record(&'t [Field]),
    /// An option of a type that has its own layout; `none` becomes empty cells.
    Option(&'t WitType),
    Blob,
    Cell,
}

impl<'t> Layout<'t> {
    fn of(ty: &'t WitType) -> Self {
        match ty.kind() {
            TypeKind::Record(fields) => Self::Record(fields),
            TypeKind::Option(inner) if !inner.is_option() => Self::Option(inner),
            TypeKind::Blob(_) => Self::Blob,
            TypeKind::Option(_)
            | TypeKind::Bool
            | TypeKind::Number
            | TypeKind::Char
            | TypeKind::String
            | TypeKind::Bytes
            | TypeKind::List(_)
            | TypeKind::Tuple(_)
            | TypeKind::Variant(_)
            | TypeKind::Enum(_)
            | TypeKind::Result { ok: _, err: _ }
            | TypeKind::Flags(_) => Self::Cell,
        }
    }
}

fn lay_out(name: &str, ty: &WitType, columns: &mut Vec<String>) {
    match Layout::of(ty) {
        Layout::Record(fields) => {
            fields.iter().for_each(|field| lay_out(&format!("{name}.{}", field.name), &field.ty, columns));
        }
        Layout::Option(inner) => lay_out(name, inner, columns),
        Layout::Blob => columns.extend(BLOB.map(|member| format!("{name}.{member}"))),
        Layout::Cell => columns.push(name.to_owned()),
    }
}

fn fill(value: Option<&Value>, ty: &WitType, cells: &mut Vec<String>) {
    match Layout::of(ty) {
        Layout::Record(fields) => {
            let values = match value {
                Some(Value::Record(values)) => values.as_slice(),
                _ => &[],
            };
            fields.iter().enumerate().for_each(|(at, field)| fill(values.get(at), &field.ty, cells));
        }
        Layout::Option(inner) => {
            let value = match value {
                Some(Value::Option(payload)) => payload.as_deref(),
                _ => None,
            };
            fill(value, inner, cells);
        }
        Layout::Blob => {
            let json: Option<serde_json::Value> =
                value.and_then(|value| serde_json::from_str(&to_json_text(value, ty)).ok());
            let member = |name| json.as_ref().and_then(|json| json.get(name)).map_or_else(String::new, plain);
            cells.extend(BLOB.map(member));
        }
        Layout::Cell => cells.push(value.map_or_else(String::new, |value| cell(value, ty))),
    }
}

/// Formats a value as JSON, but a text without its quotes.
fn cell(value: &Value, ty: &WitType) -> String {
    if let Value::String(text) = value {
        return text.clone();
    }
    let json = to_json_text(value, ty);
    if json.starts_with('"') { serde_json::from_str(&json).unwrap_or(json) } else { json }
}

fn plain(json: &serde_json::Value) -> String {
    json.as_str().map_or_else(|| if json.is_null() { String::new() } else { json.to_string() }, str::to_owned)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use larder::Case;
    use larder::value::from_json;
    use larder::value::strategies::typed_value;

    fn record(fields: &[(&str, WitType)]) -> WitType {
        let field = |(name, ty): &(&str, WitType)| Field { name: (*name).into(), ty: ty.clone() };
        WitType::Record(fields.iter().map(field).collect())
    }

    fn option(ty: WitType) -> WitType {
        WitType::Option(Box::new(ty))
    }

    fn laid_out(json: &str, ty: &WitType) -> String {
        let value = from_json(json, ty).unwrap();
        let pair = |(name, cell): (String, String)| format!("{name}={cell}");
        columns("r", ty).into_iter().zip(cells(Some(&value), ty)).map(pair).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_record_has_a_column_for_each_field() {
        let inner = record(&[("longest", option(WitType::String)), ("all", WitType::List(Box::new(WitType::U8)))]);
        let stats = record(&[("words", WitType::U64), ("in", inner)]);
        let ty = WitType::Result { ok: Some(Box::new(stats)), err: Some(Box::new(WitType::String)) };
        for (json, expected) in [
            (
                r#"{"ok":{"words":"18446744073709551615","in":{"longest":"a, \"b\"","all":"AQI="}}}"#,
                "r.ok.words=18446744073709551615 r.ok.in.longest=a, \"b\" r.ok.in.all=AQI= r.err=",
            ),
            (
                r#"{"ok":{"words":1,"in":{"longest":null,"all":""}}}"#,
                "r.ok.words=1 r.ok.in.longest= r.ok.in.all= r.err=",
            ),
            (r#"{"err":"no"}"#, "r.ok.words= r.ok.in.longest= r.ok.in.all= r.err=no"),
        ] {
            assert_eq!(laid_out(json, &ty), expected);
        }
    }

    #[test]
    fn what_is_no_record_is_one_cell() {
        let nothing = || WitType::Result { ok: None, err: None };
        let variant = WitType::Variant(vec![
            Case { name: "a".into(), ty: None },
            Case { name: "b".into(), ty: Some(WitType::U8) },
        ]);
        for (json, ty, expected) in [
            ("7", WitType::U8, "r=7"),
            ("\"nan\"", WitType::F64, "r=nan"),
            ("\"a\"", variant.clone(), "r=a"),
            (r#"{"b":1}"#, variant, r#"r={"b":1}"#),
            ("[[1,2]]", WitType::List(Box::new(WitType::Tuple(vec![WitType::U8, WitType::U8]))), "r=[[1,2]]"),
            (r#"{"some":null}"#, option(option(WitType::U8)), r#"r={"some":null}"#),
            ("null", option(record(&[("a", WitType::U8), ("b", WitType::U8)])), "r.a= r.b="),
            (r#"{"a":{"ok":null}}"#, record(&[("a", nothing())]), r#"r.a={"ok":null}"#),
            (r#"{"ok":null}"#, nothing(), ""),
        ] {
            assert_eq!(laid_out(json, &ty), expected);
        }
        let file = record(&[("f", option(WitType::File))]);
        assert_eq!(columns("r", &file), ["r.f.name", "r.f.size", "r.f.digest", "r.f.path"]);
        assert_eq!(cells(Some(&from_json(r#"{"f":null}"#, &file).unwrap()), &file), ["", "", "", ""]);
    }

    proptest! {
        #[test]
        fn every_value_has_a_cell_for_each_column((ty, value) in typed_value()) {
            let names = columns("r", &ty);
            prop_assert_eq!(names.len(), cells(Some(&value), &ty).len());
            prop_assert_eq!(names.len(), cells(None, &ty).len());
        }
    }
}
