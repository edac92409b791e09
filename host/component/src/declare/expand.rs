//! Expanding a component's types into signatures.
//!
//! In a binary, types form a graph with shared parts: thirty tuples, each of which contains the one before it twice,
//! stand for a billion types. Expansion copies them, so it counts as it goes and stops early. It counts types and bytes
//! of names, for each signature and for all signatures of a component together.

use wasmparser::PrimitiveValType;
use wasmparser::component_types::{ComponentDefinedType, ComponentFuncType, ComponentValType};
use wasmparser::types::TypesRef;

use crate::declare::blob_types::BlobTypes;
use crate::declare::{DeclareError, NotATaskReason, UnsupportedType};
use larder_types::{Case, Field, Signature, WitType};
use larder_types::{MAX_DEPTH, MAX_NODES};

/// The greatest size of all names in one signature, in bytes: with [`MAX_NODES`] names, 100 bytes each.
const MAX_NAME_BYTES: usize = 1 << 20;

/// The greatest number of types and functions in one component, with all signatures expanded.
const MAX_COMPONENT_NODES: usize = 1_000_000;

/// The greatest size of their names, in bytes.
const MAX_COMPONENT_NAME_BYTES: usize = 64 << 20;

/// The remaining budget of types and names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Budget {
    nodes: usize,
    name_bytes: usize,
}

impl Budget {
    /// Creates the limit for one whole component.
    pub(super) fn of_component() -> Self {
        Self { nodes: MAX_COMPONENT_NODES, name_bytes: MAX_COMPONENT_NAME_BYTES }
    }

    /// Deducts one type or function, and the bytes of its names.
    pub(super) fn take(&mut self, name_bytes: usize) -> Result<(), DeclareError> {
        match (self.nodes.checked_sub(1), self.name_bytes.checked_sub(name_bytes)) {
            (Some(nodes), Some(name_bytes)) => {
                *self = Self { nodes, name_bytes };
                Ok(())
            }
            (None, _) => Err(DeclareError::TooMuch { what: "functions and types", limit: MAX_COMPONENT_NODES }),
            (_, None) => Err(DeclareError::TooMuch { what: "bytes of names", limit: MAX_COMPONENT_NAME_BYTES }),
        }
    }

    fn take_all(&mut self, other: &Self, of: &Self) -> Result<(), DeclareError> {
        let (nodes, name_bytes) = (of.nodes - other.nodes, of.name_bytes - other.name_bytes);
        self.nodes = self.nodes.saturating_sub(nodes);
        self.name_bytes = self.name_bytes.saturating_sub(name_bytes);
        self.take(0)
    }
}

/// Expands the signature of `func`, or returns the reason why it has none. Both are charged to `budget`.
pub(super) fn signature(
    types: TypesRef<'_>,
    blobs: &BlobTypes,
    func: &ComponentFuncType,
    budget: &mut Budget,
) -> Result<Result<Signature, NotATaskReason>, DeclareError> {
    let full = Budget { nodes: MAX_NODES, name_bytes: MAX_NAME_BYTES };
    let mut expansion = Expansion { types, blobs, left: full };
    let signature = expansion.signature(func).map_err(Stop::into_reason);
    budget.take_all(&expansion.left, &full)?;
    Ok(signature)
}

/// Reason why an expansion stopped, with the path back up to the signature, innermost step first.
struct Stop {
    why: Why,
    steps: Vec<String>,
}

enum Why {
    Unsupported(UnsupportedType),
    TooDeep,
    TooLarge,
}

impl Stop {
    fn at(why: Why) -> Self {
        Self { why, steps: Vec::new() }
    }

    fn under(mut self, step: impl Into<String>) -> Self {
        self.steps.push(step.into());
        self
    }

    fn into_reason(self) -> NotATaskReason {
        let mut steps = self.steps;
        steps.reverse();
        match self.why {
            Why::Unsupported(ty) => NotATaskReason::Type { ty, place: steps.join(", ") },
            // Only the parameter or the result: sixty-four steps say no more than the first.
            Why::TooDeep => NotATaskReason::TooDeep { place: steps.into_iter().next().unwrap_or_default() },
            Why::TooLarge => NotATaskReason::TooLarge,
        }
    }
}

struct Expansion<'a> {
    types: TypesRef<'a>,
    blobs: &'a BlobTypes,
    left: Budget,
}

impl Expansion<'_> {
    fn signature(&mut self, func: &ComponentFuncType) -> Result<Signature, Stop> {
        let mut params = Vec::new();
        for (name, ty) in &func.params {
            let name = self.name(name.as_str())?;
            let ty = self.ty(*ty, 1).map_err(|stop| stop.under(format!("parameter `{name}`")))?;
            params.push(Field { name, ty });
        }
        let result = func.result.map(|ty| self.ty(ty, 1)).transpose().map_err(|stop| stop.under("the result"))?;
        Ok(Signature { params, result })
    }

    fn ty(&mut self, ty: ComponentValType, depth: usize) -> Result<WitType, Stop> {
        if depth > MAX_DEPTH {
            return Err(Stop::at(Why::TooDeep));
        }
        self.left.take(0).map_err(|_| Stop::at(Why::TooLarge))?;
        match ty {
            ComponentValType::Primitive(primitive) => self::primitive(primitive),
            // A validator never returns an id that it does not know; if it did, there would be no type to read.
            ComponentValType::Type(id) => match self.types.get(id) {
                Some(defined) => self.defined(defined, depth),
                None => Err(Stop::at(Why::TooLarge)),
            },
        }
    }

    fn defined(&mut self, ty: &ComponentDefinedType, depth: usize) -> Result<WitType, Stop> {
        match ty {
            ComponentDefinedType::Primitive(primitive) => self::primitive(*primitive),
            ComponentDefinedType::List { element, info: _ } => {
                Ok(WitType::List(self.inner(*element, depth, "element")?))
            }
            ComponentDefinedType::Option { ty, info: _ } => Ok(WitType::Option(self.inner(*ty, depth, "some")?)),
            ComponentDefinedType::Result { ok, err, info: _ } => Ok(WitType::Result {
                ok: ok.map(|ty| self.inner(ty, depth, "ok")).transpose()?,
                err: err.map(|ty| self.inner(ty, depth, "err")).transpose()?,
            }),
            ComponentDefinedType::Tuple(tuple) => self.tuple(&tuple.types, depth),
            ComponentDefinedType::Record(record) => {
                let mut fields = Vec::new();
                for (name, ty) in &record.fields {
                    let name = self.name(name.as_str())?;
                    let ty = self.ty(*ty, depth + 1).map_err(|stop| stop.under(format!("field `{name}`")))?;
                    fields.push(Field { name, ty });
                }
                Ok(WitType::Record(fields))
            }
            ComponentDefinedType::Variant(variant) => {
                let mut cases = Vec::new();
                for (name, case) in &variant.cases {
                    cases.push(self.case(name.as_str(), case.ty, depth)?);
                }
                Ok(WitType::Variant(cases))
            }
            ComponentDefinedType::Enum(names) => Ok(WitType::Enum(self.names(names.iter().map(|name| name.as_str()))?)),
            ComponentDefinedType::Flags(names) => {
                Ok(WitType::Flags(self.names(names.iter().map(|name| name.as_str()))?))
            }
            // Ownership (own or borrow) is how the content is passed, not what it is.
            ComponentDefinedType::Own(id) | ComponentDefinedType::Borrow(id) => {
                self.blobs.get(id.resource()).map_or_else(|| unsupported(UnsupportedType::Resource), Ok)
            }
            ComponentDefinedType::Future { ty: _, info: _ } => unsupported(UnsupportedType::Future),
            ComponentDefinedType::Stream { ty: _, info: _ } => unsupported(UnsupportedType::Stream),
            ComponentDefinedType::Map { key: _, value: _, info: _ } => unsupported(UnsupportedType::Map),
            ComponentDefinedType::FixedLengthList { element: _, length: _, info: _ } => {
                unsupported(UnsupportedType::FixedLengthList)
            }
        }
    }

    fn inner(&mut self, ty: ComponentValType, depth: usize, step: &str) -> Result<Box<WitType>, Stop> {
        self.ty(ty, depth + 1).map(Box::new).map_err(|stop| stop.under(step))
    }

    fn tuple(&mut self, types: &[ComponentValType], depth: usize) -> Result<WitType, Stop> {
        let mut members = Vec::new();
        for (position, ty) in types.iter().enumerate() {
            members.push(self.ty(*ty, depth + 1).map_err(|stop| stop.under(format!("member {position}")))?);
        }
        Ok(WitType::Tuple(members))
    }

    fn case(&mut self, name: &str, ty: Option<ComponentValType>, depth: usize) -> Result<Case, Stop> {
        let name = self.name(name)?;
        let ty =
            ty.map(|ty| self.ty(ty, depth + 1)).transpose().map_err(|stop| stop.under(format!("case `{name}`")))?;
        Ok(Case { name, ty })
    }

    fn names<'n>(&mut self, names: impl Iterator<Item = &'n str>) -> Result<Vec<String>, Stop> {
        let mut owned = Vec::new();
        for name in names {
            owned.push(self.name(name)?);
        }
        Ok(owned)
    }

    /// Charges a name, which counts as a type too: a case without a payload is not free.
    fn name(&mut self, name: &str) -> Result<String, Stop> {
        self.left.take(name.len()).map_err(|_| Stop::at(Why::TooLarge))?;
        Ok(name.to_owned())
    }
}

fn unsupported(ty: UnsupportedType) -> Result<WitType, Stop> {
    Err(Stop::at(Why::Unsupported(ty)))
}

fn primitive(ty: PrimitiveValType) -> Result<WitType, Stop> {
    Ok(match ty {
        PrimitiveValType::Bool => WitType::Bool,
        PrimitiveValType::S8 => WitType::S8,
        PrimitiveValType::U8 => WitType::U8,
        PrimitiveValType::S16 => WitType::S16,
        PrimitiveValType::U16 => WitType::U16,
        PrimitiveValType::S32 => WitType::S32,
        PrimitiveValType::U32 => WitType::U32,
        PrimitiveValType::S64 => WitType::S64,
        PrimitiveValType::U64 => WitType::U64,
        PrimitiveValType::F32 => WitType::F32,
        PrimitiveValType::F64 => WitType::F64,
        PrimitiveValType::Char => WitType::Char,
        PrimitiveValType::String => WitType::String,
        PrimitiveValType::ErrorContext => return unsupported(UnsupportedType::ErrorContext),
    })
}
