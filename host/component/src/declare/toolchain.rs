//! The exports that toolchains use while they build a component, and leave behind in it.
//!
//! A toolchain for a scripting language starts its interpreter at build time, loads the program through an export of
//! its own, and takes a snapshot. The export stays, is useless when it is called again, and would look like a task. It
//! is recognised by its name *and* its shape, so that an author's own `init` is not hidden by accident.

use std::fmt;

use larder_types::Signature;

/// A build-time export of a known toolchain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum BuildTimeExport {
    /// The inline interface `exports` of componentize-py (Python), with its function `init`.
    #[n(0)]
    ComponentizePy,
    /// The function `init` of componentize-qjs (JavaScript on QuickJS).
    #[n(1)]
    ComponentizeQjs,
}

/// The name of componentize-py's inline interface.
const PYTHON_INTERFACE: &str = "exports";

/// The first parameters of its `init`; later versions have appended more.
const PYTHON_INIT: [&str; 2] = ["app-name", "symbols"];

/// The whole type of componentize-qjs's `init`.
const QUICKJS_INIT: &str =
    "func(shim: string, script: string, entry-path: option<string>, disable-gc: bool) -> result<_, string>";

/// The name of the function in both toolchains.
const INIT: &str = "init";

impl BuildTimeExport {
    /// Recognises an inline interface by its name and the names of the parameters of each of its functions.
    pub(super) fn of_interface<'a, P>(name: &str, functions: impl IntoIterator<Item = (&'a str, P)>) -> Option<Self>
    where
        P: IntoIterator<Item = &'a str>,
    {
        if name != PYTHON_INTERFACE {
            return None;
        }
        let mut inits = functions.into_iter().filter(|(function, _)| *function == INIT);
        inits
            .any(|(_, params)| params.into_iter().take(PYTHON_INIT.len()).eq(PYTHON_INIT))
            .then_some(Self::ComponentizePy)
    }

    /// Recognises a function that the component exports directly by its name and signature.
    pub(super) fn of_function(name: &str, signature: &Signature) -> Option<Self> {
        (name == INIT && signature.canonical_text() == QUICKJS_INIT).then_some(Self::ComponentizeQjs)
    }
}

impl fmt::Display for BuildTimeExport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ComponentizePy => "componentize-py loaded the Python program through it when it built the component",
            Self::ComponentizeQjs => {
                "componentize-qjs loaded the JavaScript program through it when it built the component"
            }
        })
    }
}
