//! Paths that lead to something without content.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::UnixListener;

use larder_tests::{Ran, World, guests, world};
use rustix::fs::{CWD, FileType, Mode, mknodat};

use super::directory;

#[track_caller]
fn refuses(world: &World, task: &str, argument: &str, texts: &[&str]) {
    world.print(guests::FILES, task, &[argument]).fails(2, texts);
}

#[test]
fn only_files_directories_and_links_have_content() {
    let world = world!();
    directory(&world, "d");
    let at = |path: &str| world.folder().join(path);
    mknodat(CWD, at("d/pipe"), FileType::Fifo, Mode::RUSR, 0).unwrap();
    refuses(&world, "by-path", "f=d/pipe", &["d/pipe", "a named pipe", "an input is an ordinary file"]);
    refuses(&world, "walk", "d=d", &["d/pipe", "a named pipe"]);
    std::fs::remove_file(at("d/pipe")).unwrap();
    let socket = UnixListener::bind(at("d/socket")).unwrap();
    refuses(&world, "by-path", "f=d/socket", &["d/socket", "a socket"]);
    refuses(&world, "walk", "d=d", &["d/socket", "a socket"]);
    drop(socket);
    std::fs::remove_file(at("d/socket")).unwrap();
    refuses(&world, "by-path", "f=/dev/null", &["/dev/null", "a device"]);
    refuses(&world, "sum", "files=[\"/dev/zero\"]", &["/dev/zero", "a device"]);
    world.run(guests::FILES, "walk", &["d=d"]);
}

#[test]
fn links_that_lead_in_a_circle_and_names_that_are_no_text_are_told() {
    let world = world!();
    directory(&world, "d");
    let at = |path: &str| world.folder().join(path);
    std::os::unix::fs::symlink("round", at("round")).unwrap();
    refuses(&world, "by-path", "f=round", &["round", "cannot be read", "symbolic links"]);
    std::os::unix::fs::symlink("missing", at("broken")).unwrap();
    refuses(&world, "by-path", "f=broken", &["there is nothing at", "broken"]);
    let odd = world.folder().join(OsStr::from_bytes(b"d/\xff\xfe"));
    std::fs::write(&odd, "x").unwrap();
    refuses(&world, "walk", "d=d", &["has a name that is not UTF-8", "rename it"]);
    // On its own it may be given, since nobody sees its name.
    let mut command = world.command(["run", guests::FILES, "walk"]);
    std::fs::rename(&odd, world.folder().join(OsStr::from_bytes(b"\xff"))).unwrap();
    Ran::of(command.arg("d=d")).exits(0);
    std::os::unix::fs::symlink(OsStr::from_bytes(b"\xff"), at("d/odd")).unwrap();
    refuses(&world, "walk", "d=d", &["leads to a name that is not UTF-8"]);
}

#[test]
fn what_may_not_be_read_is_told() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = world!();
    directory(&world, "d");
    let set = |path: &str, mode| {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(world.folder().join(path), permissions).unwrap();
    };
    let component = world.copy(guests::FILES, "files.wasm");
    let component = component.to_str().unwrap();
    let unprivileged =
        |task: &str, argument: &str| Ran::of(&mut world.unprivileged(["run", component, task, argument, "--no-cache"]));
    unprivileged("walk", "d=d").exits(0);
    set("d/sub/two", 0o000);
    unprivileged("walk", "d=d").fails(2, &["d/sub/two", "Permission denied"]);
    unprivileged("by-path", "f=d/sub/two").fails(2, &["d/sub/two", "Permission denied"]);
    set("d/sub/two", 0o644);
    set("d/sub", 0o000);
    unprivileged("walk", "d=d").fails(2, &["d/sub", "Permission denied"]);
    set("d/sub", 0o755);
}

#[test]
fn a_directory_that_is_too_deep_is_told() {
    let world = world!();
    let deep = "x/".repeat(300);
    world.write(&format!("d/{deep}file"), "");
    refuses(&world, "walk", "d=d", &["nested more than 200 directories deep"]);
}
