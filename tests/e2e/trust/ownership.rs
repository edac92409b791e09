//! Ownership of a `larder.toml`: it is read only if nobody but the user and root could have written it.

use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use larder_tests::{World, guests, world};

use super::{download, reaches_nothing, reads_the_secret};

/// Gives the file to another user, if root runs the tests; otherwise the test reports that it was skipped.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn is_given_away(path: &Path) -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        std::os::unix::fs::chown(path, Some(65534), Some(65534)).unwrap();
    } else {
        eprintln!("skipped: only root can give {} away", path.display());
    }
    is_root
}

fn permit(path: &Path, mode: u32) {
    std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
}

/// Makes a file, in its folder, one that somebody else could have written, in each way; calls `expect` with the words
/// for it, and undoes it.
fn ways(folder: &Path, file: &Path, mut expect: impl FnMut(&str)) {
    for (path, mode, words) in [
        (file, 0o646, "any user may write to"),
        (file, 0o666, "any user may write to"),
        (folder, 0o777, "any user may write to"),
        // This mode is that of /tmp: one's own file is safe there, but anybody may write to the folder.
        (folder, 0o1777, "any user may write to"),
    ] {
        let before = path.metadata().unwrap().permissions();
        permit(path, mode);
        expect(words);
        std::fs::set_permissions(path, before).unwrap();
    }
    for path in [file, folder] {
        if is_given_away(path) {
            expect("belongs to user 65534");
            std::os::unix::fs::chown(path, Some(0), Some(0)).unwrap();
        }
    }
}

/// Expects that the tool's `larder.toml` is ignored with a message, even if it was approved.
#[track_caller]
fn is_ignored(world: &World, tool: &Path, words: &str) {
    reaches_nothing(world, tool, &[]);
    let told = world.print(tool, "read", &["path=/h/id_rsa"]);
    told.exits(1).says("larder.toml is ignored: ").says(words).is_silent_about("larder trust");
    assert_eq!(told.stderr.matches("is ignored").count(), 1, "{told}");
}

#[test]
fn a_file_that_somebody_else_could_have_written_is_ignored_even_if_it_was_approved() {
    let world = world!();
    let tool = download(&world, "downloads");
    world.trust("downloads");
    reads_the_secret(&world, &tool, &[]);
    let folder = world.folder().join("downloads");
    ways(&folder, &folder.join("larder.toml"), |words| {
        is_ignored(&world, &tool, words);
        // Named explicitly, it is an error: the user should know.
        let named = ["path=/h/id_rsa", "--config=downloads/larder.toml"];
        world.print(&tool, "read", &named).fails(2, &["downloads/larder.toml is ignored: ", words, "hint: "]);
        world.larder(["trust", "downloads"]).fails(2, &[words]);
    });
    reads_the_secret(&world, &tool, &[]);
}

#[test]
fn so_is_one_in_a_folder_above() {
    let world = world!();
    let tool = download(&world, ".");
    world.trust(".");
    ways(world.folder(), &world.folder().join("larder.toml"), |words| is_ignored(&world, &tool, words));
    reads_the_secret(&world, &tool, &[]);
}

#[test]
fn a_link_is_judged_by_where_it_leads_too() {
    let world = world!();
    let tool = download(&world, "downloads");
    let (file, target) = (world.folder().join("downloads/larder.toml"), world.folder().join("shared/real.toml"));
    std::fs::create_dir(target.parent().unwrap()).unwrap();
    std::fs::rename(&file, &target).unwrap();
    symlink(&target, &file).unwrap();
    world.trust("downloads");
    reads_the_secret(&world, &tool, &[]);
    ways(target.parent().unwrap(), &target, |words| is_ignored(&world, &tool, words));
    ways(&world.folder().join("downloads"), &target, |words| is_ignored(&world, &tool, words));
}

#[test]
fn what_is_ignored_gives_no_version_name_scope_or_docs() {
    let world = world!();
    let folder = world.folder().join("tools");
    let component = world.copy(guests::NO_MANIFEST, "tools/component.wasm");
    let file = world.write("tools/larder.toml", "[tasks.\"testing:plain/text#shout\"]\nversion = \"1\"\n");
    world.run(&component, "shout", &["text=a"]).is_a_miss("no-entry");
    ways(&folder, &file, |_| {
        world.run(&component, "shout", &["text=a"]).is_a_miss("not-declared");
    });
    assert_eq!(world.run(&component, "shout", &["text=a"]).status(), "hit");
}

#[test]
fn account_and_workflow_come_from_no_file_of_another_user() {
    let world = world!();
    let file = world.write("larder.toml", "account = \"theirs\"\nworkflow = \"theirs\"\n");
    let provenance = || {
        let called = world.run(guests::PRIMES, "count-below", &["limit=10", "--refresh"]);
        called.0["provenance"]["account"].as_str().unwrap().to_owned()
    };
    assert_eq!(provenance(), "theirs");
    ways(world.folder(), &file, |words| {
        assert_eq!(provenance(), "default");
        world.larder(["blob", "ls"]).exits(0).says("larder.toml is ignored: ").says(words);
    });
    assert_eq!(provenance(), "theirs");
}

/// A folder given by name stands for its `larder.toml`, which would run a command.
#[test]
fn a_folder_with_such_a_file_is_not_built() {
    let world = world!();
    world.copy(guests::PRIMES, "tools/prebuilt.wasm");
    let toml = "[build]\ncommand = \"touch ran; cp prebuilt.wasm out.wasm\"\noutput = \"out.wasm\"\n";
    let file = world.write("tools/larder.toml", toml);
    let folder = world.folder().join("tools");
    ways(&folder, &file, |words| {
        for command in [&["build", "tools"][..], &["inspect", "tools"], &["run", "tools", "count-below", "limit=10"]] {
            world.larder(command).fails(2, &["tools/larder.toml is ignored: ", words, "hint: "]);
        }
        assert!(!folder.join("ran").exists());
    });
    world.larder(["build", "tools"]).exits(0);
}

/// An unreadable file of another user does not stop a user who works below it.
#[test]
fn what_cannot_be_read_and_is_not_ours_is_passed_over() {
    let world = world!();
    let file = world.write("larder.toml", "account = \"theirs\"\n");
    permit(&file, 0o000);
    if !is_given_away(world.folder()) {
        return;
    }
    let folder = world.write("work/file", "").parent().unwrap().to_owned();
    let mut command = world.unprivileged(["cache", "path"]);
    larder_tests::Ran::of(command.current_dir(&folder)).exits(0);
    let mut command = world.unprivileged(["blob", "ls"]);
    larder_tests::Ran::of(command.current_dir(&folder)).exits(2).says("larder.toml");
    std::os::unix::fs::chown(world.folder(), Some(1), Some(1)).unwrap();
    let mut command = world.unprivileged(["blob", "ls"]);
    larder_tests::Ran::of(command.current_dir(&folder)).exits(0).says("larder.toml is ignored: ");
}
