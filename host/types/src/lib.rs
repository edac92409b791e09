//! The types, values, names and limits of tasks, as plain data.
//!
//! A signature is made of [`WitType`]s, the closed mirror of the WIT types that a task may use. A value is converted to
//! and from CBOR, JSON and WAVE, directed by its type ([`value`]). Nothing here does I/O, and nothing may: key, store
//! and sandbox all rest on these rules, and a rule that depended on a machine could not be part of a key.
//!
//! | module | contents |
//! |---|---|
//! | `wit_type` | types, signatures and their canonical text |
//! | `type_kind` | types by kind, and the parts of a type |
//! | `codec` | the stored form of types and names |
//! | `task_name` | names of tasks |
//! | [`value`] | values, and their three forms |
//! | [`capability`] | needs, grants and denials of an open task |
//! | [`limits`] | the limits of a run |

pub mod capability;
mod codec;
pub mod limits;
mod task_name;
mod type_kind;
pub mod value;
mod wit_type;

pub use self::codec::{MAX_DEPTH, MAX_NODES};
pub use self::task_name::{TaskName, is_label};
pub use self::type_kind::TypeKind;
pub use self::wit_type::{Case, Field, Signature, WitType};
