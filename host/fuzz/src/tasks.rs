//! The names of tasks, which must lead back to the tasks.

use larder_component::declare::{FindError, TaskDeclaration, find};

/// Maximum number of tasks that are looked up: each look-up goes through all of them.
const LOOKED_UP: usize = 50;

/// Checks that each of `tasks` is found by its full name. If a short name fits several tasks, each name that is offered
/// instead must lead to one.
pub(crate) fn assert_can_be_named(tasks: &[TaskDeclaration]) {
    for task in tasks.iter().take(LOOKED_UP) {
        let name = task.exported.name.to_string();
        assert_found(tasks, &name, |found| found.exported.name == task.exported.name);
        assert_found(tasks, task.exported.name.function(), |found| {
            found.exported.name.function() == task.exported.name.function()
        });
    }
}

fn assert_found(tasks: &[TaskDeclaration], name: &str, is_meant: impl Fn(&TaskDeclaration) -> bool) {
    match find(tasks, name) {
        Ok(position) => assert!(is_meant(&tasks[position]), "{name} finds {:?}", tasks[position].exported.name),
        Err(FindError::Ambiguous { query: _, count, candidates }) => {
            assert!(count > 1 && candidates.len() <= count);
            for candidate in candidates {
                assert!(find(tasks, &candidate).is_ok(), "`{name}` should be told apart by `{candidate}`");
            }
        }
        Err(error @ (FindError::Unknown { .. } | FindError::NotATask { .. })) => panic!("{error}"),
    }
}
