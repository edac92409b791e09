//! Sleeps, and waits for several timers at once: in virtual time it sees the same on every run, however busy the
//! machine is. Its imports are of WASI 0.2.0, those of the standard library are of a later 0.2.

#![expect(clippy::disallowed_methods, reason = "what the host's code must not read is what this looks at")]

use std::time::{Duration, Instant, SystemTime};

use testing_guests::declared;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        inline: r#"
            package testing:timers@0.1.0;

            interface timers {
                record seen {
                    /// What an `Instant` says of a sleep of 20 ms, in nanoseconds.
                    slept: u64,
                    /// What the wall clock says of it.
                    slept-by-the-wall: u64,
                    /// Of timers of 3, 1, 2 and again 1 ms, those that were ready first.
                    first: list<u32>,
                    /// And those that were ready when it waited for the one of 2 ms.
                    second: list<u32>,
                    /// How often it asked for a timer of 10 µs until it was ready.
                    asked: u32,
                }

                look: func() -> seen;
            }

            world timing {
                include larder:task/task@0.1.0;
                import wasi:clocks/monotonic-clock@0.2.0;
                import wasi:io/poll@0.2.0;
                export timers;
            }

            package wasi:io@0.2.0 {
                interface poll {
                    resource pollable {
                        ready: func() -> bool;
                        block: func();
                    }
                    poll: func(in: list<borrow<pollable>>) -> list<u32>;
                }
            }

            package wasi:clocks@0.2.0 {
                interface monotonic-clock {
                    use wasi:io/poll@0.2.0.{pollable};
                    type instant = u64;
                    type duration = u64;
                    now: func() -> instant;
                    resolution: func() -> duration;
                    subscribe-instant: func(when: instant) -> pollable;
                    subscribe-duration: func(when: duration) -> pollable;
                }
            }
        "#,
        world: "testing:timers/timing",
        generate_all,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
use bindings::exports::testing::timers::timers::{Guest, Seen};
use bindings::wasi::clocks::monotonic_clock::subscribe_duration;
use bindings::wasi::io::poll::poll;

const MILLISECOND: u64 = 1_000_000;

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        vec![declared!("timers#look")]
    }
}

impl Guest for Component {
    fn look() -> Seen {
        let (started, wall) = (Instant::now(), SystemTime::now());
        std::thread::sleep(Duration::from_millis(20));
        let slept = started.elapsed();
        let by_the_wall = wall.elapsed().unwrap_or_default();

        let timers = [3, 1, 2, 1].map(|millis| subscribe_duration(millis * MILLISECOND));
        let [three, one, two, again] = &timers;
        let first = poll(&[three, one, two, again]);
        two.block();
        let second = poll(&[three, one, two, again]);

        let soon = subscribe_duration(10_000);
        let mut asked = 1;
        while !soon.ready() {
            asked += 1;
        }
        let nanos = |duration: Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Seen { slept: nanos(slept), slept_by_the_wall: nanos(by_the_wall), first, second, asked }
    }
}
