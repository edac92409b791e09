//! The names of a component's own imports and exports.

use wasmparser::{Parser, Payload};

use crate::declare::DeclareError;

/// Returns the names of the component's own exports, in order. The validator's types can look up a name but do not list
/// them.
pub(super) fn export_names(bytes: &[u8]) -> Result<Vec<&str>, DeclareError> {
    let mut names = Vec::new();
    for payload in RootPayloads::of(bytes) {
        if let Payload::ComponentExportSection(section) = payload? {
            for export in section {
                names.push(export.map_err(|error| DeclareError::invalid(&error))?.name.name);
            }
        }
    }
    Ok(names)
}

/// Returns the names of the component's own imports, in order.
pub(super) fn import_names(bytes: &[u8]) -> Result<Vec<&str>, DeclareError> {
    let mut names = Vec::new();
    for payload in RootPayloads::of(bytes) {
        if let Payload::ComponentImportSection(section) = payload? {
            for import in section {
                names.push(import.map_err(|error| DeclareError::invalid(&error))?.name.name);
            }
        }
    }
    Ok(names)
}

/// The payloads of the component itself, without those of nested components and modules.
struct RootPayloads<I> {
    all: I,
    depth: usize,
}

impl RootPayloads<()> {
    fn of<'a>(bytes: &'a [u8]) -> RootPayloads<impl Iterator<Item = wasmparser::Result<Payload<'a>>>> {
        RootPayloads { all: Parser::new(0).parse_all(bytes), depth: 0 }
    }
}

impl<'a, I: Iterator<Item = wasmparser::Result<Payload<'a>>>> Iterator for RootPayloads<I> {
    type Item = Result<Payload<'a>, DeclareError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let payload = match self.all.next()? {
                Ok(payload) => payload,
                Err(error) => return Some(Err(DeclareError::invalid(&error))),
            };
            if matches!(payload, Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) {
                self.depth += 1;
            } else if matches!(payload, Payload::End(_)) {
                self.depth = self.depth.saturating_sub(1);
            } else if self.depth == 0 {
                return Some(Ok(payload));
            }
        }
    }
}
