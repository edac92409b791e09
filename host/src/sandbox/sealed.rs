//! The sealed world: everything a task can observe beside its inputs, and it is the same on every run.
//!
//! | it asks for | it gets |
//! |---|---|
//! | wall clock | 2000-01-01T00:00:00Z, one microsecond later at each reading |
//! | monotonic clock | 0, one microsecond later at each reading, in step with the wall clock |
//! | to sleep, to poll timers | virtual time, after really waiting: see [`super::time`] |
//! | random bytes, secure or not, and the seed | ChaCha20 (RFC 8439), seeded by the call: see [`crate::key::seed`] |
//! | environment, arguments, standard input | empty |
//! | files | an empty folder at `/`, which is gone with the run: see [`super::files`] |
//! | TCP, UDP, name look-up | refused |
//! | standard output and error | collected to a bounded head and tail |
//!
//! [`crate::key::SEALED_WORLD`] is the version of this table.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{WasiCtx, async_trait};

use super::files::{Scratch, Used};
use super::limits::Limits;
use super::time::{Timers, VirtualClock};
use crate::captured::{Capture, Captured};

/// The sealed world of one run. Its WASI context is made when the guest first calls WASI: a task that only computes
/// does not pay for it.
pub(super) struct Sealed {
    seed: [u8; 32],
    pub(super) clock: VirtualClock,
    pub(super) timers: Timers,
    limits: Limits,
    made: Option<Made>,
    scratch: Option<Scratch>,
}

struct Made {
    wasi: WasiCtx,
    stdout: Stream,
    stderr: Stream,
}

impl Sealed {
    pub(super) fn new(seed: [u8; 32], limits: &Limits) -> Self {
        Self {
            seed,
            clock: VirtualClock::default(),
            timers: Timers::new(),
            limits: limits.clone(),
            made: None,
            scratch: None,
        }
    }

    pub(super) fn scratch(&mut self) -> &Scratch {
        self.scratch.get_or_insert_with(|| Scratch::new(&self.limits, self.clock.clone()))
    }

    /// What the run used of its scratch folder.
    pub(super) fn scratch_used(&self) -> Used {
        self.scratch.as_ref().map(Scratch::used).unwrap_or_default()
    }

    pub(super) fn wasi(&mut self) -> &mut WasiCtx {
        let Self { seed, limits, clock, timers: _, made, scratch: _ } = self;
        &mut made.get_or_insert_with(|| make(*seed, limits, clock)).wasi
    }

    /// What the guest wrote to its standard output and standard error.
    pub(super) fn take_printed(&mut self) -> (Captured, Captured) {
        match &self.made {
            Some(made) => (made.stdout.take(), made.stderr.take()),
            None => Default::default(),
        }
    }
}

fn make(seed: [u8; 32], limits: &Limits, clock: &VirtualClock) -> Made {
    let stdout = Stream::new(limits.captured_bytes);
    let stderr = Stream::new(limits.captured_bytes);
    let mut wasi = WasiCtx::builder();
    wasi.wall_clock(clock.clone())
        .monotonic_clock(clock.clone())
        .secure_random(generator(seed, 0))
        .insecure_random(generator(seed, 1))
        .insecure_random_seed(insecure_seed(seed))
        .max_random_size(limits.random_bytes)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .stdout(stdout.clone())
        .stderr(stderr.clone());
    Made { wasi: wasi.build(), stdout, stderr }
}

/// One of the independent streams of ChaCha20 under the same seed.
fn generator(seed: [u8; 32], stream: u64) -> ChaCha20Rng {
    let mut generator = ChaCha20Rng::from_seed(seed);
    generator.set_stream(stream);
    generator
}

fn insecure_seed(seed: [u8; 32]) -> u128 {
    let mut generator = generator(seed, 2);
    u128::from(generator.next_u64()) << 64 | u128::from(generator.next_u64())
}

/// A standard stream that never blocks, never fails and never grows.
#[derive(Clone)]
struct Stream(Arc<Mutex<Capture>>);

/// What one write may carry: the guest's bytes are copied into the host before they are looked at.
const WRITE_BYTES: usize = 1 << 20;

impl Stream {
    fn new(bytes_each: usize) -> Self {
        Self(Arc::new(Mutex::new(Capture::new(bytes_each))))
    }

    fn capture(&self, bytes: &[u8]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes);
    }

    fn take(&self) -> Captured {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl IsTerminal for Stream {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Stream {
    fn async_stream(&self) -> Box<dyn tokio::io::AsyncWrite + Send + Sync> {
        Box::new(self.clone())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait]
impl Pollable for Stream {
    async fn ready(&mut self) {}
}

impl OutputStream for Stream {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.capture(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES)
    }
}

impl tokio::io::AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        self.capture(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
