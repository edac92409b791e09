//! The world that a task runs in: sealed, or open to everything that is both granted and needed.

use super::asked::{Asked, CachePolicy, OpenedBy};
use super::error::PolicyError;
use larder_component::declare::TaskDeclaration;
use larder_types::capability::Allowed;

/// Returns the capabilities of a task in the open world; `None` if it runs sealed.
///
/// A grant opens the world, unless the task declares that it needs nothing. A need alone opens nothing.
pub(super) fn open(
    task: &TaskDeclaration,
    cache: Option<&CachePolicy>,
    asked: &Asked,
) -> Result<Option<Allowed>, PolicyError> {
    let needs = task.needs.as_deref();
    if cache.is_some() && !asked.uncached {
        let needed = needs.is_some_and(|needs| !needs.is_empty()).then_some(OpenedBy::Need);
        if let Some(by) = asked.grants.as_ref().map(|_| OpenedBy::Grant).or(needed) {
            return Err(PolicyError::CachedAndOpen { task: task.exported.name.to_string(), by });
        }
    }
    let grants = asked.grants.as_ref().filter(|_| needs.is_none_or(|needs| !needs.is_empty()));
    Ok(grants.map(|grants| Allowed::of(grants, needs)))
}
