//! What a component's imports are linked to: WASI, as its world has it, and refusals for all else.
//!
//! Importing something is no crime: language runtimes import much that they never use. So every import can be
//! linked, and one that this host does not have refuses when it is called.

use std::collections::HashSet;
use std::marker::PhantomData;

use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, HasData, InstancePre, Linker, LinkerInstance, ResourceTable, ResourceType};
use wasmtime_wasi::cli::{WasiCli, WasiCliView as _};
use wasmtime_wasi::clocks::{WasiClocks, WasiClocksView as _};
use wasmtime_wasi::p2::bindings as p2;
use wasmtime_wasi::p3::bindings as p3;
use wasmtime_wasi::random::{WasiRandom, WasiRandomView as _};
use wasmtime_wasi::sockets::{WasiSockets, WasiSocketsView as _};
use wasmtime_wasi_http::{WasiHttp, WasiHttpView as _};
use wasmtime_wasi_io::bindings::wasi::io;

use super::engine::EngineKind;
use super::random::BoundedRandom;
use super::state::{State, Surroundings};
use super::{task_files, texts};
use larder_component::declare::provided_interface;
use larder_types::capability::Denied;

/// Names the table of resources to the linker.
pub(super) struct Resources;

impl HasData for Resources {
    type Data<'a> = &'a mut ResourceTable;
}

/// A linker of the world `W`.
///
/// The engine's types know no world; these do, so that what is linked for one world never runs in the other.
pub(super) struct WorldLinker<W> {
    linker: Linker<State>,
    world: PhantomData<fn(W)>,
}

/// A component that is linked for the world `W`.
pub(super) struct Linked<W> {
    instance: InstancePre<State>,
    world: PhantomData<fn(W)>,
}

impl<W> Clone for Linked<W> {
    fn clone(&self) -> Self {
        Self { instance: self.instance.clone(), world: PhantomData }
    }
}

impl<W> WorldLinker<W> {
    /// Makes a linker to which everything of this world, and nothing else, was added.
    pub(super) const fn new(linker: Linker<State>) -> Self {
        Self { linker, world: PhantomData }
    }

    /// Links a component that imports nothing but what this world has.
    pub(super) fn link(&self, component: &Component) -> wasmtime::Result<Linked<W>> {
        let instance = self.linker.instantiate_pre(component)?;
        Ok(Linked { instance, world: PhantomData })
    }

    /// Links a component, with a refusal for each import that the world does not have.
    pub(super) fn link_or_refuse(&self, component: &Component) -> wasmtime::Result<Linked<W>> {
        let mut linker = self.linker.clone();
        refuse_the_rest(&mut linker, component)?;
        Self::new(linker).link(component)
    }
}

impl<W: Into<Surroundings>> Linked<W> {
    /// The component, and the surroundings that it may run in.
    pub(super) fn with(&self, world: W) -> (&InstancePre<State>, Surroundings) {
        (&self.instance, world.into())
    }
}

/// Links the interfaces that both worlds have. What a guest gets of them is what its world put into the context: there
/// are no variables, streams, clocks or random numbers but those. Files, and the errors of streams that may be of
/// files, are each world's own, and so is whatever waits.
pub(super) fn both_worlds(linker: &mut Linker<State>, kind: EngineKind) -> wasmtime::Result<()> {
    let l = linker;
    task_files::add_to_linker(l)?;
    io::streams::add_to_linker::<_, Resources>(l, State::table)?;
    p2::clocks::wall_clock::add_to_linker::<_, WasiClocks>(l, State::clocks)?;
    p2::random::random::add_to_linker::<_, BoundedRandom>(l, State::bounded_random)?;
    p2::random::insecure::add_to_linker::<_, BoundedRandom>(l, State::bounded_random)?;
    p2::random::insecure_seed::add_to_linker::<_, WasiRandom>(l, State::random)?;
    p2::cli::environment::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::exit::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::stdin::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::stdout::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::stderr::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::terminal_input::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::terminal_output::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::terminal_stdin::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::terminal_stdout::add_to_linker::<_, WasiCli>(l, State::cli)?;
    p2::cli::terminal_stderr::add_to_linker::<_, WasiCli>(l, State::cli)?;
    // What can be done with a socket; to make one is each world's own.
    p2::sockets::network::add_to_linker::<_, WasiSockets>(l, &Default::default(), State::sockets)?;
    p2::sockets::instance_network::add_to_linker::<_, WasiSockets>(l, State::sockets)?;
    p2::sockets::tcp::add_to_linker::<_, WasiSockets>(l, State::sockets)?;
    p2::sockets::udp::add_to_linker::<_, WasiSockets>(l, State::sockets)?;
    // What can be done with a request; to send one is each world's own.
    let options = Default::default();
    wasmtime_wasi_http::p2::bindings::http::types::add_to_linker::<_, WasiHttp>(l, &options, State::http)?;
    if kind == EngineKind::Async {
        both_worlds_in_0_3(l)?;
    }
    texts::add_to_linker(l, kind)
}

fn both_worlds_in_0_3(l: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p3::cli::add_to_linker(l)?;
    p3::random::random::add_to_linker::<_, BoundedRandom>(l, State::bounded_random)?;
    p3::random::insecure::add_to_linker::<_, BoundedRandom>(l, State::bounded_random)?;
    p3::random::insecure_seed::add_to_linker::<_, WasiRandom>(l, State::random)?;
    p3::clocks::types::add_to_linker::<_, WasiClocks>(l, State::clocks)?;
    p3::clocks::system_clock::add_to_linker::<_, WasiClocks>(l, State::clocks)?;
    // Its two functions that make a socket are each world's own.
    p3::sockets::types::add_to_linker::<_, WasiSockets>(l, State::sockets)?;
    // A request that is sent goes to the world's hook.
    wasmtime_wasi_http::p3::add_to_linker(l)
}

/// Defines a refusal for each import of `component` that this host lacks: whole interfaces, and what is missing in
/// those that it has.
///
/// The linker looks a name up exactly before it looks for a compatible version. So what is missing is added under the
/// name that the interface is registered by: an interface under the import's own version would hide the real one.
fn refuse_the_rest(linker: &mut Linker<State>, component: &Component) -> wasmtime::Result<()> {
    let mut refusals = Refusals { engine: component.engine().clone(), resources: Vec::new(), defined: HashSet::new() };
    for (name, import) in component.component_type().imports(component.engine()) {
        refusals.import(linker, name, &import.ty)?;
    }
    Ok(())
}

struct Refusals {
    engine: Engine,
    /// The resources that were imported before: one that is imported again is the same, and needs no second definition.
    resources: Vec<ResourceType>,
    /// What is defined already: two versions of an interface that this host has are one here.
    defined: HashSet<(String, String)>,
}

impl Refusals {
    fn import(&mut self, linker: &mut Linker<State>, name: &str, item: &ComponentItem) -> wasmtime::Result<()> {
        let ComponentItem::ComponentInstance(instance) = item else {
            return self.refuse(&mut linker.root(), name, item, None);
        };
        let interface = provided_interface(name);
        let registered = interface.map_or(name, |interface| interface.name());
        let mut inside = linker.instance(registered)?;
        for (inner, item) in instance.exports(&self.engine.clone()) {
            if interface.is_some_and(|interface| interface.item(inner).is_some()) {
                if let ComponentItem::Resource(resource) = item.ty {
                    self.resources.push(resource);
                }
            } else if interface.is_none() || self.defined.insert((registered.to_owned(), inner.to_owned())) {
                self.refuse(&mut inside, inner, &item.ty, Some(name))?;
            }
        }
        Ok(())
    }

    fn refuse(
        &mut self,
        linker: &mut LinkerInstance<'_, State>,
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
                for (inner, item) in instance.exports(&self.engine.clone()) {
                    self.refuse(&mut inside, inner, &item.ty, Some(name))?;
                }
                Ok(())
            }
            ComponentItem::Resource(resource) => {
                if self.resources.contains(resource) {
                    return Ok(());
                }
                self.resources.push(*resource);
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
