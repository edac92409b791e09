//! The answer of a component's manifest: any value of its type is understood, and the declarations from it are sound.

use arbitrary::{Result, Unstructured};
use larder::{Signature, TaskName, Value, is_label};
use larder_component::declare::{
    DeclareError, Declared, DeclaredVersion, ExportPath, ExportedTask, Exports, Manifest, ManifestTask, Resources,
    Size, attach, check_version_text, check_versions, from_value, manifest_type,
};

use crate::{generate, stored, tasks, text};

/// Attaches the answer of a manifest to tasks, both made from `bytes`.
pub fn check(bytes: &[u8]) {
    // Bytes that make no answer are not a finding.
    let _ = declare(&mut Unstructured::new(bytes));
}

fn declare(u: &mut Unstructured<'_>) -> Result<()> {
    let exports = exported(u)?;
    let answer = answer(u, &exports)?;
    // A value of another type is refused, without a panic.
    let other = generate::wit_type(u).and_then(|ty| generate::value(u, &ty))?;
    drop(from_value(other));

    let entries = match from_value(answer) {
        Ok(entries) => entries,
        // Only a text that is not a host can still be wrong: the type does not rule it out.
        Err(DeclareError::Need { .. }) => return Ok(()),
        Err(error) => panic!("a value of the manifest's type: {error}"),
    };
    let attached = attach(&exports, entries.clone());
    assert_eq!(attached, attach(&exports, entries.clone()));
    match attached {
        Ok(declared) => assert_sound(&exports, &entries, &declared),
        Err(error) => drop(error.to_string()),
    }
    Ok(())
}

/// Generates an answer that speaks in part of tasks that exist.
fn answer(u: &mut Unstructured<'_>, exports: &Exports) -> Result<Value> {
    let ty = manifest_type().result.expect("`tasks` has a result");
    let mut answer = generate::value(u, &ty)?;
    if let Value::List(entries) = &mut answer {
        for entry in entries {
            if let Value::Record(fields) = entry
                && let Some(name) = fields.first_mut()
                && u.ratio(7, 8)?
            {
                *name = Value::String(entry_name(u, exports)?);
            }
        }
    }
    assert!(answer.has_type(&ty));
    Ok(answer)
}

fn entry_name(u: &mut Unstructured<'_>, exports: &Exports) -> Result<String> {
    if exports.tasks.is_empty() {
        return generate::string(u);
    }
    let task = u.choose(&exports.tasks)?;
    let name = match u.int_in_range(0..=3)? {
        0 => task.qualified_name(),
        1 => task.name.clone().named("tools").to_string(),
        2 => format!("{}#{}", task.name.interface().unwrap_or("tools"), task.name.function()),
        _ => format!("{}#{}", u.choose(&["tools", "my-tools", "A b", ""])?, task.name.function()),
    };
    if u.ratio(1, 8)? { text::edited(u, &name) } else { Ok(name) }
}

/// Generates exports as a component can have them: no two have one path.
pub(crate) fn exported(u: &mut Unstructured<'_>) -> Result<Exports> {
    let mut tasks: Vec<ExportedTask> = Vec::new();
    for _ in 0..u.int_in_range(0..=6)? {
        let function = (*u.choose(&["f", "g", "tools"])?).to_owned();
        let package = |package: &str, interface: &str, function| TaskName::Interface {
            package: package.to_owned(),
            interface: interface.to_owned(),
            function,
        };
        let (interface, version, name) = match u.int_in_range(0..=5)? {
            0 => (Some("a:b/c"), None, package("a:b", "c", function.clone())),
            1 => (Some("a:b/c@1.0.0"), Some("1.0.0"), package("a:b", "c", function.clone())),
            2 => (Some("a:b/c@2.0.0"), Some("2.0.0"), package("a:b", "c", function.clone())),
            3 => (Some("d:e/tools@1.0.0"), Some("1.0.0"), package("d:e", "tools", function.clone())),
            4 => {
                let interface = "c".to_owned();
                (Some("c"), None, TaskName::Inline { component: None, interface, function: function.clone() })
            }
            _ => (None, None, TaskName::World { component: None, function: function.clone() }),
        };
        let export = ExportPath { interface: interface.map(str::to_owned), function };
        if tasks.iter().any(|task| task.export == export) {
            continue;
        }
        let signature = Signature { params: Vec::new(), result: None };
        let package_version = version.map(str::to_owned);
        tasks.push(ExportedTask { name, package_version, export, signature, is_async: u.arbitrary()? });
    }
    let manifest =
        ExportPath { interface: Some("larder:task/manifest@0.1.0".to_owned()), function: "tasks".to_owned() };
    let manifest = Manifest { export: manifest, signature: manifest_type() };
    Ok(Exports { tasks, not_tasks: Vec::new(), manifest: Some(manifest), needs_async: u.arbitrary()? })
}

fn assert_sound(exports: &Exports, entries: &[ManifestTask], declared: &Declared) {
    stored::assert_comes_back(declared);
    let Declared { tasks, not_tasks, component_name, needs_async, has_manifest } = declared;
    assert_eq!((not_tasks, *needs_async, *has_manifest), (&exports.not_tasks, exports.needs_async, true));
    assert!(component_name.as_deref().is_none_or(is_label), "{component_name:?}");

    // Each entry concerns its own task, and the other tasks are unchanged.
    assert_eq!(tasks.len(), exports.tasks.len());
    assert_eq!(tasks.iter().filter(|task| task.size.is_some()).count(), entries.len());
    for (task, exported) in tasks.iter().zip(&exports.tasks) {
        let name = match component_name {
            Some(component) => exported.name.clone().named(component),
            None => exported.name.clone(),
        };
        assert_eq!(task.exported, ExportedTask { name, ..exported.clone() });
        assert!(task.size.is_some() || task.cache.is_none() && task.timeout_seconds.is_none());
        assert_ne!(task.timeout_seconds, Some(0));
        if let Some(DeclaredVersion::Declared(version)) = task.cache.as_ref().map(|cache| &cache.version) {
            assert_eq!(check_version_text(version), Ok(()));
        }
        if let Some(Size::Custom(Resources { cpus, memory_mib, storage_mib: _, gpus: _ })) = task.size {
            assert!(cpus > 0 && memory_mib > 0);
        }
    }
    tasks::assert_can_be_named(tasks);

    let versions: Vec<_> =
        tasks.iter().filter_map(|task| Some((&task.exported.name, &task.cache.as_ref()?.version))).collect();
    let twice = (1..versions.len()).any(|position| versions[..position].contains(&versions[position]));
    assert_eq!(check_versions(tasks).is_err(), twice);
}
