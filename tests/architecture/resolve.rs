//! Resolution of a path in a module to the module that defines the named item.
//!
//! Imports, renames, globs and re-exports are followed: `super::X`, where the door above has `pub use self::a::X`,
//! leads to `a`. A name that is in no scope of its module was created there by a macro, and belongs to that module. A
//! first name that is in no scope is another crate's.
//!
//! The target of a method call is unknown without types. A method that is implemented in another file than its type
//! makes no dependency on that file.

use std::collections::BTreeSet;

use crate::paths::{Use, UseKind};
use crate::sources::{Binding, ModuleId, Sources};

/// Something that a path can name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    /// An item that this module defines.
    Item(ModuleId),
    /// A module.
    Module(ModuleId),
    /// An item or a module of another crate, by its whole path.
    Foreign(Vec<String>),
}

/// Resolves the paths of one crate.
pub(crate) struct Resolver<'a> {
    sources: &'a Sources,
}

/// Names that are being resolved. A name that its own import requests is another crate's, as in `use anyhow::anyhow`,
/// or a module's, as in `use self::run::run`.
type Pending = Vec<(ModuleId, String)>;

impl<'a> Resolver<'a> {
    /// A resolver for the paths of this crate.
    pub(crate) const fn new(sources: &'a Sources) -> Self {
        Self { sources }
    }

    /// Everything that a path can name in a module: one target for most, several for a name of several kinds.
    pub(crate) fn targets(&self, from: ModuleId, used: &Use) -> BTreeSet<Target> {
        match used.kind {
            UseKind::Method => BTreeSet::new(),
            UseKind::Macro if used.path.len() == 1 => self.called(from, &used.path),
            UseKind::Glob => self.all_of(from, &used.path),
            UseKind::Import | UseKind::Macro | UseKind::Path => self.path(from, &used.path, &mut Vec::new()),
        }
    }

    /// A macro can be defined in any module above its call, without an import.
    fn called(&self, from: ModuleId, path: &[String]) -> BTreeSet<Target> {
        let mut above = Some(from);
        while let Some(module) = above {
            if let Some(found) = self.named(module, path, &mut Vec::new()) {
                return found;
            }
            above = self.sources.modules[module].parent;
        }
        BTreeSet::from([Target::Foreign(path.to_vec())])
    }

    /// A glob imports the module's own items, and everything that the module imports.
    fn all_of(&self, from: ModuleId, path: &[String]) -> BTreeSet<Target> {
        let mut all = BTreeSet::new();
        for target in self.path(from, path, &mut Vec::new()) {
            if let Target::Module(module) = target {
                let names = self.sources.modules[module].names.keys();
                let named = names.filter_map(|name| self.named(module, std::slice::from_ref(name), &mut Vec::new()));
                // Names of other crates are used there, not here.
                all.extend(named.flatten().filter(|named| matches!(named, Target::Item(_))));
                // A macro there can define more.
                if !self.sources.modules[module].definitions.is_empty() {
                    all.insert(Target::Item(module));
                }
            } else {
                all.insert(target);
            }
        }
        all
    }

    fn path(&self, from: ModuleId, path: &[String], pending: &mut Pending) -> BTreeSet<Target> {
        let is_relative = |name: &String| matches!(&**name, "crate" | "self" | "super");
        match path {
            [first, rest @ ..] if first.is_empty() => BTreeSet::from([Target::Foreign(rest.to_vec())]),
            [first, ..] if !is_relative(first) => {
                self.named(from, path, pending).unwrap_or_else(|| BTreeSet::from([Target::Foreign(path.to_vec())]))
            }
            _ => {
                let names = path.iter().take_while(|name| is_relative(name)).count();
                let module = path[..names].iter().fold(from, |module, name| match &**name {
                    "crate" => 0,
                    "super" => {
                        self.sources.modules[module].parent.unwrap_or_else(|| panic!("nothing is above the root"))
                    }
                    _ => module,
                });
                self.within(module, &path[names..], pending)
            }
        }
    }

    /// Targets of a path that begins in a module whose scope has its first name.
    fn within(&self, module: ModuleId, path: &[String], pending: &mut Pending) -> BTreeSet<Target> {
        if path.is_empty() {
            return BTreeSet::from([Target::Module(module)]);
        }
        self.named(module, path, pending).unwrap_or_else(|| BTreeSet::from([Target::Item(module)]))
    }

    /// Targets of a path whose first name is in a module's scope, or `None` if it is not.
    fn named(&self, module: ModuleId, path: &[String], pending: &mut Pending) -> Option<BTreeSet<Target>> {
        let here = (module, path.first()?.clone());
        let is_first = !pending.contains(&here);
        pending.push(here);
        let mut found = self.bindings(module, path, is_first, pending);
        if found.is_none() && is_first {
            found = self.globbed(module, path, pending);
        }
        pending.pop();
        found
    }

    fn bindings(
        &self,
        module: ModuleId,
        path: &[String],
        follows_imports: bool,
        pending: &mut Pending,
    ) -> Option<BTreeSet<Target>> {
        let (first, rest) = path.split_first()?;
        let bindings = self.sources.modules[module].names.get(first)?;
        let child = bindings.iter().find_map(|binding| if let Binding::Child(id) = binding { Some(*id) } else { None });
        if let Some(child) = child
            && !rest.is_empty()
        {
            return Some(self.within(child, rest, pending));
        }
        let mut found = BTreeSet::new();
        for binding in bindings {
            match binding {
                // The rest is a variant or an associated item.
                Binding::Item => drop(found.insert(Target::Item(module))),
                Binding::Child(id) => drop(found.insert(Target::Module(*id))),
                Binding::Import(import) if follows_imports => {
                    found.extend(self.path(module, &[import, rest].concat(), pending));
                }
                Binding::Import(_) => {}
            }
        }
        // A name of both a module and an item means the item, since a module alone is of no use.
        if found.iter().any(|target| matches!(target, Target::Item(_))) {
            found.retain(|target| !matches!(target, Target::Module(_)));
        }
        (!found.is_empty()).then_some(found)
    }

    /// Targets of a path whose first name is imported by a glob.
    fn globbed(&self, module: ModuleId, path: &[String], pending: &mut Pending) -> Option<BTreeSet<Target>> {
        let mut found = BTreeSet::new();
        for glob in &self.sources.modules[module].globs {
            for target in self.path(module, glob, pending) {
                if let Target::Module(other) = target {
                    found.extend(self.named(other, path, pending).into_iter().flatten());
                }
            }
        }
        (!found.is_empty()).then_some(found)
    }
}

#[cfg(test)]
mod tests;
