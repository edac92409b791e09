//! Uses sockets by way of the standard library; the host decides which of them it gets.

use std::fmt::Display;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream, ToSocketAddrs as _, UdpSocket};

use testing_guests::declared;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        generate_all,
        inline: r#"
            package testing:connect@0.1.0;

            /// An `err` is the error's text.
            interface connect {
                /// Connects, sends a text, and answers with everything that comes back.
                exchange: func(host: string, port: u16, text: string) -> result<string, string>;
                /// The addresses of a name.
                addresses: func(name: string) -> result<list<string>, string>;
                /// Looks a name up, then connects to an address, whether or not it belongs to the name.
                detour: func(name: string, address: string, port: u16) -> result<_, string>;
                /// Waits for connections at an address and port.
                listen: func(address: string) -> result<_, string>;
                /// Binds a UDP socket.
                datagrams: func(address: string) -> result<_, string>;
                /// How many sockets it can hold at once, of so many.
                hoard: func(address: string, sockets: u32) -> u32;
            }

            world connecting {
                include larder:task/task@0.1.0;
                export connect;
            }
        "#,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
use bindings::exports::testing::connect::connect::Guest;

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        let kept = |task: Task| Task { cache: task.cache.map(|cache| Cache { cache_errors: true, ..cache }), ..task };
        vec![
            kept(declared!("connect#exchange")),
            kept(declared!("connect#addresses")),
            kept(declared!("connect#listen")),
            kept(declared!("connect#datagrams")),
        ]
    }
}

impl Guest for Component {
    fn exchange(host: String, port: u16, text: String) -> Result<String, String> {
        let mut stream = TcpStream::connect((host.as_str(), port)).map_err(words)?;
        stream.write_all(text.as_bytes()).map_err(words)?;
        stream.shutdown(Shutdown::Write).map_err(words)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(words)?;
        Ok(answer)
    }

    fn addresses(name: String) -> Result<Vec<String>, String> {
        let addresses = (name.as_str(), 9).to_socket_addrs().map_err(words)?;
        Ok(addresses.map(|address| address.ip().to_string()).collect())
    }

    fn detour(name: String, address: String, port: u16) -> Result<(), String> {
        let _ = (name.as_str(), port).to_socket_addrs().map_err(words)?;
        TcpStream::connect((address.as_str(), port)).map(drop).map_err(words)
    }

    fn listen(address: String) -> Result<(), String> {
        TcpListener::bind(address).map(drop).map_err(words)
    }

    fn datagrams(address: String) -> Result<(), String> {
        UdpSocket::bind(address).map(drop).map_err(words)
    }

    fn hoard(address: String, sockets: u32) -> u32 {
        let held: Vec<_> = (0..sockets).map_while(|_| TcpStream::connect(&address).ok()).collect();
        held.len() as u32
    }
}

fn words(error: impl Display) -> String {
    error.to_string()
}
