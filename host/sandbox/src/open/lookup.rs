//! Name look-ups in the open world: `wasi:sockets/ip-name-lookup`, in both generations.
//!
//! It replaces wasmtime's, which allows every name or none, and does not report which name an address came from.

use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;

use wasmtime::component::{Accessor, HasData, Linker, Resource, ResourceTable};
use wasmtime_wasi::async_trait;
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{self as p2, Host, HostResolveAddressStream};
use wasmtime_wasi::p2::bindings::sockets::ip_name_lookup::{
    IpAddress, Network as NetworkResource, ResolveAddressStream,
};
use wasmtime_wasi::p2::bindings::sockets::network::ErrorCode;
use wasmtime_wasi::p2::{DynPollable, Pollable, SocketError, SocketResult, subscribe};
use wasmtime_wasi::p3::bindings::sockets::ip_name_lookup as p3;
use wasmtime_wasi::runtime::{AbortOnDropJoinHandle, poll_noop, spawn};

use super::network::{Network, NoAnswer};
use crate::engine::EngineKind;
use crate::refused::socket_errors;

/// Links the interface.
pub(crate) fn add_lookups<T: Send + 'static>(
    l: &mut Linker<T>,
    kind: EngineKind,
    view: fn(&mut T) -> LookupView<'_>,
) -> wasmtime::Result<()> {
    p2::add_to_linker::<_, Lookups>(l, view)?;
    if kind == EngineKind::Async {
        p3::add_to_linker::<_, Lookups>(l, view)?;
    }
    Ok(())
}

/// Names [`LookupView`] to the linker.
struct Lookups;

impl HasData for Lookups {
    type Data<'a> = LookupView<'a>;
}

/// The part of a run that the functions of the interface see.
pub(crate) struct LookupView<'a> {
    pub(crate) network: &'a Arc<Network>,
    pub(crate) table: &'a mut ResourceTable,
}

/// A look-up that was started, and then its answer, one address after the other. In the table it stands for the
/// guest's `resolve-address-stream`.
enum Lookup {
    Started(AbortOnDropJoinHandle<Result<Vec<IpAddr>, NoAnswer>>),
    Answered(Result<std::vec::IntoIter<IpAddr>, NoAnswer>),
}

impl Lookup {
    fn answer(&mut self, answer: Result<Vec<IpAddr>, NoAnswer>) {
        *self = Self::Answered(answer.map(Vec::into_iter));
    }
}

#[async_trait]
impl Pollable for Lookup {
    async fn ready(&mut self) {
        if let Self::Started(lookup) = self {
            let answer = lookup.await;
            self.answer(answer);
        }
    }
}

/// Converts a handle. The resource's type names wasmtime's own stream, which only wasmtime can make; the number is
/// that of a [`Lookup`].
fn lookup(stream: &Resource<ResolveAddressStream>) -> Resource<Lookup> {
    Resource::new_borrow(stream.rep())
}

socket_errors!(LookupView<'_>);

impl Host for LookupView<'_> {
    fn resolve_addresses(
        &mut self,
        network: Resource<NetworkResource>,
        name: String,
    ) -> SocketResult<Resource<ResolveAddressStream>> {
        self.table.get(&network)?;
        let name = possible(name).map_err(p2_code)?;
        let network = Arc::clone(self.network);
        let lookup = Lookup::Started(spawn(async move { network.look_up(&name).await }));
        Ok(Resource::new_own(self.table.push(lookup)?.rep()))
    }
}

impl HostResolveAddressStream for LookupView<'_> {
    fn resolve_next_address(&mut self, stream: Resource<ResolveAddressStream>) -> SocketResult<Option<IpAddress>> {
        let lookup = self.table.get_mut(&lookup(&stream))?;
        if let Lookup::Started(started) = lookup
            && let Some(answer) = poll_noop(Pin::new(started))
        {
            lookup.answer(answer);
        }
        match lookup {
            Lookup::Started(_) => Err(ErrorCode::WouldBlock.into()),
            Lookup::Answered(Ok(addresses)) => Ok(addresses.next().map(IpAddress::from)),
            Lookup::Answered(Err(no_answer)) => Err(SocketError::from(p2_code(*no_answer))),
        }
    }

    fn subscribe(&mut self, stream: Resource<ResolveAddressStream>) -> wasmtime::Result<Resource<DynPollable>> {
        subscribe(self.table, lookup(&stream))
    }

    fn drop(&mut self, stream: Resource<ResolveAddressStream>) -> wasmtime::Result<()> {
        self.table.delete(Resource::<Lookup>::new_own(stream.rep()))?;
        Ok(())
    }
}

impl p3::Host for LookupView<'_> {}

impl<T> p3::HostWithStore<T> for Lookups {
    async fn resolve_addresses(
        store: &Accessor<T, Self>,
        name: String,
    ) -> wasmtime::Result<Result<Vec<p3::IpAddress>, p3::ErrorCode>> {
        let network = store.with(|mut view| Arc::clone(view.get().network));
        // Many look-ups may run at one time.
        let name = match possible(name) {
            Ok(name) => name,
            Err(no_answer) => return Ok(Err(p3_code(no_answer))),
        };
        let answer = network.look_up(&name).await;
        Ok(answer.map(|addresses| addresses.into_iter().map(p3::IpAddress::from).collect()).map_err(p3_code))
    }
}

/// Maximum length of a text that is considered as a name: longer than any name in any spelling.
const LONGEST_NAME: usize = 4096;

/// Returns the text if it may be a name. A longer text is not kept for the duration of a look-up.
fn possible(name: String) -> Result<String, NoAnswer> {
    if name.len() > LONGEST_NAME { Err(NoAnswer::NotAName) } else { Ok(name) }
}

fn p2_code(no_answer: NoAnswer) -> ErrorCode {
    match no_answer {
        NoAnswer::Denied => ErrorCode::AccessDenied,
        NoAnswer::NotAName => ErrorCode::InvalidArgument,
        NoAnswer::Unresolvable => ErrorCode::NameUnresolvable,
        NoAnswer::TooMany => ErrorCode::PermanentResolverFailure,
    }
}

fn p3_code(no_answer: NoAnswer) -> p3::ErrorCode {
    match no_answer {
        NoAnswer::Denied => p3::ErrorCode::AccessDenied,
        NoAnswer::NotAName => p3::ErrorCode::InvalidArgument,
        NoAnswer::Unresolvable => p3::ErrorCode::NameUnresolvable,
        NoAnswer::TooMany => p3::ErrorCode::PermanentResolverFailure,
    }
}
