//! CBOR written to memory, for what is hashed or kept. Writing cannot fail; this is the one place that says so.

use std::convert::Infallible;

use minicbor::Encoder;
use minicbor::encode::Error;

/// Result of a function that writes CBOR.
pub type Written = Result<(), Error<Infallible>>;

/// Returns the bytes that `write` writes.
pub fn written(capacity: usize, write: impl FnOnce(&mut Encoder<Vec<u8>>) -> Written) -> Vec<u8> {
    let mut cbor = Encoder::new(Vec::with_capacity(capacity));
    write(&mut cbor).expect("a vector takes all bytes, and an encoder of bare items has no message of its own");
    cbor.into_writer()
}
