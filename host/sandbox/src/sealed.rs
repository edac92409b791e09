//! The sealed world: everything that a task can observe beside its inputs, which is the same on every run.
//!
//! | it asks for | it gets |
//! |---|---|
//! | wall clock | 2000-01-01T00:00:00Z, one microsecond later at each reading |
//! | monotonic clock | 0, one microsecond later at each reading, in step with the wall clock |
//! | to sleep, to poll timers | virtual time, after really waiting: see [`super::time`] |
//! | random bytes, secure or not, and the seed | ChaCha20 (RFC 8439), seeded by the call: see `larder::key::seed` |
//! | environment, arguments, standard input | empty |
//! | files | an empty folder at `/`, which is gone with the run: see [`super::files`] |
//! | a TCP socket, a UDP socket, the addresses of a name | `access-denied`, before any socket or look-up of the host |
//! | to send an HTTP request | `HTTP-request-denied`, at once |
//! | HTTP fields, requests, options | they work: nothing of them leaves the sandbox |
//! | standard output and error | collected to a bounded head and tail |
//!
//! Refusals are recorded, and the task gets the interface's own error. The error is the same on every run, so the
//! task's answer may be stored. Everything here is linked once for each engine, and nothing in that linker leads to a
//! clock, a socket or a directory of the host.
//!
//! `larder::key::SEALED_WORLD` is the version of this table.

mod network;

use std::sync::Arc;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use wasmtime_wasi::WasiCtx;
use wasmtime_wasi_http::WasiHttpHooks;

use self::network::NoClient;
pub(super) use self::network::{NoNetworkView, add_no_network};
use super::account::Account;
use super::denials::Recorder;
use super::files::{Scratch, Setting, Shown, TakeError, Used};
use super::printed::Printed;
use super::time::{Timers, VirtualClock};
use larder_base::{Captured, Digest};
use larder_content::{Content, Directory, Spool};
use larder_types::limits::Limits;

/// The sealed world of one run. Its WASI context is made when the guest first calls WASI, so that a task that only
/// computes does not pay for it.
pub(super) struct Sealed {
    seed: [u8; 32],
    pub(super) clock: VirtualClock,
    pub(super) timers: Timers,
    limits: Limits,
    client: NoClient,
    made: Option<Made>,
    /// Made on first use.
    scratch: Option<Scratch>,
    setting: Setting,
}

struct Made {
    wasi: WasiCtx,
    printed: Printed,
}

impl Sealed {
    pub(super) fn new(seed: [u8; 32], limits: &Limits, denials: &Recorder, setting: Setting) -> Self {
        Self {
            seed,
            clock: VirtualClock::default(),
            timers: Timers::new(),
            limits: limits.clone(),
            client: NoClient(denials.clone()),
            made: None,
            scratch: None,
            setting,
        }
    }

    /// Returns the scratch folder.
    pub(super) fn scratch(&mut self) -> &Scratch {
        self.scratch.get_or_insert_with(|| Scratch::new(&self.setting, self.clock.clone()))
    }

    pub(super) fn wasi(&mut self) -> &mut WasiCtx {
        let Self { seed, limits, clock, timers: _, client: _, made, scratch: _, setting } = self;
        &mut made.get_or_insert_with(|| make(*seed, limits, clock, &setting.account)).wasi
    }

    pub(super) fn http_hooks(&mut self) -> &mut dyn WasiHttpHooks {
        &mut self.client
    }

    pub(super) fn take_printed(&mut self) -> (Captured, Captured) {
        self.made.as_ref().map(|made| made.printed.take()).unwrap_or_default()
    }

    pub(super) fn scratch_used(&self) -> Used {
        self.scratch.as_ref().map(Scratch::used).unwrap_or_default()
    }

    pub(super) fn show(&mut self, number: u32, name: Option<&str>, what: &Shown<'_>) -> wasmtime::Result<String> {
        self.scratch().show(number, name, what)
    }

    pub(super) async fn take_file(&mut self, path: &str, spool: &Spool) -> Result<(Digest, Content), TakeError> {
        let scratch = self.scratch().clone();
        scratch.take_file(path, spool).await
    }

    pub(super) async fn take_directory(&mut self, path: &str, spool: &Spool) -> Result<Arc<Directory>, TakeError> {
        let scratch = self.scratch().clone();
        scratch.take_directory(path, spool).await
    }
}

fn make(seed: [u8; 32], limits: &Limits, clock: &VirtualClock, account: &Account) -> Made {
    let mut wasi = WasiCtx::builder();
    let printed = Printed::of(&mut wasi, limits.captured_bytes, account);
    wasi.wall_clock(clock.clone())
        .monotonic_clock(clock.clone())
        .secure_random(generator(seed, 0))
        .insecure_random(generator(seed, 1))
        .insecure_random_seed(insecure_seed(seed))
        // A request is bounded before it gets here: see `random`.
        .max_random_size(limits.random_bytes)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false);
    Made { wasi: wasi.build(), printed }
}

/// Returns one of the independent streams of ChaCha20 under the same seed.
fn generator(seed: [u8; 32], stream: u64) -> ChaCha20Rng {
    let mut generator = ChaCha20Rng::from_seed(seed);
    generator.set_stream(stream);
    generator
}

fn insecure_seed(seed: [u8; 32]) -> u128 {
    let mut generator = generator(seed, 2);
    u128::from(generator.next_u64()) << 64 | u128::from(generator.next_u64())
}
