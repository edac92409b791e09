//! Grants: the access that flags and `larder.toml` give a task, and the grants that have no effect.

use std::path::Path;

use super::args::Allow;
use super::escape;
use super::shell;
use super::surroundings::Located;
use larder::capability::{Access, Allowed, Capability, DirectoryGrant, Grants};
use larder::config::{GrantsConfig, Standing, variable};
use larder::declare::TaskDeclaration;
use larder::{LoadedComponent, Prepared};
use larder_base::excerpt::excerpt;

/// Returns all grants for a task, from flags and from a `larder.toml` that counts. Returns `None` if there are none:
/// the task runs sealed.
pub(super) fn grants(allow: &Allow, located: &Located, component: &LoadedComponent, task: usize) -> Option<Grants> {
    if allow.sealed {
        return None;
    }
    let folder = located.config.as_ref().map_or(Path::new(""), |config| config.folder.as_path());
    let configured = component.grants[task].as_ref().map(|config| config.grants(folder, environment));
    if !allow.is_any() {
        return configured;
    }
    let mut grants = configured.unwrap_or_default();
    let directory = |access| {
        move |text: &String| {
            let (host, guest) = text.split_once("::").unwrap_or((text, text));
            DirectoryGrant { host: host.into(), guest: guest.to_owned(), access }
        }
    };
    grants.directories.extend(allow.allow_dir.iter().map(directory(Access::ReadOnly)));
    grants.directories.extend(allow.allow_dir_rw.iter().map(directory(Access::ReadWrite)));
    grants.variables.extend(allow.allow_env.iter().filter_map(|text| variable(text, environment)));
    grants.http.extend(allow.allow_http.iter().cloned());
    grants.tcp.extend(allow.allow_tcp.iter().cloned());
    Some(grants)
}

#[expect(clippy::disallowed_methods, reason = "the command line is what reads the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Describes the source of the grants that open the world for a task, and the grants.
pub(super) fn opened(allow: &Allow, located: &Located, by_config: bool, open: &Allowed) -> String {
    let config = located.config.as_ref().filter(|_| by_config).map(|config| config.path.display().to_string());
    let by: Vec<String> = config.into_iter().chain(allow.is_any().then(|| "flags".to_owned())).collect();
    let words = open.words();
    let words = if words.is_empty() { "real clocks and randomness".to_owned() } else { words.join(", ") };
    escape::line(&format!("open world by {}: {words}", by.join(" and ")))
}

/// Describes the grants of an untrusted `larder.toml` that do not count, and the command that changes that.
pub(super) fn withheld(located: &Located, prepared: &Prepared, task: usize, sealed: bool) -> Option<String> {
    let path = &located.config.as_ref()?.path;
    let name = &prepared.task().exported.name;
    let grants = prepared.component.withheld_grants[task].is_some() && !sealed;
    let what = match (grants, prepared.withholds_limits) {
        (true, true) => format!("its grants to `{name}` and its limits above the defaults do not count"),
        (true, false) => format!("its grants to `{name}` do not count"),
        (false, true) => "its limits above the defaults do not count".to_owned(),
        (false, false) => return None,
    };
    let sealed = if grants && prepared.policy.open.is_none() { ", and the task runs sealed" } else { "" };
    let standing = match located.standing {
        Some(Standing::Changed) => "has changed since it was trusted",
        Some(Standing::Unknown | Standing::Approved) | None => "is not trusted",
    };
    Some(format!("{} {standing}: {what}{sealed}; `larder trust {}` approves it", path.display(), shell::word(path)))
}

/// Describes grants without effect, because the task's own declaration rules them out, and how its author declares the
/// need.
pub(super) fn idle_grants(task: &TaskDeclaration, grants: Option<&Grants>) -> Option<String> {
    let (grants, needs) = grants.zip(task.needs.as_deref())?;
    let mut undeclared = grants.undeclared(needs);
    if needs.is_empty() && undeclared.is_empty() {
        undeclared.push(Capability::OpenWorld);
    }
    if undeclared.is_empty() {
        return None;
    }
    let says = if needs.is_empty() { "it needs nothing" } else { "what it needs is something else" };
    let name = excerpt(&task.exported.name.to_string());
    let granted: Vec<String> = undeclared.iter().map(ToString::to_string).collect();
    let declared: Vec<String> = undeclared.iter().map(Capability::declaration).collect();
    Some(format!(
        "what is granted to `{name}` has no effect ({}): its manifest says that {says}. Its author declares the need \
         where the task is, as `needs: [{}]`",
        granted.join(", "),
        declared.join(", ")
    ))
}

/// Describes the grants of a `larder.toml`.
pub(super) fn granted_words(config: &GrantsConfig) -> Vec<String> {
    let GrantsConfig { directories, variables, http, tcp } = config;
    let directory = |directory: &larder::config::DirectoryConfig| {
        format!("directory {} ({})", directory.host.display(), directory.access.unwrap_or(Access::ReadOnly))
    };
    // A value may be a secret.
    let name = |text: &String| format!("variable {}", text.split_once('=').map_or(text.as_str(), |(name, _)| name));
    std::iter::once("open world".to_owned())
        .chain(directories.iter().map(directory))
        .chain(variables.iter().map(name))
        .chain(http.iter().map(|rule| format!("http {rule}")))
        .chain(tcp.iter().map(|rule| format!("tcp {rule}")))
        .collect()
}
