//! Reasons why an export is not a task: a typed reason for each, so that no export is skipped silently.

use std::fmt;

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType};

use crate::declare::BuildTimeExport;
use larder_types::{MAX_DEPTH, MAX_NODES};

/// An export that is not a task.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct NotATask {
    /// The export as the binary names it: an interface, `interface#function`, or a function.
    #[n(0)]
    pub export: String,
    /// The reason why it is not a task.
    #[n(1)]
    pub reason: NotATaskReason,
}

/// Reason why an export is not a task.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub enum NotATaskReason {
    /// Its signature uses a type whose values cannot be keyed or stored.
    #[n(0)]
    Type {
        /// The type.
        #[n(0)]
        ty: UnsupportedType,
        /// The place in the signature: ``parameter `input`, field `body`, element``.
        #[n(1)]
        place: String,
    },
    /// Its signature nests types deeper than [`MAX_DEPTH`].
    #[n(1)]
    TooDeep {
        /// The place in the signature.
        #[n(0)]
        place: String,
    },
    /// Its expanded signature has more than [`MAX_NODES`] types or names that are far too long.
    #[n(2)]
    TooLarge,
    /// It belongs to a resource, which lives in one instance, while every run creates a new instance.
    #[n(3)]
    OfAResource(#[n(0)] ResourceFunction),
    /// It is called by WASI hosts, such as `wasi:cli/run`.
    #[n(4)]
    Wasi,
    /// It is the manifest, which describes tasks.
    #[n(5)]
    Manifest,
    /// A toolchain used it to make the component and left it behind.
    #[n(6)]
    BuildTime(#[n(0)] BuildTimeExport),
    /// It is not a function.
    #[n(7)]
    NotAFunction(#[n(0)] ItemKind),
    /// Its name is neither a label nor, for an interface, an interface name.
    #[n(8)]
    Name,
    /// The component that exports it cannot run.
    #[n(9)]
    CannotRun(#[n(0)] Obstacle),
}

/// Reason why no export of a component can ever run on this host. It is repeated for each export, so it holds only an
/// excerpt of the component's names.
#[derive(Debug, Clone, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub enum Obstacle {
    /// It imports an item that no host can stub.
    #[n(0)]
    Import {
        /// The import: a name, or `interface#name`.
        #[n(0)]
        import: String,
        /// The kind of the import.
        #[n(1)]
        kind: ItemKind,
    },
    /// It imports an item of this host with another type.
    #[n(1)]
    OtherType {
        /// The import, as `interface#name`.
        #[n(0)]
        import: String,
        /// The type that this host has.
        #[n(1)]
        expected: String,
        /// The type of the import.
        #[n(2)]
        found: String,
    },
    /// It exports a function that it imports: the engine cannot compile that.
    #[n(2)]
    PassedOn {
        /// The import.
        #[n(0)]
        import: String,
        /// The export.
        #[n(1)]
        export: String,
    },
    /// It exports a component: the engine cannot compile that.
    #[n(3)]
    ExportedComponent {
        /// The export.
        #[n(0)]
        export: String,
    },
}

/// The types that a task's signature cannot contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum UnsupportedType {
    /// `own<R>` or `borrow<R>`
    #[n(0)]
    Resource,
    /// `stream<T>`
    #[n(1)]
    Stream,
    /// `future<T>`
    #[n(2)]
    Future,
    /// `error-context`
    #[n(3)]
    ErrorContext,
    /// `map<K, V>`
    #[n(4)]
    Map,
    /// `list<T, N>`
    #[n(5)]
    FixedLengthList,
}

/// The kinds of function that belong to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum ResourceFunction {
    /// `[constructor]r`
    #[n(0)]
    Constructor,
    /// `[method]r.f`
    #[n(1)]
    Method,
    /// `[static]r.f`
    #[n(2)]
    Static,
}

/// The kinds of export besides functions and interfaces of functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, minicbor::Encode, minicbor::Decode)]
#[cbor(index_only)]
pub enum ItemKind {
    /// A core module.
    #[n(0)]
    Module,
    /// A component.
    #[n(1)]
    Component,
    /// A type other than a resource.
    #[n(2)]
    Type,
    /// A resource type.
    #[n(3)]
    Resource,
    /// A value.
    #[n(4)]
    Value,
    /// An interface inside an interface.
    #[n(5)]
    Interface,
}

impl ItemKind {
    /// Returns the kind of an item that is not a task.
    pub(super) fn of(item: ComponentEntityType) -> Self {
        match item {
            ComponentEntityType::Module(_) => Self::Module,
            ComponentEntityType::Component(_) => Self::Component,
            ComponentEntityType::Value(_) | ComponentEntityType::Func(_) => Self::Value,
            ComponentEntityType::Instance(_) => Self::Interface,
            ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(_), created: _ } => Self::Resource,
            ComponentEntityType::Type {
                referenced:
                    ComponentAnyTypeId::Defined(_)
                    | ComponentAnyTypeId::Func(_)
                    | ComponentAnyTypeId::Instance(_)
                    | ComponentAnyTypeId::Component(_),
                created: _,
            } => Self::Type,
        }
    }
}

impl fmt::Display for NotATaskReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type { ty, place } => write!(f, "{place} is {ty}, which cannot be keyed or stored"),
            Self::TooDeep { place } => write!(f, "{place} nests types more than {MAX_DEPTH} deep"),
            Self::TooLarge => write!(
                f,
                "its signature is too large: written out it has more than {MAX_NODES} types, or very long names"
            ),
            Self::OfAResource(function) => {
                write!(f, "it is {function} of a resource, and resources do not outlive a run")
            }
            Self::Wasi => f.write_str("WASI hosts call it; it is not a function of the component's own"),
            Self::Manifest => f.write_str("it is the manifest, which says what the tasks are"),
            Self::BuildTime(export) => write!(f, "{export}"),
            Self::NotAFunction(kind) => write!(f, "it is {kind}, not a function"),
            Self::Name => f.write_str("a task cannot have its name: a plain kebab-case name is needed"),
            Self::CannotRun(obstacle) => write!(f, "the component cannot run: {obstacle}"),
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Import { import, kind } => {
                write!(f, "it imports {kind}, `{import}`, and this host provides functions and resources only")
            }
            Self::OtherType { import, expected, found } => {
                write!(f, "the type of its import `{import}` does not fit: expected `{expected}`, found `{found}`")
            }
            Self::PassedOn { import, export } => {
                write!(f, "its export `{export}` is the import `{import}`, passed on: export a function that calls it")
            }
            Self::ExportedComponent { export } => {
                write!(f, "its export `{export}` is a component, which the engine does not compile: leave it out")
            }
        }
    }
}

impl fmt::Display for UnsupportedType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Resource => "a resource",
            Self::Stream => "a stream",
            Self::Future => "a future",
            Self::ErrorContext => "an error-context",
            Self::Map => "a map",
            Self::FixedLengthList => "a fixed-length list",
        })
    }
}

impl fmt::Display for ResourceFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Constructor => "the constructor",
            Self::Method => "a method",
            Self::Static => "a static function",
        })
    }
}

impl fmt::Display for ItemKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Module => "a core module",
            Self::Component => "a component",
            Self::Type => "a type",
            Self::Resource => "a resource type",
            Self::Value => "a value",
            Self::Interface => "an interface inside an interface",
        })
    }
}

impl fmt::Display for NotATask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.export, self.reason)
    }
}
