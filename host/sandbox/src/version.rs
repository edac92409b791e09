//! The version of the engine, from the build.

use super::bets::release::VERSION;

const NAME: &str = "wasmtime ";

/// The engine and its version, for provenance and for the names of compiled code, such as `wasmtime 48.0.8`.
pub const ENGINE_VERSION: &str = match str::from_utf8(&JOINED) {
    Ok(text) => text,
    Err(_) => unreachable!(),
};

const JOINED: [u8; NAME.len() + VERSION.len()] = {
    let mut joined = [0; NAME.len() + VERSION.len()];
    let (name, version) = joined.split_at_mut(NAME.len());
    name.copy_from_slice(NAME.as_bytes());
    version.copy_from_slice(VERSION.as_bytes());
    joined
};

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
