//! A picture in several widths, as a task: a file in, a directory out, with a library from crates.io in between.
//!
//! This file joins the WIT contract to plain Rust: `scale` reads, scales and writes, at paths like any program. It does
//! not know that it runs in a component.

mod scale;

#[expect(unsafe_code, reason = "generated: the canonical ABI passes values as pointers into linear memory")]
mod bindings {
    use super::Thumbnail;

    wit_bindgen::generate!({ path: ["../../wit", "wit"], world: "examples:thumbnail/scaling", generate_all });
    export!(Thumbnail);
}

use std::path::Path;

use bindings::exports::examples::thumbnail::thumbnails::{self, ImageError};
use bindings::exports::larder::task::manifest::{self, Cache, Scope, Size, Task, Version};
use bindings::larder::task::files::{Directory, File};
use scale::Error;

/// A folder of the scratch folder, so that nothing else is in the answer.
const FOLDER: &str = "/thumbnails";

struct Thumbnail;

impl manifest::Guest for Thumbnail {
    fn tasks() -> Vec<Task> {
        vec![Task {
            name: "thumbnails#thumbnails".to_owned(),
            size: Size::Small,
            // It names what is made of a picture: it changes when another release of the decoders or of the encoder
            // makes other bytes.
            cache: Some(Cache {
                version: Version::Declared("1".to_owned()),
                scope: Scope::Account,
                cache_errors: false,
            }),
            timeout_seconds: None,
            needs: Vec::new(),
            file_names: false,
        }]
    }
}

impl thumbnails::Guest for Thumbnail {
    fn thumbnails(image: File, widths: Vec<u32>) -> Result<Directory, ImageError> {
        std::fs::create_dir(FOLDER).map_err(|error| refuse(error.into()))?;
        scale::scale(Path::new(&image.path()), &widths, Path::new(FOLDER)).map_err(refuse)?;
        Directory::from_path(FOLDER).map_err(|error| ImageError::Failed(error.to_string()))
    }
}

fn refuse(error: Error) -> ImageError {
    match error {
        Error::Widths(number) => ImageError::NumberOfWidths(number as u32),
        Error::Width(width) => ImageError::WidthOutOfRange(width),
        Error::Repeated(width) => ImageError::RepeatedWidth(width),
        Error::Unsupported(why) => ImageError::Unsupported(why),
        Error::Damaged(why) => ImageError::Damaged(why),
        Error::TooLarge => ImageError::TooLarge,
        Error::TooHigh(width) => ImageError::TooHigh(width),
        Error::Io(error) => ImageError::Failed(error.to_string()),
    }
}
