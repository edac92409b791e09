//! Output of a guest: its two standard streams, collected to a bounded head and tail in either world.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};
use wasmtime_wasi::{WasiCtxBuilder, async_trait};

use super::account::Account;
use larder_base::{Capture, Captured};

/// Both standard streams of one run.
pub(super) struct Printed {
    stdout: Stream,
    stderr: Stream,
}

impl Printed {
    /// Creates streams that keep `bytes_each` bytes at each end, and gives them to the guest by `wasi`. Writes are
    /// charged to `account`, as work.
    pub(super) fn of(wasi: &mut WasiCtxBuilder, bytes_each: usize, account: &Account) -> Self {
        let stream = || Stream { capture: Arc::new(Mutex::new(Capture::new(bytes_each))), account: account.clone() };
        let printed = Self { stdout: stream(), stderr: stream() };
        wasi.stdout(printed.stdout.clone()).stderr(printed.stderr.clone());
        printed
    }

    /// Takes the guest's standard output and standard error.
    pub(super) fn take(&self) -> (Captured, Captured) {
        (self.stdout.take(), self.stderr.take())
    }
}

/// A standard stream that never blocks, never fails and never grows.
#[derive(Clone)]
struct Stream {
    capture: Arc<Mutex<Capture>>,
    account: Account,
}

/// Maximum size of one write, in bytes: the guest's bytes are copied into the host before they are looked at.
const WRITE_BYTES: usize = 1 << 20;

impl Stream {
    fn capture(&self, bytes: &[u8]) {
        self.account.owe(bytes.len() as u64);
        self.capture.lock().unwrap_or_else(PoisonError::into_inner).write(bytes);
    }

    fn take(&self) -> Captured {
        self.capture.lock().unwrap_or_else(PoisonError::into_inner).take()
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
