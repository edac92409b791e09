//! Reading a component's file: once, from one open file, and never more than allowed.
//!
//! A path is hostile: it can lead to an endless pipe, a device, a terabyte of zeros, or a file that a build is writing
//! at this moment. Each case is detected before or during the read.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::OFlags;

use crate::bytes::{ComponentBytes, ComponentError, NotAComponent, text};
use larder_content::{FileIdentity, FileKind};

/// Number of attempts to read a file that changes during the read. A build that has just finished needs one more.
const ATTEMPTS: usize = 3;

/// Number of names in a folder that are searched for the one that the user may have meant.
const NAMES_COMPARED: usize = 1000;

/// Reads the component at `path`, of at most `max_bytes` bytes, with the identity of the file it came from.
///
/// The identity belongs to exactly these bytes: it is taken from the open file before and after reading, and the file
/// is read again if the two differ.
pub fn read(path: &Path, max_bytes: u64) -> Result<(ComponentBytes, FileIdentity), ComponentError> {
    for _ in 0..ATTEMPTS {
        if let Some((bytes, identity)) = read_once(path, max_bytes)? {
            let component = parse(path, bytes, max_bytes)
                .map_err(|problem| ComponentError::InFile { path: path.to_owned(), problem })?;
            return Ok((component, identity));
        }
    }
    Err(ComponentError::Changed { path: path.to_owned() })
}

/// Reads the bytes and the identity they belong to. Returns `None` if the file changed during the read.
fn read_once(path: &Path, max: u64) -> Result<Option<(Vec<u8>, FileIdentity)>, ComponentError> {
    let unreadable = |source| refused(path, source);
    let file = open(path)?;
    let before = file.metadata().map_err(unreadable)?;
    expect_regular(path, &before)?;
    if before.len() > max {
        return Err(ComponentError::TooLarge { path: path.to_owned(), size: before.len(), max });
    }
    let mut bytes = Vec::new();
    // One byte more than expected, to detect a file that has grown.
    (&file).take(before.len().saturating_add(1)).read_to_end(&mut bytes).map_err(unreadable)?;
    let identity = FileIdentity::of(&before);
    let after = FileIdentity::of(&file.metadata().map_err(unreadable)?);
    let unchanged = identity == after && u64::try_from(bytes.len()) == Ok(identity.size);
    Ok(unchanged.then_some((bytes, identity)))
}

/// Opens `path` for reading. Refuses anything but a regular file before opening it, since opening a device can have
/// side effects. A file that became a pipe in between cannot block, since it is opened without waiting.
fn open(path: &Path) -> Result<File, ComponentError> {
    expect_regular(path, &fs::metadata(path).map_err(|source| refused(path, source))?)?;
    OpenOptions::new()
        .read(true)
        .custom_flags((OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed())
        .open(path)
        .map_err(|source| refused(path, source))
}

fn expect_regular(path: &Path, metadata: &Metadata) -> Result<(), ComponentError> {
    if metadata.is_file() {
        return Ok(());
    }
    Err(ComponentError::NotAFile { path: path.to_owned(), kind: FileKind::of(metadata.file_type()) })
}

fn parse(path: &Path, bytes: Vec<u8>, max: u64) -> Result<ComponentBytes, NotAComponent> {
    // The extension matters only if the first bytes match no format: a `.wat` with an error in its first character
    // deserves the parser's message.
    let named_text = path.extension().is_some_and(|extension| extension == "wat") && !text::is_binary(&bytes);
    if !bytes.is_empty() && (named_text || text::is_text(&bytes)) {
        let binary = text::parse(&bytes)?;
        let size = u64::try_from(binary.len()).unwrap_or(u64::MAX);
        if size > max {
            return Err(NotAComponent::TextTooLarge { size, max });
        }
        return ComponentBytes::new(binary);
    }
    ComponentBytes::new(bytes)
}

/// Converts the operating system's refusal into an error for the user.
fn refused(path: &Path, source: io::Error) -> ComponentError {
    match source.kind() == io::ErrorKind::NotFound {
        true => ComponentError::NotFound { path: path.to_owned(), nearest: nearest(path) },
        false => ComponentError::Unreadable { path: path.to_owned(), source },
    }
}

/// Returns the component in the folder of `path` with the most similar name.
fn nearest(path: &Path) -> Option<String> {
    let wanted = path.file_name()?.to_str()?;
    let folder = match path.parent()? {
        parent if parent.as_os_str().is_empty() => Path::new("."),
        parent => parent,
    };
    let names =
        fs::read_dir(folder).ok()?.take(NAMES_COMPARED).filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names
        .filter(|name| name.ends_with(".wasm") || name.ends_with(".wat"))
        .map(|name| (strsim::normalized_damerau_levenshtein(wanted, &name), name))
        .filter(|(likeness, _)| *likeness > 0.5)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, name)| name)
}
