//! The tasks of `guest-examples/conformance.wit`, in Rust.

mod content_tasks;
mod ending_tasks;
mod value_tasks;

larder::component! {
    world: "larder:conformance/conformance",
    tasks: [larder::conformance::values, larder::conformance::endings, larder::conformance::content],
}
