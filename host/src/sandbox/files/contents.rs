//! The content of one scratch file: its size, and the blocks of it that hold anything.
//!
//! A block that was never written is a hole: it reads as zeros and costs nothing, so a file may be far larger than the
//! folder has room for. What lies behind the end of the file in its last block is always zero: a file that grows
//! again must not show what was cut off.

use std::collections::BTreeMap;

use super::blocks::{BLOCK, BlockId, Blocks};
use super::error::Error;

/// The largest file: as many blocks as have a 32-bit number, which is 16 TiB (and the largest file of ext4).
pub(super) const MAX_SIZE: u64 = BLOCK as u64 * (1 << 32);

/// A file's content, without the bytes.
#[derive(Debug, Default)]
pub(super) struct Contents {
    size: u64,
    blocks: BTreeMap<u32, BlockId>,
}

/// The part of one block that a range of a file covers.
struct Part {
    index: u32,
    at: usize,
    length: usize,
}

impl Contents {
    /// The size of the file.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// What can be read at `offset`, at most `length` bytes: none at the end of the file.
    pub(super) fn read(&self, blocks: &Blocks, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; left.min(length)];
        let mut rest = bytes.as_mut_slice();
        for part in parts(offset, rest.len()) {
            let (into, behind) = rest.split_at_mut(part.length);
            if let Some(block) = self.blocks.get(&part.index) {
                blocks.get(*block, part.at, into)?;
            }
            rest = behind;
        }
        Ok(bytes)
    }

    /// Writes all of `bytes` at `offset`, or nothing where there is no room for all.
    pub(super) fn write(&mut self, blocks: &mut Blocks, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        if bytes.is_empty() {
            return Ok(());
        }
        let end = offset.checked_add(bytes.len() as u64).filter(|end| *end <= MAX_SIZE).ok_or(Error::FileTooLarge)?;
        blocks.expect_room(self.holes(offset, end))?;
        let mut rest = bytes;
        for part in parts(offset, bytes.len()) {
            let (from, behind) = rest.split_at(part.length);
            self.write_part(blocks, &part, from)?;
            rest = behind;
        }
        self.size = self.size.max(end);
        Ok(())
    }

    fn write_part(&mut self, blocks: &mut Blocks, part: &Part, bytes: &[u8]) -> Result<(), Error> {
        if let Some(block) = self.blocks.get(&part.index) {
            return blocks.put(*block, part.at, bytes);
        }
        let mut whole = [0; BLOCK];
        whole[part.at..part.at + part.length].copy_from_slice(bytes);
        let block = blocks.take(&whole)?;
        self.blocks.insert(part.index, block);
        Ok(())
    }

    /// The blocks that writing from `offset` to `end`, which is behind it, would fill for the first time.
    fn holes(&self, offset: u64, end: u64) -> u64 {
        let (first, last) = (index(offset), index(end - 1));
        u64::from(last - first) + 1 - self.blocks.range(first..=last).count() as u64
    }

    /// Cuts the file off or lets it grow by a hole.
    pub(super) fn set_size(&mut self, blocks: &mut Blocks, size: u64) -> Result<(), Error> {
        if size > MAX_SIZE {
            return Err(Error::FileTooLarge);
        }
        if size < self.size {
            if let Ok(first_behind) = u32::try_from(size.div_ceil(BLOCK as u64)) {
                self.blocks.split_off(&first_behind).into_values().for_each(|block| blocks.give_back(block));
            }
            let kept = within(size);
            if let Some(block) = self.blocks.get(&index(size)).filter(|_| kept > 0) {
                blocks.put(*block, kept, &[0; BLOCK][kept..])?;
            }
        }
        self.size = size;
        Ok(())
    }

    /// Gives all blocks back.
    pub(super) fn discard(self, blocks: &mut Blocks) {
        self.blocks.into_values().for_each(|block| blocks.give_back(block));
    }
}

/// The block that a position lies in; positions are below [`MAX_SIZE`], or at it where nothing is there.
fn index(position: u64) -> u32 {
    u32::try_from(position / BLOCK as u64).unwrap_or(u32::MAX)
}

const fn within(position: u64) -> usize {
    (position % BLOCK as u64) as usize
}

/// The parts of blocks that make up `length` bytes from `offset` on.
fn parts(offset: u64, length: usize) -> impl Iterator<Item = Part> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let position = offset + done as u64;
        let at = within(position);
        let part = Part { index: index(position), at, length: (BLOCK - at).min(length - done) };
        done += part.length;
        (part.length > 0).then_some(part)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn blocks() -> Blocks {
        Blocks::new(64 * BLOCK as u64)
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
        file.set_size(&mut blocks, MAX_SIZE - 1).unwrap();
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
    fn a_refused_write_changes_nothing() {
        let mut blocks = Blocks::new(2 * BLOCK as u64);
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
