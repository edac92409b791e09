//! Numbers in `larder.toml` are used and all others stay, and of the limits of two hosts the lower one applies.
//!
//! Each limit is checked as one number in a list of all of them, so that none is forgotten or mistaken for another.

use std::path::Path;
use std::time::Duration;

use larder_sandbox::CompileLimits;
use larder_sandbox::machine::Machine;
use larder_types::limits::{Limits, host_memory_for};
use proptest::prelude::*;

use super::*;
use crate::config::Config;
use crate::config::read::parse;

/// Returns all limits, in the order of the table below.
fn numbers(limits: &Limits) -> [u128; 13] {
    let Limits {
        memory_bytes,
        table_elements,
        instances,
        fuel,
        timeout,
        host_call_bytes,
        host_memory_bytes,
        handles,
        scratch_bytes,
        scratch_files,
        result_bytes,
        captured_bytes,
        random_bytes,
    } = limits;
    [
        u128::from(*memory_bytes),
        u128::from(*table_elements),
        *instances as u128,
        u128::from(*fuel),
        timeout.as_millis(),
        *host_call_bytes as u128,
        u128::from(*host_memory_bytes),
        *handles as u128,
        u128::from(*scratch_bytes),
        u128::from(*scratch_files),
        u128::from(*result_bytes),
        *captured_bytes as u128,
        u128::from(*random_bytes),
    ]
}

/// The keys of `[limits]`, with what one unit of each is in the numbers above.
const KEYS: [(&str, u128); 13] = [
    ("memory-mib", 1 << 20),
    ("table-elements", 1),
    ("instances", 1),
    ("fuel", 1),
    ("timeout-seconds", 1000),
    ("host-call-mib", 1 << 20),
    ("host-memory-mib", 1 << 20),
    ("handles", 1),
    ("scratch-mib", 1 << 20),
    ("scratch-files", 1),
    ("result-mib", 1 << 20),
    ("captured-kib", 1 << 10),
    ("random-kib", 1 << 10),
];

/// The positions of the memory, and of the host's memory beside it, in the numbers.
const MEMORY: usize = 0;
const HOST_MEMORY: usize = 6;

/// Generates limits whose numbers are all different, more likely than not.
fn limits() -> impl Strategy<Value = Limits> {
    proptest::array::uniform13(0..1_000_000_u32).prop_map(|numbers| {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m] = numbers;
        Limits {
            memory_bytes: a.into(),
            table_elements: b.into(),
            instances: c as usize,
            fuel: d.into(),
            timeout: Duration::from_secs(e.into()),
            host_call_bytes: f as usize,
            host_memory_bytes: g.into(),
            handles: h as usize,
            scratch_bytes: i.into(),
            scratch_files: j.into(),
            result_bytes: k.into(),
            captured_bytes: l as usize,
            random_bytes: m.into(),
        }
    })
}

fn compile_limits() -> impl Strategy<Value = CompileLimits> {
    (0..8_u64, 0..8_u64, 0..8_u64).prop_map(|(seconds, memory, code)| CompileLimits {
        time: Duration::from_secs(seconds),
        memory_bytes: memory << 20,
        code_bytes: code << 20,
    })
}

/// Generates an optional number for each of some keys.
fn said<const N: usize>(most: u32) -> impl Strategy<Value = [Option<u32>; N]> {
    proptest::collection::vec(proptest::option::of(1..most), N).prop_map(|said| said.try_into().unwrap())
}

/// Reads the table `[NAME]` with these numbers, written as in a `larder.toml`.
fn read<'k>(name: &str, keys: impl IntoIterator<Item = &'k str>, said: &[Option<u32>]) -> Config {
    let mut text = format!("[{name}]\n");
    for (key, number) in keys.into_iter().zip(said) {
        if let Some(number) = number {
            text.push_str(&format!("{key} = {number}\n"));
        }
    }
    parse(Path::new("/p/larder.toml"), &text).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_lower_of_each_limit_holds(one in limits(), other in limits()) {
        let (a, b, found) = (numbers(&one), numbers(&other), numbers(&lower(&one, &other)));
        for ((a, b), found) in a.into_iter().zip(b).zip(found) {
            prop_assert_eq!(found, a.min(b));
        }
    }

    #[test]
    fn what_is_said_stands_and_all_else_stays(host in limits(), said in said::<13>(1000)) {
        let config = read("limits", KEYS.map(|(key, _)| key), &said).limits;
        let over = config.over(host.clone());
        let mut expected = numbers(&host);
        for (at, number) in said.into_iter().enumerate() {
            if let Some(number) = number {
                expected[at] = u128::from(number) * KEYS[at].1;
            }
        }
        // The host's memory follows the guest's.
        if said[MEMORY].is_some() && said[HOST_MEMORY].is_none() {
            expected[HOST_MEMORY] = host_memory_for(over.memory_bytes).into();
        }
        prop_assert_eq!(numbers(&over), expected);
        prop_assert_eq!(config.of_the_component(), None);
    }

    #[test]
    fn what_is_said_of_compiling_stands_and_raises_nothing_of_a_stranger(
        host in compile_limits(), component_mib in 0..8_u64, said in said::<4>(8),
    ) {
        let keys = ["compile-seconds", "compile-memory-mib", "compile-code-mib", "component-mib"];
        let config = read("limits", keys, &said).limits;
        prop_assert_eq!(config.of_the_component().is_some(), said.iter().any(Option::is_some));
        let CompileLimits { time, memory_bytes, code_bytes } = host;
        let hosts = [time.as_secs(), memory_bytes >> 20, code_bytes >> 20, component_mib];
        let numbers = |config: &LimitsConfig| {
            let CompileLimits { time, memory_bytes, code_bytes } = config.over_compiling(host);
            let component = config.component_mib.map_or(component_mib, u64::from);
            [time.as_secs(), memory_bytes >> 20, code_bytes >> 20, component]
        };
        let expected: Vec<u64> =
            said.iter().zip(hosts).map(|(number, host)| number.map_or(host, u64::from)).collect();
        prop_assert_eq!(numbers(&config).to_vec(), expected.clone());

        let (left, is_less) = config.without_raised_compiling(host, component_mib << 20);
        let lowered: Vec<u64> = expected.iter().zip(hosts).map(|(said, host)| *said.min(&host)).collect();
        prop_assert_eq!(numbers(&left).to_vec(), lowered.clone());
        prop_assert_eq!(is_less, lowered != expected);
    }

    #[test]
    fn what_is_said_of_a_size_stands_and_all_else_stays(which in 0..5_usize, said in said::<6>(1000)) {
        let size = ["small", "medium", "large", "small-gpu", "large-gpu"][which];
        let keys = ["cpus", "memory-mib", "storage-mib", "timeout-seconds", "fuel", "gpus"];
        let units = [1, 1 << 20, 1 << 20, 1000, 1, 1];
        let config = read(&format!("sizes.{size}"), keys, &said).sizes;
        let machine = Machine { cpus: 8, memory_bytes: 1 << 40, storage_bytes: 1 << 40, gpus: 0 };
        let before = Sizes::on(&machine);
        let mut expected = classes(&before);
        for (at, number) in said.into_iter().enumerate() {
            if let Some(number) = number {
                expected[which][at] = u128::from(number) * units[at];
            }
        }
        let over = config.over(before);
        prop_assert_eq!(classes(&over), expected.clone());

        let lowered = classes(&over.lower(&before)).into_iter().flatten();
        let pairs = expected.into_iter().flatten().zip(classes(&before).into_iter().flatten());
        for (found, (said, before)) in lowered.zip(pairs) {
            prop_assert_eq!(found, said.min(before));
        }
    }
}

/// Returns the numbers of each size, smallest size first.
fn classes(sizes: &Sizes) -> Vec<Vec<u128>> {
    let Sizes { small, medium, large, small_gpu, large_gpu } = sizes;
    let numbers = |class: &Class| {
        let Class { cpus, memory_bytes, scratch_bytes, timeout, fuel, gpus } = *class;
        let bytes = [u128::from(memory_bytes), u128::from(scratch_bytes)];
        vec![u128::from(cpus), bytes[0], bytes[1], timeout.as_millis(), u128::from(fuel), u128::from(gpus)]
    };
    [small, medium, large, small_gpu, large_gpu].map(numbers).into()
}

/// A number of mebibytes that overflows a byte count becomes the greatest one, not a small one.
#[test]
fn a_number_too_great_is_as_much_as_there_can_be() {
    let config = LimitsConfig { memory_mib: Some(u64::MAX), scratch_mib: Some(1 << 44), ..LimitsConfig::default() };
    let limits = config.over(Limits::default());
    assert_eq!((limits.memory_bytes, limits.scratch_bytes), (u64::MAX, u64::MAX));
    let class = ClassConfig { memory_mib: Some(1 << 44), storage_mib: Some(u64::MAX), ..ClassConfig::default() };
    let small = SizesConfig { small: class, ..SizesConfig::default() };
    let machine = Machine { cpus: 1, memory_bytes: 1 << 30, storage_bytes: 1 << 30, gpus: 0 };
    let sizes = small.over(Sizes::on(&machine));
    assert_eq!((sizes.small.memory_bytes, sizes.small.scratch_bytes), (u64::MAX, u64::MAX));
}
