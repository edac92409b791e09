//! Unpacks what is packed: gzip is told by how it begins, never by a name.

use std::fmt::{self, Display, Formatter};
use std::io::{BufRead, BufReader, Cursor, Error, ErrorKind, Read, Result};

use flate2::bufread::MultiGzDecoder;

/// How much is read at a time.
const PIECE: usize = 1 << 16;

/// The plain bytes of what may be gzip. Packed files that stand one behind the other are one, as `gunzip` has it.
pub(crate) fn unpacked<'a>(input: impl Read + 'a) -> Result<Box<dyn BufRead + 'a>> {
    let mut input = BufReader::with_capacity(PIECE, input);
    let mut start = Vec::new();
    input.by_ref().take(2).read_to_end(&mut start)?;
    let packed = start == [0x1f, 0x8b];
    let whole = Cursor::new(start).chain(input);
    Ok(if packed {
        Box::new(BufReader::with_capacity(PIECE, Gzip(MultiGzDecoder::new(whole))))
    } else {
        Box::new(whole)
    })
}

/// Whether a read failed because the gzip data is at fault, and not because it could not be had.
pub(crate) fn is_damage(error: &Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<Damage>())
}

/// What makes a read of [`unpacked`] fail if the gzip data is damaged or breaks off.
#[derive(Debug)]
struct Damage(Error);

impl Display for Damage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Damage {}

/// Marks the errors of the decoder.
struct Gzip<R>(MultiGzDecoder<R>);

impl<R: BufRead> Read for Gzip<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        self.0.read(buffer).map_err(|error| {
            let is_damage = [ErrorKind::InvalidData, ErrorKind::InvalidInput, ErrorKind::UnexpectedEof];
            if is_damage.contains(&error.kind()) { Error::new(ErrorKind::InvalidData, Damage(error)) } else { error }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;

    fn packed(plain: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        unpacked(bytes)?.read_to_end(&mut all)?;
        Ok(all)
    }

    #[test]
    fn what_is_not_packed_is_handed_on() {
        for plain in [&b""[..], b"\x1f", b">", b"\x1f\x8a", b">a\nACGT\n"] {
            assert_eq!(read(plain).unwrap(), plain);
        }
    }

    #[test]
    fn what_is_packed_is_unpacked_whole() {
        let plain = b"@r\nACGT\n+\nIIII\n".repeat(20_000);
        assert_eq!(read(&packed(&plain)).unwrap(), plain);
        let (front, back) = plain.split_at(100_001);
        assert_eq!(read(&[packed(front), packed(b""), packed(back)].concat()).unwrap(), plain);
    }

    #[test]
    fn damage_is_told_from_other_failures() {
        let whole = packed(b">a\nACGTACGTTTTT\n");
        for length in [2, 9, 12, whole.len() - 9, whole.len() - 1] {
            assert!(is_damage(&read(&whole[..length]).unwrap_err()), "{length} bytes");
        }
        let mut changed = whole.clone();
        *changed.iter_mut().nth_back(5).unwrap() ^= 1;
        assert!(is_damage(&read(&changed).unwrap_err()), "the check sum");
        assert!(is_damage(&read(&[&whole[..], b"more"].concat()).unwrap_err()), "no gzip behind it");

        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> Result<usize> {
                Err(ErrorKind::PermissionDenied.into())
            }
        }
        let mut input = unpacked((&whole[..10]).chain(Broken)).unwrap();
        assert!(!is_damage(&input.read_to_end(&mut Vec::new()).unwrap_err()));
    }
}
