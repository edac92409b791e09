//! Exports that no key can be made of (a resource, its methods, a function that takes one, a stream, a future) beside
//! one that is a task, `double`.

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        inline: r#"
            package testing:resources@0.1.0;

            interface counters {
                resource counter {
                    constructor(start: u32);
                    next: func() -> u32;
                    zero: static func() -> counter;
                }
                read: func(counter: borrow<counter>) -> u32;
                no-bytes: func() -> stream<u8>;
                later: func() -> future<u32>;
                double: func(n: u32) -> u32;
            }

            world counting {
                export counters;
            }
        "#,
    });
    export!(Component);
}

use std::cell::Cell;

use bindings::exports::testing::resources::counters::{Counter, CounterBorrow, Guest, GuestCounter};
use bindings::{wit_future, wit_stream};
use wit_bindgen::{FutureReader, StreamReader};

struct Component;

struct Count(Cell<u32>);

impl GuestCounter for Count {
    fn new(start: u32) -> Self {
        Count(Cell::new(start))
    }

    fn next(&self) -> u32 {
        self.0.replace(self.0.get().wrapping_add(1))
    }

    fn zero() -> Counter {
        Counter::new(Count::new(0))
    }
}

impl Guest for Component {
    type Counter = Count;

    fn read(counter: CounterBorrow<'_>) -> u32 {
        counter.get::<Count>().0.get()
    }

    fn no_bytes() -> StreamReader<u8> {
        wit_stream::new().1
    }

    fn later() -> FutureReader<u32> {
        // The writer is dropped at once, so that the reader gets the value for that case.
        wit_future::new(|| 0).1
    }

    fn double(n: u32) -> u32 {
        n.wrapping_mul(2)
    }
}
