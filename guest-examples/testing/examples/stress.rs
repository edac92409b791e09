//! A random sequence of calls of the host, each as large as it likes and most of them kept: what a host bounds, something
//! here tries to exceed.

use std::any::Any;
use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};

use testing_guests::{Numbers, symlink};
use wasip2::clocks::monotonic_clock::subscribe_duration;
use wasip2::http::outgoing_handler::handle;
use wasip2::http::types::{Fields, Method, OutgoingBody, OutgoingRequest, OutgoingResponse, RequestOptions, Scheme};
use wasip2::io::poll::poll;
use wasip2::random::random::get_random_bytes;
use wasip2::sockets::instance_network::instance_network;
use wasip2::sockets::ip_name_lookup::resolve_addresses;
use wasip2::sockets::network::IpAddressFamily;
use wasip2::sockets::tcp_create_socket::create_tcp_socket;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Component;

    wit_bindgen::generate!({
        path: "../../wit",
        generate_all,
        inline: r#"
            package testing:stress@0.1.0;

            interface stress {
                /// So many calls, chosen by the seed; answers with how many there were.
                wild: func(seed: u64, calls: u32) -> u32;
                /// One kind of call, so often, each of so many bytes.
                only: func(kind: u32, bytes: u32, calls: u32) -> u32;
                /// So many links, and a handle on the folder with them taken so often; each is shown too, or not.
                hoard-directories: func(links: u32, handles: u32, show: bool) -> u32;
                /// So many requests with large texts, one after the other.
                churn: func(calls: u32) -> u32;
                /// A list of records, as long as asked.
                records: func(count: u32) -> list<row>;
                /// A list of sets of flags, as long as asked.
                flagged: func(count: u32) -> list<option<marks>>;

                record row { a: u8, b: option<u8>, c: string }
                flags marks { a, b, c, d, e, f, g, h }
            }

            world stressing {
                include larder:task/task@0.1.0;
                export stress;
            }
        "#,
    });
    export!(Component);
}

use bindings::exports::larder::task::manifest::{self, Task};
use bindings::exports::testing::stress::stress::{Guest, Marks, Row};
use bindings::larder::task::files::{Directory, File, Writer};

struct Component;

impl manifest::Guest for Component {
    fn tasks() -> Vec<Task> {
        Vec::new()
    }
}

impl Guest for Component {
    fn wild(seed: u64, calls: u32) -> u32 {
        let mut wild = Wild { numbers: Numbers(seed), kept: Vec::new(), files: Vec::new(), directories: Vec::new() };
        for _ in 0..calls {
            let kind = wild.numbers.below(KINDS);
            let bytes = wild.numbers.size();
            wild.call(kind, bytes);
        }
        calls
    }

    fn only(kind: u32, bytes: u32, calls: u32) -> u32 {
        let mut wild = Wild { numbers: Numbers(1), kept: Vec::new(), files: Vec::new(), directories: Vec::new() };
        for _ in 0..calls {
            wild.call(kind, bytes as usize);
        }
        calls
    }

    fn hoard_directories(links: u32, handles: u32, show: bool) -> u32 {
        for link in 0..links {
            let _ = symlink(&"t".repeat(500), &link.to_string());
        }
        let mut hoard = Vec::new();
        for _ in 0..handles {
            let Ok(directory) = Directory::from_path("/") else { break };
            if show {
                directory.path();
            }
            hoard.push(directory);
        }
        hoard.len() as u32
    }

    fn churn(calls: u32) -> u32 {
        let text = "m".repeat(60_000);
        for _ in 0..calls {
            let request = OutgoingRequest::new(Fields::new());
            let _ = request.set_path_with_query(Some(&text));
            let _ = request.set_method(&Method::Other(text.clone()));
        }
        calls
    }

    fn records(count: u32) -> Vec<Row> {
        (0..count).map(|number| Row { a: number as u8, b: Some(7), c: "x".to_owned() }).collect()
    }

    fn flagged(count: u32) -> Vec<Option<Marks>> {
        let all = Marks::A | Marks::B | Marks::C | Marks::D | Marks::E | Marks::F | Marks::G | Marks::H;
        (0..count).map(|_| Some(all)).collect()
    }
}

/// The kinds of calls that [`Wild::call`] knows.
const KINDS: u32 = 27;

/// What was made so far and is held on to.
struct Wild {
    numbers: Numbers,
    kept: Vec<Box<dyn Any>>,
    files: Vec<File>,
    directories: Vec<Directory>,
}

impl Wild {
    fn keep(&mut self, thing: impl Any) {
        self.kept.push(Box::new(thing));
    }

    /// Whatever comes of it: a host that refuses is what is wanted.
    fn call(&mut self, kind: u32, bytes: usize) {
        match kind {
            0..=9 => self.call_http(kind, bytes),
            10..=17 => self.call_files(kind, bytes),
            18..=22 => self.call_scratch(kind, bytes),
            23 => drop(get_random_bytes(bytes as u64 / 4)),
            24 => {
                let timers: Vec<_> = (0..bytes % 1000).map(|_| subscribe_duration(0)).collect();
                if !timers.is_empty() {
                    poll(&timers.iter().collect::<Vec<_>>());
                }
                self.keep(timers);
            }
            25 => {
                let _ = std::io::stdout().write_all(&vec![b'o'; bytes]);
                let _ = std::io::stderr().write_all(&vec![b'e'; bytes]);
            }
            _ => self.drop_some(),
        }
    }

    fn call_http(&mut self, kind: u32, bytes: usize) {
        let letters = "m".repeat(bytes);
        let request = OutgoingRequest::new(Fields::new());
        match kind {
            0 => _ = request.set_method(&Method::Other(letters)),
            1 => _ = request.set_authority(Some(&letters)),
            2 => _ = request.set_path_with_query(Some(&format!("/{letters}"))),
            3 => _ = request.set_scheme(Some(&Scheme::Other(letters))),
            4 => {
                // What is too much for one set of fields is a trap, and ends the sequence.
                let fields = Fields::new();
                for number in 0..bytes % 200 {
                    let _ = fields.append(&format!("x-{number}"), &letters.as_bytes()[..bytes.min(20)]);
                }
                self.keep(fields.clone());
                self.keep(OutgoingResponse::new(fields));
            }
            5 => {
                let pairs: Vec<_> = (0..bytes % 300).map(|number| (format!("y-{number}"), vec![b'v'; 9])).collect();
                self.keep(Fields::from_list(&pairs).ok());
            }
            6 => {
                if let Ok(body) = request.body() {
                    if let Ok(stream) = body.write() {
                        while let Ok(room @ 1..) = stream.check_write() {
                            if stream.write(&vec![b'b'; room as usize]).is_err() {
                                break;
                            }
                        }
                    }
                    if bytes.is_multiple_of(2) {
                        let _ = OutgoingBody::finish(body, None);
                    } else {
                        self.keep(body);
                    }
                }
            }
            7 => {
                let _ = request.set_authority(Some(&letters));
                let _ = handle(request, Some(RequestOptions::new()));
                return;
            }
            8 => {
                self.keep(resolve_addresses(&instance_network(), &letters));
                self.keep(create_tcp_socket(IpAddressFamily::Ipv4));
            }
            _ => self.keep((0..bytes % 100).map(|_| request.headers()).collect::<Vec<_>>()),
        }
        self.keep(request);
    }

    fn call_files(&mut self, kind: u32, bytes: usize) {
        let content = vec![7; bytes];
        match kind {
            10 => self.files.extend(File::from_bytes("bytes", &content)),
            11 => {
                if let Ok(writer) = Writer::create("written") {
                    let _ = writer.write(&content);
                    if bytes.is_multiple_of(2) {
                        self.files.extend(Writer::finish(writer));
                    } else {
                        self.keep(writer);
                    }
                }
            }
            12 => self.directories.extend(Directory::from_path("/")),
            13 => drop(self.directories.last().map(Directory::entries)),
            14 => drop(self.directories.last().map(Directory::path)),
            15 => drop(self.files.last().map(File::path)),
            16 => drop(self.files.last().map(|file| file.read(0, bytes as u32))),
            _ => {
                let inner = self.directories.last().map(|directory| directory.open_directory("d"));
                self.directories.extend(inner.and_then(Result::ok));
            }
        }
    }

    fn call_scratch(&mut self, kind: u32, bytes: usize) {
        let number = self.numbers.below(500);
        let name = format!("{}-{number}", "n".repeat(bytes % 240));
        match kind {
            18 => {
                let file = OpenOptions::new().create(true).write(true).truncate(false).open(&name);
                let _ = file.and_then(|mut file| {
                    file.seek(SeekFrom::Start(u64::from(number) << 16))?;
                    file.write_all(&vec![1; bytes])
                });
            }
            19 => {
                for link in 0..bytes % 100 {
                    let _ = symlink(&"t".repeat(1 + bytes % 1023), &format!("{name}-{link}"));
                }
            }
            20 => {
                let _ = fs::create_dir("d");
                let _ = fs::create_dir(format!("d/{name}"));
                let _ = fs::rename(&name, format!("d/{name}"));
            }
            21 => {
                let mut listing = fs::read_dir("/");
                let _first = listing.as_mut().map(Iterator::next);
                self.keep(listing);
            }
            _ => {
                let _ = fs::remove_file(&name);
                self.keep(fs::File::open("/d"));
            }
        }
    }

    /// Half of what is held.
    fn drop_some(&mut self) {
        let half = |length: usize| length / 2;
        self.kept.truncate(half(self.kept.len()));
        self.files.truncate(half(self.files.len()));
        self.directories.truncate(half(self.directories.len()));
    }
}
