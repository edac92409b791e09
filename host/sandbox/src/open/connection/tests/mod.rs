//! TLS with a test server whose certificate is self-signed and valid until 2126, for `example.com`, `*.example.net`,
//! 127.0.0.1 and ::1 (`openssl req -x509 -newkey ec … -days 36500`).

use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

const CERTIFICATE: &[u8] = include_bytes!("certificate.der");
const KEY: &[u8] = include_bytes!("key.der");

/// Starts a server for one connection, which sends a greeting.
async fn server() -> SocketAddr {
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(CERTIFICATE)], PrivateKeyDer::try_from(KEY).unwrap())
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        if let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(tcp).await {
            stream.write_all(b"hello").await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    address
}

fn roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(CERTIFICATE)).unwrap();
    roots
}

/// Connects to `host` as a client with this trust, and returns what it receives.
async fn hears(host: &str, trust: Arc<ClientConfig>) -> Result<String, Error> {
    let tcp = TcpStream::connect(server().await).await.unwrap();
    let mut stream = secure(tcp, host, trust).await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    Ok(text)
}

#[tokio::test]
async fn a_certificate_must_be_for_the_name_or_the_address_that_was_asked_for() {
    for host in ["example.com", "EXAMPLE.com", "a.example.net", "127.0.0.1", "[::1]"] {
        assert_eq!(hears(host, trusting(roots()).unwrap()).await.unwrap(), "hello", "{host}");
    }
    for host in ["other.test", "a.example.com", "example.net", "a.b.example.net", "127.0.0.2", "[::2]"] {
        let error = hears(host, trusting(roots()).unwrap()).await.unwrap_err();
        assert!(matches!(error, Error::TlsCertificateError), "{host}: {error}");
    }
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let error = hears("example.com", public_roots().unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::TlsCertificateError), "{error}");
}

#[tokio::test]
async fn what_is_no_name_of_a_server_is_refused_before_a_word() {
    let error = hears("not a name", public_roots().unwrap()).await.unwrap_err();
    assert!(matches!(error, Error::DnsError { .. }), "{error}");
}
