//! The objects of the commands that make something at a path.

use std::path::{Path, PathBuf};

use serde::Serialize;

/// Path that a command wrote to, or that was asked for: `larder bindings`, `larder componentize`, `larder cache path`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct PathReport<'a> {
    pub(crate) path: &'a Path,
}

/// Project that was made: `larder new`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct NewProject<'a> {
    /// Files, as paths from the folder.
    pub(crate) files: &'a [PathBuf],
    /// Folder.
    pub(crate) path: &'a Path,
}

/// Component of a project: `larder build`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct BuiltComponent<'a> {
    /// `true` if it was built just now, since an input had changed.
    pub(crate) built: bool,
    /// File of the component.
    pub(crate) path: &'a Path,
}
