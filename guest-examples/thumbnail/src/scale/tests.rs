use super::*;
use image::{GenericImageView, Rgb, RgbImage, Rgba};
use std::fs;
use std::path::PathBuf;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

/// What is made of a file: every picture with its name.
fn scaled(image: &Path, widths: &[u32]) -> Result<Vec<(String, DynamicImage)>, Error> {
    let folder = tempfile::tempdir().unwrap();
    scale(image, widths, folder.path())?;
    let mut pictures: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), image::open(entry.path()).unwrap()))
        .collect();
    pictures.sort_by_key(|(name, _)| name.clone());
    Ok(pictures)
}

/// What is made of a file with these bytes.
fn scaled_bytes(bytes: &[u8], widths: &[u32]) -> Result<Vec<(String, DynamicImage)>, Error> {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), bytes).unwrap();
    scaled(file.path(), widths)
}

fn png(image: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn every_width_has_its_picture_in_proportion() {
    for name in ["shapes.png", "shapes.jpg"] {
        let found = scaled(&data(name), &[120, 1, 30, 480]).unwrap();
        let sizes: Vec<_> = found.iter().map(|(name, image)| (name.as_str(), image.dimensions())).collect();
        let expected = [("1.png", (1, 1)), ("120.png", (120, 80)), ("30.png", (30, 20)), ("480.png", (480, 320))];
        assert_eq!(sizes, expected, "{name}");
    }
}

#[test]
fn a_picture_looks_like_the_one_it_is_made_of() {
    let before = image::open(data("shapes.png")).unwrap();
    for (name, may_differ) in [("shapes.png", 12), ("shapes.jpg", 24)] {
        let after = &scaled(&data(name), &[48]).unwrap()[0].1;
        // Points within an area of one colour: the ground, the disc, the square.
        for (x, y) in [(3, 3), (12, 16), (34, 20)] {
            let (Rgba(was), Rgba(is)) = (before.get_pixel(5 * x + 2, 5 * y + 2), after.get_pixel(x, y));
            assert!(was.iter().zip(is).all(|(was, is)| was.abs_diff(is) <= may_differ), "{name}: {was:?} {is:?}");
        }
    }
}

#[test]
fn the_same_picture_gives_the_same_bytes() {
    let once = tempfile::tempdir().unwrap();
    let again = tempfile::tempdir().unwrap();
    for folder in [&once, &again] {
        scale(&data("shapes.jpg"), &[99], folder.path()).unwrap();
    }
    assert_eq!(fs::read(once.path().join("99.png")).unwrap(), fs::read(again.path().join("99.png")).unwrap());
}

#[test]
fn a_jpeg_is_turned_as_its_exif_data_asks() {
    let upright = fs::read(data("shapes.jpg")).unwrap();
    // One entry, the orientation: to be turned by a quarter.
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0".to_vec();
    let length = (exif.len() as u16 + 2).to_be_bytes();
    let mut turned = upright[..2].to_vec();
    turned.extend([0xff, 0xe1, length[0], length[1]]);
    turned.append(&mut exif);
    turned.extend(&upright[2..]);
    assert_eq!(scaled_bytes(&turned, &[40]).unwrap()[0].1.dimensions(), (40, 60));
}

#[test]
fn other_widths_are_refused() {
    let refused = |widths: &[u32]| scaled(&data("shapes.png"), widths).unwrap_err();
    assert!(matches!(refused(&[]), Error::Widths(0)));
    assert!(matches!(refused(&(1..=17).collect::<Vec<_>>()), Error::Widths(17)));
    assert!(matches!(refused(&[10, 0]), Error::Width(0)));
    assert!(matches!(refused(&[4097]), Error::Width(4097)));
    assert!(matches!(refused(&[10, 20, 10]), Error::Repeated(10)));
}

#[test]
fn what_is_no_picture_is_refused() {
    for bytes in [&b""[..], b"text", b"GIF89a\x01\0\x01\0", b"BM"] {
        assert!(matches!(scaled_bytes(bytes, &[10]), Err(Error::Unsupported(_))), "{bytes:?}");
    }
    assert!(matches!(scaled(&data("none"), &[10]), Err(Error::Io(_))));
}

#[test]
fn a_damaged_picture_is_refused() {
    let whole = fs::read(data("shapes.png")).unwrap();
    for length in [8, 20, 40, whole.len() / 2] {
        assert!(matches!(scaled_bytes(&whole[..length], &[10]), Err(Error::Damaged(_))), "{length} bytes");
    }
    let mut changed = whole.clone();
    changed[whole.len() / 2] ^= 0xff;
    assert!(matches!(scaled_bytes(&changed, &[10]), Err(Error::Damaged(_))));
    let whole = fs::read(data("shapes.jpg")).unwrap();
    assert!(matches!(scaled_bytes(&whole[..30], &[10]), Err(Error::Damaged(_))));
}

/// A PNG that says of itself that it has these sides, and has nothing.
fn claims(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = png(RgbImage::new(1, 1));
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    let sum = crc(&bytes[12..29]).to_be_bytes();
    bytes[29..33].copy_from_slice(&sum);
    bytes
}

/// The check sum of a PNG's chunk, ISO 3309.
fn crc(bytes: &[u8]) -> u32 {
    !bytes
        .iter()
        .fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1))))
}

#[test]
fn what_would_take_too_much_memory_is_refused() {
    for (width, height) in [(16_385, 1), (1, 16_385), (16_384, 16_384), (u32::MAX >> 1, u32::MAX >> 1)] {
        assert!(matches!(scaled_bytes(&claims(width, height), &[10]), Err(Error::TooLarge)), "{width} × {height}");
    }
    // Within the limits it is read, and found to be cut off.
    assert!(matches!(scaled_bytes(&claims(16_384, 5000), &[10]), Err(Error::Damaged(_))));
}

#[test]
fn no_picture_is_made_too_high_or_without_a_pixel() {
    let tall = png(RgbImage::from_pixel(2, 100, Rgb([9, 9, 9])));
    assert!(matches!(scaled_bytes(&tall, &[4, 328]), Err(Error::TooHigh(328))));
    assert_eq!(scaled_bytes(&tall, &[327]).unwrap()[0].1.height(), 16_350);
    let wide = png(RgbImage::new(300, 2));
    assert_eq!(scaled_bytes(&wide, &[3]).unwrap()[0].1.dimensions(), (3, 1));
}
