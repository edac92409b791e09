//! The version of the engine.

/// The engine and its version, for provenance and for the names of compiled code; a test holds it against the
/// lock file.
pub const ENGINE_VERSION: &str = "wasmtime 48.0.8";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_locked_one() {
        let lock = include_str!("../../../Cargo.lock");
        let locked = lock.split("[[package]]").find_map(|package| {
            let rest = package.strip_prefix("\nname = \"wasmtime\"\nversion = \"")?;
            rest.split('"').next()
        });
        assert_eq!(locked.map(|version| format!("wasmtime {version}")).as_deref(), Some(ENGINE_VERSION));
    }
}
