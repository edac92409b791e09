//! Bindings of a world: source files that the language's own compiler takes.
//!
//! | language | what is written |
//! |---|---|
//! | C, and what reads C (Zig, D, Nim) | a header, a source file, and an object file with the world's types, to be linked |
//! | C++ | the same, and headers of the types that the bindings are made of |
//! | Go | a module with a package for each interface, and the module `go.bytecodealliance.org/pkg` that they import |

mod go;

use std::path::Path;

use wit_bindgen_core::wit_parser::{Resolve, WorldId, WorldItem};
use wit_bindgen_core::{Files, WorldGenerator};

use super::{AuthoringError, Strings, World, cpp_lists, write};
use larder_base::contain::contain;

/// A language that `larder bindings` has bindings for. Others have them in their own toolchain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindingLanguage {
    /// C, also for languages that read its headers.
    C,
    /// C++23.
    Cpp,
    /// Go.
    Go,
}

impl BindingLanguage {
    const fn name(self) -> &'static str {
        match self {
            Self::C => "C",
            Self::Cpp => "C++",
            Self::Go => "Go",
        }
    }

    fn generate(self, resolve: &mut Resolve, id: WorldId, world: &World) -> anyhow::Result<Files> {
        let mut generator: Box<dyn WorldGenerator> = match self {
            Self::C => {
                wit_bindgen_c::Opts { string_encoding: world.strings.encoding(), ..wit_bindgen_c::Opts::default() }
                    .build()
            }
            Self::Cpp => wit_bindgen_cpp::Opts::default().build(None),
            Self::Go => return go::generate(resolve, id, &world.wit),
        };
        if let (Self::Cpp, Some(function)) = (self, asynchronous_export(resolve, id)) {
            anyhow::bail!("`{function}` is async, which they cannot have: use those in C, also from C++");
        }
        let mut files = Files::default();
        generator.generate(resolve, id, &mut files)?;
        if self == Self::Cpp {
            files = with_mended_sources(&files)?;
        }
        Ok(files)
    }
}

/// A function that the world exports as `async func`. The generator for C++ leaves it out, and says nothing.
fn asynchronous_export(resolve: &Resolve, world: WorldId) -> Option<&str> {
    let exports = resolve.worlds[world].exports.values();
    let mut functions = exports.flat_map(|item| match item {
        WorldItem::Interface { id, .. } => resolve.interfaces[*id].functions.values().collect(),
        WorldItem::Function(function) => vec![function],
        WorldItem::Type { .. } => Vec::new(),
    });
    functions.find(|function| function.kind.is_async()).map(|function| function.name.as_str())
}

/// The files of C++, the sources among them mended.
fn with_mended_sources(files: &Files) -> anyhow::Result<Files> {
    let mut mended = Files::default();
    for (name, content) in files.iter() {
        match std::str::from_utf8(content) {
            Ok(source) if name.ends_with(".cpp") => {
                let source = cpp_lists::apart(source).map_err(|line| {
                    anyhow::anyhow!("the generator writes lists in a way that is not known here ({name}, {line})")
                })?;
                mended.push(name, source.as_bytes());
            }
            Ok(_) | Err(_) => mended.push(name, content),
        }
    }
    Ok(mended)
}

/// Writes the bindings of `world` into the folder `out`.
///
/// # Errors
///
/// [`AuthoringError::Wit`], [`AuthoringError::NoBindings`], [`AuthoringError::Output`].
pub fn write_bindings(language: BindingLanguage, world: &World, out: &Path) -> Result<(), AuthoringError> {
    let no_bindings = |message: String| AuthoringError::NoBindings { language: language.name(), message };
    if world.strings == Strings::Utf16 && language != BindingLanguage::C {
        return Err(no_bindings("only those in C can have strings in UTF-16".to_owned()));
    }
    let (mut resolve, id) = world.resolve()?;
    // The generators panic at what they do not know.
    let generated = contain(|| language.generate(&mut resolve, id, world));
    let files = match generated {
        Ok(Ok(files)) => files,
        Ok(Err(error)) => return Err(no_bindings(format!("{error:#}"))),
        Err(panic) => return Err(no_bindings(panic.0)),
    };
    for (name, content) in files.iter() {
        write(&out.join(name), content)?;
    }
    Ok(())
}
