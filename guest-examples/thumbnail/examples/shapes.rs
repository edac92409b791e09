//! Draws the pictures in `data/`.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use image::codecs::jpeg::JpegEncoder;
use image::{ImageResult, Rgb, RgbImage};

const WIDTH: u32 = 240;
const HEIGHT: u32 = 160;

fn main() -> ImageResult<()> {
    let picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| Rgb(colour(x, y)));
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    picture.save(data.join("shapes.png"))?;
    let jpeg = BufWriter::new(File::create(data.join("shapes.jpg"))?);
    picture.write_with_encoder(JpegEncoder::new_with_quality(jpeg, 90))
}

fn colour(x: u32, y: u32) -> [u8; 3] {
    let in_disc = x.abs_diff(70).pow(2) + y.abs_diff(80).pow(2) < 45 * 45;
    let in_square = (140..205).contains(&x) && (60..135).contains(&y);
    if in_disc {
        [214, 69, 48]
    } else if in_square {
        [36, 92, 140]
    } else {
        [(200 + x / 6) as u8, (220 - x / 8) as u8, 170]
    }
}
