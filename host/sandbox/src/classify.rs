//! The end of a run, read from the engine's error by its type. Errors without a type are recognised by
//! [`crate::bets::words`].

use wasmtime::component::ResourceTableError;
use wasmtime::{Trap, WasmBacktrace, WasmtimeBug};

use super::bets::words;
use super::bounds::{MachineRefused, Stopped, WASM_STACK_BYTES};
use super::error::RunError;
use larder_base::excerpt::beginning;
use larder_types::capability::Denied;
use larder_types::limits::{LimitExceeded, Limits};

/// The code of an error that is not a trap of WebAssembly: a call across the component's border failed.
const HOST_CALL: &str = "host-call";

/// Reads the engine's error; `limits` are those that the run had.
pub(super) fn classify(error: &wasmtime::Error, limits: &Limits) -> RunError {
    if let Some(denied) = error.downcast_ref::<Denied>() {
        return RunError::Denied(denied.clone());
    }
    if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
        return RunError::Exited(exit.0);
    }
    if let Some(refused) = error.downcast_ref::<MachineRefused>() {
        return RunError::NoMemory(refused.clone());
    }
    if let Some(stopped) = error.downcast_ref::<Stopped>() {
        return match stopped {
            Stopped::TimeIsUp => {
                RunError::LimitExceeded(LimitExceeded::Time { limit: limits.timeout, reached: limits.timeout })
            }
            Stopped::NobodyWaits => RunError::Stopped,
        };
    }
    if let Some(bug) = error.downcast_ref::<WasmtimeBug>() {
        let said = bug.to_string();
        return RunError::EngineBug(words::bug(&said).or_else(|| said.lines().next()).unwrap_or_default().to_owned());
    }
    let trap = error.downcast_ref::<Trap>();
    if let Some(limit) = error.downcast_ref::<LimitExceeded>() {
        return RunError::LimitExceeded(limit.clone());
    }
    if let Some(limit) = limit_exceeded(error, trap, limits) {
        return RunError::LimitExceeded(limit);
    }
    RunError::Trapped {
        code: trap.map_or(HOST_CALL, trap_code),
        message: trap.map_or_else(|| error.root_cause().to_string(), ToString::to_string),
        backtrace: error.downcast_ref::<WasmBacktrace>().map(frames).unwrap_or_default(),
    }
}

/// Reads the panic that ended a run. An engine built with debug assertions panics where it would return an error
/// otherwise; any other panic may also be a bug of Larder.
pub(super) fn classify_panic(said: &str) -> RunError {
    match words::bug(said) {
        Some(bug) => RunError::EngineBug(bug.to_owned()),
        None => RunError::Internal(format!("the host panicked during the run: {said}")),
    }
}

fn limit_exceeded(error: &wasmtime::Error, trap: Option<&Trap>, limits: &Limits) -> Option<LimitExceeded> {
    if trap == Some(&Trap::OutOfFuel) {
        return Some(LimitExceeded::Fuel { limit: limits.fuel });
    }
    if trap == Some(&Trap::StackOverflow) {
        return Some(LimitExceeded::Stack { limit: WASM_STACK_BYTES as u64 });
    }
    let is_untyped = trap.is_none();
    if matches!(error.downcast_ref(), Some(ResourceTableError::Full)) || (is_untyped && words::is_out_of_handles(error))
    {
        return Some(LimitExceeded::Handles { limit: limits.handles as u64 });
    }
    let is_exhausted = is_untyped && words::is_host_call_exhausted(error);
    is_exhausted.then_some(LimitExceeded::HostCall { limit: limits.host_call_bytes as u64 })
}

/// Reads the engine's error from instantiation: anything but a trap is not the guest's fault. See [`classify`].
pub(super) fn classify_instantiation(error: &wasmtime::Error, limits: &Limits) -> RunError {
    match classify(error, limits) {
        RunError::Trapped { code: HOST_CALL, message, backtrace: _ } => RunError::NoInstance(message),
        other @ (RunError::Trapped { .. }
        | RunError::Exited(_)
        | RunError::LimitExceeded(_)
        | RunError::Denied(_)
        | RunError::NoInstance(_)
        | RunError::NoMemory(_)
        | RunError::Directory { .. }
        | RunError::Protected { .. }
        | RunError::Input(_)
        | RunError::NotRepresentable { .. }
        | RunError::EngineBug(_)
        | RunError::Stopped
        | RunError::Internal(_)) => other,
    }
}

fn frames(backtrace: &WasmBacktrace) -> Vec<String> {
    let name = |frame: &wasmtime::FrameInfo| match frame.func_name() {
        Some(name) => beginning(format_args!("{:#}", rustc_demangle::demangle(name))),
        None => format!("function {}", frame.func_index()),
    };
    backtrace.frames().iter().map(name).collect()
}

/// The codes of the traps that a guest can cause with the features this host enables; all others share one code.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the engine adds traps with every feature, and they are told in its words"
)]
fn trap_code(trap: &Trap) -> &'static str {
    match trap {
        Trap::UnreachableCodeReached => "unreachable",
        Trap::MemoryOutOfBounds => "memory-out-of-bounds",
        Trap::TableOutOfBounds => "table-out-of-bounds",
        Trap::IndirectCallToNull => "indirect-call-to-null",
        Trap::BadSignature => "bad-signature",
        Trap::IntegerOverflow => "integer-overflow",
        Trap::IntegerDivisionByZero => "integer-division-by-zero",
        Trap::BadConversionToInteger => "bad-conversion-to-integer",
        Trap::CannotEnterComponent => "cannot-enter-component",
        Trap::CannotLeaveComponent => "cannot-leave-component",
        Trap::NoAsyncResult => "no-async-result",
        Trap::AsyncDeadlock => "async-deadlock",
        _ => "component-model",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_of_the_engine_is_told_without_its_place() {
        let said = "BUG: handle not found\nlocation: /build/src/x.rs:1\nversion: 48";
        let told = classify_panic(said);
        assert_eq!(told, RunError::EngineBug("handle not found".to_owned()));
        assert_eq!(told.code(), "engine/bug");
        assert_eq!(classify_panic("index out of bounds").code(), "internal");
    }

    #[test]
    fn a_stop_is_told_by_its_reason() {
        let limits = Limits::default();
        let told = |stopped: Stopped| classify(&wasmtime::Error::new(stopped).context("in a call"), &limits);
        assert_eq!(told(Stopped::TimeIsUp).code(), "limit/time");
        assert_eq!(told(Stopped::NobodyWaits), RunError::Stopped);
    }
}
