//! Direct calls between our values and the memory of a guest, for signatures of numbers, texts and bytes alone.
//!
//! Every signature whose result has one of a few shapes is called in this way, with the types of [`crate::bets::abi`].
//! All others are called with the engine's own values. The outcome of a call, and the wording of a failure, must not
//! depend on the way: the tests compare the two.

use wasmtime::component::{ComponentNamedList, Func, Lift};
use wasmtime::{Result, Store};

use super::bets::abi::{Arguments, MAX_SLOTS, Number, Sequence};
use larder_types::value::Value;
use larder_types::{Signature, WitType};

/// Shape of a result that can be read directly.
enum Returns {
    Nothing,
    Number,
    Sequence,
    Option,
    /// A `result`; each case may have a payload.
    Result {
        ok: bool,
        err: bool,
    },
}

/// A way to call a function directly.
pub(super) struct Direct(Returns);

impl Direct {
    /// Returns the direct way for a signature, or `None` if it needs the engine's own values.
    pub(super) fn of(signature: &Signature) -> Option<Self> {
        let slots = signature.params.iter().map(|param| slots(&param.ty)).sum::<Option<usize>>()?;
        let returns = returns(signature.result.as_ref())?;
        (slots <= MAX_SLOTS).then_some(Self(returns))
    }

    /// Calls the function, which must have the signature that this was made from.
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

/// Flattened core values of a parameter, or `None` if it cannot be handed over directly.
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

#[cfg(test)]
mod tests;
