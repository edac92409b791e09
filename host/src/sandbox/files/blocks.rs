//! Where the bytes of a scratch folder are: one nameless temporary file of the machine, in blocks of equal size.
//!
//! It is made when the first byte is written, and gone when it is closed, however the run ends. A block that is given
//! back is handed out again before the file grows, so the file is never larger than what was in use at one time. What
//! a used block still holds from before is no secret of this module: whoever takes a block writes all of it first.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use super::error::Error;

/// The size of a block.
pub(super) const BLOCK: usize = 4096;

/// The number of a block in the backing file.
pub(super) type BlockId = u32;

/// The backing file, and which of its blocks are in use.
pub(super) struct Blocks {
    file: Option<File>,
    /// How many blocks may be in use.
    limit: u64,
    used: u64,
    peak: u64,
    /// The first block that was never handed out.
    next: BlockId,
    free: Vec<BlockId>,
}

impl Blocks {
    /// Room for `limit_bytes`, counted in whole blocks.
    pub(super) fn new(limit_bytes: u64) -> Self {
        let limit = (limit_bytes / BLOCK as u64).min(u64::from(BlockId::MAX));
        Self { file: None, limit, used: 0, peak: 0, next: 0, free: Vec::new() }
    }

    /// The most bytes that were in use at one time.
    pub(super) const fn peak_bytes(&self) -> u64 {
        self.peak * BLOCK as u64
    }

    /// Fails unless there is room for so many blocks more.
    pub(super) fn expect_room(&self, more: u64) -> Result<(), Error> {
        let asked = self.used.saturating_add(more);
        if asked > self.limit {
            return Err(Error::Full { limit: self.limit * BLOCK as u64, asked: asked.saturating_mul(BLOCK as u64) });
        }
        Ok(())
    }

    /// Takes a block and writes all of it.
    pub(super) fn take(&mut self, content: &[u8; BLOCK]) -> Result<BlockId, Error> {
        self.expect_room(1)?;
        if self.file.is_none() {
            self.file = Some(tempfile::tempfile().map_err(|_| self.machine_is_full())?);
        }
        let block = self.free.last().copied().unwrap_or(self.next);
        self.put(block, 0, content)?;
        if self.free.pop().is_none() {
            self.next += 1;
        }
        self.used += 1;
        self.peak = self.peak.max(self.used);
        Ok(block)
    }

    /// Takes a block back.
    pub(super) fn give_back(&mut self, block: BlockId) {
        self.free.push(block);
        self.used -= 1;
    }

    /// Overwrites a part of a block.
    pub(super) fn put(&self, block: BlockId, at: usize, bytes: &[u8]) -> Result<(), Error> {
        self.on_file(|file| file.write_all_at(bytes, position(block, at)))
    }

    /// Reads a part of a block.
    pub(super) fn get(&self, block: BlockId, at: usize, into: &mut [u8]) -> Result<(), Error> {
        self.on_file(|file| file.read_exact_at(into, position(block, at)))
    }

    fn on_file(&self, act: impl FnOnce(&File) -> io::Result<()>) -> Result<(), Error> {
        let done = self.file.as_ref().map_or_else(|| Err(io::ErrorKind::NotFound.into()), act);
        done.map_err(|_| self.machine_is_full())
    }

    /// The machine failed where the run's own limit would not have: what it had room for is the limit.
    const fn machine_is_full(&self) -> Error {
        let limit = self.used * BLOCK as u64;
        Error::Full { limit, asked: limit + BLOCK as u64 }
    }
}

const fn position(block: BlockId, at: usize) -> u64 {
    block as u64 * BLOCK as u64 + at as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_given_back_is_handed_out_again() {
        let mut blocks = Blocks::new(3 * BLOCK as u64);
        let taken: Vec<_> = (0..3).map(|byte| blocks.take(&[byte; BLOCK]).unwrap()).collect();
        assert_eq!(taken, [0, 1, 2]);
        let full = Error::Full { limit: 3 * 4096, asked: 4 * 4096 };
        assert_eq!(blocks.take(&[3; BLOCK]), Err(full));
        blocks.give_back(1);
        assert_eq!(blocks.take(&[4; BLOCK]), Ok(1));
        let mut read = [0; 2];
        blocks.get(1, 7, &mut read).unwrap();
        assert_eq!((read, blocks.peak_bytes()), ([4, 4], 3 * 4096));
    }

    #[test]
    fn no_file_is_made_before_the_first_byte() {
        let mut blocks = Blocks::new(1 << 20);
        assert!(blocks.file.is_none());
        blocks.expect_room(256).unwrap();
        assert!(blocks.file.is_none());
        blocks.take(&[0; BLOCK]).unwrap();
        assert!(blocks.file.is_some());
    }

    #[test]
    fn a_limit_below_one_block_allows_none() {
        let mut blocks = Blocks::new(BLOCK as u64 - 1);
        assert_eq!(blocks.take(&[0; BLOCK]), Err(Error::Full { limit: 0, asked: 4096 }));
    }

    #[test]
    fn a_full_disk_is_a_full_folder() {
        let mut blocks = Blocks::new(1 << 20);
        // Every write to this device fails as on a full disk.
        blocks.file = Some(File::options().write(true).open("/dev/full").unwrap());
        assert_eq!(blocks.take(&[0; BLOCK]), Err(Error::Full { limit: 0, asked: 4096 }));
        assert_eq!(blocks.peak_bytes(), 0);
    }
}
