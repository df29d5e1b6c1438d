//! What the strips of LEDs have shown, as pictures over time and as text.

use std::fmt::Write;

use super::leds::{History, PIXELS, STRIPS};

/// What the strips have shown in a run.
///
/// ```
/// use sostenuto_board::patch::{Facts, Host, Patch};
/// use sostenuto_machine::conez::{Settings, load, run};
///
/// let wasm = wat::parse_str(
///     r#"(module
///         (import "env" "led_fill" (func $led_fill (param i32 i32 i32 i32)))
///         (import "env" "led_show" (func $led_show))
///         (func (export "setup")
///             (call $led_fill (i32.const 1) (i32.const 255) (i32.const 128) (i32.const 0))
///             (call $led_show)))"#,
/// )?;
/// let patch = Patch::new(wasm, Facts { host: Host::Conez, ..Facts::default() })?;
/// let outcome = run(&load(&patch)?, &Settings::default(), None, &mut |_, _| {}, &mut |_| {})?;
/// assert_eq!(outcome.lights.last(), ["strip 1: 50 x #ff8000"]);
/// assert!(outcome.lights.svg().starts_with("<svg "));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Lights {
    history: History,
    /// When the run ended, in microseconds.
    end: u64,
    /// The strips that were ever lit, or the first one when none was.
    strips: Vec<usize>,
}

/// The columns of a picture; each shows what was seen at its time.
const COLUMNS: usize = 960;

/// The rows of a pixel, and those between two strips.
const ROWS: usize = 5;
const GAP: usize = 12;

/// What stands at the left of an SVG, above it and below it.
const MARGIN: [usize; 3] = [64, 28, 30];

impl Lights {
    pub(super) fn new(history: History, end: u64) -> Lights {
        let is_lit = |strip: &usize| {
            let pixels = strip * PIXELS..(strip + 1) * PIXELS;
            history.frames().any(|(_, frame)| frame[pixels.clone()].iter().any(|pixel| *pixel != [0; 3]))
        };
        let mut strips: Vec<usize> = (0..STRIPS).filter(is_lit).collect();
        if strips.is_empty() {
            strips.push(0);
        }
        Lights { history, end, strips }
    }

    /// Whether anything was ever shown.
    pub fn are_shown(&self) -> bool {
        self.history.shows > 0
    }

    /// What each strip shows at the end, the last pixel of a run of equal ones after the first: of the strips that were ever
    /// lit.
    pub fn last(&self) -> Vec<String> {
        self.last_colours().map(|(strip, colours)| format!("strip {strip}: {}", runs(colours))).collect()
    }

    /// The same as numbers of the strips and colours of their pixels.
    pub fn last_colours(&self) -> impl Iterator<Item = (usize, &[[u8; 3]])> {
        let last = self.history.frames().next_back().map(|(_, frame)| frame);
        let strips = self.strips.iter().filter(|_| self.are_shown());
        strips.filter_map(move |strip| Some((strip + 1, last?.chunks_exact(PIXELS).nth(*strip)?)))
    }

    /// A picture in the format PNG: time from left to right, the strips one below the other, the first pixel of each on top.
    pub fn png(&self) -> Vec<u8> {
        let (width, height) = (COLUMNS, self.height());
        let mut rows = vec![[0xFF; 3]; width * height];
        for column in 0..width {
            let Some(frame) = self.history.at(self.time(column)) else {
                self.strips.iter().enumerate().for_each(|(place, _)| {
                    self.paint(&mut rows, column, place, &[[0; 3]; PIXELS]);
                });
                continue;
            };
            for (place, strip) in self.strips.iter().enumerate() {
                self.paint(&mut rows, column, place, &frame[strip * PIXELS..(strip + 1) * PIXELS]);
            }
        }
        encode(width, height, rows.as_flattened())
    }

    fn paint(&self, rows: &mut [[u8; 3]], column: usize, place: usize, pixels: &[[u8; 3]]) {
        let top = place * (PIXELS * ROWS + GAP);
        for (pixel, colour) in pixels.iter().enumerate() {
            for row in 0..ROWS {
                rows[(top + pixel * ROWS + row) * COLUMNS + column] = *colour;
            }
        }
    }

    /// The same picture as SVG, with the numbers of the strips and a scale of time.
    pub fn svg(&self) -> String {
        let [left, top, below] = MARGIN;
        let (width, height) = (left + COLUMNS + 24, top + self.height() + below);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">\n\
             <title>What the LEDs have shown</title>\n\
             <rect width=\"{width}\" height=\"{height}\" fill=\"#fff\"/>\n\
             <text x=\"{left}\" y=\"18\">LEDs over {}: {} changes</text>\n",
            seconds(self.end),
            self.history.changes
        );
        // Writing to a string does not fail, here and below.
        let _ = writeln!(
            svg,
            "<image x=\"{left}\" y=\"{top}\" width=\"{COLUMNS}\" height=\"{}\" style=\"image-rendering:pixelated\" \
             href=\"data:image/png;base64,{}\"/>",
            self.height(),
            base64(&self.png())
        );
        for (place, strip) in self.strips.iter().enumerate() {
            let from = top + place * (PIXELS * ROWS + GAP);
            for (row, label) in [(10, "0".to_owned()), (PIXELS * ROWS, format!("{}", PIXELS - 1))] {
                let _ = writeln!(
                    svg,
                    "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{label}</text>",
                    left - 6,
                    from + row
                );
            }
            let (x, y) = (left - 6, from + PIXELS * ROWS / 2);
            let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"end\">strip {}</text>", strip + 1);
        }
        let axis = top + self.height();
        for mark in 0..=8 {
            let x = left + mark * COLUMNS / 8;
            let time = seconds(self.end * mark as u64 / 8);
            let _ = writeln!(
                svg,
                "<path d=\"M{x} {axis}v5\" stroke=\"#222\"/><text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{time}</text>",
                axis + 18
            );
        }
        svg + "</svg>\n"
    }

    fn height(&self) -> usize {
        self.strips.len() * (PIXELS * ROWS + GAP) - GAP
    }

    /// The time in the middle of a column.
    fn time(&self, column: usize) -> u64 {
        let twice = u128::from(self.end) * (2 * column as u128 + 1);
        (twice / (2 * COLUMNS as u128)) as u64
    }
}

/// Microseconds as seconds, without what is no digit's worth.
fn seconds(time: u64) -> String {
    let seconds = format!("{:.3}", time as f64 / 1e6);
    format!("{} s", seconds.trim_end_matches('0').trim_end_matches('.'))
}

/// Runs of equal colours, the first sixteen of them.
fn runs(colours: &[[u8; 3]]) -> String {
    const MOST: usize = 16;

    let runs: Vec<String> = colours
        .chunk_by(|one, other| one == other)
        .map(|run| {
            let [red, green, blue] = run[0];
            format!("{} x #{red:02x}{green:02x}{blue:02x}", run.len())
        })
        .collect();
    match runs.len().checked_sub(MOST) {
        None | Some(0) => runs.join(", "),
        Some(more) => format!("{} and {more} more runs", runs[..MOST].join(", ")),
    }
}

fn encode(width: usize, height: usize, rows: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // A vector takes all that is written to it, and the rows are as many as the header says.
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(rows));
    debug_assert!(written.is_ok(), "{written:?}");
    bytes
}

/// As RFC 4648 has it.
fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = group.iter().fold(0, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        for digit in 0..4 {
            let value = word >> (18 - 6 * digit) & 63;
            text.push(if digit <= group.len() { DIGITS[value as usize].into() } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::leds::Leds;
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648() {
        let encoded = ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(|text| base64(text.as_bytes()));
        assert_eq!(encoded, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"]);
    }

    #[test]
    fn a_picture_has_each_colour_at_its_time_and_pixel() {
        let mut leds = Leds::new(true);
        leds.show(0);
        leds.strip(3).expect("a strip")[49] = [9, 8, 7];
        leds.show(500_000);
        let lights = Lights::new(leds.history.clone(), 1_000_000);
        let bytes = lights.png();
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
        let mut rows = vec![[0; 3]; COLUMNS * PIXELS * ROWS];
        reader.next_frame(rows.as_flattened_mut()).expect("an image");
        let at = |column: usize, row: usize| rows[row * COLUMNS + column];
        assert_eq!((at(479, 249), at(480, 249), at(959, 245)), ([0; 3], [9, 8, 7], [9, 8, 7]));
        assert_eq!((at(959, 244), at(959, 0)), ([0; 3], [0; 3]));
        assert_eq!(lights.last(), ["strip 3: 49 x #000000, 1 x #090807"]);
        assert!(
            lights.svg().contains(">strip 3</text>") && lights.svg().contains("LEDs over 1 s: 2 changes")
        );
    }
}
