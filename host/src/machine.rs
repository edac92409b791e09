//! What this machine has: processors, memory, room for scratch files, graphics processors.
//!
//! Sizes are cut to it, and `larder sizes` shows it. Nothing here is ever seen by a task or a key.

use std::path::Path;

/// What a machine has for its runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// Processors that this process may use.
    pub cpus: u32,
    /// Memory in bytes, less where the process's control group has less.
    pub memory_bytes: u64,
    /// Free room in the folder for temporary files, in bytes.
    pub storage_bytes: u64,
    /// Graphics processors that the kernel shows.
    pub gpus: u32,
}

/// Where a control group says how much memory its processes may have.
const CGROUP_MEMORY: [&str; 2] = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

impl Machine {
    /// This machine, as it is now.
    #[must_use]
    pub fn here() -> Self {
        let info = rustix::system::sysinfo();
        let installed = info.totalram.saturating_mul(u64::from(info.mem_unit));
        let group = |path: &&str| std::fs::read_to_string(path).ok()?.trim().parse::<u64>().ok();
        let memory_bytes = CGROUP_MEMORY.iter().filter_map(group).fold(installed, u64::min);
        let storage = rustix::fs::statvfs(std::env::temp_dir());
        Self {
            cpus: std::thread::available_parallelism().map_or(1, |cpus| u32::try_from(cpus.get()).unwrap_or(u32::MAX)),
            memory_bytes,
            storage_bytes: storage.map_or(0, |storage| storage.f_bavail.saturating_mul(storage.f_frsize)),
            gpus: gpus(Path::new("/dev")),
        }
    }
}

/// Counts the device files of graphics processors: NVIDIA's own driver, or the kernel's render nodes.
fn gpus(dev: &Path) -> u32 {
    let count = |folder: &Path, prefix: &str| {
        let names = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        let is_one = |name: &std::ffi::OsString| {
            let number = name.to_str().and_then(|name| name.strip_prefix(prefix));
            number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        };
        u32::try_from(names.filter(is_one).count()).unwrap_or(u32::MAX)
    };
    count(dev, "nvidia").max(count(&dev.join("dri"), "renderD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_something_of_everything_that_a_run_needs() {
        let Machine { cpus, memory_bytes, storage_bytes, gpus: _ } = Machine::here();
        assert!(cpus >= 1 && memory_bytes > 256 << 20 && storage_bytes > 0);
    }

    #[test]
    fn graphics_processors_are_counted_by_their_device_files() {
        let dev = tempfile::tempdir().unwrap();
        assert_eq!(gpus(dev.path()), 0);
        for name in ["nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"] {
            std::fs::write(dev.path().join(name), "").unwrap();
        }
        assert_eq!(gpus(dev.path()), 2);
        std::fs::create_dir(dev.path().join("dri")).unwrap();
        for name in ["renderD128", "renderD129", "renderD130", "card0"] {
            std::fs::write(dev.path().join("dri").join(name), "").unwrap();
        }
        assert_eq!(gpus(dev.path()), 3);
    }
}
