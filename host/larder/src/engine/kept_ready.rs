//! The components that are kept ready to run.
//!
//! A ready component maps its compiled code into memory, so the cache of them is bounded by bytes and by number. Beyond
//! a bound, the least recently used component is dropped. A component with a call under way stays: dropping it would
//! not free its memory, and the next call would load the code a second time.

use lru::LruCache;

use larder_base::Digest;
use larder_sandbox::Ready;

/// Bounds of a host: large Python components have 38 MB of code each.
const MOST: Bounds = Bounds { components: 1024, code_bytes: 2 << 30 };

/// Bounds of the components that are kept.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    components: usize,
    code_bytes: u64,
}

/// Something that is kept while there is room for it.
trait Keep {
    /// Returns the size of its code in bytes.
    fn code_bytes(&self) -> u64;

    /// Returns true if it is in use.
    fn is_in_use(&self) -> bool;

    /// Returns true if it must not be used again.
    fn is_retired(&self) -> bool;
}

impl Keep for Ready {
    fn code_bytes(&self) -> u64 {
        self.code_bytes()
    }

    fn is_in_use(&self) -> bool {
        self.is_in_use()
    }

    fn is_retired(&self) -> bool {
        self.is_retired()
    }
}

/// Components by their digests, most recently used first.
pub(crate) struct KeptReady(Kept<Ready>);

struct Kept<T> {
    by_digest: LruCache<Digest, T>,
    code_bytes: u64,
    bounds: Bounds,
}

impl Default for KeptReady {
    fn default() -> Self {
        Self(Kept::within(MOST))
    }
}

impl KeptReady {
    /// Returns the component with this digest, and marks it as used now.
    pub(crate) fn get(&mut self, digest: &Digest) -> Option<Ready> {
        self.0.get(digest).cloned()
    }

    /// Keeps a component, and drops others that there is no room for.
    pub(crate) fn put(&mut self, digest: Digest, ready: Ready) {
        self.0.put(digest, ready);
    }

    /// Drops the components whose engine is retired.
    pub(crate) fn forget_retired(&mut self) {
        self.0.forget_retired();
    }

    /// Returns the number of components, and the bytes of their code.
    pub(crate) fn size(&self) -> (usize, u64) {
        (self.0.by_digest.len(), self.0.code_bytes)
    }
}

impl<T: Keep> Kept<T> {
    fn within(bounds: Bounds) -> Self {
        Self { by_digest: LruCache::unbounded(), code_bytes: 0, bounds }
    }

    fn get(&mut self, digest: &Digest) -> Option<&T> {
        self.by_digest.get(digest).filter(|kept| !kept.is_retired())
    }

    fn put(&mut self, digest: Digest, kept: T) {
        self.remove(&digest);
        self.code_bytes += kept.code_bytes();
        self.by_digest.put(digest, kept);
        if self.is_too_much() {
            self.evict(&digest);
        }
    }

    fn is_too_much(&self) -> bool {
        self.by_digest.len() > self.bounds.components || self.code_bytes > self.bounds.code_bytes
    }

    /// Drops the least recently used components until the rest fits. `newest` stays: it is about to be used.
    fn evict(&mut self, newest: &Digest) {
        let idle = |(digest, kept): (&Digest, &T)| (digest != newest && !kept.is_in_use()).then_some(*digest);
        let idle: Vec<_> = self.by_digest.iter().rev().filter_map(idle).collect();
        for digest in idle {
            if !self.is_too_much() {
                return;
            }
            self.remove(&digest);
        }
    }

    fn remove(&mut self, digest: &Digest) {
        if let Some(kept) = self.by_digest.pop(digest) {
            self.code_bytes -= kept.code_bytes();
        }
    }

    fn forget_retired(&mut self) {
        let retired = |(digest, kept): (&Digest, &T)| kept.is_retired().then_some(*digest);
        let retired: Vec<_> = self.by_digest.iter().filter_map(retired).collect();
        retired.iter().for_each(|digest| self.remove(digest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    struct Code {
        bytes: u64,
        in_use: bool,
        retired: bool,
    }

    impl Keep for Code {
        fn code_bytes(&self) -> u64 {
            self.bytes
        }

        fn is_in_use(&self) -> bool {
            self.in_use
        }

        fn is_retired(&self) -> bool {
            self.retired
        }
    }

    fn digest(number: u32) -> Digest {
        Digest::of(&number.to_le_bytes())
    }

    fn idle(bytes: u64) -> Code {
        Code { bytes, in_use: false, retired: false }
    }

    fn kept(components: usize, code_bytes: u64) -> Kept<Code> {
        Kept::within(Bounds { components, code_bytes })
    }

    #[track_caller]
    fn assert_has(kept: &Kept<Code>, numbers: &[u32]) {
        let mut expected: Vec<_> = numbers.iter().map(|number| digest(*number)).collect();
        let mut found: Vec<_> = kept.by_digest.iter().map(|(digest, _)| *digest).collect();
        expected.sort();
        found.sort();
        assert_eq!(found, expected);
        assert_eq!(kept.code_bytes, kept.by_digest.iter().map(|(_, code)| code.bytes).sum::<u64>());
    }

    #[test]
    fn the_one_goes_whose_last_use_is_longest_ago() {
        let mut kept = kept(3, 1000);
        for number in 0..3 {
            kept.put(digest(number), idle(1));
        }
        assert!(kept.get(&digest(0)).is_some());
        kept.put(digest(3), idle(1));
        assert_has(&kept, &[0, 2, 3]);
    }

    #[test]
    fn bytes_count_as_well_as_components() {
        let mut kept = kept(100, 10);
        for number in 0..4 {
            kept.put(digest(number), idle(3));
        }
        assert_has(&kept, &[1, 2, 3]);
        kept.put(digest(4), idle(8));
        assert_has(&kept, &[4]);
    }

    #[test]
    fn what_is_in_use_stays_and_so_does_the_newest() {
        let mut kept = kept(2, 10);
        kept.put(digest(0), Code { in_use: true, ..idle(6) });
        kept.put(digest(1), idle(6));
        kept.put(digest(2), idle(100));
        assert_has(&kept, &[0, 2]);
    }

    #[test]
    fn a_component_that_is_made_ready_again_counts_once() {
        let mut kept = kept(2, 10);
        kept.put(digest(0), idle(4));
        kept.put(digest(0), idle(5));
        kept.put(digest(1), idle(5));
        assert_has(&kept, &[0, 1]);
    }

    #[test]
    fn what_is_retired_is_not_found_and_goes() {
        let mut kept = kept(3, 10);
        kept.put(digest(0), Code { retired: true, ..idle(1) });
        kept.put(digest(1), idle(1));
        assert_eq!(kept.get(&digest(0)), None);
        kept.forget_retired();
        assert_has(&kept, &[1]);
    }
}
