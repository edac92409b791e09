//! Every property, with two thousand random inputs or with the seeds.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};

/// Number of inputs for each property: in a development build, they take less than a second.
const TRIES: u64 = 2000;

fn for_random_bytes(check: fn(&[u8])) {
    for seed in 0..TRIES {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut bytes = vec![0; (random.next_u32() % 512) as usize];
        random.fill_bytes(&mut bytes);
        check(&bytes);
    }
}

#[test]
fn signatures_hold_for_random_bytes() {
    for_random_bytes(crate::signature::check);
}

#[test]
fn values_hold_for_random_bytes() {
    for_random_bytes(crate::values::check);
}

#[test]
fn cbor_hold_for_random_bytes() {
    for_random_bytes(crate::cbor::check);
}

#[test]
fn listings_hold_for_random_bytes() {
    for_random_bytes(crate::listing::check);
}

#[test]
fn manifests_hold_for_random_bytes() {
    for_random_bytes(crate::manifest::check);
}

#[test]
fn arguments_hold_for_random_bytes() {
    for_random_bytes(crate::arguments::check);
}

/// Calls `check` with each seed, whole and cut short.
fn for_seeds(check: fn(&[u8]), seeds: &[&[u8]]) {
    for seed in seeds {
        check(seed);
        (0..seed.len()).step_by(7).for_each(|end| check(&seed[..end]));
    }
}

#[test]
fn components_hold_for_seeds() {
    let binary = |text| wat::parse_str(text).unwrap();
    let seeds = [
        binary(include_str!("../seeds/component/deep.wat")),
        binary(include_str!("../seeds/component/manifest.wat")),
        binary(include_str!("../seeds/component/nested.wat")),
        binary(include_str!("../seeds/component/not-tasks.wat")),
        binary(include_str!("../seeds/component/rich.wat")),
        binary(include_str!("../seeds/component/types.wat")),
    ];
    for seed in &seeds {
        assert!(larder_component::declare::exports(seed).is_ok(), "{:?}", larder_component::declare::exports(seed));
    }
    for_seeds(crate::component::check, &seeds.each_ref().map(Vec::as_slice));
}

#[test]
fn configs_hold_for_seeds() {
    let (all, wrong) = (include_str!("../seeds/config/all.toml"), include_str!("../seeds/config/wrong.toml"));
    for_seeds(crate::config::check, &[all.as_bytes(), wrong.as_bytes()]);
}

#[test]
fn listings_hold_for_seeds() {
    let (sample, hostile) =
        (include_bytes!("../seeds/listing/sample.cbor"), include_bytes!("../seeds/listing/lengths.cbor"));
    assert!(larder_content::Listing::decode(sample).is_ok());
    assert!(larder_content::Listing::decode(hostile).is_err());
    for_seeds(crate::listing::check, &[sample, hostile]);
}
