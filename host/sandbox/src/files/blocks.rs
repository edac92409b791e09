//! Where the bytes of a scratch folder are: one nameless temporary file of the machine, in blocks of equal size.
//!
//! It is made when the first byte is written, and gone when it is closed, however the run ends. A block that is given
//! back is handed out again before the file grows, so the file is never larger than what was in use at one time. What
//! a used block still holds from before is no secret of this module: whoever takes a block writes all of it first.

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

/// Blocks that follow each other in the backing file: what is written in one piece is listed as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Run {
    pub(super) first: BlockId,
    pub(super) count: u32,
}

/// The backing file, and which of its blocks are in use.
pub(super) struct Blocks {
    file: Option<File>,
    /// What the blocks are taken from, together with whatever else the run stores.
    quota: Arc<Quota>,
    /// The first block that was never handed out.
    next: BlockId,
    free: Vec<Run>,
    /// The charge for the lists of runs, this one and those of the files.
    kept: Hold,
}

/// What a run takes in the list of a file, and in the list of those that are free.
const RUN_IN_A_FILE: u64 = 48;
const RUN_FREE: u64 = 16;

impl Run {
    /// Its first `count` blocks, and the rest.
    pub(super) const fn split(self, count: u32) -> (Self, Self) {
        let Self { first, count: all } = self;
        (Self { first, count }, Self { first: first + count, count: all - count })
    }
}

impl Blocks {
    /// Blocks that are taken from `quota`.
    pub(super) fn new(quota: Arc<Quota>, account: &Account) -> Self {
        Self { file: None, quota, next: 0, free: Vec::new(), kept: account.nothing() }
    }

    /// The most bytes that were in use at one time, by these blocks and all else.
    #[cfg(test)]
    pub(super) fn peak_bytes(&self) -> u64 {
        self.quota.peak()
    }

    /// Fails unless there is room for so many blocks more.
    pub(super) fn expect_room(&self, more: u64) -> Result<(), Error> {
        Ok(self.quota.expect(more.saturating_mul(BLOCK as u64))?)
    }

    /// Takes blocks for the beginning of `content`, which is made of whole blocks, and writes all of them. There are as
    /// many as can follow each other, and at least one.
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

    /// Takes blocks back.
    pub(super) fn give_back(&mut self, run: Run) {
        self.quota.give_back(bytes_of(run));
        // Where there is no room to remember them they are lost to the run, which ends with the refusal.
        if self.kept.extend(RUN_FREE).is_ok() {
            self.free.push(run);
        }
    }

    /// Charges one more run in the list of a file.
    pub(super) fn list_one_more(&mut self) -> Result<(), Error> {
        Ok(self.kept.extend(RUN_IN_A_FILE)?)
    }

    /// Gives back the charge for so many runs that are in the list of a file no more.
    pub(super) fn list_fewer(&mut self, runs: usize) {
        self.kept.shrink(RUN_IN_A_FILE * runs as u64);
    }

    /// Overwrites a part of blocks that follow each other.
    pub(super) fn put(&self, block: BlockId, at: usize, bytes: &[u8]) -> Result<(), Error> {
        self.on_file(|file| file.write_all_at(bytes, position(block, at)))
    }

    /// Reads a part of blocks that follow each other.
    pub(super) fn get(&self, block: BlockId, at: usize, into: &mut [u8]) -> Result<(), Error> {
        self.on_file(|file| file.read_exact_at(into, position(block, at)))
    }

    fn on_file(&self, act: impl FnOnce(&File) -> io::Result<()>) -> Result<(), Error> {
        let done = self.file.as_ref().map_or_else(|| Err(io::ErrorKind::NotFound.into()), act);
        done.map_err(|_| self.machine_is_full())
    }

    /// The machine failed where the run's own limit would not have: what it had room for is the limit.
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
        // As many as follow each other, then the rest.
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
