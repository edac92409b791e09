//! What a component exports, in owned and storable form.
//!
//! Names are kept twice: as the binary has them ([`ExportPath`]), which is how a host finds the function again, and
//! as the task's own name, which has no version of the package in it.

use crate::declare::NotATask;
use larder_types::Signature;
use larder_types::TaskName;

/// All that a component exports, in the order of the binary.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Exports {
    /// The exports that are tasks.
    #[n(0)]
    pub tasks: Vec<ExportedTask>,
    /// The exports that are not, each with the reason.
    #[n(1)]
    pub not_tasks: Vec<NotATask>,
    /// Where to ask for the manifest, if there is one.
    #[n(2)]
    pub manifest: Option<Manifest>,
    /// Whether the component only runs on an engine with async support, whatever its exports look like.
    #[n(3)]
    pub needs_async: bool,
}

/// The export that says what the tasks declare.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Manifest {
    /// Where it stands.
    #[n(0)]
    pub export: ExportPath,
    /// Its type: [`manifest_type`](crate::declare::manifest_type), or the one from before tasks could say what they
    /// need.
    #[n(1)]
    pub signature: Signature,
}

/// Where an exported function stands, exactly as in the binary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ExportPath {
    /// The exported instance, with its version if it has one: `example:tasks/text@0.1.0`; none for a function
    /// that the component exports itself.
    #[n(0)]
    pub interface: Option<String>,
    /// The name of the function.
    #[n(1)]
    pub function: String,
}

/// An export that is a task.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ExportedTask {
    /// The name of the task.
    #[n(0)]
    pub name: TaskName,
    /// The version of the interface's package, if it has one: `0.1.0`.
    #[n(1)]
    pub package_version: Option<String>,
    /// Where to find the function.
    #[n(2)]
    pub export: ExportPath,
    /// What goes in and what comes out.
    #[n(3)]
    pub signature: Signature,
    /// Whether the function's type is `async`.
    #[n(4)]
    pub is_async: bool,
}

impl ExportedTask {
    /// The name as somebody would write it to mean exactly this export: with the version of its package, and
    /// without the empty place of a component that has no name.
    #[must_use]
    pub fn qualified_name(&self) -> String {
        match (&self.name, &self.package_version) {
            (TaskName::Interface { package, interface, function }, Some(version)) => {
                format!("{package}/{interface}@{version}#{function}")
            }
            (TaskName::World { component: None, function }, _) => function.clone(),
            (TaskName::Interface { .. } | TaskName::World { .. } | TaskName::Inline { .. }, _) => self.name.to_string(),
        }
    }
}

impl std::fmt::Display for ExportPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.interface {
            Some(interface) => write!(f, "{interface}#{}", self.function),
            None => f.write_str(&self.function),
        }
    }
}
