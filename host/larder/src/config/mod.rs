//! `larder.toml`: its contents, read strictly.
//!
//! ```toml
//! name = "align"               # the component's name, for functions that its world exports itself
//! account = "lab"              # whose cache; searched upward from where `larder` is started
//! workflow = "nightly"         # likewise
//!
//! [build]
//! command = "cargo build --release --target wasm32-wasip2"
//! output = "target/wasm32-wasip2/release/align.wasm"
//! inputs = ["src", "Cargo.toml"]       # default: the whole folder, less what git ignores
//!
//! [[build.needs]]              # looked for before the command is run
//! program = "cargo"
//! check = "rustc --print target-libdir --target wasm32-wasip2 | xargs test -d"
//! install = "rustup target add wasm32-wasip2"                        # shown where it is missing
//! install-command = ["rustup", "target", "add", "wasm32-wasip2"]    # run where it is missing
//!
//! [tasks."pairwise#global"]
//! version = "2"                # or: pinned = true, or: cache = false
//! scope = "workflow"           # or "account"
//! cache-errors = true
//! size = "large"               # or { cpus = 4, memory-mib = 8192, storage-mib = 1024, gpus = 0 }
//! timeout-seconds = 60
//! file-names = true            # names of input files are inputs too
//! limits = { handles = 1000 }  # any of `[limits]`, for this task
//!
//! [limits]                     # for every task, whatever its size
//! result-mib = 16
//!
//! [sizes.small]                # what a size stands for
//! memory-mib = 2048
//!
//! [grants."net#fetch"]         # what an uncached task may reach
//! directories = [{ host = "data", guest = "/data", access = "read-write" }]
//! variables = ["LANG", "MODE=test"]
//! http = ["GET,HEAD@api.example.org"]
//! tcp = ["db.example.org:5432"]
//! ```

mod approvals;
mod error;
mod file;
mod grants;
mod limits;
pub mod owner;
mod read;
mod size;
#[cfg(test)]
mod tests;

pub use self::approvals::{Approval, ApprovalError, Approvals, Standing};
pub use self::error::ConfigError;
pub use self::file::{BuildConfig, Config, FILE_NAME, NeedConfig, TaskConfig};
#[doc(hidden)]
pub use self::grants::variable;
pub use self::grants::{DirectoryConfig, GrantsConfig};
pub(crate) use self::limits::lower;
pub use self::limits::{ClassConfig, LimitsConfig, SizesConfig};
pub use self::size::SizeConfig;
