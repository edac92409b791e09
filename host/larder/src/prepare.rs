//! State that all calls of a task share: their policy, the ingredients of their key, and the limits of their runs.
//!
//! All of it is decided before there are inputs, from the declarations, the operator's `larder.toml` and the caller's
//! settings. It must never see the sandbox at work or the store: a decision is the same with and without either.

use std::sync::Arc;
use std::time::Duration;

use crate::config;
use crate::error::{Error, Ran};
use crate::key::{self, CacheId, EntryKey, KeyVersion};
use crate::loaded::LoadedComponent;
use crate::policy::{self, Asked, Policy, Trust};
use crate::schedule::Amount;
use crate::settings::Settings;
use crate::sizes::Class;
use larder_component::declare::{DeclaredVersion, Scope, TaskDeclaration};
use larder_types::limits::Limits;
use larder_types::value::{self, Value};

/// Options of a call.
///
/// ```
/// use std::time::Duration;
/// use larder::CallOptions;
///
/// let hour = CallOptions { max_age: Some(Duration::from_secs(60 * 60)), ..CallOptions::default() };
/// assert!(!hour.refresh);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallOptions {
    /// Settings that take precedence over declarations: a version, a scope, the open world.
    pub asked: Asked,
    /// Runs the task, and overwrites the entry.
    pub refresh: bool,
    /// Accepts an entry made by other code although its version came from the caller alone.
    pub trust_name: bool,
    /// Makes a hit that another component made an error.
    pub strict: bool,
    /// Treats entries older than this as misses.
    pub max_age: Option<Duration>,
}

/// One task of one component, under one set of options: the state that all its calls share. A clone is the same.
///
/// ```
/// use larder::{CallOptions, Larder, Value, declare::DeclaredVersion, policy::Asked};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # use std::{path::Path, sync::Arc};
/// # let folder = tempfile::tempdir()?;
/// # let larder = Larder::builder().open()?;
/// let component = Arc::new(larder.load(Path::new("examples/sums.wat"), None).await?);
/// let task = component.find("add")?;
/// let asked = |version: &str| {
///     let version = Some(DeclaredVersion::Declared(version.to_owned()));
///     CallOptions { asked: Asked { version, ..Asked::default() }, ..CallOptions::default() }
/// };
/// let first = larder.prepare(component.clone(), task, asked("1"))?;
/// let second = larder.prepare(component, task, asked("2"))?;
/// let inputs = [Value::U32(1), Value::U32(2)];
/// assert_eq!(first.key(&inputs)?, first.key(&inputs)?);
/// assert_ne!(first.key(&inputs)?, second.key(&inputs)?);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Prepared(Arc<Decided>);

impl std::ops::Deref for Prepared {
    type Target = Decided;

    fn deref(&self) -> &Decided {
        &self.0
    }
}

/// The decisions for the calls of a task: the fields of a [`Prepared`].
#[derive(Debug)]
pub struct Decided {
    /// The component.
    pub component: Arc<LoadedComponent>,
    /// The policy for the task.
    pub policy: Policy,
    /// The ingredients of its cache id; `None` when it is not cached.
    pub ingredients: Option<key::Ingredients>,
    /// The cache id; `None` when it is not cached.
    pub cache_id: Option<CacheId>,
    /// The limits of a run.
    pub limits: Limits,
    /// The resources of the task's size on this host.
    pub class: Class,
    /// True if an untrusted `larder.toml` raises a limit, which then does not count.
    pub withholds_limits: bool,
    /// The canonical text of the task's signature.
    pub(crate) signature: String,
    task: usize,
    pub(crate) options: CallOptions,
}

impl Decided {
    /// Returns the declaration of the task.
    #[must_use]
    pub fn task(&self) -> &TaskDeclaration {
        &self.component.declared.tasks[self.task]
    }

    /// Returns the task and its world, to interpret the denials of a run.
    #[must_use]
    pub fn ran(&self) -> Ran {
        let Policy { cache, size: _, timeout: _, file_names: _, open } = &self.policy;
        let task = self.task();
        Ran {
            task: task.exported.qualified_name(),
            is_cached: cache.is_some() && !self.options.asked.uncached,
            says_its_needs: task.needs.is_some() && self.options.asked.trust == Trust::Trusted,
            is_open: open.is_some(),
        }
    }

    /// Returns the share of the host's budget that one run takes: the processors of its size, and its memory limit.
    pub(crate) const fn need(&self) -> Amount {
        Amount { runs: 1, cpus: self.class.cpus, memory_bytes: self.limits.memory_bytes }
    }

    /// Returns true if an answer may be stored: success, and `err` if the task declares that it may be cached.
    pub(crate) fn may_store(&self, is_err: bool) -> bool {
        let cache_errors = self.policy.cache.as_ref().is_some_and(|cache| cache.cache_errors);
        !self.options.asked.uncached && (!is_err || cache_errors)
    }

    /// Returns the key of the entry for these inputs; `None` when the task is not cached.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] when an input is not of its parameter's type, or contains a file or directory whose content is
    /// not known: see [`Larder::resolve`](crate::Larder::resolve).
    pub fn key(&self, inputs: &[Value]) -> Result<Option<EntryKey>, Error> {
        let encoded = value::encode_inputs(inputs, &self.task().exported.signature)?;
        Ok(self.cache_id.map(|id| id.entry(encoded.as_bytes())))
    }
}

/// Limits of a run, and the resources of its size.
struct Room {
    class: Class,
    limits: Limits,
    /// True if the `larder.toml` asks for more, which does not count.
    is_withheld: bool,
}

/// Decides how the calls of one task are cached and bounded.
pub(crate) fn prepare(
    settings: &Settings,
    component: Arc<LoadedComponent>,
    task: usize,
    options: CallOptions,
) -> Result<Prepared, Error> {
    let declaration = component.declared.tasks.get(task).ok_or(Error::NoSuchTask { position: task })?;
    let policy = policy::policy_at(&component.declared.tasks, &component.tables, task, &options.asked)?;
    let signature = declaration.exported.signature.canonical_text();
    let ingredients = make_ingredients(settings, &component, declaration, &signature, &policy)?;
    let cache_id = ingredients.as_ref().map(CacheId::of);
    let Room { class, limits, is_withheld } = room(settings, &component, task, &policy, options.asked.trust);
    let withholds_limits = is_withheld || component.withholds_compiling;
    let decided =
        Decided { policy, ingredients, cache_id, limits, class, withholds_limits, signature, task, options, component };
    Ok(Prepared(Arc::new(decided)))
}

/// Decides the limits of a run: the size's share of the host's limits, changed by the operator's `larder.toml`. An
/// untrusted file can only lower them.
fn room(settings: &Settings, component: &LoadedComponent, task: usize, policy: &Policy, trust: Trust) -> Room {
    let Settings { sizes, machine, limits, .. } = settings;
    let usual = sizes.class(policy.size, machine);
    let host = usual.limits(limits);
    let by_manifest = |limits: Limits| match policy.timeout {
        // The manifest of a guest can only ask for less.
        Some(timeout) => Limits { timeout: timeout.min(limits.timeout), ..limits },
        None => limits,
    };
    if trust == Trust::Untrusted {
        return Room { class: usual, limits: by_manifest(host), is_withheld: false };
    }
    let table = component.tables[task].as_ref();
    let class = component.sizes.over(*sizes).class(policy.size, machine);
    let mut asked = component.limits.over(class.limits(limits));
    if let Some(table) = table {
        asked = table.limits.over(asked);
    }
    asked = match table.and_then(|table| table.timeout_seconds) {
        Some(_) => Limits { timeout: policy.timeout.unwrap_or(asked.timeout), ..asked },
        None => by_manifest(asked),
    };
    if component.may_raise_limits {
        return Room { class, limits: asked, is_withheld: false };
    }
    let (less, limits) = (class.lower(&usual), config::lower(&asked, &host));
    let is_withheld = less != class || limits != asked;
    Room { class: less, limits, is_withheld }
}

fn make_ingredients(
    settings: &Settings,
    component: &LoadedComponent,
    task: &TaskDeclaration,
    signature: &str,
    policy: &Policy,
) -> Result<Option<key::Ingredients>, Error> {
    let Some(cache) = &policy.cache else { return Ok(None) };
    let workflow = match cache.scope {
        Scope::Account => None,
        Scope::Workflow => {
            Some(settings.workflow.clone().ok_or_else(|| Error::NoWorkflow { task: task.exported.name.to_string() })?)
        }
    };
    let version = match &cache.version {
        DeclaredVersion::Declared(text) => KeyVersion::Declared(text.clone()),
        DeclaredVersion::Pinned => KeyVersion::Pinned(component.code_digest),
    };
    Ok(Some(key::Ingredients {
        account: settings.account.clone(),
        workflow,
        task: task.exported.name.clone(),
        signature: signature.to_owned(),
        version,
    }))
}
