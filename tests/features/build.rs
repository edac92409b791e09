//! Without a build script, Cargo takes no account of build dependencies.

fn main() {}
