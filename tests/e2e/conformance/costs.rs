//! Costs of each language: the size of its component, its first run, a later run in a new process, and a hit.
//!
//! This is a measurement, so it is run by hand, with an optimised build:
//!
//! ```sh
//! cargo build --release
//! LARDER=$PWD/target/release/larder cargo test -p larder-tests --test e2e -- --ignored costs --nocapture
//! ```

use std::path::Path;
use std::time::{Duration, Instant};

use larder_tests::{Ran, World, program};

use super::built;

/// Number of measurements of each cost; the median is reported.
const TIMES: usize = 11;

struct Cost {
    bytes: u64,
    first: Duration,
    later: Duration,
    hit: Duration,
}

#[test]
#[ignore = "it measures, for which a machine has to be quiet and the program built with --release"]
fn costs() {
    let program = program!();
    let mut table = "| | component | first run | a later one | hit |\n|---|--:|--:|--:|--:|\n".to_owned();
    for (language, component) in built() {
        let Cost { bytes, first, later, hit } = cost(&program, &component);
        let size =
            if bytes < 1 << 20 { format!("{} KB", bytes / 1000) } else { format!("{:.1} MB", bytes as f64 / 1e6) };
        table.push_str(&format!("| {} | {size} | {first:.2?} | {later:.1?} | {hit:.1?} |\n", language.name));
    }
    std::fs::write(larder_tests::languages::target().join("languages/costs.md"), &table).unwrap();
    // Run by hand, the table is for a person.
    std::io::Write::write_all(&mut std::io::stdout(), table.as_bytes()).unwrap();
}

/// Measures the costs for a text, with an empty cache.
fn cost(program: &str, component: &Path) -> Cost {
    let world = World::new(program);
    let first = time(&world, component, "first");
    // From here on its file is old enough to be recognised by its times.
    std::thread::sleep(Duration::from_millis(2_500));
    time(&world, component, "known");
    let later = median((0..TIMES).map(|at| time(&world, component, &format!("text {at}"))).collect());
    let hit = median((0..TIMES).map(|_| time(&world, component, "first")).collect());
    Cost { bytes: component.metadata().unwrap().len(), first, later, hit }
}

fn time(world: &World, component: &Path, text: &str) -> Duration {
    let argument = format!("text={text}");
    let mut command = world.command(["run".as_ref(), component.as_os_str(), "text".as_ref(), argument.as_ref()]);
    let started = Instant::now();
    Ran::of(&mut command).exits(0);
    started.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
