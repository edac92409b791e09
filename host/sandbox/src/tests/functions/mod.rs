//! The table of all host functions with their bounds, and the proof that it is complete.
//!
//! A linker cannot be listed. So the test takes the WIT of the engine's crates and of `wit/`, and makes a component
//! for each function in it, which must link in both worlds without a made-up refusal; and one for each interface that
//! no host provides, which must not link. Each function must have its row in [`table`], and `docs/host-functions.md`
//! is generated from the table. `src/declare/provided.txt`, which judges a component before anything compiles, lists
//! the imports of components that import whole interfaces. To write both anew:
//!
//! ```text
//! cargo test --workspace --lib -- --ignored write_the_page_of_host_functions write_what_is_provided
//! ```

mod bound;
mod larder;
mod table;
mod wasi_0_2;
mod wasi_0_3;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use wasmtime::Engine;
use wasmtime::component::Component;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Interface, InterfaceId, Resolve, TypeDefKind};

use self::bound::{Ends, Fuel, Keeps, Row};
use self::table::table;
use super::packages::{folder, root};
use crate::engine::{self, EngineKind, EngineVariant, Reservation};
use crate::link::{WorldLinker, open_linker, sealed_linker};
use crate::open::Open;
use crate::sealed::Sealed;
use larder_component::declare::{PROVIDED_TABLE, provided_interface, provided_table};

/// Path of the page that the table generates.
const PAGE: &str = "docs/host-functions.md";

/// Path of the list of provided functions; its head describes it.
const PROVIDED: &str = "host/component/src/declare/provided.txt";
const PROVIDED_HEAD: &str = "\
# What the linker provides: interfaces, and in each its functions with their types, and its resources. It is written by
# the test in `host/sandbox/src/tests/functions`, whose header tells how.
";

/// The interfaces that a guest exports and no host provides.
const OF_THE_GUEST: [&str; 5] = [
    "larder:task/manifest@0.1.0",
    "wasi:cli/run@0.2.12",
    "wasi:cli/run@0.3.0",
    "wasi:http/handler@0.3.0",
    "wasi:http/incoming-handler@0.2.12",
];

/// Returns the WIT folders of the engine's crates, where cargo has them, and of this repository.
fn folders() -> Vec<PathBuf> {
    let (wasi, http) = (folder("wasmtime-wasi"), folder("wasmtime-wasi-http"));
    // The first one has all of WASI 0.2, since `http` depends on it.
    vec![
        http.join("wit"),
        http.join("src/p3/wit"),
        wasi.join("src/p2/wit"),
        wasi.join("src/p3/wit"),
        root().join("wit"),
    ]
}

/// Every function and resource of an interface, by name, with the core signature of its import.
type Functions = BTreeMap<String, (Vec<WasmType>, Vec<WasmType>)>;

fn functions(resolve: &Resolve, interface: &Interface) -> Functions {
    let function = |function: &wit_parser::Function| {
        let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
        (function.name.clone(), (signature.params, signature.results))
    };
    let resources = interface.types.iter().filter(|(_, id)| matches!(resolve.types[**id].kind, TypeDefKind::Resource));
    let resource = |name: &str| (format!("[resource]{name}"), (vec![WasmType::I32], Vec::new()));
    interface.functions.values().map(function).chain(resources.map(|(name, _)| resource(name))).collect()
}

/// Builds a component that imports these functions of one interface, or the drops of its resources.
fn importing(resolve: &Resolve, interface: &str, functions: &Functions) -> Vec<u8> {
    let mut resolve = resolve.clone();
    let text = format!("package larder:probe;\nworld probe {{ import {interface}; }}");
    let package = resolve.push_str("probe.wit", &text).unwrap();
    let world = resolve.select_world(&[package], None).unwrap();
    let words = |types: &[WasmType]| types.iter().map(|ty| core(*ty)).collect::<Vec<_>>().join(" ");
    let import = |(name, (params, results)): (&String, &(Vec<WasmType>, Vec<WasmType>))| {
        let name = name.replace("[resource]", "[resource-drop]");
        format!(r#"(import "{interface}" "{name}" (func (param {}) (result {})))"#, words(params), words(results))
    };
    let module = format!(
        r#"(module {}
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable))"#,
        functions.iter().map(import).collect::<String>(),
    );
    let mut module = wat::parse_str(module).unwrap();
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
    ComponentEncoder::default().module(&module).unwrap().encode().unwrap()
}

const fn core(ty: WasmType) -> &'static str {
    match ty {
        WasmType::I32 | WasmType::Pointer | WasmType::Length => "i32",
        WasmType::I64 | WasmType::PointerOrI64 => "i64",
        WasmType::F32 => "f32",
        WasmType::F64 => "f64",
    }
}

/// Linkers of both worlds, without the made-up refusals for functions that neither has.
struct Worlds {
    engine: Engine,
    sealed: WorldLinker<Sealed>,
    open: WorldLinker<Open>,
}

impl Worlds {
    fn new(kind: EngineKind) -> Self {
        let engine = engine::without_pool(EngineVariant { kind, reservation: Reservation::Whole }).unwrap();
        let (sealed, open) = (sealed_linker(&engine, kind).unwrap(), open_linker(&engine, kind).unwrap());
        Self { engine, sealed, open }
    }

    fn link(&self, component: &[u8]) -> Result<(), String> {
        let component = Component::new(&self.engine, component).map_err(|error| format!("{error:#}"))?;
        self.sealed.link(&component).map_err(|error| format!("sealed: {error:#}"))?;
        self.open.link(&component).map_err(|error| format!("open: {error:#}"))?;
        Ok(())
    }
}

/// Calls `each` with every interface of every folder, once.
fn each_interface(mut each: impl FnMut(&Resolve, &str, InterfaceId)) {
    let mut seen = BTreeSet::new();
    for folder in folders() {
        let mut resolve = Resolve::default();
        resolve.push_dir(&folder).unwrap();
        for (id, _) in resolve.interfaces.iter() {
            let Some(name) = resolve.id_of(id).filter(|name| !name.starts_with("wasmtime:")) else { continue };
            if seen.insert(name.clone()) {
                each(&resolve, &name, id);
            }
        }
    }
}

#[test]
fn every_function_of_the_host_is_linked_in_both_worlds_and_has_its_bound() {
    let (sync, concurrent) = (Worlds::new(EngineKind::Sync), Worlds::new(EngineKind::Async));
    let mut found = BTreeMap::new();
    each_interface(|resolve, name, id| {
        let is_provided = !OF_THE_GUEST.contains(&name);
        let interface = provided_interface(name);
        let functions = functions(resolve, &resolve.interfaces[id]);
        for (function, signature) in &functions {
            let component = importing(resolve, name, &Functions::from([(function.clone(), signature.clone())]));
            let linked = concurrent.link(&component);
            assert_eq!(linked.is_ok(), is_provided, "{name}#{function}: {linked:?}");
            if interface.is_some_and(|interface| !interface.needs_async()) {
                sync.link(&component).unwrap_or_else(|error| panic!("{name}#{function}: {error}"));
            }
        }
        if is_provided && !functions.is_empty() {
            found.insert(name.to_owned(), functions.into_keys().collect::<BTreeSet<_>>());
        }
    });
    let mut bounded = BTreeMap::new();
    for (interface, rows) in table() {
        let names = rows.iter().flat_map(|row| row.functions).map(|name| (*name).to_owned());
        let count = names.clone().count();
        let names: BTreeSet<_> = names.collect();
        assert_eq!(names.len(), count, "{interface} names a function twice");
        assert!(bounded.insert(interface.to_owned(), names).is_none(), "{interface} is there twice");
    }
    for (interface, functions) in &found {
        assert_eq!(bounded.get(interface), Some(functions), "{interface}");
    }
    assert_eq!(bounded.len(), found.len(), "the table has an interface that there is not");
}

#[test]
fn what_is_provided_is_what_the_linker_has() {
    let expected = provided();
    let missing: Vec<_> = expected.lines().filter(|line| !PROVIDED_TABLE.lines().any(|other| other == *line)).collect();
    assert!(expected == PROVIDED_TABLE, "{PROVIDED} lacks {missing:#?}: write it anew, as this file's header tells");
}

#[test]
#[ignore = "it writes into the sources: run it by name when the linker has changed"]
fn write_what_is_provided() {
    std::fs::write(root().join(PROVIDED), provided()).unwrap();
}

/// Returns, for each interface that the host provides, the imports of a component that imports all of it.
fn provided() -> String {
    let mut interfaces = BTreeMap::new();
    each_interface(|resolve, name, id| {
        let functions = functions(resolve, &resolve.interfaces[id]);
        if !OF_THE_GUEST.contains(&name) && !functions.is_empty() {
            let table = provided_table(&importing(resolve, name, &functions)).unwrap();
            // The interfaces of the types that it uses are there as well, in part.
            let of_this =
                table.lines().skip_while(|line| *line != name).skip(1).take_while(|line| line.starts_with(' '));
            interfaces.insert(name.to_owned(), of_this.map(|line| format!("{line}\n")).collect::<String>());
        }
    });
    let interface = |(name, items)| format!("{name}\n{items}");
    PROVIDED_HEAD.to_owned() + &interfaces.into_iter().map(interface).collect::<String>()
}

#[test]
fn the_page_says_what_the_table_says() {
    let page = std::fs::read_to_string(root().join(PAGE)).unwrap();
    assert!(page == written(), "{PAGE} is not what the table says: write it anew, as this file's header tells");
}

#[test]
#[ignore = "it writes into the sources: run it by name when the table has changed"]
fn write_the_page_of_host_functions() {
    std::fs::create_dir_all(root().join("docs")).unwrap();
    std::fs::write(root().join(PAGE), written()).unwrap();
}

/// Generates the page.
fn written() -> String {
    let mut page = HEAD.to_owned();
    for (interface, rows) in table() {
        write!(page, "\n## `{interface}`\n\n| functions | the host keeps | fuel | comes back |\n|---|---|---|---|\n")
            .unwrap();
        for Row { keeps, fuel, ends, functions } in rows {
            let names: Vec<_> = functions.iter().map(|name| format!("`{}`", shown(name))).collect();
            writeln!(page, "| {} | {} | {} | {} |", names.join(", "), keeps.words(), fuel.words(), ends.words())
                .unwrap();
        }
    }
    page
}

/// Returns a name without the brackets of the component model.
fn shown(name: &str) -> String {
    for (start, kind) in [("[resource]", "resource "), ("[constructor]", "new "), ("[method]", ""), ("[static]", "")] {
        if let Some(rest) = name.strip_prefix(start) {
            return format!("{kind}{rest}");
        }
    }
    name.to_owned()
}

const HEAD: &str = "\
# Host functions

Every function that a component can import and the host provides, with what bounds it. A test links a component for each
of them, in both worlds, compares the list with the WIT of the engine's crates and of `wit/`, and makes this page: see
`host/sandbox/src/tests/functions`.

- **The host keeps** what the call leaves in the host's memory, beside that of the guest. It is charged to the account of
  the run (`host-memory-mib`) unless the row says otherwise. What a call is handed and gives back is bounded by
  `host-call-mib` while it lasts. How many entries there are is bounded by `handles`.
- **Fuel** is what is taken of the run's fuel for the work of the host. *The call's* is what the engine takes for any call.
- **Comes back**: *at once* is after one pass over what the call was handed or asked for, and never later. What waits is
  ended by the time limit of the run.

An import that is not here is linked to a refusal: it traps when it is called, and keeps nothing but the denial.
";

/// Every word of the table is used, so that none outlives its reason.
#[test]
fn no_bound_is_there_for_nothing() {
    let rows = || table().flat_map(|(_, rows)| rows);
    let keeps: BTreeSet<Keeps> = rows().map(|row| row.keeps).collect();
    let fuel: BTreeSet<Fuel> = rows().map(|row| row.fuel).collect();
    let ends: BTreeSet<Ends> = rows().map(|row| row.ends).collect();
    assert_eq!((keeps.len(), fuel.len(), ends.len()), (18, 3, 3));
}
