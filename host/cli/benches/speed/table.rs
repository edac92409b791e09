//! The table of a run, from the medians that criterion wrote.

use std::path::Path;

use serde_json::Value;

use super::growth::Size;
use super::pairs::Pairs;
use super::sealing;

const HEAD: &str = "| | Larder | floor | | at most |\n|---|---|---|---|---|\n";

/// What is measured, against what, and how the two are compared.
const ROWS: [(&str, &str, &str, Compared); 5] = [
    ("Hit, in process", "hit/larder", "hit/floor", Compared::Ratio(2.0)),
    ("Hit, in process, with a file of 1 GiB", "file hit/larder", "file hit/floor", Compared::Difference(1e6)),
    ("Miss of a trivial task, commit aside", "miss/larder", "miss/floor", Compared::Ratio(2.5)),
    ("Hit, whole process", "process/small", "process/floor", Compared::Difference(5e6)),
    ("Hit, whole process, 20 MB component", "process/20 MB", "process/floor", Compared::Difference(5e6)),
];

/// How a time is compared with its floor.
#[derive(Clone, Copy)]
pub(crate) enum Compared {
    /// At most so many times the floor.
    Ratio(f64),
    /// At most so many nanoseconds more than the floor.
    Difference(f64),
    /// At most so many nanoseconds, whatever the floor.
    Within(f64),
    /// At least so many times as fast as the floor.
    Faster(f64),
    /// A ratio that is told, whatever it is.
    Told,
}

/// The rows whose figures are there, as Markdown.
pub(crate) fn of_the_run() -> String {
    let figures = |(name, subject, floor, compared)| Some(row(name, median(subject)?, median(floor)?, compared));
    under(HEAD, ROWS.into_iter().filter_map(figures).collect())
}

/// What was measured in pairs.
pub(crate) fn of_pairs(pairs: &[(&str, Pairs, Compared)]) -> String {
    let row = |(name, pairs, compared): &(&str, Pairs, Compared)| row(name, pairs.larder(), pairs.floor(), *compared);
    under(HEAD, pairs.iter().map(row).collect())
}

/// The rows under their head, where there are any.
fn under(head: &str, rows: String) -> String {
    if rows.is_empty() { rows } else { format!("\n{head}{rows}") }
}

fn row(name: &str, subject: f64, floor: f64, compared: Compared) -> String {
    let ratio = format!("{:.2}×", subject / floor);
    let (measured, allowed) = match compared {
        Compared::Ratio(allowed) => (ratio, format!("{allowed}×")),
        Compared::Difference(allowed) => (format!("+{}", time(subject - floor)), format!("+{}", time(allowed))),
        Compared::Within(allowed) => (ratio, time(allowed)),
        Compared::Faster(allowed) => (format!("{:.2}× as fast", floor / subject), format!("at least {allowed}×")),
        Compared::Told => (ratio, String::new()),
    };
    format!("| {name} | {} | {} | {measured} | {allowed} |\n", time(subject), time(floor))
}

/// What a cache costs as it grows.
pub(crate) fn of_growth(sizes: &[Size]) -> String {
    let head = "| entries | hit | bare read | | commit of 64 | bare commit | | bytes of an entry | of the file |\n\
                |---|---|---|---|---|---|---|---|---|\n";
    let (hits, commits) = Size::TIMES;
    let beside = |pairs: &Pairs, times: f64| {
        let (larder, floor) = (pairs.larder() / times, pairs.floor() / times);
        format!("{} | {} | {:.2}×", time(larder), time(floor), larder / floor)
    };
    let row = |size: &Size| {
        let Size { entries, hits: of_hits, commits: of_commits, live_bytes, file_bytes } = size;
        let (of_hits, of_commits) = (beside(of_hits, hits), beside(of_commits, commits));
        format!("| {entries} | {of_hits} | {of_commits} | {live_bytes:.0} | {file_bytes:.0} |\n")
    };
    under(head, sizes.iter().map(row).collect())
}

/// What sealing costs, part by part: times, and how many times the bare one each is.
pub(crate) fn of_sealing() -> String {
    let mut table = String::new();
    let head = "| | bare | epoch | fuel | canonical NaNs | sealed |\n|---|---|---|---|---|---|\n";
    for guest in sealing::GUESTS {
        let figures: Vec<f64> = sealing::SETTINGS
            .iter()
            .chain(&["sealed"])
            .filter_map(|setting| median(&format!("sealing/{guest}/{setting}")))
            .collect();
        let [bare, rest @ ..] = figures.as_slice() else { continue };
        let rest: String = rest.iter().map(|figure| format!(" {} ({:.2}×) |", time(*figure), figure / bare)).collect();
        table.push_str(&format!("| {guest} | {} |{rest}\n", time(*bare)));
    }
    under(head, table)
}

/// The median of the last run, in nanoseconds.
fn median(id: &str) -> Option<f64> {
    let target = Path::new(env!("CARGO_BIN_EXE_larder")).ancestors().nth(2)?;
    let file = target.join("criterion").join(id.replace(' ', "_")).join("new/estimates.json");
    let file = if file.exists() { file } else { target.join("criterion").join(id).join("new/estimates.json") };
    let estimates: Value = serde_json::from_str(&std::fs::read_to_string(file).ok()?).ok()?;
    estimates["median"]["point_estimate"].as_f64()
}

fn time(nanos: f64) -> String {
    match nanos {
        nanos if nanos < 1e6 => format!("{:.1} µs", nanos / 1e3),
        nanos if nanos < 1e9 => format!("{:.2} ms", nanos / 1e6),
        nanos => format!("{:.2} s", nanos / 1e9),
    }
}
