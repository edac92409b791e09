//! Files of a crate, and their dependencies on each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::paths::UseKind;
use crate::resolve::{Resolver, Target};
use crate::sources::Sources;

/// Dependencies between files, each with the imports that make it.
#[derive(Default)]
pub(crate) struct Graph {
    edges: BTreeMap<String, BTreeMap<String, Paths>>,
}

/// Paths that make a dependency, each with its line.
#[derive(Default)]
struct Paths {
    imports: BTreeSet<(usize, String)>,
    others: BTreeSet<(usize, String)>,
}

impl Graph {
    /// The graph of a crate's production code.
    pub(crate) fn of(sources: &Sources) -> Self {
        let resolver = Resolver::new(sources);
        let mut graph = Self::default();
        for (id, module) in sources.modules.iter().enumerate() {
            for used in &module.uses {
                for target in resolver.targets(id, used) {
                    let Target::Item(other) = target else { continue };
                    let to = &sources.modules[other].file;
                    if *to != module.file {
                        let paths = graph.edges.entry(module.file.clone()).or_default().entry(to.clone()).or_default();
                        let is_import = matches!(used.kind, UseKind::Import | UseKind::Glob);
                        let kept = if is_import { &mut paths.imports } else { &mut paths.others };
                        kept.insert((used.line, used.path.join("::")));
                    }
                }
            }
        }
        graph
    }

    /// Files that a file depends on.
    fn next(&self, file: &str) -> impl Iterator<Item = &str> {
        self.edges.get(file).into_iter().flat_map(|next| next.keys().map(|file| &**file))
    }

    /// Files that can be reached from a file.
    fn reached(&self, file: &str) -> BTreeSet<&str> {
        let mut reached = BTreeSet::new();
        let mut waiting: Vec<_> = self.next(file).collect();
        while let Some(file) = waiting.pop() {
            if reached.insert(file) {
                waiting.extend(self.next(file));
            }
        }
        reached
    }

    /// Strongly connected components of more than one file, each sorted, in the order of their first files.
    pub(crate) fn circles(&self) -> Vec<Vec<String>> {
        let reached: BTreeMap<&str, _> = self.edges.keys().map(|file| (&**file, self.reached(file))).collect();
        let mut circles = BTreeSet::new();
        for (file, others) in &reached {
            let is_back = |other: &&&str| reached.get(**other).is_some_and(|others| others.contains(file));
            let circle: Vec<String> = others.iter().filter(is_back).map(|file| (*file).to_owned()).collect();
            if circle.len() > 1 {
                circles.insert(circle);
            }
        }
        circles.into_iter().collect()
    }

    /// Dependencies between the files of a circle, one a line, each with its imports, or the paths that need none.
    pub(crate) fn imports(&self, circle: &[String]) -> String {
        let mut lines = String::new();
        for (from, next) in self.edges.iter().filter(|(from, _)| circle.contains(from)) {
            for (to, paths) in next.iter().filter(|(to, _)| circle.contains(to)) {
                let paths = if paths.imports.is_empty() { &paths.others } else { &paths.imports };
                let paths: Vec<_> = paths.iter().map(|(line, path)| format!("{line}: {path}")).collect();
                writeln!(lines, "  {from} -> {to}: {}", paths.join(", ")).unwrap();
            }
        }
        lines
    }

    /// Dependencies as `from -> to`, for tests.
    #[cfg(test)]
    pub(crate) fn arrows(&self) -> Vec<String> {
        let arrows = |(from, next): (&String, &BTreeMap<String, _>)| -> Vec<String> {
            next.keys().map(|to| format!("{from} -> {to}")).collect()
        };
        self.edges.iter().flat_map(arrows).collect()
    }
}
