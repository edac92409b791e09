//! Hints: the flag, the command or the line of `larder.toml` that helps the user with an error.

use super::kind::Kind;
use super::limits::{address_space_hint, budget_hint, compile_hints, no_memory_hint, run_limit_hint};
use super::refusal::Refusal;
use crate::problem::Problem;
use crate::{denial, shell};
use larder::component::{ComponentError, NotAComponent};
use larder::config::owner::Distrust;
use larder::config::{ConfigError, FILE_NAME};
use larder::content::ContentError;
use larder::policy::PolicyError;
use larder::project::ProjectError;
use larder::sandbox::{RunError, SandboxError};
use larder::store::{Exposure, StoreError};
use larder::{Error, RunFailure};

const BUG: &str = "this is a bug in Larder: please report it with the command that shows it";

/// Returns the hints for an error of this kind, the most likely remedy first.
pub(super) fn hints(kind: &Kind<'_>) -> Vec<String> {
    match kind {
        Kind::Refused(refusal) => vec![refusal.hint()],
        Kind::Call(error) => of_call(error),
        Kind::Problem(problem) => of_problem(problem).into_iter().collect(),
        Kind::Project(error) => of_project(error),
        Kind::Store(error) => of_store(error),
        Kind::Content(error) => of_content(error).into_iter().collect(),
        Kind::Config(error) => of_config(error).into_iter().collect(),
        Kind::Authoring(_) | Kind::Argument(_) | Kind::Approval(_) | Kind::Io | Kind::Unknown => Vec::new(),
    }
}

fn of_call(error: &Error) -> Vec<String> {
    match error {
        Error::Component(error) => of_component(error).into_iter().collect(),
        Error::Policy(PolicyError::Untrusted { .. }) => {
            vec!["leave out --cache-version, or, if you trust the component, --untrusted".to_owned()]
        }
        Error::Policy(PolicyError::Nameless { .. }) => vec!["--pinned pins the code of the component".to_owned()],
        Error::Policy(PolicyError::ScopeWithoutVersion { .. }) => {
            vec!["--cache-version TEXT or --pinned gives a version".to_owned()]
        }
        Error::Policy(PolicyError::CachedAndOpen { .. }) => {
            vec!["leave out --cache-version and --pinned, or pass --no-cache".to_owned()]
        }
        Error::NoWorkflow { .. } => {
            vec![format!("pass --workflow NAME, or set `workflow` in {FILE_NAME}")]
        }
        Error::NoSuchBlob { .. } => vec!["`larder blob ls` lists the blobs of this account".to_owned()],
        Error::OtherComponent { .. } => {
            vec!["leave out --strict; or pass --refresh to run this component, or declare another version".to_owned()]
        }
        Error::TooLarge { task, size: _, too_little } => vec![budget_hint(task, *too_little)],
        Error::Sandbox(error) => of_sandbox(error),
        Error::Store(error) => of_store(error),
        Error::Run(failure) => of_run(failure),
        Error::Shared(error) => of_call(error),
        Error::NoThread { .. } => vec![Refusal::Threads.hint()],
        Error::Internal(_) => vec![BUG.to_owned()],
        Error::Declare(_)
        | Error::Manifest(_)
        | Error::Find(_)
        | Error::NoSuchTask { .. }
        | Error::Policy(_)
        | Error::NoGpu { .. }
        | Error::Input(_)
        | Error::NotRepresentable { .. }
        | Error::Content(_)
        | Error::OtherKind { .. }
        | Error::LostBlob { .. }
        | Error::NotStored { .. }
        | Error::Changed => Vec::new(),
    }
}

fn of_component(error: &ComponentError) -> Option<String> {
    let ComponentError::InFile { problem: NotAComponent::CoreModule, .. } = error else { return None };
    Some("`larder componentize MODULE.wasm -o COMPONENT.wasm` makes a component of it".to_owned())
}

fn of_sandbox(error: &SandboxError) -> Vec<String> {
    match error {
        SandboxError::Engine(_) | SandboxError::CompilerFailed { .. } => vec![BUG.to_owned()],
        SandboxError::AddressSpace(_) | SandboxError::NoRoom(_) | SandboxError::System(_) => {
            address_space_hint().into_iter().collect()
        }
        SandboxError::CompileLimit(limit) => compile_hints(limit),
        SandboxError::Compile(_)
        | SandboxError::Link(_)
        | SandboxError::CompilerDied { .. }
        | SandboxError::CompilerNotStarted { .. }
        | SandboxError::CompilerOutput { .. } => Vec::new(),
    }
}

fn of_run(failure: &RunFailure) -> Vec<String> {
    let RunFailure { error, report, miss: _, run } = failure;
    if matches!(error, RunError::Internal(_)) {
        return vec![BUG.to_owned()];
    }
    let denied = report.denials.iter().map(|denied| denial::hint(denied, run));
    let (before, after) = of_run_error(error, &run.task);
    denied.chain(before).chain(denial::missed_hint(&report.denials)).chain(after).collect()
}

/// Returns the hint before the one about missing paths, and the hint after it.
fn of_run_error(error: &RunError, task: &str) -> (Option<String>, Option<String>) {
    match error {
        RunError::LimitExceeded(limit) => (run_limit_hint(limit, task), None),
        RunError::Protected { contains, .. } => (Some(protected_hint(*contains)), None),
        RunError::EngineBug(_) => {
            let hint = "nothing of this run was stored; a newer release of the engine may have mended it";
            (None, Some(hint.to_owned()))
        }
        RunError::NoInstance(_) | RunError::NoMemory(_) => (None, address_space_hint()),
        RunError::Trapped { .. }
        | RunError::Exited(_)
        | RunError::Denied(_)
        | RunError::NotRepresentable { .. }
        | RunError::Directory { .. }
        | RunError::Input(_)
        | RunError::Stopped
        | RunError::Internal(_) => (None, None),
    }
}

fn protected_hint(contains: bool) -> String {
    let why = "what lies there decides what later runs load and believe, and may be another account's";
    let way = if contains { "grant a folder below it" } else { "copy what the task needs to a folder of its own" };
    format!("{way}: {why}")
}

fn of_problem(problem: &Problem) -> Option<String> {
    if let Problem::NotBuilt { folder, .. } = problem {
        return Some(format!("`larder build {}` runs its build command", shell::word(folder)));
    }
    if let Problem::ReservedName { place, name, .. } = problem {
        let name = if place.is_empty() { name } else { place };
        return Some(format!("-o {name}=PATH puts it at a path of your choice"));
    }
    if let Problem::NotStarted(error) = problem {
        return no_memory_hint(error).map(str::to_owned);
    }
    if let Problem::NotAParameter { .. } = problem {
        let hint = "--ignore-extra passes over what is no parameter; --id NAME takes it for the name of the call";
        return Some(hint.to_owned());
    }
    if let Problem::NotTheSame { .. } = problem {
        let hint = "a sealed task must give the same on every run: please report this as a bug in Larder";
        return Some(hint.to_owned());
    }
    None
}

/// Returns the remedy for each missing need, or for a `larder.toml` that does not count.
fn of_project(error: &ProjectError) -> Vec<String> {
    let needs = match error {
        ProjectError::Missing { missing, .. } => missing.as_slice(),
        ProjectError::InstallNotStarted { need, .. }
        | ProjectError::InstallFailed { need, .. }
        | ProjectError::StillMissing { need, .. } => std::slice::from_ref(need.as_ref()),
        ProjectError::Config(error) => return of_config(error).into_iter().collect(),
        ProjectError::NotAFolder { .. }
        | ProjectError::Inputs(_)
        | ProjectError::NoConfig { .. }
        | ProjectError::NoBuild { .. }
        | ProjectError::NoCommand { .. }
        | ProjectError::Wit { .. }
        | ProjectError::NotStarted { .. }
        | ProjectError::Failed { .. }
        | ProjectError::NoOutput { .. } => &[],
    };
    needs.iter().map(|need| format!("for {}: {}", need.program, need.install)).collect()
}

/// Returns the command that makes a `larder.toml` pass the ownership rule.
fn of_config(error: &ConfigError) -> Option<String> {
    let ConfigError::Distrusted { reason, .. } = error else { return None };
    let path = reason.path().display();
    Some(match reason {
        Distrust::Owner { .. } => format!("if you know what is in it, make it yours: chown \"$USER\" {path}"),
        Distrust::Others { .. } | Distrust::Group { .. } => {
            format!("if you know what is in it, keep others from writing to it: chmod go-w {path}")
        }
    })
}

fn of_store(error: &StoreError) -> Vec<String> {
    let mut hints = Vec::new();
    if let StoreError::NotPrivate { path, exposure } = error {
        if let Exposure::Mode(_) = exposure {
            hints.push(format!("if you trust what is in it: chmod go-w {}", shell::quoted(path)));
        }
        hints.push("a cache folder that is not there yet is made for you alone".to_owned());
        hints.push("--trust-cache-owner serves its answers, and writes nothing to it".to_owned());
    }
    hints.push("to run without the cache, use --no-cache".to_owned());
    hints
}

fn of_content(error: &ContentError) -> Option<String> {
    let ContentError::NotReplaced { .. } = error else { return None };
    Some("--force replaces it; -o NAME=PATH puts an output at a path of your choice".to_owned())
}
