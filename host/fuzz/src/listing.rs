//! The listing of a directory, which a store keeps as it keeps a file: it is read only if it is exactly what would be
//! written.

use std::collections::BTreeMap;

use arbitrary::{Result, Unstructured};
use larder::Digest;
use larder_content::{Listed, Listing};

use crate::{damage, generate};

/// Reads `bytes` as a listing, and reads a listing made from them, whole and damaged.
pub fn check(bytes: &[u8]) {
    read(bytes);
    // Bytes that make no listing are not a finding.
    let _ = almost(&mut Unstructured::new(bytes));
}

/// A directory has one encoding, so a decoded listing encodes to the same bytes. Nothing in it leads out of it.
fn read(bytes: &[u8]) {
    match Listing::decode(bytes) {
        Ok(listing) => {
            assert_eq!(listing.encode(), bytes, "{listing:?}");
            for name in listing.0.keys() {
                assert!(!matches!(&**name, "" | "." | "..") && !name.contains(['/', '\0']), "{name:?}");
            }
        }
        Err(error) => drop(error.to_string()),
    }
}

fn almost(u: &mut Unstructured<'_>) -> Result<()> {
    let listing = listing(u)?;
    let mut encoded = listing.encode();
    assert_eq!(Listing::decode(&encoded).as_ref(), Ok(&listing));
    damage::damage(u, &mut encoded)?;
    read(&encoded);
    Ok(())
}

fn listing(u: &mut Unstructured<'_>) -> Result<Listing> {
    let mut entries = BTreeMap::new();
    for number in 0..u.int_in_range(0..=8)? {
        let digest = Digest::from_bytes(u.arbitrary()?);
        let listed = match u.int_in_range(0..=2)? {
            0 => Listed::File { executable: u.arbitrary()?, size: u.arbitrary()?, digest },
            1 => Listed::Directory { size: u.arbitrary()?, digest },
            _ => Listed::Link(format!("../{}", part(u)?).into()),
        };
        entries.insert(format!("{}{number}", part(u)?).into(), listed);
    }
    Ok(Listing(entries))
}

/// Generates a text without the characters that no name of an entry may have.
fn part(u: &mut Unstructured<'_>) -> Result<String> {
    Ok(generate::string(u)?.replace(['/', '\0'], "_"))
}
