//! Finding the task that a caller means by a name, full or short.

use std::collections::HashMap;

use crate::declare::error::{choices, list};
use crate::declare::reference::{Reference, nearest};
use crate::declare::{Declared, ExportedTask, NotATask, NotATaskReason, TaskDeclaration};
use larder_base::excerpt::excerpt;
use larder_types::TaskName;

/// The greatest number of candidates in an error.
const CANDIDATES: usize = 20;

/// Reason why no task was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// No task has such a name.
    #[error("there is no task \"{query}\"{}", choices(nearest, candidates), query = excerpt(query))]
    Unknown {
        /// The requested name.
        query: String,
        /// The tasks with the most similar names.
        nearest: Vec<String>,
        /// The available tasks, twenty at most.
        candidates: Vec<String>,
    },
    /// Several tasks have the name.
    #[error("the name \"{query}\" fits {count} tasks: {}; name one in full", list(candidates), query = excerpt(query))]
    Ambiguous {
        /// The requested name.
        query: String,
        /// The number of tasks that match.
        count: usize,
        /// The tasks that match, twenty at most.
        candidates: Vec<String>,
    },
    /// An export has the name, but is not a task.
    #[error("`{export}` is not a task: {reason}")]
    NotATask {
        /// The export.
        export: String,
        /// The reason why it is not a task.
        reason: NotATaskReason,
    },
}

impl FindError {
    /// The stable name of the error, for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotATask { export: _, reason: NotATaskReason::CannotRun(_) } => "component/cannot-run",
            Self::Unknown { .. } | Self::Ambiguous { .. } | Self::NotATask { .. } => "task",
        }
    }
}

/// Does what [`find`] does, and also tells an export that is not a task from an unknown name.
pub fn find_declared(declared: &Declared, query: &str) -> Result<usize, FindError> {
    find(&declared.tasks, query).map_err(|error| {
        let is_unknown = matches!(error, FindError::Unknown { .. });
        match declared.not_tasks.iter().find(|not_task| is_unknown && is_meant(&not_task.export, query)) {
            Some(NotATask { export, reason }) => FindError::NotATask { export: export.clone(), reason: reason.clone() },
            None => error,
        }
    })
}

/// Returns true if `query` means the export: by its function, or by interface and function, with or without package and
/// version.
fn is_meant(export: &str, query: &str) -> bool {
    let split = |name: &str| match name.split_once('#') {
        Some((place, function)) => (Some(place.to_owned()), function.to_owned()),
        None => (None, name.to_owned()),
    };
    let ((export_place, export_function), (place, function)) = (split(export), split(query));
    let fits = |place: &str| {
        let whole = export_place.as_deref().unwrap_or_default();
        let unversioned = whole.split('@').next().unwrap_or_default();
        [whole, unversioned].contains(&place) || unversioned.rsplit('/').next() == Some(place)
    };
    export_function == function && place.is_none_or(|place| fits(&place))
}

/// Returns the position in `tasks` of the task that `query` means.
///
/// `query` may be a full name, `interface#function`, or `function`; the first two may include the `@version` of the
/// package behind the interface. A full name takes precedence: a name that is short for one task and full for another
/// means the other.
pub fn find(tasks: &[TaskDeclaration], query: &str) -> Result<usize, FindError> {
    let Some(reference) = Reference::parse(query) else { return Err(unknown(tasks, query)) };
    let all = tasks.iter().map(|task| &task.exported).enumerate();
    let found: Vec<usize> = match reference.place {
        Some(_) => reference.meant(all),
        None => {
            all.filter(|(_, task)| reference.function == task.name.function()).map(|(position, _)| position).collect()
        }
    };
    match found.as_slice() {
        [] => Err(unknown(tasks, query)),
        [one] => Ok(*one),
        several => Err(ambiguous(tasks, query, several)),
    }
}

fn ambiguous(tasks: &[TaskDeclaration], query: &str, found: &[usize]) -> FindError {
    let name = |position: &usize| {
        let task = &tasks[*position].exported;
        // The bare function name matches several tasks; with the empty part before it, it is a full name.
        full_name_of_the_nameless(task).unwrap_or_else(|| task.qualified_name())
    };
    let candidates = found.iter().take(CANDIDATES).map(name).collect();
    FindError::Ambiguous { query: query.to_owned(), count: found.len(), candidates }
}

/// Returns `#function` for a function that the world exports, if it has no component name before it.
fn full_name_of_the_nameless(task: &ExportedTask) -> Option<String> {
    match &task.name {
        TaskName::World { component: None, function: _ } => Some(task.name.to_string()),
        TaskName::World { component: Some(_), function: _ }
        | TaskName::Interface { package: _, interface: _, function: _ }
        | TaskName::Inline { component: _, interface: _, function: _ } => None,
    }
}

/// Returns the names by which tasks can be called: a function alone if only one task has it.
fn callable_names(tasks: &[TaskDeclaration]) -> Vec<String> {
    let mut functions: HashMap<&str, usize> = HashMap::new();
    for task in tasks {
        *functions.entry(task.exported.name.function()).or_default() += 1;
    }
    let name = |task: &TaskDeclaration| {
        let exported = &task.exported;
        let is_shared = functions.get(exported.name.function()).is_some_and(|count| *count > 1);
        full_name_of_the_nameless(exported).filter(|_| is_shared).unwrap_or_else(|| exported.qualified_name())
    };
    tasks.iter().map(name).collect()
}

fn unknown(tasks: &[TaskDeclaration], query: &str) -> FindError {
    let mut names = callable_names(tasks);
    let nearest = nearest(query, &names);
    names.truncate(CANDIDATES);
    FindError::Unknown { query: query.to_owned(), nearest, candidates: names }
}
