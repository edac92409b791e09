//! Features of other people's crates: see this crate's `Cargo.toml`. There is no code here.
