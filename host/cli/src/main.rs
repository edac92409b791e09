//! The `larder` command: a few lines over the library's command line.

fn main() -> std::process::ExitCode {
    larder_cli::main()
}
