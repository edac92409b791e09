//! Client for HTTP requests in the open world, for both generations of `wasi:http`. A request is checked by name, then
//! by address, then sent to that address.
//!
//! A redirect is an ordinary response: a guest that follows it makes a new request, which is checked like the first.

use std::sync::Arc;
use std::time::Duration;

use http::{Request, Uri};
use http_body_util::BodyExt as _;
use wasmtime_wasi_http::io::TokioIo;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use super::connection::{self, Stream, TimedBody};
use super::network::Network;
use crate::account::{Account, Hold};
use crate::http::{CHUNK_BYTES, Destination, Driving, Sending};
use crate::weight;

/// Default time limit of each step, as in wasmtime's own client. The run's own time limit mostly ends first.
const PATIENCE: Duration = Duration::from_secs(600);

/// Maximum size of an unread response that a connection holds in the host, in bytes. The head must fit, and no more of
/// the body than that is read from the network.
const BUFFER_BYTES: usize = 64 << 10;

/// The client of one run.
pub(super) struct Client {
    network: Arc<Network>,
    account: Account,
}

impl Client {
    pub(super) fn new(network: Arc<Network>, account: Account) -> Self {
        Self { network, account }
    }
}

impl WasiHttpHooks for Client {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Sending {
        let network = Arc::clone(&self.network);
        match self.account.hold(weight::of_request(&request)) {
            Ok(kept) => Box::new(send(network, request, options.unwrap_or_default(), kept)),
            // The run ends with the refusal, whatever the guest is told.
            Err(_) => Box::new(std::future::ready(Err(Error::HttpRequestDenied))),
        }
    }

    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK_BYTES
    }

    fn p3_outgoing_body_chunk_size(&mut self) -> usize {
        CHUNK_BYTES
    }
}

/// Returns true if `user:password@` precedes the host. A sender must not generate it in a target or in `Host` (RFC
/// 9110, sections 4.2.4 and 7.2), and the engine copies all that the guest wrote into `Host`. Omitting it silently
/// would send a request without what its author intended as a login.
fn has_userinfo(uri: &Uri) -> bool {
    uri.authority().is_some_and(|authority| authority.as_str().contains('@'))
}

async fn send(
    network: Arc<Network>,
    mut request: Request<WasiBody>,
    options: RequestOptions,
    kept: Hold,
) -> Result<(http::Response<WasiBody>, Driving), Error> {
    if has_userinfo(request.uri()) {
        return Err(Error::HttpRequestUriInvalid);
    }
    let destination = Destination::of(&request);
    let connecting = connect(&network, &destination);
    let connect_timeout = options.connect_timeout.unwrap_or(PATIENCE);
    let (place, stream) =
        tokio::time::timeout(connect_timeout, connecting).await.map_err(|_| Error::ConnectionTimeout)??;
    let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
        .max_buf_size(BUFFER_BYTES)
        .handshake::<_, WasiBody>(TokioIo::new(stream))
        .await?;
    let mut connection = Box::pin(connection);

    // The server gets the path alone; scheme and authority are for proxies.
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = path.map_or_else(Uri::default, Uri::from);
    let first_byte_timeout = options.first_byte_timeout.unwrap_or(PATIENCE);
    let mut ended = false;
    let response = {
        let sending = tokio::time::timeout(first_byte_timeout, sender.send_request(request));
        tokio::pin!(sending);
        tokio::select! {
            biased;
            response = &mut sending => response,
            end = &mut connection => {
                ended = true;
                end?;
                sending.await
            }
        }
    };
    let response = response.map_err(|_| Error::ConnectionReadTimeout)??;
    let between_bytes = options.between_bytes_timeout.unwrap_or(PATIENCE);
    let response = response.map(|body| TimedBody::new(body, between_bytes).boxed_unsync());
    let driving = async move {
        // When the connection is closed, its slot is free again, and the hold for the request is released.
        let _place = (place, kept);
        if ended { Ok(()) } else { connection.await.map_err(Error::from) }
    };
    Ok((response, Box::new(driving)))
}

/// Connects to one of the addresses that the request may go to.
async fn connect(
    network: &Network,
    destination: &Destination,
) -> Result<(Option<tokio::sync::OwnedSemaphorePermit>, Stream), Error> {
    let addresses = network.resolve_for(destination).await.map_err(|_| connection::no_such_name())?;
    let addresses = addresses.ok_or(Error::HttpRequestDenied)?;
    let place = network.place().await;
    let stream = connection::open(&addresses, destination).await?;
    Ok((place, stream))
}
