//! The imports of a component, compared with what the host provides.
//!
//! Missing functions are allowed: a function that the host lacks is refused when it is called. But the host cannot stub
//! some imports: a core module, a component, or a function that the host has with another type. A component with such
//! an import can never run.

use wasmparser::component_types::{ComponentAnyTypeId, ComponentEntityType, ComponentInstanceType};
use wasmparser::types::TypesRef;

use crate::declare::expand::Budget;
use crate::declare::provided::{self, Interface, RESOURCE};
use crate::declare::type_text::TypeTexts;
use crate::declare::{DeclareError, ItemKind, Obstacle};
use larder_base::excerpt::excerpt;

/// The effect of a component's imports on running it.
#[derive(Debug, Default)]
pub(super) struct Judgement {
    /// The first import that no host can stub.
    pub(super) obstacle: Option<Obstacle>,
    /// True if an import exists only on the engine with async support.
    pub(super) needs_async: bool,
}

/// Judges the imports called `names`.
pub(super) fn judge(names: &[&str], types: TypesRef<'_>, budget: &mut Budget) -> Result<Judgement, DeclareError> {
    let mut judge = Judge { types, texts: TypeTexts::new(types), budget, judgement: Judgement::default() };
    for name in names {
        if let Some(item) = types.component_item_for_import(name) {
            judge.root(name, item.ty)?;
        }
    }
    Ok(judge.judgement)
}

struct Judge<'a, 'b> {
    types: TypesRef<'a>,
    texts: TypeTexts<'a>,
    budget: &'b mut Budget,
    judgement: Judgement,
}

impl Judge<'_, '_> {
    fn root(&mut self, name: &str, item: ComponentEntityType) -> Result<(), DeclareError> {
        let ComponentEntityType::Instance(id) = item else { return self.cannot_be_made(name, item) };
        let interface = provided::interface(name);
        self.judgement.needs_async |= interface.is_some_and(Interface::needs_async);
        match self.types.get(id) {
            Some(instance) => self.instance(name, interface, instance),
            None => Ok(()),
        }
    }

    fn instance(
        &mut self,
        path: &str,
        interface: Option<&'static Interface>,
        instance: &ComponentInstanceType,
    ) -> Result<(), DeclareError> {
        for (name, item) in &instance.exports {
            self.budget.take(name.len())?;
            if let ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), created: _ } = item.ty
                && let Some(interface) = interface
                && !self.texts.has_resource(id.resource())
            {
                self.texts.name_resource(id.resource(), interface.name(), name);
            }
            match interface.and_then(|interface| interface.item(name)) {
                Some(expected) => self.compare(path, name, expected, item.ty),
                // Names of nested items are joined, and the component controls their length and number.
                None if matches!(item.ty, ComponentEntityType::Func(_) | ComponentEntityType::Type { .. }) => {}
                None => {
                    self.budget.take(path.len())?;
                    self.cannot_be_made(&format!("{path}#{name}"), item.ty)?;
                }
            }
        }
        Ok(())
    }

    /// Compares an item that the host has.
    fn compare(&mut self, path: &str, name: &str, expected: &'static str, item: ComponentEntityType) {
        let found = match item {
            ComponentEntityType::Func(id) => match self.types.get(id) {
                Some(func) => self.texts.function(func),
                None => return,
            },
            ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(_), created: _ } => {
                RESOURCE.to_owned()
            }
            // A type that is not a resource needs no provider.
            ComponentEntityType::Type { referenced: _, created: _ } => return,
            ComponentEntityType::Module(_)
            | ComponentEntityType::Value(_)
            | ComponentEntityType::Instance(_)
            | ComponentEntityType::Component(_) => ItemKind::of(item).to_string(),
        };
        if found != expected {
            let import = excerpt(&format!("{path}#{name}"));
            self.obstacle(Obstacle::OtherType { import, expected: expected.to_owned(), found: excerpt(&found) });
        }
    }

    /// Refuses an item that the host lacks and cannot stub.
    fn cannot_be_made(&mut self, import: &str, item: ComponentEntityType) -> Result<(), DeclareError> {
        match item {
            ComponentEntityType::Module(_) | ComponentEntityType::Component(_) | ComponentEntityType::Value(_) => {
                self.obstacle(Obstacle::Import { import: excerpt(import), kind: ItemKind::of(item) });
                Ok(())
            }
            ComponentEntityType::Instance(id) => match self.types.get(id) {
                Some(instance) => self.instance(import, None, instance),
                None => Ok(()),
            },
            ComponentEntityType::Func(_) | ComponentEntityType::Type { referenced: _, created: _ } => Ok(()),
        }
    }

    fn obstacle(&mut self, obstacle: Obstacle) {
        self.judgement.obstacle.get_or_insert(obstacle);
    }
}

/// Builds the table of [`provided`] from the imports of a component that imports everything that a host provides.
#[doc(hidden)]
pub fn table(bytes: &[u8]) -> Result<String, DeclareError> {
    use std::fmt::Write as _;

    let (types, _) = crate::declare::features::validate(bytes)?;
    let types = types.as_ref();
    let mut texts = TypeTexts::new(types);
    let mut table = String::new();
    for import in crate::declare::root::import_names(bytes)? {
        let Some(ComponentEntityType::Instance(id)) = types.component_item_for_import(import).map(|item| item.ty)
        else {
            continue;
        };
        let _ = writeln!(table, "{import}");
        for (name, item) in types.get(id).into_iter().flat_map(|instance| &instance.exports) {
            let ty = match item.ty {
                ComponentEntityType::Func(id) => types.get(id).map(|func| texts.function(func)),
                ComponentEntityType::Type { referenced: ComponentAnyTypeId::Resource(id), created: _ }
                    if !texts.has_resource(id.resource()) =>
                {
                    texts.name_resource(id.resource(), import, name);
                    Some(RESOURCE.to_owned())
                }
                ComponentEntityType::Type { .. }
                | ComponentEntityType::Module(_)
                | ComponentEntityType::Value(_)
                | ComponentEntityType::Instance(_)
                | ComponentEntityType::Component(_) => None,
            };
            if let Some(ty) = ty {
                let _ = writeln!(table, "  {name}: {ty}");
            }
        }
    }
    Ok(table)
}
