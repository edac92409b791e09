//! Files larger than the memory of a run: they are streamed, in and out, and the host's memory does not grow with
//! them.

use std::fs::File;

use larder_tests::{Called, Running, World, asked, guests, world};

const GIB: u64 = 1 << 30;

/// Maximum peak memory of the host in MiB, for a file of any length.
const PEAK: u64 = 200;

/// The printed digest of half a GiB of zeros, as `sha256sum` computes it.
const ZEROS: &str = "sha256:9acca8e8c22201155389f65abbf6bc9723edc7384ead80503839f49dcc56d767";

/// Calls a function of the guest `files`, which must succeed, in little host memory.
#[track_caller]
fn streamed(world: &World, task: &str, arguments: &[&str]) -> Called {
    // Compiled first, so that only the run is measured.
    world.json(0, ["inspect", guests::FILES]);
    let command = ["run", guests::FILES, task, "--json"].into_iter().chain(arguments.iter().copied());
    let (ran, peak) = Running::start(&mut world.command(command)).end_measured();
    ran.exits(0);
    assert!(peak < PEAK, "{task}: the host held {peak} MiB\n{ran}");
    Called(serde_json::from_str(&ran.stdout).unwrap())
}

/// `LARDER_SOAK_GIB` makes it larger: 5 is more than 32 bits count.
#[test]
fn an_input_is_hashed_and_read_through_without_being_held() {
    let world = world!();
    // A sparse file of zeros, which takes no room on the disk.
    File::create(world.folder().join("sparse")).unwrap().set_len(asked("LARDER_SOAK_GIB", 1) * GIB).unwrap();
    let called = streamed(&world, "sum", &["files=[\"sparse\"]"]);
    assert_eq!(called.is_a_miss("no-entry").result(), 0);
}

#[test]
fn an_output_is_written_and_published_without_being_held() {
    for by_path in ["by-path=true", "by-path=false"] {
        let world = world!();
        let called = streamed(&world, "zeros", &["mib=512", by_path]);
        let file = &called.result()["ok"];
        assert_eq!((file["size"].as_u64(), file["digest"].as_str()), (Some(GIB / 2), Some(ZEROS)), "{:#}", called.0);
        // It is removed with the world's cache.
        assert_eq!(std::fs::metadata(file["path"].as_str().unwrap()).unwrap().len(), GIB / 2, "{:#}", called.0);
    }
}
