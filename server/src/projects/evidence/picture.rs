//! Pictures are made anew: what a camera wrote into them, the place among it, is left behind, and so is whatever else hides in a file.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use crate::kernel::error::Fault;

/// The longer side of a picture that is kept, in pixels: a page of A4 at 220 dots an inch.
const LONGEST: u32 = 2_560;
/// The longer side of a picture that is looked at, in pixels.
const MOST_SIDE: u32 = 16_000;
/// Pixels of a picture: a good camera's. A JPEG that comes in passes is held at ten bytes a pixel while it is read.
const MOST_PIXELS: u64 = 36_000_000;
/// Bytes that a picture unpacks to: its pixels, four bytes each.
const MOST_UNPACKED: u64 = 4 * MOST_PIXELS;
/// Quality of JPEG, of 100: what a reader sees no loss in.
const QUALITY: u8 = 82;

/// A picture made anew.
#[derive(Debug)]
pub(super) struct Anew {
    pub bytes: Vec<u8>,
    /// Whether it is JPEG; PNG otherwise.
    pub is_jpeg: bool,
}

/// The picture, upright and no larger than it is of use.
///
/// # Errors
/// `picture_damaged`, or `picture_too_large` for one that unpacks to more than is taken.
pub(super) fn anew(bytes: &[u8], format: ImageFormat) -> Result<Anew, Fault> {
    let fault = |error: image::ImageError| match error {
        image::ImageError::Limits(_) => "picture_too_large",
        _ => "picture_damaged",
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MOST_SIDE);
    limits.max_image_height = Some(MOST_SIDE);
    limits.max_alloc = Some(MOST_UNPACKED);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(fault)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS || decoder.total_bytes() > MOST_UNPACKED {
        return Err("picture_too_large");
    }
    // a camera writes which way is up beside the picture, where it would be lost
    let upright = decoder.orientation().map_err(fault)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(fault)?;
    picture.apply_orientation(upright);
    if picture.width().max(picture.height()) > LONGEST {
        picture = picture.resize(LONGEST, LONGEST, image::imageops::FilterType::Triangle);
    }
    let is_jpeg = match format {
        ImageFormat::Png => false,
        ImageFormat::Jpeg => true,
        _ => !picture.color().has_alpha(),
    };
    let mut out = Cursor::new(Vec::new());
    if is_jpeg {
        picture.to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut out, QUALITY)).map_err(fault)?;
    } else {
        picture.write_to(&mut out, ImageFormat::Png).map_err(fault)?;
    }
    Ok(Anew { bytes: out.into_inner(), is_jpeg })
}

/// The longer side of a picture in a gallery, in pixels: enough for a phone that shows two dots where others show one.
const SMALL: u32 = 640;

/// A picture that is kept, small; none where it is damaged. It was made anew when it was taken, so that nothing of it is large.
pub(crate) fn lessened(bytes: &[u8]) -> Option<Vec<u8>> {
    let picture = image::load_from_memory(bytes).ok()?;
    let small = picture.thumbnail(SMALL, SMALL);
    // what is seen through is seen on white, as on a page
    let mut flat = image::RgbaImage::from_pixel(small.width(), small.height(), image::Rgba([255, 255, 255, 255]));
    image::imageops::overlay(&mut flat, &small.to_rgba8(), 0, 0);
    let mut out = Cursor::new(Vec::new());
    DynamicImage::ImageRgba8(flat).to_rgb8().write_with_encoder(JpegEncoder::new_with_quality(&mut out, QUALITY)).ok()?;
    Some(out.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        DynamicImage::new_rgb8(width, height).write_to(&mut out, ImageFormat::Jpeg).unwrap();
        out.into_inner()
    }

    /// With a camera's notes: turned to the right, and where it was taken.
    fn with_notes(jpeg: &[u8]) -> Vec<u8> {
        let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x02".to_vec();
        exif.extend(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"); // orientation 6
        exif.extend(b"\x88\x25\0\x04\0\0\0\x01\0\0\0\x26"); // where the place is written
        exif.extend(b"\0\0\0\0\0\x01\0\x01\0\x02\0\0\0\x02S\0\0\0\0\0\0\0KIBONDO");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], b"\xff\xe1", &length, &exif, &jpeg[2..]].concat()
    }

    fn contains(bytes: &[u8], what: &[u8]) -> bool {
        bytes.windows(what.len()).any(|part| part == what)
    }

    #[test]
    fn what_a_camera_wrote_is_left_behind_and_the_picture_stands_upright() {
        let taken = with_notes(&jpeg(40, 20));
        assert!(contains(&taken, b"KIBONDO") && contains(&taken, b"Exif"));
        let made = anew(&taken, ImageFormat::Jpeg).unwrap();
        assert!(!contains(&made.bytes, b"KIBONDO") && !contains(&made.bytes, b"Exif"));
        let shown = image::load_from_memory(&made.bytes).unwrap();
        assert_eq!((shown.width(), shown.height()), (20, 40));
    }

    #[test]
    fn what_hides_behind_a_picture_is_left_behind() {
        let taken = [&jpeg(8, 8)[..], b"PK\x03\x04 an archive <script>"].concat();
        assert!(!contains(&anew(&taken, ImageFormat::Jpeg).unwrap().bytes, b"<script>"));
    }

    #[test]
    fn large_pictures_become_smaller_and_bombs_are_refused() {
        let made = anew(&jpeg(5_120, 640), ImageFormat::Jpeg).unwrap();
        let shown = image::load_from_memory(&made.bytes).unwrap();
        assert_eq!((shown.width(), shown.height()), (2_560, 320));
        let mut bomb = Cursor::new(Vec::new());
        DynamicImage::new_luma8(15_900, 15_900).write_to(&mut bomb, ImageFormat::Png).unwrap();
        let bomb = bomb.into_inner();
        assert!(bomb.len() < 2_000_000, "it is small: {}", bomb.len());
        assert_eq!(anew(&bomb, ImageFormat::Png).unwrap_err(), "picture_too_large");
        assert_eq!(anew(b"\x89PNG\r\n\x1a\n", ImageFormat::Png).unwrap_err(), "picture_damaged");
    }
}
