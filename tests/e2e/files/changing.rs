//! Inputs that change while a task runs: the result answers no call, and is not kept.

use std::path::Path;
use std::time::Duration;

use larder_tests::{Ran, Running, World, guests, world};

use super::{directory, run};

/// Runs a task that reads half of a file, sleeps two seconds, and reads the rest; changes the file meanwhile.
#[track_caller]
fn meanwhile(world: &World, change: impl FnOnce(&Path)) -> Ran {
    let file = world.write("a.txt", "x".repeat(1 << 20));
    let running = Running::start(&mut world.command(["run", guests::FILES, "slow", "f=a.txt", "seconds=2"]));
    std::thread::sleep(Duration::from_millis(1200));
    change(&file);
    running.end()
}

#[test]
fn a_file_that_changes_fails_the_run_and_nothing_is_kept() {
    let world = world!();
    // Compiled first, so that only the sleep takes time.
    run(&world, "roots", &[]);
    let ran = meanwhile(&world, |file| {
        use std::os::unix::fs::FileExt as _;
        std::fs::File::options().write(true).open(file).unwrap().write_all_at(b"y", 1 << 19).unwrap();
    });
    ran.fails(2, &["a.txt changed while it was used", "nothing was stored"]);
    let ran = meanwhile(&world, |file| std::fs::File::options().write(true).open(file).unwrap().set_len(5).unwrap());
    ran.fails(2, &["a.txt changed while it was used"]);
    let other = "x".repeat(1 << 20);
    world.write("a.txt", &other);
    run(&world, "slow", &["f=a.txt", "seconds=2"]).is_a_miss("no-entry");
}

/// An open file stays the same, even if its name now belongs to another.
#[test]
fn a_file_that_is_replaced_or_removed_is_read_to_its_end() {
    let world = world!();
    run(&world, "roots", &[]);
    let expected = format!("{}\n", 120 * (1 << 20));
    let ran = meanwhile(&world, |file| {
        let other = file.with_extension("new");
        std::fs::write(&other, "something else").unwrap();
        std::fs::rename(other, file).unwrap();
    });
    ran.exits(0).prints(&expected);
    meanwhile(&world, |file| std::fs::remove_file(file).unwrap()).exits(0).prints(&expected).says("hit");
}

#[test]
fn a_directory_that_changes_is_seen_as_it_was_or_not_at_all() {
    let world = world!();
    directory(&world, "d");
    world.write("d/large", "x".repeat(100_000));
    run(&world, "walk", &["d=d"]);
    // Names come from the keyed content, so a new entry is missing.
    world.write("d/new", "new");
    run(&world, "walk", &["d=d"]).is_a_miss("no-entry");
}
