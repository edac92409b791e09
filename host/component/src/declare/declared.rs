//! The tasks of a component after reading its manifest: the form that a store keeps.

use crate::declare::{BuildTimeExport, CacheDeclaration, ExportedTask, NotATask, NotATaskReason, Size};
use larder_types::capability::Capability;

/// The version of the stored form of [`Declared`] and [`Exports`](crate::declare::Exports), for the name of the table
/// that keeps them. Bump it with any change of a field, of a code in `codec.rs`, or of the rules for which exports
/// count as tasks or which engine a component needs. A test pins the bytes of a sample.
pub const DECLARED_FORMAT: u32 = 4;

/// The tasks of one component, which depend only on its bytes: nothing from `larder.toml` or from a caller is included.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Declared {
    /// The tasks, in the order of the binary.
    #[n(0)]
    pub tasks: Vec<TaskDeclaration>,
    /// The exports that are not tasks, each with the reason.
    #[n(1)]
    pub not_tasks: Vec<NotATask>,
    /// The component's name, if its manifest gives one.
    #[n(2)]
    pub component_name: Option<String>,
    /// True if the component only runs on an engine with async support.
    #[n(3)]
    pub needs_async: bool,
    /// True if the component exports a manifest.
    #[n(4)]
    pub has_manifest: bool,
}

/// A task: the function that the component exports, and the declarations of the manifest for it.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct TaskDeclaration {
    /// The export.
    #[n(0)]
    pub exported: ExportedTask,
    /// The size, if the manifest has an entry for the task.
    #[n(1)]
    pub size: Option<Size>,
    /// The cache of the results; `None` if results are not cached.
    #[n(2)]
    pub cache: Option<CacheDeclaration>,
    /// The wall-clock limit of a run in seconds; `None` for the limit of the size.
    #[n(3)]
    pub timeout_seconds: Option<u32>,
    /// The capabilities that it declares it needs of the outside world; `None` if it does not say.
    #[n(4)]
    pub needs: Option<Vec<Capability>>,
    /// True if the names of the files and directories passed to it are inputs too.
    #[n(5)]
    pub file_names: bool,
}

impl Declared {
    /// Returns true if the component is JavaScript on QuickJS, which cannot represent every integer. The traces that
    /// its toolchain leaves behind identify it.
    #[must_use]
    pub fn is_made_for_quickjs(&self) -> bool {
        let quickjs = NotATaskReason::BuildTime(BuildTimeExport::ComponentizeQjs);
        self.not_tasks.iter().any(|not_task| not_task.reason == quickjs)
    }

    /// Returns the same tasks under the component's name `component`, such as the one in `larder.toml`, which takes
    /// precedence over the manifest's.
    #[must_use]
    pub fn named(mut self, component: &str) -> Self {
        self.tasks = self.tasks.into_iter().map(|task| task.named(component)).collect();
        self.component_name = Some(component.to_owned());
        self
    }
}

impl TaskDeclaration {
    /// Creates a task without declarations.
    #[must_use]
    pub fn undeclared(exported: ExportedTask) -> Self {
        Self { exported, size: None, cache: None, timeout_seconds: None, needs: None, file_names: false }
    }

    /// Returns the same task under the component's name `component`. A name with a namespace keeps it.
    #[must_use]
    pub fn named(mut self, component: &str) -> Self {
        self.exported.name = self.exported.name.named(component);
        self
    }
}
