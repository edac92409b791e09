//! Linkers and linked components that know their world.

use std::marker::PhantomData;

use wasmtime::component::{Component, InstancePre, Linker};

use super::refusals::refuse_the_rest;
use crate::state::State;
use crate::surroundings::Surroundings;

/// A linker of the world `W`.
///
/// The engine's types know no world. These do, so that a component linked for one world never runs in the other.
pub(crate) struct WorldLinker<W> {
    linker: Linker<State>,
    world: PhantomData<fn(W)>,
}

/// A component that is linked for the world `W`.
pub(crate) struct Linked<W> {
    instance: InstancePre<State>,
    world: PhantomData<fn(W)>,
}

impl<W> Clone for Linked<W> {
    fn clone(&self) -> Self {
        Self { instance: self.instance.clone(), world: PhantomData }
    }
}

impl<W> WorldLinker<W> {
    /// Makes a linker from one that has everything of this world, and nothing else.
    pub(crate) const fn new(linker: Linker<State>) -> Self {
        Self { linker, world: PhantomData }
    }

    /// Links a component all of whose imports this world has.
    pub(crate) fn link(&self, component: &Component) -> wasmtime::Result<Linked<W>> {
        let instance = self.linker.instantiate_pre(component)?;
        Ok(Linked { instance, world: PhantomData })
    }

    /// Links a component, with a refusal for each import that the world lacks.
    pub(crate) fn link_or_refuse(&self, component: &Component) -> wasmtime::Result<Linked<W>> {
        let mut linker = self.linker.clone();
        refuse_the_rest(&mut linker, component)?;
        Self::new(linker).link(component)
    }
}

impl<W: Into<Surroundings>> Linked<W> {
    /// Returns the component, and the surroundings that it may run in.
    pub(crate) fn with(&self, world: W) -> (&InstancePre<State>, Surroundings) {
        (&self.instance, world.into())
    }
}
