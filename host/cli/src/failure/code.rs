//! Codes of errors: stable names for programs, such as `cache/full`.

use std::borrow::Cow;

use super::kind::Kind;

/// Returns the code of an error of this kind.
pub(super) fn code(kind: &Kind<'_>) -> Cow<'static, str> {
    match kind {
        Kind::Refused(refusal) => refusal.code().into(),
        Kind::Call(error) => error.code(),
        Kind::Problem(problem) => problem.code().into(),
        Kind::Authoring(error) => error.code().into(),
        Kind::Project(error) => error.code().into(),
        Kind::Store(error) => error.code().into(),
        Kind::Content(error) => error.code().into(),
        Kind::Argument(error) => error.code().into(),
        Kind::Approval(error) => error.code().into(),
        Kind::Config(error) => error.code().into(),
        Kind::Io => "io".into(),
        Kind::Unknown => "internal".into(),
    }
}
