//! Reasons that a call was not answered from the cache: typed and pure, with words for people and a code for programs.

use larder_base::Digest;

/// Reason that there was no hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss {
    /// Nothing declares a version for this task, so it is not cached.
    NotDeclared,
    /// The caller asked for a run without the cache.
    CacheOff,
    /// The caller asked to run the task and overwrite the entry.
    Refresh,
    /// The caller's `max-age` is smaller than the age of the entry.
    TooOld {
        /// The age of the entry, in milliseconds.
        age_ms: u64,
        /// The greatest age that the caller accepts, in milliseconds.
        max_age_ms: u64,
    },
    /// The caller gave a `max-age`, but the entry is dated in the future, so its age is unknown.
    AgeUnknown {
        /// Time from now to its date, in milliseconds.
        ahead_ms: u64,
    },
    /// No entry has this key.
    NoEntry,
    /// The version came from the caller alone, and the entry was made by other code.
    OtherCode {
        /// The code digest of the component that made the entry.
        stored: Digest,
        /// The code digest of the component at hand.
        current: Digest,
    },
    /// The entry did not match its digest, or could not be decoded.
    Damaged(String),
    /// The cache could not be read.
    Unreadable(String),
}

impl Miss {
    /// Returns a stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotDeclared => "not-declared",
            Self::CacheOff => "cache-off",
            Self::Refresh => "refresh",
            Self::TooOld { .. } => "too-old",
            Self::AgeUnknown { .. } => "age-unknown",
            Self::NoEntry => "no-entry",
            Self::OtherCode { .. } => "other-code",
            Self::Damaged(_) => "damaged",
            Self::Unreadable(_) => "unreadable",
        }
    }

    /// Returns true if the cache itself is at fault, so that a person should be told even when the call succeeded.
    #[must_use]
    pub const fn is_a_fault(&self) -> bool {
        match self {
            Self::Damaged(_) | Self::Unreadable(_) => true,
            Self::NotDeclared
            | Self::CacheOff
            | Self::Refresh
            | Self::TooOld { .. }
            | Self::AgeUnknown { .. }
            | Self::NoEntry
            | Self::OtherCode { .. } => false,
        }
    }
}

impl std::fmt::Display for Miss {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotDeclared => f.write_str("no cache version holds for the task"),
            Self::CacheOff => f.write_str("the cache is off"),
            Self::Refresh => f.write_str("a fresh run was asked for"),
            Self::TooOld { age_ms, max_age_ms } => {
                write!(f, "the entry is {} s old, and at most {} s was asked for", age_ms / 1000, max_age_ms / 1000)
            }
            Self::AgeUnknown { ahead_ms } => {
                let seconds = ahead_ms.div_ceil(1000);
                write!(f, "the age of the entry cannot be told: it is dated {seconds} s in the future")
            }
            Self::NoEntry => f.write_str("no entry for these inputs"),
            Self::OtherCode { stored, current } => write!(
                f,
                "the version came from the caller alone, and the entry was made by other code ({}, this is {})",
                stored.short(),
                current.short()
            ),
            Self::Damaged(detail) => write!(f, "the entry is damaged: {detail}"),
            Self::Unreadable(detail) => write!(f, "the cache cannot be read: {detail}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn all() -> Vec<Miss> {
        let digest = Digest::of(b"");
        vec![
            Miss::NotDeclared,
            Miss::CacheOff,
            Miss::Refresh,
            Miss::TooOld { age_ms: 2000, max_age_ms: 1000 },
            Miss::AgeUnknown { ahead_ms: 1 },
            Miss::NoEntry,
            Miss::OtherCode { stored: digest, current: digest },
            Miss::Damaged(String::new()),
            Miss::Unreadable(String::new()),
        ]
    }

    #[test]
    fn each_reason_has_a_code_and_words_of_its_own() {
        assert_eq!(all().iter().map(Miss::code).collect::<BTreeSet<_>>().len(), all().len());
        assert_eq!(all().iter().map(Miss::to_string).collect::<BTreeSet<_>>().len(), all().len());
    }

    #[test]
    fn only_a_broken_cache_is_a_fault() {
        let faults: Vec<_> = all().into_iter().filter(Miss::is_a_fault).map(|miss| miss.code()).collect();
        assert_eq!(faults, ["damaged", "unreadable"]);
    }
}
