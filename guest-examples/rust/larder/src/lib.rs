//! Declares the tasks of a component where they are written.
//!
//! ```ignore
//! larder::component! { world: "my-tools", tasks: [my::tools::text] }
//!
//! #[larder::tasks]
//! impl text::Guest for Component {
//!     #[cached_task("1")]
//!     fn measure(text: String) -> Result<Stats, String> { … }
//!
//!     #[cached_task(pinned, size = Large, scope = Workflow, cache_errors, timeout_seconds = 600)]
//!     fn compare(a: File, b: File) -> Result<File, String> { … }
//!
//!     #[task(needs = [OpenWorld])]
//!     fn now() -> u64 { … }
//!
//!     fn reverse(text: String) -> String { … }
//! }
//! ```
//!
//! [`component!`] is `wit_bindgen::generate!`, and exports the interface `larder:task/manifest` with what the functions
//! declare. A function that declares nothing is a task that is never cached. Whoever would rather write the manifest by
//! hand needs none of this.
//!
//! | in `#[cached_task(…)]` | |
//! |---|---|
//! | `"1"`, or any expression that is a `&str` | results stay good as long as this text is the same |
//! | `pinned` | results are good for exactly this code |
//! | `size = …` | `Small`, `Medium`, `Large`, `SmallGpu`, `LargeGpu`, or `Custom(Resources { … })`; without it `Small` |
//! | `scope = Workflow` | each workflow has results of its own; without it those of an account share them |
//! | `cache_errors` | `err` is a result too |
//! | `timeout_seconds = 60` | a run is stopped after that time |
//! | `file_names` | the names of the files that it is given are inputs as well |
//!
//! `#[task(…)]`, which is not cached, has `size`, `timeout_seconds`, `file_names`, and `needs = […]`, a list of what the
//! manifest calls capabilities. Values are expressions, and the names that the manifest has are in scope in them.
//!
//! Mistakes are errors when the component is built: a task that the WIT does not have, an option that does not exist, an
//! interface whose tasks nobody declares.

mod component;
mod declaration;
mod tasks;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use quote::quote;
use syn::Error;

/// Binds a WIT world, and exports its tasks and its manifest from `Component`.
///
/// `tasks: […]` lists the interfaces whose functions are declared under [`macro@tasks`], each by its path as wit-bindgen
/// has it: `my::tools::text`. `Guest` stands for the functions that the world exports itself; they are named after the
/// package in `Cargo.toml`. Everything else goes to `wit_bindgen::generate!`: `world`, `path` and so on. It belongs into
/// the root of the crate, where the bindings then are in the module `bindings`, and each interface of the list is
/// imported.
#[proc_macro]
pub fn component(input: TokenStream) -> TokenStream {
    component::expand(input.into()).unwrap_or_else(Error::into_compile_error).into()
}

/// Takes the declarations of the functions in `impl INTERFACE::Guest for Component`.
#[proc_macro_attribute]
pub fn tasks(arguments: TokenStream, item: TokenStream) -> TokenStream {
    tasks::expand(arguments.into(), item.into()).into()
}

/// A task whose results are cached, in an `impl` under [`macro@tasks`].
#[proc_macro_attribute]
pub fn cached_task(_: TokenStream, item: TokenStream) -> TokenStream {
    misplaced("cached_task", item)
}

/// A task that declares something and is not cached, in an `impl` under [`macro@tasks`].
#[proc_macro_attribute]
pub fn task(_: TokenStream, item: TokenStream) -> TokenStream {
    misplaced("task", item)
}

/// `tasks` takes these attributes away before they would be asked.
fn misplaced(name: &str, item: TokenStream) -> TokenStream {
    let item = proc_macro2::TokenStream::from(item);
    let problem = format!("`#[{name}]` belongs to a function in an `impl` with `#[larder::tasks]` above it");
    quote! { ::core::compile_error!(#problem); #item }.into()
}
