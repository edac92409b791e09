//! The streams of WASI 0.2 over a file. They are always ready, and each operation completes at once.

use bytes::Bytes;
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::{InputStream, OutputStream, Pollable, StreamError, StreamResult};

use super::error::Error;
use super::open::{At, Open, STREAM_BYTES};

/// A file that is read from a position. It is always ready.
pub(super) struct Reading {
    pub(super) file: Open,
    pub(super) offset: u64,
}

/// A file that is written from a position or at its end. It is always ready, until a write has failed.
pub(super) struct Writing {
    pub(super) file: Option<Open>,
    pub(super) at: At,
}

#[async_trait]
impl Pollable for Reading {
    async fn ready(&mut self) {}
}

impl InputStream for Reading {
    fn read(&mut self, size: usize) -> StreamResult<Bytes> {
        let bytes = self.file.read(self.offset, size.min(STREAM_BYTES)).map_err(failed)?;
        if bytes.is_empty() && size > 0 {
            return Err(StreamError::Closed);
        }
        self.offset += bytes.len() as u64;
        Ok(bytes.into())
    }
}

#[async_trait]
impl Pollable for Writing {
    async fn ready(&mut self) {}
}

impl OutputStream for Writing {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        let file = self.file.as_ref().ok_or(StreamError::Closed)?;
        match file.write(self.at, &bytes) {
            Ok(end) => {
                if let At::Offset(offset) = &mut self.at {
                    *offset = end;
                }
                Ok(())
            }
            Err(error) => {
                self.file = None;
                Err(failed(error))
            }
        }
    }

    fn flush(&mut self) -> StreamResult<()> {
        self.check_write().map(drop)
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        self.file.as_ref().map(|_| STREAM_BYTES).ok_or(StreamError::Closed)
    }
}

fn failed(error: Error) -> StreamError {
    StreamError::LastOperationFailed(wasmtime::Error::new(error))
}
