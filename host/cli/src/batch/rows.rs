//! Rows of inputs in any format: the members that are parameters, and the member that names the call.

use std::ops::ControlFlow;
use std::path::PathBuf;

use crate::problem::Problem;
use larder::arguments::{ArgumentError, Inputs};
use larder::value::Value;

/// Rules for all rows.
pub(super) struct Reading<'s> {
    /// Arguments that all calls have.
    pub(super) fixed: Inputs<'s>,
    /// The column or member that names a call.
    pub(super) id: Option<String>,
    /// Ignores columns and members that are not parameters.
    pub(super) ignore_extra: bool,
}

/// One row, as it was read.
#[derive(Debug)]
pub(super) struct Taken {
    /// The line number, if the inputs are in lines.
    pub(super) line: Option<u64>,
    /// The name of the call, with `--id`.
    pub(super) id: Option<String>,
    /// The files that provide the values of parameters.
    pub(super) origins: Vec<(String, PathBuf)>,
    /// The inputs, or the error for which there is no call.
    pub(super) inputs: anyhow::Result<Vec<Value>>,
}

/// Consumer of the rows.
pub(super) type Take<'t> = dyn FnMut(Taken) -> ControlFlow<()> + 't;

/// Role of a column or a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Parameter,
    /// Only the name of the call.
    Id,
    Extra,
}

impl Reading<'_> {
    /// Returns the role of a column or a member of this name; fails if the name is not expected.
    pub(super) fn role(&self, name: &str) -> anyhow::Result<Role> {
        if self.fixed.has(name) {
            return Ok(Role::Parameter);
        }
        if self.is_id(name) {
            return Ok(Role::Id);
        }
        match self.fixed.open(name) {
            Err(_) if self.ignore_extra => Ok(Role::Extra),
            Err(source @ ArgumentError::Unknown { .. }) => Err(Problem::NotAParameter { source }.into()),
            Err(other) => Err(other.into()),
            Ok(_) => Ok(Role::Parameter),
        }
    }

    pub(super) fn is_id(&self, name: &str) -> bool {
        self.id.as_deref() == Some(name)
    }
}

impl Taken {
    /// Creates a row that is not a call.
    pub(super) const fn wrong(line: Option<u64>, error: anyhow::Error) -> Self {
        Self { line, id: None, origins: Vec::new(), inputs: Err(error) }
    }

    /// Creates a row whose inputs are read after its name is known.
    pub(super) fn new(
        line: Option<u64>,
        id: anyhow::Result<Option<String>>,
        inputs: impl FnOnce() -> anyhow::Result<Vec<Value>>,
    ) -> Self {
        match id {
            Ok(id) => Self { line, id, origins: Vec::new(), inputs: inputs() },
            Err(error) => Self::wrong(line, error),
        }
    }
}
