//! Limits of a run, and the error for a run that exceeds one.

use std::time::Duration;

/// The limits of one run. Each has a default; none is infinite. The defaults of memory, scratch storage, time and fuel
/// are those of the largest size: see `larder::sizes`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Size of all linear memories of the component together, in bytes.
    pub memory_bytes: u64,
    /// Number of elements of all tables together.
    pub table_elements: u64,
    /// Number of core instances, of memories and of tables, each.
    pub instances: usize,
    /// Wasmtime's count of executed instructions (about one per WebAssembly instruction).
    pub fuel: u64,
    /// Wall-clock time, including host calls and sleeps.
    pub timeout: Duration,
    /// Bytes that one call across the component's border may make the host allocate. A value in flight takes about 40
    /// bytes per element; a byte of a text takes one, and so does a byte of a `list<u8>` in a signature that has only
    /// numbers, texts and such lists.
    pub host_call_bytes: usize,
    /// Bytes that the host may keep for the run besides its linear memory: texts of requests, trees of handles,
    /// buffers.
    pub host_memory_bytes: u64,
    /// Number of component-model handles and of host resources alive at once, each.
    pub handles: usize,
    /// Disk space of the files in the scratch folder, in bytes, counted in blocks of 4 KiB.
    pub scratch_bytes: u64,
    /// Number of files, folders and links in the scratch folder at once.
    pub scratch_files: u64,
    /// Size of the encoded result, as it is stored, in bytes.
    pub result_bytes: u64,
    /// Bytes kept at each end of each standard stream.
    pub captured_bytes: usize,
    /// Bytes of one request for random numbers.
    pub random_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 256 << 30,
            table_elements: 1 << 20,
            instances: 1000,
            fuel: 1_300_000_000_000_000,
            timeout: Duration::from_secs(24 * 60 * 60),
            host_call_bytes: 1 << 30,
            host_memory_bytes: MOST_HOST_MEMORY,
            handles: 100_000,
            scratch_bytes: 5000 << 30,
            scratch_files: 100_000,
            result_bytes: 256 << 20,
            captured_bytes: 32 << 10,
            random_bytes: 16 << 20,
        }
    }
}

/// The bounds of [`host_memory_for`], in bytes.
const LEAST_HOST_MEMORY: u64 = 64 << 20;
const MOST_HOST_MEMORY: u64 = 1 << 30;

/// Host memory for a run with this much linear memory, in bytes: a sixteenth of it, but at least 64 MiB and at most
/// 1 GiB. 64 MiB is enough for all handles and all names of a scratch folder that a run may have.
#[must_use]
pub const fn host_memory_for(memory_bytes: u64) -> u64 {
    match memory_bytes / 16 {
        0..LEAST_HOST_MEMORY => LEAST_HOST_MEMORY,
        LEAST_HOST_MEMORY..=MOST_HOST_MEMORY => memory_bytes / 16,
        _ => MOST_HOST_MEMORY,
    }
}

impl Limits {
    /// Limits of a call for the manifest: milliseconds of work, and enough memory to start even a Python guest.
    #[must_use]
    pub fn for_manifest() -> Self {
        Self {
            memory_bytes: 512 << 20,
            fuel: 2_000_000_000,
            timeout: Duration::from_secs(10),
            host_call_bytes: 16 << 20,
            host_memory_bytes: 32 << 20,
            handles: 1000,
            scratch_bytes: 16 << 20,
            scratch_files: 1000,
            result_bytes: 16 << 20,
            captured_bytes: 4 << 10,
            random_bytes: 64 << 10,
            ..Self::default()
        }
    }
}

/// An exceeded limit, with its value and the amount asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LimitExceeded {
    /// Linear memory, in bytes.
    Memory {
        /// The limit.
        limit: u64,
        /// The total asked for.
        asked: u64,
    },
    /// Table elements.
    Tables {
        /// The limit.
        limit: u64,
        /// The total asked for.
        asked: u64,
    },
    /// Fuel.
    Fuel {
        /// The limit.
        limit: u64,
    },
    /// Wall-clock time.
    Time {
        /// The limit.
        limit: Duration,
        /// Time from the start of the run to its stop.
        reached: Duration,
    },
    /// The call stack, in bytes.
    Stack {
        /// The limit.
        limit: u64,
    },
    /// Bytes that one call across the component's border makes the host allocate.
    HostCall {
        /// The limit.
        limit: u64,
    },
    /// Bytes that the host keeps for the run.
    HostMemory {
        /// The limit.
        limit: u64,
        /// The total asked for.
        asked: u64,
    },
    /// Handles and host resources alive at once.
    Handles {
        /// The limit.
        limit: u64,
    },
    /// Size of the files in the scratch folder, in bytes.
    Scratch {
        /// The limit.
        limit: u64,
        /// The total asked for.
        asked: u64,
    },
    /// Files, folders and links in the scratch folder.
    ScratchFiles {
        /// The limit.
        limit: u64,
        /// The total asked for.
        asked: u64,
    },
    /// The random bytes of one request.
    Random {
        /// The limit.
        limit: u64,
        /// The number of bytes asked for.
        asked: u64,
    },
    /// The encoded result, in bytes.
    Result {
        /// The limit.
        limit: u64,
        /// The size of the result.
        asked: u64,
    },
}

impl LimitExceeded {
    /// A stable code for programs.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Memory { .. } => "memory",
            Self::Tables { .. } => "tables",
            Self::Fuel { .. } => "fuel",
            Self::Time { .. } => "time",
            Self::Stack { .. } => "stack",
            Self::HostCall { .. } => "host-call",
            Self::HostMemory { .. } => "host-memory",
            Self::Handles { .. } => "handles",
            Self::Scratch { .. } => "scratch-bytes",
            Self::ScratchFiles { .. } => "scratch-files",
            Self::Random { .. } => "random",
            Self::Result { .. } => "result",
        }
    }
}

impl std::fmt::Display for LimitExceeded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Memory { limit, asked } => {
                write!(f, "memory: it asked for {} MiB, the limit is {} MiB", asked.div_ceil(1 << 20), limit >> 20)
            }
            Self::Tables { limit, asked } => {
                write!(f, "tables: it asked for {asked} elements, the limit is {limit}")
            }
            Self::Fuel { limit } => write!(f, "fuel: it used all of its {limit} units"),
            Self::Time { limit, reached } => {
                write!(f, "time: it had run for {:.3} s, the limit is {} s", reached.as_secs_f64(), limit.as_secs_f64())
            }
            Self::Stack { limit } => {
                write!(f, "stack: its calls were nested deeper than {} KiB of stack have room for", limit >> 10)
            }
            Self::HostCall { limit } => write!(
                f,
                "values across the border: one call made the host allocate more than {} MiB (about 40 bytes an element)",
                limit >> 20
            ),
            Self::HostMemory { limit, asked } => write!(
                f,
                "host memory: the host would have kept {} MiB for it, the limit is {} MiB",
                asked.div_ceil(1 << 20),
                limit >> 20
            ),
            Self::Handles { limit } => write!(f, "handles: it held {limit} and asked for one more"),
            Self::Scratch { limit, asked } => write!(
                f,
                "scratch storage: it asked for {} MiB, the limit is {} MiB",
                asked.div_ceil(1 << 20),
                limit >> 20
            ),
            Self::ScratchFiles { limit, asked } => {
                write!(f, "scratch files: it asked for {asked}, the limit is {limit}")
            }
            Self::Random { limit, asked } => {
                write!(f, "random numbers: it asked for {asked} bytes at once, the limit is {limit}")
            }
            Self::Result { limit, asked } => {
                write!(f, "result: it has {} MiB, the limit is {} MiB", asked.div_ceil(1 << 20), limit >> 20)
            }
        }
    }
}

impl std::error::Error for LimitExceeded {}
