//! Bindings of a world: source files that the language's own compiler takes.
//!
//! | language | files |
//! |---|---|
//! | C, and languages that read its headers (Zig, D, Nim) | a header, a source file, and an object file with the world's types, to be linked |
//! | C++ | the same, and headers of the types that the bindings are made of |
//! | Go | a module with a package for each interface, and the module `go.bytecodealliance.org/pkg` that they import |
//!
//! The files are those of `wit-bindgen`'s generators, changed where [`workarounds`](crate::workarounds) says so.

mod generator;
mod go;
mod language;
mod write;

pub use self::language::BindingLanguage;
pub use self::write::write_bindings;
