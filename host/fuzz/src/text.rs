//! Texts that are almost right: they get further into a parser than random characters do.

use arbitrary::{Result, Unstructured};
use larder::WitType;
use larder_types::value::samples::TOKENS;
use larder_types::value::{to_json_text, to_wave_text};

use crate::generate;

/// Generates a text that may be a value of type `ty`: JSON or WAVE, whole or changed in a few places, or anything.
pub(crate) fn almost_value(u: &mut Unstructured<'_>, ty: &WitType) -> Result<String> {
    let how = u.int_in_range(0..=5)?;
    if how == 0 {
        return rest(u);
    }
    let value = generate::value(u, ty)?;
    let text = if how % 2 == 0 { to_wave_text(&value, ty) } else { to_json_text(&value, ty) };
    if how <= 2 { Ok(text) } else { edited(u, &text) }
}

/// Returns `text` with up to three edits.
pub(crate) fn edited(u: &mut Unstructured<'_>, text: &str) -> Result<String> {
    let mut characters: Vec<char> = text.chars().collect();
    for _ in 0..u.int_in_range(1..=3)? {
        let at = u.int_in_range(0..=characters.len())?;
        let end = (at + u.int_in_range(0..=8)?).min(characters.len());
        match u.int_in_range(0..=4)? {
            0 => drop(characters.splice(at..at, u.choose(&TOKENS)?.chars())),
            1 => drop(characters.splice(at..end, u.choose(&TOKENS)?.chars())),
            2 => drop(characters.drain(at..end)),
            3 => {
                let again = characters[at..end].to_vec();
                drop(characters.splice(at..at, again));
            }
            _ => characters.truncate(at),
        }
    }
    Ok(characters.into_iter().collect())
}

/// Returns the text at the start of the remaining bytes.
pub(crate) fn rest(u: &mut Unstructured<'_>) -> Result<String> {
    let bytes = u.bytes(u.len())?;
    Ok(prefix(bytes).to_owned())
}

/// Returns the text at the start of `bytes`.
pub(crate) fn prefix(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}
