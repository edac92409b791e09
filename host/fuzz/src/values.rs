//! JSON and WAVE: an accepted value has the type that was asked for, and survives every form.

use arbitrary::{Result, Unstructured};
use larder::{Value, WitType};
use larder_types::value::{
    ValueError, decode, encode, from_json, from_wave, parse_argument, to_json_text, to_wave_text,
};

use crate::{generate, text};

/// A bound on the length of messages, which quote a few texts, each cut to 200 characters.
const LONGEST_MESSAGE: usize = 2000;

/// Reads a text as a value of a type, both from `bytes`.
pub fn check(bytes: &[u8]) {
    // Bytes that make no type or text are not a finding.
    let _ = read(&mut Unstructured::new(bytes));
}

fn read(u: &mut Unstructured<'_>) -> Result<()> {
    let ty = generate::wit_type(u)?;
    let text = text::almost_value(u, &ty)?;
    let (json, wave) = (from_json(&text, &ty), from_wave(&text, &ty));
    if let (Ok(json), Ok(wave)) = (&json, &wave) {
        assert_eq!(json, wave, "one text, two values: {ty}: {text:?}");
    }
    for found in [json, wave, parse_argument(&text, &ty)] {
        match found {
            Ok(value) => assert_survives(&value, &ty),
            Err(error) => assert_readable(&error),
        }
    }
    Ok(())
}

fn assert_survives(value: &Value, ty: &WitType) {
    assert!(value.has_type(ty), "{value:?} is no {ty}");
    if is_known(value) {
        let encoded = encode(value, ty).expect("a value of its type");
        assert_eq!(decode(&encoded, ty).as_ref(), Ok(value));
    }
    let same = |read: std::result::Result<Value, ValueError>, text: &str| {
        let read = read.unwrap_or_else(|error| panic!("{ty}: {text:?}: {error}"));
        assert_eq!(read, *value, "{ty}: {text:?}");
    };
    let (json, wave) = (to_json_text(value, ty), to_wave_text(value, ty));
    same(from_json(&json, ty), &json);
    same(from_wave(&wave, ty), &wave);
    same(parse_argument(&json, ty), &json);
    same(parse_argument(&wave, ty), &wave);
}

/// Returns true if the content of every file and directory in the value is known, not only its path. Only then the
/// value has an encoding.
pub(crate) fn is_known(value: &Value) -> bool {
    let mut known = true;
    value.each_blob(&mut |_, blob| known &= blob.known().is_some());
    known
}

fn assert_readable(error: &ValueError) {
    let message = error.to_string();
    assert!(!message.chars().any(char::is_control), "{message:?}");
    assert!(message.chars().count() < LONGEST_MESSAGE, "{message}");
}
