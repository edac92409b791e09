//! Files written to a path that a user named.

use std::path::Path;

use larder_base::Digest;
use larder_content::{Content, Replace, export_file};

use crate::error::AuthoringError;

/// Writes a file, and creates the folders above it. If the file has this content already, its times stay the same, so
/// that a build system sees that nothing changed.
pub(crate) fn write(path: &Path, content: &[u8]) -> Result<(), AuthoringError> {
    let is_there = std::fs::symlink_metadata(path).is_ok_and(|there| there.is_file());
    if is_there && std::fs::read(path).is_ok_and(|found| found == content) {
        return Ok(());
    }
    Ok(export_file(&Content::of(content), &Digest::of(content), path, Replace::Any)?)
}
