//! Imports of the author's packages in the Go bindings.
//!
//! - **Behaviour**: `wit-bindgen-go` 0.60.0 imports the implementation of an export as `wit_component/export_NAME`, a
//!   folder inside the generated files (`mod_pkg` in its `src/lib.rs`). Its option `export_pkg_name` changes the
//!   module, but not the rest of the path. Here an implementation is a package of the author's own module.
//! - **Relies on**: one line in `wit_exports.go` for each package whose functions are called, which is the import path
//!   in quotes and nothing else, and no such line in any other file.
//! - **Canary**: `the_generator_imports_each_implementation_in_one_line`.
//! - **Delete when**: the generator accepts the import path of each exported interface.

use super::go_names;
use crate::patch::{PatchError, SourceText};

/// An import to replace with an import from the author's module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Redirection {
    /// Name of the package that the generator imports. The generated code also refers to it by this name.
    pub(crate) imported: String,
    /// Import path of the author's package.
    pub(crate) path: String,
    /// True if the world has a function that the package implements. The generator imports no other package.
    pub(crate) is_called: bool,
}

/// Applies the redirections to a generated Go file called `file`.
pub(crate) fn redirect(
    source: &mut SourceText<'_>,
    file: &str,
    redirections: &[Redirection],
) -> Result<(), PatchError> {
    for Redirection { imported, path, is_called } in redirections {
        let line = format!("\"{}/{imported}\"", go_names::MODULE);
        if *is_called && file == go_names::EXPORTS_FILE {
            source.replace(&line, format!("\t{imported} \"{path}\""))?;
        } else {
            source.expect(&line, 0, source.count(&line))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRITTEN: &str = "import (\n        \"runtime\"\n        \"wit_component/export_a_b_c\"\n\"unsafe\"\n)\n";

    fn redirected(source: &str, file: &str, is_called: bool) -> Result<String, PatchError> {
        let redirection =
            Redirection { imported: "export_a_b_c".to_owned(), path: "example.org/mine/c".to_owned(), is_called };
        let mut source = SourceText::new(file, source);
        redirect(&mut source, file, &[redirection])?;
        Ok(source.into_text())
    }

    #[test]
    fn an_import_comes_from_the_path() {
        let expected =
            WRITTEN.replace("        \"wit_component/export_a_b_c\"", "\texport_a_b_c \"example.org/mine/c\"");
        assert_eq!(redirected(WRITTEN, "wit_exports.go", true).unwrap(), expected);
        assert_eq!(redirected("package p\n", "p/wit_bindings.go", true).unwrap(), "package p\n");
    }

    #[test]
    fn an_import_written_in_another_way_is_refused() {
        for (part, other) in [
            ("export_a_b_c", "export_a_b_d"),
            ("wit_component/", "component/"),
            ("\"wit_component", "x \"wit_component"),
            ("_c\"\n", "_c\" // why\n"),
        ] {
            let source = WRITTEN.replace(part, other);
            assert_ne!(source, WRITTEN);
            redirected(&source, "wit_exports.go", true).unwrap_err();
        }
    }

    #[test]
    fn an_import_that_is_there_twice_or_elsewhere_is_refused() {
        redirected(&format!("{WRITTEN}{WRITTEN}"), "wit_exports.go", true).unwrap_err();
        redirected(WRITTEN, "a_b_c/wit_bindings.go", true).unwrap_err();
        redirected(WRITTEN, "wit_exports.go", false).unwrap_err();
    }
}
