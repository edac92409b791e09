//! Joining the exports with the entries of the manifest.
//!
//! Each entry of a manifest must name exactly one task. An entry that names no task is a misspelling: accepting it
//! would leave a task uncached although its author believes otherwise.

use std::collections::HashMap;

use crate::declare::reference::{Reference, nearest};
use crate::declare::{
    DeclareError, Declared, DeclaredVersion, ExportedTask, Exports, ManifestTask, Resources, Size, TaskDeclaration,
    check_version_text,
};
use larder_types::{TaskName, is_label};

/// The greatest number of entries in a manifest.
const MAX_ENTRIES: usize = 10_000;

/// The greatest number of capabilities in an entry's needs.
const MAX_NEEDS: usize = 1000;

/// Joins `exports` with the answer of the component's manifest, which is empty if there is no manifest.
///
/// This does not check that two versions of one interface declare different versions, because `larder.toml` can still
/// tell them apart: call [`check_versions`] when nothing more will be declared.
pub fn attach(exports: &Exports, manifest: Vec<ManifestTask>) -> Result<Declared, DeclareError> {
    if manifest.len() > MAX_ENTRIES {
        return Err(DeclareError::TooManyEntries { found: manifest.len(), limit: MAX_ENTRIES });
    }
    let mut join = Join::new(&exports.tasks);
    for entry in manifest {
        join.entry(entry)?;
    }
    let declared = Declared {
        tasks: join.tasks,
        not_tasks: exports.not_tasks.clone(),
        component_name: None,
        needs_async: exports.needs_async,
        has_manifest: exports.manifest.is_some(),
    };
    Ok(match join.component {
        Some(component) => declared.named(&component),
        None => declared,
    })
}

/// Checks that no two tasks of one name, which are two versions of one interface, declare the same version. The version
/// of a package is not in the key, so they would answer for each other.
pub fn check_versions(tasks: &[TaskDeclaration]) -> Result<(), DeclareError> {
    let mut seen: HashMap<(&TaskName, &DeclaredVersion), &ExportedTask> = HashMap::new();
    for TaskDeclaration { exported, size: _, cache, timeout_seconds: _, needs: _, file_names: _ } in tasks {
        let Some(cache) = cache else { continue };
        if let Some(first) = seen.insert((&exported.name, &cache.version), exported) {
            return Err(DeclareError::SameVersion {
                task: exported.name.to_string(),
                first: first.qualified_name(),
                second: exported.qualified_name(),
                version: cache.version.to_string(),
            });
        }
    }
    Ok(())
}

struct Join<'a> {
    exported: &'a [ExportedTask],
    by_function: HashMap<&'a str, Vec<usize>>,
    tasks: Vec<TaskDeclaration>,
    /// The name of the entry for each task.
    entries: HashMap<usize, String>,
    component: Option<String>,
}

impl<'a> Join<'a> {
    fn new(exported: &'a [ExportedTask]) -> Self {
        let mut by_function: HashMap<&str, Vec<usize>> = HashMap::new();
        for (position, task) in exported.iter().enumerate() {
            by_function.entry(task.name.function()).or_default().push(position);
        }
        let tasks = exported.iter().cloned().map(TaskDeclaration::undeclared).collect();
        Self { exported, by_function, tasks, entries: HashMap::new(), component: None }
    }

    fn entry(&mut self, entry: ManifestTask) -> Result<(), DeclareError> {
        let position = self.resolve(&entry.name)?;
        check(&entry)?;
        let ManifestTask { name, size, cache, timeout_seconds, needs, file_names } = entry;
        let exported = &self.exported[position];
        if let Some(first) = self.entries.get(&position) {
            let task = exported.qualified_name();
            return Err(DeclareError::EntryTwice { task, first: first.clone(), second: name });
        }
        self.tasks[position] =
            TaskDeclaration { exported: exported.clone(), size: Some(size), cache, timeout_seconds, needs, file_names };
        self.entries.insert(position, name);
        Ok(())
    }

    /// Returns the task that `name` means: a task of an interface, else a task outside any, whose component it then
    /// names.
    fn resolve(&mut self, name: &str) -> Result<usize, DeclareError> {
        let reference =
            Reference::parse(name).filter(|reference| reference.place.is_some_and(|place| !place.is_empty()));
        let reference = reference.ok_or_else(|| DeclareError::EntryName { entry: name.to_owned() })?;
        let named: Vec<usize> = self.by_function.get(reference.function).cloned().unwrap_or_default();
        let in_interface = reference.meant(named.iter().map(|position| (*position, &self.exported[*position])));
        match in_interface.as_slice() {
            [one] => return Ok(*one),
            [] => {}
            several => return Err(self.ambiguous(name, several)),
        }
        for position in named {
            if let Some(component) = component_in(&reference, &self.exported[position].name) {
                self.name_component(name, component)?;
                return Ok(position);
            }
        }
        Err(self.unknown(name))
    }

    fn name_component(&mut self, entry: &str, component: &str) -> Result<(), DeclareError> {
        if !is_label(component) {
            return Err(DeclareError::ComponentName { entry: entry.to_owned(), component: component.to_owned() });
        }
        match &self.component {
            Some(first) if first != component => {
                Err(DeclareError::TwoComponentNames { first: first.clone(), second: component.to_owned() })
            }
            Some(_) => Ok(()),
            None => {
                self.component = Some(component.to_owned());
                Ok(())
            }
        }
    }

    fn ambiguous(&self, name: &str, found: &[usize]) -> DeclareError {
        let candidates = found.iter().map(|position| self.exported[*position].qualified_name()).collect();
        DeclareError::EntryAmbiguous { entry: name.to_owned(), candidates }
    }

    fn unknown(&self, name: &str) -> DeclareError {
        let candidates: Vec<String> = self.exported.iter().map(ExportedTask::qualified_name).collect();
        DeclareError::EntryUnknown { entry: name.to_owned(), nearest: nearest(name, &candidates), candidates }
    }
}

/// Returns the component name in `reference`, if `reference` can be read as naming the task `name`.
fn component_in<'r>(reference: &Reference<'r>, name: &TaskName) -> Option<&'r str> {
    let place = reference.place.filter(|_| reference.version.is_none())?;
    match name {
        TaskName::Interface { package: _, interface: _, function: _ } => None,
        TaskName::World { component: _, function: _ } => (!place.contains('/')).then_some(place),
        TaskName::Inline { component: _, interface, function: _ } => {
            place.strip_suffix(interface.as_str()).and_then(|before| before.strip_suffix('/'))
        }
    }
}

/// Checks the declarations of an entry, apart from its name.
fn check(entry: &ManifestTask) -> Result<(), DeclareError> {
    let ManifestTask { name, size, cache, timeout_seconds, needs, file_names: _ } = entry;
    let entry = || name.clone();
    if needs.as_ref().is_some_and(|needs| needs.len() > MAX_NEEDS) {
        return Err(DeclareError::Need { entry: entry(), problem: format!("there are more than {MAX_NEEDS}") });
    }
    if *timeout_seconds == Some(0) {
        return Err(DeclareError::ZeroTimeout { entry: entry() });
    }
    if let Some(DeclaredVersion::Declared(text)) = cache.as_ref().map(|cache| &cache.version) {
        check_version_text(text).map_err(|problem| DeclareError::Version { entry: entry(), problem })?;
    }
    match size {
        Size::Small | Size::Medium | Size::Large | Size::SmallGpu | Size::LargeGpu => Ok(()),
        Size::Custom(Resources { cpus: 0, memory_mib: _, storage_mib: _, gpus: _ }) => {
            Err(DeclareError::ZeroResource { entry: entry(), what: "cpus" })
        }
        Size::Custom(Resources { cpus: _, memory_mib: 0, storage_mib: _, gpus: _ }) => {
            Err(DeclareError::ZeroResource { entry: entry(), what: "memory-mib" })
        }
        Size::Custom(Resources { cpus: _, memory_mib: _, storage_mib: _, gpus: _ }) => Ok(()),
    }
}
