//! The ground of all crates of Larder: digests, kinds of content, texts made fit for a message, and containment of panics.
//!
//! It depends on nothing of ours, does no I/O, and must never see what a task, an engine or a store is. What is here has
//! one owner because every other crate says it: a digest that two crates encode in two ways would be two names.
//!
//! | module | what it owns |
//! |---|---|
//! | `digest` | SHA-256 digests, the one name for bytes |
//! | `blob_kind` | file or directory |
//! | `captured` | the bounded head and tail of what a guest printed |
//! | [`cbor`] | CBOR written to memory |
//! | [`contain`] | panics of other people's code, as values |
//! | [`excerpt`] | texts of strangers, fit for a message |
//! | [`byte_order_mark`] | the mark that some editors put before a text |

mod blob_kind;
pub mod byte_order_mark;
mod captured;
pub mod cbor;
pub mod contain;
mod digest;
pub mod excerpt;

pub use self::blob_kind::BlobKind;
pub use self::captured::{Capture, Captured};
pub use self::digest::{Digest, NotADigest};
