//! The code digest: what a task that is `pinned` to its code puts in its key.
//!
//! It must change with every byte that can change what the code does, and with no other. Custom sections cannot
//! (core spec, "Custom Sections": "ignored by the WebAssembly semantics"): names, producers and debug information,
//! at any depth. Leaving them out is not enough, though: a module nested in a component is itself the payload of a
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
//! Numbers are little-endian. The tag is first and every payload has its length before it, so two different walks
//! cannot give the same stream.

use sha2::{Digest as _, Sha256};

use crate::bytes::NotAComponent;
use crate::bytes::sections::{self, Event};
use larder_base::Digest;

/// Hashed first. A change of the frames or of what is left out bumps the number in it.
const DOMAIN: &[u8] = b"larder code digest 1\n";

/// The digest of the code of the binary component in `bytes`: the same whatever its custom sections hold.
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
