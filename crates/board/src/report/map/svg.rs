//! A small writer of SVG: elements, texts that are safe in XML, and how wide they are.

use super::strips::Area;
use crate::printable::printable;

/// An SVG text under the pen.
#[derive(Default)]
pub(super) struct Svg {
    text: String,
    open: Vec<&'static str>,
}

impl Svg {
    pub(super) fn finish(self) -> String {
        self.text
    }

    /// Begins an element; `attributes` are written as they are.
    pub(super) fn open(&mut self, name: &'static str, attributes: &str) {
        self.indent();
        self.text += &format!("<{name}{}{attributes}>\n", if attributes.is_empty() { "" } else { " " });
        self.open.push(name);
    }

    /// Ends the element that was begun last.
    pub(super) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            self.indent();
            self.text += &format!("</{name}>\n");
        }
    }

    /// A line that is SVG already.
    pub(super) fn raw(&mut self, line: &str) {
        self.indent();
        self.text += line;
        self.text.push('\n');
    }

    /// What a pointer shows over the element that is open, and a screen reader reads.
    pub(super) fn title(&mut self, text: &str) {
        self.raw(&format!("<title>{}</title>", escaped(text)));
    }

    pub(super) fn rect(&mut self, class: &str, area: Area) {
        let (left, top) = (rounded(area.left), rounded(area.top));
        let (width, height) = (rounded(area.right) - left, rounded(area.bottom) - top);
        self.raw(&format!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            pixels(left),
            pixels(top),
            pixels(width),
            pixels(height)
        ));
    }

    /// A text with its base line at `y`.
    pub(super) fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        let (x, y) = (pixels(rounded(x)), pixels(rounded(y)));
        self.raw(&format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(text)));
    }

    pub(super) fn path(&mut self, class: &str, path: &str) {
        self.raw(&format!("<path class=\"{class}\" d=\"{path}\"/>"));
    }

    fn indent(&mut self) {
        self.text += &" ".repeat(self.open.len());
    }
}

/// The text as XML holds it. The lines of a title stay lines.
pub(super) fn escaped(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(printable).collect();
    lines.join("\n").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// About how wide a text of that size is at most, in the fonts that `sans-serif` is on the usual systems.
pub(super) fn width(text: &str, size: f64) -> f64 {
    let width = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '|' | '\'' | '(' | ')' | '[' | ']' | ' ' | '\u{a0}'
        | 'f' | 't' | 'r' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.98,
        'A'..='Z' => 0.74,
        '~' | '+' | '<' | '>' | '=' | '#' => 0.84,
        c if c.is_ascii() => 0.64,
        _ => 1.05,
    };
    text.chars().map(width).sum::<f64>() * size
}

/// As much of the text as fits, with the number at its end; `None` where that is hardly anything.
pub(super) fn cut(text: &str, size: f64, room: f64) -> Option<String> {
    const FEWEST: usize = 2;
    const LONGEST_NUMBER: usize = 4;

    let text = printable(text);
    if width(&text, size) <= room {
        return Some(text);
    }
    let number = text.len() - text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (name, number) = text.split_at(text.len() - if number > LONGEST_NUMBER { 0 } else { number });
    let number = format!("…{number}");
    let room = room - width(&number, size);
    let mut kept = String::new();
    for c in name.chars() {
        kept.push(c);
        if width(&kept, size) > room {
            kept.pop();
            break;
        }
    }
    let kept = kept.trim_end();
    (kept.chars().count() >= FEWEST).then(|| format!("{kept}{number}"))
}

/// The text in lines that fit; a word that does not is cut. A no-break space is within a word.
pub(super) fn wrapped(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split([' ', '\n']).filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if width(line, size) + width(" ", size) + width(word, size) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(cut(word, size, room).unwrap_or_else(|| "…".to_owned())),
        }
    }
    lines
}

/// Hundredths of a pixel: what is told of a place.
pub(super) fn rounded(pixels: f64) -> i64 {
    (pixels * 100.0).round() as i64
}

/// Hundredths of a pixel as a number of pixels.
pub(super) fn pixels(hundredths: i64) -> String {
    let text = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
