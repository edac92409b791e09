//! Tools of a task author before there is a component: project templates, bindings of a WIT world, and components made
//! of core modules.
//!
//! The steps are those of `wit-bindgen` and of `wasm-tools component`, done by the libraries that those commands are
//! built on, so that nobody has to install them. This crate starts no compiler: a project's build command does. It sees
//! no engine, no store and no running component.
//!
//! | module | content |
//! |---|---|
//! | `template` | projects to begin with |
//! | `bindings` | source files in a guest's language |
//! | `componentize` | a component of a core module |
//! | `workarounds` | changes to what `wit-bindgen` writes, each with the reason and the end of it |
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
