//! Values beside their types: the one `match` of both.
//!
//! A value carries neither names nor types, so code that writes, checks or searches it goes through value and type side
//! by side. [`Value::typed`] does that for one level: it fails if the two do not fit, and returns the parts with their
//! types.

use larder_base::BlobKind;

use super::BlobRef;
use super::error::TypeMismatch;
use super::owned::Value;
use super::path::Step;
use crate::wit_type::{Case, Field, WitType};

/// A value inside another one, with its type.
pub type Part<'v> = (&'v Value, &'v WitType);

/// A value that is of its type, as far as one level shows.
#[derive(Debug, Clone, Copy)]
pub enum TypedValue<'v> {
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
    /// A `char`.
    Char(char),
    /// A `string`.
    String(&'v str),
    /// A `list<u8>`.
    Bytes(&'v [u8]),
    /// Any other list.
    List {
        /// The elements.
        items: &'v [Value],
        /// The type of each element.
        element: &'v WitType,
    },
    /// A record: one value for each field.
    Record {
        /// The values.
        values: &'v [Value],
        /// The fields, in the same order.
        fields: &'v [Field],
    },
    /// A tuple: one value for each type.
    Tuple {
        /// The values.
        values: &'v [Value],
        /// The types, in the same order.
        types: &'v [WitType],
    },
    /// A variant.
    Variant {
        /// The position of the case.
        position: u32,
        /// The name of the case.
        name: &'v str,
        /// The payload, if the case has one, and only then.
        payload: Option<Part<'v>>,
    },
    /// An enum.
    Enum {
        /// The position of the case.
        position: u32,
        /// The name of the case.
        name: &'v str,
    },
    /// An option.
    Option {
        /// The payload, with the type of `some`.
        payload: Option<&'v Value>,
        /// The type of `some`.
        some: &'v WitType,
    },
    /// A result: either side has a payload if its type has one, and only then.
    Result(Result<Option<Part<'v>>, Option<Part<'v>>>),
    /// Flags: every bit that is set has a label.
    Flags {
        /// Bit *i* is the *i*-th label.
        bits: u32,
        /// The labels.
        names: &'v [String],
    },
    /// A file or a directory.
    Blob(BlobKind, &'v BlobRef),
}

impl Value {
    /// Pairs this value with its type.
    ///
    /// # Errors
    ///
    /// [`TypeMismatch`] if it is not of that type. The parts are not checked.
    // Inlined, its `match` merges with the caller's and costs nothing: as a call, encoding takes twice the time.
    #[inline(always)]
    pub fn typed<'v>(&'v self, ty: &'v WitType) -> Result<TypedValue<'v>, TypeMismatch> {
        self.beside(ty).ok_or_else(|| TypeMismatch::new(self, ty))
    }

    /// Returns true if this is a value of `ty`, at every level.
    #[must_use]
    pub fn has_type(&self, ty: &WitType) -> bool {
        self.beside(ty).is_some_and(|typed| typed.parts().all(|(_, (value, ty))| value.has_type(ty)))
    }

    #[inline(always)]
    fn beside<'v>(&'v self, ty: &'v WitType) -> Option<TypedValue<'v>> {
        Some(match (self, ty) {
            (Self::Bool(v), WitType::Bool) => TypedValue::Bool(*v),
            (Self::S8(v), WitType::S8) => TypedValue::S8(*v),
            (Self::U8(v), WitType::U8) => TypedValue::U8(*v),
            (Self::S16(v), WitType::S16) => TypedValue::S16(*v),
            (Self::U16(v), WitType::U16) => TypedValue::U16(*v),
            (Self::S32(v), WitType::S32) => TypedValue::S32(*v),
            (Self::U32(v), WitType::U32) => TypedValue::U32(*v),
            (Self::S64(v), WitType::S64) => TypedValue::S64(*v),
            (Self::U64(v), WitType::U64) => TypedValue::U64(*v),
            (Self::F32(v), WitType::F32) => TypedValue::F32(*v),
            (Self::F64(v), WitType::F64) => TypedValue::F64(*v),
            (Self::Char(v), WitType::Char) => TypedValue::Char(*v),
            (Self::String(v), WitType::String) => TypedValue::String(v),
            (Self::Bytes(v), WitType::List(_)) if ty.is_bytes() => TypedValue::Bytes(v),
            (Self::List(items), WitType::List(element)) if !ty.is_bytes() => TypedValue::List { items, element },
            (Self::Record(values), WitType::Record(fields)) if values.len() == fields.len() => {
                TypedValue::Record { values, fields }
            }
            (Self::Tuple(values), WitType::Tuple(types)) if values.len() == types.len() => {
                TypedValue::Tuple { values, types }
            }
            (Self::Variant { case: position, payload }, WitType::Variant(cases)) => {
                let Case { name, ty } = nth(cases, *position)?;
                let payload = paired(payload.as_deref(), ty.as_ref())?;
                TypedValue::Variant { position: *position, name, payload }
            }
            (Self::Enum(position), WitType::Enum(names)) => {
                TypedValue::Enum { position: *position, name: nth(names, *position)? }
            }
            (Self::Option(payload), WitType::Option(some)) => TypedValue::Option { payload: payload.as_deref(), some },
            (Self::Result(Ok(payload)), WitType::Result { ok, err: _ }) => {
                TypedValue::Result(Ok(paired(payload.as_deref(), ok.as_deref())?))
            }
            (Self::Result(Err(payload)), WitType::Result { ok: _, err }) => {
                TypedValue::Result(Err(paired(payload.as_deref(), err.as_deref())?))
            }
            (Self::Flags(bits), WitType::Flags(names)) if bits & !flags_mask(names) == 0 => {
                TypedValue::Flags { bits: *bits, names }
            }
            (Self::File(blob), WitType::File) => TypedValue::Blob(BlobKind::File, blob),
            (Self::Directory(blob), WitType::Directory) => TypedValue::Blob(BlobKind::Directory, blob),
            // Every kind of value by name, so that a new one needs its row above.
            (
                Self::Bool(_)
                | Self::S8(_)
                | Self::U8(_)
                | Self::S16(_)
                | Self::U16(_)
                | Self::S32(_)
                | Self::U32(_)
                | Self::S64(_)
                | Self::U64(_)
                | Self::F32(_)
                | Self::F64(_)
                | Self::Char(_)
                | Self::String(_)
                | Self::Bytes(_)
                | Self::List(_)
                | Self::Record(_)
                | Self::Tuple(_)
                | Self::Variant { case: _, payload: _ }
                | Self::Enum(_)
                | Self::Option(_)
                | Self::Result(_)
                | Self::Flags(_)
                | Self::File(_)
                | Self::Directory(_),
                _,
            ) => return None,
        })
    }
}

impl<'v> TypedValue<'v> {
    /// Iterates over the parts, each with its step and its type, in declared order.
    pub fn parts(self) -> impl Iterator<Item = (Step<'v>, Part<'v>)> {
        let mut items: (&[Value], Option<&WitType>) = (&[], None);
        let mut members: (&[Value], &[Field]) = (&[], &[]);
        let mut places: (&[Value], &[WitType]) = (&[], &[]);
        let mut payload = None;
        match self {
            Self::List { items: all, element } => items = (all, Some(element)),
            Self::Record { values, fields } => members = (values, fields),
            Self::Tuple { values, types } => places = (values, types),
            Self::Variant { position: _, name, payload: part } => payload = part.map(|part| (Step::Name(name), part)),
            Self::Option { payload: value, some } => payload = value.map(|value| (Step::Here, (value, some))),
            Self::Result(Ok(part)) => payload = part.map(|part| (Step::Name("ok"), part)),
            Self::Result(Err(part)) => payload = part.map(|part| (Step::Name("err"), part)),
            Self::Bool(_)
            | Self::S8(_)
            | Self::U8(_)
            | Self::S16(_)
            | Self::U16(_)
            | Self::S32(_)
            | Self::U32(_)
            | Self::S64(_)
            | Self::U64(_)
            | Self::F32(_)
            | Self::F64(_)
            | Self::Char(_)
            | Self::String(_)
            | Self::Bytes(_)
            | Self::Enum { position: _, name: _ }
            | Self::Flags { bits: _, names: _ }
            | Self::Blob(_, _) => {}
        }
        let items = items.1.into_iter().flat_map(move |element| items.0.iter().map(move |item| (item, element)));
        let places = places.0.iter().zip(places.1);
        let members = members.0.iter().zip(members.1);
        items
            .chain(places)
            .enumerate()
            .map(|(index, part)| (Step::Index(index), part))
            .chain(members.map(|(value, field)| (Step::Name(&field.name), (value, &field.ty))))
            .chain(payload)
    }
}

/// Pairs a payload with its type, if both or neither are present; otherwise `None`.
#[inline(always)]
const fn paired<'v>(payload: Option<&'v Value>, ty: Option<&'v WitType>) -> Option<Option<Part<'v>>> {
    match (payload, ty) {
        (Some(value), Some(ty)) => Some(Some((value, ty))),
        (None, None) => Some(None),
        (Some(_), None) | (None, Some(_)) => None,
    }
}

/// Returns the item at `index`, which comes from a value and so may be out of bounds.
pub(super) fn nth<T>(items: &[T], index: u32) -> Option<&T> {
    items.get(usize::try_from(index).ok()?)
}

/// Returns the bits that flags with these labels may set. A label past the 32nd, which the component model forbids, has
/// no bit.
pub(super) fn flags_mask(names: &[String]) -> u32 {
    match u32::try_from(names.len()) {
        Ok(count @ 0..=31) => (1 << count) - 1,
        Ok(_) | Err(_) => u32::MAX,
    }
}

/// Iterates over the labels that `bits` sets, in declared order.
pub(super) fn set_labels(bits: u32, names: &[String]) -> impl Iterator<Item = &String> {
    (0..u32::BITS).zip(names).filter(move |(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| name)
}
