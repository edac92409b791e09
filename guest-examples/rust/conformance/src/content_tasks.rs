//! Files in and out.

use std::io::Read;

use crate::Component;
use crate::bindings::larder::task::files::{File, Writer};
use crate::content::{self, Totals};

/// How much is asked for, or handed over, at a time.
const PIECE: usize = 1 << 16;

#[larder::tasks]
impl content::Guest for Component {
    #[cached_task("1")]
    fn by_path(input: File) -> Result<Totals, String> {
        let mut file = std::fs::File::open(input.path()).map_err(|error| error.to_string())?;
        let mut totals = Totals { lines: 0, bytes: 0 };
        let mut piece = vec![0; PIECE];
        loop {
            let length = file.read(&mut piece).map_err(|error| error.to_string())?;
            if length == 0 {
                return Ok(totals);
            }
            add(&mut totals, &piece[..length]);
        }
    }

    #[cached_task("1")]
    fn by_stream(input: File) -> Result<Totals, String> {
        let mut totals = Totals { lines: 0, bytes: 0 };
        loop {
            let piece = input.read(totals.bytes, PIECE as u32);
            if piece.is_empty() {
                return Ok(totals);
            }
            add(&mut totals, &piece);
        }
    }

    #[cached_task("1")]
    fn write(name: String, text: String) -> Result<File, String> {
        let writer = Writer::create(&name).map_err(|error| error.to_string())?;
        for piece in text.as_bytes().chunks(PIECE) {
            writer.write(piece).map_err(|error| error.to_string())?;
        }
        Writer::finish(writer).map_err(|error| error.to_string())
    }
}

fn add(totals: &mut Totals, piece: &[u8]) {
    totals.lines += piece.iter().filter(|&&byte| byte == b'\n').count() as u32;
    totals.bytes += piece.len() as u64;
}
