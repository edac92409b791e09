//! The exports of a component, in owned and storable form.
//!
//! Names are kept twice: as in the binary ([`ExportPath`]), which is how a host finds the function again, and as the
//! task's name, which does not include the package version.

use crate::declare::NotATask;
use larder_types::Signature;
use larder_types::TaskName;

/// All exports of a component, in the order of the binary.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Exports {
    /// The exports that are tasks.
    #[n(0)]
    pub tasks: Vec<ExportedTask>,
    /// The exports that are not tasks, each with the reason.
    #[n(1)]
    pub not_tasks: Vec<NotATask>,
    /// The manifest, if there is one.
    #[n(2)]
    pub manifest: Option<Manifest>,
    /// True if the component only runs on an engine with async support, even if no export is async.
    #[n(3)]
    pub needs_async: bool,
}

/// The export that returns the declarations of the tasks.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Manifest {
    /// Its path.
    #[n(0)]
    pub export: ExportPath,
    /// Its type: [`manifest_type`](crate::declare::manifest_type), or the older type from before tasks could declare
    /// their needs.
    #[n(1)]
    pub signature: Signature,
}

/// Location of an exported function, exactly as in the binary.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct ExportPath {
    /// The exported instance, with its version if it has one: `example:tasks/text@0.1.0`. `None` for a function that
    /// the component exports directly.
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
    /// The location of the function.
    #[n(2)]
    pub export: ExportPath,
    /// The parameters and the result.
    #[n(3)]
    pub signature: Signature,
    /// True if the function's type is `async`.
    #[n(4)]
    pub is_async: bool,
}

impl ExportedTask {
    /// Returns the name that identifies exactly this export: with the version of its package, and without the empty
    /// part before `#` of a component without a name.
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
