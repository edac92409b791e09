//! From a path to declarations: remembered if the file is unchanged, else read from the bytes.

use std::path::Path;
use std::sync::Arc;

use crate::blocking::blocking;
use crate::cache::{Cache, Remembered, known_file};
use crate::config::{Config, LimitsConfig};
use crate::engine::Engine;
use crate::error::Error;
use crate::loaded::LoadedComponent;
use crate::outcome::Warning;
use crate::policy;
use crate::source::{Reader, Source};
use larder_base::Digest;
use larder_component::ComponentBytes;
use larder_component::declare::{self, DeclareError, Exports};
use larder_content::clock::now_ms;
use larder_content::{FileIdentity, path_key};
use larder_sandbox::{CompileLimits, EngineKind};
use larder_store::Commit;

use super::manifest::declared;

/// Loader of components.
pub(crate) struct Loader {
    compile: CompileLimits,
    reader: Arc<Reader>,
    cache: Arc<Cache>,
    engine: Arc<Engine>,
}

impl Loader {
    pub(crate) const fn new(
        compile: CompileLimits,
        reader: Arc<Reader>,
        cache: Arc<Cache>,
        engine: Arc<Engine>,
    ) -> Self {
        Self { compile, reader, cache, engine }
    }

    /// Loads the component in the file `path`, under the names and versions of `config`. The bytes are not read if the
    /// cache remembers this very file.
    pub(crate) async fn load(&self, path: &Path, config: Option<&Config>) -> Result<LoadedComponent, Error> {
        let mut warnings = Vec::new();
        if let Some(digest) = self.cache.known_digest(path, &mut warnings)
            && let Some(remembered) = self.cache.remembered(&digest, &mut warnings)
        {
            return self.under(digest, remembered, Source::File(path.to_owned()), config, warnings);
        }
        // The time is taken before the file is read, so that a later write does not pass for the content that was read.
        let before = now_ms();
        let (limits, _) = self.limits_that_count(config);
        let (bytes, identity) = self.reader.read(path, &limits).await?;
        let known = learn_file(path, &identity, bytes.digest(), before);
        self.learn(Arc::new(bytes), known, config, warnings).await
    }

    /// Loads a component that the embedder already holds.
    pub(crate) async fn load_bytes(
        &self,
        bytes: ComponentBytes,
        config: Option<&Config>,
    ) -> Result<LoadedComponent, Error> {
        self.learn(Arc::new(bytes), Commit::new(), config, Vec::new()).await
    }

    async fn learn(
        &self,
        bytes: Arc<ComponentBytes>,
        commit: Commit,
        config: Option<&Config>,
        mut warnings: Vec<Warning>,
    ) -> Result<LoadedComponent, Error> {
        let digest = bytes.digest();
        let source = Source::Memory(bytes.clone());
        let (remembered, commit) = match self.cache.remembered(&digest, &mut warnings) {
            Some(remembered) => (remembered, commit),
            None => {
                let examined = bytes.clone();
                let (code_digest, exports) = blocking(move || examine(&examined)).await??;
                let (limits, _) = self.limits_that_count(config);
                let declared = declared(&self.engine, &bytes, &exports, &limits, &mut warnings).await?;
                let remembered = Remembered::new(code_digest, declared);
                let commit = remembered.put(&digest, commit).map_err(Error::Internal)?;
                (remembered, commit)
            }
        };
        if let Err(reason) = self.cache.commit(commit).await {
            warnings.push(Warning::NotRemembered(reason));
        }
        self.under(digest, remembered, source, config, warnings)
    }

    /// Returns the limits of a `larder.toml` that count, and true if some do not.
    fn limits_that_count(&self, config: Option<&Config>) -> (LimitsConfig, bool) {
        match config {
            Some(config) if config.is_trusted => (config.limits.clone(), false),
            Some(config) => config.limits.without_raised_compiling(self.compile, self.reader.max_bytes),
            None => (LimitsConfig::default(), false),
        }
    }

    /// Applies the names and tables of `larder.toml` over the declarations of the component.
    fn under(
        &self,
        digest: Digest,
        remembered: Remembered,
        source: Source,
        config: Option<&Config>,
        warnings: Vec<Warning>,
    ) -> Result<LoadedComponent, Error> {
        let Remembered { code_digest, mut declared, .. } = remembered;
        if let Some(name) = config.and_then(|config| config.name.as_deref()) {
            declared = declared.named(name);
        }
        let tables = policy::tables(config, |config| &config.tasks, &declared.tasks)?;
        let tables: Vec<_> = tables.into_iter().map(Option::<&_>::cloned).collect();
        policy::check_versions(&declared.tasks, &tables)?;
        let granted = policy::tables(config, |config| &config.grants, &declared.tasks)?;
        let granted = granted.into_iter().map(Option::<&_>::cloned).collect();
        let is_trusted = config.is_some_and(|config| config.is_trusted);
        let nothing = vec![None; declared.tasks.len()];
        let (grants, withheld_grants) = if is_trusted { (granted, nothing) } else { (nothing, granted) };
        let (limits, withholds_compiling) = self.limits_that_count(config);
        Ok(LoadedComponent {
            kind: EngineKind::for_component(declared.needs_async),
            sizes: config.map(|config| config.sizes.clone()).unwrap_or_default(),
            config_path: config.map(|config| config.path.clone()),
            may_raise_limits: is_trusted,
            digest,
            code_digest,
            declared,
            tables,
            grants,
            withheld_grants,
            limits,
            withholds_compiling,
            warnings,
            source,
        })
    }
}

/// Reads declarations from the bytes without running them. For a large component this takes a good part of a second.
fn examine(bytes: &ComponentBytes) -> Result<(Digest, Exports), DeclareError> {
    let code_digest = bytes.code_digest().map_err(DeclareError::NotAComponent)?;
    Ok((code_digest, declare::exports(bytes.bytes())?))
}

fn learn_file(path: &Path, identity: &FileIdentity, digest: Digest, remembered_at_ms: u64) -> Commit {
    match path_key(path) {
        Ok(key) => known_file(Commit::new(), &key, identity, digest, remembered_at_ms),
        // A path that cannot be made canonical is read each time.
        Err(_) => Commit::new(),
    }
}
