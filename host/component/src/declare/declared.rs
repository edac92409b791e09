//! What is known of a component's tasks once its manifest has been heard: the form that a store keeps.

use crate::declare::{BuildTimeExport, CacheDeclaration, ExportedTask, NotATask, NotATaskReason, Size};
use larder_types::capability::Capability;

/// The version of the stored form of [`Declared`] and [`Exports`](crate::declare::Exports), for the name of the
/// table that keeps them. Bump it with any change of a field, of a code in `codec.rs`, or of which exports count as
/// tasks or which engine a component needs: a test pins the bytes of a sample.
pub const DECLARED_FORMAT: u32 = 4;

/// The tasks of one component, by the digest of its bytes alone: nothing of `larder.toml` or of a caller is in it.
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
    /// Whether the component only runs on an engine with async support.
    #[n(3)]
    pub needs_async: bool,
    /// Whether the component exports a manifest.
    #[n(4)]
    pub has_manifest: bool,
}

/// A task: what the component exports, and what its manifest declares of it.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct TaskDeclaration {
    /// The export.
    #[n(0)]
    pub exported: ExportedTask,
    /// The size, if the manifest speaks of the task.
    #[n(1)]
    pub size: Option<Size>,
    /// How results are remembered; `None`: never.
    #[n(2)]
    pub cache: Option<CacheDeclaration>,
    /// The wall-clock limit of a run in seconds; `None`: that of the size.
    #[n(3)]
    pub timeout_seconds: Option<u32>,
    /// What it says that it needs of the world outside; `None` where it does not say.
    #[n(4)]
    pub needs: Option<Vec<Capability>>,
    /// Whether the names of the files and directories that it is given are inputs too.
    #[n(5)]
    pub file_names: bool,
}

impl Declared {
    /// Whether the component is JavaScript on QuickJS, which cannot hold every integer. It is known by what its
    /// toolchain left behind in it.
    #[must_use]
    pub fn is_made_for_quickjs(&self) -> bool {
        let quickjs = NotATaskReason::BuildTime(BuildTimeExport::ComponentizeQjs);
        self.not_tasks.iter().any(|not_task| not_task.reason == quickjs)
    }

    /// The same tasks under the component's name `component`, such as the one in `larder.toml`, which is stronger
    /// than the manifest's.
    #[must_use]
    pub fn named(mut self, component: &str) -> Self {
        self.tasks = self.tasks.into_iter().map(|task| task.named(component)).collect();
        self.component_name = Some(component.to_owned());
        self
    }
}

impl TaskDeclaration {
    /// A task of which nothing is declared.
    #[must_use]
    pub fn undeclared(exported: ExportedTask) -> Self {
        Self { exported, size: None, cache: None, timeout_seconds: None, needs: None, file_names: false }
    }

    /// The same task under the component's name `component`; a name with a namespace keeps it.
    #[must_use]
    pub fn named(mut self, component: &str) -> Self {
        self.exported.name = self.exported.name.named(component);
        self
    }
}
