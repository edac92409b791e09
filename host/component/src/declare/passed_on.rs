//! Exports that only re-export an import: the engine cannot compile a component that has one.
//!
//! An import can take a long way to an export: through aliases, bundles, and components that are instantiated with it.
//! So the way of each exported function is followed backwards, to the lifted function or to the import. A component is
//! hostile, and the way can have any length: after a number of steps the search stops, and the compiler finds out.

use std::rc::Rc;

use wasmparser::component_types::{ComponentEntityType, ComponentInstanceTypeId};
use wasmparser::types::TypesRef;
use wasmparser::{
    CanonicalFunction, ComponentAlias, ComponentExternalKind, ComponentInstance, ComponentOuterAliasKind, Parser,
    Payload,
};

use crate::declare::{DeclareError, Obstacle};
use larder_base::excerpt::excerpt;

/// The greatest number of steps for all exports of a component together.
const STEPS: usize = 1_000_000;

/// The number of name comparisons that cost one step.
const NAMES_A_STEP: usize = 32;

/// The number of joined bytes of names that cost one step.
const BYTES_A_STEP: usize = 64;

/// The greatest depth of nested instances that the search enters.
const NESTING: usize = 100;

/// Returns the first export that is a re-exported import, or a component: neither can be compiled.
pub(super) fn obstacle(bytes: &[u8], types: TypesRef<'_>) -> Result<Option<Obstacle>, DeclareError> {
    let scopes = read(bytes)?;
    let Some(root) = scopes.first() else { return Ok(None) };
    let scope = Rc::new(Scope { of: 0, arguments: None, outer: None });
    let mut search = Search { scopes: &scopes, types, steps: STEPS };
    for (name, item) in &root.exported {
        let Some(ty) = types.component_item_for_export(name) else { continue };
        if let Some(obstacle) = search.export(name, &scope, *item, ty.ty, 0) {
            return Ok(Some(obstacle));
        }
    }
    Ok(None)
}

type Item = (ComponentExternalKind, u32);
type Items<'a> = Vec<(&'a str, Item)>;

/// The definitions of one component that functions can pass through.
#[derive(Default)]
struct Definitions<'a> {
    funcs: Vec<Definition<'a>>,
    instances: Vec<Definition<'a>>,
    components: Vec<Definition<'a>>,
    exported: Items<'a>,
}

/// One entry of an index space.
enum Definition<'a> {
    Import(&'a str),
    /// An export of an instance.
    Of(u32, &'a str),
    /// Another entry of the same index space, under a name.
    Same(u32),
    /// An entry of an enclosing component.
    Outer(u32, u32),
    /// A lifted function.
    Lifted,
    /// A component that is defined here.
    Inner(usize),
    Bundle(Items<'a>),
    Instantiated(u32, Items<'a>),
}

/// An instantiated component: its arguments, the scope that instantiates it, and the scope that defines it.
struct Scope<'s, 'a> {
    of: usize,
    arguments: Option<(&'s Items<'a>, Rc<Self>)>,
    outer: Option<Rc<Self>>,
}

/// The end of the way of an item.
enum End<'s, 'a> {
    /// An import of the outermost component.
    Import(String),
    /// A definition.
    Definition(&'s Definition<'a>, Rc<Scope<'s, 'a>>),
}

struct Search<'s, 'a> {
    scopes: &'s [Definitions<'a>],
    types: TypesRef<'s>,
    steps: usize,
}

impl<'s, 'a> Search<'s, 'a> {
    /// Returns the obstacle in an export, or in anything that it contains.
    fn export(
        &mut self,
        name: &str,
        scope: &Rc<Scope<'s, 'a>>,
        item: Item,
        ty: ComponentEntityType,
        depth: usize,
    ) -> Option<Obstacle> {
        if depth > NESTING {
            return None;
        }
        match item.0 {
            ComponentExternalKind::Func => match self.end(scope.clone(), item, 0)? {
                End::Import(import) => Some(Obstacle::PassedOn { import: excerpt(&import), export: excerpt(name) }),
                End::Definition(_, _) => None,
            },
            ComponentExternalKind::Component => Some(Obstacle::ExportedComponent { export: excerpt(name) }),
            ComponentExternalKind::Instance => {
                let ComponentEntityType::Instance(id) = ty else { return None };
                let (exported, scope) = match self.end(scope.clone(), item, 0)? {
                    End::Import(import) => {
                        let function = self.function_in(id, depth)?;
                        let [import, export] = [&*import, name].map(|place| excerpt(&format!("{place}#{function}")));
                        return Some(Obstacle::PassedOn { import, export });
                    }
                    End::Definition(definition, scope) => self.exports_of(definition, scope)?,
                };
                let types = &self.types.get(id)?.exports;
                exported.iter().find_map(|(inner, item)| {
                    self.pay((name.len() + inner.len()) / BYTES_A_STEP)?;
                    self.export(&format!("{name}#{inner}"), &scope, *item, types.get(*inner)?.ty, depth + 1)
                })
            }
            ComponentExternalKind::Module | ComponentExternalKind::Type | ComponentExternalKind::Value => None,
        }
    }

    /// Returns the first function in an instance, by its name there.
    fn function_in(&mut self, id: ComponentInstanceTypeId, depth: usize) -> Option<String> {
        if depth > NESTING {
            return None;
        }
        self.types.get(id)?.exports.iter().find_map(|(name, item)| {
            self.pay(1)?;
            match item.ty {
                ComponentEntityType::Func(_) => Some(name.clone()),
                ComponentEntityType::Instance(inner) => Some(format!("{name}#{}", self.function_in(inner, depth + 1)?)),
                ComponentEntityType::Module(_)
                | ComponentEntityType::Value(_)
                | ComponentEntityType::Type { referenced: _, created: _ }
                | ComponentEntityType::Component(_) => None,
            }
        })
    }

    /// Returns the exports of an instance, and the scope in which their indexes are valid.
    fn exports_of(
        &mut self,
        definition: &'s Definition<'a>,
        scope: Rc<Scope<'s, 'a>>,
    ) -> Option<(&'s Items<'a>, Rc<Scope<'s, 'a>>)> {
        match definition {
            Definition::Bundle(items) => Some((items, scope)),
            Definition::Instantiated(component, arguments) => {
                match self.end(scope.clone(), (ComponentExternalKind::Component, *component), 0)? {
                    End::Definition(Definition::Inner(of), outer) => {
                        let inner = Scope { of: *of, arguments: Some((arguments, scope)), outer: Some(outer) };
                        Some((&self.scopes.get(*of)?.exported, Rc::new(inner)))
                    }
                    End::Definition(_, _) | End::Import(_) => None,
                }
            }
            Definition::Import(_)
            | Definition::Of(_, _)
            | Definition::Same(_)
            | Definition::Outer(_, _)
            | Definition::Lifted
            | Definition::Inner(_) => None,
        }
    }

    /// Deducts `steps`. If fewer are left, deducts all of them.
    fn pay(&mut self, steps: usize) -> Option<()> {
        let left = self.steps.checked_sub(steps);
        self.steps = left.unwrap_or(0);
        left.map(drop)
    }

    /// Returns the item with a name. A search in many items costs steps as well.
    fn found(&mut self, items: &Items<'_>, name: &str) -> Option<Item> {
        self.pay(items.len() / NAMES_A_STEP)?;
        items.iter().find(|(other, _)| *other == name).map(|(_, item)| *item)
    }

    /// Follows the way of an item to its end; returns `None` if it is too long.
    fn end(&mut self, mut scope: Rc<Scope<'s, 'a>>, item: Item, depth: usize) -> Option<End<'s, 'a>> {
        let (kind, mut index) = item;
        loop {
            self.pay(1)?;
            let definitions = self.scopes.get(scope.of)?;
            let space = match kind {
                ComponentExternalKind::Func => &definitions.funcs,
                ComponentExternalKind::Instance => &definitions.instances,
                ComponentExternalKind::Component => &definitions.components,
                ComponentExternalKind::Module | ComponentExternalKind::Type | ComponentExternalKind::Value => {
                    return None;
                }
            };
            match space.get(index as usize)? {
                Definition::Same(other) => index = *other,
                Definition::Import(name) => {
                    let Some((arguments, by)) = &scope.arguments else { return Some(End::Import((*name).to_owned())) };
                    index = self.found(arguments, name)?.1;
                    scope = by.clone();
                }
                Definition::Outer(count, other) => {
                    for _ in 0..*count {
                        scope = scope.outer.clone()?;
                    }
                    index = *other;
                }
                Definition::Of(instance, name) => {
                    if depth > NESTING {
                        return None;
                    }
                    match self.end(scope.clone(), (ComponentExternalKind::Instance, *instance), depth + 1)? {
                        End::Import(import) => return Some(End::Import(format!("{import}#{name}"))),
                        End::Definition(definition, inside) => {
                            let (exported, inner) = self.exports_of(definition, inside)?;
                            index = self.found(exported, name)?.1;
                            scope = inner;
                        }
                    }
                }
                definition @ (Definition::Lifted
                | Definition::Inner(_)
                | Definition::Bundle(_)
                | Definition::Instantiated(_, _)) => return Some(End::Definition(definition, scope)),
            }
        }
    }
}

/// Reads the definitions of all components in `bytes`, the outermost first.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "these three tell where a section is; `Definitions` reads the others"
)]
fn read(bytes: &[u8]) -> Result<Vec<Definitions<'_>>, DeclareError> {
    let invalid = |error: wasmparser::Error| DeclareError::invalid(&error);
    let mut scopes = vec![Definitions::default()];
    // The components that are open, innermost last; `None` for a core module.
    let mut open = vec![Some(0_usize)];
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(invalid)?;
        match payload {
            Payload::ModuleSection { .. } => open.push(None),
            Payload::ComponentSection { .. } => {
                let inner = scopes.len();
                if let Some(Some(outer)) = open.last() {
                    scopes[*outer].components.push(Definition::Inner(inner));
                }
                scopes.push(Definitions::default());
                open.push(Some(inner));
            }
            Payload::End(_) => drop(open.pop()),
            section => {
                if let Some(Some(here)) = open.last() {
                    scopes[*here].read(section).map_err(invalid)?;
                }
            }
        }
    }
    Ok(scopes)
}

impl<'a> Definitions<'a> {
    fn space(&mut self, kind: ComponentExternalKind) -> Option<&mut Vec<Definition<'a>>> {
        match kind {
            ComponentExternalKind::Func => Some(&mut self.funcs),
            ComponentExternalKind::Instance => Some(&mut self.instances),
            ComponentExternalKind::Component => Some(&mut self.components),
            ComponentExternalKind::Module | ComponentExternalKind::Type | ComponentExternalKind::Value => None,
        }
    }

    fn add(&mut self, kind: ComponentExternalKind, definition: Definition<'a>) {
        if let Some(space) = self.space(kind) {
            space.push(definition);
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "of some thirty sections five define what is followed here")]
    fn read(&mut self, section: Payload<'a>) -> wasmparser::Result<()> {
        match section {
            Payload::ComponentImportSection(section) => {
                for import in section {
                    let import = import?;
                    self.add(import.ty.kind(), Definition::Import(import.name.name));
                }
            }
            Payload::ComponentExportSection(section) => {
                for export in section {
                    let export = export?;
                    self.exported.push((export.name.name, (export.kind, export.index)));
                    self.add(export.kind, Definition::Same(export.index));
                }
            }
            Payload::ComponentAliasSection(section) => {
                for alias in section {
                    match alias? {
                        ComponentAlias::InstanceExport { kind, instance_index, name } => {
                            self.add(kind, Definition::Of(instance_index, name));
                        }
                        ComponentAlias::Outer { kind: ComponentOuterAliasKind::Component, count, index } => {
                            self.components.push(Definition::Outer(count, index));
                        }
                        ComponentAlias::Outer { .. } | ComponentAlias::CoreInstanceExport { .. } => {}
                    }
                }
            }
            Payload::ComponentInstanceSection(section) => {
                for instance in section {
                    self.instances.push(match instance? {
                        ComponentInstance::Instantiate { component_index, args } => Definition::Instantiated(
                            component_index,
                            args.iter().map(|argument| (argument.name, (argument.kind, argument.index))).collect(),
                        ),
                        ComponentInstance::FromExports(exports) => Definition::Bundle(
                            exports.iter().map(|export| (export.name.name, (export.kind, export.index))).collect(),
                        ),
                    });
                }
            }
            Payload::ComponentCanonicalSection(section) => {
                for function in section {
                    if matches!(function?, CanonicalFunction::Lift { .. }) {
                        self.funcs.push(Definition::Lifted);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}
