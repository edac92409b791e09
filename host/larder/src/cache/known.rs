//! Records of files by their identity, and of components by their digest.

use std::path::Path;

use super::account::{Cache, look};
use crate::outcome::Warning;
use larder_base::Digest;
use larder_component::declare::{self, Declared};
use larder_content::{FileIdentity, path_key};
use larder_store::record::KnownFile;
use larder_store::{Commit, DECLARATIONS, KNOWN_FILES};

/// The record of a component, by its digest.
#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub(crate) struct Remembered {
    #[n(0)]
    format: u32,
    #[n(1)]
    pub(crate) code_digest: Digest,
    #[n(2)]
    pub(crate) declared: Declared,
}

impl Remembered {
    pub(crate) const fn new(code_digest: Digest, declared: Declared) -> Self {
        Self { format: declare::DECLARED_FORMAT, code_digest, declared }
    }

    /// Adds it to a commit.
    pub(crate) fn put(&self, digest: &Digest, commit: Commit) -> Result<Commit, String> {
        let encoded = minicbor::to_vec(self).map_err(|error| error.to_string())?;
        Ok(commit.put(&DECLARATIONS, digest, &encoded))
    }
}

impl Cache {
    /// Returns the digest of the file at a path, if that file is remembered.
    pub(crate) fn known_digest(&self, path: &Path, warnings: &mut Vec<Warning>) -> Option<Digest> {
        let store = self.store()?;
        let identity = FileIdentity::at(path).ok()?;
        let known = look(store.get(&KNOWN_FILES, &path_key(path).ok()?), warnings)?;
        digest_of(&known, &identity)
    }

    /// Returns the remembered digest of a file, if it is still that file.
    pub(crate) fn recall(&self, path: &Digest, identity: &FileIdentity) -> Option<Digest> {
        digest_of(&look(self.store()?.get(&KNOWN_FILES, path), &mut Vec::new())?, identity)
    }

    /// Returns the record of a component.
    pub(crate) fn remembered(&self, digest: &Digest, warnings: &mut Vec<Warning>) -> Option<Remembered> {
        let bytes = look(self.store()?.get(&DECLARATIONS, digest), warnings)?;
        let remembered: Remembered = minicbor::decode(&bytes).ok()?;
        // Another version could differ on which exports are tasks, or on which engine the component needs.
        (remembered.format == declare::DECLARED_FORMAT).then_some(remembered)
    }
}

fn digest_of(known: &KnownFile, identity: &FileIdentity) -> Option<Digest> {
    let same = minicbor::decode::<FileIdentity>(&known.identity).is_ok_and(|remembered| remembered == *identity);
    let remembered_at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(known.remembered_at_ms);
    (same && !identity.is_racy(remembered_at)).then_some(known.digest)
}

/// Adds the digest of a file to a commit.
pub(crate) fn known_file(
    commit: Commit,
    path: &Digest,
    identity: &FileIdentity,
    digest: Digest,
    remembered_at_ms: u64,
) -> Commit {
    let Ok(identity) = minicbor::to_vec(identity) else { return commit };
    commit.put(&KNOWN_FILES, path, &KnownFile { identity, digest, remembered_at_ms })
}

#[cfg(test)]
mod tests {
    use larder_component::ComponentBytes;

    use super::*;
    use crate::{Larder, Settings};

    /// It could differ on which exports are tasks, or on which engine the component needs.
    #[tokio::test]
    async fn what_an_older_version_remembers_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let larder = Larder::open(Settings::new(Some(folder.path().join("cache")))).unwrap();
        let text = r#"(component
            (import "wasi:random/random@0.3.0" (instance (export "get-random-u64" (func (result u64)))))
            (core module $m (func (export "f")))
            (core instance $m (instantiate $m))
            (func (export "f") (canon lift (core func $m "f"))))"#;
        let component = || ComponentBytes::new(wat::parse_str(text).unwrap()).unwrap();
        let loaded = larder.load_bytes(component(), None).await.unwrap();
        assert!(loaded.declared.needs_async);
        let older = Declared { needs_async: false, ..loaded.declared.clone() };
        for (format, is_taken) in [(declare::DECLARED_FORMAT - 1, false), (declare::DECLARED_FORMAT, true)] {
            let remembered = Remembered { format, code_digest: loaded.code_digest, declared: older.clone() };
            let commit = remembered.put(&loaded.digest, Commit::new()).unwrap();
            larder.host.cache.commit(commit).await.unwrap();
            let again = larder.load_bytes(component(), None).await.unwrap();
            assert_eq!(again.declared.needs_async, !is_taken, "format {format}");
        }
    }
}
