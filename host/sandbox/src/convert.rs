//! Conversion between the engine's values and ours, directed by the WIT type.

use wasmtime::component::{ResourceAny, Val};

use larder_base::BlobKind;
use larder_types::value::{BlobRef, Value};
use larder_types::{Case, WitType};

/// A value that does not match its type. Declarations and compiled code come from the same bytes, so this is a bug in
/// Larder and reported as one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a value is not of type {0}")]
pub(super) struct NotOfType(String);

/// Function that makes a handle for content passed to the task.
pub(super) type Give<'a> = dyn FnMut(BlobKind, &BlobRef) -> wasmtime::Result<ResourceAny> + Send + 'a;

/// Function that takes the content that the task returns out of a handle.
pub(super) type Take<'a> = dyn FnMut(BlobKind, ResourceAny) -> wasmtime::Result<BlobRef> + Send + 'a;

/// Converts our value to the engine's.
pub(super) fn to_val(value: Value, ty: &WitType, give: &mut Give<'_>) -> wasmtime::Result<Val> {
    let mismatch = || wasmtime::Error::new(NotOfType(ty.to_string()));
    Ok(match (ty, value) {
        (WitType::Bool, Value::Bool(v)) => Val::Bool(v),
        (WitType::S8, Value::S8(v)) => Val::S8(v),
        (WitType::U8, Value::U8(v)) => Val::U8(v),
        (WitType::S16, Value::S16(v)) => Val::S16(v),
        (WitType::U16, Value::U16(v)) => Val::U16(v),
        (WitType::S32, Value::S32(v)) => Val::S32(v),
        (WitType::U32, Value::U32(v)) => Val::U32(v),
        (WitType::S64, Value::S64(v)) => Val::S64(v),
        (WitType::U64, Value::U64(v)) => Val::U64(v),
        (WitType::F32, Value::F32(v)) => Val::Float32(v),
        (WitType::F64, Value::F64(v)) => Val::Float64(v),
        (WitType::Char, Value::Char(v)) => Val::Char(v),
        (WitType::String, Value::String(v)) => Val::String(v),
        (WitType::List(_), Value::Bytes(bytes)) if ty.is_bytes() => Val::List(bytes.into_iter().map(Val::U8).collect()),
        (WitType::List(element), Value::List(items)) => {
            Val::List(items.into_iter().map(|item| to_val(item, element, give)).collect::<wasmtime::Result<_>>()?)
        }
        (WitType::Record(fields), Value::Record(values)) if fields.len() == values.len() => Val::Record(
            fields
                .iter()
                .zip(values)
                .map(|(field, value)| Ok((field.name.clone(), to_val(value, &field.ty, give)?)))
                .collect::<wasmtime::Result<_>>()?,
        ),
        (WitType::Tuple(types), Value::Tuple(values)) if types.len() == values.len() => Val::Tuple(
            types.iter().zip(values).map(|(ty, value)| to_val(value, ty, give)).collect::<wasmtime::Result<_>>()?,
        ),
        (WitType::Variant(cases), Value::Variant { case, payload }) => {
            let Case { name, ty } = cases.get(case as usize).ok_or_else(mismatch)?;
            Val::Variant(name.clone(), payload_to_val(payload, ty.as_ref(), give).ok_or_else(mismatch)??)
        }
        (WitType::Enum(names), Value::Enum(case)) => Val::Enum(names.get(case as usize).ok_or_else(mismatch)?.clone()),
        (WitType::Option(some), Value::Option(value)) => Val::Option(match value {
            Some(value) => Some(Box::new(to_val(*value, some, give)?)),
            None => None,
        }),
        (WitType::Result { ok, err }, Value::Result(value)) => Val::Result(match value {
            Ok(payload) => Ok(payload_to_val(payload, ok.as_deref(), give).ok_or_else(mismatch)??),
            Err(payload) => Err(payload_to_val(payload, err.as_deref(), give).ok_or_else(mismatch)??),
        }),
        (WitType::Flags(names), Value::Flags(bits)) => Val::Flags(
            names.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1).map(|(_, name)| name.clone()).collect(),
        ),
        (WitType::File, Value::File(blob)) => Val::Resource(give(BlobKind::File, &blob)?),
        (WitType::Directory, Value::Directory(blob)) => Val::Resource(give(BlobKind::Directory, &blob)?),
        _ => return Err(mismatch()),
    })
}

/// Converts a payload. Returns `None` if it is present and should not be, or the other way round.
fn payload_to_val(
    payload: Option<Box<Value>>,
    ty: Option<&WitType>,
    give: &mut Give<'_>,
) -> Option<wasmtime::Result<Option<Box<Val>>>> {
    match (payload, ty) {
        (Some(payload), Some(ty)) => Some(to_val(*payload, ty, give).map(|val| Some(Box::new(val)))),
        (None, None) => Some(Ok(None)),
        (Some(_), None) | (None, Some(_)) => None,
    }
}

/// Converts the engine's value to ours.
pub(super) fn from_val(val: Val, ty: &WitType, take: &mut Take<'_>) -> wasmtime::Result<Value> {
    let mismatch = || wasmtime::Error::new(NotOfType(ty.to_string()));
    let position = |names: &[String], name: &str| {
        names.iter().position(|known| known == name).and_then(|at| u32::try_from(at).ok()).ok_or_else(mismatch)
    };
    Ok(match (ty, val) {
        (WitType::Bool, Val::Bool(v)) => Value::Bool(v),
        (WitType::S8, Val::S8(v)) => Value::S8(v),
        (WitType::U8, Val::U8(v)) => Value::U8(v),
        (WitType::S16, Val::S16(v)) => Value::S16(v),
        (WitType::U16, Val::U16(v)) => Value::U16(v),
        (WitType::S32, Val::S32(v)) => Value::S32(v),
        (WitType::U32, Val::U32(v)) => Value::U32(v),
        (WitType::S64, Val::S64(v)) => Value::S64(v),
        (WitType::U64, Val::U64(v)) => Value::U64(v),
        (WitType::F32, Val::Float32(v)) => Value::F32(v),
        (WitType::F64, Val::Float64(v)) => Value::F64(v),
        (WitType::Char, Val::Char(v)) => Value::Char(v),
        (WitType::String, Val::String(v)) => Value::String(v),
        (WitType::List(_), Val::List(items)) if ty.is_bytes() => Value::Bytes(bytes(items).ok_or_else(mismatch)?),
        (WitType::List(element), Val::List(items)) => {
            Value::List(items.into_iter().map(|item| from_val(item, element, take)).collect::<wasmtime::Result<_>>()?)
        }
        (WitType::Record(fields), Val::Record(values)) if fields.len() == values.len() => Value::Record(
            fields
                .iter()
                .zip(values)
                .map(
                    |(field, (name, value))| {
                        if name == field.name { from_val(value, &field.ty, take) } else { Err(mismatch()) }
                    },
                )
                .collect::<wasmtime::Result<_>>()?,
        ),
        (WitType::Tuple(types), Val::Tuple(values)) if types.len() == values.len() => Value::Tuple(
            types.iter().zip(values).map(|(ty, value)| from_val(value, ty, take)).collect::<wasmtime::Result<_>>()?,
        ),
        (WitType::Variant(cases), Val::Variant(name, payload)) => {
            let case = cases.iter().position(|case| case.name == name).ok_or_else(mismatch)?;
            let payload = payload_from_val(payload, cases[case].ty.as_ref(), take).ok_or_else(mismatch)??;
            Value::Variant { case: u32::try_from(case).map_err(|_| mismatch())?, payload }
        }
        (WitType::Enum(names), Val::Enum(name)) => Value::Enum(position(names, &name)?),
        (WitType::Option(some), Val::Option(value)) => Value::Option(match value {
            Some(value) => Some(Box::new(from_val(*value, some, take)?)),
            None => None,
        }),
        (WitType::Result { ok, err }, Val::Result(value)) => Value::Result(match value {
            Ok(payload) => Ok(payload_from_val(payload, ok.as_deref(), take).ok_or_else(mismatch)??),
            Err(payload) => Err(payload_from_val(payload, err.as_deref(), take).ok_or_else(mismatch)??),
        }),
        (WitType::Flags(names), Val::Flags(set)) => {
            let mut bits = 0u32;
            for name in set {
                bits |= 1u32.checked_shl(position(names, &name)?).ok_or_else(mismatch)?;
            }
            Value::Flags(bits)
        }
        (WitType::File, Val::Resource(handle)) => Value::File(take(BlobKind::File, handle)?),
        (WitType::Directory, Val::Resource(handle)) => Value::Directory(take(BlobKind::Directory, handle)?),
        _ => return Err(mismatch()),
    })
}

fn payload_from_val(
    payload: Option<Box<Val>>,
    ty: Option<&WitType>,
    take: &mut Take<'_>,
) -> Option<wasmtime::Result<Option<Box<Value>>>> {
    match (payload, ty) {
        (Some(payload), Some(ty)) => Some(from_val(*payload, ty, take).map(|value| Some(Box::new(value)))),
        (None, None) => Some(Ok(None)),
        (Some(_), None) | (None, Some(_)) => None,
    }
}

fn bytes(items: Vec<Val>) -> Option<Vec<u8>> {
    items.into_iter().map(|item| if let Val::U8(byte) = item { Some(byte) } else { None }).collect()
}
