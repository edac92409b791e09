//! Denials: from a denied access to the flag or the line of `larder.toml` that would allow it.

use super::escape;
use super::print::{FAINT, HINT, Printer, WORK};
use super::shapes::DeniedAccess;
use super::surroundings::APPROVAL;
use larder::Ran;
use larder::capability::{Denials, Denied, HostPattern};
use larder::config::FILE_NAME;
use larder_base::excerpt::excerpt;

/// The flag and the line of `larder.toml` that would allow one access.
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
        // Hints are meant to be pasted, and this text comes from a guest.
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

/// Checks that a method consists of letters, and that a host is one name or one address. Anything else could be a
/// pattern that allows more than was wanted, or a command for the shell that it is pasted into.
fn is_plain(method: &str, host: &str) -> bool {
    let is_one_host = match host.parse() {
        Ok(HostPattern::Name(_)) => true,
        Ok(HostPattern::Network(network)) => network.prefix_len() == network.max_prefix_len(),
        Ok(HostPattern::AnyName | HostPattern::Below(_)) | Err(_) => false,
    };
    is_one_host && method.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'-')
}

/// Returns the remedy for a denial, in words.
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
        "to allow {denied}{need}, use {flag}, or in {FILE_NAME} (it counts by {APPROVAL}):\n    [grants.\"{task}\"]\n    {line}"
    )
}

/// The number of paths in a note.
const PATHS: usize = 5;

/// Describes the paths that a sealed task looked for and did not find, and how to provide them.
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

/// Prints each denial of a run with its remedy, and the paths that the run did not find.
pub(super) fn show(denials: &Denials, run: &Ran, printer: &Printer) {
    for denied in denials.iter() {
        printer.always(&format!("{WORK}denied{WORK:#}: {}", escape::line(&denied.to_string())));
        printer.always(&format!("  {FAINT}{}{FAINT:#}", escape::lines(&hint(denied, run))));
    }
    if let Some(hint) = missed_hint(denials) {
        printer.always(&format!("{HINT}hint{HINT:#}: {}", escape::line(&hint)));
    }
}

/// Returns all denials of a run, for programs. For a cached task, no flag and no line would allow them.
pub(super) fn report(denials: &Denials, run: &Ran) -> Vec<DeniedAccess> {
    let one = |denied: &Denied| {
        let way = way(denied).filter(|_| !run.is_cached);
        DeniedAccess {
            code: denied.code().into(),
            flag: way.as_ref().map(|way| way.flag.clone()),
            hint: hint(denied, run),
            toml: way.map(|way| format!("[grants.\"{}\"]\n{}\n", run.task, way.line)),
            what: denied.to_string(),
        }
    };
    denials.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn http(method: &str, host: &str) -> Option<String> {
        let (method, host) = (method.to_owned(), host.to_owned());
        way(&Denied::Http { method, host, port: 443, address: None }).map(|way| way.flag)
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
