//! Larder: a host for tasks that are WebAssembly components.
//!
//! It reads each task's name and typed signature from the component's WIT exports, derives a cache key from them, the
//! declared cache version and the inputs, and runs the component, sandboxed, only when its cache has no answer. A
//! cached task runs *sealed*: it cannot depend on anything that is not in its key.
//!
//! ```no_run
//! use std::{path::Path, sync::Arc};
//! use larder::{CallOptions, Larder, Settings, Value};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let larder = Larder::open(Settings::new(Some("cache".into())))?;
//! let component = Arc::new(larder.load(Path::new("primes.wasm"), None).await?);
//! let task = component.find("count-below")?;
//! let task = larder.prepare(component, task, CallOptions::default())?;
//! let outcome = larder.call(&task, &[Value::U64(1000)]).await?;
//! assert_eq!(outcome.result, Some(Value::U64(168)));
//! # Ok(())
//! # }
//! ```
//!
//! [`Larder::builder`] sets more; [`Larder::call_many`] answers many calls as they finish. Of calls that miss one key at
//! the same time, in all processes, one runs; and a run begins when the processors and the memory of its size are free
//! within the [`Budget`] of this host. [`Larder::work`] counts what was done, and `tracing` spans have the names
//! `larder.miss`, `larder.wait`, `larder.run`, `larder.commit` and `larder.compile`. `examples/serve.rs` is a service of
//! fifty lines.
//!
//! Components of people whom one does not trust must not compile in one's own process: [`Settings::compiler`] names a
//! program that does so in another one, within [`Settings::compile`], and [`sandbox::compile_helper`] is all that
//! such a program does.
//!
//! The library never prints, never exits and never reads the environment. Its futures run on a tokio runtime with
//! timers and, for open runs, I/O; what blocks on the disk for long is handed to that runtime's threads for blocking
//! work.

#[cfg(test)]
mod architecture;
pub mod arguments;
#[cfg(feature = "cli")]
pub mod authoring;
mod blob_kind;
mod byte_order_mark;
pub mod capability;
mod captured;
mod cbor;
#[cfg(feature = "cli")]
pub mod cli;
mod clock;
pub mod component;
pub mod config;
mod contain;
pub mod content;
pub mod declare;
mod digest;
mod excerpt;
pub mod key;
pub mod machine;
mod miss;
pub mod policy;
pub mod project;
pub mod record;
mod runner;
pub mod sandbox;
pub mod sizes;
pub mod store;
mod task_name;
mod threads;
pub mod value;
mod wit_type;

pub use crate::blob_kind::BlobKind;
pub use crate::captured::Captured;
pub use crate::contain::panic_is_contained;
pub use crate::digest::{Digest, NotADigest};
pub use crate::miss::Miss;
pub use crate::runner::{
    Budget, Builder, CallOptions, DEFAULT_MAX_COMPONENT_BYTES, Decided, Error, Given, Hit, Larder, LoadedComponent,
    ManifestFailure, Outcome, Peeked, Prepared, Ran, Resolved, RunFailure, Settings, Status, TooLittle, Warning, Work,
};
pub use crate::task_name::{TaskName, is_label};
pub use crate::value::{Blob, BlobRef, Value};
pub use crate::wit_type::{Case, Field, Signature, WitType};
