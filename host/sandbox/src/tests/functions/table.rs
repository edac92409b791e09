//! What bounds each function that the host provides, and one handle of each resource. There is no other case: a function
//! that is missing here fails the test.

/// What the host keeps after a call, beside what the guest holds in its own memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Keeps {
    /// Nothing that was not kept before, or less.
    Nothing,
    /// An entry of the table of resources.
    Entry,
    /// A text of a request.
    Text,
    /// A set of fields.
    Fields,
    /// What a body that the guest writes may have in its channel.
    Body,
    /// An answer that is on its way.
    Answer,
    /// A request while it is sent.
    Sending,
    /// What a stream may have in flight.
    Stream,
    /// What a socket may have in flight.
    Socket,
    /// An error.
    Error,
    /// A node and a name of the scratch folder.
    Node,
    /// A place of bytes on the disk.
    Run,
    /// A directory that was taken of the scratch folder.
    Directory,
    /// Nodes and names under `/files`.
    Shown,
    /// The bytes that a writer has not yet put on the disk.
    Writer,
    /// The head and the tail of what is printed.
    Printed,
    /// A denial.
    Denial,
    /// A name and its addresses, in the open world.
    Lookup,
}

/// What is taken of the run's fuel beside that of the call itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fuel {
    /// Nothing: it does little, whatever it is asked.
    None,
    /// One for each byte that is copied or made, two where it is hashed too.
    Byte,
    /// Some hundred for each entry.
    Entry,
}

/// When it comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ends {
    /// After one pass over what it was given.
    AtOnce,
    /// When what it waits for is there, and with the time limit of the run.
    Waits,
    /// Not at all.
    Never,
}

/// Functions with the same bound.
pub(super) struct Row {
    pub(super) keeps: Keeps,
    pub(super) fuel: Fuel,
    pub(super) ends: Ends,
    /// By the names that a component imports them by; a handle of a resource is `[resource]` and its name.
    pub(super) functions: &'static [&'static str],
}

impl Keeps {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing more",
            Self::Entry => "an entry: 512 bytes",
            Self::Text => "the text: its length",
            Self::Fields => "a set of fields: at most 32 KiB of names and values, and their slots",
            Self::Body => "a body: 64 KiB for its channel and its trailers",
            Self::Answer => "an answer: 128 KiB for its head and what is read ahead",
            Self::Sending => "the request while it is sent, in the open world: all of the above",
            Self::Stream => "what is in flight: nothing in the sealed world, 1 MiB in the open one",
            Self::Socket => "what is in flight: 64 KiB; none in the sealed world",
            Self::Error => "an error: 4 KiB",
            Self::Node => "a node and a name: 480 bytes and their letters, and one of the run's scratch files",
            Self::Run => "48 bytes for each run of blocks; the blocks are scratch storage",
            Self::Directory => "a listing: some 200 bytes an entry and its letters, once for equal directories",
            Self::Shown => "480 bytes and the letters for each entry that is shown",
            Self::Writer => "what is not yet on the disk: at most 4 MiB, of at most 64 writers",
            Self::Printed => "`captured-kib` at each end of each stream, outside the account",
            Self::Denial => "a denial: at most 32 of 300 letters, outside the account",
            Self::Lookup => "at most 10,000 addresses with their names, outside the account; none in the sealed world",
        }
    }
}

impl Fuel {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::None => "the call's",
            Self::Byte => "by the byte",
            Self::Entry => "by the entry",
        }
    }
}

impl Ends {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::AtOnce => "at once",
            Self::Waits => "at the latest with the time limit",
            Self::Never => "the run",
        }
    }
}

use Ends::{AtOnce, Never, Waits};
use Fuel::{Byte, Entry as EntryFuel, None as CallFuel};
use Keeps::{
    Answer, Body, Denial, Directory, Entry, Error, Fields, Lookup, Node, Nothing, Printed, Run, Sending, Shown, Socket,
    Stream, Text, Writer,
};

const fn row(keeps: Keeps, fuel: Fuel, ends: Ends, functions: &'static [&'static str]) -> Row {
    Row { keeps, fuel, ends, functions }
}

/// By interface.
pub(super) const TABLE: &[(&str, &[Row])] = &[
    (
        "larder:task/files@0.1.0",
        &[
            row(
                Entry,
                CallFuel,
                AtOnce,
                &[
                    "[resource]file",
                    "[resource]directory",
                    "[method]directory.open-file",
                    "[method]directory.open-directory",
                ],
            ),
            row(Writer, CallFuel, AtOnce, &["[resource]writer", "[static]writer.create"]),
            row(Writer, Byte, AtOnce, &["[method]writer.write"]),
            row(Entry, Byte, AtOnce, &["[static]file.from-bytes", "[static]writer.finish"]),
            row(Entry, Byte, Waits, &["[static]file.from-path"]),
            row(Directory, EntryFuel, Waits, &["[static]directory.from-path"]),
            row(Shown, EntryFuel, AtOnce, &["[method]file.path", "[method]directory.path"]),
            row(Nothing, Byte, AtOnce, &["[method]file.read"]),
            row(Nothing, EntryFuel, AtOnce, &["[method]directory.entries"]),
            row(
                Nothing,
                CallFuel,
                AtOnce,
                &[
                    "[method]file.name",
                    "[method]file.size",
                    "[method]file.digest",
                    "[method]directory.name",
                    "[method]directory.size",
                    "[method]directory.digest",
                ],
            ),
        ],
    ),
    (
        "wasi:cli/environment@0.2.12",
        &[row(Nothing, CallFuel, AtOnce, &["get-environment", "get-arguments", "initial-cwd"])],
    ),
    ("wasi:cli/exit@0.2.12", &[row(Nothing, CallFuel, Never, &["exit", "exit-with-code"])]),
    ("wasi:cli/stdin@0.2.12", &[row(Stream, CallFuel, AtOnce, &["get-stdin"])]),
    ("wasi:cli/stdout@0.2.12", &[row(Stream, CallFuel, AtOnce, &["get-stdout"])]),
    ("wasi:cli/stderr@0.2.12", &[row(Stream, CallFuel, AtOnce, &["get-stderr"])]),
    ("wasi:cli/terminal-input@0.2.12", &[row(Entry, CallFuel, AtOnce, &["[resource]terminal-input"])]),
    ("wasi:cli/terminal-output@0.2.12", &[row(Entry, CallFuel, AtOnce, &["[resource]terminal-output"])]),
    ("wasi:cli/terminal-stdin@0.2.12", &[row(Entry, CallFuel, AtOnce, &["get-terminal-stdin"])]),
    ("wasi:cli/terminal-stdout@0.2.12", &[row(Entry, CallFuel, AtOnce, &["get-terminal-stdout"])]),
    ("wasi:cli/terminal-stderr@0.2.12", &[row(Entry, CallFuel, AtOnce, &["get-terminal-stderr"])]),
    (
        "wasi:clocks/monotonic-clock@0.2.12",
        &[
            row(Entry, CallFuel, AtOnce, &["subscribe-instant", "subscribe-duration"]),
            row(Nothing, CallFuel, AtOnce, &["now", "resolution"]),
        ],
    ),
    ("wasi:clocks/wall-clock@0.2.12", &[row(Nothing, CallFuel, AtOnce, &["now", "resolution"])]),
    (
        "wasi:filesystem/types@0.2.12",
        &[
            row(Entry, CallFuel, AtOnce, &["[resource]descriptor", "[resource]directory-entry-stream"]),
            row(Entry, CallFuel, AtOnce, &["[method]descriptor.read-directory"]),
            row(
                Stream,
                CallFuel,
                AtOnce,
                &[
                    "[method]descriptor.read-via-stream",
                    "[method]descriptor.write-via-stream",
                    "[method]descriptor.append-via-stream",
                ],
            ),
            row(
                Node,
                CallFuel,
                AtOnce,
                &[
                    "[method]descriptor.create-directory-at",
                    "[method]descriptor.link-at",
                    "[method]descriptor.open-at",
                    "[method]descriptor.rename-at",
                    "[method]descriptor.symlink-at",
                ],
            ),
            row(Run, Byte, AtOnce, &["[method]descriptor.write"]),
            row(Nothing, Byte, AtOnce, &["[method]descriptor.read"]),
            row(
                Nothing,
                CallFuel,
                AtOnce,
                &[
                    "[method]descriptor.advise",
                    "[method]descriptor.sync-data",
                    "[method]descriptor.get-flags",
                    "[method]descriptor.get-type",
                    "[method]descriptor.set-size",
                    "[method]descriptor.set-times",
                    "[method]descriptor.sync",
                    "[method]descriptor.stat",
                    "[method]descriptor.stat-at",
                    "[method]descriptor.set-times-at",
                    "[method]descriptor.readlink-at",
                    "[method]descriptor.remove-directory-at",
                    "[method]descriptor.unlink-file-at",
                    "[method]descriptor.is-same-object",
                    "[method]descriptor.metadata-hash",
                    "[method]descriptor.metadata-hash-at",
                    "[method]directory-entry-stream.read-directory-entry",
                    "filesystem-error-code",
                ],
            ),
        ],
    ),
    ("wasi:filesystem/preopens@0.2.12", &[row(Entry, CallFuel, AtOnce, &["get-directories"])]),
    (
        "wasi:http/types@0.2.12",
        &[
            row(
                Fields,
                CallFuel,
                AtOnce,
                &[
                    "[resource]fields",
                    "[constructor]fields",
                    "[static]fields.from-list",
                    "[method]fields.set",
                    "[method]fields.append",
                    "[method]fields.clone",
                    "[method]incoming-request.headers",
                    "[method]outgoing-request.headers",
                    "[method]incoming-response.headers",
                    "[method]outgoing-response.headers",
                    "[method]future-trailers.get",
                ],
            ),
            row(
                Fields,
                CallFuel,
                AtOnce,
                &[
                    "[resource]outgoing-request",
                    "[constructor]outgoing-request",
                    "[resource]outgoing-response",
                    "[constructor]outgoing-response",
                ],
            ),
            row(
                Text,
                CallFuel,
                AtOnce,
                &[
                    "[method]outgoing-request.set-method",
                    "[method]outgoing-request.set-path-with-query",
                    "[method]outgoing-request.set-scheme",
                    "[method]outgoing-request.set-authority",
                ],
            ),
            row(
                Body,
                CallFuel,
                AtOnce,
                &[
                    "[resource]outgoing-body",
                    "[method]outgoing-request.body",
                    "[method]outgoing-response.body",
                    "[static]outgoing-body.finish",
                ],
            ),
            row(Stream, CallFuel, AtOnce, &["[method]outgoing-body.write", "[method]incoming-body.stream"]),
            row(
                Answer,
                CallFuel,
                AtOnce,
                &[
                    "[resource]incoming-request",
                    "[resource]incoming-response",
                    "[resource]incoming-body",
                    "[resource]future-trailers",
                    "[resource]future-incoming-response",
                    "[method]incoming-request.consume",
                    "[method]incoming-response.consume",
                    "[static]incoming-body.finish",
                    "[method]future-incoming-response.get",
                ],
            ),
            row(
                Entry,
                CallFuel,
                AtOnce,
                &[
                    "[resource]request-options",
                    "[resource]response-outparam",
                    "[constructor]request-options",
                    "[method]future-trailers.subscribe",
                    "[method]future-incoming-response.subscribe",
                ],
            ),
            row(
                Nothing,
                CallFuel,
                AtOnce,
                &[
                    "[method]fields.get",
                    "[method]fields.has",
                    "[method]fields.delete",
                    "[method]fields.entries",
                    "[method]incoming-request.method",
                    "[method]incoming-request.path-with-query",
                    "[method]incoming-request.scheme",
                    "[method]incoming-request.authority",
                    "[method]outgoing-request.method",
                    "[method]outgoing-request.path-with-query",
                    "[method]outgoing-request.scheme",
                    "[method]outgoing-request.authority",
                    "[method]request-options.connect-timeout",
                    "[method]request-options.set-connect-timeout",
                    "[method]request-options.first-byte-timeout",
                    "[method]request-options.set-first-byte-timeout",
                    "[method]request-options.between-bytes-timeout",
                    "[method]request-options.set-between-bytes-timeout",
                    "[static]response-outparam.set",
                    "[method]incoming-response.status",
                    "[method]outgoing-response.status-code",
                    "[method]outgoing-response.set-status-code",
                    "http-error-code",
                ],
            ),
        ],
    ),
    ("wasi:http/outgoing-handler@0.2.12", &[row(Sending, CallFuel, AtOnce, &["handle"])]),
    (
        "wasi:io/error@0.2.12",
        &[
            row(Error, CallFuel, AtOnce, &["[resource]error"]),
            row(Nothing, CallFuel, AtOnce, &["[method]error.to-debug-string"]),
        ],
    ),
    (
        "wasi:io/poll@0.2.12",
        &[
            row(Entry, CallFuel, AtOnce, &["[resource]pollable"]),
            row(Nothing, CallFuel, AtOnce, &["[method]pollable.ready"]),
            row(Nothing, CallFuel, Waits, &["[method]pollable.block", "poll"]),
        ],
    ),
    (
        "wasi:io/streams@0.2.12",
        &[
            row(Stream, CallFuel, AtOnce, &["[resource]input-stream", "[resource]output-stream"]),
            row(Entry, CallFuel, AtOnce, &["[method]input-stream.subscribe", "[method]output-stream.subscribe"]),
            row(Nothing, Byte, AtOnce, &["[method]input-stream.read", "[method]input-stream.skip"]),
            row(Nothing, Byte, Waits, &["[method]input-stream.blocking-read", "[method]input-stream.blocking-skip"]),
            row(
                Run,
                Byte,
                AtOnce,
                &["[method]output-stream.write", "[method]output-stream.write-zeroes", "[method]output-stream.splice"],
            ),
            row(
                Run,
                Byte,
                Waits,
                &[
                    "[method]output-stream.blocking-write-and-flush",
                    "[method]output-stream.blocking-write-zeroes-and-flush",
                    "[method]output-stream.blocking-splice",
                ],
            ),
            row(Nothing, CallFuel, AtOnce, &["[method]output-stream.check-write", "[method]output-stream.flush"]),
            row(Nothing, CallFuel, Waits, &["[method]output-stream.blocking-flush"]),
        ],
    ),
    ("wasi:random/insecure-seed@0.2.12", &[row(Nothing, CallFuel, AtOnce, &["insecure-seed"])]),
    (
        "wasi:random/insecure@0.2.12",
        &[
            row(Nothing, Byte, AtOnce, &["get-insecure-random-bytes"]),
            row(Nothing, CallFuel, AtOnce, &["get-insecure-random-u64"]),
        ],
    ),
    (
        "wasi:random/random@0.2.12",
        &[row(Nothing, Byte, AtOnce, &["get-random-bytes"]), row(Nothing, CallFuel, AtOnce, &["get-random-u64"])],
    ),
    ("wasi:sockets/network@0.2.12", &[row(Entry, CallFuel, AtOnce, &["[resource]network"])]),
    ("wasi:sockets/instance-network@0.2.12", &[row(Entry, CallFuel, AtOnce, &["instance-network"])]),
    (
        "wasi:sockets/ip-name-lookup@0.2.12",
        &[
            row(Lookup, CallFuel, AtOnce, &["[resource]resolve-address-stream", "resolve-addresses"]),
            row(Entry, CallFuel, AtOnce, &["[method]resolve-address-stream.subscribe"]),
            row(Nothing, CallFuel, AtOnce, &["[method]resolve-address-stream.resolve-next-address"]),
        ],
    ),
    (
        "wasi:sockets/tcp@0.2.12",
        &[
            row(Socket, CallFuel, AtOnce, &["[resource]tcp-socket", "[method]tcp-socket.accept"]),
            row(Stream, CallFuel, AtOnce, &["[method]tcp-socket.finish-connect"]),
            row(Entry, CallFuel, AtOnce, &["[method]tcp-socket.subscribe"]),
            row(
                Denial,
                CallFuel,
                AtOnce,
                &[
                    "[method]tcp-socket.start-bind",
                    "[method]tcp-socket.start-connect",
                    "[method]tcp-socket.start-listen",
                ],
            ),
            row(
                Nothing,
                CallFuel,
                AtOnce,
                &[
                    "[method]tcp-socket.finish-bind",
                    "[method]tcp-socket.finish-listen",
                    "[method]tcp-socket.local-address",
                    "[method]tcp-socket.remote-address",
                    "[method]tcp-socket.is-listening",
                    "[method]tcp-socket.address-family",
                    "[method]tcp-socket.set-listen-backlog-size",
                    "[method]tcp-socket.keep-alive-enabled",
                    "[method]tcp-socket.set-keep-alive-enabled",
                    "[method]tcp-socket.keep-alive-idle-time",
                    "[method]tcp-socket.set-keep-alive-idle-time",
                    "[method]tcp-socket.keep-alive-interval",
                    "[method]tcp-socket.set-keep-alive-interval",
                    "[method]tcp-socket.keep-alive-count",
                    "[method]tcp-socket.set-keep-alive-count",
                    "[method]tcp-socket.hop-limit",
                    "[method]tcp-socket.set-hop-limit",
                    "[method]tcp-socket.receive-buffer-size",
                    "[method]tcp-socket.set-receive-buffer-size",
                    "[method]tcp-socket.send-buffer-size",
                    "[method]tcp-socket.set-send-buffer-size",
                    "[method]tcp-socket.shutdown",
                ],
            ),
        ],
    ),
    ("wasi:sockets/tcp-create-socket@0.2.12", &[row(Socket, CallFuel, AtOnce, &["create-tcp-socket"])]),
    (
        "wasi:sockets/udp@0.2.12",
        &[row(
            Denial,
            CallFuel,
            AtOnce,
            &[
                "[resource]udp-socket",
                "[resource]incoming-datagram-stream",
                "[resource]outgoing-datagram-stream",
                "[method]udp-socket.start-bind",
                "[method]udp-socket.finish-bind",
                "[method]udp-socket.stream",
                "[method]udp-socket.local-address",
                "[method]udp-socket.remote-address",
                "[method]udp-socket.address-family",
                "[method]udp-socket.unicast-hop-limit",
                "[method]udp-socket.set-unicast-hop-limit",
                "[method]udp-socket.receive-buffer-size",
                "[method]udp-socket.set-receive-buffer-size",
                "[method]udp-socket.send-buffer-size",
                "[method]udp-socket.set-send-buffer-size",
                "[method]udp-socket.subscribe",
                "[method]incoming-datagram-stream.receive",
                "[method]incoming-datagram-stream.subscribe",
                "[method]outgoing-datagram-stream.check-send",
                "[method]outgoing-datagram-stream.send",
                "[method]outgoing-datagram-stream.subscribe",
            ],
        )],
    ),
    ("wasi:sockets/udp-create-socket@0.2.12", &[row(Denial, CallFuel, AtOnce, &["create-udp-socket"])]),
    (
        "wasi:cli/environment@0.3.0",
        &[row(Nothing, CallFuel, AtOnce, &["get-environment", "get-arguments", "get-initial-cwd"])],
    ),
    ("wasi:cli/exit@0.3.0", &[row(Nothing, CallFuel, Never, &["exit", "exit-with-code"])]),
    ("wasi:cli/stdin@0.3.0", &[row(Nothing, CallFuel, AtOnce, &["read-via-stream"])]),
    ("wasi:cli/stdout@0.3.0", &[row(Printed, CallFuel, Waits, &["write-via-stream"])]),
    ("wasi:cli/stderr@0.3.0", &[row(Printed, CallFuel, Waits, &["write-via-stream"])]),
    ("wasi:cli/terminal-input@0.3.0", &[row(Entry, CallFuel, AtOnce, &["[resource]terminal-input"])]),
    ("wasi:cli/terminal-output@0.3.0", &[row(Entry, CallFuel, AtOnce, &["[resource]terminal-output"])]),
    ("wasi:cli/terminal-stdin@0.3.0", &[row(Entry, CallFuel, AtOnce, &["get-terminal-stdin"])]),
    ("wasi:cli/terminal-stdout@0.3.0", &[row(Entry, CallFuel, AtOnce, &["get-terminal-stdout"])]),
    ("wasi:cli/terminal-stderr@0.3.0", &[row(Entry, CallFuel, AtOnce, &["get-terminal-stderr"])]),
    (
        "wasi:clocks/monotonic-clock@0.3.0",
        &[
            row(Nothing, CallFuel, AtOnce, &["now", "get-resolution"]),
            row(Nothing, CallFuel, Waits, &["wait-until", "wait-for"]),
        ],
    ),
    ("wasi:clocks/system-clock@0.3.0", &[row(Nothing, CallFuel, AtOnce, &["now", "get-resolution"])]),
    (
        "wasi:filesystem/types@0.3.0",
        &[
            row(Entry, CallFuel, AtOnce, &["[resource]descriptor"]),
            row(Stream, Byte, AtOnce, &["[method]descriptor.read-via-stream", "[method]descriptor.read-directory"]),
            row(Run, Byte, Waits, &["[method]descriptor.write-via-stream", "[method]descriptor.append-via-stream"]),
            row(
                Node,
                CallFuel,
                AtOnce,
                &[
                    "[method]descriptor.create-directory-at",
                    "[method]descriptor.link-at",
                    "[method]descriptor.open-at",
                    "[method]descriptor.rename-at",
                    "[method]descriptor.symlink-at",
                ],
            ),
            row(
                Nothing,
                CallFuel,
                AtOnce,
                &[
                    "[method]descriptor.advise",
                    "[method]descriptor.sync-data",
                    "[method]descriptor.get-flags",
                    "[method]descriptor.get-type",
                    "[method]descriptor.set-size",
                    "[method]descriptor.set-times",
                    "[method]descriptor.sync",
                    "[method]descriptor.stat",
                    "[method]descriptor.stat-at",
                    "[method]descriptor.set-times-at",
                    "[method]descriptor.readlink-at",
                    "[method]descriptor.remove-directory-at",
                    "[method]descriptor.unlink-file-at",
                    "[method]descriptor.is-same-object",
                    "[method]descriptor.metadata-hash",
                    "[method]descriptor.metadata-hash-at",
                ],
            ),
        ],
    ),
    ("wasi:filesystem/preopens@0.3.0", &[row(Entry, CallFuel, AtOnce, &["get-directories"])]),
    ("wasi:random/insecure-seed@0.3.0", &[row(Nothing, CallFuel, AtOnce, &["get-insecure-seed"])]),
    (
        "wasi:random/insecure@0.3.0",
        &[
            row(Nothing, Byte, AtOnce, &["get-insecure-random-bytes"]),
            row(Nothing, CallFuel, AtOnce, &["get-insecure-random-u64"]),
        ],
    ),
    (
        "wasi:random/random@0.3.0",
        &[row(Nothing, Byte, AtOnce, &["get-random-bytes"]), row(Nothing, CallFuel, AtOnce, &["get-random-u64"])],
    ),
    (
        "wasi:sockets/types@0.3.0",
        &[
            row(Socket, CallFuel, AtOnce, &["[resource]tcp-socket", "[static]tcp-socket.create"]),
            row(
                Socket,
                CallFuel,
                Waits,
                &["[method]tcp-socket.connect", "[method]tcp-socket.send", "[method]tcp-socket.receive"],
            ),
            row(
                Denial,
                CallFuel,
                AtOnce,
                &[
                    "[method]tcp-socket.bind",
                    "[method]tcp-socket.listen",
                    "[resource]udp-socket",
                    "[static]udp-socket.create",
                    "[method]udp-socket.bind",
                    "[method]udp-socket.connect",
                    "[method]udp-socket.disconnect",
                    "[method]udp-socket.send",
                    "[method]udp-socket.receive",
                    "[method]udp-socket.get-local-address",
                    "[method]udp-socket.get-remote-address",
                    "[method]udp-socket.get-address-family",
                    "[method]udp-socket.get-unicast-hop-limit",
                    "[method]udp-socket.set-unicast-hop-limit",
                    "[method]udp-socket.get-receive-buffer-size",
                    "[method]udp-socket.set-receive-buffer-size",
                    "[method]udp-socket.get-send-buffer-size",
                    "[method]udp-socket.set-send-buffer-size",
                ],
            ),
            row(
                Nothing,
                CallFuel,
                AtOnce,
                &[
                    "[method]tcp-socket.get-local-address",
                    "[method]tcp-socket.get-remote-address",
                    "[method]tcp-socket.get-is-listening",
                    "[method]tcp-socket.get-address-family",
                    "[method]tcp-socket.set-listen-backlog-size",
                    "[method]tcp-socket.get-keep-alive-enabled",
                    "[method]tcp-socket.set-keep-alive-enabled",
                    "[method]tcp-socket.get-keep-alive-idle-time",
                    "[method]tcp-socket.set-keep-alive-idle-time",
                    "[method]tcp-socket.get-keep-alive-interval",
                    "[method]tcp-socket.set-keep-alive-interval",
                    "[method]tcp-socket.get-keep-alive-count",
                    "[method]tcp-socket.set-keep-alive-count",
                    "[method]tcp-socket.get-hop-limit",
                    "[method]tcp-socket.set-hop-limit",
                    "[method]tcp-socket.get-receive-buffer-size",
                    "[method]tcp-socket.set-receive-buffer-size",
                    "[method]tcp-socket.get-send-buffer-size",
                    "[method]tcp-socket.set-send-buffer-size",
                ],
            ),
        ],
    ),
    ("wasi:sockets/ip-name-lookup@0.3.0", &[row(Lookup, CallFuel, Waits, &["resolve-addresses"])]),
    (
        "wasi:http/types@0.3.0",
        &[
            row(
                Fields,
                CallFuel,
                AtOnce,
                &[
                    "[resource]fields",
                    "[constructor]fields",
                    "[static]fields.from-list",
                    "[method]fields.set",
                    "[method]fields.append",
                    "[method]fields.clone",
                    "[method]request.get-headers",
                    "[method]response.get-headers",
                ],
            ),
            row(
                Body,
                CallFuel,
                AtOnce,
                &[
                    "[resource]request",
                    "[resource]response",
                    "[static]request.new",
                    "[static]request.consume-body",
                    "[static]response.new",
                    "[static]response.consume-body",
                ],
            ),
            row(
                Text,
                CallFuel,
                AtOnce,
                &[
                    "[method]request.set-method",
                    "[method]request.set-path-with-query",
                    "[method]request.set-scheme",
                    "[method]request.set-authority",
                ],
            ),
            row(
                Entry,
                CallFuel,
                AtOnce,
                &[
                    "[resource]request-options",
                    "[constructor]request-options",
                    "[method]request-options.clone",
                    "[method]request.get-options",
                ],
            ),
            row(
                Nothing,
                CallFuel,
                AtOnce,
                &[
                    "[method]fields.get",
                    "[method]fields.has",
                    "[method]fields.delete",
                    "[method]fields.get-and-delete",
                    "[method]fields.copy-all",
                    "[method]request.get-method",
                    "[method]request.get-path-with-query",
                    "[method]request.get-scheme",
                    "[method]request.get-authority",
                    "[method]request-options.get-connect-timeout",
                    "[method]request-options.set-connect-timeout",
                    "[method]request-options.get-first-byte-timeout",
                    "[method]request-options.set-first-byte-timeout",
                    "[method]request-options.get-between-bytes-timeout",
                    "[method]request-options.set-between-bytes-timeout",
                    "[method]response.get-status-code",
                    "[method]response.set-status-code",
                ],
            ),
        ],
    ),
    ("wasi:http/client@0.3.0", &[row(Sending, CallFuel, Waits, &["send"])]),
];
