//! The tables of `larder.toml` with numbers: limits of runs, and resources of sizes.

use std::time::Duration;

use serde::Deserialize;

use crate::sizes::{Class, Sizes};
use larder_sandbox::CompileLimits;
use larder_types::limits::{Limits, host_memory_for};

/// The table `[limits]`, for all tasks of a component, or `[tasks."…".limits]`, for one. A key that is left out changes
/// nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LimitsConfig {
    /// All linear memories together, in MiB.
    pub memory_mib: Option<u64>,
    /// The elements of all tables together.
    pub table_elements: Option<u64>,
    /// Core instances, memories and tables, each.
    pub instances: Option<u32>,
    /// Fuel.
    pub fuel: Option<u64>,
    /// Wall-clock time in seconds.
    pub timeout_seconds: Option<u32>,
    /// Most that one call across the component's border may make the host allocate, in MiB.
    pub host_call_mib: Option<u32>,
    /// Most that the host may keep for a run beside its linear memory, in MiB.
    pub host_memory_mib: Option<u32>,
    /// Handles and host resources alive at once, each.
    pub handles: Option<u32>,
    /// The files of the scratch folder, in MiB.
    pub scratch_mib: Option<u64>,
    /// Files, folders and links in the scratch folder.
    pub scratch_files: Option<u64>,
    /// The encoded result, in MiB.
    pub result_mib: Option<u32>,
    /// Size of the captured beginning and of the captured end of standard output and standard error, in KiB.
    pub captured_kib: Option<u32>,
    /// One request for random numbers, in KiB.
    pub random_kib: Option<u32>,
    /// The component's file, in MiB; not for a single task.
    pub component_mib: Option<u32>,
    /// Compiling the component, in seconds; not for a single task.
    pub compile_seconds: Option<u32>,
    /// Compiling the component, in MiB of memory; not for a single task.
    pub compile_memory_mib: Option<u32>,
    /// The compiled code, in MiB; not for a single task.
    pub compile_code_mib: Option<u32>,
}

impl LimitsConfig {
    /// Returns the first key that applies to the component as a whole.
    pub(super) fn of_the_component(&self) -> Option<&'static str> {
        let keys = [
            ("component-mib", self.component_mib),
            ("compile-seconds", self.compile_seconds),
            ("compile-memory-mib", self.compile_memory_mib),
            ("compile-code-mib", self.compile_code_mib),
        ];
        keys.into_iter().find_map(|(key, value)| value.map(|_| key))
    }

    /// Returns `limits` of compiling, with the values of this table in place of theirs.
    #[must_use]
    pub fn over_compiling(&self, limits: CompileLimits) -> CompileLimits {
        let CompileLimits { time, memory_bytes, code_bytes } = limits;
        let mib = |mib: Option<u32>, or: u64| mib.map_or(or, |mib| u64::from(mib) << 20);
        CompileLimits {
            time: self.compile_seconds.map_or(time, seconds),
            memory_bytes: mib(self.compile_memory_mib, memory_bytes),
            code_bytes: mib(self.compile_code_mib, code_bytes),
        }
    }

    /// Removes the values that would raise a limit on reading or compiling a component. The flag is true if there were
    /// any.
    #[must_use]
    pub fn without_raised_compiling(&self, compile: CompileLimits, max_component_bytes: u64) -> (Self, bool) {
        let CompileLimits { time, memory_bytes, code_bytes } = self.over_compiling(compile);
        let raises = |mib: Option<u32>, limit: u64| mib.is_some_and(|mib| u64::from(mib) << 20 > limit);
        let left = Self {
            component_mib: self.component_mib.filter(|_| !raises(self.component_mib, max_component_bytes)),
            compile_seconds: self.compile_seconds.filter(|_| time <= compile.time),
            compile_memory_mib: self.compile_memory_mib.filter(|_| memory_bytes <= compile.memory_bytes),
            compile_code_mib: self.compile_code_mib.filter(|_| code_bytes <= compile.code_bytes),
            ..self.clone()
        };
        let is_less = left != *self;
        (left, is_less)
    }

    /// Returns `limits`, with the values of this table in place of theirs.
    #[must_use]
    pub fn over(&self, limits: Limits) -> Limits {
        let mib = |mib: Option<u64>, or: u64| mib.map_or(or, |mib| mib.saturating_mul(1 << 20));
        let size = |count: Option<u32>, unit: usize, or: usize| count.map_or(or, |count| count as usize * unit);
        let memory_bytes = mib(self.memory_mib, limits.memory_bytes);
        // The host's memory follows the guest's, unless it is given.
        let host_memory_bytes = self.memory_mib.map_or(limits.host_memory_bytes, |_| host_memory_for(memory_bytes));
        Limits {
            memory_bytes,
            table_elements: self.table_elements.unwrap_or(limits.table_elements),
            instances: size(self.instances, 1, limits.instances),
            fuel: self.fuel.unwrap_or(limits.fuel),
            timeout: self.timeout_seconds.map_or(limits.timeout, seconds),
            host_call_bytes: size(self.host_call_mib, 1 << 20, limits.host_call_bytes),
            host_memory_bytes: mib(self.host_memory_mib.map(u64::from), host_memory_bytes),
            handles: size(self.handles, 1, limits.handles),
            scratch_bytes: mib(self.scratch_mib, limits.scratch_bytes),
            scratch_files: self.scratch_files.unwrap_or(limits.scratch_files),
            result_bytes: mib(self.result_mib.map(u64::from), limits.result_bytes),
            captured_bytes: size(self.captured_kib, 1 << 10, limits.captured_bytes),
            random_bytes: self.random_kib.map_or(limits.random_bytes, |kib| u64::from(kib) << 10),
        }
    }
}

/// Returns the lower of each two limits.
#[must_use]
pub(crate) fn lower(one: &Limits, other: &Limits) -> Limits {
    let Limits {
        memory_bytes,
        table_elements,
        instances,
        fuel,
        timeout,
        host_call_bytes,
        host_memory_bytes,
        handles,
        scratch_bytes,
        scratch_files,
        result_bytes,
        captured_bytes,
        random_bytes,
    } = *one;
    Limits {
        memory_bytes: memory_bytes.min(other.memory_bytes),
        table_elements: table_elements.min(other.table_elements),
        instances: instances.min(other.instances),
        fuel: fuel.min(other.fuel),
        timeout: timeout.min(other.timeout),
        host_call_bytes: host_call_bytes.min(other.host_call_bytes),
        host_memory_bytes: host_memory_bytes.min(other.host_memory_bytes),
        handles: handles.min(other.handles),
        scratch_bytes: scratch_bytes.min(other.scratch_bytes),
        scratch_files: scratch_files.min(other.scratch_files),
        result_bytes: result_bytes.min(other.result_bytes),
        captured_bytes: captured_bytes.min(other.captured_bytes),
        random_bytes: random_bytes.min(other.random_bytes),
    }
}

/// A table `[sizes.…]`. A key that is left out keeps the value for this machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ClassConfig {
    /// Processors that a run keeps busy.
    pub cpus: Option<u32>,
    /// All linear memories together, in MiB.
    pub memory_mib: Option<u64>,
    /// The files of the scratch folder, in MiB.
    pub storage_mib: Option<u64>,
    /// Wall-clock time in seconds.
    pub timeout_seconds: Option<u32>,
    /// Fuel.
    pub fuel: Option<u64>,
    /// Graphics processors.
    pub gpus: Option<u32>,
}

impl ClassConfig {
    fn over(&self, class: Class) -> Class {
        Class {
            cpus: self.cpus.unwrap_or(class.cpus),
            memory_bytes: self.memory_mib.map_or(class.memory_bytes, |mib| mib.saturating_mul(1 << 20)),
            scratch_bytes: self.storage_mib.map_or(class.scratch_bytes, |mib| mib.saturating_mul(1 << 20)),
            timeout: self.timeout_seconds.map_or(class.timeout, seconds),
            fuel: self.fuel.unwrap_or(class.fuel),
            gpus: self.gpus.unwrap_or(class.gpus),
        }
    }
}

/// The tables `[sizes.…]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct SizesConfig {
    /// `[sizes.small]`
    pub small: ClassConfig,
    /// `[sizes.medium]`
    pub medium: ClassConfig,
    /// `[sizes.large]`
    pub large: ClassConfig,
    /// `[sizes.small-gpu]`
    pub small_gpu: ClassConfig,
    /// `[sizes.large-gpu]`
    pub large_gpu: ClassConfig,
}

impl SizesConfig {
    /// Returns `sizes`, with the values of these tables in place of theirs.
    #[must_use]
    pub fn over(&self, sizes: Sizes) -> Sizes {
        Sizes {
            small: self.small.over(sizes.small),
            medium: self.medium.over(sizes.medium),
            large: self.large.over(sizes.large),
            small_gpu: self.small_gpu.over(sizes.small_gpu),
            large_gpu: self.large_gpu.over(sizes.large_gpu),
        }
    }
}

fn seconds(seconds: u32) -> Duration {
    Duration::from_secs(u64::from(seconds))
}

#[cfg(test)]
mod tests;
