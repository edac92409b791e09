//! References to a task, as people and manifests write them: `place#function`, where the place may have a version.
//!
//! The forms are those of the design: a short name is valid wherever only one task matches it.

use crate::declare::ExportedTask;
use larder_types::TaskName;

/// A reference to a task, parsed but not resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    /// The part before `#`, without a version; `None` if there is no `#`.
    pub(super) place: Option<&'a str>,
    /// The version behind the place's `@`.
    pub(super) version: Option<&'a str>,
    /// The part after `#`, or the whole text.
    pub(super) function: &'a str,
}

/// The kind of match between a reference and a task, best first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It is the task's full name, and has a version only if the task's package has one. There is no other way to name
    /// an export without a version when another export has one.
    Exact,
    /// It is the task's full name without the version.
    Whole,
    /// It consists of the short name of the task's interface, and its function.
    Short,
}

impl<'a> Reference<'a> {
    /// Parses `text`; returns `None` if it cannot refer to anything.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (place, function) = match text.split_once('#') {
            Some((place, function)) => (Some(place), function),
            None => (None, text),
        };
        let (place, version) = match place.and_then(|place| place.split_once('@')) {
            Some((place, version)) => (Some(place), Some(version)),
            None => (place, None),
        };
        let unprintable = text.chars().any(|c| c.is_control() || c.is_whitespace());
        (!unprintable && !function.is_empty() && !function.contains('#')).then_some(Self { place, version, function })
    }

    /// Returns the positions in `tasks` of the tasks that this reference means: those with the best match.
    pub(super) fn meant<'t>(&self, tasks: impl Iterator<Item = (usize, &'t ExportedTask)>) -> Vec<usize> {
        let (mut best, mut found) = (Fit::Short, Vec::new());
        for (position, task) in tasks {
            let Some(fit) = self.fit(task) else { continue };
            if fit < best {
                best = fit;
                found.clear();
            }
            if fit == best {
                found.push(position);
            }
        }
        found
    }

    fn fit(&self, task: &ExportedTask) -> Option<Fit> {
        if self.function != task.name.function() || !self.fits_version(task) {
            return None;
        }
        let place = self.place?;
        if is_place(place, &task.name) {
            let same_version = self.version == task.package_version.as_deref();
            return Some(if same_version { Fit::Exact } else { Fit::Whole });
        }
        (task.name.interface() == Some(place)).then_some(Fit::Short)
    }

    /// Returns true if the version matches: none was given, or that of the task's package.
    fn fits_version(&self, task: &ExportedTask) -> bool {
        self.version.is_none() || self.version == task.package_version.as_deref()
    }
}

/// Returns true if `place` is the part before the `#` of `name`, without building it: a lookup compares it with the
/// place of every task.
fn is_place(place: &str, name: &TaskName) -> bool {
    match name {
        TaskName::Interface { package, interface, function: _ } => is_path(place, package, interface),
        TaskName::World { component, function: _ } => place == component.as_deref().unwrap_or(""),
        TaskName::Inline { component: Some(component), interface, function: _ } => is_path(place, component, interface),
        TaskName::Inline { component: None, interface, function: _ } => place == interface,
    }
}

fn is_path(place: &str, before: &str, after: &str) -> bool {
    place.strip_prefix(before).and_then(|rest| rest.strip_prefix('/')) == Some(after)
}

/// Limits on the number and on the length of the names compared with a wrong one: similarity costs the product of two
/// lengths.
const COMPARED: usize = 10_000;
const COMPARED_BYTES: usize = 128;

/// The number of similar names in a message.
const SHOWN: usize = 3;

/// Returns the names most similar to `wanted`, best first.
pub(super) fn nearest(wanted: &str, names: &[String]) -> Vec<String> {
    if wanted.len() > COMPARED_BYTES {
        return Vec::new();
    }
    let mut scored: Vec<(f64, &String)> = names
        .iter()
        .take(COMPARED)
        .filter(|name| name.len() <= COMPARED_BYTES)
        .map(|name| (likeness(wanted, name), name))
        .filter(|(likeness, _)| *likeness >= 0.6)
        .collect();
    scored.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    scored.into_iter().take(SHOWN).map(|(_, name)| name.clone()).collect()
}

/// Returns the similarity of two references, ignoring versions: by their whole text, or, for a short one, by the end of
/// the other.
fn likeness(wanted: &str, name: &str) -> f64 {
    let (wanted, name) = (unversioned(wanted), unversioned(name));
    let end = match wanted.contains('#') {
        true => name.rsplit('/').next(),
        false => name.rsplit('#').next(),
    };
    let like = |text| strsim::normalized_damerau_levenshtein(&wanted, text);
    like(&name).max(end.map_or(0.0, like))
}

fn unversioned(name: &str) -> String {
    match name.split_once('#') {
        Some((place, function)) => format!("{}#{function}", place.split('@').next().unwrap_or_default()),
        None => name.to_owned(),
    }
}
