//! Environment variables that libraries read on their own, and that would change the meaning of a component.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::problem::Problem;

/// Makes `wast` read the indices in a component's text differently.
const INDICES: &str = "WAST_STRICT_COMPONENT_INDICES";

/// Restarts this process with the same arguments but without such variables, if any are set. Removing a variable from
/// the own process needs `unsafe`; removing it from a new one does not.
pub(super) fn forget() -> Result<(), Problem> {
    #[expect(clippy::disallowed_methods, reason = "the command line is what reads the environment")]
    let is_set = std::env::var_os(INDICES).is_some();
    if !is_set {
        return Ok(());
    }
    let mut arguments = std::env::args_os();
    let mut again = Command::new("/proc/self/exe");
    if let Some(name) = arguments.next() {
        again.arg0(name);
    }
    Err(Problem::Environment { variable: INDICES, source: again.args(arguments).env_remove(INDICES).exec() })
}
