//! Texts that a `wasi:http` request keeps. Each is noted in the account before the engine's own function keeps it.
//!
//! The engine bounds a set of fields, but not a method, a scheme, an authority or a path. Its functions for those are
//! replaced here by ones that note the length first, and otherwise do the same.

use wasmtime::component::{ComponentType, Lift, Linker, Resource};
use wasmtime_wasi_http::WasiHttpCtxView;
use wasmtime_wasi_http::p2::bindings::http::types as p2;
use wasmtime_wasi_http::p2::types::HostOutgoingRequest;
use wasmtime_wasi_http::p3::Request;
use wasmtime_wasi_http::p3::bindings::http::types as p3;

use super::account::Account;
use super::bets::names::replace;
use super::engine::EngineKind;

/// The interfaces, under the versions by which wasmtime links them.
const TYPES_0_2: &str = "wasi:http/types@0.2.12";
const TYPES_0_3: &str = "wasi:http/types@0.3.0";

/// A function that sets a text of a request.
type Set<R, V> = fn(&mut WasiHttpCtxView<'_>, Resource<R>, V) -> wasmtime::Result<Result<(), ()>>;

/// The part of a run that the functions which set a text see.
pub(super) struct TextsView<'a> {
    pub(super) http: WasiHttpCtxView<'a>,
    /// The account in which the length of a text is noted.
    pub(super) account: &'a Account,
}

/// Function that returns a view of a run.
type ViewOf<T> = fn(&mut T) -> TextsView<'_>;

/// Replaces the functions that set a text.
pub(super) fn add_to_linker<T: 'static>(l: &mut Linker<T>, kind: EngineKind, view: ViewOf<T>) -> wasmtime::Result<()> {
    use p2::HostOutgoingRequest as Host2;
    use p3::HostRequest as Host3;
    let set: Set<HostOutgoingRequest, p2::Method> = |view, request, text| Host2::set_method(view, request, text);
    noting(l, view, [TYPES_0_2, "[method]outgoing-request.set-method"], set)?;
    let set: Set<_, Option<p2::Scheme>> = |view, request, text| Host2::set_scheme(view, request, text);
    noting(l, view, [TYPES_0_2, "[method]outgoing-request.set-scheme"], set)?;
    let set: Set<_, Option<String>> = |view, request, text| Host2::set_authority(view, request, text);
    noting(l, view, [TYPES_0_2, "[method]outgoing-request.set-authority"], set)?;
    let set: Set<_, Option<String>> = |view, request, text| Host2::set_path_with_query(view, request, text);
    noting(l, view, [TYPES_0_2, "[method]outgoing-request.set-path-with-query"], set)?;
    if kind == EngineKind::Sync {
        return Ok(());
    }
    let set: Set<Request, p3::Method> = |view, request, text| Host3::set_method(view, request, text);
    noting(l, view, [TYPES_0_3, "[method]request.set-method"], set)?;
    let set: Set<_, Option<p3::Scheme>> = |view, request, text| Host3::set_scheme(view, request, text);
    noting(l, view, [TYPES_0_3, "[method]request.set-scheme"], set)?;
    let set: Set<_, Option<String>> = |view, request, text| Host3::set_authority(view, request, text);
    noting(l, view, [TYPES_0_3, "[method]request.set-authority"], set)?;
    let set: Set<_, Option<String>> = |view, request, text| Host3::set_path_with_query(view, request, text);
    noting(l, view, [TYPES_0_3, "[method]request.set-path-with-query"], set)
}

/// Makes `function` note the length of its text before it sets the text.
fn noting<T: 'static, R: 'static, V: ComponentType + Lift + Length + Send + Sync + 'static>(
    l: &mut Linker<T>,
    view: ViewOf<T>,
    [interface, function]: [&str; 2],
    set: Set<R, V>,
) -> wasmtime::Result<()> {
    replace(l, interface, function, |l, name| {
        l.func_wrap(name, move |mut store, (request, text): (Resource<R>, V)| {
            let TextsView { mut http, account } = view(store.data_mut());
            account.note(text.length());
            Ok((set(&mut http, request, text)?,))
        })
    })
}

/// Length of a text that may be one of the interface's own words.
trait Length {
    fn length(&self) -> usize;
}

impl Length for Option<String> {
    fn length(&self) -> usize {
        self.as_deref().map_or(0, str::len)
    }
}

macro_rules! words {
    ($($types:ident)*) => {$(
        impl Length for $types::Method {
            fn length(&self) -> usize {
                if let Self::Other(name) = self { name.len() } else { 0 }
            }
        }

        impl Length for Option<$types::Scheme> {
            fn length(&self) -> usize {
                if let Some($types::Scheme::Other(name)) = self { name.len() } else { 0 }
            }
        }
    )*};
}

words! { p2 p3 }
