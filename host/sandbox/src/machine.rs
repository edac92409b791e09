//! Resources of this machine: processors, memory, room for scratch files, graphics processors.
//!
//! Limits are cut to them, and `larder sizes` shows them. No task or key ever sees them.

use std::path::{Component, Path, PathBuf};

use rustix::process::{Resource, getrlimit};

/// Resources that a machine has for its runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Machine {
    /// Processors that this process may use.
    pub cpus: u32,
    /// Memory in bytes, reduced to what the process may use under its control group and its own limits on address
    /// space and data.
    pub memory_bytes: u64,
    /// Free room in the folder for temporary files, in bytes.
    pub storage_bytes: u64,
    /// Graphics processors that the kernel shows.
    pub gpus: u32,
}

/// Mount point of the control groups.
const GROUPS: &str = "/sys/fs/cgroup";

/// Returns the limit on address space of this process (`RLIMIT_AS`, `ulimit -v`) in bytes; `None` if unlimited.
#[must_use]
pub fn address_space() -> Option<u64> {
    getrlimit(Resource::As).current
}

impl Machine {
    /// Returns the current resources of this machine.
    #[must_use]
    pub fn here() -> Self {
        let info = rustix::system::sysinfo();
        let installed = info.totalram.saturating_mul(u64::from(info.mem_unit));
        let own_groups = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let limits = [address_space(), getrlimit(Resource::Data).current, group_memory(&own_groups, Path::new(GROUPS))];
        let memory_bytes = limits.into_iter().flatten().fold(installed, u64::min);
        let storage = rustix::fs::statvfs(std::env::temp_dir());
        Self {
            cpus: std::thread::available_parallelism().map_or(1, |cpus| u32::try_from(cpus.get()).unwrap_or(u32::MAX)),
            memory_bytes,
            storage_bytes: storage.map_or(0, |storage| storage.f_bavail.saturating_mul(storage.f_frsize)),
            gpus: gpus(Path::new("/dev")),
        }
    }
}

/// Returns the least memory that the control groups of a process and all their parents allow. `own_groups` has the
/// form of `/proc/self/cgroup`. In a container these paths may be those of the machine, which do not exist there; then
/// the container's own group counts.
fn group_memory(own_groups: &str, mounted: &Path) -> Option<u64> {
    let limit = |file: PathBuf| std::fs::read_to_string(file).ok()?.trim().parse::<u64>().ok();
    let of_line = |line: &str| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        let (top, file) = match controllers {
            "" => (mounted.to_owned(), "memory.max"),
            some if some.split(',').any(|controller| controller == "memory") => {
                (mounted.join("memory"), "memory.limit_in_bytes")
            }
            _ => return None,
        };
        let names = Path::new(path).components().filter(|part| matches!(part, Component::Normal(_)));
        let own = names.fold(top.clone(), |group, name| group.join(name));
        own.ancestors().take_while(|group| group.starts_with(&top)).filter_map(|group| limit(group.join(file))).min()
    };
    own_groups.lines().filter_map(of_line).min()
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
    fn the_groups_of_a_process_and_all_above_it_bound_its_memory() {
        let mounted = tempfile::tempdir().unwrap();
        let group = |path: &str, file: &str, limit: &str| {
            std::fs::create_dir_all(mounted.path().join(path)).unwrap();
            std::fs::write(mounted.path().join(path).join(file), format!("{limit}\n")).unwrap();
        };
        let memory = |groups: &str| group_memory(groups, mounted.path());
        assert_eq!(memory("0::/"), None);
        // The newer form: one tree for all.
        group("slurm/job", "memory.max", "5000");
        group("slurm/job/step", "memory.max", "max");
        group("other", "memory.max", "1");
        assert_eq!(memory("0::/slurm/job/step\n"), Some(5000));
        assert_eq!(memory("0::/slurm"), None);
        group("slurm", "memory.max", "4000");
        assert_eq!(memory("0::/slurm/job/step\n"), Some(4000));
        // A path of the machine, in a container that sees its own group as the root.
        group("", "memory.max", "9000");
        assert_eq!(memory("0::/docker/1234\n"), Some(9000));
        assert_eq!(memory("0::/../../slurm\n"), Some(4000));
        // The older form: a tree for each controller.
        group("memory/user", "memory.limit_in_bytes", "3000");
        assert_eq!(memory("5:cpu,cpuacct:/other\n4:memory:/user\n0::/\n"), Some(3000));
        assert_eq!(memory("nonsense\n\n"), None);
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
