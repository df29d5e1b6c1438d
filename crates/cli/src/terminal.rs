//! Writing to the terminal.

use std::io::{self, IsTerminal, Write};

use sostenuto_board::report::Style;

/// Writes to standard output; a reader that has gone away is no error.
pub fn print(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

/// Writes a message to standard error as it is.
pub fn notice(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes an error message to standard error.
pub fn complain(message: &str) {
    let label = if colours(&io::stderr()) { "\u{1b}[1;31merror\u{1b}[0m" } else { "error" };
    notice(&format!("{label}: {message}\n"));
}

/// Whether that stream is a terminal that wants colours.
pub fn colours(stream: &impl IsTerminal) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// How reports on standard output look.
pub fn style() -> Style {
    Style { colour: colours(&io::stdout()), ..Style::default() }
}
