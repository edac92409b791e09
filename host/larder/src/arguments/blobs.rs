//! Files and directories, as a person names them: paths, digests, patterns, and files that list these.

use std::path::{Path, PathBuf};

use larder_types::value::{BlobRef, Value, parse_argument};
use larder_types::{Field, TypeKind, WitType};

use super::error::{ArgumentError, ill_typed, or_a_list};
use super::file::listed;
use super::pattern;

/// Returns the type of the files or directories that a parameter of type `ty` takes by name, alone or in a list.
pub(super) fn blob_type(ty: &WitType) -> Option<&WitType> {
    let one = if let TypeKind::List(element) = ty.kind() { element } else { ty };
    matches!(one.kind(), TypeKind::Blob(_)).then_some(one)
}

/// Reads files or directories as a person names them.
pub(super) fn blobs(
    param: &Field,
    one: &WitType,
    text: &str,
    folder: &Path,
    parse: impl Fn(&str) -> Result<Value, ArgumentError>,
) -> Result<Value, ArgumentError> {
    let is_list = param.ty != *one;
    let is_literal = if is_list { is_list_literal(text) } else { text.starts_with(['"', '{']) };
    if is_literal {
        return parse(text).map(|value| absolute(value, folder));
    }
    let mut named = Vec::new();
    match text.strip_prefix('@').filter(|_| is_list) {
        Some(path) => {
            for line in listed(param, &folder.join(path))? {
                named.extend(matching(param, one, &line, folder)?);
            }
        }
        // A leading `@` in a path is escaped as `@@`, as in any other text.
        None => named = matching(param, one, text.strip_prefix('@').unwrap_or(text), folder)?,
    }
    match (is_list, named.len()) {
        (true, _) => Ok(Value::List(named)),
        (false, 1) => named.pop().map_or_else(|| parse(text), Ok),
        (false, found) => Err(ArgumentError::NotOne { name: param.name.clone(), pattern: text.to_owned(), found }),
    }
}

/// Returns true if a text is a list literal rather than a pattern that begins with a set of characters.
pub(super) fn is_list_literal(text: &str) -> bool {
    let inside = text.strip_prefix('[').map(str::trim_start);
    inside.is_some_and(|inside| inside.starts_with(['"', '{', ']']))
}

/// Returns the files or directories that a path, a digest or a pattern names.
pub(super) fn matching(param: &Field, one: &WitType, text: &str, folder: &Path) -> Result<Vec<Value>, ArgumentError> {
    if text.starts_with("file:") || !is_pattern(text, folder) {
        let value = parse_argument(text, one).map_err(|source| ill_typed(param, source))?;
        return Ok(vec![absolute(value, folder)]);
    }
    let value = |path| if *one == WitType::Directory { Value::Directory(path) } else { Value::File(path) };
    let paths = matches(&param.name, text, folder)?;
    Ok(paths.into_iter().map(|path| value(BlobRef::Path(path))).collect())
}

/// Returns true if a text is a pattern rather than the name of an existing file with such characters in it.
pub(super) fn is_pattern(text: &str, folder: &Path) -> bool {
    text.contains(['*', '?', '[']) && !folder.join(text).exists()
}

/// Returns the paths that a pattern matches, in the order of their names.
pub(super) fn matches(name: &str, text: &str, folder: &Path) -> Result<Vec<PathBuf>, ArgumentError> {
    let not_a_pattern = |problem: String| ArgumentError::NotAPattern {
        name: name.to_owned(),
        problem: format!("{problem}{}", or_a_list(text)),
    };
    let paths = pattern::matching(folder, text).map_err(|problem| not_a_pattern(problem.to_string()))?;
    if paths.is_empty() {
        return Err(ArgumentError::NothingMatches { name: name.to_owned(), pattern: text.to_owned() });
    }
    Ok(paths)
}

/// Makes the paths in a value absolute, relative to `folder`.
pub(super) fn absolute(mut value: Value, folder: &Path) -> Value {
    value.each_blob_mut(&mut |_, blob| {
        if let BlobRef::Path(path) = blob {
            *path = folder.join(&*path);
        }
    });
    value
}
