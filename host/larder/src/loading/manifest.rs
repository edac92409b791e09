//! The manifest of a component: a sealed run asks it for its tasks.

use std::sync::Arc;

use crate::config::LimitsConfig;
use crate::engine::Engine;
use crate::error::{Error, ManifestFailure};
use crate::outcome::Warning;
use crate::schedule::{Job, NoAnswer, gone, lead};
use larder_component::ComponentBytes;
use larder_component::declare::{self, Declared, ExportPath, Exports, Manifest, ManifestTask};
use larder_sandbox::{Call, EngineKind, Ready, Watch, World};
use larder_types::Signature;
use larder_types::limits::Limits;

/// Attaches the declarations of the manifest to the exports, if there is a manifest.
pub(super) async fn declared(
    engine: &Arc<Engine>,
    bytes: &Arc<ComponentBytes>,
    exports: &Exports,
    limits: &LimitsConfig,
    warnings: &mut Vec<Warning>,
) -> Result<Declared, Error> {
    let Some(Manifest { export, signature }) = &exports.manifest else {
        return Ok(declare::attach(exports, Vec::new())?);
    };
    let kind = EngineKind::for_component(exports.needs_async);
    let ready = engine.ready_from_bytes(bytes, kind, limits, warnings).await?;
    let watch = Watch::default();
    let asking = ask(engine.clone(), ready, export.clone(), signature.clone(), watch.clone());
    let tasks = match lead(asking, watch.clone()).await {
        Ok(tasks) => tasks?,
        Err(NoAnswer::Gone) => return Err(gone()),
        Err(NoAnswer::Lost) => {
            let error = watch.time_is_up(&Limits::for_manifest());
            return Err(Error::Manifest(Box::new(ManifestFailure { error, report: watch.report() })));
        }
    };
    Ok(declare::attach(exports, tasks)?)
}

/// Asks a manifest for its tasks.
fn ask(
    engine: Arc<Engine>,
    ready: Ready,
    export: ExportPath,
    signature: Signature,
    watch: Watch,
) -> Job<Result<Vec<ManifestTask>, Error>> {
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
        let (result, report) = engine.run(&ready, call).await;
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
