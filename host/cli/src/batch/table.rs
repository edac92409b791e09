//! Table inputs: the header names parameters, and a cell is text, JSON or WAVE, depending on its parameter's type.
//!
//! A table is data, and often somebody else's: no cell is parsed as command line syntax.

use std::cell::Cell;
use std::io::{BufRead, BufReader};

use super::bounds::{Bounded, MAX_ROW_BYTES};
use super::rows::{Reading, Role, Take, Taken};
use super::strict::{Fault, Record, Records};
use crate::problem::Problem;
use larder::value::Value;

/// Reads a table (RFC 4180, with any separator). A header that does not match is an error for the whole table.
pub(super) fn read(
    reader: impl BufRead,
    separator: u8,
    reading: &Reading<'_>,
    take: &mut Take<'_>,
) -> anyhow::Result<()> {
    let left = Cell::new(MAX_ROW_BYTES);
    let reader = BufReader::new(Bounded { inner: reader, left: &left });
    let mut records = Records::new(reader, separator);
    let columns = loop {
        match records.next().map_err(Problem::InputStream)? {
            None => return Err(not_inputs("a table begins with a header, and this one is empty").into()),
            Some(record) if record.is_blank => {}
            Some(header) => break Columns::of(&header, reading)?,
        }
    };
    while let Some(record) = records.next().map_err(Problem::InputStream)? {
        left.set(MAX_ROW_BYTES);
        // With one column, an empty line is a row with an empty cell; with several columns, it is skipped.
        if record.is_blank && columns.0.len() > 1 {
            continue;
        }
        let is_last = record.fault == Some(Fault::NotClosed);
        if take(columns.row(&record, reading)).is_break() || is_last {
            break;
        }
    }
    Ok(())
}

fn not_inputs(problem: impl ToString) -> Problem {
    Problem::NotInputs { problem: problem.to_string() }
}

fn text(bytes: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(bytes).map_err(|error| not_inputs(format!("it is not UTF-8 text: {error}")))
}

/// The columns of a table, each with its name and role.
struct Columns(Vec<(String, Role)>);

impl Columns {
    /// Parses the columns of the header. Together with the fixed arguments they must cover all parameters.
    fn of(header: &Record, reading: &Reading<'_>) -> anyhow::Result<Self> {
        if let Some(fault) = header.fault {
            return Err(not_inputs(fault).into());
        }
        let mut columns: Vec<(String, Role)> = Vec::new();
        let mut probe = reading.fixed.clone();
        for cell in &header.cells {
            let name = text(cell)?.trim();
            let role = reading.role(name)?;
            if role == Role::Parameter {
                // Only the presence of the value matters here.
                probe.value(name, Value::Option(None))?;
            }
            if reading.is_id(name) && columns.iter().any(|(other, _)| other == name) {
                return Err(not_inputs(format!("it has two columns `{name}`")).into());
            }
            columns.push((name.to_owned(), role));
        }
        probe.complete()?;
        match &reading.id {
            Some(id) if !columns.iter().any(|(name, _)| name == id) => {
                Err(not_inputs(format!("it has no column `{id}`, which --id names")).into())
            }
            Some(_) | None => Ok(Self(columns)),
        }
    }

    fn row(&self, record: &Record, reading: &Reading<'_>) -> Taken {
        let line = Some(record.line);
        if let Some(fault) = record.fault {
            return Taken::wrong(line, not_inputs(fault).into());
        }
        if record.cells.len() != self.0.len() {
            let problem = format!("it has {} cells, where the header has {}", record.cells.len(), self.0.len());
            return Taken::wrong(line, not_inputs(problem).into());
        }
        Taken::new(line, self.id(record, reading), || self.inputs(record, reading))
    }

    fn id(&self, record: &Record, reading: &Reading<'_>) -> anyhow::Result<Option<String>> {
        let cell = self.0.iter().zip(&record.cells).find(|((name, _), _)| reading.is_id(name));
        Ok(cell.map(|(_, cell)| text(cell)).transpose()?.map(str::to_owned))
    }

    fn inputs(&self, record: &Record, reading: &Reading<'_>) -> anyhow::Result<Vec<Value>> {
        let mut inputs = reading.fixed.clone();
        for ((name, role), cell) in self.0.iter().zip(&record.cells) {
            if *role == Role::Parameter {
                inputs.cell(name, text(cell)?)?;
            }
        }
        Ok(inputs.complete()?)
    }
}
