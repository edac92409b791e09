//! The sandbox alone, with a guest on it, for tests that depend on a call's world but not on the command line or a
//! cache.

use std::time::Duration;

use larder::capability::{Allowed, Denied, Grants};
use larder::sandbox::Limits;
use larder::value::{from_json, to_json_text};
use larder_component::ComponentBytes;
use larder_component::declare::{self, Exports};
use larder_sandbox::{Call, EngineKind, Ready, Report, RunError, Sandbox, Watch, World};
use serde_json::Value as Json;
use tokio::runtime::{Builder, Runtime};

/// A compiled guest, and the runtime that its calls run on.
pub struct Bench {
    sandbox: Sandbox,
    ready: Ready,
    exports: Exports,
    runtime: Runtime,
    /// Limits of each call.
    pub limits: Limits,
}

/// Outcome of a call.
#[derive(Debug)]
pub struct Ended {
    /// The result as JSON, or the error of the run.
    pub result: Result<Json, RunError>,
    /// Resource use, output and denials.
    pub report: Report,
}

impl Bench {
    /// Compiles a guest.
    #[must_use]
    pub fn with(guest: &str) -> Self {
        let bytes = ComponentBytes::new(std::fs::read(guest).unwrap()).unwrap();
        let exports = declare::exports(bytes.bytes()).unwrap();
        let sandbox = Sandbox::default();
        let ready = sandbox.compile(&bytes, EngineKind::for_component(exports.needs_async)).unwrap();
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        // A hanging test should report that soon.
        let limits = Limits { timeout: Duration::from_secs(60), ..Limits::default() };
        Self { sandbox, ready, exports, runtime, limits }
    }

    /// Calls a function in a world; the inputs are a JSON array.
    #[track_caller]
    pub fn call(&self, function: &str, inputs: &Json, world: World) -> Ended {
        let task = self.exports.tasks.iter().find(|task| task.export.function == function).unwrap();
        let params = task.signature.params.iter().zip(inputs.as_array().unwrap());
        let inputs = params.map(|(param, input)| from_json(&input.to_string(), &param.ty).unwrap()).collect();
        let (export, signature) = (&task.export, &task.signature);
        let (contents, spool, watch) = (Default::default(), None, Watch::default());
        let call = Call { export, signature, inputs, world, limits: &self.limits, contents, spool, watch };
        let (result, report) = self.runtime.block_on(async {
            let ended = self.sandbox.call(&self.ready, call).await;
            // The runtime drops the run's leftovers once it gets a turn.
            tokio::task::yield_now().await;
            ended
        });
        let json = |value: Option<larder::Value>| match value.zip(signature.result.as_ref()) {
            Some((value, ty)) => serde_json::from_str(&to_json_text(&value, ty)).unwrap(),
            None => Json::Null,
        };
        Ended { result: result.map(|returned| json(returned.value)), report }
    }

    /// Calls a function in the open world with these grants.
    #[track_caller]
    pub fn open(&self, function: &str, inputs: &Json, grants: &Grants) -> Ended {
        self.call(function, inputs, World::Open(Allowed::of(grants, None)))
    }

    /// Calls a function in the sealed world.
    #[track_caller]
    pub fn sealed(&self, function: &str, inputs: &Json) -> Ended {
        self.call(function, inputs, World::Sealed { seed: [7; 32] })
    }
}

impl Ended {
    /// Expects a result.
    #[track_caller]
    pub fn result(&self) -> &Json {
        self.result.as_ref().unwrap_or_else(|error| panic!("{error}: {:?}", self.report))
    }

    /// Expects that the function answered `ok` with this value, and that nothing was denied.
    #[track_caller]
    pub fn is_ok(&self, value: &Json) {
        assert_eq!(self.result()["ok"], *value, "{self:?}");
        assert!(self.report.denials.is_empty(), "{self:?}");
    }

    /// Expects that the function answered `err` with a text that starts like this, and that exactly these were denied.
    #[track_caller]
    pub fn is_denied(&self, error: &str, denied: &[Denied]) {
        let told = self.result()["err"].as_str().unwrap_or_else(|| panic!("{self:?}"));
        assert!(told.starts_with(error), "{self:?}");
        assert_eq!(self.report.denials.iter().collect::<Vec<_>>(), denied.iter().collect::<Vec<_>>(), "{self:?}");
    }

    /// Expects a run that gave no result, and returns the code of its error.
    #[track_caller]
    pub fn code(&self) -> String {
        match &self.result {
            Ok(result) => panic!("the run should fail: {result}"),
            Err(error) => error.code().into_owned(),
        }
    }
}
