//! The size of a task, as a manifest or `larder.toml` declares it.

use std::fmt;
use std::str::FromStr;

use larder_base::excerpt::excerpt;

/// The size of a task. The host configures the limits of each size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub enum Size {
    /// `small`
    #[n(0)]
    Small,
    /// `medium`
    #[n(1)]
    Medium,
    /// `large`
    #[n(2)]
    Large,
    /// `small-gpu`
    #[n(3)]
    SmallGpu,
    /// `large-gpu`
    #[n(4)]
    LargeGpu,
    /// A custom size.
    #[n(5)]
    Custom(#[n(0)] Resources),
}

/// The resources of a custom size.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(array)]
pub struct Resources {
    /// Number of processors that one run keeps busy.
    #[n(0)]
    pub cpus: u32,
    /// Linear memory of all memories together, in MiB.
    #[n(1)]
    pub memory_mib: u32,
    /// Scratch storage in MiB.
    #[n(2)]
    pub storage_mib: u32,
    /// Number of graphics processors.
    #[n(3)]
    pub gpus: u32,
}

/// A word that is not a size.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is not a size: take `small`, `medium`, `large`, `small-gpu` or `large-gpu`, or give the numbers of a custom \
     size (cpus, memory-mib, storage-mib, gpus)",
    excerpt(_0)
)]
pub struct NotASize(pub String);

impl FromStr for Size {
    type Err = NotASize;

    fn from_str(word: &str) -> Result<Self, NotASize> {
        match word {
            "small" => Ok(Self::Small),
            "medium" => Ok(Self::Medium),
            "large" => Ok(Self::Large),
            "small-gpu" => Ok(Self::SmallGpu),
            "large-gpu" => Ok(Self::LargeGpu),
            _ => Err(NotASize(word.to_owned())),
        }
    }
}

/// Writes the word, or the numbers of a custom size.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Small => f.write_str("small"),
            Self::Medium => f.write_str("medium"),
            Self::Large => f.write_str("large"),
            Self::SmallGpu => f.write_str("small-gpu"),
            Self::LargeGpu => f.write_str("large-gpu"),
            Self::Custom(Resources { cpus, memory_mib, storage_mib, gpus }) => {
                write!(f, "custom({cpus} cpus, {memory_mib} MiB memory, {storage_mib} MiB storage, {gpus} gpus)")
            }
        }
    }
}
