//! Names of the Go packages that the generator makes.
//!
//! - **Behaviour**: `wit-bindgen-go` 0.60.0 names a package after its interface in a private function
//!   (`go_package_name` in its `src/lib.rs`), and no public function returns the name. The names are computed here in
//!   the same way.
//! - **Relies on**: that function; the prefix `export_` for the implementations of exports; the module `wit_component`;
//!   and the files `wit_exports.go` and `PACKAGE/wit_bindings.go`.
//! - **Canary**: `go_packages_have_the_names_that_are_computed`. A wrong name also makes
//!   [`go_imports`](super::go_imports) or [`go_lifting`](super::go_lifting) fail.
//! - **Delete when**: the generator has a function for it, or [`go_imports`](super::go_imports) and
//!   [`go_lifting`](super::go_lifting) are deleted.

use wit_bindgen_core::wit_parser::{InterfaceId, Resolve, WorldKey};

/// The module that contains the generator's packages.
pub(crate) const MODULE: &str = "wit_component";
/// The package of functions that the world itself imports or exports.
pub(crate) const WORLD: &str = "wit_world";
/// The file that calls the exports.
pub(crate) const EXPORTS_FILE: &str = "wit_exports.go";

/// Returns the name of the package that implements exports, which the author writes.
pub(crate) fn implementation(package: &str) -> String {
    format!("export_{package}")
}

/// Returns the file with the imported functions of a package.
pub(crate) fn imports_file(package: &str) -> String {
    format!("{package}/wit_bindings.go")
}

/// Returns the package of an interface that a world imports or exports under `key`.
pub(crate) fn package(resolve: &Resolve, key: &WorldKey) -> String {
    match key {
        WorldKey::Name(name) => snake(name),
        WorldKey::Interface(id) => of_interface(resolve, *id),
    }
}

/// Returns the name of an interface, with the version of its package if there are several.
fn of_interface(resolve: &Resolve, id: InterfaceId) -> String {
    let interface = &resolve.interfaces[id];
    let name = snake(interface.name.as_deref().unwrap_or_default());
    let Some(package) = interface.package.map(|package| &resolve.packages[package].name) else { return name };
    let several = resolve.packages.iter().any(|(_, other)| {
        other.name.namespace == package.namespace
            && other.name.name == package.name
            && other.name.version != package.version
    });
    let version = package.version.as_ref().filter(|_| several);
    let version = version.map(|version| version.to_string().replace(['.', '-', '+'], "_") + "_").unwrap_or_default();
    format!("{}_{}_{version}{name}", snake(&package.namespace), snake(&package.name))
}

/// Converts a label of WIT to `snake_case`.
pub(crate) fn snake(label: &str) -> String {
    label.replace('-', "_").to_lowercase()
}
