//! What the text reports are drawn with: colours, bars, columns of names, wrapped paragraphs.

use super::Style;

/// A text report under the pen.
pub(super) struct Page {
    pub(super) style: Style,
    text: String,
}

/// What a piece of text means, and so its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Title,
    Quiet,
    Good,
    Close,
    Bad,
}

impl Page {
    pub(super) fn new(style: Style) -> Page {
        Page { style: Style { width: style.width.max(Style::NARROWEST), ..style }, text: String::new() }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    /// A line; blanks at its end are dropped.
    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// The text in the tone's colour.
    pub(super) fn tone(&self, tone: Tone, text: &str) -> String {
        let code = match tone {
            _ if !self.style.colour => return text.to_owned(),
            Tone::Plain => return text.to_owned(),
            Tone::Title => 1,
            Tone::Quiet => 2,
            Tone::Good => 32,
            Tone::Close => 33,
            Tone::Bad => 31,
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// A paragraph in lines of the page's width, the first after `head`, the others indented as far.
    pub(super) fn paragraph(&mut self, tone: Tone, head: &str, text: &str) {
        let indent = head.chars().count();
        let room = self.style.width.saturating_sub(indent).max(20);
        let mut lines = vec![String::new()];
        for word in self.printable(text).split_whitespace() {
            let line = lines.last_mut().expect("the list starts with one line");
            if line.is_empty() {
                line.push_str(word);
            } else if line.chars().count() + 1 + word.chars().count() <= room {
                line.push(' ');
                line.push_str(word);
            } else {
                lines.push(word.to_owned());
            }
        }
        for (at, line) in lines.iter().enumerate() {
            let head = if at == 0 { head.to_owned() } else { " ".repeat(indent) };
            let line = format!("{head}{}", self.tone(tone, line));
            self.line(&line);
        }
    }

    /// A bar of `width` characters: so much of `whole` used, so much reserved, the rest free. Whatever is not
    /// nothing shows, and whatever is not all leaves a gap.
    pub(super) fn bar(&self, width: usize, whole: u64, used: u64, reserved: u64, tone: Tone) -> String {
        /// A block cell is divided in eight.
        const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
        let cells = |bytes: u64, steps: u64| {
            let steps = width as u64 * steps;
            let share = (u128::from(bytes) * u128::from(steps) / u128::from(whole.max(1))) as u64;
            share.clamp(u64::from(bytes > 0), steps)
        };
        let kept = (cells(reserved, 1) as usize).min(width);
        let room = (width - kept) as u64;
        let full = whole.saturating_sub(reserved);
        let least_gap =
            |steps: u64| if used < full { (room * steps).saturating_sub(1) } else { room * steps };
        let (bar, length) = if self.style.unicode {
            let eighths = if used >= full && full > 0 { room * 8 } else { cells(used, 8).min(least_gap(8)) };
            let (cells, part) = ((eighths / 8) as usize, PARTS[(eighths % 8) as usize]);
            (format!("{}{part}", "█".repeat(cells)), cells + part.chars().count())
        } else {
            let cells =
                if used >= full && full > 0 { room } else { cells(used, 1).min(least_gap(1)) } as usize;
            ("#".repeat(cells), cells)
        };
        let (free, taken) = if self.style.unicode { ("·", "▒") } else { (".", "x") };
        let free = free.repeat(width - kept - length);
        format!(
            "{}{}{}",
            self.tone(tone, &bar),
            self.tone(Tone::Quiet, &free),
            self.tone(Tone::Quiet, &taken.repeat(kept))
        )
    }

    /// The name as one printable word of at most `width` characters.
    pub(super) fn name(&self, name: &str, width: usize) -> String {
        let mut printable = String::new();
        for c in name.chars() {
            self.push(&mut printable, c, c.is_control());
        }
        if printable.chars().count() <= width {
            return printable;
        }
        let ellipsis = if self.style.unicode { "…" } else { "~" };
        let kept: String = printable.chars().take(width.saturating_sub(1)).collect();
        kept + ellipsis
    }

    /// The text without what would drive a terminal, or what it could not show.
    fn printable(&self, text: &str) -> String {
        let mut printable = String::new();
        for c in text.chars() {
            self.push(&mut printable, c, c.is_control() && !c.is_whitespace());
        }
        printable
    }

    fn push(&self, text: &mut String, c: char, harmful: bool) {
        if harmful || (!self.style.unicode && !c.is_ascii()) {
            text.extend(c.escape_unicode());
        } else {
            text.push(c);
        }
    }

    /// What stands in a table where there is nothing to say.
    pub(super) fn nothing(&self) -> &'static str {
        if self.style.unicode { "–" } else { "-" }
    }
}

/// A share in percent, as `29.8 %`; what is not nothing is not `0.0 %`, and what is not all is not `100.0 %`.
pub(super) fn percent(part: u64, whole: u64) -> String {
    match part {
        0 => "0.0 %".to_owned(),
        part if part == whole => "100.0 %".to_owned(),
        part => format!("{:.1} %", (part as f64 * 100.0 / whole.max(1) as f64).clamp(0.1, 99.9)),
    }
}
