//! Uses of the world in small crates.

use super::Touch::{Clock, Environment, Exit, Network, Output, Processes, Threads};
use super::*;
use crate::sources::tests::sources_of;

#[track_caller]
fn check(text: &str, expected: &[Touch]) {
    let sources = sources_of(&[("lib.rs", text)]);
    let found: Vec<_> = touching(&sources).into_values().flatten().collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn output_is_found() {
    check("fn f() { println!() }", &[Output]);
    check("fn f() { std::eprint!(\"x\") }", &[Output]);
    check("fn f() { dbg!(1); }", &[Output]);
    check("fn f() { vec![print!()]; }", &[Output]);
    check("use std::io; fn f() { io::stderr() }", &[Output]);
    check("use std::{io::{stdout as out}};", &[Output]);
    check("fn f(_: anstream::AutoStream<u8>) {}", &[Output]);
    check("use anstream::println; fn f() { println!() }", &[Output]);
}

#[test]
fn exits_and_processes_are_found() {
    check("use std::process; fn f() { process::exit(1) }", &[Exit]);
    check("fn f() { std::process::abort() }", &[Exit]);
    check("use std::process::{Command as C, Stdio};", &[Processes]);
    check("fn f(_: &mut std::process::Command) {}", &[Processes]);
}

#[test]
fn the_environment_is_found() {
    check("fn f() { std::env::var(\"X\") }", &[Environment]);
    check("use std::env as e; fn f() { e::args_os() }", &[Environment]);
    check("use std as s; fn f() { s::env::temp_dir() }", &[Environment]);
    check("use ::std::env::current_dir;", &[Environment]);
    check("use std::env::*;", &[Environment]);
    check("fn f() { g(std::env::var_os) }", &[Environment]);
    check("fn f() { assert!(tempfile::tempdir().is_ok()) }", &[Environment]);
    check("use tempfile::TempDir; fn f() { TempDir::new() }", &[Environment]);
    check("fn f() { tempfile::Builder::new().prefix(\"x\").tempfile() }", &[Environment]);
    check("struct S { #[arg(long, env = \"X\")] x: u8 }", &[Environment]);
}

#[test]
fn clocks_are_found() {
    check("use std::time::Instant; fn f() { Instant::now() }", &[Clock]);
    check("use std::time; fn f() { x.map(time::SystemTime::now) }", &[Clock]);
    check("use tokio::time::{Instant as I}; fn f() { I::now() }", &[Clock]);
    check("fn f(x: X) { x.began.elapsed() }", &[Clock]);
    check("fn f(x: X) { format!(\"{}\", x.elapsed()) }", &[Clock]);
}

#[test]
fn network_and_threads_are_found() {
    check("use std::net::{IpAddr, TcpStream};", &[Network]);
    check("fn f() { tokio::net::lookup_host(x) }", &[Network]);
    check("fn f() { std::thread::spawn(g) }", &[Threads]);
    check("use std::thread; fn f() { thread::Builder::new() }", &[Threads]);
    check("use rayon::ThreadPoolBuilder;", &[Threads]);
    check("use tokio::{net, runtime::Builder};", &[Network, Threads]);
}

#[test]
fn a_re_export_of_ours_is_followed_to_the_world() {
    let sources = sources_of(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "pub(crate) use std::time::Instant as Tick;"),
        ("b.rs", "use super::a::Tick; fn f() { Tick::now() }"),
        ("c.rs", "use super::a::*; fn f() { Tick::now() }"),
    ]);
    let clock = BTreeSet::from([Clock]);
    assert_eq!(touching(&sources), BTreeMap::from([("b.rs", clock.clone()), ("c.rs", clock)]));
}

#[test]
fn what_touches_nothing_is_not_found() {
    check("use std::env; const X: &str = env::consts::ARCH;", &[]);
    check("use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH}; fn f(_: Instant) {}", &[]);
    check("use std::net::{IpAddr, SocketAddr};", &[]);
    check("use std::process::{ExitCode, Stdio};", &[]);
    check("use std::io::{self, Read, Write}; fn f() -> io::Result<()> {}", &[]);
    check("use tempfile::{NamedTempFile, TempDir}; fn f() { tempfile::tempdir_in(x); TempDir::new_in(x) }", &[]);
    check("fn f() { x.tempfile_in(y); x.elapsed(y) }", &[]);
    check("use std::thread; fn f() { thread::available_parallelism() }", &[]);
    check("macro_rules! println { () => {} } fn f() { println!() }", &[]);
    check("mod env { pub fn var() {} } fn f() { env::var() }", &[]);
    check("#[cfg(test)] mod tests { fn f() { println!() } }", &[]);
    check("fn f() { \"std::env::var\"; env!(\"X\"); concat!(\"std::env::var\") }", &[]);
}
