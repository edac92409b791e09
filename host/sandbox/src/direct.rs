//! Calls that go straight between our values and the memory of a guest, where a signature has nothing but numbers,
//! texts and bytes in it.
//!
//! The engine's own values for functions that are known only at run time ([`wasmtime::component::Val`]) take 40 bytes
//! for each byte of a `list<u8>`, and are charged as much to the fuel of host calls. Its typed functions copy a list in
//! one piece, but want to know the types when Larder is compiled. So here are two types that the engine takes for what a
//! signature says: [`Arguments`], any number of such values, and [`Sequence`], a text or bytes. Every signature whose
//! result is one of a few shapes is called with these; all others are called with the engine's own values.
//!
//! What a call gives, and how it fails, must not depend on which way it took: the tests compare the two.

use std::mem::MaybeUninit;

use wasmtime::component::__internal::wasmtime_environ::component::MAX_FLAT_PARAMS;
use wasmtime::component::__internal::{
    CanonicalAbiInfo, ComponentTypes, InstanceType, InterfaceType, LiftContext, LowerContext,
};
use wasmtime::component::{ComponentNamedList, ComponentType, Func, Lift, Lower};
use wasmtime::{Result, Store, ValRaw, bail};

use larder_types::value::Value;
use larder_types::{Signature, WitType};

/// The shape of a result that can be had directly.
enum Returns {
    Nothing,
    Number,
    Sequence,
    Option,
    /// Whether each has a payload.
    Result {
        ok: bool,
        err: bool,
    },
}

/// How a function is called directly.
pub(super) struct Direct(Returns);

impl Direct {
    /// None: with the engine's own values.
    pub(super) fn of(signature: &Signature) -> Option<Self> {
        let slots = signature.params.iter().map(|param| slots(&param.ty)).sum::<Option<usize>>()?;
        let returns = returns(signature.result.as_ref())?;
        (slots <= MAX_FLAT_PARAMS).then_some(Self(returns))
    }

    /// Calls the function, which must be of the signature that this was made of.
    pub(super) async fn call<T: Send>(
        self,
        store: &mut Store<T>,
        function: Func,
        inputs: Vec<Value>,
    ) -> Result<Option<Value>> {
        let inputs = Arguments(inputs);
        let some = |value: Value| Some(Box::new(value));
        Ok(Some(match self.0 {
            Returns::Nothing => {
                call::<_, ()>(store, function, inputs).await?;
                return Ok(None);
            }
            Returns::Number => call::<_, (Number,)>(store, function, inputs).await?.0.0,
            Returns::Sequence => call::<_, (Sequence,)>(store, function, inputs).await?.0.0,
            Returns::Option => {
                let (option,) = call::<_, (Option<Sequence>,)>(store, function, inputs).await?;
                Value::Option(option.map(|Sequence(value)| Box::new(value)))
            }
            Returns::Result { ok: true, err: true } => {
                let (result,) = call::<_, (std::result::Result<Sequence, Sequence>,)>(store, function, inputs).await?;
                Value::Result(result.map(|ok| some(ok.0)).map_err(|err| some(err.0)))
            }
            Returns::Result { ok: true, err: false } => {
                let (result,) = call::<_, (std::result::Result<Sequence, ()>,)>(store, function, inputs).await?;
                Value::Result(result.map(|ok| some(ok.0)).map_err(|()| None))
            }
            Returns::Result { ok: false, err: true } => {
                let (result,) = call::<_, (std::result::Result<(), Sequence>,)>(store, function, inputs).await?;
                Value::Result(result.map(|()| None).map_err(|err| some(err.0)))
            }
            Returns::Result { ok: false, err: false } => {
                let (result,) = call::<_, (std::result::Result<(), ()>,)>(store, function, inputs).await?;
                Value::Result(result.map(|()| None).map_err(|()| None))
            }
        }))
    }
}

async fn call<T: Send, R: ComponentNamedList + Lift + 'static>(
    store: &mut Store<T>,
    function: Func,
    inputs: Arguments,
) -> Result<R> {
    function.typed::<Arguments, R>(&*store)?.call_async(store, inputs).await
}

/// How many values of the core language a parameter is handed over in; none, if not directly.
fn slots(ty: &WitType) -> Option<usize> {
    if is_sequence(ty) { Some(2) } else { is_number(ty).then_some(1) }
}

fn returns(result: Option<&WitType>) -> Option<Returns> {
    let payload = |ty: Option<&WitType>| ty.is_none_or(is_sequence);
    match result {
        None => Some(Returns::Nothing),
        Some(ty) if is_number(ty) => Some(Returns::Number),
        Some(ty) if is_sequence(ty) => Some(Returns::Sequence),
        Some(WitType::Option(some)) if is_sequence(some) => Some(Returns::Option),
        Some(WitType::Result { ok, err }) if payload(ok.as_deref()) && payload(err.as_deref()) => {
            Some(Returns::Result { ok: ok.is_some(), err: err.is_some() })
        }
        Some(_) => None,
    }
}

fn is_sequence(ty: &WitType) -> bool {
    *ty == WitType::String || ty.is_bytes()
}

fn is_number(ty: &WitType) -> bool {
    match ty {
        WitType::Bool
        | WitType::S8
        | WitType::U8
        | WitType::S16
        | WitType::U16
        | WitType::S32
        | WitType::U32
        | WitType::S64
        | WitType::U64
        | WitType::F32
        | WitType::F64
        | WitType::Char => true,
        WitType::String
        | WitType::List(_)
        | WitType::Record(_)
        | WitType::Tuple(_)
        | WitType::Variant(_)
        | WitType::Enum(_)
        | WitType::Option(_)
        | WitType::Result { ok: _, err: _ }
        | WitType::Flags(_)
        | WitType::File
        | WitType::Directory => false,
    }
}

fn mismatch<T>(ty: InterfaceType) -> Result<T> {
    bail!("a value is not of type {ty:?}")
}

/// All arguments of a call, each a number, a text or bytes.
struct Arguments(Vec<Value>);

/// The types of the parameters.
fn parameters<'t>(ty: &InterfaceType, types: &'t ComponentTypes) -> Result<&'t [InterfaceType]> {
    let InterfaceType::Tuple(tuple) = ty else { return mismatch(*ty) };
    Ok(&types[*tuple].types)
}

fn is_bytes(ty: &InterfaceType, types: &ComponentTypes) -> bool {
    matches!(ty, InterfaceType::List(list) if types[*list].element == InterfaceType::U8)
}

#[expect(unsafe_code, reason = "the engine trusts what a type says of its layout; the proof stands below")]
// SAFETY: `Lower` is an array of `ValRaw`, as it must be, with room for the most that is ever handed over in this way.
// What is handed over fits, since `typecheck` refuses more, and all of it is initialised, used or not. The engine reads
// as many as the function has. What is in memory instead (`ABI`) is never asked for: an array of this length is always
// handed over flat.
unsafe impl ComponentType for Arguments {
    type Lower = [ValRaw; MAX_FLAT_PARAMS];

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
        if slots > MAX_FLAT_PARAMS { mismatch(*ty) } else { Ok(()) }
    }
}

#[expect(unsafe_code, reason = "as above")]
// SAFETY: as above.
unsafe impl ComponentNamedList for Arguments {}

/// A value as the engine's own type for it hands it over.
fn flat<V: Lower + ?Sized, T>(value: &V, cx: &mut LowerContext<'_, T>, ty: InterfaceType) -> Result<V::Lower> {
    let mut flat = MaybeUninit::zeroed();
    value.linear_lower_to_flat(cx, ty, &mut flat)?;
    #[expect(unsafe_code, reason = "what is handed over is made of plain numbers")]
    // SAFETY: a `Lower` is made of `ValRaw`, of which every pattern of bits is one; all of it was zeroed.
    Ok(unsafe { flat.assume_init() })
}

#[expect(unsafe_code, reason = "as above")]
// SAFETY: each value is lowered by the engine's own implementation for it, once it was found to be of the type of its
// parameter, and `dst` is written as a whole before this returns.
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
        let mut slots = [ValRaw::u64(0); MAX_FLAT_PARAMS];
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
struct Sequence(Value);

#[expect(unsafe_code, reason = "what holds for a text of the engine and for a list of bytes holds for either")]
// SAFETY: texts and lists are both a pointer and a length, handed over or in memory, and this is either of the engine's
// own types for them: which one, the type of the component says.
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

/// A number, as a guest returns it by itself.
struct Number(Value);

#[expect(unsafe_code, reason = "numbers differ in memory, where these are never looked for, and nowhere else")]
// SAFETY: each of these types is handed over as one `ValRaw`. By itself a number never is in memory (`ABI`): a result of
// one value is always handed over flat. What asks for it there is refused.
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
// SAFETY: as above; the engine's own types read what they are.
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

#[cfg(test)]
mod tests;
