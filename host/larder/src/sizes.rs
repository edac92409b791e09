//! Resources that each size of a task stands for on this machine. Pure.
//!
//! The classes are those of Latch's task sizes, limited to the machine: all of its processors, three quarters of its
//! memory, half of its free room for temporary files. Time and fuel grow with them: an honest run ends long before its
//! fuel does. An operator replaces any number in `larder.toml`.
//!
//! One number differs from Latch's: a small task has two processors there, and one here. A component has one thread,
//! and a task that declares no size is small. Counted as two, such tasks would leave half of every machine idle
//! ([`crate::Budget`]).

use std::time::Duration;

use larder_component::declare::{Resources, Size};
use larder_sandbox::machine::Machine;
use larder_types::limits::{Limits, host_memory_for};

/// Resources of a run of one size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Class {
    /// Processors that a run keeps busy: its weight in admission.
    pub cpus: u32,
    /// All linear memories together, in bytes.
    pub memory_bytes: u64,
    /// The files of the scratch folder, in bytes.
    pub scratch_bytes: u64,
    /// Wall-clock time.
    pub timeout: Duration,
    /// Fuel.
    pub fuel: u64,
    /// Graphics processors.
    pub gpus: u32,
}

/// Resources of every size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// `small`: the size of a task that declares none.
    pub small: Class,
    /// `medium`
    pub medium: Class,
    /// `large`
    pub large: Class,
    /// `small-gpu`
    pub small_gpu: Class,
    /// `large-gpu`
    pub large_gpu: Class,
}

const GIB: u64 = 1 << 30;
const HOUR: u64 = 60 * 60;

/// Fuel for each second of a time limit: a few times what the fastest machine burns.
const FUEL_A_SECOND: u64 = 14_000_000_000;

/// Returns a class on a machine with enough of everything.
const fn class(cpus: u32, memory_gib: u64, storage_gib: u64, hours: u64, gpus: u32) -> Class {
    Class {
        cpus,
        memory_bytes: memory_gib * GIB,
        scratch_bytes: storage_gib * GIB,
        timeout: Duration::from_secs(hours * HOUR),
        fuel: hours * HOUR * FUEL_A_SECOND,
        gpus,
    }
}

/// The sizes on a machine with enough of everything.
const WHOLE: Sizes = Sizes {
    small: class(1, 4, 100, 1, 0),
    medium: class(30, 100, 1500, 6, 0),
    large: class(90, 170, 4500, 24, 0),
    small_gpu: class(7, 30, 1500, 6, 1),
    large_gpu: class(63, 245, 4500, 24, 1),
};

impl Sizes {
    /// Returns the sizes on `machine`.
    #[must_use]
    pub fn on(machine: &Machine) -> Self {
        let Self { small, medium, large, small_gpu, large_gpu } = WHOLE;
        Self {
            small: small.cut_to(machine),
            medium: medium.cut_to(machine),
            large: large.cut_to(machine),
            small_gpu: small_gpu.cut_to(machine),
            large_gpu: large_gpu.cut_to(machine),
        }
    }

    /// Returns the lower of each number of these and `other`.
    #[must_use]
    pub fn lower(&self, other: &Self) -> Self {
        Self {
            small: self.small.lower(&other.small),
            medium: self.medium.lower(&other.medium),
            large: self.large.lower(&other.large),
            small_gpu: self.small_gpu.lower(&other.small_gpu),
            large_gpu: self.large_gpu.lower(&other.large_gpu),
        }
    }

    /// Returns the resources of a size. A custom size has the time and fuel of `large`, and is limited to the machine,
    /// since it may come from a guest.
    #[must_use]
    pub fn class(&self, size: Size, machine: &Machine) -> Class {
        match size {
            Size::Small => self.small,
            Size::Medium => self.medium,
            Size::Large => self.large,
            Size::SmallGpu => self.small_gpu,
            Size::LargeGpu => self.large_gpu,
            Size::Custom(Resources { cpus, memory_mib, storage_mib, gpus }) => Class {
                cpus,
                memory_bytes: u64::from(memory_mib) << 20,
                scratch_bytes: u64::from(storage_mib) << 20,
                gpus,
                ..self.large
            }
            .cut_to(machine),
        }
    }
}

impl Class {
    fn cut_to(self, machine: &Machine) -> Self {
        Self {
            cpus: self.cpus.min(machine.cpus),
            memory_bytes: self.memory_bytes.min(machine.memory_bytes / 4 * 3),
            scratch_bytes: self.scratch_bytes.min(machine.storage_bytes / 2),
            ..self
        }
    }

    /// Returns the lower of each number of this and `other`.
    #[must_use]
    pub fn lower(&self, other: &Self) -> Self {
        let Self { cpus, memory_bytes, scratch_bytes, timeout, fuel, gpus } = *self;
        Self {
            cpus: cpus.min(other.cpus),
            memory_bytes: memory_bytes.min(other.memory_bytes),
            scratch_bytes: scratch_bytes.min(other.scratch_bytes),
            timeout: timeout.min(other.timeout),
            fuel: fuel.min(other.fuel),
            gpus: gpus.min(other.gpus),
        }
    }

    /// Returns the limits of a run of this size, which never exceed `limits`.
    #[must_use]
    pub fn limits(&self, limits: &Limits) -> Limits {
        let Self { cpus: _, memory_bytes, scratch_bytes, timeout, fuel, gpus: _ } = *self;
        let memory_bytes = memory_bytes.min(limits.memory_bytes);
        Limits {
            memory_bytes,
            host_memory_bytes: host_memory_for(memory_bytes).min(limits.host_memory_bytes),
            scratch_bytes: scratch_bytes.min(limits.scratch_bytes),
            timeout: timeout.min(limits.timeout),
            fuel: fuel.min(limits.fuel),
            ..limits.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LITTLE: Machine = Machine { cpus: 4, memory_bytes: 16 * GIB, storage_bytes: 200 * GIB, gpus: 0 };

    #[test]
    fn a_great_machine_has_the_whole_classes() {
        let great = Machine { cpus: 128, memory_bytes: 1024 * GIB, storage_bytes: 100_000 * GIB, gpus: 8 };
        assert_eq!(Sizes::on(&great), WHOLE);
    }

    #[test]
    fn a_small_machine_cuts_the_classes() {
        let Sizes { small, medium, large, .. } = Sizes::on(&LITTLE);
        assert_eq!((small.cpus, small.memory_bytes, small.scratch_bytes), (1, 4 * GIB, 100 * GIB));
        for class in [medium, large] {
            assert_eq!((class.cpus, class.memory_bytes, class.scratch_bytes), (4, 12 * GIB, 100 * GIB));
        }
        assert!(small.timeout < medium.timeout && medium.fuel < large.fuel);
    }

    #[test]
    fn a_custom_size_is_never_more_than_the_machine() {
        let custom = |memory_mib, gpus| {
            let resources = Resources { cpus: 1000, memory_mib, storage_mib: u32::MAX, gpus };
            Sizes::on(&LITTLE).class(Size::Custom(resources), &LITTLE)
        };
        let class = custom(u32::MAX, 3);
        assert_eq!((class.cpus, class.memory_bytes, class.gpus), (4, 12 * GIB, 3));
        assert_eq!(custom(64, 0).memory_bytes, 64 << 20);
    }

    #[test]
    fn the_limits_of_a_host_hold_for_every_size() {
        let host = Limits { memory_bytes: 1 << 20, fuel: 10, ..Limits::default() };
        let limits = WHOLE.large.limits(&host);
        assert_eq!((limits.memory_bytes, limits.fuel), (1 << 20, 10));
        assert_eq!(limits.timeout, WHOLE.large.timeout.min(host.timeout));
        assert_eq!(WHOLE.small.limits(&Limits::default()).memory_bytes, 4 * GIB);
    }

    #[test]
    fn the_host_keeps_a_sixteenth_of_the_memory_within_bounds() {
        let kept = |class: Class| class.limits(&Limits::default()).host_memory_bytes;
        assert_eq!((kept(WHOLE.small), kept(WHOLE.medium)), (256 << 20, GIB));
        let host = Limits { memory_bytes: 1 << 20, host_memory_bytes: 10, ..Limits::default() };
        assert_eq!(WHOLE.large.limits(&Limits { host_memory_bytes: GIB, ..host.clone() }).host_memory_bytes, 64 << 20);
        assert_eq!(WHOLE.large.limits(&host).host_memory_bytes, 10);
    }
}
