//! Variables of the environment that libraries read on their own, and that would change what a component means.

use std::os::unix::process::CommandExt as _;
use std::process::Command;

use super::problem::Problem;

/// Has `wast` read indices of a component's text in another way.
const INDICES: &str = "WAST_STRICT_COMPONENT_INDICES";

/// Goes on as a process without such variables, if there are any: this one, with the same arguments. A variable cannot be
/// taken out of a process without `unsafe`, but out of the next one.
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
