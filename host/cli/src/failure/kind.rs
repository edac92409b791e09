//! The types of error that end a command.

use super::refusal::Refusal;
use crate::problem::Problem;
use larder::Error;
use larder::arguments::ArgumentError;
use larder::config::{ApprovalError, ConfigError};
use larder::content::ContentError;
use larder::project::ProjectError;
use larder::store::StoreError;
use larder_authoring::AuthoringError;

/// An error by its type, which decides its code, its hints and its exit code.
pub(super) enum Kind<'e> {
    /// A refusal by the system, regardless of the failed operation.
    Refused(Refusal),
    Call(&'e Error),
    Problem(&'e Problem),
    Authoring(&'e AuthoringError),
    Project(&'e ProjectError),
    Store(&'e StoreError),
    Content(&'e ContentError),
    Argument(&'e ArgumentError),
    Approval(&'e ApprovalError),
    Config(&'e ConfigError),
    Io,
    /// An error that no command returns on purpose.
    Unknown,
}

impl<'e> Kind<'e> {
    pub(super) fn of(error: &'e anyhow::Error) -> Self {
        if let Some(refusal) = Refusal::of(error) {
            Self::Refused(refusal)
        } else if let Some(error) = error.downcast_ref() {
            Self::Call(error)
        } else if let Some(problem) = error.downcast_ref() {
            Self::Problem(problem)
        } else if let Some(error) = error.downcast_ref() {
            Self::Authoring(error)
        } else if let Some(error) = error.downcast_ref() {
            Self::Project(error)
        } else if let Some(error) = error.downcast_ref() {
            Self::Store(error)
        } else if let Some(error) = error.downcast_ref() {
            Self::Content(error)
        } else if let Some(error) = error.downcast_ref() {
            Self::Argument(error)
        } else if let Some(error) = error.downcast_ref() {
            Self::Approval(error)
        } else if let Some(error) = error.downcast_ref() {
            Self::Config(error)
        } else if error.is::<std::io::Error>() {
            Self::Io
        } else {
            Self::Unknown
        }
    }
}
