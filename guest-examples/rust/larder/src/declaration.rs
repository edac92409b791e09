//! What stands in the parentheses of `#[cached_task(…)]` and `#[task(…)]`, and the entry of the manifest that it makes.
//!
//! The values are left to the compiler, which knows the types of the manifest and says what does not fit where it stands.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Attribute, Error, Expr, Ident, Lit, Meta, Result, Token};

/// What a function declares, each part as an expression of the type that the manifest has for it.
#[derive(Default)]
pub(crate) struct Declaration {
    version: Option<TokenStream>,
    scope: Option<Expr>,
    cache_errors: Option<Expr>,
    size: Option<Expr>,
    timeout_seconds: Option<Expr>,
    needs: Option<Expr>,
    file_names: Option<Expr>,
}

const CACHED: &str = "`size`, `scope`, `cache_errors`, `timeout_seconds` and `file_names`";
const UNCACHED: &str = "`size`, `timeout_seconds`, `file_names` and `needs`";

impl Declaration {
    pub(crate) fn cached(attribute: &Attribute) -> Result<Self> {
        let no_version =
            "declare a version: `#[cached_task(\"1\")]`, or `#[cached_task(pinned)]` for exactly this code";
        let Meta::List(list) = &attribute.meta else { return Err(Error::new_spanned(attribute, no_version)) };
        let parse = |input: ParseStream<'_>| {
            if input.is_empty() || input.peek2(Token![=]) {
                return Err(Error::new_spanned(attribute, no_version));
            }
            let version: Expr = input.parse()?;
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
            Ok((version, Punctuated::<Setting, Token![,]>::parse_terminated(input)?))
        };
        let (version, settings) = parse.parse2(list.tokens.clone())?;
        let mut declaration = Self { version: Some(version_of(version)?), ..Self::default() };
        for setting in settings {
            match setting.name.to_string().as_str() {
                "scope" => setting.put_into(&mut declaration.scope)?,
                "cache_errors" => setting.put_into(&mut declaration.cache_errors)?,
                "needs" => {
                    let problem = "a cached task can need nothing: its result would depend on what is not in its key";
                    return Err(Error::new(setting.name.span(), problem));
                }
                _ => declaration.put(setting, CACHED)?,
            }
        }
        Ok(declaration)
    }

    pub(crate) fn uncached(attribute: &Attribute) -> Result<Self> {
        let mut declaration = Self::default();
        let settings = match &attribute.meta {
            Meta::Path(_) => Punctuated::new(),
            Meta::List(list) => list.parse_args_with(Punctuated::<Setting, Token![,]>::parse_terminated)?,
            Meta::NameValue(value) => return Err(Error::new_spanned(value, "write `#[task(size = Large)]`")),
        };
        for setting in settings {
            match setting.name.to_string().as_str() {
                "needs" => setting.put_into(&mut declaration.needs)?,
                "scope" | "cache_errors" => {
                    let problem = format!("`{}` is of the cache: `#[cached_task(\"1\", …)]`", setting.name);
                    return Err(Error::new(setting.name.span(), problem));
                }
                _ => declaration.put(setting, UNCACHED)?,
            }
        }
        Ok(declaration)
    }

    /// What cached and other tasks both declare.
    fn put(&mut self, setting: Setting, known: &str) -> Result<()> {
        match setting.name.to_string().as_str() {
            "size" => setting.put_into(&mut self.size),
            "timeout_seconds" => setting.put_into(&mut self.timeout_seconds),
            "file_names" => setting.put_into(&mut self.file_names),
            name => Err(Error::new(setting.name.span(), format!("`{name}` is none of {known}"))),
        }
    }

    /// The entry for the task with the name that the expression `name` gives.
    pub(crate) fn entry(self, name: &TokenStream) -> TokenStream {
        let Self { version, scope, cache_errors, size, timeout_seconds, needs, file_names } = self;
        let or = |value: Option<Expr>, default| value.map_or(default, |value| value.into_token_stream());
        let scope = or(scope, quote!(Account));
        let cache_errors = or(cache_errors, quote!(false));
        let cache = match version {
            Some(version) => quote! {
                ::core::option::Option::Some(Cache { version: #version, scope: #scope, cache_errors: #cache_errors })
            },
            None => quote!(::core::option::Option::None),
        };
        let size = or(size, quote!(Small));
        let timeout_seconds = match timeout_seconds {
            Some(seconds) => quote!(::core::option::Option::Some(#seconds)),
            None => quote!(::core::option::Option::None),
        };
        let needs = or(needs, quote!([]));
        let file_names = or(file_names, quote!(false));
        quote! {
            Task {
                name: #name,
                size: #size,
                cache: #cache,
                timeout_seconds: #timeout_seconds,
                needs: ::std::vec::Vec::<Capability>::from(#needs),
                file_names: #file_names,
            }
        }
    }
}

fn version_of(version: Expr) -> Result<TokenStream> {
    match &version {
        Expr::Path(path) if path.path.is_ident("pinned") => Ok(quote!(Pinned)),
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) if !text.value().is_empty() => Ok(quote!(Declared(::std::string::String::from(#text)))),
            _ => Err(Error::new_spanned(&version, "a version is a text that is not empty, such as `\"1\"`")),
        },
        _ => Ok(quote!(Declared(::std::string::String::from(#version)))),
    }
}

/// `name = value`, or `name` alone for one that is `true`.
struct Setting {
    name: Ident,
    value: Expr,
}

impl Setting {
    fn put_into(self, place: &mut Option<Expr>) -> Result<()> {
        match place.replace(self.value) {
            None => Ok(()),
            Some(_) => Err(Error::new(self.name.span(), format!("`{}` is there twice", self.name))),
        }
    }
}

impl Parse for Setting {
    fn parse(input: ParseStream<'_>) -> Result<Self> {
        let name: Ident = input.parse()?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            input.parse()?
        } else {
            syn::parse_quote!(true)
        };
        Ok(Self { name, value })
    }
}
