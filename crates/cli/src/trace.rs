//! The texts that a patch traces.

use crate::terminal;

/// Shows traced texts up to a number of lines: a text that repeats is counted, and what is left out is told.
pub struct Traces {
    lines_left: u64,
    latest: Option<String>,
    repeated: u64,
    hidden: u64,
}

impl Traces {
    /// Shows so many lines.
    pub fn new(lines: u64) -> Traces {
        Traces { lines_left: lines, latest: None, repeated: 0, hidden: 0 }
    }

    /// The lines to show for one more text, if any.
    pub fn text(&mut self, text: &str) -> Option<String> {
        if self.latest.as_deref() == Some(text) {
            self.repeated += 1;
            return None;
        }
        let repeats = self.repeats();
        if self.lines_left == 0 {
            self.hidden += 1;
            return repeats;
        }
        self.latest = Some(text.to_owned());
        let mut shown = repeats.unwrap_or_default();
        for line in text.trim_end_matches('\n').split('\n') {
            self.lines_left = self.lines_left.saturating_sub(1);
            shown.push_str(&format!("trace: {}\n", terminal::printable(line)));
        }
        Some(shown)
    }

    /// What is left to tell at the end.
    pub fn end(mut self) -> String {
        let mut shown = self.repeats().unwrap_or_default();
        if self.hidden > 0 {
            let count = sostenuto_board::bytes::grouped(self.hidden);
            shown.push_str(&format!("trace: texts not shown: {count}; --traces shows more\n"));
        }
        shown
    }

    fn repeats(&mut self) -> Option<String> {
        self.latest = None;
        let count = std::mem::take(&mut self.repeated);
        (count > 0)
            .then(|| format!("trace: the same again, times: {}\n", sostenuto_board::bytes::grouped(count)))
    }
}
