//! The conformance table, as Markdown: a row per kind of value, a column per language.

use super::Language;
use super::cases::Case;

/// Generates the table. A cell shows if a language passed a row, or `?` if this machine lacks the language.
pub(super) fn conformance(
    languages: &[Language],
    cases: &[Case],
    passed: impl Fn(&str, &str) -> Option<bool>,
) -> String {
    let mut rows: Vec<&str> = cases.iter().map(|case| case.row).collect();
    rows.dedup();
    let mut notes: Vec<&str> = Vec::new();
    let names: Vec<&str> = languages.iter().map(|language| language.name).collect();
    let mut table = format!("| | {} |\n|---|{}\n", names.join(" | "), ":-:|".repeat(names.len()));
    for row in rows {
        let cells = languages.iter().map(|language| {
            let note = language.instead.iter().find(|(of, ..)| *of == row).map(|(.., note)| *note);
            match (passed(language.name, row), note) {
                (None, _) => "?".to_owned(),
                (Some(false), _) => "✗".to_owned(),
                (Some(true), None) => "✓".to_owned(),
                (Some(true), Some(note)) => {
                    let at = notes.iter().position(|known| *known == note).unwrap_or_else(|| {
                        notes.push(note);
                        notes.len() - 1
                    });
                    format!("[{}]", at + 1)
                }
            }
        });
        let cells: Vec<String> = cells.collect();
        table.push_str(&format!("| {row} | {} |\n", cells.join(" | ")));
    }
    for (at, note) in notes.iter().enumerate() {
        table.push_str(&format!("\n[{}] {note}.\n", at + 1));
    }
    table
}
