//! `component!`: bindings, the type that everything is exported from, and the manifest.

use proc_macro2::{TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Error, Path, Result, Token, bracketed};

pub(crate) fn expand(input: TokenStream) -> Result<TokenStream> {
    let Arguments { tasks, bindgen } = Arguments::parse.parse2(input)?;
    let interfaces: Vec<Interface> = tasks.iter().map(Interface::of).collect::<Result<_>>()?;
    let imports = interfaces.iter().map(|interface| &interface.import);
    let declarers = interfaces.iter().map(Interface::declarer);
    let declared = interfaces.iter().map(Interface::declared);
    Ok(quote! {
        #[allow(missing_docs, unreachable_pub, unsafe_code, reason = "generated")]
        mod bindings {
            use super::Component;

            ::wit_bindgen::generate!({ #bindgen generate_all });
            export!(Component);
        }

        #(use #imports;)*

        /// What the component exports.
        struct Component;

        impl bindings::exports::larder::task::manifest::Guest for Component {
            fn tasks() -> ::std::vec::Vec<bindings::exports::larder::task::manifest::Task> {
                let mut tasks = ::std::vec::Vec::new();
                #(tasks.extend(#declared);)*
                tasks
            }
        }

        /// An interface of `tasks: […]` for each trait, which `#[larder::tasks]` implements.
        #[allow(non_camel_case_types, reason = "they have the names of interfaces")]
        mod tasks_of_component {
            use super::bindings::exports::larder::task::manifest::Task;

            #(#declarers)*
        }
    })
}

/// What is in the parentheses of `component!`.
struct Arguments {
    tasks: Vec<Path>,
    /// The rest, as it stands there, with a comma at the end if there is any.
    bindgen: TokenStream,
}

impl Parse for Arguments {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let (mut tasks, mut bindgen) = (None, TokenStream::new());
        while !input.is_empty() {
            if is_tasks(input) {
                let name = input.call(syn::Ident::parse_any)?;
                input.parse::<Token![:]>()?;
                let list;
                bracketed!(list in input);
                let list = Punctuated::<Path, Token![,]>::parse_terminated(&list)?;
                if tasks.replace(list.into_iter().collect()).is_some() {
                    return Err(Error::new(name.span(), "`tasks` is there twice"));
                }
            } else {
                while !input.is_empty() && !input.peek(Token![,]) {
                    bindgen.extend([input.parse::<TokenTree>()?]);
                }
                bindgen.extend(quote!(,));
            }
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        let tasks = tasks.ok_or_else(|| {
            Error::new(
                input.span(),
                "list the interfaces that have tasks: `component! { world: \"my-tools\", tasks: [my::tools::text] }`",
            )
        })?;
        Ok(Self { tasks, bindgen })
    }
}

fn is_tasks(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    fork.call(syn::Ident::parse_any).is_ok_and(|name| name == "tasks") && fork.peek(Token![:])
}

/// Something whose functions are tasks: an interface, or the world itself.
struct Interface {
    /// The last part of its path.
    name: syn::Ident,
    /// What its functions are named after in the manifest, as an expression.
    prefix: TokenStream,
    /// Where wit-bindgen has it.
    import: TokenStream,
}

impl Interface {
    fn of(path: &Path) -> Result<Self> {
        if path.leading_colon.is_some() || path.segments.iter().any(|segment| !segment.arguments.is_none()) {
            return Err(Error::new_spanned(path, "write the path of an interface: `my::tools::text`"));
        }
        let Some(last) = path.segments.last() else {
            return Err(Error::new_spanned(path, "an interface has a name"));
        };
        let name = last.ident.clone();
        if path.is_ident("Guest") {
            return Ok(Self { name, prefix: quote!(::core::env!("CARGO_PKG_NAME")), import: quote!(bindings::#path) });
        }
        let label = label(&name);
        Ok(Self { name, prefix: quote!(#label), import: quote!(bindings::exports::#path) })
    }

    /// The trait that holds the declarations of its functions.
    fn declarer(&self) -> TokenStream {
        let name = &self.name;
        let of = if self.name == "Guest" { "Guest".to_owned() } else { format!("{}::Guest", self.name) };
        let message = format!("`{}` is among the `tasks` of the component, and nothing declares its tasks", self.name);
        let note = format!("`#[larder::tasks]` belongs above `impl {of} for Component`");
        quote! {
            #[diagnostic::on_unimplemented(message = #message, label = "", note = #note)]
            pub(crate) trait #name {
                fn declared(prefix: &str) -> ::std::vec::Vec<Task>;
            }
        }
    }

    fn declared(&self) -> TokenStream {
        let (name, prefix) = (&self.name, &self.prefix);
        quote!(<Component as tasks_of_component::#name>::declared(#prefix))
    }
}

/// A name as WIT has it. Where Rust has a word for itself, wit-bindgen puts a `_` behind it.
pub(crate) fn label(name: &syn::Ident) -> String {
    name.unraw().to_string().trim_end_matches('_').replace('_', "-")
}
