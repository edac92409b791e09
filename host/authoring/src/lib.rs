//! Tools for task authors who do not have a component yet: project templates, bindings of a WIT world, and components
//! made of core modules.
//!
//! The steps are those of `wit-bindgen` and of `wasm-tools component`. They are done by the libraries behind those
//! commands, so that nobody has to install them. This crate starts no compiler: a project's build command does. It sees
//! no engine, no store and no running component.
//!
//! | module | content |
//! |---|---|
//! | `template` | project templates |
//! | `bindings` | source files in a guest's language |
//! | `componentize` | a component of a core module |
//! | `workarounds` | changes to the output of `wit-bindgen`, each with its reason and the condition for its removal |
//! | `patch` | changes to text that fail unless they apply exactly once |

mod bindings;
mod componentize;
mod error;
mod output;
mod patch;
mod template;
#[cfg(test)]
mod tests;
mod workarounds;
mod world;

pub use self::bindings::{BindingLanguage, write_bindings};
pub use self::componentize::{Embed, component_of, componentize};
pub use self::error::{AuthoringError, BindingsError};
pub use self::patch::PatchError;
pub use self::template::{Engine, Language, create_project};
pub use self::world::{Strings, World};
