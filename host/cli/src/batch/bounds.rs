//! Bounds of inputs: the start of a text, and the maximum length of a row.

use std::cell::Cell;
use std::io::{BufRead, Cursor, Read};

use larder_base::byte_order_mark::without_byte_order_mark;

/// Skips a byte order mark at the start of a text.
pub(super) fn past_byte_order_mark(mut reader: impl BufRead) -> std::io::Result<impl BufRead> {
    let mut beginning = Vec::new();
    (&mut reader).take(3).read_to_end(&mut beginning)?;
    let beginning = without_byte_order_mark(&beginning).to_vec();
    Ok(Cursor::new(beginning).chain(reader))
}

/// The maximum length of a row in bytes: it becomes values in memory.
pub(super) const MAX_ROW_BYTES: u64 = 256 << 20;

/// A reader that stops in a row without an end: it reads at most `left` bytes until the consumer of rows resets the
/// limit.
pub(super) struct Bounded<'l, R> {
    pub(super) inner: R,
    pub(super) left: &'l Cell<u64>,
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left.get() == 0 {
            return Err(std::io::Error::other(format!("a row has more than {MAX_ROW_BYTES} bytes")));
        }
        let room = usize::try_from(self.left.get()).unwrap_or(usize::MAX).min(buffer.len());
        let read = self.inner.read(&mut buffer[..room])?;
        self.left.set(self.left.get() - read as u64);
        Ok(read)
    }
}
