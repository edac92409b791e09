//! Paths inside a directory that a task holds.

use std::sync::Arc;

use super::bindings::larder::task::files::Error;
use larder_content::{Directory, Node, is_name};

/// Maximum number of links that one path may lead through, as on Linux.
const MAX_LINKS: u32 = 40;

/// Returns the node at a path inside a directory. Nothing leads out of it.
pub(super) fn find(directory: &Arc<Directory>, path: &str) -> Result<Node, Error> {
    let mut above: Vec<Arc<Directory>> = Vec::new();
    let mut here = directory.clone();
    let mut rest: Vec<Box<str>> = parts(path)?;
    let mut links = 0;
    while let Some(part) = rest.pop() {
        match &*part {
            "." => continue,
            ".." => {
                here = above.pop().ok_or(Error::NotPermitted)?;
                continue;
            }
            _ => {}
        }
        match here.entries.get(&part).ok_or(Error::NoEntry)?.clone() {
            Node::Directory(inner) => above.push(std::mem::replace(&mut here, inner)),
            Node::Link(target) => {
                links += 1;
                if links > MAX_LINKS {
                    return Err(Error::Loop);
                }
                rest.extend(parts(&target)?);
            }
            file @ Node::File { .. } if rest.is_empty() => return Ok(file),
            Node::File { .. } => return Err(Error::NotDirectory),
        }
    }
    Ok(Node::Directory(here))
}

/// Maximum length of a path in bytes, as in a scratch folder: each part of it takes more of the host's memory than of
/// the task's.
const MAX_PATH: usize = 4095;

/// Splits a relative path into its parts, the last one first.
fn parts(path: &str) -> Result<Vec<Box<str>>, Error> {
    match path {
        "" => Err(Error::NoEntry),
        _ if path.len() > MAX_PATH => Err(Error::InvalidName),
        _ if path.starts_with('/') => Err(Error::NotPermitted),
        _ => Ok(path.split('/').filter(|part| !part.is_empty()).map(Box::from).rev().collect()),
    }
}

/// Returns the last part of a path, if it can be a name.
pub(super) fn last_part(path: &str) -> Option<String> {
    path.trim_end_matches('/').rsplit('/').next().filter(|name| is_name(name)).map(str::to_owned)
}

#[cfg(test)]
mod tests;
