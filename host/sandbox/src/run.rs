//! One run: a fresh store and a fresh instance, a call, and the report on it.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Instant;

use wasmtime::component::{InstancePre, Val};
use wasmtime::{AsContextMut as _, Store};

use crate::classify::{classify, classify_instantiation, classify_panic};
use crate::direct::Direct;
use crate::engine::EngineKind;
use crate::error::RunError;
use crate::pace::{self, Conversions};
use crate::report::{Report, Returned};
use crate::state::State;
use crate::watch::Watch;
use crate::{border, convert, handover};
use larder_base::contain::contain;
use larder_component::declare::ExportPath;
use larder_types::Signature;
use larder_types::limits::{LimitExceeded, Limits};
use larder_types::value::{BlobRef, Value};

/// The function to call, and its arguments.
pub(crate) struct Function<'a> {
    pub(crate) kind: EngineKind,
    pub(crate) export: &'a ExportPath,
    pub(crate) signature: &'a Signature,
    pub(crate) inputs: Vec<Value>,
}

/// Runs one call in a fresh store, and reports on it.
pub(crate) async fn run(
    instance: &InstancePre<State>,
    state: State,
    function: Function<'_>,
    limits: &Limits,
    watch: &Watch,
) -> (Result<Returned, RunError>, Report) {
    let started = Instant::now();
    // A deadline that the clock cannot represent is no deadline.
    if let Some(deadline) = started.checked_add(limits.timeout) {
        watch.begin(started, deadline);
    }
    let mut store = Store::new(instance.engine(), state);
    store.limiter(|state| &mut state.limiter);
    // Values that the guest passes to host functions are typed, and take what they are charged; its result may take
    // more. In an asynchronous component the two cannot be told apart, since the result is passed in a call of the
    // host.
    let to_lift = border::fuel_to_lift(function.signature.result.as_ref(), limits.host_call_bytes);
    let to_host = match function.kind {
        EngineKind::Sync => limits.host_call_bytes,
        EngineKind::Async => to_lift,
    };
    store.set_hostcall_fuel(to_lift);
    store.set_max_component_handles(limits.handles);
    store.call_hook(pace::hook(watch.clone(), Conversions { to_host, to_lift }));

    let running = call(&mut store, instance, function, limits);
    let mut result = drive(running, watch, limits).await;
    // The account remembers a refusal, and the peak is reported.
    let _ = store.data_mut().weigh();
    let owed = store.data().account.take_debt();
    let fuel_left = store.get_fuel().unwrap_or(0).checked_sub(owed);
    if fuel_left.is_none() && result.is_ok() {
        result = Err(RunError::LimitExceeded(LimitExceeded::Fuel { limit: limits.fuel }));
    }
    let reached = started.elapsed();
    if reached >= limits.timeout && !matches!(result, Err(RunError::Stopped | RunError::EngineBug(_))) {
        result = Err(RunError::LimitExceeded(LimitExceeded::Time { limit: limits.timeout, reached }));
    }
    let (stdout, stderr) = store.data_mut().surroundings.take_printed();
    let scratch = store.data().surroundings.scratch_used();
    let report = Report {
        fuel_used: limits.fuel.saturating_sub(fuel_left.unwrap_or(0)),
        peak_memory_bytes: store.data().limiter.peak_memory_bytes(),
        peak_host_bytes: store.data().account.peak_bytes(),
        peak_scratch_bytes: store.data().files.peak_bytes(),
        peak_scratch_files: scratch.peak_files,
        host_calls: store.data().host_calls,
        wall_micros: u64::try_from(reached.as_micros()).unwrap_or(u64::MAX),
        denials: store.data().denials.take().with_missed(scratch.missed),
        stdout,
        stderr,
    };
    let contents = store.data_mut().files.take_outputs();
    // Open files are closed first, so that it is known whether their content has changed.
    let faults = store.data().files.faults().clone();
    let refused = store.data_mut().limiter.take_refusal();
    let refused = refused.or_else(|| store.data().account.refusal()).or(scratch.refused);
    // After a panic, an engine may panic again during cleanup.
    let dropped = contain(move || drop(store));
    if let Err(panicked) = dropped
        && result.is_ok()
    {
        return (Err(classify_panic(&panicked.0)), report);
    }
    if let Some(fault) = faults.take() {
        return (Err(RunError::Input(fault)), report);
    }
    if matches!(result, Err(RunError::EngineBug(_))) {
        return (result.map(|_| Returned::default()), report);
    }
    // A task's answer after a refusal depends on the limit, which is not in the key.
    match refused {
        Some(limit) => (Err(RunError::LimitExceeded(limit)), report),
        None => (result.map(|value| Returned { value, contents }), report),
    }
}

/// Polls a run until it ends, its time is up, or its caller has gone away. A panic in the engine ends here, too.
async fn drive<T>(
    running: impl Future<Output = Result<T, RunError>>,
    watch: &Watch,
    limits: &Limits,
) -> Result<T, RunError> {
    let mut running = pin!(running);
    let watched = poll_fn(|context| {
        watch.take_turn();
        if let Some(stopped) = watch.stopped() {
            return Poll::Ready(Err(classify(&stopped.into(), limits)));
        }
        contain(|| running.as_mut().poll(context))
            .unwrap_or_else(|panicked| Poll::Ready(Err(classify_panic(&panicked.0))))
    });
    let time_is_up = LimitExceeded::Time { limit: limits.timeout, reached: limits.timeout };
    tokio::time::timeout(limits.timeout, watched).await.unwrap_or_else(|_| Err(RunError::LimitExceeded(time_is_up)))
}

async fn call(
    store: &mut Store<State>,
    instance: &InstancePre<State>,
    function: Function<'_>,
    limits: &Limits,
) -> Result<Option<Value>, RunError> {
    let Function { kind: _, export, signature, inputs } = function;
    let internal = |detail: String| RunError::Internal(detail);
    let failed = |error: wasmtime::Error| classify(&error, limits);
    store.set_fuel(limits.fuel).map_err(failed)?;
    store.fuel_async_yield_interval(Some(pace::FUEL_SLICE)).map_err(failed)?;
    let direct = Direct::of(signature);
    let (inputs, vals) = match direct {
        Some(_) => (inputs, Vec::new()),
        None => (Vec::new(), to_vals(store, signature, inputs).map_err(|error| not_converted(&error, limits))?),
    };

    let instance =
        instance.instantiate_async(&mut *store).await.map_err(|error| classify_instantiation(&error, limits))?;
    let parent = export.interface.as_deref().and_then(|name| instance.get_export_index(&mut *store, None, name));
    let function = instance
        .get_export_index(&mut *store, parent.as_ref(), &export.function)
        .and_then(|index| instance.get_func(&mut *store, index))
        .ok_or_else(|| internal(format!("the component has no export {export:?}")))?;

    if let Some(direct) = direct {
        return direct.call(store, function, inputs).await.map_err(failed);
    }
    // The engine overwrites this value, so any will do.
    let mut results = vec![Val::Bool(false); usize::from(signature.result.is_some())];
    function.call_async(&mut *store, &vals, &mut results).await.map_err(failed)?;
    let Some((val, ty)) = results.pop().zip(signature.result.as_ref()) else { return Ok(None) };
    let mut take = |kind, handle| handover::take(store.as_context_mut(), kind, handle);
    convert::from_val(val, ty, &mut take).map(Some).map_err(|error| not_converted(&error, limits))
}

/// Converts the arguments to the engine's own values.
fn to_vals(store: &mut Store<State>, signature: &Signature, inputs: Vec<Value>) -> wasmtime::Result<Vec<Val>> {
    let mut give = |kind, blob: &BlobRef| handover::give(store.as_context_mut(), kind, blob);
    let params = inputs.into_iter().zip(&signature.params);
    params.map(|(value, param)| convert::to_val(value, &param.ty, &mut give)).collect()
}

/// Classifies a value that does not fit: a bug of Larder, unless the handle limit was exceeded.
fn not_converted(error: &wasmtime::Error, limits: &Limits) -> RunError {
    let found = classify(error, limits);
    if matches!(found, RunError::LimitExceeded(_)) { found } else { RunError::Internal(error.to_string()) }
}
