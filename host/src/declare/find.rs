//! Finding the task that a caller means by a name, full or short.

use crate::declare::error::{choices, list};
use crate::declare::reference::{Reference, nearest};
use crate::declare::{ExportedTask, TaskDeclaration};

/// How many candidates an error carries.
const CANDIDATES: usize = 20;

/// Why no task was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// No task has such a name.
    #[error("there is no task {query:?}{}", choices(nearest, candidates))]
    Unknown {
        /// What was asked for.
        query: String,
        /// The tasks with the most similar names.
        nearest: Vec<String>,
        /// The tasks there are, twenty at most.
        candidates: Vec<String>,
    },
    /// Several tasks have the name.
    #[error("the name {query:?} fits {count} tasks: {}; name one in full", list(candidates))]
    Ambiguous {
        /// What was asked for.
        query: String,
        /// How many tasks fit.
        count: usize,
        /// The tasks that fit, twenty at most.
        candidates: Vec<String>,
    },
}

/// The position in `tasks` of the one that `query` means.
///
/// It may be a full name, `interface#function`, or `function`, the first two with the `@version` of the package
/// behind the interface. A full name is stronger than a short one: a short name that is also somebody's full name
/// means that one.
pub fn find(tasks: &[TaskDeclaration], query: &str) -> Result<usize, FindError> {
    let Some(reference) = Reference::parse(query) else { return Err(unknown(tasks, query)) };
    let is_function = |task: &ExportedTask| reference.place.is_none() && reference.function == task.name.function();
    let ranks: [&dyn Fn(&ExportedTask) -> bool; 3] =
        [&|task| reference.is_full_name(task), &|task| reference.is_in_interface(task), &is_function];
    for fits in ranks {
        let found: Vec<usize> = (0..tasks.len()).filter(|position| fits(&tasks[*position].exported)).collect();
        match found.as_slice() {
            [] => {}
            [one] => return Ok(*one),
            several => return Err(ambiguous(tasks, query, several)),
        }
    }
    Err(unknown(tasks, query))
}

fn ambiguous(tasks: &[TaskDeclaration], query: &str, found: &[usize]) -> FindError {
    let candidates = found.iter().take(CANDIDATES).map(|position| tasks[*position].exported.qualified_name()).collect();
    FindError::Ambiguous { query: query.to_owned(), count: found.len(), candidates }
}

fn unknown(tasks: &[TaskDeclaration], query: &str) -> FindError {
    let mut names: Vec<String> = tasks.iter().map(|task| task.exported.qualified_name()).collect();
    let nearest = nearest(query, &names);
    names.truncate(CANDIDATES);
    FindError::Unknown { query: query.to_owned(), nearest, candidates: names }
}
