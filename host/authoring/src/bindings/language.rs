//! The languages that have bindings, and the generator of each.

use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::{Resolve, WorldId};

use super::generator::run;
use super::go;
use crate::error::BindingsError;
use crate::patch::SourceText;
use crate::workarounds::{cpp_async, cpp_lists};
use crate::world::World;

/// A language that `larder bindings` supports. Other languages have bindings in their own toolchain.
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
    /// Returns the name of the language, for messages.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::C => "C",
            Self::Cpp => "C++",
            Self::Go => "Go",
        }
    }

    /// Generates the bindings of the world `id`. A generator may panic at a world that it does not support.
    pub(super) fn generate(self, resolve: &mut Resolve, id: WorldId, world: &World) -> Result<Files, BindingsError> {
        match self {
            Self::C => {
                let options =
                    wit_bindgen_c::Opts { string_encoding: world.strings.encoding(), ..wit_bindgen_c::Opts::default() };
                run(&mut *options.build(), resolve, id)
            }
            Self::Cpp => {
                cpp_async::refuse(resolve, id)?;
                separate_lists(&run(&mut *wit_bindgen_cpp::Opts::default().build(None), resolve, id)?)
            }
            Self::Go => go::generate(resolve, id, &world.wit),
        }
    }
}

/// Applies [`cpp_lists`] to the C++ sources among the files.
fn separate_lists(generated: &Files) -> Result<Files, BindingsError> {
    let mut files = Files::default();
    for (name, content) in generated.iter() {
        match std::str::from_utf8(content) {
            Ok(text) if name.ends_with(".cpp") => {
                let mut source = SourceText::new(name, text);
                cpp_lists::separate(&mut source)?;
                files.push(name, source.into_text().as_bytes());
            }
            Ok(_) | Err(_) => files.push(name, content),
        }
    }
    Ok(files)
}
