//! From the bytes of a component to the declarations of its tasks, without compiling it.
//!
//! A component is read once and named by its digest ([`ComponentBytes`]); its exports say which functions are tasks and of
//! what type, and its manifest what they declare ([`declare`]). This crate must never see an engine or a store.

mod bytes;
pub mod declare;

pub use self::bytes::{ComponentBytes, ComponentError, NotAComponent, code_digest, read};
