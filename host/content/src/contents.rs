//! The contents of a call, by digest, and the names that they may have.

use std::collections::HashMap;
use std::sync::Arc;

use crate::{Content, Directory};
use larder_base::Digest;

/// The contents of files and directories, by digest: the inputs or the outputs of a call.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// Files.
    pub files: HashMap<Digest, Content>,
    /// Directories.
    pub directories: HashMap<Digest, Arc<Directory>>,
}

/// The longest name of a file or directory, in bytes.
const MAX_NAME: usize = 255;

/// Checks that a file or directory returned by a task may be called `name`: one part of a path, without characters that
/// a terminal would act on.
#[must_use]
pub fn is_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && name.len() <= MAX_NAME && !name.chars().any(|c| c == '/' || c.is_control())
}
