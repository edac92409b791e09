//! Reads a picture and writes it in other widths.
//!
//! What is read comes from strangers: a few kilobytes may say of themselves that they are a picture of a gigabyte. So
//! everything has a limit that is checked before memory is taken for it, and all of them together stay below 2 GiB.

use std::fs::File;
use std::io::{BufReader, Error as IoError};
use std::path::Path;

use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

/// How many widths one call may ask for.
const MAX_WIDTHS: usize = 16;

/// The widest that a picture is made.
const MAX_WIDTH: u32 = 4096;

/// The longest side of a picture, before and after.
const MAX_SIDE: u32 = 1 << 14;

/// The file and the pixels of a picture, in bytes, each.
const MAX_BYTES: u64 = 256 << 20;

/// Why there is no picture.
#[derive(Debug)]
pub(crate) enum Error {
    /// There are so many widths.
    Widths(usize),
    /// This width is too small or too large.
    Width(u32),
    /// This width is there twice.
    Repeated(u32),
    /// It is no picture that can be read.
    Unsupported(String),
    /// It is a damaged picture.
    Damaged(String),
    /// It exceeds a limit.
    TooLarge,
    /// In this width its height exceeds a limit.
    TooHigh(u32),
    /// It cannot be read, or the others cannot be written.
    Io(IoError),
}

impl From<IoError> for Error {
    fn from(error: IoError) -> Error {
        Error::Io(error)
    }
}

impl From<ImageError> for Error {
    fn from(error: ImageError) -> Error {
        match error {
            ImageError::Unsupported(_) => Error::Unsupported(error.to_string()),
            ImageError::Limits(_) => Error::TooLarge,
            // A reader that comes to an end too early is a file that was cut off.
            ImageError::IoError(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => Error::Io(error),
            ImageError::IoError(_) | ImageError::Decoding(_) | ImageError::Encoding(_) | ImageError::Parameter(_) => {
                Error::Damaged(error.to_string())
            }
        }
    }
}

/// Writes the picture at `image` into `folder` in each of the widths.
pub(crate) fn scale(image: &Path, widths: &[u32], folder: &Path) -> Result<(), Error> {
    check(widths)?;
    let image = read(image)?;
    // All of them before the first: nothing is written that would have to be thrown away.
    let sizes = widths.iter().map(|&width| Ok((width, height(&image, width)?))).collect::<Result<Vec<_>, Error>>()?;
    for (width, height) in sizes {
        // Its weights are a polynomial: no sine, of which every library has its own.
        let scaled = image.resize_exact(width, height, FilterType::CatmullRom);
        scaled.save_with_format(folder.join(format!("{width}.png")), ImageFormat::Png)?;
    }
    Ok(())
}

fn check(widths: &[u32]) -> Result<(), Error> {
    if !(1..=MAX_WIDTHS).contains(&widths.len()) {
        return Err(Error::Widths(widths.len()));
    }
    for (nth, &width) in widths.iter().enumerate() {
        if !(1..=MAX_WIDTH).contains(&width) {
            return Err(Error::Width(width));
        }
        if widths[..nth].contains(&width) {
            return Err(Error::Repeated(width));
        }
    }
    Ok(())
}

fn read(image: &Path) -> Result<DynamicImage, Error> {
    let file = File::open(image)?;
    // A JPEG is read into memory as it is, before any limit of the decoder counts.
    if file.metadata()?.len() > MAX_BYTES {
        return Err(Error::TooLarge);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_BYTES);

    let mut reader = ImageReader::new(BufReader::new(file)).with_guessed_format()?;
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder()?;
    // The decoders count what they need besides.
    limits.reserve(decoder.total_bytes())?;
    decoder.set_limits(limits)?;
    let orientation = decoder.orientation()?;
    let mut image = DynamicImage::from_decoder(decoder)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// How high the picture is in this width, to the nearest pixel and at least one.
fn height(image: &DynamicImage, width: u32) -> Result<u32, Error> {
    let (from_width, from_height) = (u64::from(image.width()), u64::from(image.height()));
    let height = (2 * u64::from(width) * from_height + from_width) / (2 * from_width);
    match u32::try_from(height.max(1)) {
        Ok(height) if height <= MAX_SIDE => Ok(height),
        _ => Err(Error::TooHigh(width)),
    }
}

#[cfg(test)]
mod tests;
