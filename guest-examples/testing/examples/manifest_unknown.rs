//! A manifest that names a task the component does not have.

use bindings::exports::larder::task::manifest::{Cache, Scope, Size, Version};
use testing_guests::declared;

testing_guests::hello!(vec![declared!("hello#hello"), declared!("hello#good-bye")]);
