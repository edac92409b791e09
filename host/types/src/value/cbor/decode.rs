//! Strict decoder of deterministic CBOR: it accepts only what the encoder writes.
//!
//! `decode(x) == Ok(v)` means `encode(v) == x`. Besides CBOR of another type, it refuses an integer, a length or a
//! float in a longer form than needed, an indefinite length, another NaN, a bit or a position that the type does not
//! declare, and bytes after the value.
//!
//! The bytes come from a file that anyone may have damaged: nothing here panics, and a length is believed only up to
//! the number of bytes left, since every item takes at least one.

use minicbor::data::Type;
use minicbor::decode::{Decoder, Error};

use super::super::typed::{flags_mask, nth};
use super::super::{Blob, BlobRef, Value};
use super::form::{HALF, NAN, OK, halved, narrowed};
use crate::wit_type::{Signature, WitType};
use larder_base::Digest;
use larder_base::excerpt::excerpt;

/// The first byte of a float in double precision, RFC 8949 §3.3.
const DOUBLE: u8 = 0xfb;

/// Maximum number of elements of a list that get memory before they are read.
const FIRST_ROOM: usize = 1024;

/// Bytes that are not the encoding of a value of the type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CborError {
    /// The item is not of the expected type, or not CBOR.
    #[error("at byte {offset}: {problem}")]
    Unexpected {
        /// Offset of the start of the item.
        offset: usize,
        /// Description of the problem.
        problem: String,
    },
    /// A value of the type, but not in its one deterministic form.
    #[error("at byte {offset}: not the deterministic encoding of a value (RFC 8949, section 4.2.1)")]
    NotDeterministic {
        /// Offset of the start of the item.
        offset: usize,
    },
    /// A number or a length that no value of the type has.
    #[error("at byte {offset}: no value of `{expected}`")]
    OutOfRange {
        /// Offset of the start of the item.
        offset: usize,
        /// The type, as WIT text, shortened.
        expected: String,
    },
    /// More bytes than the value has.
    #[error("at byte {offset}: bytes after the end of the value")]
    TrailingBytes {
        /// Offset of the end of the value.
        offset: usize,
    },
}

impl CborError {
    /// Returns the stable name of the error, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "encoding"
    }
}

/// Decodes the value of type `ty` whose encoding is exactly `bytes`.
///
/// # Errors
///
/// [`CborError`] if there is no such value.
pub fn decode(bytes: &[u8], ty: &WitType) -> Result<Value, CborError> {
    let mut reader = Reader(Decoder::new(bytes));
    let value = reader.value(ty)?;
    reader.finish(value)
}

/// Decodes the inputs whose encoding for a call of `signature` is exactly `bytes`.
///
/// # Errors
///
/// [`CborError`] if there are no such inputs.
pub fn decode_inputs(bytes: &[u8], signature: &Signature) -> Result<Vec<Value>, CborError> {
    let mut reader = Reader(Decoder::new(bytes));
    let offset = reader.0.position();
    if reader.length()? != signature.params.len() {
        return Err(CborError::OutOfRange { offset, expected: excerpt(&signature.canonical_text()) });
    }
    let values = signature.params.iter().map(|param| reader.value(&param.ty)).collect::<Result<_, _>>()?;
    reader.finish(values)
}

/// Decodes the result whose encoding is exactly `bytes`; `None` only if there is no type.
///
/// # Errors
///
/// [`CborError`] if there is no such result.
pub fn decode_result(bytes: &[u8], ty: Option<&WitType>) -> Result<Option<Value>, CborError> {
    if let Some(ty) = ty {
        return decode(bytes, ty).map(Some);
    }
    let mut reader = Reader(Decoder::new(bytes));
    match reader.length()? {
        0 => reader.finish(None),
        _ => Err(CborError::Unexpected { offset: 0, problem: "a result where there should be none".into() }),
    }
}

struct Reader<'b>(Decoder<'b>);

impl<'b> Reader<'b> {
    fn value(&mut self, ty: &WitType) -> Result<Value, CborError> {
        Ok(match ty {
            WitType::Bool => Value::Bool(self.item(Decoder::bool)?),
            WitType::S8 => Value::S8(self.signed(ty)?),
            WitType::U8 => Value::U8(self.unsigned(ty)?),
            WitType::S16 => Value::S16(self.signed(ty)?),
            WitType::U16 => Value::U16(self.unsigned(ty)?),
            WitType::S32 => Value::S32(self.signed(ty)?),
            WitType::U32 => Value::U32(self.unsigned(ty)?),
            WitType::S64 => Value::S64(self.signed(ty)?),
            WitType::U64 => Value::U64(self.unsigned(ty)?),
            WitType::F32 => Value::F32(self.single()?),
            WitType::F64 => Value::F64(self.double()?),
            WitType::Char => Value::Char(self.scalar(ty)?),
            WitType::String => Value::String(self.text()?.to_owned()),
            WitType::List(_) if ty.is_bytes() => Value::Bytes(self.bytes()?.to_owned()),
            WitType::List(element) => Value::List(self.list(element)?),
            WitType::Record(fields) => {
                self.exactly(fields.len(), ty)?;
                Value::Record(fields.iter().map(|field| self.value(&field.ty)).collect::<Result<_, _>>()?)
            }
            WitType::Tuple(types) => {
                self.exactly(types.len(), ty)?;
                Value::Tuple(types.iter().map(|place| self.value(place)).collect::<Result<_, _>>()?)
            }
            WitType::Variant(cases) => {
                let (case, payload) = self.case(ty, |case| Some(nth(cases, case)?.ty.as_ref()))?;
                Value::Variant { case, payload }
            }
            WitType::Result { ok, err } => {
                let sides = [ok.as_deref(), err.as_deref()];
                let (case, payload) = self.case(ty, |case| nth(&sides, case).copied())?;
                Value::Result(if case == OK { Ok(payload) } else { Err(payload) })
            }
            WitType::Enum(names) => Value::Enum(self.below(names.len(), ty)?),
            WitType::Option(some) => Value::Option(self.option(some, ty)?),
            WitType::Flags(names) => Value::Flags(self.flags(names, ty)?),
            WitType::File => Value::File(BlobRef::Known(self.blob(ty)?)),
            WitType::Directory => Value::Directory(BlobRef::Known(self.blob(ty)?)),
        })
    }

    /// Returns `value` if nothing follows it.
    fn finish<T>(&self, value: T) -> Result<T, CborError> {
        let offset = self.0.position();
        if offset == self.0.input().len() { Ok(value) } else { Err(CborError::TrailingBytes { offset }) }
    }

    /// Reads one item with minicbor: well-formed and in range, but in any form.
    fn item<T>(&mut self, read: impl FnOnce(&mut Decoder<'b>) -> Result<T, Error>) -> Result<T, CborError> {
        let offset = self.0.position();
        read(&mut self.0).map_err(|error| unexpected(offset, &error))
    }

    /// Refuses an item that starts at `offset` and took more than `shortest` bytes.
    fn took(&self, offset: usize, shortest: usize) -> Result<(), CborError> {
        if self.0.position() - offset == shortest { Ok(()) } else { Err(CborError::NotDeterministic { offset }) }
    }

    fn unsigned<T: TryFrom<u64>>(&mut self, ty: &WitType) -> Result<T, CborError> {
        let offset = self.0.position();
        let number = self.item(Decoder::u64)?;
        self.took(offset, head(number))?;
        T::try_from(number).map_err(|_| out_of_range(offset, ty))
    }

    fn signed<T: TryFrom<i64>>(&mut self, ty: &WitType) -> Result<T, CborError> {
        let offset = self.0.position();
        let number = self.item(Decoder::i64)?;
        // RFC 8949 §3.1: a negative integer is written as -1 - n, which is the complement of n.
        let argument = if number < 0 { !number } else { number };
        self.took(offset, head(argument.cast_unsigned()))?;
        T::try_from(number).map_err(|_| out_of_range(offset, ty))
    }

    /// Reads a position among `count` declared names.
    fn below(&mut self, count: usize, ty: &WitType) -> Result<u32, CborError> {
        let offset = self.0.position();
        let position: u32 = self.unsigned(ty)?;
        if (position as usize) < count { Ok(position) } else { Err(out_of_range(offset, ty)) }
    }

    fn scalar(&mut self, ty: &WitType) -> Result<char, CborError> {
        let offset = self.0.position();
        char::from_u32(self.unsigned(ty)?).ok_or_else(|| out_of_range(offset, ty))
    }

    fn flags(&mut self, names: &[String], ty: &WitType) -> Result<u32, CborError> {
        let offset = self.0.position();
        let bits: u32 = self.unsigned(ty)?;
        if bits & !flags_mask(names) == 0 { Ok(bits) } else { Err(out_of_range(offset, ty)) }
    }

    fn text(&mut self) -> Result<&'b str, CborError> {
        let offset = self.0.position();
        let text = self.item(Decoder::str)?;
        self.took(offset, head(text.len() as u64) + text.len())?;
        Ok(text)
    }

    fn bytes(&mut self) -> Result<&'b [u8], CborError> {
        let offset = self.0.position();
        let bytes = self.item(Decoder::bytes)?;
        self.took(offset, head(bytes.len() as u64) + bytes.len())?;
        Ok(bytes)
    }

    fn double(&mut self) -> Result<f64, CborError> {
        let offset = self.0.position();
        if self.peek() != Some(DOUBLE) {
            return self.single().map(f64::from);
        }
        let value = self.item(Decoder::f64)?;
        if narrowed(value).is_none() { Ok(value) } else { Err(CborError::NotDeterministic { offset }) }
    }

    fn single(&mut self) -> Result<f32, CborError> {
        let offset = self.0.position();
        if self.peek() == Some(HALF) {
            return self.half();
        }
        let value = self.item(Decoder::f32)?;
        if halved(value).is_none() { Ok(value) } else { Err(CborError::NotDeterministic { offset }) }
    }

    /// Reads a float in half precision, which minicbor does only with a feature.
    fn half(&mut self) -> Result<f32, CborError> {
        let offset = self.0.position();
        let Some(&[_, high, low]) = self.0.input()[offset..].first_chunk() else {
            return Err(unexpected(offset, &Error::end_of_input()));
        };
        self.0.set_position(offset + 3);
        let value = half::f16::from_be_bytes([high, low]);
        if value.is_nan() && value.to_bits() != NAN {
            return Err(CborError::NotDeterministic { offset });
        }
        Ok(value.to_f32())
    }

    fn peek(&self) -> Option<u8> {
        self.0.input().get(self.0.position()).copied()
    }

    /// Reads the length of an array, which must not exceed the number of bytes left.
    fn length(&mut self) -> Result<usize, CborError> {
        let offset = self.0.position();
        let length = self.item(Decoder::array)?.ok_or(CborError::NotDeterministic { offset })?;
        self.took(offset, head(length))?;
        let left = self.0.input().len() - self.0.position();
        usize::try_from(length)
            .ok()
            .filter(|length| *length <= left)
            .ok_or_else(|| unexpected(offset, &Error::end_of_input()))
    }

    fn exactly(&mut self, length: usize, ty: &WitType) -> Result<(), CborError> {
        let offset = self.0.position();
        if self.length()? == length { Ok(()) } else { Err(out_of_range(offset, ty)) }
    }

    fn list(&mut self, element: &WitType) -> Result<Vec<Value>, CborError> {
        let length = self.length()?;
        let mut items = Vec::with_capacity(length.min(FIRST_ROOM));
        for _ in 0..length {
            items.push(self.value(element)?);
        }
        Ok(items)
    }

    /// Reads the position of a case, and its payload if it has one. `payload_of` returns the payload's type of a case,
    /// or `None` if there is no such case.
    fn case<'t>(
        &mut self,
        ty: &'t WitType,
        payload_of: impl FnOnce(u32) -> Option<Option<&'t WitType>>,
    ) -> Result<(u32, Option<Box<Value>>), CborError> {
        let offset = self.0.position();
        let length = self.length()?;
        if length == 0 {
            return Err(out_of_range(offset, ty));
        }
        let case = self.unsigned(ty)?;
        let payload = payload_of(case).ok_or_else(|| out_of_range(offset, ty))?;
        match (payload, length) {
            (None, 1) => Ok((case, None)),
            (Some(payload), 2) => Ok((case, Some(Box::new(self.value(payload)?)))),
            (None | Some(_), _) => Err(out_of_range(offset, ty)),
        }
    }

    fn blob(&mut self, ty: &WitType) -> Result<Blob, CborError> {
        self.exactly(3, ty)?;
        let offset = self.0.position();
        let digest = self.bytes()?.try_into().map_err(|_| out_of_range(offset, ty))?;
        let size = self.unsigned(ty)?;
        let name = if self.item(|decoder| decoder.datatype())? == Type::Null {
            self.item(Decoder::null).map(|()| None)?
        } else {
            Some(self.text()?.to_owned())
        };
        Ok(Blob { digest: Digest::from_bytes(digest), size, name, path: None })
    }

    fn option(&mut self, some: &WitType, ty: &WitType) -> Result<Option<Box<Value>>, CborError> {
        if self.item(|decoder| decoder.datatype())? == Type::Null {
            self.item(Decoder::null)?;
            return Ok(None);
        }
        self.exactly(1, ty)?;
        Ok(Some(Box::new(self.value(some)?)))
    }
}

/// Size of the head of an item in its shortest form, by its argument, in bytes (RFC 8949 §3).
const fn head(argument: u64) -> usize {
    match argument {
        0..=0x17 => 1,
        0x18..=0xff => 2,
        0x100..=0xffff => 3,
        0x1_0000..=0xffff_ffff => 5,
        0x1_0000_0000.. => 9,
    }
}

fn unexpected(offset: usize, error: &Error) -> CborError {
    CborError::Unexpected { offset, problem: excerpt(&error.to_string()) }
}

fn out_of_range(offset: usize, ty: &WitType) -> CborError {
    CborError::OutOfRange { offset, expected: excerpt(&ty.to_string()) }
}
