//! Foundation of all crates of Larder: digests, kinds of content, texts fit for a message, and containment of panics.
//!
//! It depends on no other crate of Larder, does no I/O, and must never see a task, an engine or a store. Every other
//! crate uses these types, so they have one owner: a digest that two crates encode in two ways would be two names.
//!
//! | module | contents |
//! |---|---|
//! | `digest` | SHA-256 digests, the one name for bytes |
//! | `blob_kind` | file or directory |
//! | `captured` | the bounded head and tail of a guest's output |
//! | [`cbor`] | CBOR written to memory |
//! | [`contain`] | panics of other people's code, as values |
//! | [`excerpt`] | texts of strangers, made fit for a message |
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
