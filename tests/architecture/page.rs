//! The generated sections of `ARCHITECTURE.md`.
//!
//! A section is the text between `<!-- generated: NAME -->` and `<!-- end -->`. The rest of the page is written by
//! hand.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::crates::{CRATES, ENGINES};
use crate::packages::packages;
use crate::root;
use crate::world::{MODULES, Touch};

const END: &str = "<!-- end -->";

fn path() -> PathBuf {
    root().join("ARCHITECTURE.md")
}

#[test]
fn the_page_has_the_tables() {
    let page = std::fs::read_to_string(path()).unwrap();
    assert!(
        page == with_tables(&page),
        "ARCHITECTURE.md has old tables: write them again, see tests/architecture/main.rs"
    );
}

#[test]
#[ignore = "it writes into the sources: run it by name when a table has changed"]
fn write_the_tables() {
    let page = std::fs::read_to_string(path()).unwrap();
    std::fs::write(path(), with_tables(&page)).unwrap();
}

/// A page sends its readers to files that exist: by a path from the root or from `host/`, or by a name below `host/`.
#[test]
fn each_file_that_the_pages_name_is_there() {
    let names = names_below(&root().join("host"));
    for page in ["ARCHITECTURE.md", "CONTRIBUTING.md"] {
        let text = std::fs::read_to_string(root().join(page)).unwrap();
        for path in paths(&text) {
            let is_there = if path.contains('/') {
                ["", "host/"].iter().any(|base| root().join(base).join(path).exists())
            } else {
                names.iter().any(|name| name == path)
            };
            assert!(is_there, "{page} names `{path}`, and there is no such file");
        }
    }
}

/// Returns the paths among the words in backquotes: a name that ends as sources do, or several names. `LANGUAGE` in a
/// path stands for any language.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    // Outside of code blocks, every second part is quoted.
    let prose = text.split("```").step_by(2);
    let quoted = prose.flat_map(|prose| prose.split('`').skip(1).step_by(2));
    let is_of_a_path = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    quoted.filter(move |word| {
        let is_path = word.ends_with(".rs") || word.trim_end_matches('/').contains('/');
        is_path && word.chars().all(is_of_a_path) && !word.contains("LANGUAGE")
    })
}

fn names_below(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            names.extend(names_below(&entry.path()));
        }
        names.push(entry.file_name().into_string().unwrap());
    }
    names
}

#[test]
fn words_that_are_paths_are_found() {
    let text =
        "In `base/src/lib.rs` and `lib.rs`, `a::b`, `x`, `template/`.\n```sh\ncat `no/path.rs`\n```\nThen `a/b/`.";
    assert_eq!(paths(text).collect::<Vec<_>>(), ["base/src/lib.rs", "lib.rs", "a/b/"]);
}

fn with_tables(page: &str) -> String {
    let page = with_section(page, "crates", &crates());
    let page = with_section(&page, "engines", &engines());
    with_section(&page, "world", &world())
}

/// Returns the page with another text in one section.
fn with_section(page: &str, name: &str, text: &str) -> String {
    let begin = format!("<!-- generated: {name} -->\n");
    let (before, rest) = page.split_once(&begin).unwrap_or_else(|| panic!("the page has no section `{name}`"));
    let (_, after) = rest.split_once(END).unwrap_or_else(|| panic!("the section `{name}` has no end"));
    format!("{before}{begin}\n{text}\n{END}{after}")
}

fn crates() -> String {
    let packages = packages();
    let mut table = "| crate | folder | owns | depends on | its tests also on |\n|---|---|---|---|---|\n".to_owned();
    for row in CRATES {
        let package = packages.iter().find(|package| package.name == row.name);
        let (folder, owns) = package.map_or(("", ""), |package| (&package.folder, &package.description));
        let (uses, tests) = (quoted(row.uses), quoted(row.tests));
        writeln!(table, "| `{}` | `{folder}` | {owns} | {uses} | {tests} |", row.name).unwrap();
    }
    table
}

fn engines() -> String {
    let mut table = "| package | only in | its tests also in |\n|---|---|---|\n".to_owned();
    for engine in ENGINES {
        writeln!(table, "| `{}` | `{}` | {} |", engine.name, engine.owner, quoted(engine.tests)).unwrap();
    }
    table
}

fn world() -> String {
    let mut table = "| module | touches |\n|---|---|\n".to_owned();
    for (file, touches) in MODULES {
        let words: Vec<_> = touches.iter().map(|touch: &Touch| touch.word()).collect();
        writeln!(table, "| `{file}` | {} |", words.join(", ")).unwrap();
    }
    table
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str =
        "# T\n\n<!-- generated: a -->\nold\n<!-- end -->\n\nby hand\n<!-- generated: b -->\n<!-- end -->\n";

    #[test]
    fn only_its_section_is_written() {
        let page = with_section(PAGE, "a", "new\n");
        assert_eq!(
            page,
            "# T\n\n<!-- generated: a -->\n\nnew\n\n<!-- end -->\n\nby hand\n<!-- generated: b -->\n<!-- end -->\n"
        );
        assert_eq!(with_section(&page, "a", "new\n"), page);
    }

    #[test]
    #[should_panic(expected = "the page has no section `c`")]
    fn a_missing_section_is_not_added() {
        with_section(PAGE, "c", "");
    }

    #[test]
    #[should_panic(expected = "the section `a` has no end")]
    fn a_section_without_an_end_is_not_written() {
        with_section("<!-- generated: a -->\n", "a", "");
    }
}
