//! Endless inputs: unread answers stop the intake, and memory is bounded.

use std::io::{BufRead as _, BufReader, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use larder_tests::{Running, world};
use rustix::process::Signal;

/// Number of answer lines that are read.
const LINES: usize = 3000;

/// Maximum memory of the command in MiB: a minimal program takes about a fifth.
const MEMORY: u64 = 400;

/// Length in bytes of the padding in each line.
const PADDING: usize = 10_000;

#[test]
fn inputs_without_an_end_take_no_memory() {
    let world = world!();
    world.write("texts.wat", larder_tests::wat::TEXTS);
    let (stdin, mut inputs) = std::io::pipe().unwrap();
    let (answers, stdout) = std::io::pipe().unwrap();
    let mut command = world.command(["batch", "texts.wat", "length", "--pinned", "--jobs", "2", "b=x"]);
    let running = Running::start_with(command.stdin(stdin).stdout(stdout));
    // Pipe ends that only the command holds must close with it.
    drop(command);
    let written = Arc::new(AtomicU64::new(0));
    let counted = written.clone();
    let writer = std::thread::spawn(move || {
        let padding = "x".repeat(PADDING);
        for number in 0_u64.. {
            if inputs.write_all(format!("{{\"a\": \"{number} {padding}\"}}\n").as_bytes()).is_err() {
                return;
            }
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    // Nobody reads, so after a while no more input is taken.
    let mut before = u64::MAX;
    while written.load(Ordering::Relaxed) != before || before == 0 {
        before = written.load(Ordering::Relaxed);
        std::thread::sleep(Duration::from_millis(1500));
    }
    assert!(before < 2000, "{before} inputs were taken that nobody wants the answers of");
    let mut lines = BufReader::new(answers).lines();
    for index in 0..LINES {
        let line = lines.next().unwrap().unwrap();
        assert!(line.starts_with(&format!("{{\"index\":{index},\"status\":\"miss\"")), "{line}");
    }
    let memory = running.peak_memory().unwrap();
    assert!(memory < MEMORY, "{memory} MiB");
    running.signal(Signal::INT);
    drop(lines);
    running.end().is_silent_about("error");
    writer.join().unwrap();
}

#[test]
fn a_row_without_an_end_is_told_before_it_fills_the_memory() {
    let world = world!();
    super::sum(&world);
    for (format, beginning) in [("csv", "a,b\n1,\"2"), ("json", "[{\"a\": 1, \"b\": \"")] {
        let (stdin, mut inputs) = std::io::pipe().unwrap();
        let mut command = world.command(["batch", "sum.wat", "sum", "--pinned", "--input-format", format]);
        let running = Running::start_with(command.stdin(stdin));
        drop(command);
        inputs.write_all(beginning.as_bytes()).unwrap();
        let more = "x".repeat(1 << 20);
        while inputs.write_all(more.as_bytes()).is_ok() {}
        running.end().fails(2, &["the inputs cannot be read on", "a row has more than 268435456 bytes"]);
    }
}
