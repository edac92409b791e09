//! Random numbers, with a limit on each request.
//!
//! The numbers come from the world's generators. In WASI 0.3 a host may return fewer than requested. This host does
//! not: the guest's answer would depend on the limit, which is not in its key.

use wasmtime::component::HasData;
use wasmtime_wasi::p2::bindings::random as p2;
use wasmtime_wasi::p3::bindings::random as p3;
use wasmtime_wasi::random::WasiRandomCtx;

use super::account::Account;
use larder_types::limits::LimitExceeded;

/// The part of a run that the functions of random numbers see.
pub(super) struct RandomView<'a> {
    pub(super) random: &'a mut WasiRandomCtx,
    /// Maximum number of bytes in one request.
    pub(super) limit: u64,
    /// Account that is charged for the work.
    pub(super) account: Account,
}

/// Names [`RandomView`] to the linker.
pub(super) struct BoundedRandom;

impl HasData for BoundedRandom {
    type Data<'a> = RandomView<'a>;
}

impl RandomView<'_> {
    fn bounded(&mut self, asked: u64) -> wasmtime::Result<&mut WasiRandomCtx> {
        match asked > self.limit {
            true => Err(LimitExceeded::Random { limit: self.limit, asked }.into()),
            false => {
                self.account.owe(asked);
                Ok(self.random)
            }
        }
    }
}

impl p2::random::Host for RandomView<'_> {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        p2::random::Host::get_random_bytes(self.bounded(len)?, len)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        p2::random::Host::get_random_u64(self.random)
    }
}

impl p2::insecure::Host for RandomView<'_> {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        p2::insecure::Host::get_insecure_random_bytes(self.bounded(len)?, len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        p2::insecure::Host::get_insecure_random_u64(self.random)
    }
}

impl p3::random::Host for RandomView<'_> {
    fn get_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        p3::random::Host::get_random_bytes(self.bounded(len)?, len)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        p3::random::Host::get_random_u64(self.random)
    }
}

impl p3::insecure::Host for RandomView<'_> {
    fn get_insecure_random_bytes(&mut self, len: u64) -> wasmtime::Result<Vec<u8>> {
        p3::insecure::Host::get_insecure_random_bytes(self.bounded(len)?, len)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        p3::insecure::Host::get_insecure_random_u64(self.random)
    }
}
