//! The resources of a component that are the `file` and the `directory` of `larder:task/files`.
//!
//! A resource type has no name: its identity is the import that provides it, wherever it is used after that. So the two
//! are the resources that the component imports under the interface's name, not look-alikes that it defines.

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ComponentInstanceType, ResourceId};
use wasmparser::types::TypesRef;

use larder_types::WitType;

/// The interface, in any release of `0.1`.
const INTERFACE: &str = "larder:task/files@0.1.";

/// The resources of one component that represent content.
#[derive(Debug, Default)]
pub(super) struct BlobTypes(Vec<(ResourceId, WitType)>);

impl BlobTypes {
    /// Collects the resources of a component with these imports.
    pub(super) fn of(imports: &[&str], types: TypesRef<'_>) -> Self {
        let mut found = Self::default();
        for name in imports {
            let release = name.strip_prefix(INTERFACE);
            if !release.is_some_and(|release| !release.is_empty() && release.bytes().all(|b| b.is_ascii_digit())) {
                continue;
            }
            if let Some(ComponentEntityType::Instance(id)) = types.component_item_for_import(name).map(|item| item.ty)
                && let Some(instance) = types.get(id)
            {
                found.add(instance, "file", WitType::File);
                found.add(instance, "directory", WitType::Directory);
            }
        }
        found
    }

    fn add(&mut self, instance: &ComponentInstanceType, name: &str, ty: WitType) {
        let item = instance.exports.get(name).map(|item| item.ty);
        if let Some(ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), created: _ }) = item {
            self.0.push((id.resource(), ty));
        }
    }

    /// Returns the type that `resource` represents, if it is one of these resources.
    pub(super) fn get(&self, resource: ResourceId) -> Option<WitType> {
        self.0.iter().find(|(id, _)| *id == resource).map(|(_, ty)| ty.clone())
    }
}
