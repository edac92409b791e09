//! `#[tasks]`: collects what the functions of an implementation declare.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;
use syn::{Error, Ident, ImplItem, ImplItemFn, ItemImpl, Path, Result};

use crate::component::label;
use crate::declaration::Declaration;

/// Whatever is wrong, the implementation is still there, and declares what it can: one mistake is one error, and an editor
/// that was shown nothing could not help to mend it.
pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    let mut implementation: ItemImpl = match syn::parse2(item.clone()) {
        Ok(implementation) => implementation,
        Err(error) => {
            let error = error.into_compile_error();
            return quote!(#item #error);
        }
    };
    let mut problems = Vec::new();
    if !arguments.is_empty() {
        problems.push(Error::new_spanned(arguments, "declarations stand at the functions: `#[larder::tasks]`"));
    }
    let mut tasks = Vec::new();
    for item in &mut implementation.items {
        if let ImplItem::Fn(function) = item {
            match declared_task(function) {
                Ok(task) => tasks.extend(task),
                Err(problem) => problems.push(problem),
            }
        }
    }
    let declared = match interface(&implementation) {
        Ok(interface) => declared(&interface, &implementation, &tasks),
        Err(problem) => problem.into_compile_error(),
    };
    let problems = problems.into_iter().map(Error::into_compile_error);
    quote!(#implementation #declared #(#problems)*)
}

fn declared(interface: &Ident, implementation: &ItemImpl, tasks: &[TokenStream]) -> TokenStream {
    let component = &implementation.self_ty;
    let prefix = if tasks.is_empty() { quote!(_) } else { quote!(prefix) };
    quote! {
        impl crate::tasks_of_component::#interface for #component {
            fn declared(#prefix: &str) -> ::std::vec::Vec<crate::bindings::exports::larder::task::manifest::Task> {
                #[allow(unused_imports, reason = "what a declaration may name")]
                use crate::bindings::exports::larder::task::manifest::{
                    self, Access, Access::*, Cache, Capability, Capability::*, Directory, HttpRequests, Resources,
                    Scope, Scope::*, Size, Size::*, Task, TcpConnections, Version, Version::*,
                };
                ::std::vec::Vec::from([#(#tasks),*])
            }
        }
    }
}

/// The interface that `impl my::tools::text::Guest for Component` is about; `Guest`, where it is the world.
fn interface(implementation: &ItemImpl) -> Result<Ident> {
    let wrong = "`#[larder::tasks]` belongs above `impl INTERFACE::Guest for Component`";
    let Some((None, path, _)) = &implementation.trait_ else {
        return Err(Error::new_spanned(&implementation.self_ty, wrong));
    };
    let mut names = path.segments.iter().rev().map(|segment| &segment.ident);
    match (names.next(), names.next()) {
        (Some(guest), interface) if guest == "Guest" => Ok(interface.unwrap_or(guest).clone()),
        _ => Err(Error::new_spanned(path, wrong)),
    }
}

/// The entry of the manifest for a function, if it declares anything; the declaration is taken away.
fn declared_task(function: &mut ImplItemFn) -> Result<Option<TokenStream>> {
    let (declarations, others): (Vec<_>, Vec<_>) =
        std::mem::take(&mut function.attrs).into_iter().partition(|attribute| kind(attribute.path()).is_some());
    function.attrs = others;
    let mut declarations = declarations.iter();
    let Some(declaration) = declarations.next() else { return Ok(None) };
    if let Some(second) = declarations.next() {
        return Err(Error::new_spanned(second, "a task is declared once"));
    }
    let entry = match kind(declaration.path()) {
        Some(Kind::Cached) => Declaration::cached(declaration)?,
        Some(Kind::Uncached) | None => Declaration::uncached(declaration)?,
    };
    let name = format!("#{}", label(&function.sig.ident));
    let conditions = function.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
    let entry = entry.entry(&quote!([prefix, #name].concat()));
    Ok(Some(quote!(#(#conditions)* #entry)))
}

enum Kind {
    Cached,
    Uncached,
}

/// `cached_task` and `task`, with or without `larder::` before it.
fn kind(path: &Path) -> Option<Kind> {
    let mut names = path.segments.iter().map(|segment| segment.ident.unraw());
    let (mut name, next) = (names.next()?, names.next());
    if let Some(next) = next {
        if name != "larder" || names.next().is_some() {
            return None;
        }
        name = next;
    }
    if name == "cached_task" {
        Some(Kind::Cached)
    } else if name == "task" {
        Some(Kind::Uncached)
    } else {
        None
    }
}
