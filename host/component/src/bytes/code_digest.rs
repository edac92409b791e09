//! The code digest: the part of the key for a task that is `pinned` to its code.
//!
//! The digest must change with every byte that can change what the code does, and with no other byte. Custom sections
//! cannot change it (core spec, "Custom Sections": "ignored by the WebAssembly semantics"): names, producers and debug
//! information, at any depth. Leaving them out is not enough: a module nested in a component is the payload of a
//! section, whose length shrinks when the names inside are stripped. So the walk goes *through* nested modules and
//! components and hashes a frame around each event, never the lengths that enclose others.
//!
//! | event | frame |
//! |---|---|
//! | header of a module or component | `0`, `0` module or `1` component, version as 2 bytes |
//! | section | `1`, id, length of the payload as 8 bytes, payload |
//! | section that holds a module or component | `2`, id |
//! | end of a module or component | `3` |
//!
//! Numbers are little-endian. The tag comes first and the length precedes every payload, so two different walks cannot
//! give the same stream.

use sha2::{Digest as _, Sha256};

use crate::bytes::NotAComponent;
use crate::bytes::sections::{self, Event};
use larder_base::Digest;

/// Prefix of the hashed stream. A change of the frames, or of what is left out, bumps its number.
const DOMAIN: &[u8] = b"larder code digest 1\n";

/// Computes the digest of the code of the binary component in `bytes`. Custom sections do not affect it.
pub fn code_digest(bytes: &[u8]) -> Result<Digest, NotAComponent> {
    let mut hasher = Sha256::new();
    hasher.update(DOMAIN);
    sections::walk(bytes, |event| frame(&mut hasher, event))?;
    Ok(Digest::from_bytes(hasher.finalize().into()))
}

fn frame(hasher: &mut Sha256, event: Event<'_>) {
    match event {
        Event::Header { component, version } => {
            hasher.update([0, u8::from(component)]);
            hasher.update(version.to_le_bytes());
        }
        Event::Section { id, payload } => {
            hasher.update([1, id]);
            hasher.update((payload.len() as u64).to_le_bytes());
            hasher.update(payload);
        }
        Event::Nested { id } => hasher.update([2, id]),
        Event::End => hasher.update([3]),
    }
}
