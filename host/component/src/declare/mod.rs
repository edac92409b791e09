//! Declarations of a component's tasks, read from its bytes without compiling anything.
//!
//! A task has two sources. The component's *type* shows which functions it exports and with what signature: [`exports`]
//! reads it with a validator, since only a valid component has a type. The component's *manifest*, if it exports one,
//! says what each task declares: its size and how its results are cached. The host calls it in a sandbox, and
//! [`attach`] joins both into [`Declared`], which a store can keep by the digest of the bytes.
//!
//! A component is hostile. Types share their parts, so that a few hundred bytes can stand for a type of any size:
//! everything expanded or copied here is counted, and refused early.
//!
//! This module must never see an engine or a store, and must never compile.

mod attach;
mod blob_types;
mod cache;
mod declared;
mod docs;
mod error;
mod expand;
mod exported;
mod exports;
mod features;
mod find;
mod imports;
mod manifest;
mod manifest_type;
mod not_a_task;
mod passed_on;
mod provided;
mod reference;
mod root;
mod size;
mod toolchain;
mod type_text;

#[cfg(test)]
mod tests;

pub use self::attach::{attach, check_versions};
pub use self::cache::{CacheDeclaration, DeclaredVersion, NotAScope, Scope, VersionProblem, check_version_text};
pub use self::declared::{DECLARED_FORMAT, Declared, TaskDeclaration};
pub use self::docs::{Docs, DocsError};
pub use self::error::DeclareError;
pub use self::exported::{ExportPath, ExportedTask, Exports, Manifest};
pub use self::exports::{exports, listed};
pub use self::features::{FEATURES, FEATURES_WITHOUT_ASYNC};
pub use self::find::{FindError, find, find_declared};
pub use self::manifest::{ManifestTask, from_value};
pub use self::manifest_type::{MANIFEST_VERSION, manifest_type};
pub use self::not_a_task::{ItemKind, NotATask, NotATaskReason, Obstacle, ResourceFunction, UnsupportedType};
pub use self::provided::interface as provided_interface;
pub use self::size::{NotASize, Resources, Size};
pub use self::toolchain::BuildTimeExport;
#[doc(hidden)]
pub use self::{imports::table as provided_table, provided::TABLE as PROVIDED_TABLE};

/// The docs of a component's folder; see [`Docs`].
pub use self::docs::read as read_docs;
