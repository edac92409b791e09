//! Everything that could differ from one run to the next, in one answer: clocks, sleep, random numbers, the order of
//! a hash map, what a folder lists, the bits of NaNs, SIMD.

#![expect(clippy::print_stdout, reason = "what is printed is part of what must not differ")]
#![expect(clippy::disallowed_methods, reason = "what the host's code must not read is what this looks at")]

use std::collections::{HashMap, HashSet};
use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use testing_guests::declared;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        generate_all,
        inline: r#"
            package testing:determinism@0.1.0;

            interface determinism {
                record seen {
                    clocks: list<u64>,
                    random: list<u8>,
                    order: list<u32>,
                    folder: list<string>,
                    nans: list<u64>,
                    simd: list<u64>,
                    floats: list<f64>,
                }

                look: func(salt: u32) -> seen;
            }

            world looking {
                include larder:task/task@0.1.0;
                export determinism;
            }
        "#,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
use bindings::exports::testing::determinism::determinism::{Guest, Seen};

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        vec![declared!("determinism#look")]
    }
}

impl Guest for Component {
    fn look(salt: u32) -> Seen {
        println!("looking with salt {salt}");
        Seen {
            clocks: clocks(),
            random: random(),
            order: order(salt),
            folder: folder(),
            nans: nans(),
            simd: simd(),
            floats: vec![f64::NAN, -f64::NAN, f64::from_bits(0x7ff4_0000_dead_beef), -0.0],
        }
    }
}

fn clocks() -> Vec<u64> {
    let (started, wall) = (Instant::now(), SystemTime::now());
    std::thread::sleep(Duration::from_millis(1));
    let slept = started.elapsed();
    let wall = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
    [wall, slept, started.elapsed()].map(|time| time.as_nanos() as u64).into()
}

fn random() -> Vec<u8> {
    let mut bytes = vec![0; 33];
    getrandom::fill(&mut bytes).expect("there is always randomness");
    bytes
}

/// The order of a hash map depends on its random state.
fn order(salt: u32) -> Vec<u32> {
    let map: HashMap<u32, u32> = (0..50u32).map(|n| (n.wrapping_mul(salt), n)).collect();
    let set: HashSet<u32> = map.values().copied().collect();
    map.into_values().chain(set).collect()
}

fn folder() -> Vec<String> {
    for name in ["z", "a", "ü", "B", "b"] {
        std::fs::write(format!("/{name}"), name).expect("a scratch folder");
    }
    let mut seen = Vec::new();
    for entry in std::fs::read_dir("/").expect("a scratch folder").flatten() {
        let metadata = entry.metadata().expect("a file");
        let modified = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        seen.push(format!("{:?} {} {:?}", entry.file_name(), metadata.len(), modified.map(|time| time.as_nanos())));
    }
    seen
}

/// WebAssembly leaves the sign and the payload of a NaN that an instruction makes to the machine.
fn nans() -> Vec<u64> {
    let (zero, negative) = (black_box(0.0_f64), black_box(-1.0_f64));
    let signalling = black_box(f64::from_bits(0x7ff4_0000_dead_beef));
    let infinity = black_box(f64::INFINITY);
    let made = [
        zero / black_box(zero),
        negative.sqrt(),
        signalling + 1.0,
        signalling * negative,
        infinity - black_box(infinity),
    ];
    let single = black_box(0.0_f32) / black_box(0.0_f32);
    made.iter()
        .map(|nan| nan.to_bits())
        .chain([u64::from(single.to_bits()), u64::from((made[2] as f32).to_bits())])
        .collect()
}

/// What relaxed SIMD may choose, and NaNs in lanes.
#[cfg(target_arch = "wasm32")]
fn simd() -> Vec<u64> {
    use core::arch::wasm32::{
        f32x4, f32x4_div, f32x4_extract_lane, f32x4_min, f32x4_relaxed_madd, f64x2, f64x2_extract_lane, f64x2_sqrt,
        i8x16_relaxed_swizzle, u8x16, u8x16_extract_lane,
    };

    #[target_feature(enable = "simd128,relaxed-simd")]
    fn lanes() -> Vec<u64> {
        let zeroes = black_box(f32x4(0.0, -0.0, f32::NAN, 1.0));
        let divided = f32x4_div(zeroes, black_box(f32x4(0.0, 0.0, 1.0, 0.0)));
        let least = f32x4_min(divided, zeroes);
        let rooted = f64x2_sqrt(black_box(f64x2(-1.0, 2.0)));
        // One rounding or two: 1 + 2⁻²³ squared, less its first part.
        let epsilon = 1.0 + f32::EPSILON;
        let fused = f32x4_relaxed_madd(
            black_box(f32x4(epsilon, epsilon, 1e38, 3.0)),
            black_box(f32x4(epsilon, -epsilon, 10.0, 7.0)),
            black_box(f32x4(-1.0, 1.0, -1e38, 0.5)),
        );
        // Indexes beyond the lanes choose zero or wrap around.
        let bytes = u8x16(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16);
        let swizzled = i8x16_relaxed_swizzle(
            bytes,
            black_box(u8x16(16, 17, 31, 128, 255, 0, 1, 64, 100, 15, 14, 13, 12, 200, 33, 48)),
        );
        let single = |lane: f32| u64::from(lane.to_bits());
        vec![
            single(f32x4_extract_lane::<0>(divided)),
            single(f32x4_extract_lane::<2>(least)),
            f64x2_extract_lane::<0>(rooted).to_bits(),
            single(f32x4_extract_lane::<0>(fused)),
            single(f32x4_extract_lane::<1>(fused)),
            single(f32x4_extract_lane::<2>(fused)),
            u64::from(u8x16_extract_lane::<0>(swizzled)),
            u64::from(u8x16_extract_lane::<2>(swizzled)),
            u64::from(u8x16_extract_lane::<3>(swizzled)),
        ]
    }
    lanes()
}

/// This machine only checks the code.
#[cfg(not(target_arch = "wasm32"))]
fn simd() -> Vec<u64> {
    Vec::new()
}
