//! What the operator lets a task reach: from flags and `larder.toml` to grants, and from a denial back to the flag or
//! the line that would allow it.

use std::path::Path;

use super::args::Allow;
use super::escape;
use super::failure::COUNTS;
use super::print::{FAINT, HINT, Printer, WORK};
use super::surroundings::Located;
use larder::capability::{Access, Allowed, Capability, Denials, Denied, DirectoryGrant, Grants, HostPattern};
use larder::config::{FILE_NAME, GrantsConfig, Standing, variable};
use larder::declare::TaskDeclaration;
use larder::{LoadedComponent, Prepared, Ran};
use larder_base::excerpt::excerpt;

/// All that is granted to a task by flags and by a `larder.toml` that counts; none: it runs sealed.
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

/// Who opens the world for a task, and for what.
pub(super) fn opened(allow: &Allow, located: &Located, by_config: bool, open: &Allowed) -> String {
    let config = located.config.as_ref().filter(|_| by_config).map(|config| config.path.display().to_string());
    let by: Vec<String> = config.into_iter().chain(allow.is_any().then(|| "flags".to_owned())).collect();
    let words = open.words();
    let words = if words.is_empty() { "real clocks and randomness".to_owned() } else { words.join(", ") };
    escape::line(&format!("open world by {}: {words}", by.join(" and ")))
}

/// What does not count of a `larder.toml` that nobody stands behind, and the command that changes that.
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
    Some(format!("{} {standing}: {what}{sealed}; `larder trust {}` approves it", path.display(), quoted(path)))
}

/// A path as it can be pasted into a shell.
pub(super) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+,".contains(&byte)) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// Grants without effect, since the task's own declaration rules them out, and how its author declares the need.
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

/// The flag and the line of `larder.toml` that would allow one thing.
struct Way {
    flag: String,
    line: String,
}

fn way(denied: &Denied) -> Option<Way> {
    let way = |flag: &str, key: &str, value: String| Way {
        line: format!("{key} = [{value:?}]"),
        flag: format!("{flag} {value}"),
    };
    match denied {
        // A hint is there to be pasted, and these are the words of a guest.
        Denied::Http { method, host, port: _, address: None } if !is_plain(method, host) => None,
        Denied::Lookup(name) if !is_plain("", name) => None,
        Denied::Http { method, host, port, address } => {
            let host = address.map_or_else(
                || host.clone(),
                |address| match address {
                    std::net::IpAddr::V4(address) => address.to_string(),
                    std::net::IpAddr::V6(address) => format!("[{address}]"),
                },
            );
            let port = if matches!(port, 80 | 443) { String::new() } else { format!(":{port}") };
            Some(way("--allow-http", "http", format!("{method}@{host}{port}")))
        }
        Denied::Tcp { address, port } => {
            Some(way("--allow-tcp", "tcp", std::net::SocketAddr::new(*address, *port).to_string()))
        }
        Denied::Lookup(name) => Some(way("--allow-tcp", "tcp", format!("{name}:PORT"))),
        Denied::TcpSocket => Some(way("--allow-tcp", "tcp", "HOST:PORT".to_owned())),
        Denied::Import(_) | Denied::Listen | Denied::UdpSocket => None,
    }
}

/// Whether a method and a host are what they should be: letters, and one name or one address. Anything else could be a
/// pattern that allows more than was wanted, or a command for the shell that it is pasted into.
fn is_plain(method: &str, host: &str) -> bool {
    let is_one_host = match host.parse() {
        Ok(HostPattern::Name(_)) => true,
        Ok(HostPattern::Network(network)) => network.prefix_len() == network.max_prefix_len(),
        Ok(HostPattern::AnyName | HostPattern::Below(_)) | Err(_) => false,
    };
    is_one_host && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-')
}

/// What would allow something that was denied, in words.
pub(super) fn hint(denied: &Denied, run: &Ran) -> String {
    let Some(Way { flag, line }) = way(denied) else { return format!("nothing allows a task {denied}") };
    let Ran { task, is_cached, says_its_needs, .. } = run;
    if *is_cached {
        return format!(
            "a cached task runs sealed and cannot have {denied}: its answer could depend on what is not in its key"
        );
    }
    let need = if *says_its_needs { " (its manifest must say that it needs it, too)" } else { "" };
    format!(
        "to allow {denied}{need}, use {flag}, or in {FILE_NAME} (it counts by {COUNTS}):\n    [grants.\"{task}\"]\n    {line}"
    )
}

/// Number of paths that a note names.
const PATHS: usize = 5;

/// Tells what a sealed task looked for and did not find, and how it gets it.
pub(super) fn missed_hint(denials: &Denials) -> Option<String> {
    let missed = denials.missed();
    let mut paths = missed.iter().take(PATHS).map(|path| excerpt(path)).collect::<Vec<_>>().join(", ");
    if missed.is_empty() {
        return None;
    }
    if missed.len() > PATHS {
        paths.push_str(" and more");
    }
    Some(format!(
        "it looked for {paths} and did not find it: a sealed task has no files but its inputs; pass it as a `file` or a \
         `directory`"
    ))
}

/// Prints what a run was denied, each with what would allow it, and what it did not find.
pub(super) fn show(denials: &Denials, run: &Ran, printer: &Printer) {
    for denied in denials.iter() {
        printer.always(&format!("{WORK}denied{WORK:#}: {}", escape::line(&denied.to_string())));
        printer.always(&format!("  {FAINT}{}{FAINT:#}", escape::lines(&hint(denied, run))));
    }
    if let Some(hint) = missed_hint(denials) {
        printer.always(&format!("{HINT}hint{HINT:#}: {}", escape::line(&hint)));
    }
}

/// What a run was denied, for programs.
pub(super) fn json(denials: &Denials, run: &Ran) -> serde_json::Value {
    let one = |denied: &Denied| {
        let way = way(denied).filter(|_| !run.is_cached);
        serde_json::json!({
            "code": denied.code(),
            "what": denied.to_string(),
            "flag": way.as_ref().map(|way| way.flag.clone()),
            "toml": way.as_ref().map(|way| format!("[grants.\"{}\"]\n{}\n", run.task, way.line)),
            "hint": hint(denied, run),
        })
    };
    denials.iter().map(one).collect()
}

/// What is granted in `larder.toml`, in words, for `inspect`.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn http(method: &str, host: &str) -> Option<String> {
        let (method, host) = (method.to_owned(), host.to_owned());
        way(&Denied::Http { method, host, port: 443, address: None }).map(|way| way.flag)
    }

    #[test]
    fn a_path_is_quoted_where_a_shell_would_read_it_otherwise() {
        assert_eq!(quoted(Path::new("/a/b-c_d.toml")), "/a/b-c_d.toml");
        assert_eq!(quoted(Path::new("/a b/$(id)")), "'/a b/$(id)'");
        assert_eq!(quoted(Path::new("/it's")), r"'/it'\''s'");
    }

    #[test]
    fn the_words_of_a_guest_are_pasted_only_where_they_are_plain() {
        assert_eq!(http("GET", "api.example.org").as_deref(), Some("--allow-http GET@api.example.org"));
        assert_eq!(http("GET", "[::1]").as_deref(), Some("--allow-http GET@[::1]"));
        for (method, host) in [
            ("GET", "*"),
            ("GET", "*.org"),
            ("GET", "$(id)"),
            ("GET", "a;id"),
            ("GET", "`id`"),
            ("GET", "a'b"),
            ("GET", ""),
            ("G;ID", "example.org"),
            ("GET,POST", "example.org"),
            ("$(id)", "example.org"),
        ] {
            assert_eq!(http(method, host), None, "{method} {host}");
        }
        assert!(way(&Denied::Lookup("db.example.org".to_owned())).is_some());
        assert!(way(&Denied::Lookup("$(id)".to_owned())).is_none());
    }
}
