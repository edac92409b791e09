//! Modules of a crate, as plain data: the names in each, and the paths that each uses.
//!
//! The tree is read from the root file along `mod` items, as the compiler reads it. Items that only tests compile are
//! left out: see [`crate::test_only`].

use std::collections::BTreeMap;

use syn::Item;

use crate::collect::Collector;
use crate::definition::definition;
use crate::paths::{Import, Use, name};
use crate::test_only::{is_test_only, of_item};

/// Position of a module in [`Sources::modules`]; the root has 0.
pub(crate) type ModuleId = usize;

/// Modules of one crate.
pub(crate) struct Sources {
    /// Modules, each after the one that declares it.
    pub(crate) modules: Vec<Module>,
}

/// A module, in a separate file or inline.
pub(crate) struct Module {
    /// File that the module is in, relative to the folder of the sources.
    pub(crate) file: String,
    /// Path from the root, which has the path `crate`.
    pub(crate) path: Vec<String>,
    /// The module that declares this one.
    pub(crate) parent: Option<ModuleId>,
    /// Names in the module's scope. One can be a module, a type and a function at once.
    pub(crate) names: BTreeMap<String, Vec<Binding>>,
    /// Modules and enums of which the module imports all names.
    pub(crate) globs: Vec<Vec<String>>,
    /// Paths in the module's items.
    pub(crate) uses: Vec<Use>,
    /// Items that the module defines, in the order of the text.
    pub(crate) definitions: Vec<String>,
}

/// An entry of a module's scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Binding {
    /// An item of this module.
    Item,
    /// A module below this one.
    Child(ModuleId),
    /// An import, to be resolved from this module.
    Import(Vec<String>),
}

impl Sources {
    /// Reads the crate with the root file `root`; `text` returns the content of a file, or `None` if there is none.
    pub(crate) fn read(root: &str, text: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut sources = Self { modules: Vec::new() };
        let content = text(root).unwrap_or_else(|| panic!("there is no {root}"));
        let id = sources.add_module(root.to_owned(), None, "crate");
        sources.add_file(id, "", &content, text);
        sources
    }

    fn add_module(&mut self, file: String, parent: Option<ModuleId>, name: &str) -> ModuleId {
        let mut path = parent.map_or_else(Vec::new, |parent| self.modules[parent].path.clone());
        path.push(name.to_owned());
        let (names, globs, uses, definitions) = (BTreeMap::new(), Vec::new(), Vec::new(), Vec::new());
        self.modules.push(Module { file, path, parent, names, globs, uses, definitions });
        self.modules.len() - 1
    }

    /// Adds the items of a file. `folder` contains the files of its modules.
    fn add_file(&mut self, id: ModuleId, folder: &str, content: &str, text: &dyn Fn(&str) -> Option<String>) {
        let file = &self.modules[id].file;
        let parsed = syn::parse_file(content).unwrap_or_else(|error| panic!("cannot parse {file}: {error}"));
        if !is_test_only(&parsed.attrs) {
            self.add_items(id, folder, &parsed.items, text);
        }
    }

    fn add_items(&mut self, id: ModuleId, folder: &str, items: &[Item], text: &dyn Fn(&str) -> Option<String>) {
        let mut collector = Collector::default();
        for item in items.iter().filter(|item| !is_test_only(of_item(item))) {
            self.modules[id].definitions.extend(definition(item));
            if let Item::Mod(module) = item {
                self.add_child(id, folder, module, text);
                continue;
            }
            if let Some(name) = defined(item) {
                self.bind(id, &name, Binding::Item);
                if is_exported_macro(item) && id != 0 {
                    let path = [&*self.modules[id].path, std::slice::from_ref(&name)].concat();
                    self.bind(0, &name, Binding::Import(path));
                }
            }
            collector.item(item);
        }
        for Import { path, name } in collector.imports {
            match name {
                Some(name) => self.bind(id, &name, Binding::Import(path)),
                None => self.modules[id].globs.push(path),
            }
        }
        self.modules[id].uses = collector.uses;
    }

    fn add_child(&mut self, id: ModuleId, folder: &str, module: &syn::ItemMod, text: &dyn Fn(&str) -> Option<String>) {
        assert!(!module.attrs.iter().any(|attribute| attribute.path().is_ident("path")), "`#[path]` is not understood");
        let name = name(&module.ident);
        let below = format!("{folder}{name}/");
        if let Some((_, items)) = &module.content {
            let child = self.add_module(self.modules[id].file.clone(), Some(id), &name);
            self.bind(id, &name, Binding::Child(child));
            self.add_items(child, &below, items, text);
            return;
        }
        let files = [format!("{folder}{name}.rs"), format!("{below}mod.rs")];
        let found = files.into_iter().find_map(|file| text(&file).map(|content| (file, content)));
        let (file, content) = found.unwrap_or_else(|| panic!("there is no file of the module {folder}{name}"));
        let child = self.add_module(file, Some(id), &name);
        self.bind(id, &name, Binding::Child(child));
        self.add_file(child, &below, &content, text);
    }

    fn bind(&mut self, id: ModuleId, name: &str, binding: Binding) {
        let bindings = self.modules[id].names.entry(name.to_owned()).or_default();
        if !bindings.contains(&binding) {
            bindings.push(binding);
        }
    }
}

/// Name that an item defines, or `None` for an item without a name.
fn defined(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        Item::ExternCrate(_)
        | Item::ForeignMod(_)
        | Item::Impl(_)
        | Item::Mod(_)
        | Item::Use(_)
        | Item::Verbatim(_)
        | _ => return None,
    };
    Some(name(ident))
}

fn is_exported_macro(item: &Item) -> bool {
    of_item(item).iter().any(|attribute| attribute.path().is_ident("macro_export"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Returns a crate made of these files; the first is its root.
    pub(crate) fn sources_of(files: &[(&str, &str)]) -> Sources {
        let text = |path: &str| files.iter().find(|(name, _)| *name == path).map(|(_, text)| (*text).to_owned());
        Sources::read(files[0].0, &text)
    }

    fn files(sources: &Sources) -> Vec<&str> {
        sources.modules.iter().map(|module| &*module.file).collect()
    }

    #[test]
    fn modules_are_found_as_the_compiler_finds_them() {
        let sources = sources_of(&[
            ("lib.rs", "mod a; mod b; mod c { mod d; } #[cfg(unix)] mod e;"),
            ("a.rs", "mod inner;"),
            ("a/inner.rs", ""),
            ("b/mod.rs", "mod inner;"),
            ("b/inner.rs", ""),
            ("c/d.rs", ""),
            ("e.rs", ""),
        ]);
        assert_eq!(
            files(&sources),
            ["lib.rs", "a.rs", "a/inner.rs", "b/mod.rs", "b/inner.rs", "lib.rs", "c/d.rs", "e.rs"]
        );
        assert_eq!(sources.modules[6].path, ["crate", "c", "d"]);
    }

    #[test]
    fn modules_of_tests_are_never_opened() {
        let sources = sources_of(&[("lib.rs", "#[cfg(test)] mod tests; mod a;"), ("a.rs", "#![cfg(test)] mod gone;")]);
        assert_eq!(files(&sources), ["lib.rs", "a.rs"]);
    }

    #[test]
    #[should_panic(expected = "there is no file of the module a/missing")]
    fn a_missing_file_is_no_empty_module() {
        sources_of(&[("lib.rs", "mod a;"), ("a.rs", "mod missing;")]);
    }

    #[test]
    #[should_panic(expected = "`#[path]` is not understood")]
    fn a_file_elsewhere_is_refused() {
        sources_of(&[("lib.rs", "#[path = \"other.rs\"] mod a;")]);
    }
}
