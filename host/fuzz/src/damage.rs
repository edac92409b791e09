//! Encodings that are almost right: they get further into a decoder than random bytes do.

use arbitrary::{Result, Unstructured};

/// Adds, removes or changes up to three bytes.
pub(crate) fn damage(u: &mut Unstructured<'_>, bytes: &mut Vec<u8>) -> Result<()> {
    for _ in 0..u.int_in_range(1..=3)? {
        let at = u.int_in_range(0..=bytes.len())?;
        match u.int_in_range(0..=2)? {
            0 => bytes.insert(at, u.arbitrary()?),
            1 if at < bytes.len() => drop(bytes.remove(at)),
            _ if at < bytes.len() => bytes[at] = u.arbitrary()?,
            _ => bytes.truncate(at.saturating_sub(1)),
        }
    }
    Ok(())
}
