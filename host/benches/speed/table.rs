//! The table of a run, from the medians that criterion wrote.

use std::path::Path;

use serde_json::Value;

use super::sealing;

/// What is measured, against what, and how the two are compared.
const ROWS: [(&str, &str, &str, Compared); 4] = [
    ("Hit, in process", "hit/larder", "hit/floor", Compared::Ratio(2.0)),
    ("Miss of a trivial task, commit aside", "miss/larder", "miss/floor", Compared::Ratio(2.5)),
    ("Hit, whole process", "process/small", "process/floor", Compared::Difference(5e6)),
    ("Hit, whole process, 20 MB component", "process/20 MB", "process/floor", Compared::Difference(5e6)),
];

enum Compared {
    /// At most so many times the floor.
    Ratio(f64),
    /// At most so many nanoseconds more than the floor.
    Difference(f64),
}

/// The rows whose figures are there, as Markdown.
pub(crate) fn of_the_run() -> String {
    let mut table = String::from("\n| | Larder | floor | | at most |\n|---|---|---|---|---|\n");
    for (name, subject, floor, compared) in ROWS {
        let (Some(subject), Some(floor)) = (median(subject), median(floor)) else { continue };
        let (measured, allowed) = match compared {
            Compared::Ratio(allowed) => (format!("{:.2}×", subject / floor), format!("{allowed}×")),
            Compared::Difference(allowed) => (format!("+{}", time(subject - floor)), format!("+{}", time(allowed))),
        };
        table.push_str(&format!("| {name} | {} | {} | {measured} | {allowed} |\n", time(subject), time(floor)));
    }
    table
}

/// What sealing costs, part by part: times, and how many times the bare one each is.
pub(crate) fn of_sealing() -> String {
    let mut table = String::from("\n| | bare | epoch | fuel | canonical NaNs | sealed |\n|---|---|---|---|---|---|\n");
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
    table
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
        nanos => format!("{:.2} ms", nanos / 1e6),
    }
}
