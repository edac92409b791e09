//! Parts of the world, and the paths that lead there.

/// A part of the world outside a process's own memory and the files whose paths it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Touch {
    /// Standard output and standard error.
    Output,
    /// The end of the process.
    Exit,
    /// Variables, arguments, the current folder, the folder of temporary files, the running program.
    Environment,
    /// The time of day, and time that passes.
    Clock,
    /// Sockets, and addresses by name.
    Network,
    /// Threads that are started here.
    Threads,
    /// Other programs that are started here.
    Processes,
}

impl Touch {
    /// The word for it in the page.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Output => "output",
            Self::Exit => "exit",
            Self::Environment => "environment",
            Self::Clock => "clock",
            Self::Network => "network",
            Self::Threads => "threads",
            Self::Processes => "processes",
        }
    }
}

/// Paths that touch the world, each with everything below it.
pub(super) const PATHS: &[(Touch, &[&str])] = &[
    (
        Touch::Output,
        &[
            "print!",
            "println!",
            "eprint!",
            "eprintln!",
            "dbg!",
            "std::io::stdout",
            "std::io::stderr",
            "rustix::stdio",
            "anstream",
        ],
    ),
    (Touch::Exit, &["std::process::exit", "std::process::abort", "rustix::runtime::exit_group", "nix::libc::_exit"]),
    (
        Touch::Environment,
        &[
            "std::env",
            "etcetera",
            "arg::env",
            "tempfile::env",
            "tempfile::tempdir",
            "tempfile::tempfile",
            "tempfile::spooled_tempfile",
            "tempfile::TempDir::new",
            "tempfile::TempDir::with_prefix",
            "tempfile::TempDir::with_suffix",
            "tempfile::NamedTempFile::new",
            "tempfile::NamedTempFile::with_prefix",
            "tempfile::NamedTempFile::with_suffix",
            "tempfile::SpooledTempFile::new",
            ".tempdir()",
            ".tempfile()",
        ],
    ),
    (
        Touch::Clock,
        &[
            "std::time::SystemTime::now",
            "std::time::SystemTime::elapsed",
            "std::time::Instant::now",
            "std::time::Instant::elapsed",
            "tokio::time::Instant::now",
            "tokio::time::Instant::elapsed",
            "jiff::Timestamp::now",
            "jiff::Zoned::now",
            "rustix::time::clock_gettime",
            ".elapsed()",
        ],
    ),
    (
        Touch::Network,
        &[
            "std::net::TcpListener",
            "std::net::TcpStream",
            "std::net::ToSocketAddrs",
            "std::net::UdpSocket",
            "std::os::unix::net",
            "rustix::net",
            "tokio::net",
        ],
    ),
    (
        Touch::Threads,
        &[
            "std::thread::spawn",
            "std::thread::scope",
            "std::thread::Builder",
            "rayon::ThreadPoolBuilder",
            "rayon::spawn",
            "tokio::runtime::Builder",
            "tokio::runtime::Runtime::new",
        ],
    ),
    (Touch::Processes, &["std::process::Command", "tokio::process", "nix::unistd::fork"]),
];

/// Paths below one of the above that touch nothing: they handle text, or are known at compile time.
pub(super) const EXCEPT: [&str; 4] =
    ["std::env::consts", "std::env::join_paths", "std::env::split_paths", "std::env::VarError"];
