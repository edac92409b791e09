//! The only place where the library reads the clock: for ages and provenance, never for a key.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch; 0 on a machine whose clock is before it.
#[must_use]
pub fn now_ms() -> u64 {
    #[expect(clippy::disallowed_methods, reason = "this is the place that the lint points to")]
    let now = SystemTime::now();
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
