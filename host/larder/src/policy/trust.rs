//! The policy for the tasks of a stranger's component.

use super::asked::{Asked, Policy};
use super::error::PolicyError;
use super::rules::policy;
use larder_component::declare::{CacheDeclaration, DeclaredVersion, Scope, TaskDeclaration};

/// Returns the policy for a task of an untrusted component.
pub(super) fn policy_of_stranger(
    tasks: &[TaskDeclaration],
    position: usize,
    asked: &Asked,
) -> Result<Policy, PolicyError> {
    let task = &tasks[position];
    match &asked.version {
        Some(DeclaredVersion::Declared(_)) => {
            return Err(PolicyError::Untrusted { task: task.exported.name.to_string() });
        }
        Some(DeclaredVersion::Pinned) | None => {}
    }
    // Two versions of one interface have one name: only their declared versions would tell them apart.
    let is_alone = || tasks.iter().filter(|other| other.exported.name == task.exported.name).count() == 1;
    let own = CacheDeclaration { version: DeclaredVersion::Pinned, scope: Scope::Account, cache_errors: false };
    let cache = task.cache.as_ref().filter(|_| is_alone()).map(|_| own);
    policy(&TaskDeclaration { cache, ..TaskDeclaration::undeclared(task.exported.clone()) }, None, asked)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{CachePolicy, Trust, policy_at};
    use larder_component::declare::{self, Size};
    use larder_types::capability::Capability;

    /// Returns one interface in two versions, and one that is alone. The manifest claims everything that it can.
    fn tasks() -> Vec<TaskDeclaration> {
        let component = wat::parse_str(
            r#"(component
                (core module $m (func (export "f")))
                (core instance $c (instantiate $m))
                (func $f (canon lift (core func $c "f")))
                (instance $i (export "f" (func $f)))
                (export "a:b/api@1.0.0" (instance $i))
                (export "a:b/api@2.0.0" (instance $i))
                (export "a:b/alone" (instance $i)))"#,
        );
        let exports = declare::exports(&component.unwrap()).unwrap();
        let claims = |(number, exported)| TaskDeclaration {
            exported,
            size: Some(Size::LargeGpu),
            cache: Some(CacheDeclaration {
                version: DeclaredVersion::Declared(format!("{number}")),
                scope: Scope::Workflow,
                cache_errors: true,
            }),
            timeout_seconds: Some(1),
            needs: Some(vec![Capability::OpenWorld]),
            file_names: true,
        };
        exports.tasks.into_iter().enumerate().map(claims).collect()
    }

    fn policy_of(tasks: &[TaskDeclaration], position: usize, asked: &Asked) -> Result<Policy, PolicyError> {
        policy_at(tasks, &[], position, &Asked { trust: Trust::Untrusted, ..asked.clone() })
    }

    #[test]
    fn of_what_a_stranger_claims_only_that_it_is_cached_is_left() {
        let Policy { cache, size, timeout, file_names, open } = policy_of(&tasks(), 2, &Asked::default()).unwrap();
        let CachePolicy { version, scope, cache_errors, declared_by: _, rests_on_the_name } = cache.unwrap();
        assert_eq!((version, scope, cache_errors), (DeclaredVersion::Pinned, Scope::Account, false));
        assert_eq!((size, timeout, file_names, open, rests_on_the_name), (Size::Small, None, false, None, false));
        let asked = Asked { version: Some(DeclaredVersion::Declared("1".to_owned())), ..Asked::default() };
        assert!(matches!(policy_of(&tasks(), 2, &asked), Err(PolicyError::Untrusted { .. })));
    }

    #[test]
    fn two_tasks_of_one_name_would_be_one_under_the_digest_of_their_code() {
        for position in [0, 1] {
            assert_eq!(policy_of(&tasks(), position, &Asked::default()).unwrap().cache, None);
            let pinned = Asked { version: Some(DeclaredVersion::Pinned), ..Asked::default() };
            assert!(matches!(policy_of(&tasks(), position, &pinned), Err(PolicyError::Twins { .. })));
        }
    }
}
