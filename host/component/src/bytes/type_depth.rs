//! A guard for the validator: a limit on the nesting depth of types in a type section.
//!
//! A component type can declare component types inside itself, and wasmparser 0.254 reads them by recursion without a
//! limit. A type section that declares a type inside a type inside a type, at three bytes a level, ends the process
//! with a stack overflow, before any check of the validator and in the engine too. So a loop counts the levels here
//! first. Types that do not nest are left to wasmparser's own readers; errors of those readers are left to the
//! validator to report.

use wasmparser::{BinaryReader, ComponentImport, ComponentType, InstanceTypeDeclaration, Result};

/// The id of a section with component types (component-model spec, `Binary.md`, "Component Definitions").
pub(super) const TYPE_SECTION: u8 = 7;

/// The greatest depth of types that declare types. Tools use a few levels, such as an interface in a world in a
/// package.
const MAX_DEPTH: usize = 100;

/// The first byte of a component type and of an instance type, which both contain declarations.
const NESTING_TYPES: [u8; 2] = [0x41, 0x42];

/// The first byte of a type declaration and of an import declaration.
const TYPE_DECLARATION: u8 = 0x01;
const IMPORT_DECLARATION: u8 = 0x03;

/// Returns the greatest depth allowed if the types in the section `payload` nest deeper.
pub(super) fn too_deep(payload: &[u8]) -> Option<usize> {
    let mut reader = BinaryReader::new(payload, 0);
    // The validator reports damage: it fails at the same byte, and no deeper.
    let within = walk(&mut reader).unwrap_or(true);
    (!within).then_some(MAX_DEPTH)
}

/// Reads all types of a section. Keeps, for each open type, the number of its remaining declarations.
fn walk(reader: &mut BinaryReader<'_>) -> Result<bool> {
    for _ in 0..reader.read_var_u32()? {
        let mut open: Vec<u32> = ty(reader)?.into_iter().collect();
        while let Some(left) = open.last_mut() {
            let Some(fewer) = left.checked_sub(1) else {
                open.pop();
                continue;
            };
            *left = fewer;
            open.extend(declaration(reader)?);
            if open.len() > MAX_DEPTH {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// Reads one type, or only the number of its declarations if it has any.
fn ty(reader: &mut BinaryReader<'_>) -> Result<Option<u32>> {
    if NESTING_TYPES.contains(&first_byte(reader)?) {
        reader.read_u8()?;
        return reader.read_var_u32().map(Some);
    }
    reader.read::<ComponentType<'_>>().map(|_| None)
}

/// Reads one declaration, stopping at a type nested in it.
fn declaration(reader: &mut BinaryReader<'_>) -> Result<Option<u32>> {
    match first_byte(reader)? {
        TYPE_DECLARATION => {
            reader.read_u8()?;
            ty(reader)
        }
        IMPORT_DECLARATION => {
            reader.read_u8()?;
            reader.read::<ComponentImport<'_>>().map(|_| None)
        }
        _ => reader.read::<InstanceTypeDeclaration<'_>>().map(|_| None),
    }
}

fn first_byte(reader: &BinaryReader<'_>) -> Result<u8> {
    reader.clone().read_u8()
}
