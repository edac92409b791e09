//! Loading: from a path or bytes to the declarations of a component.
//!
//! Bytes are read once, and a manifest is asked once for each digest; from then on the cache remembers. The
//! declarations of `larder.toml` are applied over them each time.

mod load;
mod manifest;

pub(crate) use self::load::Loader;
