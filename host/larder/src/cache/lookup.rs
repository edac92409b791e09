//! Lookups: an answer, or the reason why there is none.
//!
//! A failing cache is such a reason, never an error. Nothing here writes, runs or compiles.

use std::sync::Arc;
use std::time::Duration;

use super::account::Cache;
use super::content;
use crate::error::Error;
use crate::key::EntryKey;
use crate::miss::Miss;
use crate::outcome::{Hit, Outcome, Status, Warning};
use crate::prepare::{Decided, Prepared};
use larder_content::clock::now_ms;
use larder_store::record::{Entry, StoredOutcome};
use larder_store::{Lookup, Moment};
use larder_types::capability::Denials;
use larder_types::value;

#[expect(clippy::large_enum_variant, reason = "it is taken apart at once, and an allocation for each miss costs more")]
pub(crate) enum Answer {
    Hit(Box<Outcome>),
    /// The reason, and the moment of the lookup, if that is known.
    Miss(Miss, Option<Moment>),
}

impl Cache {
    /// Looks for the answer to a call. An error is an answer that the caller does not accept.
    pub(crate) fn lookup(
        &self,
        prepared: &Prepared,
        key: Option<EntryKey>,
        warnings: &mut Vec<Warning>,
    ) -> Result<Answer, Error> {
        let Decided { policy, options, component, .. } = &**prepared;
        let (Some(key), Some(cache)) = (key, &policy.cache) else { return Ok(Answer::Miss(Miss::NotDeclared, None)) };
        let store = match self.store() {
            Some(store) if !options.asked.uncached => store,
            Some(_) | None => return Ok(Answer::Miss(Miss::CacheOff, None)),
        };
        if options.refresh {
            return Ok(Answer::Miss(Miss::Refresh, None));
        }
        let (entry, moment) = match store.get_entry_at(key.as_bytes()) {
            Ok((Lookup::Found(entry), moment)) => (entry, moment),
            Ok((Lookup::Absent, moment)) => return Ok(Answer::Miss(Miss::NoEntry, moment)),
            Ok((Lookup::Damaged(report), moment)) => {
                return Ok(Answer::Miss(Miss::Damaged(report.to_string()), moment));
            }
            Err(error) => return Ok(Answer::Miss(Miss::Unreadable(error.to_string()), None)),
        };
        let Entry { outcome, result, input_digests: _, provenance } = entry;
        let other_code = provenance.code_digest != component.code_digest;
        if cache.rests_on_the_name && other_code && !options.trust_name {
            let (stored, current) = (provenance.code_digest, component.code_digest);
            return Ok(Answer::Miss(Miss::OtherCode { stored, current }, moment));
        }
        if let Some(miss) = options.max_age.and_then(|max_age| too_old(provenance.finished_at_ms, now_ms(), max_age)) {
            return Ok(Answer::Miss(miss, moment));
        }
        // The task allowed caching of an `err` when this was stored, and may not allow it now.
        if outcome == StoredOutcome::Err && !cache.cache_errors {
            return Ok(Answer::Miss(Miss::NoEntry, moment));
        }
        let ty = prepared.task().exported.signature.result.as_ref();
        let mut result = match value::decode_result(&result, ty) {
            Ok(result) => result,
            Err(error) => return Ok(Answer::Miss(Miss::Damaged(error.to_string()), moment)),
        };
        let contents = match content::contents_of(store, result.as_mut()) {
            Ok(contents) => Arc::new(contents),
            Err(lost) => return Ok(Answer::Miss(Miss::Damaged(lost.to_string()), None)),
        };
        let other = (provenance.component_digest != component.digest).then_some(provenance.component_digest);
        if let Some(stored) = other.filter(|_| options.strict) {
            return Err(Error::OtherComponent { stored, current: component.digest });
        }
        Ok(Answer::Hit(Box::new(Outcome {
            result,
            contents,
            status: Status::Hit(Hit { made_by_other_component: other }),
            key: Some(key),
            stored: true,
            denials: Denials::default(),
            provenance,
            peak_host_bytes: None,
            warnings: std::mem::take(warnings),
        })))
    }
}

/// Returns the reason that an entry made at `finished_at_ms` is too old for a caller who asks for this age.
fn too_old(finished_at_ms: u64, now_ms: u64, max_age: Duration) -> Option<Miss> {
    let max_age_ms = u64::try_from(max_age.as_millis()).unwrap_or(u64::MAX);
    match now_ms.checked_sub(finished_at_ms) {
        // A clock was wrong, then or now.
        None => Some(Miss::AgeUnknown { ahead_ms: finished_at_ms - now_ms }),
        Some(age_ms) if age_ms > max_age_ms => Some(Miss::TooOld { age_ms, max_age_ms }),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_that_cannot_be_told_is_too_old() {
        let second = Duration::from_secs(1);
        assert_eq!(too_old(5000, 5000, second), None);
        assert_eq!(too_old(4000, 5000, second), None);
        assert_eq!(too_old(3999, 5000, second), Some(Miss::TooOld { age_ms: 1001, max_age_ms: 1000 }));
        assert_eq!(too_old(5001, 5000, second), Some(Miss::AgeUnknown { ahead_ms: 1 }));
        assert_eq!(too_old(u64::MAX, 0, Duration::MAX), Some(Miss::AgeUnknown { ahead_ms: u64::MAX }));
    }
}
