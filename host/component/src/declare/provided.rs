//! The items that the host provides to the imports of a component: interfaces, functions with their types, resources.
//!
//! The table in `provided.txt` is generated from the linker; a test of the sandbox checks that the two are equal. The
//! table is kept here because components are checked against it before anything compiles. A function that the host
//! lacks is refused when it is called; a function with another type makes the component unable to run.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The text of the linker's items, as `imports::text` wrote it when it was last generated.
pub const TABLE: &str = include_str!("provided.txt");

static PROVIDED: LazyLock<Vec<Interface>> = LazyLock::new(|| read(TABLE));

/// An interface that the host provides.
#[derive(Debug, PartialEq, Eq)]
pub struct Interface {
    name: &'static str,
    items: HashMap<&'static str, &'static str>,
}

impl Interface {
    /// Returns its name, with the version in the linker.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the type of the function of this name, or [`RESOURCE`]; `None` if the host has no item of this name.
    #[must_use]
    pub fn item(&self, name: &str) -> Option<&'static str> {
        self.items.get(name).copied()
    }

    /// Returns true if it is an interface of WASI 0.3, which only the engine with async support has.
    #[must_use]
    pub fn needs_async(&self) -> bool {
        self.name.starts_with("wasi:") && track(self.name).is_some_and(|track| track.ends_with("@0.3"))
    }
}

/// Marks a resource in place of a type.
pub(super) const RESOURCE: &str = "resource";

/// Returns the interface that an import of this name is linked to: the interface of exactly this name, or of a
/// compatible version, as the linker finds it.
#[must_use]
pub fn interface(import: &str) -> Option<&'static Interface> {
    let exact = PROVIDED.iter().find(|interface| interface.name == import);
    exact.or_else(|| {
        let wanted = track(import)?;
        PROVIDED.iter().find(|interface| track(interface.name) == Some(wanted))
    })
}

/// Returns the name with the part of its version that compatible versions share: `a:b/c@1`, `a:b/c@0.2`. Versions
/// before 0.1 and pre-releases are compatible with no other version.
fn track(name: &str) -> Option<&str> {
    let (before, version) = name.split_once('@')?;
    let release = version.split('+').next().unwrap_or_default();
    let mut numbers = release.split('.');
    let (major, minor, patch) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if numbers.next().is_some() || ![major, minor, patch].into_iter().all(is_number) {
        return None;
    }
    let length = match (major, minor) {
        ("0", "0") => return None,
        ("0", minor) => "0.".len() + minor.len(),
        (major, _) => major.len(),
    };
    name.get(..before.len() + "@".len() + length)
}

fn read(table: &'static str) -> Vec<Interface> {
    let mut interfaces: Vec<Interface> = Vec::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        match (line.strip_prefix("  ").and_then(|item| item.split_once(": ")), interfaces.last_mut()) {
            (Some((name, ty)), Some(interface)) => drop(interface.items.insert(name, ty)),
            (_, _) => interfaces.push(Interface { name: line, items: HashMap::new() }),
        }
    }
    interfaces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_finds_the_interface_as_the_linker_does() {
        for (import, found) in [
            ("wasi:io/streams@0.2.0", Some("wasi:io/streams@0.2")),
            ("wasi:io/streams@0.2.99", Some("wasi:io/streams@0.2")),
            ("wasi:io/streams@0.2.1+build.7", Some("wasi:io/streams@0.2")),
            ("wasi:io/streams@0.2.0-rc-2023-11-10", None),
            ("wasi:io/streams@0.3.0", None),
            ("wasi:io/streams", None),
            ("wasi:io/nothing@0.2.0", None),
            ("wasi:random/random@0.3.1", Some("wasi:random/random@0.3")),
            ("wasi:random/random@0.3.0-rc-2025-09-16", None),
            ("larder:task/files@0.1.9", Some("larder:task/files@0.1")),
            ("larder:task/files@0.2.0", None),
        ] {
            assert_eq!(interface(import).and_then(|interface| track(interface.name())), found, "{import}");
        }
    }

    #[test]
    fn versions_are_compatible_as_the_engine_has_it() {
        for (name, expected) in [
            ("x", None),
            ("x:y/z", None),
            ("x:y/z@1.0.0", Some("x:y/z@1")),
            ("x:y/z@2.1.2+abc", Some("x:y/z@2")),
            ("x:y/z@0.1.2", Some("x:y/z@0.1")),
            ("x:y/z@0.0.1", None),
            ("x:y/z@0.1.0-pre", None),
        ] {
            assert_eq!(track(name), expected, "{name}");
        }
    }

    #[test]
    fn only_interfaces_of_wasi_0_3_ask_for_async() {
        assert!(interface("wasi:random/random@0.3.0").is_some_and(Interface::needs_async));
        assert!(interface("wasi:random/random@0.2.0").is_some_and(|interface| !interface.needs_async()));
    }
}
