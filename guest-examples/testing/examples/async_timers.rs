//! Waits in an asynchronous function, with the clock of WASI 0.3: virtual time moves by what it waited.

use testing_guests::declared;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        inline: r#"
            package testing:async-timers@0.1.0;

            interface timers {
                /// Waits for 20 ms, and answers with what the clock says of it, in nanoseconds.
                nap: async func() -> u64;
            }

            world timing {
                include larder:task/task@0.1.0;
                import wasi:clocks/monotonic-clock@0.3.0;
                export timers;
            }

            package wasi:clocks@0.3.0 {
                interface types {
                    type duration = u64;
                }

                interface monotonic-clock {
                    use types.{duration};
                    type mark = u64;
                    now: func() -> mark;
                    get-resolution: func() -> duration;
                    wait-until: async func(when: mark);
                    wait-for: async func(how-long: duration);
                }
            }
        "#,
        world: "testing:async-timers/timing",
        generate_all,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
use bindings::exports::testing::async_timers::timers::Guest;
use bindings::wasi::clocks::monotonic_clock::{now, wait_for};

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        vec![declared!("timers#nap")]
    }
}

impl Guest for Component {
    async fn nap() -> u64 {
        let started = now();
        wait_for(20_000_000).await;
        now() - started
    }
}
