//! What an author of a task needs before there is a component: a project to begin with, bindings of its WIT world, and
//! a component of what the language's own compiler made.
//!
//! Here are the steps of `wit-bindgen` and of `wasm-tools component`, by the libraries that those commands are made of,
//! so that nobody has to install them. It never starts a compiler (a project's build command does), and never sees the
//! engine, the store, or a component that is run.

mod bindings;
mod componentize;
mod cpp_lists;
mod error;
mod template;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use wit_bindgen_core::wit_parser::{Resolve, WorldId};
use wit_component::StringEncoding;

pub use self::bindings::{BindingLanguage, write_bindings};
pub use self::componentize::{Embed, component_of, componentize};
pub use self::error::AuthoringError;
pub use self::template::{Engine, Language, create_project};
use larder_base::Digest;
use larder_content::{Content, Replace, export_file};

/// Which world of which WIT, and how strings are laid out in the memory of who implements it.
#[derive(Debug, Clone)]
pub struct World {
    /// A WIT file, or a folder of them with the packages that they use in its `deps/`.
    pub wit: PathBuf,
    /// The world's name, alone or as `namespace:package/world`; none: the only one that the package has.
    pub name: Option<String>,
    /// How the guest keeps strings.
    pub strings: Strings,
}

/// How a guest keeps strings in its memory. Nobody outside can tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Strings {
    /// UTF-8.
    #[default]
    Utf8,
    /// UTF-16, little-endian.
    Utf16,
}

impl World {
    fn resolve(&self) -> Result<(Resolve, WorldId), AuthoringError> {
        let mut resolve = Resolve::default();
        let broken =
            |error: &dyn std::fmt::Display| AuthoringError::Wit { path: self.wit.clone(), message: error.to_string() };
        let (package, _) = resolve.push_path(&self.wit).map_err(|error| broken(&format!("{error:#}")))?;
        let world =
            resolve.select_world(&[package], self.name.as_deref()).map_err(|error| broken(&format!("{error:#}")))?;
        Ok((resolve, world))
    }
}

impl Strings {
    const fn encoding(self) -> StringEncoding {
        match self {
            Self::Utf8 => StringEncoding::UTF8,
            Self::Utf16 => StringEncoding::UTF16,
        }
    }
}

/// Writes a file to a place that a user named, with the folders above it. One that has this content already keeps its
/// times: who builds from it sees that nothing has changed.
fn write(path: &Path, content: &[u8]) -> Result<(), AuthoringError> {
    let is_there = std::fs::symlink_metadata(path).is_ok_and(|there| there.is_file());
    if is_there && std::fs::read(path).is_ok_and(|found| found == content) {
        return Ok(());
    }
    Ok(export_file(&Content::of(content), &Digest::of(content), path, Replace::Any)?)
}
