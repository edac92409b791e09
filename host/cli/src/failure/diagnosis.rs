//! Diagnosis of an error: the message, the code, the hints and the exit code.

use super::code::code;
use super::exit::Exit;
use super::hints::hints;
use super::kind::Kind;
use larder::Error;
use larder_base::excerpt::passage;

/// An error in the terms of the command line.
#[derive(Debug)]
pub(crate) struct Diagnosis {
    pub(crate) exit: Exit,
    /// A stable name for programs, such as `limit/fuel`.
    pub(crate) code: String,
    /// The error with its causes.
    pub(crate) message: String,
    /// Remedies, one sentence each.
    pub(crate) hints: Vec<String>,
}

impl Diagnosis {
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        let kind = Kind::of(error);
        Self { exit: Exit::of(&kind), code: code(&kind).into_owned(), message: message(error), hints: hints(&kind) }
    }
}

/// Formats the error with its causes, each once: many messages already end with the message of their cause.
///
/// Each kind of error shortens its quotes from a guest; this function limits the total.
fn message(error: &anyhow::Error) -> String {
    let message = error.chain().skip(1).map(ToString::to_string).fold(error.to_string(), |message, cause| {
        if message.contains(&cause) { message } else { format!("{message}: {cause}") }
    });
    passage(&message)
}

/// Returns the time of the run that ended with an error, in microseconds; 0 if this call had no run.
pub(crate) fn run_micros(error: &anyhow::Error) -> u64 {
    match error.downcast_ref::<Error>() {
        Some(Error::Run(failure)) => failure.report.wall_micros,
        Some(_) | None => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use larder::config::ConfigError;
    use larder::sandbox::CompileLimitExceeded;

    use super::*;

    #[test]
    fn what_is_too_much_to_compile_exceeds_a_limit() {
        for (exceeded, code, key) in [
            (CompileLimitExceeded::Time { limit: Duration::from_secs(1) }, "limit/compile-time", "`compile-seconds`"),
            (
                CompileLimitExceeded::Memory { limit: 1 << 30, resident: None },
                "limit/compile-memory",
                "`compile-memory-mib`",
            ),
            (CompileLimitExceeded::Code { limit: 1 << 30, asked: None }, "limit/compile-code", "`compile-code-mib`"),
        ] {
            let diagnosis = Diagnosis::of(&Error::Sandbox(exceeded.into()).into());
            assert_eq!((diagnosis.exit, diagnosis.code.as_str()), (Exit::Limit, code));
            assert!(diagnosis.hints.concat().contains(key), "{:?}", diagnosis.hints);
        }
    }

    #[test]
    fn what_an_error_says_of_its_cause_is_not_said_again() {
        let source = std::io::Error::other("no such luck");
        let typed = ConfigError::Unreadable { path: "larder.toml".into(), source };
        assert_eq!(message(&typed.into()), "larder.toml cannot be read: no such luck");
        let added = anyhow::Error::from(std::io::Error::other("no such luck")).context("the folder cannot be found");
        assert_eq!(message(&added), "the folder cannot be found: no such luck");
    }
}
