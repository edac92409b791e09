//! Reading a field that may be present and `null`.

use serde::{Deserialize, Deserializer};

/// Reads a field that is present: `Some`, even for `null`. With `#[serde(default)]`, an absent field is `None`.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(json: D) -> Result<Option<T>, D::Error> {
    T::deserialize(json).map(Some)
}
