//! Components in C: bindings of a WIT world, and a component of the module that a compiler made with them.
//!
//! It does what `wit-bindgen c` and `wasm-tools component new` do, which would take a machine many minutes to compile.
//! It knows nothing of the guests or of this build script, so that the host can offer it one day.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use wasi_preview1_component_adapter_provider as adapter;
use wit_bindgen_c::Opts;
use wit_bindgen_core::Files;
use wit_bindgen_core::wit_parser::Resolve;
use wit_component::ComponentEncoder;

/// Writes the bindings of `world` into `out_dir`: a header and a source file, and an object file with the world's types,
/// to be linked with the sources that include the header.
///
/// Each of `wit_dirs` holds one package, which may use those before it. `world` is `package:name/world`.
pub(crate) fn bindings(wit_dirs: &[PathBuf], world: &str, out_dir: &Path) -> anyhow::Result<()> {
    let mut resolve = Resolve::default();
    let mut packages = Vec::new();
    for wit in wit_dirs {
        let (package, _) = resolve.push_path(wit)?;
        packages.push(package);
    }
    let world = resolve.select_world(&packages, Some(world))?;
    let mut files = Files::default();
    Opts::default().build().generate(&mut resolve, world, &mut files)?;
    std::fs::create_dir_all(out_dir).with_context(|| format!("{} cannot be made", out_dir.display()))?;
    for (name, content) in files.iter() {
        let path = out_dir.join(name);
        std::fs::write(&path, content).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}

/// The component that a module of the target `wasm32-wasi` makes, linked with the bindings of its world as a reactor:
/// what its C library asks of WASI 0.1, it then asks of WASI 0.2.
pub(crate) fn componentize(core_module: &[u8]) -> anyhow::Result<Vec<u8>> {
    ComponentEncoder::default()
        .module(core_module)?
        .adapter(adapter::WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, adapter::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)?
        .encode()
}
