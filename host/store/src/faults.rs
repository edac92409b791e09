//! Disk failures injected in tests: the file accepts a number of changes and then refuses every one, like a full or
//! dying disk. So every step of a commit can be the one that fails. A build without tests contains nothing of it.

#[cfg(test)]
pub(crate) use self::injected::Faults;
#[cfg(not(test))]
pub(crate) use self::none::Faults;

#[cfg(not(test))]
mod none {
    /// No injected faults.
    #[derive(Debug, Clone)]
    pub(crate) struct Faults;

    impl Faults {
        pub(crate) const fn none() -> Self {
            Self
        }

        pub(crate) const fn before_change(&self) -> std::io::Result<()> {
            Ok(())
        }
    }
}

#[cfg(test)]
mod injected {
    use std::io;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    /// A file that accepts a number of changes and then refuses every one, until it is healed.
    #[derive(Debug, Clone)]
    pub(crate) struct Faults(Arc<AtomicI64>);

    impl Faults {
        pub(crate) fn none() -> Self {
            Self(Arc::new(AtomicI64::new(i64::MAX)))
        }

        pub(crate) fn fail_after(&self, changes: i64) {
            self.0.store(changes, Ordering::SeqCst);
        }

        pub(crate) fn heal(&self) {
            self.fail_after(i64::MAX);
        }

        pub(crate) fn before_change(&self) -> io::Result<()> {
            // ENOSPC
            let full = || io::Error::from_raw_os_error(28);
            (self.0.fetch_sub(1, Ordering::SeqCst) > 0).then_some(()).ok_or_else(full)
        }
    }
}
