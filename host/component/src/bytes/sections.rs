//! The only walk over the sections of a component, through everything nested in it.
//!
//! It sees the *frame* of the binary format (core spec, "Modules"; component-model spec, `Binary.md`): headers, section
//! ids and payloads. It iterates where the format nests, so that no input can exhaust the stack. It stops at a depth
//! that no compiler reaches, since a validator keeps a record for every open level.

use wasmparser::{Encoding, Parser, Payload};

use crate::bytes::{NotAComponent, text, type_depth};

/// The greatest nesting depth of modules and components. Toolchains nest modules and small components one level deep,
/// and each composition of components adds one.
const MAX_DEPTH: usize = 100;

/// The eight bytes of every header: magic, version and layer.
const HEADER: usize = 8;

/// The events of the walk, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event<'a> {
    /// The header of a module or component.
    Header { component: bool, version: u16 },
    /// A section that is not a custom section and contains no other module or component.
    Section { id: u8, payload: &'a [u8] },
    /// A section that contains a module or component, whose header is the next event.
    Nested { id: u8 },
    /// The end of the module or component whose header was opened last.
    End,
}

/// Checks that `bytes` are the sections of one component, complete at every depth. Also checks that neither sections
/// nor types nest so deep that a validator would overflow its stack.
pub(crate) fn check(bytes: &[u8]) -> Result<(), NotAComponent> {
    let mut limit = None;
    // In a core module the same id stands for exports, which do not nest, so they are not counted there.
    let mut components = Vec::new();
    walk(bytes, |event| match event {
        Event::Header { component, version: _ } => components.push(component),
        Event::End => drop(components.pop()),
        Event::Section { id: type_depth::TYPE_SECTION, payload } if components.last() == Some(&true) => {
            limit = limit.or_else(|| type_depth::too_deep(payload));
        }
        Event::Section { id: _, payload: _ } | Event::Nested { id: _ } => {}
    })?;
    match limit {
        Some(limit) => Err(NotAComponent::TypesTooDeep { limit }),
        None => Ok(()),
    }
}

/// Passes every event to `each`. Custom sections are skipped at any depth.
pub(super) fn walk<'a>(bytes: &'a [u8], mut each: impl FnMut(Event<'a>)) -> Result<(), NotAComponent> {
    check_header(bytes)?;
    let mut depth = 0;
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload.map_err(|error| broken(bytes, NotAComponent::malformed(&error)))?;
        match event(bytes, &payload).map_err(|error| broken(bytes, error))? {
            Some(event @ Event::Nested { .. }) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(NotAComponent::TooDeep { limit: MAX_DEPTH });
                }
                each(event);
            }
            Some(event @ Event::End) => {
                depth = depth.saturating_sub(1);
                each(event);
            }
            Some(event @ (Event::Header { .. } | Event::Section { .. })) => each(event),
            None => {}
        }
    }
    // If the bytes end between two sections of a nested component, the parser treats that component and all that
    // enclose it as ended.
    match missing(bytes) {
        Some(missing) => Err(truncated(bytes, missing)),
        None => Ok(()),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "wasmparser adds a payload with every kind of section")]
fn event<'a>(bytes: &'a [u8], payload: &Payload<'_>) -> Result<Option<Event<'a>>, NotAComponent> {
    Ok(match payload {
        Payload::Version { num, encoding, range: _ } => {
            Some(Event::Header { component: *encoding == Encoding::Component, version: *num })
        }
        Payload::End(_) => Some(Event::End),
        // A function's body lies in the payload of the code section that precedes it.
        Payload::CustomSection(_) | Payload::CodeSectionEntry(_) => None,
        Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => {
            payload.as_section().map(|(id, _)| Event::Nested { id })
        }
        section => match section.as_section() {
            Some((id, range)) => {
                let offset = range.start as u64;
                let payload = bytes.get(range).ok_or_else(|| NotAComponent::Malformed {
                    message: "a section reaches beyond the end".to_owned(),
                    offset,
                })?;
                Some(Event::Section { id, payload })
            }
            None => None,
        },
    })
}

fn check_header(bytes: &[u8]) -> Result<(), NotAComponent> {
    if bytes.is_empty() {
        return Err(NotAComponent::Empty);
    }
    if !text::is_binary(bytes) {
        return Err(NotAComponent::Garbage);
    }
    if bytes.len() < HEADER {
        return Err(truncated(bytes, HEADER - bytes.len()));
    }
    if Parser::is_core_wasm(bytes) {
        return Err(NotAComponent::CoreModule);
    }
    Ok(())
}

/// Classifies a parser error. Bytes that end too early are the common accident of a copy or a download, and the
/// parser's own message for it depends on where they end.
fn broken(bytes: &[u8], error: NotAComponent) -> NotAComponent {
    match missing(bytes) {
        Some(missing) => truncated(bytes, missing),
        None => error,
    }
}

fn truncated(bytes: &[u8], missing: usize) -> NotAComponent {
    NotAComponent::Truncated { size: bytes.len() as u64, missing: missing as u64 }
}

/// Returns the number of bytes that the outermost sections promise beyond the end, or `None` if they promise no more.
fn missing(bytes: &[u8]) -> Option<usize> {
    let mut at = HEADER;
    while at < bytes.len() {
        // The id of the section, then its length.
        let Some((length, after)) = leb_u32(bytes, at + 1)? else { return Some(1) };
        let end = after.checked_add(length)?;
        if end > bytes.len() {
            return Some(end - bytes.len());
        }
        at = end;
    }
    None
}

/// Decodes the number at `at` in LEB128 (core spec, "Values") and returns it with the position after it. Returns
/// `Some(None)` if the bytes end inside it, and `None` if it is not a 32-bit number.
fn leb_u32(bytes: &[u8], at: usize) -> Option<Option<(usize, usize)>> {
    let mut value: u64 = 0;
    for position in 0..5 {
        let Some(byte) = bytes.get(at + position) else { return Some(None) };
        value |= u64::from(byte & 0x7f) << (7 * position);
        if byte & 0x80 == 0 {
            let value = u32::try_from(value).ok().and_then(|value| usize::try_from(value).ok())?;
            return Some(Some((value, at + position + 1)));
        }
    }
    None
}
