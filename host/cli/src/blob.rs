//! `larder blob`: stores, lists and retrieves an account's content by digest.

use std::path::Path;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use super::args::{Blob as Arguments, BlobCommand, Global};
use super::failure::Exit;
use super::out::{is_stdout, put_directory, to_stdout};
use super::print::{Printer, bytes};
use super::problem::Problem;
use super::shapes::{BlobList, StoredBlob};
use super::surroundings::Surroundings;
use super::{context, escape, wait};
use larder::BlobKind;
use larder::content::{Found, Replace, export_file};
use larder::record::BlobReference;
use larder::{Digest, Larder};

pub(super) fn blob(arguments: &Arguments, global: &Global, printer: &Printer) -> anyhow::Result<Exit> {
    let larder = context::larder(&Surroundings::of(global, printer)?, false)?;
    match &arguments.command {
        BlobCommand::Put { paths } => {
            let runtime = super::runtime::on_this_thread()?;
            for path in paths {
                let kind = if path.is_dir() { BlobKind::Directory } else { BlobKind::File };
                let blob = runtime.block_on(wait::wait(
                    async { Ok(larder.put_blob(kind, path.clone()).await?) },
                    &larder,
                    printer,
                ))?;
                if printer.json {
                    printer.json(&report(kind, &blob.digest, blob.size, blob.name.as_deref(), None))?;
                } else {
                    printer.stdout(&format!("{blob}\n"))?;
                }
            }
        }
        BlobCommand::Get { digest, output } => get(&larder, digest, output.as_deref(), printer)?,
        BlobCommand::Ls => list(&larder, printer)?,
    }
    Ok(Exit::Done)
}

fn get(larder: &Larder, digest: &str, output: Option<&Path>, printer: &Printer) -> anyhow::Result<()> {
    let digest = find(larder, digest)?;
    let (blob, found) = larder.get_blob(&digest)?;
    let output = output.filter(|path| !is_stdout(path));
    match (&found, output) {
        (Found::File { digest, content }, Some(path)) => export_file(content, digest, path, Replace::Any)?,
        (Found::File { digest, content }, None) => to_stdout(content, digest)?,
        (Found::Directory(directory), Some(path)) => put_directory(directory, path, printer)?,
        (Found::Directory(_), None) => return Err(Problem::DirectoryToStdout { digest: blob.to_string() }.into()),
    }
    Ok(())
}

/// The minimum number of digits to identify a digest. With fewer, a blob stored later may begin with the same digits,
/// and a command that worked yesterday means another blob today.
const LEAST_DIGITS: usize = 4;

/// Finds the digest that starts with the given digits.
fn find(larder: &Larder, text: &str) -> anyhow::Result<Digest> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text);
    if let Ok(digest) = digits.parse() {
        return Ok(digest);
    }
    if digits.len() < LEAST_DIGITS {
        return Err(Problem::ShortDigest { text: text.to_owned(), least: LEAST_DIGITS }.into());
    }
    let known = larder.blobs()?.known;
    let mut found: Vec<Digest> = known.into_iter().map(|(_, digest, _)| digest).collect();
    found.retain(|digest| digest.to_string().starts_with(digits));
    found.dedup();
    match found.as_slice() {
        [one] => Ok(*one),
        several => Err(Problem::NotOneBlob { text: text.to_owned(), found: several.len() }.into()),
    }
}

fn list(larder: &Larder, printer: &Printer) -> anyhow::Result<()> {
    let references = larder.blobs()?;
    for damage in &references.damaged {
        printer.warning(&damage.to_string());
    }
    if printer.json {
        let blobs = references.known.iter().map(|(kind, digest, BlobReference { size, name, stored_at_ms })| {
            report(*kind, digest, *size, name.as_deref(), Some(*stored_at_ms))
        });
        printer.json(&BlobList { blobs: blobs.collect() })?;
        return Ok(());
    }
    if references.known.is_empty() {
        printer.note("nothing is stored");
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for (kind, digest, BlobReference { size, name, stored_at_ms: _ }) in &references.known {
        let name = escape::line(name.as_deref().unwrap_or("-"));
        table.add_row([format!("sha256:{digest}"), word(*kind).to_owned(), bytes(*size), name]);
    }
    if let Some(column) = table.column_mut(2) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    printer.stdout(&format!("{}\n", table.trim_fmt()))?;
    Ok(())
}

fn report<'a>(
    kind: BlobKind,
    digest: &Digest,
    size: u64,
    name: Option<&'a str>,
    stored_at_ms: Option<u64>,
) -> StoredBlob<'a> {
    StoredBlob { digest: format!("sha256:{digest}"), kind: kind.into(), name, size, stored_at_ms }
}

const fn word(kind: BlobKind) -> &'static str {
    match kind {
        BlobKind::File => "file",
        BlobKind::Directory => "directory",
    }
}
