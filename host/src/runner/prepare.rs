//! What all calls of a task share: how they are cached, what their key is made of, and what a run may use.
//!
//! All of it is decided before there are inputs, from what is declared, what the operator has in `larder.toml` and what
//! the caller asks. It must never see the sandbox at work or the store: a decision is the same with and without either.

use std::sync::Arc;
use std::time::Duration;

use super::load::LoadedComponent;
use super::{Error, Larder, Ran};
use crate::declare::{DeclaredVersion, Scope, TaskDeclaration};
use crate::key::{self, CacheId, EntryKey, KeyVersion};
use crate::policy::{self, Asked, Policy};
use crate::sandbox::Limits;
use crate::sizes::Class;
use crate::value::{self, Value};

/// How a call uses the cache.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallOptions {
    /// What is asked over what is declared: a version, a scope, the open world.
    pub asked: Asked,
    /// Run, and overwrite the entry.
    pub refresh: bool,
    /// Accept an entry made by other code although its version came from the caller alone.
    pub trust_name: bool,
    /// Make a hit that another component made an error.
    pub strict: bool,
    /// Take entries that are older for misses.
    pub max_age: Option<Duration>,
}

/// One task of one component, under one set of options: what all its calls share. A clone is the same.
#[derive(Debug, Clone)]
pub struct Prepared(Arc<Decided>);

impl std::ops::Deref for Prepared {
    type Target = Decided;

    fn deref(&self) -> &Decided {
        &self.0
    }
}

/// What was decided for the calls of a task: the fields of a [`Prepared`].
#[derive(Debug)]
pub struct Decided {
    /// The component.
    pub component: Arc<LoadedComponent>,
    /// What holds for the task.
    pub policy: Policy,
    /// What its cache id is made of; `None` when it is not cached.
    pub ingredients: Option<key::Ingredients>,
    /// The cache id; `None` when it is not cached.
    pub cache_id: Option<CacheId>,
    /// What a run may use.
    pub limits: Limits,
    /// What the task's size stands for here.
    pub class: Class,
    /// The canonical text of the task's signature.
    pub(super) signature: String,
    task: usize,
    pub(super) options: CallOptions,
}

impl Decided {
    /// The declaration of the task.
    #[must_use]
    pub fn task(&self) -> &TaskDeclaration {
        &self.component.declared.tasks[self.task]
    }

    /// What a run of it is, for whoever reads its denials.
    #[must_use]
    pub fn ran(&self) -> Ran {
        let Policy { cache, size: _, timeout: _, file_names: _, open } = &self.policy;
        let task = self.task();
        Ran {
            task: task.exported.qualified_name(),
            is_cached: cache.is_some() && !self.options.asked.uncached,
            says_its_needs: task.needs.is_some(),
            is_open: open.is_some(),
        }
    }

    /// The key of the entry for these inputs; `None` when the task is not cached.
    ///
    /// # Errors
    ///
    /// [`Error::Input`] when an input is not of its parameter's type, or has a file or directory in it whose content is
    /// not known: see [`Larder::resolve`].
    pub fn key(&self, inputs: &[Value]) -> Result<Option<EntryKey>, Error> {
        let encoded = value::encode_inputs(inputs, &self.task().exported.signature)?;
        Ok(self.cache_id.map(|id| id.entry(encoded.as_bytes())))
    }
}

impl Larder {
    /// Decides how the calls of one task are cached and bounded.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`], and [`Error::NoWorkflow`] for a task of scope `workflow` without one.
    pub fn prepare(
        &self,
        component: Arc<LoadedComponent>,
        task: usize,
        options: CallOptions,
    ) -> Result<Prepared, Error> {
        let declaration = component.declared.tasks.get(task).ok_or(Error::NoSuchTask { position: task })?;
        policy::check_asked(&component.declared.tasks, task, &options.asked)?;
        let policy = policy::policy(declaration, component.tables[task].as_ref(), &options.asked)?;
        let signature = declaration.exported.signature.canonical_text();
        let ingredients = self.ingredients(&component, declaration, &signature, &policy)?;
        let cache_id = ingredients.as_ref().map(CacheId::of);
        let sizes = component.sizes.over(self.host.settings.sizes);
        let class = sizes.class(policy.size, &self.host.settings.machine);
        let limits = self.limits(&class, &component, task, &policy);
        let decided = Decided { policy, ingredients, cache_id, limits, class, signature, task, options, component };
        Ok(Prepared(Arc::new(decided)))
    }

    /// What a run may use: the size's share of what the host allows, and over it the operator's word in `larder.toml`.
    fn limits(&self, class: &Class, component: &LoadedComponent, task: usize, policy: &Policy) -> Limits {
        let table = component.tables[task].as_ref();
        let mut limits = component.limits.over(class.limits(&self.host.settings.limits));
        if let Some(table) = table {
            limits = table.limits.over(limits);
        }
        if let Some(timeout) = policy.timeout {
            // A guest, in its manifest, can only ask for less.
            let by_operator = table.is_some_and(|table| table.timeout_seconds.is_some());
            limits.timeout = if by_operator { timeout } else { timeout.min(limits.timeout) };
        }
        limits
    }

    fn ingredients(
        &self,
        component: &LoadedComponent,
        task: &TaskDeclaration,
        signature: &str,
        policy: &Policy,
    ) -> Result<Option<key::Ingredients>, Error> {
        let Some(cache) = &policy.cache else { return Ok(None) };
        let workflow = match cache.scope {
            Scope::Account => None,
            Scope::Workflow => Some(
                self.host
                    .settings
                    .workflow
                    .clone()
                    .ok_or_else(|| Error::NoWorkflow { task: task.exported.name.to_string() })?,
            ),
        };
        let version = match &cache.version {
            DeclaredVersion::Declared(text) => KeyVersion::Declared(text.clone()),
            DeclaredVersion::Pinned => KeyVersion::Pinned(component.code_digest),
        };
        Ok(Some(key::Ingredients {
            account: self.host.settings.account.clone(),
            workflow,
            task: task.exported.name.clone(),
            signature: signature.to_owned(),
            version,
        }))
    }
}
