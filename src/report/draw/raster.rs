//! PNG: drawn several times too large and averaged down to two pixels a figure pixel, which smooths lines and letters.

use super::canvas::{Canvas, Target};
use super::layout::Layout;
use plotters::backend::BitMapBackend;
use std::io::{Error, Result};

/// Pixels of the file for one pixel of the figure.
const SHOWN: u32 = 2;
/// Above this many drawn pixels (120 MB) the drawing is only 2 times too large, not 3.
const LARGE: u64 = 40_000_000;

/// The figure as the bytes of a PNG file.
pub(super) fn render(layout: &Layout) -> Result<Vec<u8>> {
    let (width, height) = (layout.width as u32 * SHOWN, layout.height as u32 * SHOWN);
    let pixels = u64::from(width) * u64::from(height);
    let times = if pixels * 9 > LARGE { 2 } else { 3 };
    let mut drawn = vec![255u8; (pixels * u64::from(times * times) * 3) as usize];
    let backend = BitMapBackend::with_buffer(&mut drawn, (width * times, height * times));
    super::draw(Canvas::new(backend, SHOWN * times, Target::Raster), layout)?;
    encode(&averaged(&drawn, width as usize, times as usize), width, height)
}

/// Means of blocks of `times` x `times` pixels; `width` counts pixels of the result.
fn averaged(drawn: &[u8], width: usize, times: usize) -> Vec<u8> {
    let row_bytes = width * times * 3;
    let count = (times * times) as u32;
    let mut out = Vec::with_capacity(drawn.len() / (times * times));
    let mut sums = vec![0u32; width * 3];
    for block in drawn.chunks_exact(row_bytes * times) {
        sums.fill(0);
        for row in block.chunks_exact(row_bytes) {
            for (sum, pixels) in sums.chunks_exact_mut(3).zip(row.chunks_exact(times * 3)) {
                for pixel in pixels.chunks_exact(3) {
                    sum[0] += u32::from(pixel[0]);
                    sum[1] += u32::from(pixel[1]);
                    sum[2] += u32::from(pixel[2]);
                }
            }
        }
        out.extend(sums.iter().map(|sum| ((sum + count / 2) / count) as u8));
    }
    out
}

fn encode(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    // 96 figure pixels an inch.
    let per_metre = (f64::from(SHOWN * 96) / 0.0254).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions {
        xppu: per_metre,
        yppu: per_metre,
        unit: png::Unit::Meter,
    }));
    let mut writer = encoder.write_header().map_err(Error::other)?;
    writer.write_image_data(pixels).map_err(Error::other)?;
    writer.finish().map_err(Error::other)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::averaged;

    #[test]
    fn blocks_are_averaged_by_channel() {
        let drawn = [
            [0u8, 9, 100],
            [4, 9, 100],
            [255, 0, 0],
            [255, 0, 0],
            [0, 9, 104],
            [4, 9, 104],
            [255, 0, 0],
            [251, 0, 2],
        ];
        assert_eq!(averaged(drawn.as_flattened(), 2, 2), [2, 9, 102, 254, 0, 1]);
    }
}
