//! Attacks on the host, one function each. None of them may take more than its limits, whatever they are, and none
//! may be noticed by the next run. What attacks the host before it runs is made of bytes, not of Rust: see `wat/`,
//! and the end-to-end tests.

#![cfg(target_arch = "wasm32")]

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Hostile;

    wit_bindgen::generate!({ path: "wit", world: "examples:hostile/attacking" });
    export!(Hostile);
}

use std::hint::black_box;
use std::io::Write as _;

use bindings::exports::examples::hostile::attacks::Guest;
use wasip2::clocks::monotonic_clock::{now, subscribe_duration};
use wasip2::io::poll::{Pollable, poll};
use wasip2::random::random::get_random_bytes;

struct Hostile;

impl Guest for Hostile {
    fn loop_forever() -> u32 {
        loop {
            std::hint::spin_loop();
        }
    }

    fn call_forever() -> u32 {
        loop {
            black_box(now());
        }
    }

    fn sleep_forever() -> u32 {
        subscribe_duration(u64::MAX).block();
        0
    }

    fn recurse_forever() -> u32 {
        #[expect(unconditional_recursion, reason = "that is the attack")]
        fn deeper(depth: u32) -> u32 {
            // Without the black boxes this becomes a loop.
            1 + black_box(deeper(black_box(depth + 1)))
        }
        deeper(0)
    }

    fn grow_at_once() -> u32 {
        match core::arch::wasm32::memory_grow::<0>(60_000) {
            usize::MAX => 0,
            _ => 1,
        }
    }

    fn grow_in_steps() -> u32 {
        let mut pages = 0;
        while core::arch::wasm32::memory_grow::<0>(1) != usize::MAX {
            pages += 1;
        }
        pages
    }

    fn log_forever() -> u32 {
        let line = "x".repeat(64 << 10);
        loop {
            let _ = std::io::stdout().write_all(line.as_bytes());
            let _ = std::io::stderr().write_all(line.as_bytes());
        }
    }

    fn log(mib: u32) -> u32 {
        let line = "y".repeat(1 << 20);
        for _ in 0..mib {
            let _ = std::io::stdout().write_all(line.as_bytes());
        }
        let _ = std::io::stdout().flush();
        mib
    }

    fn hoard_handles() -> u32 {
        let mut hoard: Vec<Pollable> = Vec::new();
        loop {
            hoard.push(subscribe_duration(1));
        }
    }

    fn random(bytes: u64) -> u32 {
        get_random_bytes(bytes).len() as u32
    }

    fn poll_many(count: u32) -> u32 {
        let pollables: Vec<Pollable> = (0..count).map(|_| subscribe_duration(0)).collect();
        poll(&pollables.iter().collect::<Vec<_>>()).len() as u32
    }

    fn poll_one_often(count: u32) -> u32 {
        let pollable = subscribe_duration(0);
        poll(&vec![&pollable; count as usize]).len() as u32
    }

    fn long_bytes(count: u32) -> Vec<u8> {
        vec![1; count as usize]
    }

    fn long_string(count: u32) -> String {
        "z".repeat(count as usize)
    }

    fn nested_lists(count: u32) -> Vec<Vec<Vec<u8>>> {
        vec![vec![Vec::new(); 1000]; count as usize]
    }

    fn empty_results(count: u32) -> Vec<Result<(), ()>> {
        vec![Ok(()); count as usize]
    }
}
