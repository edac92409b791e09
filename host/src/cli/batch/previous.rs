//! `--retry-failed`: what an earlier batch has already done.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use serde::de::IgnoredAny;

use super::super::problem::Problem;
use super::json::not_json;

/// What is read of a line of an earlier batch.
#[derive(serde::Deserialize)]
struct Line {
    index: u64,
    status: String,
    /// There where there was an answer: a dry run has none.
    outcome: Option<IgnoredAny>,
}

/// The calls that need not be made again: those whose last line says that they did not fail.
/// Where several earlier batches tell of one, the last of them counts.
pub(super) fn done(paths: &[PathBuf]) -> Result<HashSet<u64>, Problem> {
    let mut done = HashSet::new();
    for path in paths {
        read(path, &mut done)?;
    }
    Ok(done)
}

fn read(path: &Path, done: &mut HashSet<u64>) -> Result<(), Problem> {
    let unreadable = |source| Problem::Inputs { path: path.to_owned(), source };
    let mut reader = BufReader::new(std::fs::File::open(path).map_err(unreadable)?);
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
            break;
        }
        match serde_json::from_slice::<Line>(&line) {
            Ok(Line { index, status, outcome: _ }) if status == "failed" => drop(done.remove(&index)),
            Ok(Line { index, status: _, outcome: Some(_) }) => drop(done.insert(index)),
            Ok(Line { index: _, status: _, outcome: None }) => {}
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
        let mut done: Vec<u64> = done(&paths).map_err(|error| error.to_string())?.into_iter().collect();
        done.sort_unstable();
        Ok(done)
    }

    #[test]
    fn what_is_no_output_of_a_batch_is_told() {
        for text in
            ["nonsense\n", "{}\n", "{\"index\":0,\"status\":\"hit\"}\n\n", "{\"index\":-1,\"status\":\"hit\"}\n"]
        {
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
        // A dry run answers nothing, and takes nothing back.
        let dry = "{\"index\":3,\"status\":\"miss\"}\n{\"index\":7,\"status\":\"hit\"}\n";
        assert_eq!((of(dry), of(&format!("{text}{dry}"))), (Ok(vec![]), Ok(vec![0, 1, 3])));
        let retried = [line(0, "failed"), line(2, "miss")].concat();
        assert_eq!(of_each(&[&text, &retried]), Ok(vec![1, 2, 3]));
        assert_eq!(of_each(&[&retried, &text]), Ok(vec![0, 1, 3]));
    }
}
