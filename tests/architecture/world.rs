//! Modules that touch the world: printing, the environment, clocks, the network, threads, processes.
//!
//! No signature shows such a use, and each can change a result from one run to the next. A module touches what it
//! names, by whatever import. `Command` in a signature counts, and so do `Instant::now` passed as a function, a call
//! of `elapsed()`, and `tempfile::tempdir()`, which reads `TMPDIR`. A use through another module of the host counts
//! only there. The engine's own access to the world, such as a guest's sockets, is not covered.

mod table;
#[cfg(test)]
mod tests;
mod touch;

use std::collections::{BTreeMap, BTreeSet};

use crate::exact::{compare, row};
use crate::packages::{Crate, host};
use crate::paths::{Use, UseKind};
use crate::resolve::{Resolver, Target};
use crate::sources::Sources;

pub(crate) use self::table::MODULES;
pub(crate) use self::touch::Touch;
use self::touch::{EXCEPT, PATHS};

/// Files outside the command line that print or exit nevertheless.
const PRINTING_LIBRARIES: [&str; 1] = [
    // An installer that is started there writes to this process's standard error by default.
    "host/larder/src/project/needs.rs",
];

#[test]
fn modules_touch_what_the_table_says() {
    let found = found().into_iter().map(|(file, touches)| (file, touches.into_iter().collect())).collect();
    compare("modules that touch the world", &found, &MODULES.iter().copied().map(row::<Touch, Touch>).collect());
}

#[test]
fn only_the_command_line_prints_or_exits() {
    let loud = |touches: &BTreeSet<Touch>| touches.contains(&Touch::Output) || touches.contains(&Touch::Exit);
    let found = found().into_iter().filter(|(file, touches)| loud(touches) && !file.starts_with("host/cli/"));
    let found = found.map(|(file, _)| file).collect();
    compare("files that print or exit", &found, &PRINTING_LIBRARIES.iter().map(|file| (*file).to_owned()).collect());
}

#[test]
fn the_table_is_in_order() {
    assert!(MODULES.is_sorted_by(|(one, _), (other, _)| one < other));
    assert!(MODULES.iter().all(|(_, touches)| touches.is_sorted()));
}

/// Files of the host that touch the world.
fn found() -> BTreeMap<String, BTreeSet<Touch>> {
    let mut found = BTreeMap::new();
    for Crate { folder, sources } in host() {
        for (file, touches) in touching(sources) {
            found.insert(format!("{folder}/src/{file}"), touches);
        }
    }
    found
}

/// Files of a crate that touch the world.
fn touching(sources: &Sources) -> BTreeMap<&str, BTreeSet<Touch>> {
    let resolver = Resolver::new(sources);
    let mut found: BTreeMap<&str, BTreeSet<Touch>> = BTreeMap::new();
    for (id, module) in sources.modules.iter().enumerate() {
        let touches = module.uses.iter().flat_map(|used| touches(&resolver, id, used));
        let touches: BTreeSet<Touch> = touches.collect();
        if !touches.is_empty() {
            found.entry(&module.file).or_default().extend(touches);
        }
    }
    found
}

fn touches(resolver: &Resolver<'_>, id: usize, used: &Use) -> Vec<Touch> {
    let foreign = |target| if let Target::Foreign(path) = target { Some(path.join("::")) } else { None };
    let mut paths: Vec<String> = resolver.targets(id, used).into_iter().filter_map(foreign).collect();
    match used.kind {
        UseKind::Method => paths.push(format!(".{}()", used.path[0])),
        UseKind::Macro => paths.iter_mut().for_each(|path| *path = format!("{}!", path.trim_start_matches("std::"))),
        UseKind::Glob | UseKind::Import | UseKind::Path => {}
    }
    let is_touched = |path: &String, world: &str| {
        let is_below = |path: &str, world: &str| {
            path.strip_prefix(world).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        // A glob import brings in everything below its path, and may be there for a part of the world.
        let is_globbed = used.kind == UseKind::Glob && is_below(world, path);
        // A module of the world that is imported by name is touched where its items are named.
        let is_named = used.kind == UseKind::Import && *path == "std::env";
        (is_below(path, world) && !is_named || is_globbed) && !EXCEPT.iter().any(|except| is_below(path, except))
    };
    let part = |(touch, worlds): &(Touch, &[&str])| {
        paths.iter().any(|path| worlds.iter().any(|world| is_touched(path, world))).then_some(*touch)
    };
    PATHS.iter().filter_map(part).collect()
}
