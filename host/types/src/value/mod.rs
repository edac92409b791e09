//! Owned WIT values, and their type-directed conversion to and from CBOR, JSON and WAVE.
//!
//! A value carries no names: the names of its fields, cases and flags are in its [`WitType`](crate::WitType), which
//! every function here takes beside it. The three forms have three readers:
//!
//! | form | module | read by |
//! |---|---|---|
//! | CBOR | [`cbor`] | the key and the store: one encoding for each value, never shown |
//! | JSON | [`json`] | programs: `larder run` prints it |
//! | WAVE | [`wave`] | people who know WIT |
//!
//! All three are lossless and injective: different values of one type never look alike. Nothing here knows the
//! engine or the store.

mod blob;
mod blob_object;
mod blobs;
mod build;
pub mod cbor;
mod error;
mod integer;
pub mod json;
mod number;
mod owned;
mod path;
#[cfg(any(test, feature = "samples"))]
#[doc(hidden)]
pub mod samples;
#[cfg(any(test, feature = "strategies"))]
#[doc(hidden)]
pub mod strategies;
#[cfg(test)]
mod tests;
mod text;
mod typed;
pub mod wave;

pub use self::owned::Value;
pub use self::path::Step;
pub use self::typed::{Part, TypedValue};
pub use blob::{Blob, BlobRef, NotABlob};
pub use cbor::{
    CborError, EncodedInputs, decode, decode_inputs, decode_result, encode, encode_inputs, encode_into, encode_result,
};
#[doc(hidden)]
pub use error::type_text;
pub use error::{NameKind, Place, Syntax, TypeMismatch, ValueError};
pub use integer::FoundInteger;
pub use json::{Json, from_json, to_json_text, write_json};
pub use text::{list_elements, parse_argument, parse_cell, parse_literal};
pub use wave::{from_wave, to_wave_text};
