//! The content of a manifest, as the answer of its `tasks` function.
//!
//! The answer arrives here as an ordinary value. It is converted to the types that `larder.toml` uses too, so that both
//! can be compared and merged.

use crate::declare::DeclareError;
use crate::declare::cache::{CacheDeclaration, DeclaredVersion, Scope};
use crate::declare::manifest_type::FIRST_FIELDS;
use crate::declare::size::{Resources, Size};
use larder_types::capability::{Access, Capability, HttpRule, NotAHost, TcpRule};
use larder_types::value::Value;

/// The entry of a manifest for one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestTask {
    /// The name of the export, as the manifest writes it.
    pub name: String,
    /// The machine that one run needs.
    pub size: Size,
    /// The cache of the results; `None` if results are not cached.
    pub cache: Option<CacheDeclaration>,
    /// The wall-clock limit of a run in seconds; `None` for the limit of the size.
    pub timeout_seconds: Option<u32>,
    /// The capabilities that it needs of the outside world; `None` if the manifest is too old to have the field.
    pub needs: Option<Vec<Capability>>,
    /// True if the names of the files and directories passed to it are inputs too.
    pub file_names: bool,
}

/// Reads the answer of a manifest's `tasks`, a value of the type [`manifest_type`](crate::declare::manifest_type).
pub fn from_value(answer: Value) -> Result<Vec<ManifestTask>, DeclareError> {
    let Value::List(tasks) = answer else { return Err(wrong("the answer", "a list")) };
    tasks.into_iter().map(task).collect()
}

fn task(value: Value) -> Result<ManifestTask, DeclareError> {
    let Value::Record(mut fields) = value else { return Err(wrong("a task", "a record")) };
    // The fields that were added later; an older manifest lacks them.
    let mut later = fields.split_off(fields.len().min(FIRST_FIELDS)).into_iter();
    let (needs, file_names) = (later.next(), later.next());
    let [name, size, cache, timeout] = record(Value::Record(fields), "a task")?;
    let name = text(name, "`name`")?;
    let needs = match needs {
        Some(Value::List(needs)) => {
            Some(needs.into_iter().map(|need| capability(need, &name)).collect::<Result<_, _>>()?)
        }
        Some(_) => return Err(wrong("`needs`", "a list")),
        None => None,
    };
    let file_names = match file_names {
        Some(Value::Bool(file_names)) => file_names,
        Some(_) => return Err(wrong("`file-names`", "a bool")),
        None => false,
    };
    Ok(ManifestTask {
        needs,
        file_names,
        name,
        size: self::size(size)?,
        cache: option(cache, "`cache`")?.map(self::cache).transpose()?,
        timeout_seconds: option(timeout, "`timeout-seconds`")?.map(|value| number(&value)).transpose()?,
    })
}

fn size(value: Value) -> Result<Size, DeclareError> {
    let (case, payload) = variant(value, "`size`")?;
    match (case, payload) {
        (0, None) => Ok(Size::Small),
        (1, None) => Ok(Size::Medium),
        (2, None) => Ok(Size::Large),
        (3, None) => Ok(Size::SmallGpu),
        (4, None) => Ok(Size::LargeGpu),
        (5, Some(resources)) => self::resources(resources).map(Size::Custom),
        (_, _) => Err(wrong("`size`", "one of its cases")),
    }
}

fn resources(value: Value) -> Result<Resources, DeclareError> {
    let [cpus, memory, storage, gpus] = record(value, "`custom`")?;
    Ok(Resources {
        cpus: number(&cpus)?,
        memory_mib: number(&memory)?,
        storage_mib: number(&storage)?,
        gpus: number(&gpus)?,
    })
}

fn cache(value: Value) -> Result<CacheDeclaration, DeclareError> {
    let [version, scope, cache_errors] = record(value, "`cache`")?;
    let version = match variant(version, "`version`")? {
        (0, Some(Value::String(text))) => DeclaredVersion::Declared(text),
        (1, None) => DeclaredVersion::Pinned,
        (_, _) => return Err(wrong("`version`", "one of its cases")),
    };
    let Value::Enum(scope) = scope else { return Err(wrong("`scope`", "an enum")) };
    let scope = match scope {
        0 => Scope::Account,
        1 => Scope::Workflow,
        _ => return Err(wrong("`scope`", "one of its cases")),
    };
    let Value::Bool(cache_errors) = cache_errors else { return Err(wrong("`cache-errors`", "a bool")) };
    Ok(CacheDeclaration { version, scope, cache_errors })
}

fn capability(value: Value, entry: &str) -> Result<Capability, DeclareError> {
    let not_a_host = |error: NotAHost| DeclareError::Need { entry: entry.to_owned(), problem: error.to_string() };
    match variant(value, "a need")? {
        (0, None) => Ok(Capability::OpenWorld),
        (1, Some(directory)) => {
            let [path, access] = record(directory, "`directory`")?;
            let Value::Enum(access) = access else { return Err(wrong("`access`", "an enum")) };
            let access = match access {
                0 => Access::ReadOnly,
                1 => Access::ReadWrite,
                _ => return Err(wrong("`access`", "one of its cases")),
            };
            Ok(Capability::Directory { path: text(path, "`path`")?, access })
        }
        (2, Some(name)) => Ok(Capability::Variable(text(name, "`variable`")?)),
        (3, Some(http)) => {
            let [host, port, methods] = record(http, "`http`")?;
            let Value::List(methods) = methods else { return Err(wrong("`methods`", "a list")) };
            let methods =
                methods.into_iter().map(|method| text(method, "a method").map(|text| text.to_ascii_uppercase()));
            Ok(Capability::Http(HttpRule {
                host: text(host, "`host`")?.parse().map_err(not_a_host)?,
                port: option(port, "`port`")?.map(|port| self::port(&port)).transpose()?,
                methods: methods.collect::<Result<_, _>>()?,
            }))
        }
        (4, Some(tcp)) => {
            let [host, port] = record(tcp, "`tcp`")?;
            let host = text(host, "`host`")?.parse().map_err(not_a_host)?;
            Ok(Capability::Tcp(TcpRule { host, port: self::port(&port)? }))
        }
        (_, _) => Err(wrong("a need", "one of its cases")),
    }
}

fn text(value: Value, place: &'static str) -> Result<String, DeclareError> {
    let Value::String(text) = value else { return Err(wrong(place, "a string")) };
    Ok(text)
}

fn port(value: &Value) -> Result<u16, DeclareError> {
    let Value::U16(port) = value else { return Err(wrong("`port`", "a u16")) };
    Ok(*port)
}

fn record<const N: usize>(value: Value, place: &'static str) -> Result<[Value; N], DeclareError> {
    let Value::Record(fields) = value else { return Err(wrong(place, "a record")) };
    fields.try_into().map_err(|_| wrong(place, "a record with its fields"))
}

fn variant(value: Value, place: &'static str) -> Result<(u32, Option<Value>), DeclareError> {
    let Value::Variant { case, payload } = value else { return Err(wrong(place, "a variant")) };
    Ok((case, payload.map(|payload| *payload)))
}

fn option(value: Value, place: &'static str) -> Result<Option<Value>, DeclareError> {
    let Value::Option(inner) = value else { return Err(wrong(place, "an option")) };
    Ok(inner.map(|inner| *inner))
}

fn number(value: &Value) -> Result<u32, DeclareError> {
    let Value::U32(number) = value else { return Err(wrong("a number", "a u32")) };
    Ok(*number)
}

fn wrong(place: &'static str, expected: &'static str) -> DeclareError {
    DeclareError::ManifestValue { place, expected }
}
