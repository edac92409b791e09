//! The open world: only granted access exists; servers on loopback addresses play the outside world.

mod http;
mod network_0_3;
mod sockets;

use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

use larder::capability::{Access, DirectoryGrant, Grants, HttpRule, TcpRule};
use larder_tests::bench::Bench;
use larder_tests::guests;
use serde_json::json;
use tempfile::TempDir;

/// Grants HTTP requests to a host and port, with every method.
fn http(host: &str, port: u16) -> Grants {
    Grants {
        http: vec![HttpRule { host: host.parse().unwrap(), port: Some(port), methods: Vec::new() }],
        ..Grants::default()
    }
}

/// Grants TCP connections to a host and port.
fn tcp(host: &str, port: u16) -> Grants {
    Grants { tcp: vec![TcpRule { host: host.parse().unwrap(), port }], ..Grants::default() }
}

fn directory(host: &Path, guest: &str, access: Access) -> DirectoryGrant {
    DirectoryGrant { host: host.to_owned(), guest: guest.to_owned(), access }
}

/// Returns the resident memory of this process, in bytes.
fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: u64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

#[test]
fn clocks_and_randomness_are_real_and_only_the_granted_variables_are_there() {
    let bench = Bench::with(guests::OUTSIDE);
    let variables = vec![("LANG".to_owned(), "C".to_owned()), ("TOKEN".to_owned(), "abc".to_owned())];
    let grants = Grants { variables, ..Grants::default() };
    let ended = bench.open("look", &json!([]), &grants);
    let seen = ended.result();
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs();
    let told: u64 = seen["wall-clock"].as_u64().unwrap();
    assert!(now.abs_diff(told) < 60, "{now} {told}");
    assert!(seen["slept"].as_u64().unwrap() >= 20_000_000, "{seen}");
    assert_eq!(seen["variables"], json!([["LANG", "C"], ["TOKEN", "abc"]]));
    assert_eq!(seen["arguments"], json!([]));
    assert_eq!(seen["stdin"], json!({ "ok": "" }));
    assert!(ended.report.denials.is_empty());

    let again = bench.open("look", &json!([]), &Grants::default());
    assert_ne!(again.result()["random"], seen["random"]);
    assert_eq!(again.result()["variables"], json!([]));
}

#[test]
fn a_directory_can_be_used_as_it_is_granted() {
    let bench = Bench::with(guests::OUTSIDE);
    let (read, write) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    std::fs::write(read.path().join("in.txt"), "input").unwrap();
    let directories =
        vec![directory(read.path(), "/in", Access::ReadOnly), directory(write.path(), "/out", Access::ReadWrite)];
    let grants = Grants { directories, ..Grants::default() };
    let call = |function: &str, inputs| bench.open(function, &inputs, &grants);

    call("read", json!(["/in/in.txt"])).is_ok(&json!("input"));
    call("names", json!(["/in"])).is_ok(&json!(["in.txt"]));
    for (function, inputs) in [
        ("write", json!(["/in/new.txt", "x"])),
        ("write", json!(["/in/in.txt", "x"])),
        ("remove", json!(["/in/in.txt"])),
        ("link", json!(["in.txt", "/in/link"])),
    ] {
        assert!(call(function, inputs).result()["err"].is_string(), "{function} in a read-only directory");
    }
    assert_eq!(std::fs::read_to_string(read.path().join("in.txt")).unwrap(), "input");
    assert_eq!(std::fs::read_dir(read.path()).unwrap().count(), 1);

    call("write", json!(["/out/new.txt", "output"])).is_ok(&json!(null));
    assert_eq!(std::fs::read_to_string(write.path().join("new.txt")).unwrap(), "output");
    call("remove", json!(["/out/new.txt"])).is_ok(&json!(null));
    // Ungranted variables and directories do not exist.
    assert!(bench.open("names", &json!(["/in"]), &Grants::default()).result()["err"].is_string());
}

#[test]
fn no_path_and_no_link_leads_out_of_a_directory() {
    let bench = Bench::with(guests::OUTSIDE);
    let folder = TempDir::new().unwrap();
    let (outside, granted) = (folder.path().join("secret.txt"), folder.path().join("granted"));
    std::fs::write(&outside, "secret").unwrap();
    std::fs::create_dir_all(granted.join("sub")).unwrap();
    symlink(&outside, granted.join("absolute")).unwrap();
    symlink("../secret.txt", granted.join("relative")).unwrap();
    symlink("..", granted.join("up")).unwrap();
    symlink("/", granted.join("top")).unwrap();
    let grants = Grants { directories: vec![directory(&granted, "/data", Access::ReadWrite)], ..Grants::default() };
    let leads_nowhere = |path: &str| {
        for (function, inputs) in [("read", json!([path])), ("write", json!([path, "overwritten"]))] {
            let ended = bench.open(function, &inputs, &grants);
            assert!(ended.result()["err"].is_string(), "{function} {path}: {ended:?}");
        }
    };
    for path in [
        "/data/../secret.txt",
        "/data/sub/../../secret.txt",
        "/data/absolute",
        "/data/relative",
        "/data/up/secret.txt",
        "/data/top/etc/passwd",
        "/etc/passwd",
        "../secret.txt",
        "secret.txt",
    ] {
        leads_nowhere(path);
    }
    // Neither does a link that the guest makes itself, if it can make one.
    for (number, target) in ["../secret.txt", "sub/../../secret.txt"].iter().enumerate() {
        let link = format!("/data/own{number}");
        bench.open("link", &json!([target, link]), &grants).is_ok(&json!(null));
        leads_nowhere(&link);
    }
    for target in [outside.to_str().unwrap(), "/etc/passwd"] {
        let ended = bench.open("link", &json!([target, "/data/own"]), &grants);
        assert!(ended.result()["err"].is_string(), "{ended:?}");
    }
    assert_eq!(std::fs::read_to_string(&outside).unwrap(), "secret");
}

#[test]
fn a_directory_that_is_not_there_is_an_error_before_anything_runs() {
    let bench = Bench::with(guests::OUTSIDE);
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("file"), "").unwrap();
    for missing in ["missing", "file"] {
        let host = folder.path().join(missing);
        let grants = Grants { directories: vec![directory(&host, "/data", Access::ReadOnly)], ..Grants::default() };
        let ended = bench.open("look", &json!([]), &grants);
        assert_eq!(ended.code(), "grant/directory");
        let told = ended.result.unwrap_err().to_string();
        assert!(told.contains(host.to_str().unwrap()) && told.contains("/data"), "{told}");
        assert_eq!(ended.report.fuel_used, 0);
    }
}

#[test]
fn the_limits_of_a_run_hold_here_too() {
    let mut bench = Bench::with(guests::OUTSIDE);
    let nothing = Grants::default();
    let usual = bench.limits.clone();
    assert_eq!(*bench.open("random", &json!([1000]), &nothing).result(), 1000);

    bench.limits.random_bytes = 999;
    let sealed = bench.sealed("random", &json!([1000])).code();
    assert_eq!(bench.open("random", &json!([1000]), &nothing).code(), sealed);

    bench.limits = larder::sandbox::Limits { timeout: Duration::from_millis(300), ..usual.clone() };
    assert_eq!(bench.open("sleep", &json!([60_000]), &nothing).code(), "limit/time");

    bench.limits = larder::sandbox::Limits { fuel: 1000, ..usual.clone() };
    assert_eq!(bench.open("look", &json!([]), &nothing).code(), "limit/fuel");

    bench.limits = larder::sandbox::Limits { memory_bytes: 64 << 10, ..usual.clone() };
    assert_eq!(bench.open("look", &json!([]), &nothing).code(), "limit/memory");

    bench.limits = larder::sandbox::Limits { captured_bytes: 4, ..usual };
    let report = bench.open("print", &json!(["0123456789"]), &nothing).report;
    for printed in [&report.stdout, &report.stderr] {
        assert_eq!((printed.head.as_slice(), printed.tail.as_slice()), (&b"0123"[..], &b"789\n"[..]));
    }
}
