//! Values: encoding and decoding of a record's bytes.
//!
//! Most records are CBOR, as defined in [`crate::record`]. Two kinds are not: bytes that the caller has encoded, which
//! are stored unchanged, and a number, which is little-endian.

use minicbor::{Decode, Encode};

use crate::record::{
    BlobRecord, BlobReference, BuildStamp, CompiledRecord, Ingredients, KnownFile, Maker, StoredEntry,
};

/// A type of values of a table.
pub trait Value {
    /// A value in memory. Reading may borrow it from the stored bytes, so that nothing is copied.
    type Form<'b>;

    /// Appends the bytes of `value` to `bytes`.
    fn encode(value: &Self::Form<'_>, bytes: &mut Vec<u8>);

    /// Decodes the value in `bytes`.
    ///
    /// # Errors
    /// Returns the reason why the bytes are not a value of this type.
    fn decode(bytes: &[u8]) -> Result<Self::Form<'_>, String>;
}

/// Implements values for records that are decoded into owned memory.
macro_rules! cbor_values {
    ($($record:ty),+ $(,)?) => {$(
        impl Value for $record {
            type Form<'b> = Self;

            fn encode(value: &Self, bytes: &mut Vec<u8>) {
                encode_cbor(value, bytes);
            }

            fn decode(bytes: &[u8]) -> Result<Self, String> {
                decode_cbor(bytes)
            }
        }
    )+};
}

cbor_values!(Maker, Ingredients, KnownFile, CompiledRecord, BuildStamp, BlobRecord, BlobReference);

/// The result is borrowed from the stored bytes until the whole entry is known to be intact.
impl Value for StoredEntry<'static> {
    type Form<'b> = StoredEntry<'b>;

    fn encode(value: &StoredEntry<'_>, bytes: &mut Vec<u8>) {
        encode_cbor(value, bytes);
    }

    fn decode(bytes: &[u8]) -> Result<StoredEntry<'_>, String> {
        decode_cbor(bytes)
    }
}

impl Value for Vec<u8> {
    type Form<'b> = Self;

    fn encode(value: &Self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(value);
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        Ok(bytes.to_vec())
    }
}

impl Value for u32 {
    type Form<'b> = Self;

    fn encode(value: &Self, bytes: &mut Vec<u8>) {
        bytes.extend_from_slice(&value.to_le_bytes());
    }

    fn decode(bytes: &[u8]) -> Result<Self, String> {
        let number = bytes.try_into().map_err(|_| format!("expected 4 bytes, found {}", bytes.len()))?;
        Ok(Self::from_le_bytes(number))
    }
}

fn encode_cbor(record: &impl Encode<()>, bytes: &mut Vec<u8>) {
    minicbor::encode(record, bytes).expect("encoding into memory has no way to fail");
}

fn decode_cbor<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, String> {
    minicbor::decode(bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use larder_base::Digest;

    use super::{BuildStamp, Value};

    #[test]
    fn a_number_has_four_bytes_and_no_others() {
        let mut bytes = vec![9];
        u32::encode(&0x0403_0201, &mut bytes);
        assert_eq!(bytes, [9, 1, 2, 3, 4], "it is appended");
        assert_eq!(u32::decode(&bytes[1..]), Ok(0x0403_0201));
        assert_eq!(u32::decode(&bytes[..3]), Err("expected 4 bytes, found 3".to_owned()));
        assert!(u32::decode(&bytes).is_err());
    }

    #[test]
    fn a_record_is_its_cbor_and_bytes_are_themselves() {
        let stamp = BuildStamp { fingerprint: Digest::of(b"x") };
        let mut bytes = Vec::new();
        BuildStamp::encode(&stamp, &mut bytes);
        assert_eq!((&bytes, BuildStamp::decode(&bytes)), (&minicbor::to_vec(stamp).unwrap(), Ok(stamp)));
        assert!(BuildStamp::decode(&bytes[1..]).is_err());
        assert_eq!(<Vec<u8>>::decode(b"as they are"), Ok(b"as they are".to_vec()));
    }
}
