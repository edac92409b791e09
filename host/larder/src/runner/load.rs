//! From a path to the declarations of a component: read from the store when the file is unchanged, else from the bytes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::lead::{self, NoAnswer, Work};
use super::{Error, Larder, ManifestFailure, Settings, Warning, blocking};
use crate::config::{Config, GrantsConfig, LimitsConfig, SizesConfig, TaskConfig};
use crate::policy;
use larder_base::Digest;
use larder_component as component;
use larder_component::ComponentBytes;
use larder_component::declare::{
    self, DeclareError, Declared, ExportPath, Exports, Manifest, ManifestTask, TaskDeclaration,
};
use larder_content::clock::now_ms;
use larder_content::{FileIdentity, path_key};
use larder_sandbox::{Call, EngineKind, Ready, Watch, World};
use larder_store::record::KnownFile;
use larder_store::{Commit, DECLARATIONS, KNOWN_FILES, Lookup};
use larder_types::Signature;
use larder_types::limits::Limits;

/// A component, known by its digest, with what it declares.
#[derive(Debug, Clone)]
pub struct LoadedComponent {
    /// The digest of its bytes.
    pub digest: Digest,
    /// The digest of its code, custom sections left out.
    pub code_digest: Digest,
    /// Its tasks and what is not one, under the names that hold here.
    pub declared: Declared,
    /// What `larder.toml` says of each task, in their order.
    pub tables: Vec<Option<TaskConfig>>,
    /// What a `larder.toml` that is trusted grants to each task, in their order. Nobody has it until a caller passes it
    /// on, since only a caller knows the environment that it may name.
    pub grants: Vec<Option<GrantsConfig>>,
    /// What it would grant to each task if it were trusted. Nobody gets it.
    pub withheld_grants: Vec<Option<GrantsConfig>>,
    /// The `larder.toml` that speaks of it.
    pub config_path: Option<PathBuf>,
    /// What `larder.toml` says of every run.
    pub limits: LimitsConfig,
    /// What `larder.toml` says of sizes.
    pub sizes: SizesConfig,
    /// What the cache could not do while loading.
    pub warnings: Vec<Warning>,
    /// Whether `limits` and `sizes` may be above what holds without them.
    pub(super) may_raise_limits: bool,
    /// Whether the file raises a limit on reading or compiling that does not count.
    pub(super) withholds_compiling: bool,
    pub(super) kind: EngineKind,
    pub(super) source: Source,
}

/// Where the bytes can be had when they are needed.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// In this file, if it still has the digest.
    File(PathBuf),
    /// Here.
    Memory(Arc<ComponentBytes>),
}

/// What the store keeps of a component by its digest.
#[derive(minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
struct Remembered {
    #[n(0)]
    format: u32,
    #[n(1)]
    code_digest: Digest,
    #[n(2)]
    declared: Declared,
}

impl LoadedComponent {
    /// The task that `name` means: a full name, or any unambiguous short form of it.
    ///
    /// # Errors
    ///
    /// [`Error::Find`], which lists the candidates.
    pub fn find(&self, name: &str) -> Result<usize, Error> {
        Ok(declare::find_declared(&self.declared, name)?)
    }

    /// The declarations of the tasks, in the order of the component.
    #[must_use]
    pub fn tasks(&self) -> &[TaskDeclaration] {
        &self.declared.tasks
    }
}

impl Larder {
    /// Loads the component in the file `path`, under the names and versions of `config`.
    ///
    /// The bytes are not read when the store remembers this very file: path, device, inode, size and times.
    ///
    /// # Errors
    ///
    /// [`Error::Component`], [`Error::Declare`], [`Error::Manifest`], [`Error::Sandbox`], [`Error::Policy`].
    pub async fn load(&self, path: &Path, config: Option<&Config>) -> Result<LoadedComponent, Error> {
        let mut warnings = Vec::new();
        if let Some(digest) = self.known_digest(path, &mut warnings)
            && let Some(remembered) = self.remembered(&digest, &mut warnings)
        {
            return self.under(digest, remembered, Source::File(path.to_owned()), config, warnings);
        }
        // Taken before the file is read: a write after this moment must not pass for the content that was.
        let before = now_ms();
        let (limits, _) = self.limits_that_count(config);
        let (bytes, identity) = self.read(path, &limits).await?;
        let known = learn_file(path, identity, bytes.digest(), before);
        self.learn(Arc::new(bytes), known, config, warnings).await
    }

    /// Loads a component that the embedder already holds.
    ///
    /// # Errors
    ///
    /// As [`Larder::load`].
    pub async fn load_bytes(&self, bytes: ComponentBytes, config: Option<&Config>) -> Result<LoadedComponent, Error> {
        self.learn(Arc::new(bytes), Commit::new(), config, Vec::new()).await
    }

    /// Reads the bytes of a component, once.
    pub(super) async fn read(
        &self,
        path: &Path,
        limits: &LimitsConfig,
    ) -> Result<(ComponentBytes, FileIdentity), Error> {
        let max_bytes = limits.component_mib.map_or(self.host.settings.max_component_bytes, |mib| u64::from(mib) << 20);
        let path = path.to_owned();
        let read = blocking(move || component::read(&path, max_bytes)).await??;
        self.host.counters.component_reads.add_one();
        Ok(read)
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
        let (remembered, commit) = match self.remembered(&digest, &mut warnings) {
            Some(remembered) => (remembered, commit),
            None => {
                let examined = bytes.clone();
                let (code_digest, exports) = blocking(move || examine(&examined)).await??;
                let (limits, _) = self.limits_that_count(config);
                let declared = self.declared(&bytes, &exports, &limits, &mut warnings).await?;
                let remembered = Remembered { format: declare::DECLARED_FORMAT, code_digest, declared };
                let encoded = minicbor::to_vec(&remembered).map_err(|error| Error::Internal(error.to_string()))?;
                (remembered, commit.put(&DECLARATIONS, &digest, &encoded))
            }
        };
        if let Err(reason) = self.commit(commit).await {
            warnings.push(Warning::NotRemembered(reason));
        }
        self.under(digest, remembered, source, config, warnings)
    }

    /// What a `larder.toml` says of every run, as far as it counts, and whether some of it does not.
    fn limits_that_count(&self, config: Option<&Config>) -> (LimitsConfig, bool) {
        let Settings { compile, max_component_bytes, .. } = &self.host.settings;
        match config {
            Some(config) if config.is_trusted => (config.limits.clone(), false),
            Some(config) => config.limits.without_raised_compiling(*compile, *max_component_bytes),
            None => (LimitsConfig::default(), false),
        }
    }

    /// Puts the names and tables of `larder.toml` over what the component itself says.
    fn under(
        &self,
        digest: Digest,
        remembered: Remembered,
        source: Source,
        config: Option<&Config>,
        warnings: Vec<Warning>,
    ) -> Result<LoadedComponent, Error> {
        let Remembered { format: _, code_digest, mut declared } = remembered;
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

    /// Asks the manifest, if there is one.
    async fn declared(
        &self,
        bytes: &Arc<ComponentBytes>,
        exports: &Exports,
        limits: &LimitsConfig,
        warnings: &mut Vec<Warning>,
    ) -> Result<Declared, Error> {
        let Some(Manifest { export, signature }) = &exports.manifest else {
            return Ok(declare::attach(exports, Vec::new())?);
        };
        let kind = EngineKind::for_component(exports.needs_async);
        let ready = self.ready_from_bytes(bytes, kind, limits, warnings).await?;
        self.host.counters.runs.add_one();
        let watch = Watch::default();
        let asking = self.clone().ask(ready, export.clone(), signature.clone(), watch.clone());
        let tasks = match self.lead(asking, watch.clone()).await {
            Ok(tasks) => tasks?,
            Err(NoAnswer::Gone) => return Err(lead::gone()),
            Err(NoAnswer::Lost) => {
                let error = watch.time_is_up(&Limits::for_manifest());
                return Err(Error::Manifest(Box::new(ManifestFailure { error, report: watch.report() })));
            }
        };
        Ok(declare::attach(exports, tasks)?)
    }

    /// Asks a manifest for its tasks.
    fn ask(
        self,
        ready: Ready,
        export: ExportPath,
        signature: Signature,
        watch: Watch,
    ) -> Work<Result<Vec<ManifestTask>, Error>> {
        Box::pin(async move {
            let (limits, world) = (Limits::for_manifest(), World::Sealed { seed: [0; 32] });
            let call = Call {
                export: &export,
                signature: &signature,
                inputs: Vec::new(),
                world,
                limits: &limits,
                contents: Arc::default(),
                spool: None,
                watch: watch.clone(),
            };
            let (result, report) = self.host.sandbox.call(&ready, call).await;
            self.forget_what_is_retired(&result);
            let failed = |error, report| Error::Manifest(Box::new(ManifestFailure { error, report }));
            let returned = match result {
                Ok(returned) => returned,
                Err(error) => return Err(failed(error, report)),
            };
            let value = returned.value.ok_or_else(|| Error::Internal("an empty manifest".into()))?;
            let tasks = declare::from_value(value)?;
            if watch.end() { Ok(tasks) } else { Err(failed(watch.time_is_up(&limits), report)) }
        })
    }

    fn known_digest(&self, path: &Path, warnings: &mut Vec<Warning>) -> Option<Digest> {
        let store = self.host.store.as_ref()?;
        let identity = FileIdentity::at(path).ok()?;
        let known = look(store.get(&KNOWN_FILES, &path_key(path).ok()?), warnings)?;
        let same = minicbor::decode::<FileIdentity>(&known.identity).is_ok_and(|remembered| remembered == identity);
        let remembered_at = std::time::UNIX_EPOCH + std::time::Duration::from_millis(known.remembered_at_ms);
        (same && !identity.is_racy(remembered_at)).then_some(known.digest)
    }

    fn remembered(&self, digest: &Digest, warnings: &mut Vec<Warning>) -> Option<Remembered> {
        let bytes = look(self.host.store.as_ref()?.get(&DECLARATIONS, digest), warnings)?;
        let remembered: Remembered = minicbor::decode(&bytes).ok()?;
        (remembered.format == declare::DECLARED_FORMAT).then_some(remembered)
    }
}

/// What the bytes say without being run: for a large component this takes a good part of a second.
fn examine(bytes: &ComponentBytes) -> Result<(Digest, Exports), DeclareError> {
    let code_digest = bytes.code_digest().map_err(DeclareError::NotAComponent)?;
    Ok((code_digest, declare::exports(bytes.bytes())?))
}

fn learn_file(path: &Path, identity: FileIdentity, digest: Digest, remembered_at_ms: u64) -> Commit {
    match (path_key(path), minicbor::to_vec(identity)) {
        (Ok(key), Ok(identity)) => {
            Commit::new().put(&KNOWN_FILES, &key, &KnownFile { identity, digest, remembered_at_ms })
        }
        // A path that cannot be made canonical is read each time.
        (Err(_), _) | (_, Err(_)) => Commit::new(),
    }
}

/// What was found; what could not be read is a warning.
pub(super) fn look<T>(lookup: Result<Lookup<T>, larder_store::StoreError>, warnings: &mut Vec<Warning>) -> Option<T> {
    match lookup {
        Ok(Lookup::Found(found)) => Some(found),
        Ok(Lookup::Absent) => None,
        Ok(Lookup::Damaged(report)) => {
            warnings.push(Warning::Damaged(report.to_string()));
            None
        }
        Err(error) => {
            warnings.push(Warning::NotRead(error.to_string()));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    /// It could say otherwise which exports are tasks, or which engine the component needs.
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
            let encoded = minicbor::to_vec(&remembered).unwrap();
            larder.commit(Commit::new().put(&DECLARATIONS, &loaded.digest, &encoded)).await.unwrap();
            let again = larder.load_bytes(component(), None).await.unwrap();
            assert_eq!(again.declared.needs_async, !is_taken, "format {format}");
        }
    }
}
