//! `--retry-failed`: the calls that an earlier batch has already done.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use super::bounds::past_byte_order_mark;
use super::json::not_json;
use crate::problem::Problem;

/// A line of an earlier batch, with the members that are read.
#[derive(serde::Deserialize)]
struct Line {
    index: u64,
    status: String,
    key: Option<String>,
    /// Present if there was an answer; a dry run has none.
    outcome: Option<IgnoredAny>,
}

/// A call that an earlier batch answered: its key, which covers its task, version and inputs. `None` if the task was
/// not cached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Previous(pub(super) Option<String>);

/// Returns the calls that need not be repeated unless their keys have changed: those whose last line reports no
/// failure. If several earlier batches report a call, the last one counts.
pub(super) fn done(paths: &[PathBuf]) -> Result<HashMap<u64, Previous>, Problem> {
    let mut done = HashMap::new();
    for path in paths {
        let unreadable = |source| Problem::Inputs { path: path.clone(), source };
        if is_stdin(path) {
            read(std::io::stdin().lock(), path, &mut done)?;
        } else {
            read(BufReader::new(std::fs::File::open(path).map_err(unreadable)?), path, &mut done)?;
        }
    }
    Ok(done)
}

/// Checks that a path stands for standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

fn read(reader: impl BufRead, path: &Path, done: &mut HashMap<u64, Previous>) -> Result<(), Problem> {
    let unreadable = |source| Problem::Inputs { path: path.to_owned(), source };
    let mut reader = past_byte_order_mark(reader).map_err(unreadable)?;
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        match serde_json::from_slice::<Line>(&line) {
            Ok(Line { index, status, key: _, outcome: _ }) if status == "failed" => drop(done.remove(&index)),
            Ok(Line { index, status: _, key, outcome: Some(_) }) => drop(done.insert(index, Previous(key))),
            Ok(Line { index: _, status: _, key: _, outcome: None }) => {}
            // A batch that was killed may have left half a line.
            Err(_) if !line.ends_with(b"\n") => break,
            Err(error) => {
                return Err(Problem::NotABatch {
                    path: path.to_owned(),
                    line: number,
                    problem: not_json(&error, "with `index` and `status`"),
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Vec<u64>, String> {
        of_each(&[text])
    }

    fn of_each(texts: &[&str]) -> Result<Vec<u64>, String> {
        let folder = tempfile::tempdir().unwrap();
        let write = |(at, text): (usize, &&str)| {
            let path = folder.path().join(at.to_string());
            std::fs::write(&path, text).unwrap();
            path
        };
        let paths: Vec<PathBuf> = texts.iter().enumerate().map(write).collect();
        let mut done: Vec<u64> = done(&paths).map_err(|error| error.to_string())?.into_keys().collect();
        done.sort_unstable();
        Ok(done)
    }

    #[test]
    fn what_is_no_output_of_a_batch_is_told() {
        for text in ["nonsense\n", "{}\n", "\n\u{feff}{}\n", "{\"index\":-1,\"status\":\"hit\"}\n"] {
            assert!(of(text).unwrap_err().contains("is no output of a batch"), "{text}");
        }
        assert!(super::done(&["/no/such/file".into()]).is_err());
    }

    #[test]
    fn the_last_line_of_a_call_counts_and_half_a_line_does_not() {
        let line =
            |index: u64, status: &str| format!("{{\"index\":{index},\"status\":\"{status}\",\"outcome\":\"ok\"}}\n");
        let text = [line(3, "miss"), line(0, "failed"), line(1, "hit"), line(2, "failed"), line(0, "shared")].concat();
        assert_eq!(of(&text), Ok(vec![0, 1, 3]));
        assert_eq!(of(&format!("{text}{}", line(1, "failed"))), Ok(vec![0, 3]));
        assert_eq!(of(&format!("{text}{{\"index\":9,\"sta")), Ok(vec![0, 1, 3]));
        assert_eq!(of(""), Ok(vec![]));
        // A dry run neither answers a call nor invalidates an answer.
        let dry = "{\"index\":3,\"status\":\"miss\"}\n{\"index\":7,\"status\":\"hit\"}\n";
        assert_eq!((of(dry), of(&format!("{text}{dry}"))), (Ok(vec![]), Ok(vec![0, 1, 3])));
        let retried = [line(0, "failed"), line(2, "miss")].concat();
        assert_eq!(of_each(&[&text, &retried]), Ok(vec![1, 2, 3]));
        assert_eq!(of_each(&[&retried, &text]), Ok(vec![0, 1, 3]));
    }

    #[test]
    fn blank_lines_and_a_byte_order_mark_mean_nothing() {
        let line = |index: u64| format!("{{\"index\":{index},\"status\":\"hit\",\"outcome\":\"ok\"}}");
        let text = format!("\u{feff}\r\n{}\r\n\r\n  \n{}\n\n", line(0), line(1));
        assert_eq!(of(&text), Ok(vec![0, 1]));
        let second = format!("\u{feff}{}", line(2));
        assert_eq!(of_each(&[&text, &second]), Ok(vec![0, 1, 2]));
    }

    #[test]
    fn a_key_is_kept_where_there_is_one() {
        let mut done = HashMap::new();
        let text = "{\"index\":0,\"status\":\"hit\",\"key\":\"ab\",\"outcome\":\"ok\"}\n\
                    {\"index\":1,\"status\":\"miss\",\"key\":null,\"outcome\":\"ok\"}\n";
        read(text.as_bytes(), Path::new("-"), &mut done).unwrap();
        assert_eq!((&done[&0], &done[&1]), (&Previous(Some("ab".into())), &Previous(None)));
    }
}
