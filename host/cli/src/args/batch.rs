//! The arguments of `larder batch`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::allow::Allow;
use super::call::{Caching, Declared, Together, Trusting};

const USAGE: &str = "larder batch [OPTIONS] <COMPONENT> <TASK> [INPUTS] [NAME=VALUE]...";

const HELP: &str = "\
INPUTS has an object for each call (NDJSON: one on each line; JSON: an array of them) that gives parameters their
values as JSON, or is a table (CSV, TSV) whose header names parameters. A cell for a `string` is its text, whatever it
looks like; for other types it is JSON or WAVE; an empty cell leaves an option out. What a file or a directory is given
is a path, from the current folder, or a digest: nothing else in INPUTS names a file.

Each call is one line on standard output: index (from 0), id (with --id), status (hit, miss, shared, failed), run_us (of
its run; 0 where it did not run), wait_us (the rest of its time), key, and outcome (ok, err) with result, or exit_code
with error {code, message, hints}, and the line of INPUTS, if it has lines. With --echo also input. As a table, each
field of a result that is a record has a column.
What cannot be a call, such as a line that is no JSON, is a failed call. Exit code 1 says that a call failed or
answered err, also with --fail-fast. A summary is on standard error: a line, or with --json an object; it names the
first calls that did not end well.

What was interrupted goes on where it stopped when the same command is given again: what was done is a hit.

--out DIR makes DIR/<index>/; in DIR, {index}, {id}, {PARAMETER}, and of a file {PARAMETER.name} and {PARAMETER.stem}
(without the extension) stand for those of the call.

Examples:
  larder batch guest-examples/primes count-below limits.csv
  generate | larder batch tools.wasm score mode=strict --unordered > scores.ndjson
  larder batch guest-examples/kmers count k=21 --each reads='data/*.fastq.gz' --out 'results/{reads.stem}'
  larder batch tools.wasm trim samples.csv --id sample --ignore-extra --out 'results/{id}'
  larder batch tools.wasm summarize --each csv='@data/*.csv'
  larder batch tools.wasm align --each a='a/*.fa' --each b='b/*.fa' --product
  larder batch tools.wasm score inputs.ndjson --dry-run
  larder batch tools.wasm score inputs.ndjson --retry-failed scores.ndjson > again.ndjson
  larder batch tools.wasm score inputs.ndjson --retry-failed scores.ndjson --retry-failed again.ndjson > third.ndjson";

#[derive(Debug, Args)]
#[command(after_help = HELP, override_usage = USAGE)]
pub(crate) struct Batch {
    /// A component (.wasm or .wat), or a folder with a larder.toml
    pub(crate) component: PathBuf,
    /// The task: its full name, or any unambiguous short form (`interface#function`, `function`)
    pub(crate) task: String,
    /// A file of inputs, or - for standard input (the default); and arguments that all calls have
    #[arg(value_name = "INPUTS|NAME=VALUE")]
    pub(crate) given: Vec<String>,
    /// How the inputs are written [default: as the file's extension says; on standard input, ndjson]
    #[arg(long, value_name = "FORMAT", value_enum, conflicts_with = "each", help_heading = "Input options")]
    pub(crate) input_format: Option<InputFormat>,
    /// The column of the table, or the member of each object, that names a call: it is told in each line, and need not be
    /// a parameter
    #[arg(long, value_name = "COLUMN", conflicts_with = "each", help_heading = "Input options")]
    pub(crate) id: Option<String>,
    /// Pass over columns and members that are no parameters
    #[arg(long, conflicts_with = "each", help_heading = "Input options")]
    pub(crate) ignore_extra: bool,
    /// Instead of INPUTS: a call for each file or directory that a pattern matches, for each value of a list, or, for a
    /// text, for the content of each file that @PATTERN matches
    #[arg(long, value_name = "NAME=PATTERN", help_heading = "Input options")]
    pub(crate) each: Vec<String>,
    /// With several --each: every combination, the last changing fastest, instead of the first of each, the second …
    #[arg(long, requires = "each", help_heading = "Input options")]
    pub(crate) product: bool,
    /// Only the calls that failed in PREVIOUS, the NDJSON of an earlier batch of the same INPUTS (- for standard input),
    /// are missing in it, or have another key now; only these are printed, under their index. After a retry, give both:
    /// what the last one says of a call counts
    #[arg(long, value_name = "PREVIOUS", help_heading = "Input options")]
    pub(crate) retry_failed: Vec<PathBuf>,
    /// How the answers are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Output options")]
    pub(crate) output_format: OutputFormat,
    /// Print each answer when it is there, not in the order of the inputs
    #[arg(long, help_heading = "Output options")]
    pub(crate) unordered: bool,
    /// Let each line say its input too: an object with the value of each parameter
    #[arg(long, help_heading = "Output options")]
    pub(crate) echo: bool,
    /// Put the files and directories of each result into DIR/<index>/, or where DIR says with {index}, {id},
    /// {PARAMETER}, {PARAMETER.name} or {PARAMETER.stem}, under their names
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run", help_heading = "Output options")]
    pub(crate) out: Option<PathBuf>,
    /// With --out: replace also files that are no outputs which this account stored
    #[arg(long, requires = "out", help_heading = "Output options")]
    pub(crate) force: bool,
    /// Stop at the first call that fails or answers err
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Make all calls, whatever becomes of some (the default)
    #[arg(long, conflicts_with = "fail_fast")]
    pub(crate) keep_going: bool,
    /// Say which calls would hit: nothing runs and nothing is stored
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How many calls may run at once [default: the number of processors]. More than that are for tasks that wait more
    /// than they compute, and count as a budget of so many --cpus
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) jobs: Option<u16>,
    #[command(flatten)]
    pub(crate) declared: Declared,
    #[command(flatten)]
    pub(crate) caching: Caching,
    #[command(flatten)]
    pub(crate) allow: Allow,
    #[command(flatten)]
    pub(crate) trusting: Trusting,
    #[command(flatten)]
    pub(crate) together: Together,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InputFormat {
    /// A JSON object on each line
    Ndjson,
    /// An array of JSON objects
    Json,
    /// A table with a header, cells separated by commas
    Csv,
    /// A table with a header, cells separated by tabs
    Tsv,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// A JSON object on each line
    #[default]
    Ndjson,
    /// A table with a header, which has a column for each field of a record in the result
    Csv,
}
