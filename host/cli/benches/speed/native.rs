//! The code of the guest `kmers`, compiled for this machine.

#[path = "../../../../guest-examples/kmers/src/count.rs"]
#[expect(dead_code, reason = "only the guest tells why an input is refused")]
mod count;
#[path = "../../../../guest-examples/kmers/src/gzip.rs"]
#[expect(dead_code, reason = "only the guest tells why an input is refused")]
mod gzip;
#[path = "../../../../guest-examples/kmers/src/records.rs"]
#[expect(dead_code, reason = "only the guest tells why an input is refused")]
mod records;
#[path = "../../../../guest-examples/kmers/src/table.rs"]
#[expect(dead_code, reason = "what its tests share")]
mod table;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

/// Counts the k-mers of a file into a temporary one, and says how many different ones there are.
pub(crate) fn kmers(reads: &Path, k: u8) -> u64 {
    let mut writer = BufWriter::with_capacity(1 << 18, tempfile::tempfile().unwrap());
    let Ok(counted) = table::write(File::open(reads).unwrap(), count::Counter::new(k).unwrap(), &mut writer) else {
        panic!("the reads cannot be read");
    };
    writer.flush().unwrap();
    counted.distinct
}
