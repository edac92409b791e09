//! Owned values.

use super::BlobRef;
use crate::wit_type::{Field, WitType};

/// A value of some [`WitType`].
///
/// Equality is the identity that the cache uses: floats are compared by their bits, so that `-0.0` is not `0.0`, and
/// all NaNs are one value, because a NaN's payload does not survive the component model's canonical ABI.
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
    /// A `list<u8>`, always: [`Value::List`] is never used for it.
    Bytes(Vec<u8>),
    /// A `list<T>` of anything but `u8`.
    List(Vec<Value>),
    /// A record: one value for each field, in declared order.
    Record(Vec<Value>),
    /// A tuple: one value for each place.
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
    /// A result, either side of which may have no payload.
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
        // One arm for each kind of value, so that a new kind cannot be forgotten: a tuple match would need a wildcard.
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

impl Value {
    /// Whether this is a value of `ty`, all the way down.
    #[must_use]
    pub fn has_type(&self, ty: &WitType) -> bool {
        match self {
            Self::Bool(_) => *ty == WitType::Bool,
            Self::S8(_) => *ty == WitType::S8,
            Self::U8(_) => *ty == WitType::U8,
            Self::S16(_) => *ty == WitType::S16,
            Self::U16(_) => *ty == WitType::U16,
            Self::S32(_) => *ty == WitType::S32,
            Self::U32(_) => *ty == WitType::U32,
            Self::S64(_) => *ty == WitType::S64,
            Self::U64(_) => *ty == WitType::U64,
            Self::F32(_) => *ty == WitType::F32,
            Self::F64(_) => *ty == WitType::F64,
            Self::Char(_) => *ty == WitType::Char,
            Self::String(_) => *ty == WitType::String,
            Self::Bytes(_) => ty.is_bytes(),
            Self::List(items) => {
                !ty.is_bytes()
                    && matches!(ty, WitType::List(element) if items.iter().all(|item| item.has_type(element)))
            }
            Self::Record(values) => matches!(ty, WitType::Record(fields) if record_has(values, fields)),
            Self::Tuple(values) => matches!(ty, WitType::Tuple(types) if tuple_has(values, types)),
            Self::Variant { case, payload } => matches!(ty, WitType::Variant(cases)
                if nth(cases, *case).is_some_and(|case| payload_has(payload.as_deref(), case.ty.as_ref()))),
            Self::Enum(case) => matches!(ty, WitType::Enum(names) if nth(names, *case).is_some()),
            Self::Option(payload) => matches!(ty, WitType::Option(some)
                if payload.as_ref().is_none_or(|value| value.has_type(some))),
            Self::Result(Ok(payload)) => matches!(ty, WitType::Result { ok, err: _ }
                if payload_has(payload.as_deref(), ok.as_deref())),
            Self::Result(Err(payload)) => matches!(ty, WitType::Result { ok: _, err }
                if payload_has(payload.as_deref(), err.as_deref())),
            Self::Flags(bits) => matches!(ty, WitType::Flags(names) if bits & !flags_mask(names) == 0),
            Self::File(_) => *ty == WitType::File,
            Self::Directory(_) => *ty == WitType::Directory,
        }
    }
}

fn record_has(values: &[Value], fields: &[Field]) -> bool {
    values.len() == fields.len() && values.iter().zip(fields).all(|(value, field)| value.has_type(&field.ty))
}

fn tuple_has(values: &[Value], types: &[WitType]) -> bool {
    values.len() == types.len() && values.iter().zip(types).all(|(value, ty)| value.has_type(ty))
}

fn payload_has(payload: Option<&Value>, ty: Option<&WitType>) -> bool {
    paired(payload, ty).is_some_and(|payload| payload.is_none_or(|(value, ty)| value.has_type(ty)))
}

/// A payload and its type, either both or neither; `None` if there is only one of them.
pub(super) const fn paired<'a>(
    payload: Option<&'a Value>,
    ty: Option<&'a WitType>,
) -> Option<Option<(&'a Value, &'a WitType)>> {
    match (payload, ty) {
        (Some(value), Some(ty)) => Some(Some((value, ty))),
        (None, None) => Some(None),
        (Some(_), None) | (None, Some(_)) => None,
    }
}

/// The item at `index`, which comes from a value and so may be out of bounds.
pub(super) fn nth<T>(items: &[T], index: u32) -> Option<&T> {
    items.get(usize::try_from(index).ok()?)
}

/// The bits that flags with these labels may set. Labels past the 32nd, which the component model forbids, have none.
pub(super) fn flags_mask(names: &[String]) -> u32 {
    match u32::try_from(names.len()) {
        Ok(count @ 0..=31) => (1 << count) - 1,
        Ok(_) | Err(_) => u32::MAX,
    }
}

/// The labels that `bits` sets, in declared order.
pub(super) fn set_labels(bits: u32, names: &[String]) -> impl Iterator<Item = &String> {
    (0..u32::BITS).zip(names).filter(move |(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| name)
}
