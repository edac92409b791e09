//! Reading a field that may be there and be `null`.

use serde::{Deserialize, Deserializer};

/// Reads a field that is there: `Some`, also of a `null`. With `#[serde(default)]`, an absent one is `None`.
pub(super) fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(json: D) -> Result<Option<T>, D::Error> {
    T::deserialize(json).map(Some)
}
