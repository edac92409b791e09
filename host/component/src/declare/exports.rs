//! Walking the exports of a component's type, and telling tasks from other exports.

use wasmparser::component_types::{ComponentEntityType, ComponentFuncType, ComponentInstanceType};
use wasmparser::names::{ComponentName, ComponentNameKind, InterfaceName};
use wasmparser::types::{Types, TypesRef};

use crate::declare::blob_types::BlobTypes;
use crate::declare::expand::{self, Budget};
use crate::declare::imports::Judgement;
use crate::declare::{
    BuildTimeExport, DeclareError, ExportPath, ExportedTask, Exports, ItemKind, NotATask, NotATaskReason, Obstacle,
    ResourceFunction, features, imports, manifest_type, passed_on, root,
};
use larder_types::TaskName;

/// The namespace of the interfaces that hosts call on their own.
const WASI: &str = "wasi";

/// Reads the exports of the binary component in `bytes`.
///
/// The component is validated, as the engine would do, but not compiled.
pub fn exports(bytes: &[u8]) -> Result<Exports, DeclareError> {
    let Listed { found, imports, types } = list(bytes)?;
    let obstacle = match imports.obstacle {
        Some(obstacle) => Some(obstacle),
        None => passed_on::obstacle(bytes, types.as_ref())?,
    };
    Ok(match obstacle {
        Some(obstacle) => without_tasks(found, &obstacle),
        None => found,
    })
}

/// The exports of a component, before checking that the component can run.
struct Listed {
    found: Exports,
    imports: Judgement,
    types: Types,
}

fn list(bytes: &[u8]) -> Result<Listed, DeclareError> {
    crate::bytes::check_sections(bytes)?;
    let (types, needs_async) = features::validate(bytes)?;
    let imported = root::import_names(bytes)?;
    let blobs = BlobTypes::of(&imported, types.as_ref());
    let mut walk = Walk::new(types.as_ref(), &blobs);
    let imports = imports::judge(&imported, types.as_ref(), &mut walk.budget)?;
    for name in root::export_names(bytes)? {
        if let Some(item) = types.component_item_for_export(name) {
            walk.root(name, item.ty)?;
        }
    }
    let found = Exports { needs_async: needs_async || imports.needs_async, ..walk.found };
    Ok(Listed { found, imports, types })
}

/// Reads the exports even if the component cannot run, for callers that need only types and names.
///
/// # Errors
///
/// Returns the same errors as [`exports`].
pub fn listed(bytes: &[u8]) -> Result<Exports, DeclareError> {
    list(bytes).map(|listed| listed.found)
}

/// Returns the exports of a component that cannot run: none is a task, and its manifest cannot be asked.
fn without_tasks(found: Exports, obstacle: &Obstacle) -> Exports {
    let Exports { tasks, mut not_tasks, manifest: _, needs_async } = found;
    let not_a_task = |task: ExportedTask| NotATask {
        export: task.export.to_string(),
        reason: NotATaskReason::CannotRun(obstacle.clone()),
    };
    not_tasks.extend(tasks.into_iter().map(not_a_task));
    Exports { tasks: Vec::new(), not_tasks, manifest: None, needs_async }
}

/// The name of an exported instance.
enum Place<'a> {
    /// The name of an interface in a package, with the package's version.
    Package { package: String, interface: &'a str, version: Option<&'a str> },
    /// A label alone.
    Inline(&'a str),
}

struct Walk<'a> {
    types: TypesRef<'a>,
    blobs: &'a BlobTypes,
    budget: Budget,
    found: Exports,
}

impl<'a> Walk<'a> {
    fn new(types: TypesRef<'a>, blobs: &'a BlobTypes) -> Self {
        let found = Exports { tasks: Vec::new(), not_tasks: Vec::new(), manifest: None, needs_async: false };
        Self { types, blobs, budget: Budget::of_component(), found }
    }

    /// Adds one export of the component itself.
    fn root(&mut self, name: &str, item: ComponentEntityType) -> Result<(), DeclareError> {
        match item {
            ComponentEntityType::Func(id) => match self.types.get(id) {
                Some(func) => self.root_function(name, func),
                None => Ok(()),
            },
            ComponentEntityType::Instance(id) => match self.types.get(id) {
                Some(instance) => self.interface(name, instance),
                None => Ok(()),
            },
            ComponentEntityType::Module(_)
            | ComponentEntityType::Value(_)
            | ComponentEntityType::Type { referenced: _, created: _ }
            | ComponentEntityType::Component(_) => {
                self.not_a_task(None, name, NotATaskReason::NotAFunction(ItemKind::of(item)))
            }
        }
    }

    fn root_function(&mut self, name: &str, func: &ComponentFuncType) -> Result<(), DeclareError> {
        if let Some(reason) = function_name_reason(name) {
            return self.not_a_task(None, name, reason);
        }
        let task = TaskName::World { component: None, function: name.to_owned() };
        self.task(task, None, ExportPath { interface: None, function: name.to_owned() }, func)
    }

    /// Adds one exported instance: an interface that is not for tasks as a whole, or a place with functions.
    fn interface(&mut self, name: &str, instance: &ComponentInstanceType) -> Result<(), DeclareError> {
        let parsed = ComponentName::new_with_features(name, 0, features::FEATURES);
        match parsed.as_ref().map(ComponentName::kind) {
            Ok(ComponentNameKind::Interface(interface)) => self.packaged(name, &interface, instance),
            Ok(ComponentNameKind::Label(_)) => match BuildTimeExport::of_interface(name, self.params(instance)) {
                Some(export) => self.not_a_task(None, name, NotATaskReason::BuildTime(export)),
                None => self.functions(name, &Place::Inline(name), instance),
            },
            Ok(
                ComponentNameKind::Constructor(_)
                | ComponentNameKind::Method(_)
                | ComponentNameKind::Static(_)
                | ComponentNameKind::Dependency(_)
                | ComponentNameKind::Url(_)
                | ComponentNameKind::Hash(_),
            )
            | Err(_) => self.not_a_task(None, name, NotATaskReason::Name),
        }
    }

    fn packaged(
        &mut self,
        name: &str,
        interface: &InterfaceName<'_>,
        instance: &ComponentInstanceType,
    ) -> Result<(), DeclareError> {
        if interface.namespace().as_str() == WASI {
            return self.not_a_task(None, name, NotATaskReason::Wasi);
        }
        if manifest_type::is_manifest(interface) {
            return self.manifest(name, interface, instance);
        }
        let package = format!("{}:{}", interface.namespace(), interface.package());
        let version = name.split_once('@').map(|(_, version)| version);
        self.functions(name, &Place::Package { package, interface: interface.interface().as_str(), version }, instance)
    }

    fn manifest(
        &mut self,
        name: &str,
        interface: &InterfaceName<'_>,
        instance: &ComponentInstanceType,
    ) -> Result<(), DeclareError> {
        let manifest = manifest_type::export(name, interface, instance, self.types, &mut self.budget)?;
        if let Some(first) = &self.found.manifest {
            let first = first.export.interface.clone().unwrap_or_default();
            return Err(DeclareError::TwoManifests { first, second: name.to_owned() });
        }
        self.found.manifest = Some(manifest);
        self.not_a_task(None, name, NotATaskReason::Manifest)
    }

    /// Adds the functions of an exported instance. Skips its types, since signatures contain them.
    fn functions(
        &mut self,
        interface: &str,
        place: &Place<'_>,
        instance: &ComponentInstanceType,
    ) -> Result<(), DeclareError> {
        for (name, item) in &instance.exports {
            match item.ty {
                ComponentEntityType::Func(id) => {
                    if let Some(func) = self.types.get(id) {
                        self.function(interface, place, name, func)?;
                    }
                }
                ComponentEntityType::Type { referenced: _, created: _ } => {}
                ComponentEntityType::Module(_)
                | ComponentEntityType::Value(_)
                | ComponentEntityType::Instance(_)
                | ComponentEntityType::Component(_) => {
                    self.not_a_task(Some(interface), name, NotATaskReason::NotAFunction(ItemKind::of(item.ty)))?;
                }
            }
        }
        Ok(())
    }

    fn function(
        &mut self,
        interface: &str,
        place: &Place<'_>,
        name: &str,
        func: &ComponentFuncType,
    ) -> Result<(), DeclareError> {
        if let Some(reason) = function_name_reason(name) {
            return self.not_a_task(Some(interface), name, reason);
        }
        // Charged before the copies below: one interface can be exported under a million names.
        self.budget.take(interface.len().saturating_add(name.len()))?;
        let function = name.to_owned();
        let (task, version) = match place {
            Place::Package { package, interface, version } => {
                let (package, interface) = (package.clone(), (*interface).to_owned());
                (TaskName::Interface { package, interface, function }, version.map(str::to_owned))
            }
            Place::Inline(label) => {
                (TaskName::Inline { component: None, interface: (*label).to_owned(), function }, None)
            }
        };
        let path = ExportPath { interface: Some(interface.to_owned()), function: name.to_owned() };
        self.task(task, version, path, func)
    }

    fn task(
        &mut self,
        name: TaskName,
        package_version: Option<String>,
        export: ExportPath,
        func: &ComponentFuncType,
    ) -> Result<(), DeclareError> {
        let signature = match expand::signature(self.types, self.blobs, func, &mut self.budget)? {
            Ok(signature) => signature,
            Err(reason) => {
                self.found.not_tasks.push(NotATask { export: export.to_string(), reason });
                return Ok(());
            }
        };
        if export.interface.is_none()
            && let Some(left_behind) = BuildTimeExport::of_function(&export.function, &signature)
        {
            return self.not_a_task(None, &export.function, NotATaskReason::BuildTime(left_behind));
        }
        let is_async = func.async_;
        self.found.tasks.push(ExportedTask { name, package_version, export, signature, is_async });
        Ok(())
    }

    fn not_a_task(&mut self, interface: Option<&str>, name: &str, reason: NotATaskReason) -> Result<(), DeclareError> {
        self.budget.take(interface.map_or(0, str::len).saturating_add(name.len()))?;
        let export = ExportPath { interface: interface.map(str::to_owned), function: name.to_owned() }.to_string();
        self.found.not_tasks.push(NotATask { export, reason });
        Ok(())
    }

    /// Returns the functions of an instance by name, each with the names of its parameters.
    fn params<'i>(
        &self,
        instance: &'i ComponentInstanceType,
    ) -> impl Iterator<Item = (&'i str, impl Iterator<Item = &'a str>)> {
        let types = self.types;
        instance.exports.iter().filter_map(move |(name, item)| match item.ty {
            ComponentEntityType::Func(id) => {
                Some((name.as_str(), types.get(id)?.params.iter().map(|(name, _)| name.as_str())))
            }
            ComponentEntityType::Module(_)
            | ComponentEntityType::Value(_)
            | ComponentEntityType::Type { referenced: _, created: _ }
            | ComponentEntityType::Instance(_)
            | ComponentEntityType::Component(_) => None,
        })
    }
}

/// Returns the reason why a function of this name is not a task, if its name implies one.
fn function_name_reason(name: &str) -> Option<NotATaskReason> {
    let parsed = ComponentName::new_with_features(name, 0, features::FEATURES);
    match parsed.as_ref().map(ComponentName::kind) {
        Ok(ComponentNameKind::Label(_)) => None,
        Ok(ComponentNameKind::Constructor(_)) => Some(NotATaskReason::OfAResource(ResourceFunction::Constructor)),
        Ok(ComponentNameKind::Method(_)) => Some(NotATaskReason::OfAResource(ResourceFunction::Method)),
        Ok(ComponentNameKind::Static(_)) => Some(NotATaskReason::OfAResource(ResourceFunction::Static)),
        Ok(
            ComponentNameKind::Interface(_)
            | ComponentNameKind::Dependency(_)
            | ComponentNameKind::Url(_)
            | ComponentNameKind::Hash(_),
        )
        | Err(_) => Some(NotATaskReason::Name),
    }
}
