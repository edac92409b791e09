//! `larder trust`: approves a `larder.toml` to open the world and raise limits.

use std::path::{Path, PathBuf};

use super::args::Trust;
use super::failure::Exit;
use super::print::{FAINT, GOOD, Printer};
use super::problem::Problem;
use super::shapes::{Approved, ApprovedFile, Removed, StandingWord};
use super::{allow, escape, surroundings};
use larder::config::{Approvals, Config, FILE_NAME, Standing};

pub(super) fn trust(arguments: &Trust, printer: &Printer) -> anyhow::Result<Exit> {
    let approvals = surroundings::approvals().ok_or(Problem::NoStateDir)?;
    match (&arguments.path, &arguments.remove) {
        (Some(path), _) => approve(&approvals, path, printer)?,
        (None, Some(path)) => remove(&approvals, path, printer)?,
        (None, None) => list(&approvals, printer)?,
    }
    Ok(Exit::Done)
}

fn approve(approvals: &Approvals, path: &Path, printer: &Printer) -> anyhow::Result<()> {
    let path = file(path)?;
    let config = Config::in_folder(path.parent().unwrap_or(Path::new("")))?;
    let config = config.ok_or_else(|| Problem::NothingToTrust { path: path.clone() })?;
    let approval = approvals.approve(&config)?;
    let granted = config.grants.iter().map(|(task, grants)| (task.as_str(), allow::granted_words(grants)));
    if printer.json {
        let (grants, sha256) = (granted.collect(), approval.digest.to_string());
        return Ok(printer.json(&Approved { grants, path: &approval.path, sha256 })?);
    }
    printer.note(&format!("{GOOD}trusted{GOOD:#} {}", escape::line(&approval.path.display().to_string())));
    for (task, words) in granted {
        printer.note(&format!("  {}", escape::line(&format!("grants to `{task}`: {}", words.join(", ")))));
    }
    Ok(())
}

fn remove(approvals: &Approvals, path: &Path, printer: &Printer) -> anyhow::Result<()> {
    let path = file(path)?;
    let removed = approvals.remove(&path)?;
    if printer.json {
        return Ok(printer.json(&Removed { path: &path, removed })?);
    }
    let what = if removed { "no longer trusted:" } else { "was not trusted:" };
    printer.note(&format!("{what} {}", escape::line(&path.display().to_string())));
    Ok(())
}

fn list(approvals: &Approvals, printer: &Printer) -> anyhow::Result<()> {
    let approvals = approvals.list()?;
    let word = |standing| match standing {
        Some(Standing::Approved) => StandingWord::Trusted,
        Some(Standing::Changed | Standing::Unknown) => StandingWord::Changed,
        None => StandingWord::Missing,
    };
    if printer.json {
        let files: Vec<_> = approvals
            .iter()
            .map(|approval| ApprovedFile {
                path: &approval.path,
                sha256: approval.digest.to_string(),
                standing: word(approval.standing()),
            })
            .collect();
        return Ok(printer.json(&files)?);
    }
    for approval in approvals {
        let path = escape::line(&approval.path.display().to_string());
        let note = match word(approval.standing()) {
            StandingWord::Trusted => String::new(),
            other @ (StandingWord::Changed | StandingWord::Missing) => format!("  {FAINT}{}{FAINT:#}", other.word()),
        };
        printer.stdout(&format!("{path}{note}\n"))?;
    }
    Ok(())
}

/// Returns the `larder.toml` at `path`: no other file is searched for.
fn file(path: &Path) -> anyhow::Result<PathBuf> {
    let path = std::path::absolute(path)?;
    if path.is_dir() {
        return Ok(path.join(FILE_NAME));
    }
    if path.file_name().is_some_and(|name| name == FILE_NAME) {
        return Ok(path);
    }
    Err(Problem::NotALarderToml { path }.into())
}
