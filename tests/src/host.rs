//! The library, for tests that the command line cannot make: limits are settings of the host, and values can be any
//! bits.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use larder::declare::DeclaredVersion;
use larder::policy::Asked;
use larder::sandbox::{CompileLimits, Compiler, Limits, SandboxError};
use larder::{CallOptions, Error, Larder, Outcome, Settings, Value};
use tokio::runtime::{Builder, Runtime};

use crate::World;

/// An open host, and the runtime that its calls run on.
pub struct Host {
    larder: Larder,
    runtime: Runtime,
}

impl Host {
    /// Opens the cache of `world` under these limits.
    #[must_use]
    pub fn open(world: &World, limits: Limits) -> Self {
        Self::with(Settings { limits, ..Settings::new(Some(world.cache())) })
    }

    /// Opens the cache of `world` with a helper that compiles under these limits: the command under test.
    #[must_use]
    pub fn compiling(world: &World, compile: CompileLimits) -> Self {
        let program = world.command::<&str>([]).get_program().into();
        let compiler = Compiler::Helper { program, arguments: vec!["compile-helper".into()] };
        Self::with(Settings { compiler, compile, ..Settings::new(Some(world.cache())) })
    }

    /// Opens a host with these settings.
    #[must_use]
    pub fn with(settings: Settings) -> Self {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        Self { larder: Larder::open(settings).unwrap(), runtime }
    }

    /// Calls a task under version 1, whatever is declared.
    ///
    /// # Errors
    ///
    /// Same as [`Larder::call`].
    pub fn call(&self, component: impl AsRef<Path>, task: &str, inputs: &[Value]) -> Result<Outcome, Error> {
        self.call_with(CallOptions::default(), component, task, inputs)
    }

    /// Calls a task like [`Host::call`], with other options.
    ///
    /// # Errors
    ///
    /// Same as [`Larder::call`].
    pub fn call_with(
        &self,
        options: CallOptions,
        component: impl AsRef<Path>,
        task: &str,
        inputs: &[Value],
    ) -> Result<Outcome, Error> {
        self.runtime.block_on(self.calling(options, component.as_ref(), task, inputs))
    }

    async fn calling(
        &self,
        options: CallOptions,
        component: &Path,
        task: &str,
        inputs: &[Value],
    ) -> Result<Outcome, Error> {
        let asked = Asked { version: Some(DeclaredVersion::Declared("1".to_owned())), ..options.asked };
        let options = CallOptions { asked, ..options };
        let component = Arc::new(self.larder.load(component, None).await?);
        let task = component.find(task)?;
        let prepared = self.larder.prepare(component, task, options)?;
        self.larder.call(&prepared, inputs).await
    }

    /// Calls a task like [`Host::call`], expects a run without a result, and returns the code of its error.
    #[track_caller]
    pub fn fails(&self, component: impl AsRef<Path>, task: &str, inputs: &[Value]) -> String {
        match self.call(component, task, inputs) {
            Err(Error::Run(failure)) => failure.error.code().into_owned(),
            other => panic!("the run should fail: {other:?}"),
        }
    }

    /// Calls a task like [`Host::call`], expects a component that cannot be prepared, and returns the error.
    #[track_caller]
    pub fn refuses(&self, component: impl AsRef<Path>, task: &str) -> SandboxError {
        match self.call(component, task, &[]) {
            Err(Error::Sandbox(error)) => error,
            other => panic!("it should not compile: {other:?}"),
        }
    }

    /// Calls a task like [`Host::call`], for a caller that goes away once `condition` holds. Returns true if there was
    /// an answer before.
    pub fn answers_before(&self, condition: impl Fn() -> bool, component: impl AsRef<Path>, task: &str) -> bool {
        let call = self.calling(CallOptions::default(), component.as_ref(), task, &[]);
        let going = async {
            while !condition() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        self.runtime.block_on(async {
            tokio::select! {
                _ = call => true,
                () = going => false,
            }
        })
    }

    /// Number of instances made to run a task or to read a manifest.
    #[must_use]
    pub fn runs(&self) -> u64 {
        self.larder.work().runs
    }
}
