//! Owned values.

use super::blob::BlobRef;

/// A value of some [`WitType`](crate::WitType).
///
/// Equality is the identity that the cache uses. Floats are compared by their bits, so that `-0.0` is not `0.0`. All
/// NaNs are one value, because a NaN's payload does not survive the component model's canonical ABI.
#[derive(Debug, Clone)]
pub enum Value {
    /// A `bool`.
    Bool(bool),
    /// An `s8`.
    S8(i8),
    /// A `u8`.
    U8(u8),
    /// An `s16`.
    S16(i16),
    /// A `u16`.
    U16(u16),
    /// An `s32`.
    S32(i32),
    /// A `u32`.
    U32(u32),
    /// An `s64`.
    S64(i64),
    /// A `u64`.
    U64(u64),
    /// An `f32`.
    F32(f32),
    /// An `f64`.
    F64(f64),
    /// A `char`, a Unicode scalar value.
    Char(char),
    /// A `string`.
    String(String),
    /// Every `list<u8>`: [`Value::List`] is never used for it.
    Bytes(Vec<u8>),
    /// A `list<T>` of anything but `u8`.
    List(Vec<Value>),
    /// A record: one value for each field, in declared order.
    Record(Vec<Value>),
    /// A tuple: one value for each element.
    Tuple(Vec<Value>),
    /// A variant.
    Variant {
        /// The position of the case among the declared ones.
        case: u32,
        /// The payload, if the case has one.
        payload: Option<Box<Value>>,
    },
    /// An enum: the position of the case among the declared ones.
    Enum(u32),
    /// An option.
    Option(Option<Box<Value>>),
    /// A result, where either side may have no payload.
    Result(Result<Option<Box<Value>>, Option<Box<Value>>>),
    /// Flags: bit *i* is the *i*-th declared label, and there are at most 32.
    Flags(u32),
    /// A `file`.
    File(BlobRef),
    /// A `directory`.
    Directory(BlobRef),
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        // One arm for each kind of value, so that a new kind is a compile error: a tuple match would need a wildcard.
        match self {
            Self::Bool(a) => matches!(other, Self::Bool(b) if a == b),
            Self::S8(a) => matches!(other, Self::S8(b) if a == b),
            Self::U8(a) => matches!(other, Self::U8(b) if a == b),
            Self::S16(a) => matches!(other, Self::S16(b) if a == b),
            Self::U16(a) => matches!(other, Self::U16(b) if a == b),
            Self::S32(a) => matches!(other, Self::S32(b) if a == b),
            Self::U32(a) => matches!(other, Self::U32(b) if a == b),
            Self::S64(a) => matches!(other, Self::S64(b) if a == b),
            Self::U64(a) => matches!(other, Self::U64(b) if a == b),
            Self::F32(a) => matches!(other, Self::F32(b) if a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()),
            Self::F64(a) => matches!(other, Self::F64(b) if a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()),
            Self::Char(a) => matches!(other, Self::Char(b) if a == b),
            Self::String(a) => matches!(other, Self::String(b) if a == b),
            Self::Bytes(a) => matches!(other, Self::Bytes(b) if a == b),
            Self::List(a) => matches!(other, Self::List(b) if a == b),
            Self::Record(a) => matches!(other, Self::Record(b) if a == b),
            Self::Tuple(a) => matches!(other, Self::Tuple(b) if a == b),
            Self::Variant { case, payload } => {
                matches!(other, Self::Variant { case: c, payload: p } if case == c && payload == p)
            }
            Self::Enum(a) => matches!(other, Self::Enum(b) if a == b),
            Self::Option(a) => matches!(other, Self::Option(b) if a == b),
            Self::Result(a) => matches!(other, Self::Result(b) if a == b),
            Self::Flags(a) => matches!(other, Self::Flags(b) if a == b),
            Self::File(a) => matches!(other, Self::File(b) if a == b),
            Self::Directory(a) => matches!(other, Self::Directory(b) if a == b),
        }
    }
}

/// Reflexive, because a NaN equals itself here.
impl Eq for Value {}
