//! `larder compile-helper`: the process that compiles for another `larder`. Users do not run this command.

use std::ffi::OsStr;
use std::os::fd::{FromRawFd as _, OwnedFd, RawFd};
use std::path::Path;
use std::process::ExitCode;

use super::failure::Exit;

pub(super) fn compile_helper(request: &OsStr) -> Exit {
    close_what_was_inherited();
    let (input, output, report) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    let done = larder::sandbox::compile_helper(request, input.lock(), output.lock(), report);
    if done == ExitCode::SUCCESS { Exit::Done } else { Exit::NotAComponent }
}

/// Closes all descriptors except the standard streams. Larder's own files close when another program starts, but those
/// that larder inherited from a shell or a build stay open, and a compiler must not have them.
fn close_what_was_inherited() {
    let open = Path::new("/proc/self/fd");
    let number = |entry: std::io::Result<std::fs::DirEntry>| entry.ok()?.file_name().to_str()?.parse::<RawFd>().ok();
    // Collected first: the list includes the descriptor of the folder that is being read, which is closed after this
    // line.
    let numbers: Vec<RawFd> = std::fs::read_dir(open).into_iter().flatten().filter_map(number).collect();
    let inherited = |number: &RawFd| *number > 2 && open.join(number.to_string()).is_symlink();
    for number in numbers.into_iter().filter(inherited) {
        #[expect(unsafe_code, reason = "a descriptor that no value stands for can only be closed by its number")]
        // SAFETY: the process has only read its arguments so far. It has one thread and has opened nothing that is
        // still open, so every open descriptor was inherited, and nothing in the process will use or close it.
        let inherited = unsafe { OwnedFd::from_raw_fd(number) };
        drop(inherited);
    }
}
