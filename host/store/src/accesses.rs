//! Times of the last use of entries, for deciding which entries to drop.
//!
//! An access is noted in memory, once an hour for each entry, and written with the next commit that happens anyway. A
//! process that ends without a commit leaves its notes in a file beside the database, which the next commit of any
//! process takes up. That file is only appended to, and no process waits until it is on disk. So no hit writes, and
//! none waits for a writer.
//!
//! Notes may get lost: when a process is killed, or when there are more than commits take up. They are also the only
//! records without a digest. No answer depends on them: only the time of a last use is lost.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::sync::Mutex;

use crate::keys::{AccessKey, Key as _};
use crate::mutex::lock;
use crate::place::{ACCESSES_FILE, Place};

/// The greatest length of the file of notes, in bytes. One commit takes up the whole file.
const FILE_BYTES: u64 = 1 << 20;

/// The greatest number of entries noted in an hour, and of waiting notes: a process may never commit, and live long.
const NOTED: usize = 1 << 16;

/// The greatest number of its own process's notes that a commit takes along: they make it longer.
const PER_COMMIT: usize = 1024;

/// An hour, in hours since 1970-01-01T00:00:00Z.
pub(crate) type Hour = u32;

/// A note in the file: the key, and the hour in little-endian order.
const NOTE_BYTES: usize = AccessKey::BYTES + size_of::<Hour>();

/// The accesses of one process that are not written yet.
#[derive(Default)]
pub(crate) struct Accesses(Mutex<Noted>);

#[derive(Default)]
struct Noted {
    /// The current hour, and its notes.
    hour: Hour,
    in_this_hour: HashSet<AccessKey>,
    /// The notes that are not written yet.
    waiting: Vec<(AccessKey, Hour)>,
}

/// Accesses that a commit writes.
#[derive(Default)]
pub(crate) struct Taken {
    pub(crate) accesses: Vec<(AccessKey, Hour)>,
    file: Option<File>,
}

impl Accesses {
    /// Notes that an entry was used.
    pub(crate) fn note(&self, key: AccessKey, hour: Hour) {
        let mut noted = lock(&self.0);
        if noted.hour != hour {
            noted.hour = hour;
            noted.in_this_hour.clear();
        }
        let has_room = noted.in_this_hour.len() < NOTED && noted.waiting.len() < NOTED;
        if has_room && noted.in_this_hour.insert(key) {
            noted.waiting.push((key, hour));
        }
    }

    /// Takes the notes for a commit: some of this process, and those that other processes have left.
    pub(crate) fn take(&self, place: &Place) -> Taken {
        let mut taken = Taken::default();
        if let Some((file, left)) = left_behind(place) {
            taken.accesses = left;
            taken.file = Some(file);
        }
        let waiting = &mut lock(&self.0).waiting;
        let first = waiting.len().saturating_sub(PER_COMMIT);
        taken.accesses.extend(waiting.drain(first..));
        taken
    }

    /// Leaves the unwritten notes for a process that commits.
    pub(crate) fn leave(&self, place: &Place) {
        let waiting = std::mem::take(&mut lock(&self.0).waiting);
        // Without a database there are no entries either.
        if place.is_foreign || waiting.is_empty() || !matches!(place.current(), Ok(Some(_))) {
            return;
        }
        let Ok((mut file, metadata)) = place.open_beside(ACCESSES_FILE, OpenOptions::new().append(true).create(true))
        else {
            return;
        };
        let room = FILE_BYTES.saturating_sub(metadata.len());
        let room = usize::try_from(room).unwrap_or(0) / NOTE_BYTES;
        let mut notes = Vec::with_capacity(waiting.len().min(room) * NOTE_BYTES);
        for (key, hour) in waiting.into_iter().take(room) {
            notes.extend_from_slice(key.as_bytes());
            notes.extend_from_slice(&hour.to_le_bytes());
        }
        // A single write, so that the notes of two processes do not mix.
        let _ = file.write(&notes);
    }
}

impl Taken {
    /// Removes the notes from the file after they were written.
    pub(crate) fn forget(self) {
        if let Some(file) = self.file {
            // If this fails, they are written once more, which changes nothing.
            let _ = file.set_len(0);
        }
    }
}

/// Reads the notes that other processes have left; returns `None` if there are none.
fn left_behind(place: &Place) -> Option<(File, Vec<(AccessKey, Hour)>)> {
    let (mut file, metadata) = place.open_beside(ACCESSES_FILE, OpenOptions::new().read(true).write(true)).ok()?;
    if metadata.len() == 0 {
        return None;
    }
    let mut bytes = Vec::new();
    (&mut file).take(FILE_BYTES).read_to_end(&mut bytes).ok()?;
    let note = |bytes: &[u8]| {
        let (key, hour) = bytes.split_first_chunk()?;
        Some((AccessKey::from_bytes(*key), Hour::from_le_bytes(hour.try_into().ok()?)))
    };
    Some((file, bytes.chunks_exact(NOTE_BYTES).filter_map(note).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_that_never_commits_notes_no_more_and_more() {
        let accesses = Accesses::default();
        let note = |hour: Hour, count: u32| {
            for number in 0..count {
                let mut key = [0; AccessKey::BYTES];
                key[..4].copy_from_slice(&number.to_le_bytes());
                accesses.note(AccessKey::from_bytes(key), hour);
            }
            lock(&accesses.0).waiting.len()
        };
        assert_eq!((note(1, 1000), note(1, 1000), note(2, 1000)), (1000, 1000, 2000), "once an hour");
        for hour in 3..200 {
            assert!(note(hour, 1000) <= NOTED);
        }
        assert_eq!(note(200, 200_000), NOTED);
        assert!(lock(&accesses.0).in_this_hour.len() <= NOTED);
    }
}
