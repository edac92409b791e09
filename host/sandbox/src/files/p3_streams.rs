//! The streams of WASI 0.3 over a file or a folder, each with a future for its outcome.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::oneshot;
use wasmtime::StoreContextMut;
use wasmtime::component::{
    Access, Destination, FutureReader, Lift, Lower, Source, StreamConsumer, StreamProducer, StreamReader, StreamResult,
};
use wasmtime_wasi::p3::bindings::filesystem::types::{DirectoryEntry, ErrorCode};

use super::error::Error;
use super::open::{At, Listing, Open, STREAM_BYTES};
use super::view::ScratchFiles;

/// Outcome of a stream.
pub(super) type End = FutureReader<Result<(), ErrorCode>>;

/// Sender for the outcome of a stream. If it is dropped unused, the stream ended well.
struct Ending(Option<oneshot::Sender<Result<(), ErrorCode>>>);

/// A file that is read from a position.
pub(super) struct Reading {
    pub(super) file: Open,
    pub(super) offset: u64,
}

/// A file that is written from a position or at its end.
pub(super) struct Writing {
    pub(super) file: Open,
    pub(super) at: At,
}

/// Source of the items of a stream to the guest.
pub(super) trait Produces: Send + Unpin + 'static {
    type Item: Lift + Lower + Send + Sync + 'static;

    /// Returns at most `room` items (`room` is not 0); none at the end.
    fn next(&mut self, room: usize) -> Result<Vec<Self::Item>, Error>;
}

impl Produces for Reading {
    type Item = u8;

    fn next(&mut self, room: usize) -> Result<Vec<u8>, Error> {
        let bytes = self.file.read(self.offset, room)?;
        self.offset += bytes.len() as u64;
        Ok(bytes)
    }
}

impl Produces for Listing {
    type Item = DirectoryEntry;

    fn next(&mut self, _: usize) -> Result<Vec<DirectoryEntry>, Error> {
        let next = Self::next(self)?;
        Ok(next.map(|(name, ty)| DirectoryEntry { type_: ty.into(), name }).into_iter().collect())
    }
}

/// Creates a stream to the guest, which is empty after an error.
pub(super) fn produce<S: 'static, P: Produces>(
    mut store: Access<S, ScratchFiles>,
    from: Result<P, Error>,
) -> wasmtime::Result<(StreamReader<P::Item>, End)> {
    let (mut ending, end) = Ending::new();
    let from = from.map_err(|error| ending.tell(error)).ok();
    let stream = StreamReader::new(&mut store, Producer { from, ending })?;
    Ok((stream, FutureReader::new(&mut store, end)?))
}

/// Writes the guest's stream to a file, unless an error has already occurred.
pub(super) fn consume<S: 'static>(
    mut store: Access<S, ScratchFiles>,
    mut data: StreamReader<u8>,
    into: Result<Writing, Error>,
) -> wasmtime::Result<End> {
    let (mut ending, end) = Ending::new();
    match into {
        Ok(writing) => data.pipe(&mut store, Consumer { writing, ending })?,
        Err(error) => {
            data.close(&mut store)?;
            ending.tell(error);
        }
    }
    FutureReader::new(&mut store, end)
}

struct Producer<P> {
    from: Option<P>,
    ending: Ending,
}

struct Consumer {
    writing: Writing,
    ending: Ending,
}

impl Ending {
    fn new() -> (Self, oneshot::Receiver<Result<(), ErrorCode>>) {
        let (told, end) = oneshot::channel();
        (Self(Some(told)), end)
    }

    fn tell(&mut self, error: Error) {
        self.send(Err(error.into()));
    }

    fn send(&mut self, result: Result<(), ErrorCode>) {
        if let Some(told) = self.0.take() {
            // A guest that is not interested has dropped the future.
            let _ = told.send(result);
        }
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.send(Ok(()));
    }
}

impl<P: Produces, D> StreamProducer<D> for Producer<P> {
    type Item = P::Item;
    type Buffer = wasmtime::component::VecBuffer<P::Item>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        mut store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, Self::Item, Self::Buffer>,
        _: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let room = destination.remaining(&mut store);
        if room.is_none() {
            // The host reads what it wrote itself, and no guest in between can be stopped, so it yields to others now
            // and then. A guest that reads must not notice.
            ready!(tokio::task::coop::poll_proceed(context)).made_progress();
        }
        let room = room.unwrap_or(STREAM_BYTES).min(STREAM_BYTES);
        // This call only asks if the stream is ready.
        if room == 0 {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        let Self { from, ending } = &mut *self;
        let items = from.as_mut().map_or_else(|| Ok(Vec::new()), |from| from.next(room));
        let is_over = match items {
            Ok(items) if items.is_empty() => {
                ending.send(Ok(()));
                true
            }
            Ok(items) => {
                destination.set_buffer(items.into());
                false
            }
            Err(error) => {
                ending.tell(error);
                true
            }
        };
        Poll::Ready(Ok(if is_over { StreamResult::Dropped } else { StreamResult::Completed }))
    }
}

impl<D> StreamConsumer<D> for Consumer {
    type Item = u8;

    fn poll_consume(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        store: StoreContextMut<D>,
        source: Source<Self::Item>,
        _: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        let mut source = source.as_direct(store);
        let Self { writing, ending } = &mut *self;
        let bytes = source.remaining();
        let bytes = &bytes[..bytes.len().min(STREAM_BYTES)];
        match writing.file.stream(writing.at, bytes) {
            Ok(end) => {
                let count = bytes.len();
                source.mark_read(count);
                if let At::Offset(offset) = &mut writing.at {
                    *offset = end;
                }
                Poll::Ready(Ok(StreamResult::Completed))
            }
            Err(error) => {
                ending.tell(error);
                Poll::Ready(Ok(StreamResult::Dropped))
            }
        }
    }
}
