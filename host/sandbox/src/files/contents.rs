//! The content of one scratch file: its size, and its non-empty blocks.
//!
//! A block that was never written is a hole: it reads as zeros and costs nothing, so a file may be far larger than the
//! folder has room for. In the last block, the bytes after the end of the file are always zero: a file that grows
//! again must not show what was cut off.
//!
//! A sequential write takes one entry of the list, however long it is. A file made of single blocks takes one entry
//! for each, which the blocks charge to the account of the run.

use std::collections::BTreeMap;

use super::blocks::{BLOCK, BlockId, Blocks, Run};
use super::error::Error;

/// Maximum size of a file: as many blocks as a 32-bit number counts, which is 16 TiB (and the largest file of ext4).
pub(super) const MAX_SIZE: u64 = BLOCK as u64 * MAX_BLOCKS;
const MAX_BLOCKS: u64 = 1 << 32;

/// Number of blocks that are filled at once.
const PIECE: usize = 256;

/// A file's content, without the bytes.
#[derive(Debug, Default)]
pub(super) struct Contents {
    size: u64,
    /// Written parts by their first block in the file, with their blocks in the backing file.
    runs: BTreeMap<u32, Run>,
}

/// A contiguous part of a file.
struct Stretch {
    /// First block of its bytes; `None` for a hole.
    block: Option<BlockId>,
    /// Offset in the first block.
    at: usize,
    length: usize,
}

impl Contents {
    /// The size of the file.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// Reads at most `length` bytes at `offset`; none at the end of the file.
    pub(super) fn read(&self, blocks: &Blocks, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; left.min(length)];
        let (mut position, mut rest) = (offset, bytes.as_mut_slice());
        while !rest.is_empty() {
            let Stretch { block, at, length } = self.stretch(position, rest.len());
            let (into, behind) = rest.split_at_mut(length);
            if let Some(block) = block {
                blocks.get(block, at, into)?;
            }
            (position, rest) = (position + length as u64, behind);
        }
        Ok(bytes)
    }

    /// Writes all of `bytes` at `offset`, or nothing if there is no room for all.
    pub(super) fn write(&mut self, blocks: &mut Blocks, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let end = offset.checked_add(bytes.len() as u64).filter(|end| *end <= MAX_SIZE).ok_or(Error::FileTooLarge)?;
        if bytes.is_empty() {
            return Ok(());
        }
        blocks.expect_room(self.holes(offset, bytes.len()))?;
        let (mut position, mut rest) = (offset, bytes);
        while !rest.is_empty() {
            let Stretch { block, at, length } = self.stretch(position, rest.len());
            let done = match block {
                Some(block) => blocks.put(block, at, &rest[..length]).map(|()| length)?,
                None => self.fill(blocks, position, &rest[..length])?,
            };
            (position, rest) = (position + done as u64, &rest[done..]);
        }
        self.size = self.size.max(end);
        Ok(())
    }

    /// Writes the beginning of `bytes` into a hole, and returns its length.
    fn fill(&mut self, blocks: &mut Blocks, position: u64, bytes: &[u8]) -> Result<usize, Error> {
        let at = within(position);
        let bytes = &bytes[..bytes.len().min(PIECE * BLOCK - at)];
        // Zeros around the bytes, since a block may have been used before.
        let mut whole = vec![0; (at + bytes.len()).next_multiple_of(BLOCK)];
        whole[at..at + bytes.len()].copy_from_slice(bytes);
        let run = blocks.take(&whole)?;
        if !self.follows(index(position), run)
            && let Err(error) = blocks.list_one_more()
        {
            blocks.give_back(run);
            return Err(error);
        }
        self.insert(index(position), run);
        Ok(bytes.len().min(run.count as usize * BLOCK - at))
    }

    /// Returns true if a run continues the one before it, in the file and in the backing file.
    fn follows(&self, index: u32, run: Run) -> bool {
        self.runs
            .range(..index)
            .next_back()
            .is_some_and(|(start, before)| *start + before.count == index && before.first + before.count == run.first)
    }

    fn insert(&mut self, index: u32, run: Run) {
        if self.follows(index, run)
            && let Some((_, before)) = self.runs.range_mut(..index).next_back()
        {
            before.count += run.count;
            return;
        }
        self.runs.insert(index, run);
    }

    /// Counts the blocks that writing `length` bytes at `offset` would fill for the first time.
    fn holes(&self, offset: u64, length: usize) -> u64 {
        let (first, behind) = (offset / BLOCK as u64, (offset + length as u64).div_ceil(BLOCK as u64));
        let filled = |(start, run): (&u32, &Run)| {
            let (start, end) = (u64::from(*start), u64::from(*start) + u64::from(run.count));
            end.min(behind).saturating_sub(start.max(first))
        };
        let before = self.runs.range(..index(offset)).next_back();
        let filled: u64 = self
            .runs
            .range(index(offset)..)
            .take_while(|(start, _)| u64::from(**start) < behind)
            .chain(before)
            .map(filled)
            .sum();
        behind - first - filled
    }

    /// Returns the contiguous part at `position`, of at most `length` bytes.
    fn stretch(&self, position: u64, length: usize) -> Stretch {
        let (index, at) = (index(position), within(position));
        let before = self.runs.range(..=index).next_back().map(|(start, run)| (index - start, run));
        let (block, count) = match before {
            Some((inside, run)) if inside < run.count => (Some(run.first + inside), u64::from(run.count - inside)),
            Some(_) | None => {
                let next = self.runs.range(index..).next().map_or(MAX_BLOCKS, |(start, _)| u64::from(*start));
                (None, next - u64::from(index))
            }
        };
        let room = usize::try_from(count * BLOCK as u64 - at as u64).unwrap_or(usize::MAX);
        Stretch { block, at, length: length.min(room) }
    }

    /// Truncates the file, or extends it by a hole.
    pub(super) fn set_size(&mut self, blocks: &mut Blocks, size: u64) -> Result<(), Error> {
        if size > MAX_SIZE {
            return Err(Error::FileTooLarge);
        }
        if size < self.size {
            self.cut(blocks, size);
            let tail = self.stretch(size, BLOCK - within(size));
            if let Some(block) = tail.block.filter(|_| tail.at > 0) {
                blocks.put(block, tail.at, &[0; BLOCK][tail.at..])?;
            }
        }
        self.size = size;
        Ok(())
    }

    /// Frees the blocks that lie wholly behind `size`.
    fn cut(&mut self, blocks: &mut Blocks, size: u64) {
        let Ok(behind) = u32::try_from(size.div_ceil(BLOCK as u64)) else { return };
        let cut = self.runs.split_off(&behind);
        blocks.list_fewer(cut.len());
        cut.into_values().for_each(|run| blocks.give_back(run));
        if let Some((start, run)) = self.runs.iter_mut().next_back()
            && run.count > behind - *start
        {
            let (kept, cut) = run.split(behind - *start);
            *run = kept;
            blocks.give_back(cut);
        }
    }

    /// Frees all blocks.
    pub(super) fn discard(self, blocks: &mut Blocks) {
        blocks.list_fewer(self.runs.len());
        self.runs.into_values().for_each(|run| blocks.give_back(run));
    }
}

/// Returns the block of a position below [`MAX_SIZE`].
fn index(position: u64) -> u32 {
    u32::try_from(position / BLOCK as u64).unwrap_or(u32::MAX)
}

const fn within(position: u64) -> usize {
    (position % BLOCK as u64) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::account::Account;
    use larder_content::Quota;

    fn blocks() -> Blocks {
        Blocks::new(Quota::new(64 * BLOCK as u64), &Account::unlimited())
    }

    #[test]
    fn a_hole_reads_as_zeros_and_is_free() {
        let (mut blocks, mut file) = (blocks(), Contents::default());
        file.set_size(&mut blocks, MAX_SIZE).unwrap();
        file.write(&mut blocks, 1 << 40, b"far").unwrap();
        assert_eq!(file.read(&blocks, (1 << 40) - 2, 7).unwrap(), b"\0\0far\0\0");
        assert_eq!(file.read(&blocks, MAX_SIZE - 2, 7).unwrap(), b"\0\0");
        assert_eq!((file.size(), blocks.peak_bytes()), (MAX_SIZE, BLOCK as u64));
    }

    #[test]
    fn the_last_byte_of_the_largest_file_can_be_written_and_no_byte_behind_it() {
        let (mut blocks, mut file) = (blocks(), Contents::default());
        file.write(&mut blocks, MAX_SIZE - 1, b"x").unwrap();
        assert_eq!(file.read(&blocks, MAX_SIZE - 2, 7).unwrap(), b"\0x");
        for offset in [MAX_SIZE, u64::MAX, u64::MAX - 1] {
            assert_eq!(file.write(&mut blocks, offset, b"x"), Err(Error::FileTooLarge));
            assert_eq!(file.read(&blocks, offset, 7).unwrap(), b"");
        }
        assert_eq!(file.set_size(&mut blocks, MAX_SIZE + 1), Err(Error::FileTooLarge));
        file.write(&mut blocks, MAX_SIZE - 3 * BLOCK as u64, &[1; 3 * BLOCK]).unwrap();
        file.set_size(&mut blocks, MAX_SIZE - 2 * BLOCK as u64 - 1).unwrap();
        file.set_size(&mut blocks, MAX_SIZE).unwrap();
        assert_eq!(file.read(&blocks, MAX_SIZE - 2, 7).unwrap(), b"\0\0");
    }

    #[test]
    fn a_reused_block_shows_nothing_of_its_last_owner() {
        let (mut blocks, mut file) = (blocks(), Contents::default());
        file.write(&mut blocks, 0, &[7; 3 * BLOCK]).unwrap();
        file.discard(&mut blocks);
        let mut other = Contents::default();
        other.write(&mut blocks, 10, b"x").unwrap();
        other.set_size(&mut blocks, 100).unwrap();
        assert_eq!(other.read(&blocks, 0, 100).unwrap().iter().filter(|byte| **byte != 0).count(), 1);
        assert_eq!(blocks.peak_bytes(), 3 * BLOCK as u64);
    }

    #[test]
    fn what_is_written_in_order_takes_one_entry() {
        let (mut blocks, mut file) = (blocks(), Contents::default());
        for offset in (0..10 * BLOCK as u64).step_by(1000) {
            file.write(&mut blocks, offset, &[1; 1000]).unwrap();
        }
        assert_eq!(file.runs.len(), 1);
        file.set_size(&mut blocks, 5 * BLOCK as u64 + 1).unwrap();
        assert_eq!(file.runs.values().collect::<Vec<_>>(), [&Run { first: 0, count: 6 }]);
        blocks.expect_room(64 - 6).unwrap();
    }

    #[test]
    fn a_refused_write_changes_nothing() {
        let mut blocks = Blocks::new(Quota::new(2 * BLOCK as u64), &Account::unlimited());
        let mut file = Contents::default();
        file.write(&mut blocks, 0, b"kept").unwrap();
        let full = Error::Full { limit: 2 * 4096, asked: 3 * 4096 };
        assert_eq!(file.write(&mut blocks, 1, &[1; 2 * BLOCK]), Err(full));
        assert_eq!(file.read(&blocks, 0, 100).unwrap(), b"kept");
        file.write(&mut blocks, BLOCK as u64, &[1; BLOCK]).unwrap();
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        /// Against a list of bytes: each step writes (a third number of `Some`) or sets the size.
        #[test]
        fn contents_are_a_list_of_bytes(steps in prop::collection::vec((0..40_000_usize, prop::option::of(0..9000_usize)), 1..40)) {
            let (mut blocks, mut file, mut model) = (blocks(), Contents::default(), Vec::new());
            for (step, (position, length)) in (1_u8..).zip(steps) {
                match length {
                    Some(length) => {
                        file.write(&mut blocks, position as u64, &vec![step; length]).unwrap();
                        if length > 0 {
                            model.resize(model.len().max(position + length), 0);
                            model[position..position + length].fill(step);
                        }
                    }
                    None => {
                        file.set_size(&mut blocks, position as u64).unwrap();
                        model.resize(position, 0);
                    }
                }
                prop_assert_eq!(file.size(), model.len() as u64);
                prop_assert!(file.read(&blocks, 0, usize::MAX).unwrap() == model);
                let from = position.min(model.len());
                prop_assert!(file.read(&blocks, position as u64, 5000).unwrap() == model[from..].iter().copied().take(5000).collect::<Vec<_>>());
            }
            file.discard(&mut blocks);
            prop_assert_eq!(blocks.expect_room(64), Ok(()));
        }
    }
}
