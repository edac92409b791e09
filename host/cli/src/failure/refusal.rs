//! Refusals of the system: no more open files, no more threads or processes for this user.
//!
//! The failed operation, such as reading a component, opening the cache or writing an output, is not at fault then, and
//! advice about it would mislead. So refusals are detected before the type of an error is considered.
//!
//! Some errors keep only the message of their cause. Such messages end in the format of `std::io::Error`: `(os error
//! 24)`. That format is not guaranteed; a test here fails when it changes. This can be removed when every error of the
//! library keeps its cause.

use std::io;
use std::sync::Arc;

use larder::Error;
use larder::sandbox::RunError;
use rustix::io::Errno;

use crate::problem::Problem;

/// A refusal caused by a limit of the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// This process may open no more files.
    OpenFiles,
    /// The system has too many files open.
    OpenFilesOfAll,
    /// This user may start no more threads and processes.
    Threads,
    /// This process may not write a file of this size: the engine keeps the memory of a component in a file.
    FileSize,
}

const ALL: [(Errno, Refusal); 3] =
    [(Errno::MFILE, Refusal::OpenFiles), (Errno::NFILE, Refusal::OpenFilesOfAll), (Errno::AGAIN, Refusal::Threads)];

impl Refusal {
    /// Returns the refusal behind an error, if there is one.
    pub(super) fn of(error: &anyhow::Error) -> Option<Self> {
        // A non-blocking terminal or pipe fails with the same number as a refused thread.
        let is_output = matches!(error.downcast_ref(), Some(Problem::Output(_)));
        if is_output || is_the_word_of_a_guest(error) {
            return None;
        }
        if is_of_a_component(error) && numbers_in(&format!("{error:#}")).any(|number| number == TOO_LARGE) {
            return Some(Self::FileSize);
        }
        error.chain().find_map(|cause| {
            let io = cause.downcast_ref::<io::Error>().or_else(|| Some(cause.downcast_ref::<Arc<io::Error>>()?));
            match io {
                Some(io) => Self::of_number(io.raw_os_error()?),
                None => Self::of_words(&cause.to_string()),
            }
        })
    }

    fn of_number(number: i32) -> Option<Self> {
        ALL.into_iter().find(|(errno, _)| errno.raw_os_error() == number).map(|(_, refusal)| refusal)
    }

    fn of_words(words: &str) -> Option<Self> {
        numbers_in(words).find_map(Self::of_number)
    }

    /// Returns the code of the error.
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::OpenFiles | Self::OpenFilesOfAll => "system/open-files",
            Self::Threads => "system/threads",
            Self::FileSize => "system/file-size",
        }
    }

    /// Describes the limit, and how to raise it.
    pub(super) fn hint(self) -> String {
        use rustix::process::{Resource, getrlimit};

        match self {
            Self::OpenFiles => {
                let now = getrlimit(Resource::Nofile).current.map(|now| format!(" than {now}")).unwrap_or_default();
                format!("this process may open no more files{now}: raise the limit (`ulimit -n`)")
            }
            Self::OpenFilesOfAll => "the system has too many files open".to_owned(),
            Self::Threads => {
                "the system allows this user no more threads and processes: raise the limit (`ulimit -u`)".to_owned()
            }
            Self::FileSize => "this process may write no larger files: raise the limit (`ulimit -f`)".to_owned(),
        }
    }
}

/// The error number of a file that is too large.
const TOO_LARGE: i32 = Errno::FBIG.raw_os_error();

/// Extracts the system error numbers from a message.
fn numbers_in(words: &str) -> impl Iterator<Item = i32> {
    words.match_indices("(os error ").filter_map(|(at, start)| {
        let (number, _) = words[at + start.len()..].split_once(')')?;
        number.parse().ok()
    })
}

/// Returns true if a component could not be prepared, or could not be asked for its tasks. The cache has its own
/// message for a file that is too large.
fn is_of_a_component(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref();
    matches!(error, Some(Error::Sandbox(_))) || matches!(error.and_then(run_error), Some(RunError::NoInstance(_)))
}

/// Returns true if the message of an error quotes a guest, which could write anything.
fn is_the_word_of_a_guest(error: &anyhow::Error) -> bool {
    let run = error.downcast_ref().and_then(run_error);
    matches!(run, Some(RunError::Trapped { .. } | RunError::Exited(_) | RunError::Denied(_)))
}

/// Returns the run error behind an error: of a task, or of a manifest.
fn run_error(error: &Error) -> Option<&RunError> {
    if let Error::Run(failure) = error {
        Some(&failure.error)
    } else if let Error::Manifest(failure) = error {
        Some(&failure.error)
    } else if let Error::Shared(error) = error {
        run_error(error)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use larder::ManifestFailure;
    use larder::sandbox::Report;

    use super::*;

    fn refused(number: Errno) -> io::Error {
        io::Error::from_raw_os_error(number.raw_os_error())
    }

    #[test]
    fn an_error_of_the_system_is_found_wherever_it_is_in_the_chain() {
        for (number, refusal) in ALL {
            let alone = anyhow::Error::from(refused(number));
            assert_eq!(Refusal::of(&alone), Some(refusal));
            assert_eq!(Refusal::of(&alone.context("the file cannot be read")), Some(refusal));
            let shared = anyhow::Error::from(Arc::new(refused(number))).context("the cache failed");
            assert_eq!(Refusal::of(&shared), Some(refusal));
        }
    }

    #[test]
    fn the_words_of_an_error_of_the_system_end_in_its_number() {
        for (number, refusal) in ALL {
            let words = anyhow::anyhow!("the helper cannot be started: {}; try again", refused(number));
            assert_eq!(Refusal::of(&words), Some(refusal), "{words}");
        }
    }

    #[test]
    fn the_words_of_a_guest_are_none() {
        let told = |message: &str| {
            let trap = RunError::Trapped { code: "unreachable", message: message.to_owned(), backtrace: Vec::new() };
            let failure = ManifestFailure { error: trap, report: Report::default() };
            Error::Manifest(Box::new(failure))
        };
        for number in [24, 11, 27] {
            let message = format!("no luck (os error {number})");
            assert_eq!(Refusal::of(&told(&message).into()), None);
            assert_eq!(Refusal::of(&Error::Shared(Arc::new(told(&message))).into()), None);
        }
    }

    #[test]
    fn a_pipe_that_does_not_block_is_none() {
        assert_eq!(Refusal::of(&Problem::Output(refused(Errno::AGAIN)).into()), None);
    }

    #[test]
    fn other_errors_are_none() {
        for other in [Errno::NOENT, Errno::ACCESS, Errno::FBIG, Errno::NOSPC, Errno::NOMEM] {
            assert_eq!(Refusal::of(&refused(other).into()), None);
            assert_eq!(Refusal::of(&anyhow::anyhow!("no luck: {}", refused(other))), None);
        }
        for words in ["(os error )", "(os error 24", "(os error x24)", "os error 24", "(os error 240)", "24"] {
            assert_eq!(Refusal::of(&anyhow::anyhow!("{words}")), None, "{words}");
        }
    }
}
