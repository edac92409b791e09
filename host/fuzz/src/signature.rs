//! Components with functions of any signature: the declarations are what was written.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use arbitrary::{Result, Unstructured};
use larder::{Case, Field, Signature, WitType};
use larder_component::ComponentBytes;
use larder_component::declare::{attach, listed};

use crate::{generate, stored, tasks};

/// The names of interfaces: some functions share a name, an interface, or a package.
const INTERFACES: [&str; 6] = ["a:b/c", "a:b/c@1.0.0", "a:b/c@0.2.0", "d:e/c@1.0.0", "c", "wasi:cli/run@0.2.0"];

/// The import whose resources stand for content.
const FILES: &str = r#"
(import "larder:task/files@0.1.0" (instance $files
  (export "file" (type (sub resource))) (export "directory" (type (sub resource)))))
(alias export $files "file" (type $file)) (alias export $files "directory" (type $directory))"#;

/// Declares a component whose interfaces have functions with signatures made from `bytes`.
pub fn check(bytes: &[u8]) {
    // Bytes that make no component are not a finding.
    let _ = declare(&mut Unstructured::new(bytes));
}

fn declare(u: &mut Unstructured<'_>) -> Result<()> {
    let mut text = format!("(component {FILES}");
    let mut expected = BTreeMap::new();
    for (position, interface) in INTERFACES.iter().enumerate() {
        if u.arbitrary()? {
            continue;
        }
        let mut items = Items::default();
        for function in 0..u.int_in_range(1..=3)? {
            let signature = generate::signature(u)?;
            let ty = items.function(&signature);
            items.add(&format!("(export \"f{function}\" {ty})"));
            if !interface.starts_with("wasi:") {
                expected.insert(format!("{interface}#f{function}"), signature);
            }
        }
        let Items { text: items, types: _ } = items;
        push(&mut text, format_args!("\n(import \"i{position}\" (instance $i{position} {items}))"));
        push(&mut text, format_args!("\n(export \"{interface}\" (instance $i{position}))"));
    }
    text.push(')');

    let component = ComponentBytes::new(text.clone().into_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"));
    // No such component could run: each exports what it imports.
    let found = listed(component.bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"));
    stored::assert_comes_back(&found);
    let signatures = found.tasks.iter().map(|task| (task.export.to_string(), task.signature.clone())).collect();
    assert_eq!(expected, signatures, "{text}");
    let declared = attach(&found, Vec::new()).expect("nothing to attach");
    tasks::assert_can_be_named(&declared.tasks);
    Ok(())
}

/// The items of an instance type, as text. A record, a variant, an enum and flags need a name to be used in a function,
/// so each is exported as its own type.
#[derive(Default)]
struct Items {
    text: String,
    types: usize,
}

impl Items {
    fn add(&mut self, item: &str) {
        push(&mut self.text, format_args!("\n  {item}"));
    }

    fn function(&mut self, Signature { params, result }: &Signature) -> String {
        let mut text = "(func".to_owned();
        for Field { name, ty } in params {
            let ty = self.ty(ty);
            push(&mut text, format_args!(" (param \"{name}\" {ty})"));
        }
        if let Some(ty) = result {
            let ty = self.ty(ty);
            push(&mut text, format_args!(" (result {ty})"));
        }
        text.push(')');
        text
    }

    /// Returns the text of the type where it is used.
    fn ty(&mut self, ty: &WitType) -> String {
        match ty {
            WitType::Bool
            | WitType::S8
            | WitType::U8
            | WitType::S16
            | WitType::U16
            | WitType::S32
            | WitType::U32
            | WitType::S64
            | WitType::U64
            | WitType::F32
            | WitType::F64
            | WitType::Char
            | WitType::String => ty.to_string(),
            WitType::File => "(own $file)".to_owned(),
            WitType::Directory => "(own $directory)".to_owned(),
            WitType::List(element) => format!("(list {})", self.ty(element)),
            WitType::Option(some) => format!("(option {})", self.ty(some)),
            WitType::Tuple(types) => {
                let types: Vec<String> = types.iter().map(|ty| self.ty(ty)).collect();
                format!("(tuple {})", types.join(" "))
            }
            WitType::Result { ok, err } => {
                let ok = ok.as_deref().map(|ty| self.ty(ty)).unwrap_or_default();
                let err = err.as_deref().map(|ty| format!("(error {})", self.ty(ty))).unwrap_or_default();
                format!("(result {ok} {err})")
            }
            WitType::Record(fields) => {
                let field = |Field { name, ty }: &Field| format!("(field \"{name}\" {})", self.ty(ty));
                let fields: Vec<String> = fields.iter().map(field).collect();
                self.named(&format!("(record {})", fields.join(" ")))
            }
            WitType::Variant(cases) => {
                let case = |Case { name, ty }: &Case| {
                    format!("(case \"{name}\" {})", ty.as_ref().map(|ty| self.ty(ty)).unwrap_or_default())
                };
                let cases: Vec<String> = cases.iter().map(case).collect();
                self.named(&format!("(variant {})", cases.join(" ")))
            }
            WitType::Enum(names) => self.named(&format!("(enum {})", quoted(names))),
            WitType::Flags(names) => self.named(&format!("(flags {})", quoted(names))),
        }
    }

    fn named(&mut self, definition: &str) -> String {
        let number = self.types;
        self.types += 1;
        self.add(&format!("(type $d{number} {definition}) (export \"t{number}\" (type $t{number} (eq $d{number})))"));
        format!("$t{number}")
    }
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(" ")
}

fn push(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("a `String` takes any text");
}
