//! One HTTP connection: TCP to a checked address, and TLS with the requested name.

use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Sleep;
use tokio_rustls::TlsConnector;
use wasmtime_wasi_http::Error;

use crate::http::Destination;

/// Stream of a connection, with TLS or without.
pub(super) type Stream = Box<dyn ReadWrite>;

pub(super) trait ReadWrite: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> ReadWrite for S {}

/// Connects to the first of `addresses` that answers. The name in `destination` is not resolved again; it only
/// verifies the server's certificate.
pub(super) async fn open(addresses: &[SocketAddr], destination: &Destination) -> Result<Stream, Error> {
    let tcp = TcpStream::connect(addresses).await.map_err(Error::Connect)?;
    // Browsers do the same: a response must not wait for the acknowledgement of a packet.
    tcp.set_nodelay(true).map_err(Error::Connect)?;
    if destination.tls { secure(tcp, &destination.host, public_roots()?).await } else { Ok(Box::new(tcp)) }
}

async fn secure(tcp: TcpStream, host: &str, config: Arc<ClientConfig>) -> Result<Stream, Error> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let name = match bare.parse::<IpAddr>() {
        Ok(address) => ServerName::from(address),
        Err(_) => ServerName::try_from(bare.to_owned()).map_err(|_| no_such_name())?,
    };
    let stream = TlsConnector::from(config).connect(name, tcp).await.map_err(tls_error)?;
    Ok(Box::new(stream))
}

/// Returns the authorities that Mozilla trusts, as of the build of this program.
fn public_roots() -> Result<Arc<ClientConfig>, Error> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    if let Some(config) = CONFIG.get() {
        return Ok(Arc::clone(config));
    }
    let config = trusting(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect())?;
    Ok(Arc::clone(CONFIG.get_or_init(|| config)))
}

fn trusting(roots: RootCertStore) -> Result<Arc<ClientConfig>, Error> {
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| Error::ConfigurationError)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Returns the guest's error for a name without addresses or an invalid name.
pub(super) fn no_such_name() -> Error {
    Error::DnsError { rcode: Some("address not available".to_owned()), info_code: None }
}

fn tls_error(error: std::io::Error) -> Error {
    match error.get_ref().and_then(|error| error.downcast_ref::<rustls::Error>()) {
        Some(rustls::Error::InvalidCertificate(_)) => Error::TlsCertificateError,
        Some(rustls::Error::AlertReceived(alert)) => {
            Error::TlsAlertReceived { alert_id: Some(u8::from(*alert)), alert_message: Some(format!("{alert:?}")) }
        }
        _ => Error::Tls(error),
    }
}

/// A response's body that fails if no data arrives for too long while the guest waits for it.
pub(super) struct TimedBody {
    incoming: Incoming,
    between_bytes: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl TimedBody {
    pub(super) fn new(incoming: Incoming, between_bytes: Duration) -> Self {
        Self { incoming, between_bytes, waiting: None }
    }
}

impl Body for TimedBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let Self { incoming, between_bytes, waiting } = self.get_mut();
        if let Poll::Ready(frame) = Pin::new(incoming).poll_frame(cx) {
            *waiting = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Error::from)));
        }
        let waiting = waiting.get_or_insert_with(|| Box::pin(tokio::time::sleep(*between_bytes)));
        ready!(waiting.as_mut().poll(cx));
        Poll::Ready(Some(Err(Error::ConnectionReadTimeout)))
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

#[cfg(test)]
mod tests;
