//! Bindings of a world: source files for the language's own compiler.
//!
//! | language | files |
//! |---|---|
//! | C, and languages that read its headers (Zig, D, Nim) | header, source file, object file to link, with the types |
//! | C++ | the same, and headers of the types that the bindings use |
//! | Go | a module with a package for each interface, and the module `go.bytecodealliance.org/pkg` that they import |
//!
//! The files are the output of `wit-bindgen`'s generators, with the changes listed in
//! [`workarounds`](crate::workarounds).

mod generator;
mod go;
mod language;
mod write;

pub use self::language::BindingLanguage;
pub use self::write::write_bindings;
