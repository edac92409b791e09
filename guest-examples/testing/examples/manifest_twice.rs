//! A manifest that names one task twice, with equal answers: it is still not said which of the two counts.

use bindings::exports::larder::task::manifest::{Cache, Scope, Size, Version};
use testing_guests::declared;

testing_guests::hello!(vec![declared!("hello#hello"), declared!("hello#hello")]);
