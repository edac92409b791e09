//! How a task ends, other than with a value.

use crate::{Component, endings};

#[larder::tasks]
impl endings::Guest for Component {
    #[cached_task("1")]
    fn fail(reason: String) -> Result<u32, String> {
        Err(reason)
    }

    fn crash() -> u32 {
        panic!("this must not be")
    }

    #[expect(clippy::print_stdout, clippy::print_stderr, reason = "that is its task")]
    fn say(text: String) -> bool {
        println!("out: {text}");
        eprintln!("err: {text}");
        true
    }
}
