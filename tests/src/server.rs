//! Servers that play the outside world: each listens on a separate port of a loopback address until the test ends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A server, and the number of its connections.
pub struct Server {
    /// Address that it listens on.
    pub address: SocketAddr,
    connections: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
}

impl Server {
    /// Calls `serve` for each connection, in a new thread.
    #[must_use]
    pub fn on(address: &str, serve: impl Fn(TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (connections, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (counted, done, serve) = (Arc::clone(&connections), Arc::clone(&ended), Arc::new(serve));
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
                let (serve, done) = (Arc::clone(&serve), Arc::clone(&done));
                std::thread::spawn(move || {
                    // A guest that is stopped closes its connection early.
                    let _ = serve(connection.unwrap());
                    done.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        Self { address, connections, ended }
    }

    /// Answers each HTTP request with the text that `answer` returns for its first line.
    #[must_use]
    pub fn http(address: &str, answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self::on(address, move |mut stream| {
            let line = head(&stream)?;
            stream.write_all(answer(&line).as_bytes())
        })
    }

    /// Answers each HTTP request with a body that repeats the request.
    #[must_use]
    pub fn echo(address: &str) -> Self {
        Self::http(address, ok)
    }

    /// Reads a text to its end, and sends it back.
    #[must_use]
    pub fn tcp_echo(address: &str) -> Self {
        Self::on(address, |mut stream| {
            let mut text = Vec::new();
            stream.read_to_end(&mut text)?;
            stream.write_all(&text)
        })
    }

    /// Accepts connections and sends nothing; each ends when its client leaves.
    #[must_use]
    pub fn silent(address: &str) -> Self {
        Self::on(address, |mut stream| stream.read_to_end(&mut Vec::new()).map(drop))
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// A URL of this server, under the name or address `host`.
    #[must_use]
    pub fn url(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port())
    }

    /// Number of connections so far.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Expects `expected` connections. The server may not have accepted a client's connection yet.
    #[track_caller]
    pub fn has_connections(&self, expected: usize) {
        crate::until_it_holds("a connection", || self.connections() >= expected);
        assert_eq!(self.connections(), expected);
    }

    /// Expects that all connections have ended or will end soon.
    #[track_caller]
    pub fn is_left_alone(&self) {
        crate::until_it_holds("the end of all connections", || self.ended.load(Ordering::SeqCst) == self.connections());
    }
}

/// Returns an answer with this body.
#[must_use]
pub fn ok(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

/// Reads a request's head, and returns its first line and its `Host`.
///
/// # Errors
///
/// Returns an error of the connection.
pub fn head(stream: &TcpStream) -> std::io::Result<String> {
    let mut lines = BufReader::new(stream).lines();
    let mut first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    for line in lines {
        let line = line?;
        if line.is_empty() {
            break;
        }
        if let Some(host) = line.to_ascii_lowercase().strip_prefix("host: ") {
            first = format!("{first} {host}");
        }
    }
    Ok(first)
}
