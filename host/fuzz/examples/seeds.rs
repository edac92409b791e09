//! Writes the first inputs of the fuzzers, from `seeds/` into `corpus/`, with the components in binary.

use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for target in ["component", "config", "listing"] {
        let (seeds, corpus) = (root.join("seeds").join(target), root.join("corpus").join(target));
        fs::create_dir_all(&corpus)?;
        for seed in fs::read_dir(seeds)? {
            let seed = seed?;
            let mut bytes = fs::read(seed.path())?;
            if target == "component" {
                bytes = wat::parse_bytes(&bytes)?.into_owned();
            }
            fs::write(corpus.join(seed.file_name()), bytes)?;
        }
    }
    Ok(())
}
