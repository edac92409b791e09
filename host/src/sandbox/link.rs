//! What a component's imports are linked to: WASI, virtualised, and refusals for all else.
//!
//! Importing something is no crime: language runtimes import much that they never use. So every import can be
//! linked, and one that this host does not have refuses when it is called.

use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, LinkerInstance, ResourceType};
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;
use wasmtime_wasi::p3::bindings::clocks::monotonic_clock as p3_monotonic_clock;
use wasmtime_wasi_io::bindings::wasi::io::poll;

use super::engine::EngineKind;
use super::time::VirtualTime;
use super::{SandboxError, State, files};
use crate::capability::Denied;

/// The packages whose interfaces wasmtime-wasi provides, in both of its generations.
const PROVIDED: [&str; 6] =
    ["wasi:cli/", "wasi:clocks/", "wasi:filesystem/", "wasi:io/", "wasi:random/", "wasi:sockets/"];

/// The linker that all components of one engine start from.
pub(super) fn wasi(engine: &Engine, kind: EngineKind) -> Result<Linker<State>, SandboxError> {
    let mut linker = Linker::new(engine);
    let failed = |error: wasmtime::Error| SandboxError::Engine(format!("{error:#}"));
    wasmtime_wasi::p2::add_to_linker_async(&mut linker).map_err(failed)?;
    if kind == EngineKind::Async {
        wasmtime_wasi::p3::add_to_linker(&mut linker).map_err(failed)?;
    }
    // Time and files are ours: see `time` and `files`.
    linker.allow_shadowing(true);
    monotonic_clock::add_to_linker::<State, VirtualTime>(&mut linker, State::time).map_err(failed)?;
    poll::add_to_linker::<State, VirtualTime>(&mut linker, State::time).map_err(failed)?;
    if kind == EngineKind::Async {
        p3_monotonic_clock::add_to_linker::<State, VirtualTime>(&mut linker, State::time).map_err(failed)?;
    }
    files::add_to_linker(&mut linker, kind, State::files).map_err(failed)?;
    linker.allow_shadowing(false);
    Ok(linker)
}

/// Defines a refusal for each import of `component` that [`wasi`] does not provide.
pub(super) fn refuse_the_rest(
    linker: &mut Linker<State>,
    component: &Component,
    kind: EngineKind,
) -> wasmtime::Result<()> {
    let engine = component.engine().clone();
    for (name, import) in component.component_type().imports(&engine) {
        if !is_provided(name, kind) {
            refuse(&mut linker.root(), &engine, name, &import.ty, None)?;
        }
    }
    Ok(())
}

fn is_provided(import: &str, kind: EngineKind) -> bool {
    let version = import.split_once('@').map_or("", |(_, version)| version);
    PROVIDED.iter().any(|package| import.starts_with(package))
        && (version.starts_with("0.2.") || (kind == EngineKind::Async && version.starts_with("0.3.")))
}

fn refuse(
    linker: &mut LinkerInstance<'_, State>,
    engine: &Engine,
    name: &str,
    item: &ComponentItem,
    interface: Option<&str>,
) -> wasmtime::Result<()> {
    match item {
        ComponentItem::ComponentFunc(function) => {
            let import = interface.map_or_else(|| name.to_owned(), |interface| format!("{interface}#{name}"));
            refuse_function(linker, name, function.async_(), Denied::Import(import))
        }
        ComponentItem::ComponentInstance(instance) => {
            let mut inside = linker.instance(name)?;
            for (inner, item) in instance.exports(engine) {
                refuse(&mut inside, engine, inner, &item.ty, Some(name))?;
            }
            Ok(())
        }
        ComponentItem::Resource(_) => {
            // No value of this type can come into being: each of its constructors refuses.
            linker.resource(name, ResourceType::host::<Denied>(), |_, _| Ok(()))
        }
        // A type needs no implementation; a core module or a component cannot be made up, and the link fails.
        ComponentItem::Type(_)
        | ComponentItem::CoreFunc(_)
        | ComponentItem::Module(_)
        | ComponentItem::Component(_) => Ok(()),
    }
}

fn refuse_function(
    linker: &mut LinkerInstance<'_, State>,
    name: &str,
    is_async: bool,
    denied: Denied,
) -> wasmtime::Result<()> {
    if is_async {
        linker.func_new_concurrent(name, move |accessor, _, _, _| {
            let denied = denied.clone();
            accessor.with(|mut store| store.get().denials.add(denied.clone()));
            Box::pin(async move { Err(denied.into()) })
        })
    } else {
        linker.func_new(name, move |mut store, _, _, _| {
            store.data_mut().denials.add(denied.clone());
            Err(denied.clone().into())
        })
    }
}
