//! Components made of a core module, which a compiler made for WASI 0.1 or for no system at all.

use std::path::Path;

use larder_component::declare;
use wasi_preview1_component_adapter_provider as adapter;
use wasmparser::{Parser, Payload};
use wit_component::ComponentEncoder;

use crate::error::AuthoringError;
use crate::output::write;
use crate::world::World;

/// Source of a component's types.
#[derive(Debug, Clone)]
pub enum Embed {
    /// The module itself: its bindings were linked into it (C, C++, Zig, Rust).
    Nothing,
    /// The given world.
    World(World),
}

/// Makes a component of the module in the file `module`, and writes it to `output`: see [`component_of`].
///
/// # Errors
///
/// The errors of [`component_of`], and [`AuthoringError::Output`].
pub fn componentize(module: &Path, embed: &Embed, output: &Path) -> Result<(), AuthoringError> {
    write(output, &component_of(module, embed)?)
}

/// Makes a component of the module in the file `module`. An adapter turns the module's imports of WASI 0.1 into imports
/// of WASI 0.2.
///
/// # Errors
///
/// [`AuthoringError::Unreadable`], [`AuthoringError::Already`], [`AuthoringError::Wit`],
/// [`AuthoringError::NotComponentized`], [`AuthoringError::ExportsNothing`].
pub fn component_of(module: &Path, embed: &Embed) -> Result<Vec<u8>, AuthoringError> {
    let mut bytes =
        std::fs::read(module).map_err(|source| AuthoringError::Unreadable { path: module.to_owned(), source })?;
    let not_componentized = |message: String| AuthoringError::NotComponentized { path: module.to_owned(), message };
    if Parser::is_component(&bytes) {
        return Err(AuthoringError::Already { path: module.to_owned() });
    }
    if let Embed::World(world) = embed {
        let (resolve, id) = world.resolve()?;
        wit_component::embed_component_metadata(&mut bytes, &resolve, id, world.strings.encoding())
            .map_err(|error| not_componentized(format!("{error:#}")))?;
    }
    let component = encode(&bytes).map_err(|error| not_componentized(format!("{error:#}")))?;
    if exports_nothing(&component) {
        let is_command = exports_start(&bytes);
        return Err(AuthoringError::ExportsNothing { path: module.to_owned(), is_command });
    }
    Ok(component)
}

/// Returns true for a component without any export. A component that this host does not support also returns false.
fn exports_nothing(component: &[u8]) -> bool {
    let found = declare::exports(component);
    found.is_ok_and(|found| found.tasks.is_empty() && found.not_tasks.is_empty())
}

/// Returns true for a core module that exports `_start`, which a host of WASI 0.1 calls.
fn exports_start(module: &[u8]) -> bool {
    let exports = Parser::new(0).parse_all(module).filter_map(|payload| match payload {
        Ok(Payload::ExportSection(section)) => Some(section),
        Ok(_) | Err(_) => None,
    });
    exports.flatten().flatten().any(|export| export.name == "_start")
}

/// Encodes the component of a module that contains its own types.
fn encode(module: &[u8]) -> anyhow::Result<Vec<u8>> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)?
        .adapter(adapter::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)?
        .encode()
}
