//! Paths as words of a shell: hints are meant to be pasted.

use std::path::Path;

/// Formats a path as a word of a shell, in quotes only if it needs them.
pub(super) fn word(path: &Path) -> String {
    let text = path.display().to_string();
    if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-+,".contains(&byte)) {
        return text;
    }
    quoted(path)
}

/// Formats a path as a word of a shell, in quotes.
pub(super) fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_where_a_shell_would_read_it_otherwise() {
        assert_eq!(word(Path::new("/a/b-c_d.toml")), "/a/b-c_d.toml");
        assert_eq!(word(Path::new("/a b/$(id)")), "'/a b/$(id)'");
        assert_eq!(word(Path::new("/it's")), r"'/it'\''s'");
    }
}
