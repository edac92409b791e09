//! Declarations of a component's tasks, read from its bytes without compiling it.
//!
//! [`ComponentBytes`] reads a component once and names it by its digest. The exports show which functions are tasks and
//! their types; the manifest says what the tasks declare ([`declare`]). This crate must never see an engine or a store.

mod bytes;
pub mod declare;

pub use self::bytes::{ComponentBytes, ComponentError, NotAComponent, code_digest, read};
