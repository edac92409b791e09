//! A manifest that names a task by a megabyte of letters.

use bindings::exports::larder::task::manifest::{Cache, Scope, Size, Version};
use testing_guests::declared;

testing_guests::hello!(vec![Task { name: "n".repeat(1 << 20), ..declared!("") }]);
