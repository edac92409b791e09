//! The type of `larder:task/manifest`, as the walk over the exports must find it.
//!
//! It mirrors `wit/manifest.wit`, and a test parses that file and compares. A component whose manifest has another type
//! or version is refused, not run without its manifest. Its author declared something: running the tasks uncached, as
//! if nothing had been declared, would silently change their cost.

use wasmparser::component_types::{ComponentEntityType, ComponentInstanceType};
use wasmparser::names::InterfaceName;
use wasmparser::types::TypesRef;

use crate::declare::blob_types::BlobTypes;
use crate::declare::expand::{self, Budget};
use crate::declare::{DeclareError, ExportPath, Manifest};
use larder_types::{Case, Field, Signature, WitType};

/// The version of `larder:task` of this host. It reads the manifests of every `0.1.x`.
pub const MANIFEST_VERSION: &str = "0.1.0";

/// The function of the interface that the host calls.
const FUNCTION: &str = "tasks";

/// The greatest length of a wrong type in a message, in bytes.
const SHOWN: usize = 600;

/// Returns the signature of `tasks`: `func() -> list<task>`, expanded.
#[must_use]
pub fn manifest_type() -> Signature {
    let size = WitType::Variant(vec![
        case("small", None),
        case("medium", None),
        case("large", None),
        case("small-gpu", None),
        case("large-gpu", None),
        case("custom", Some(resources())),
    ]);
    let task = WitType::Record(vec![
        field("name", WitType::String),
        field("size", size),
        field("cache", WitType::Option(Box::new(cache()))),
        field("timeout-seconds", WitType::Option(Box::new(WitType::U32))),
        field("needs", WitType::List(Box::new(capability()))),
        field("file-names", WitType::Bool),
    ]);
    Signature { params: Vec::new(), result: Some(WitType::List(Box::new(task))) }
}

/// The number of fields of a task in the first manifests. Later fields were appended one at a time, and components
/// built before a field existed are still read.
pub(super) const FIRST_FIELDS: usize = 4;

/// Returns the signature from when a task had `fields` fields.
pub(super) fn manifest_type_of(fields: usize) -> Signature {
    let mut signature = manifest_type();
    if let Some(WitType::List(task)) = &mut signature.result
        && let WitType::Record(all) = task.as_mut()
    {
        all.truncate(fields);
    }
    signature
}

fn capability() -> WitType {
    let access = WitType::Enum(vec!["read-only".to_owned(), "read-write".to_owned()]);
    let directory = vec![field("path", WitType::String), field("access", access)];
    let http = vec![
        field("host", WitType::String),
        field("port", WitType::Option(Box::new(WitType::U16))),
        field("methods", WitType::List(Box::new(WitType::String))),
    ];
    let tcp = vec![field("host", WitType::String), field("port", WitType::U16)];
    WitType::Variant(vec![
        case("open-world", None),
        case("directory", Some(WitType::Record(directory))),
        case("variable", Some(WitType::String)),
        case("http", Some(WitType::Record(http))),
        case("tcp", Some(WitType::Record(tcp))),
    ])
}

fn resources() -> WitType {
    let names = ["cpus", "memory-mib", "storage-mib", "gpus"];
    WitType::Record(names.map(|name| field(name, WitType::U32)).into())
}

fn cache() -> WitType {
    let version = WitType::Variant(vec![case("declared", Some(WitType::String)), case("pinned", None)]);
    let scope = WitType::Enum(vec!["account".to_owned(), "workflow".to_owned()]);
    WitType::Record(vec![field("version", version), field("scope", scope), field("cache-errors", WitType::Bool)])
}

fn field(name: &str, ty: WitType) -> Field {
    Field { name: name.to_owned(), ty }
}

fn case(name: &str, ty: Option<WitType>) -> Case {
    Case { name: name.to_owned(), ty }
}

/// Returns true if an interface is the manifest, in any version.
pub(super) fn is_manifest(name: &InterfaceName<'_>) -> bool {
    (name.namespace().as_str(), name.package().as_str(), name.interface().as_str()) == ("larder", "task", "manifest")
}

/// Returns the manifest in `instance`, after checking its version and type.
pub(super) fn export(
    name: &str,
    interface: &InterfaceName<'_>,
    instance: &ComponentInstanceType,
    types: TypesRef<'_>,
    budget: &mut Budget,
) -> Result<Manifest, DeclareError> {
    check_version(name, interface)?;
    let wrong = |found: String| DeclareError::ManifestType {
        interface: name.to_owned(),
        found: shown(found),
        expected: manifest_type().canonical_text(),
    };
    let func = match instance.exports.get(FUNCTION).map(|item| item.ty) {
        Some(ComponentEntityType::Func(id)) => types.get(id),
        Some(
            ComponentEntityType::Module(_)
            | ComponentEntityType::Value(_)
            | ComponentEntityType::Type { referenced: _, created: _ }
            | ComponentEntityType::Instance(_)
            | ComponentEntityType::Component(_),
        )
        | None => None,
    };
    let func = func.ok_or_else(|| wrong(format!("no function `{FUNCTION}`")))?;
    let signature =
        expand::signature(types, &BlobTypes::default(), func, budget)?.map_err(|reason| wrong(reason.to_string()))?;
    if func.async_ {
        return Err(wrong(format!("async {signature}")));
    }
    if signature != manifest_type() && !(FIRST_FIELDS..).take(2).any(|fields| signature == manifest_type_of(fields)) {
        return Err(wrong(signature.canonical_text()));
    }
    Ok(Manifest { export: ExportPath { interface: Some(name.to_owned()), function: FUNCTION.to_owned() }, signature })
}

/// Accepts `0.1.x`, whose releases may only add: in semantic versioning `0.1` is the part that must agree.
fn check_version(name: &str, interface: &InterfaceName<'_>) -> Result<(), DeclareError> {
    let version = interface.version(None).ok().flatten();
    match version.is_some_and(|version| version.major == 0 && version.minor == 1 && version.pre.is_empty()) {
        true => Ok(()),
        false => Err(DeclareError::ManifestVersion { interface: name.to_owned() }),
    }
}

fn shown(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().find(|(position, _)| *position >= SHOWN) {
        text.truncate(end);
        text.push('…');
    }
    text
}
