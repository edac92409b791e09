//! Bounds of a host function: the memory that it keeps, the fuel that it takes, and the time at which it returns.

/// Host memory that a call keeps, beside the guest's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Keeps {
    /// Nothing new, or less than before.
    Nothing,
    /// An entry of the table of resources.
    Entry,
    /// A text of a request.
    Text,
    /// A set of fields.
    Fields,
    /// The pieces of a body that the guest writes, in its channel.
    Body,
    /// A response that is on its way.
    Answer,
    /// A request while it is sent.
    Sending,
    /// The bytes of a stream in flight.
    Stream,
    /// The bytes of a socket in flight.
    Socket,
    /// An error.
    Error,
    /// A node and a name of the scratch folder.
    Node,
    /// A run of bytes on the disk.
    Run,
    /// A directory that was taken out of the scratch folder.
    Directory,
    /// Nodes and names under `/files`.
    Shown,
    /// The bytes that a writer has not yet put on the disk.
    Writer,
    /// The head and the tail of the output.
    Printed,
    /// A denial.
    Denial,
    /// A name and its addresses, in the open world.
    Lookup,
}

/// Fuel that a call takes beside that of the call instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fuel {
    /// Nothing: it does little work, whatever its arguments.
    None,
    /// One for each byte that is copied or made, two if it is hashed too.
    Byte,
    /// A few hundred for each entry.
    Entry,
}

/// Time at which a call returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ends {
    /// After one pass over its arguments.
    AtOnce,
    /// At the awaited event, at the latest at the time limit of the run.
    Waits,
    /// Never.
    Never,
}

/// Functions with the same bound.
pub(super) struct Row {
    pub(super) keeps: Keeps,
    pub(super) fuel: Fuel,
    pub(super) ends: Ends,
    /// Names by which a component imports them; a resource handle is `[resource]` and its name.
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

/// Creates a row of a table.
pub(super) const fn row(keeps: Keeps, fuel: Fuel, ends: Ends, functions: &'static [&'static str]) -> Row {
    Row { keeps, fuel, ends, functions }
}
