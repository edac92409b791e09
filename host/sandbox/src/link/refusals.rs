//! Refusals for imports of a component that its world lacks.

use std::collections::HashSet;

use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{Component, Linker, LinkerInstance, ResourceType};

use crate::state::State;
use larder_component::declare::provided_interface;
use larder_types::capability::Denied;

/// Defines a refusal for each import of `component` that this host lacks: whole interfaces, and missing functions of
/// those that it has.
///
/// The linker looks a name up exactly before it looks for a compatible version. So missing functions are added under
/// the name that the interface is registered by: an interface under the import's own version would hide the real one.
pub(super) fn refuse_the_rest(linker: &mut Linker<State>, component: &Component) -> wasmtime::Result<()> {
    let mut refusals = Refusals { engine: component.engine().clone(), resources: Vec::new(), defined: HashSet::new() };
    for (name, import) in component.component_type().imports(component.engine()) {
        refusals.import(linker, name, &import.ty)?;
    }
    Ok(())
}

struct Refusals {
    engine: Engine,
    /// Resources imported so far. One that is imported again is the same, and needs no second definition.
    resources: Vec<ResourceType>,
    /// Names that are already defined: two versions of an interface that this host has are one here.
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
                // No value of this type can exist, since each of its constructors refuses.
                linker.resource(name, ResourceType::host::<Denied>(), |_, _| Ok(()))
            }
            // A type needs no implementation. A core module or a component cannot be substituted, and the link fails.
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
