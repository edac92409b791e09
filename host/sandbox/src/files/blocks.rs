//! Storage for the bytes of a scratch folder: one nameless temporary file of the machine, in blocks of equal size.
//!
//! The file is created when the first byte is written, and gone when it is closed, however the run ends. Freed blocks
//! are reused before the file grows, so it is never larger than the peak use. Old content of a reused block is not
//! erased here: the code that takes a block writes all of it first.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

use super::error::Error;
use crate::account::{Account, Hold};
use larder_content::Quota;

/// The size of a block.
pub(super) const BLOCK: usize = 4096;

/// The number of a block in the backing file.
pub(super) type BlockId = u32;

/// Adjacent blocks of the backing file. One write is listed as one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: BlockId,
    pub(super) count: u32,
}

/// The backing file, and the record of its used blocks.
pub(super) struct Blocks {
    file: Option<File>,
    /// Quota that the blocks are taken from, shared with all other storage of the run.
    quota: Arc<Quota>,
    /// The first block that was never used.
    next: BlockId,
    free: Vec<Run>,
    /// The charge for the lists of runs: the free list and those of the files.
    kept: Hold,
}

/// Memory that a run takes in the list of a file, and in the free list, in bytes.
const RUN_IN_A_FILE: u64 = 48;
const RUN_FREE: u64 = 16;

impl Run {
    /// Splits off the first `count` blocks.
    pub(super) const fn split(self, count: u32) -> (Self, Self) {
        let Self { first, count: all } = self;
        (Self { first, count }, Self { first: first + count, count: all - count })
    }
}

impl Blocks {
    /// Creates storage whose blocks are taken from `quota`.
    pub(super) fn new(quota: Arc<Quota>, account: &Account) -> Self {
        Self { file: None, quota, next: 0, free: Vec::new(), kept: account.nothing() }
    }

    /// Peak of the bytes in use, for these blocks and all other storage of the run.
    #[cfg(test)]
    pub(super) fn peak_bytes(&self) -> u64 {
        self.quota.peak()
    }

    /// Fails unless there is room for `more` further blocks.
    pub(super) fn expect_room(&self, more: u64) -> Result<(), Error> {
        Ok(self.quota.expect(more.saturating_mul(BLOCK as u64))?)
    }

    /// Takes blocks for the beginning of `content`, which consists of whole blocks, and writes all of them. Takes as
    /// many adjacent blocks as possible, and at least one.
    pub(super) fn take(&mut self, content: &[u8]) -> Result<Run, Error> {
        let wanted = u32::try_from(content.len() / BLOCK).unwrap_or(BlockId::MAX);
        self.expect_room(u64::from(wanted))?;
        if self.file.is_none() {
            self.file = Some(tempfile::tempfile().map_err(|_| self.machine_is_full())?);
        }
        let run = match self.free.last() {
            Some(free) => Run { first: free.first, count: free.count.min(wanted) },
            None => Run { first: self.next, count: wanted },
        };
        self.put(run.first, 0, &content[..run.count as usize * BLOCK])?;
        match self.free.pop() {
            Some(free) if free.count > run.count => self.free.push(free.split(run.count).1),
            Some(_) => self.kept.shrink(RUN_FREE),
            None => self.next += run.count,
        }
        self.quota.take(bytes_of(run))?;
        Ok(run)
    }

    /// Frees blocks.
    pub(super) fn give_back(&mut self, run: Run) {
        self.quota.give_back(bytes_of(run));
        // If there is no memory to record them, the run loses them, but it ends with the refusal anyway.
        if self.kept.extend(RUN_FREE).is_ok() {
            self.free.push(run);
        }
    }

    /// Charges one more run in the list of a file.
    pub(super) fn list_one_more(&mut self) -> Result<(), Error> {
        Ok(self.kept.extend(RUN_IN_A_FILE)?)
    }

    /// Gives back the charge for runs that were removed from the list of a file.
    pub(super) fn list_fewer(&mut self, runs: usize) {
        self.kept.shrink(RUN_IN_A_FILE * runs as u64);
    }

    /// Overwrites a part of adjacent blocks.
    pub(super) fn put(&self, block: BlockId, at: usize, bytes: &[u8]) -> Result<(), Error> {
        self.on_file(|file| file.write_all_at(bytes, position(block, at)))
    }

    /// Reads a part of adjacent blocks.
    pub(super) fn get(&self, block: BlockId, at: usize, into: &mut [u8]) -> Result<(), Error> {
        self.on_file(|file| file.read_exact_at(into, position(block, at)))
    }

    fn on_file(&self, act: impl FnOnce(&File) -> io::Result<()>) -> Result<(), Error> {
        let done = self.file.as_ref().map_or_else(|| Err(io::ErrorKind::NotFound.into()), act);
        done.map_err(|_| self.machine_is_full())
    }

    /// Returns the error of a full machine, whose disk is smaller than the run's limit: the limit is the room that it
    /// had.
    fn machine_is_full(&self) -> Error {
        self.quota.machine_is_full().into()
    }
}

const fn bytes_of(run: Run) -> u64 {
    run.count as u64 * BLOCK as u64
}

const fn position(block: BlockId, at: usize) -> u64 {
    block as u64 * BLOCK as u64 + at as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn run(first: BlockId, count: u32) -> Run {
        Run { first, count }
    }

    #[test]
    fn a_block_given_back_is_handed_out_again() {
        let mut blocks = Blocks::new(Quota::new(5 * BLOCK as u64), &Account::unlimited());
        assert_eq!(blocks.take(&[0; 3 * BLOCK]), Ok(run(0, 3)));
        assert_eq!(blocks.take(&[1; BLOCK]), Ok(run(3, 1)));
        assert_eq!(blocks.take(&[2; 2 * BLOCK]), Err(Error::Full { limit: 5 * 4096, asked: 6 * 4096 }));
        blocks.give_back(run(1, 2));
        assert_eq!(blocks.take(&[3; BLOCK]), Ok(run(1, 1)));
        // As many as are adjacent, then the rest.
        assert_eq!(blocks.take(&[4; 2 * BLOCK]), Ok(run(2, 1)));
        assert_eq!(blocks.take(&[5; BLOCK]), Ok(run(4, 1)));
        let mut read = [0; 2];
        blocks.get(1, 4095, &mut read).unwrap();
        assert_eq!((read, blocks.peak_bytes()), ([3, 4], 5 * 4096));
    }

    #[test]
    fn no_file_is_made_before_the_first_byte() {
        let mut blocks = Blocks::new(Quota::new(1 << 20), &Account::unlimited());
        blocks.expect_room(256).unwrap();
        assert!(blocks.file.is_none());
        blocks.take(&[0; BLOCK]).unwrap();
        assert!(blocks.file.is_some());
    }

    #[test]
    fn a_limit_below_one_block_allows_none() {
        let mut blocks = Blocks::new(Quota::new(BLOCK as u64 - 1), &Account::unlimited());
        assert_eq!(blocks.take(&[0; BLOCK]), Err(Error::Full { limit: 0, asked: 4096 }));
    }

    #[test]
    fn a_full_disk_is_a_full_folder() {
        let mut blocks = Blocks::new(Quota::new(1 << 20), &Account::unlimited());
        // Every write to this device fails as on a full disk.
        blocks.file = Some(File::options().write(true).open("/dev/full").unwrap());
        assert_eq!(blocks.take(&[0; BLOCK]), Err(Error::Full { limit: 0, asked: 4096 }));
        assert_eq!(blocks.peak_bytes(), 0);
    }
}
