//! The canonical text of a function's type, as far as linking compares it: names of fields and cases count, names of
//! types and parameters do not, and a resource is named by its interface.
//!
//! A long type is written as its kind and a digest of its text. So a text stays short, and a type that stands for
//! millions by sharing its parts takes time only in proportion to its parts.

use std::collections::HashMap;

use wasmparser::component_types::{
    ComponentDefinedType, ComponentDefinedTypeId, ComponentFuncType, ComponentValType, ResourceId,
};
use wasmparser::types::TypesRef;

use larder_base::Digest;
use larder_types::MAX_DEPTH;

/// The longest text of a type that is written in full.
const WRITTEN_OUT: usize = 60;

/// The number of digits of a digest that stands for a type.
const DIGITS: usize = 16;

/// A writer of types that knows the resources by name.
pub(super) struct TypeTexts<'a> {
    types: TypesRef<'a>,
    resources: HashMap<ResourceId, String>,
    written: HashMap<ComponentDefinedTypeId, String>,
}

impl<'a> TypeTexts<'a> {
    pub(super) fn new(types: TypesRef<'a>) -> Self {
        Self { types, resources: HashMap::new(), written: HashMap::new() }
    }

    /// Names a resource by the place of its first import. Later imports are other ways to the same resource.
    pub(super) fn name_resource(&mut self, resource: ResourceId, interface: &str, name: &str) {
        self.resources.entry(resource).or_insert_with(|| format!("{interface}.{name}"));
    }

    /// Returns true if the resource has been imported before.
    pub(super) fn has_resource(&self, resource: ResourceId) -> bool {
        self.resources.contains_key(&resource)
    }

    /// Returns the text of a function's type.
    pub(super) fn function(&mut self, func: &ComponentFuncType) -> String {
        let params: Vec<String> = func.params.iter().map(|(_, ty)| self.value(*ty, 1)).collect();
        let result = func.result.map(|ty| format!(" -> {}", self.value(ty, 1))).unwrap_or_default();
        let word = if func.async_ { "async func" } else { "func" };
        format!("{word}({}){result}", params.join(", "))
    }

    fn value(&mut self, ty: ComponentValType, depth: usize) -> String {
        match ty {
            ComponentValType::Primitive(primitive) => primitive.to_string(),
            ComponentValType::Type(id) => self.defined(id, depth),
        }
    }

    fn defined(&mut self, id: ComponentDefinedTypeId, depth: usize) -> String {
        if let Some(text) = self.written.get(&id) {
            return text.clone();
        }
        // No type of the host is as deep.
        let (true, Some(ty)) = (depth < MAX_DEPTH, self.types.get(id)) else { return "…".to_owned() };
        let text = shortened(self.text(ty, depth + 1));
        self.written.insert(id, text.clone());
        text
    }

    fn text(&mut self, ty: &ComponentDefinedType, depth: usize) -> String {
        let mut optional = |ty: Option<ComponentValType>| ty.map_or_else(|| "_".to_owned(), |ty| self.value(ty, depth));
        match ty {
            ComponentDefinedType::Primitive(primitive) => primitive.to_string(),
            ComponentDefinedType::List { element, info: _ } => format!("list<{}>", self.value(*element, depth)),
            ComponentDefinedType::FixedLengthList { element, length, info: _ } => {
                format!("list<{}, {length}>", self.value(*element, depth))
            }
            ComponentDefinedType::Map { key, value, info: _ } => {
                format!("map<{}, {}>", self.value(*key, depth), self.value(*value, depth))
            }
            ComponentDefinedType::Option { ty, info: _ } => format!("option<{}>", self.value(*ty, depth)),
            ComponentDefinedType::Result { ok, err, info: _ } => {
                let ok = optional(*ok);
                format!("result<{ok}, {}>", optional(*err))
            }
            ComponentDefinedType::Future { ty, info: _ } => format!("future<{}>", optional(*ty)),
            ComponentDefinedType::Stream { ty, info: _ } => format!("stream<{}>", optional(*ty)),
            ComponentDefinedType::Tuple(tuple) => {
                let members: Vec<String> = tuple.types.iter().map(|ty| self.value(*ty, depth)).collect();
                format!("tuple<{}>", members.join(", "))
            }
            ComponentDefinedType::Record(record) => {
                let fields = record.fields.iter().map(|(name, ty)| format!("{name}: {}", self.value(*ty, depth)));
                format!("record<{}>", fields.collect::<Vec<_>>().join(", "))
            }
            ComponentDefinedType::Variant(variant) => {
                let cases = variant.cases.iter().map(|(name, case)| match case.ty {
                    Some(ty) => format!("{name}({})", self.value(ty, depth)),
                    None => name.to_string(),
                });
                format!("variant<{}>", cases.collect::<Vec<_>>().join(", "))
            }
            ComponentDefinedType::Enum(names) => format!("enum<{}>", joined(names.iter())),
            ComponentDefinedType::Flags(names) => format!("flags<{}>", joined(names.iter())),
            ComponentDefinedType::Own(id) => format!("own<{}>", self.resource(id.resource())),
            ComponentDefinedType::Borrow(id) => format!("borrow<{}>", self.resource(id.resource())),
        }
    }

    fn resource(&self, resource: ResourceId) -> &str {
        self.resources.get(&resource).map_or("a resource", String::as_str)
    }
}

fn joined<T: ToString>(names: impl Iterator<Item = T>) -> String {
    names.map(|name| name.to_string()).collect::<Vec<_>>().join(", ")
}

/// Returns the kind of a type and a digest, in place of a long text.
fn shortened(text: String) -> String {
    if text.len() <= WRITTEN_OUT {
        return text;
    }
    let kind = text.split('<').next().unwrap_or_default();
    let digest = Digest::of(text.as_bytes()).to_string();
    format!("{kind}#{}", digest.get(..DIGITS).unwrap_or_default())
}
