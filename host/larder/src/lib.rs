//! Larder: a host for tasks that are WebAssembly components.
//!
//! It reads each task's name and typed signature from the component's WIT exports, derives a cache key from them, the
//! declared cache version and the inputs, and runs the component, sandboxed, only when its cache has no answer. A
//! cached task runs *sealed*: it cannot depend on anything that is not in its key.
//!
//! ```
//! use std::{path::Path, sync::Arc};
//! use larder::{CallOptions, Larder, Value, declare::DeclaredVersion, policy::Asked};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let cache = folder.path().join("cache");
//! let larder = Larder::builder().cache_dir(cache).account("ann").open()?;
//! let component = Arc::new(larder.load(Path::new("examples/sums.wat"), None).await?);
//! let task = component.find("add")?;
//! // This component declares no version of its own, so that the caller gives one.
//! let version = Some(DeclaredVersion::Declared("1".to_owned()));
//! let options = CallOptions { asked: Asked { version, ..Asked::default() }, ..CallOptions::default() };
//! let task = larder.prepare(component, task, options)?;
//! for _ in 0..2 {
//!     let outcome = larder.call(&task, &[Value::U32(2), Value::U32(3)]).await?;
//!     assert_eq!(outcome.result, Some(Value::U32(5)));
//! }
//! let work = larder.work();
//! assert_eq!((work.runs, work.hits), (1, 1));
//! # Ok(())
//! # }
//! ```
//!
//! [`Larder::builder`] sets more; [`Larder::call_many`] answers many calls as they finish. Of the calls that miss one
//! key at the same time, in all processes, only one runs. A run begins when the processors and the memory of its size
//! are free within the [`Budget`] of this host. [`Larder::work`] counts what was done, and `tracing` spans have the
//! names `larder.miss`, `larder.wait`, `larder.run`, `larder.commit` and `larder.compile`. `examples/serve.rs` is a
//! service of fifty lines.
//!
//! Do not compile components of people whom you do not trust in your own process. [`Settings::compiler`] names a
//! program that compiles them in another process, within [`Settings::compile`]; [`sandbox::compile_helper`] is all that
//! such a program does.
//!
//! The library never prints, never exits and never reads the environment. Its futures run on a tokio runtime with
//! timers and, for open runs, I/O. Work that blocks on the disk for long runs on that runtime's threads for blocking
//! work.

pub mod arguments;
mod blocking;
mod builder;
mod cache;
mod call;
mod call_many;
pub mod config;
mod counters;
mod engine;
mod error;
mod host;
mod inputs;
pub mod key;
mod larder;
mod loaded;
mod loading;
mod many;
mod miss;
mod outcome;
pub mod policy;
mod prepare;
pub mod project;
mod schedule;
mod settings;
pub mod sizes;
mod source;

pub use larder_base::contain::panic_is_contained;
pub use larder_base::{BlobKind, Captured, Digest, NotADigest};
pub use larder_types::value::{Blob, BlobRef, Value};
pub use larder_types::{Case, Field, Signature, TaskName, TypeKind, WitType, capability, is_label, value};

pub use self::builder::Builder;
pub use self::call_many::ManyOptions;
pub use self::counters::Work;
pub use self::error::{Error, ManifestFailure, Ran, RunFailure};
pub use self::inputs::{Given, Resolved};
pub use self::larder::Larder;
pub use self::loaded::LoadedComponent;
pub use self::many::{Called, Caller, Look, Many};
pub use self::miss::Miss;
pub use self::outcome::{Hit, Outcome, Peeked, Status, Warning};
pub use self::prepare::{CallOptions, Decided, Prepared};
pub use self::schedule::{Budget, TooLittle};
pub use self::settings::{DEFAULT_MAX_COMPONENT_BYTES, Settings};

/// Components as bytes.
pub mod component {
    pub use larder_component::{ComponentBytes, ComponentError, NotAComponent, code_digest, read};
    pub use larder_content::FileKind;
}

/// Files and directories, by their content.
pub mod content {
    pub use larder_content::{
        Content, ContentError, Contents, Directory, Exported, Found, Node, Replace, Scanned, export_directory,
        export_file, is_name, scan, stream_file,
    };
}

/// Declarations: the tasks of a component, and what is declared about them.
pub mod declare {
    pub use larder_component::declare::{
        BuildTimeExport, CacheDeclaration, DeclareError, Declared, DeclaredVersion, Docs, DocsError, ExportPath,
        ExportedTask, Exports, FindError, ItemKind, ManifestTask, NotATask, NotATaskReason, Obstacle, ResourceFunction,
        Resources, Scope, Size, TaskDeclaration, UnsupportedType, check_version_text, find, read_docs,
    };
}

/// Machines: processors, memory, room for scratch files.
pub mod machine {
    pub use larder_sandbox::machine::{Machine, address_space};
}

/// Records of the cache: data that is stored with a result.
pub mod record {
    pub use larder_store::record::{BlobReference, BuildStamp, Provenance};
}

/// Runs: their limits, how components are compiled, and how a run can fail.
pub mod sandbox {
    pub use larder_sandbox::{
        CompileLimitExceeded, CompileLimits, Compiler, Confinement, ENGINE_VERSION, Ending, EngineKind, EngineVariant,
        MachineRefused, Report, Reservation, RunError, SandboxError, compile_helper,
    };
    pub use larder_types::limits::{LimitExceeded, Limits, host_memory_for};
}

/// The cache on the disk.
pub mod store {
    pub use larder_store::{Damage, DamageReport, Exposure, Moment, Refusal, StoreError};
}
