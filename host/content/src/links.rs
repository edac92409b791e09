//! Symbolic links inside a directory that could lead out of it.
//!
//! A link is followed as a system would follow it, through directories and through other links. It is not judged by its
//! text: if `up` leads to `..`, `up/../..` is two directories higher than it looks. A missing name, or anything but a
//! directory, counts as an empty directory, since one may appear there.

use std::sync::Arc;

use super::{Directory, Node};

/// Maximum number of links that one path may lead through, as on Linux: a path with more leads nowhere.
const MAX_LINKS: u32 = 40;

/// A directory on the way, with the name that leads to it from the directory before.
type Step<'d> = (&'d str, &'d Directory);

/// Returns the directory without the links that lead out of it, if it has any, and adds their paths to `left_out`.
pub(super) fn without_those_that_lead_out(directory: &Directory, left_out: &mut Vec<String>) -> Option<Directory> {
    without(directory, &mut vec![("", directory)], left_out)
}

fn without<'d>(directory: &'d Directory, way: &mut Vec<Step<'d>>, left_out: &mut Vec<String>) -> Option<Directory> {
    let mut changed: Vec<(&str, Option<Directory>)> = Vec::new();
    for (name, node) in &directory.entries {
        match node {
            Node::Directory(inner) => {
                way.push((name, inner));
                let inner = without(inner, way, left_out);
                way.pop();
                changed.extend(inner.map(|inner| (&**name, Some(inner))));
            }
            Node::Link(target) if leads_out(target, way) => {
                let place: Vec<&str> = way.iter().skip(1).map(|(name, _)| *name).chain([&**name]).collect();
                left_out.push(place.join("/"));
                changed.push((name, None));
            }
            Node::File { .. } | Node::Link(_) => {}
        }
    }
    if changed.is_empty() {
        return None;
    }
    let mut entries = directory.entries.clone();
    for (name, inner) in changed {
        match inner {
            Some(inner) => drop(entries.insert(name.into(), Node::Directory(Arc::new(inner)))),
            None => drop(entries.remove(name)),
        }
    }
    Some(Directory::new(entries))
}

/// Returns true if a link in the last directory of `way` leads above the first one.
fn leads_out<'d>(target: &'d str, way: &[Step<'d>]) -> bool {
    let mut here: Vec<Option<&Directory>> = way.iter().map(|(_, directory)| Some(*directory)).collect();
    let mut rest: Vec<&str> = Vec::new();
    let (mut next, mut links) = (Some(target), 0);
    loop {
        if let Some(target) = next.take() {
            links += 1;
            if links > MAX_LINKS {
                return false;
            }
            if target.starts_with('/') {
                return true;
            }
            rest.extend(target.split('/').rev());
        }
        match rest.pop() {
            None => return false,
            Some("" | ".") => {}
            Some("..") => {
                here.pop();
                if here.is_empty() {
                    return true;
                }
            }
            Some(name) => match here.last().copied().flatten().and_then(|here| here.entries.get(name)) {
                Some(Node::Directory(inner)) => here.push(Some(inner)),
                Some(Node::Link(target)) => next = Some(target),
                Some(Node::File { .. }) | None => here.push(None),
            },
        }
    }
}
