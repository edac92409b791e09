//! A bet on wasmtime's private traits: three types here stand for types that only a component knows.
//!
//! wasmtime's values for functions known only at run time ([`Val`](wasmtime::component::Val)) take 40 bytes for each
//! byte of a `list<u8>`, and cost as much fuel of host calls. Its typed functions copy a list in one piece, but need
//! the types when Larder is compiled. The types here take part in a typed function and decide at run time:
//! [`Arguments`], any number of numbers, texts and bytes; [`Sequence`], a text or bytes; [`Number`], any number.
//!
//! # What it relies on
//!
//! `ComponentType`, `Lower` and `Lift` are public, but only wasmtime's own macros are meant to implement them. The
//! arguments of their functions are in `wasmtime::component::__internal`, which is "not part of Wasmtime's API
//! stability guarantees" (`src/runtime/component/mod.rs`). Read in the source of wasmtime 48.0.8:
//!
//! 1. A function is typed by `ComponentType::typecheck` of its parameters, as one tuple, and of its result
//!    (`Func::typed`); only then is anything lowered or lifted.
//! 2. Parameters whose `ABI` has at most 16 flat values are passed as `ComponentType::Lower`, and the guest's function
//!    reads as many of them as it has parameters (`func/typed.rs`, `TypedFunc::lower_args` and `call_raw`). So an
//!    empty `ABI` makes the parameters flat, and an array of 16 is enough for all.
//! 3. A result of one flat value is read as `Lower`. All other results are read from memory, by their `ABI`
//!    (`TypedFunc::lift_stack_result` and `lift_heap_result`).
//! 4. A text and a list of bytes are each a pointer and a length, with the same `ABI`. Each number is one `ValRaw`,
//!    whatever its `ABI` says about its layout in memory.
//!
//! A changed trait or type fails to compile. A changed meaning would read wrong values, or memory that was never
//! written.
//!
//! # When wasmtime is updated
//!
//! The workspace takes releases of one line (`~48.0.8`), in which security patches must flow and interfaces stand
//! still. `abi/canary.rs` tests each point that does not fail by itself, and the tests of `direct` call every shape in
//! both ways. Before a move to another line, read its source again.
//!
//! # When this file can go
//!
//! It can go when wasmtime's dynamic calls copy a `list<u8>` in one piece, as
//! [wasmtime#13788](https://github.com/bytecodealliance/wasmtime/issues/13788) asks. Then `direct` goes too, and all
//! calls take the engine's own values.

#[cfg(test)]
mod canary;

use std::mem::MaybeUninit;

use wasmtime::component::__internal::wasmtime_environ::component::MAX_FLAT_PARAMS;
use wasmtime::component::__internal::{
    CanonicalAbiInfo, ComponentTypes, InstanceType, InterfaceType, LiftContext, LowerContext,
};
use wasmtime::component::{ComponentNamedList, ComponentType, Lift, Lower};
use wasmtime::{Result, ValRaw, bail};

use larder_types::value::Value;

/// Maximum number of core values that pass the parameters of a function.
pub(crate) const MAX_SLOTS: usize = MAX_FLAT_PARAMS;

fn mismatch<T>(ty: InterfaceType) -> Result<T> {
    bail!("a value is not of type {ty:?}")
}

/// All arguments of a call, each a number, a text or bytes.
pub(crate) struct Arguments(pub(crate) Vec<Value>);

/// Returns the types of the parameters.
fn parameters<'t>(ty: &InterfaceType, types: &'t ComponentTypes) -> Result<&'t [InterfaceType]> {
    let InterfaceType::Tuple(tuple) = ty else { return mismatch(*ty) };
    Ok(&types[*tuple].types)
}

fn is_bytes(ty: &InterfaceType, types: &ComponentTypes) -> bool {
    matches!(ty, InterfaceType::List(list) if types[*list].element == InterfaceType::U8)
}

#[expect(unsafe_code, reason = "the engine trusts what a type says of its layout; the proof stands below")]
// SAFETY: `Lower` is an array of `ValRaw`, as required, with room for the most values that are ever passed flat. The
// arguments fit, since `typecheck` refuses more, and the whole array is initialised, used or not. The engine reads as
// many values as the function has. The memory layout (`ABI`) is never used, since an array of this length is always
// passed flat.
unsafe impl ComponentType for Arguments {
    type Lower = [ValRaw; MAX_SLOTS];

    const ABI: CanonicalAbiInfo = CanonicalAbiInfo::ZERO;

    fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        let mut slots = 0;
        for param in parameters(ty, types.types)? {
            let is_sequence = Sequence::typecheck(param, types).is_ok();
            if !is_sequence {
                Number::typecheck(param, types)?;
            }
            slots += if is_sequence { 2 } else { 1 };
        }
        if slots > MAX_SLOTS { mismatch(*ty) } else { Ok(()) }
    }
}

#[expect(unsafe_code, reason = "as above")]
// SAFETY: as above.
unsafe impl ComponentNamedList for Arguments {}

/// Lowers a value with the engine's own type for it.
fn flat<V: Lower + ?Sized, T>(value: &V, cx: &mut LowerContext<'_, T>, ty: InterfaceType) -> Result<V::Lower> {
    let mut flat = MaybeUninit::zeroed();
    value.linear_lower_to_flat(cx, ty, &mut flat)?;
    #[expect(unsafe_code, reason = "what is handed over is made of plain numbers")]
    // SAFETY: a `Lower` is made of `ValRaw`, for which every bit pattern is valid; all of it was zeroed.
    Ok(unsafe { flat.assume_init() })
}

#[expect(unsafe_code, reason = "as above")]
// SAFETY: each value is checked against the type of its parameter and then lowered by the engine's own implementation.
// `dst` is written as a whole before this returns.
unsafe impl Lower for Arguments {
    fn linear_lower_to_flat<T>(
        &self,
        cx: &mut LowerContext<'_, T>,
        ty: InterfaceType,
        dst: &mut MaybeUninit<Self::Lower>,
    ) -> Result<()> {
        let types = cx.types;
        let params = parameters(&ty, types)?;
        if params.len() != self.0.len() {
            return mismatch(ty);
        }
        let mut slots = [ValRaw::u64(0); MAX_SLOTS];
        let mut free = slots.iter_mut();
        for (value, ty) in self.0.iter().zip(params.iter().copied()) {
            let (first, second) = match (value, ty) {
                (Value::Bool(v), InterfaceType::Bool) => (flat(v, cx, ty)?, None),
                (Value::S8(v), InterfaceType::S8) => (flat(v, cx, ty)?, None),
                (Value::U8(v), InterfaceType::U8) => (flat(v, cx, ty)?, None),
                (Value::S16(v), InterfaceType::S16) => (flat(v, cx, ty)?, None),
                (Value::U16(v), InterfaceType::U16) => (flat(v, cx, ty)?, None),
                (Value::S32(v), InterfaceType::S32) => (flat(v, cx, ty)?, None),
                (Value::U32(v), InterfaceType::U32) => (flat(v, cx, ty)?, None),
                (Value::S64(v), InterfaceType::S64) => (flat(v, cx, ty)?, None),
                (Value::U64(v), InterfaceType::U64) => (flat(v, cx, ty)?, None),
                (Value::F32(v), InterfaceType::Float32) => (flat(v, cx, ty)?, None),
                (Value::F64(v), InterfaceType::Float64) => (flat(v, cx, ty)?, None),
                (Value::Char(v), InterfaceType::Char) => (flat(v, cx, ty)?, None),
                (Value::String(text), InterfaceType::String) => pair(flat(text.as_str(), cx, ty)?),
                (Value::Bytes(bytes), _) if is_bytes(&ty, types) => pair(flat(bytes.as_slice(), cx, ty)?),
                _ => return mismatch(ty),
            };
            for slot in [Some(first), second].into_iter().flatten() {
                match free.next() {
                    Some(place) => *place = slot,
                    None => return mismatch(ty),
                }
            }
        }
        dst.write(slots);
        Ok(())
    }

    fn linear_lower_to_memory<T>(&self, _: &mut LowerContext<'_, T>, ty: InterfaceType, _: usize) -> Result<()> {
        mismatch(ty)
    }
}

const fn pair([pointer, length]: [ValRaw; 2]) -> (ValRaw, Option<ValRaw>) {
    (pointer, Some(length))
}

/// A text or bytes, as a guest returns them.
pub(crate) struct Sequence(pub(crate) Value);

#[expect(unsafe_code, reason = "what holds for a text of the engine and for a list of bytes holds for either")]
// SAFETY: texts and lists are both a pointer and a length, flat or in memory. This type stands for one of the engine's
// own types for them; the component's type says which.
unsafe impl ComponentType for Sequence {
    type Lower = [ValRaw; 2];

    const ABI: CanonicalAbiInfo = CanonicalAbiInfo::POINTER_PAIR;

    fn typecheck(ty: &InterfaceType, types: &InstanceType<'_>) -> Result<()> {
        if *ty == InterfaceType::String { Ok(()) } else { <Vec<u8>>::typecheck(ty, types) }
    }
}

#[expect(unsafe_code, reason = "as above")]
// SAFETY: as above.
unsafe impl Lift for Sequence {
    fn linear_lift_from_flat(cx: &mut LiftContext<'_>, ty: InterfaceType, src: &Self::Lower) -> Result<Self> {
        Ok(Self(if ty == InterfaceType::String {
            Value::String(Lift::linear_lift_from_flat(cx, ty, src)?)
        } else {
            Value::Bytes(Lift::linear_lift_from_flat(cx, ty, src)?)
        }))
    }

    fn linear_lift_from_memory(cx: &mut LiftContext<'_>, ty: InterfaceType, bytes: &[u8]) -> Result<Self> {
        Ok(Self(if ty == InterfaceType::String {
            Value::String(Lift::linear_lift_from_memory(cx, ty, bytes)?)
        } else {
            Value::Bytes(Lift::linear_lift_from_memory(cx, ty, bytes)?)
        }))
    }
}

/// A number that is the whole result of a guest's function.
pub(crate) struct Number(pub(crate) Value);

#[expect(unsafe_code, reason = "numbers differ in memory, where these are never looked for, and nowhere else")]
// SAFETY: each of these types is passed as one `ValRaw`. A number alone is never in memory (`ABI`), since a result of
// one value is always passed flat. Reading it from memory is refused.
unsafe impl ComponentType for Number {
    type Lower = ValRaw;

    const ABI: CanonicalAbiInfo = CanonicalAbiInfo::SCALAR8;

    fn typecheck(ty: &InterfaceType, _: &InstanceType<'_>) -> Result<()> {
        let is_number = matches!(
            ty,
            InterfaceType::Bool
                | InterfaceType::S8
                | InterfaceType::U8
                | InterfaceType::S16
                | InterfaceType::U16
                | InterfaceType::S32
                | InterfaceType::U32
                | InterfaceType::S64
                | InterfaceType::U64
                | InterfaceType::Float32
                | InterfaceType::Float64
                | InterfaceType::Char
        );
        if is_number { Ok(()) } else { mismatch(*ty) }
    }
}

#[expect(unsafe_code, reason = "as above")]
// SAFETY: as above; the engine's own types read their own values.
unsafe impl Lift for Number {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the engine has other types, and none of them is a number")]
    fn linear_lift_from_flat(cx: &mut LiftContext<'_>, ty: InterfaceType, src: &ValRaw) -> Result<Self> {
        Ok(Self(match ty {
            InterfaceType::Bool => Value::Bool(Lift::linear_lift_from_flat(cx, ty, src)?),
            InterfaceType::S8 => Value::S8(Lift::linear_lift_from_flat(cx, ty, src)?),
            InterfaceType::U8 => Value::U8(Lift::linear_lift_from_flat(cx, ty, src)?),
            InterfaceType::S16 => Value::S16(Lift::linear_lift_from_flat(cx, ty, src)?),
            InterfaceType::U16 => Value::U16(Lift::linear_lift_from_flat(cx, ty, src)?),
            InterfaceType::S32 => Value::S32(Lift::linear_lift_from_flat(cx, ty, src)?),
            InterfaceType::U32 => Value::U32(Lift::linear_lift_from_flat(cx, ty, src)?),
            InterfaceType::S64 => Value::S64(Lift::linear_lift_from_flat(cx, ty, src)?),
            InterfaceType::U64 => Value::U64(Lift::linear_lift_from_flat(cx, ty, src)?),
            InterfaceType::Float32 => Value::F32(Lift::linear_lift_from_flat(cx, ty, src)?),
            InterfaceType::Float64 => Value::F64(Lift::linear_lift_from_flat(cx, ty, src)?),
            InterfaceType::Char => Value::Char(Lift::linear_lift_from_flat(cx, ty, src)?),
            other => return mismatch(other),
        }))
    }

    fn linear_lift_from_memory(_: &mut LiftContext<'_>, ty: InterfaceType, _: &[u8]) -> Result<Self> {
        mismatch(ty)
    }
}
