//! The `larder` command, built from the library's own entry point.

fn main() -> std::process::ExitCode {
    larder_cli::main()
}
