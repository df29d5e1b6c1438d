//! Writing to the terminal.

use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

use sostenuto_board::report::Style;

use crate::failure::Failure;

/// Writes to standard output; a reader that has gone away is no error.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Print { source }),
        _ => Ok(()),
    }
}

/// Writes what a patch prints to standard output: as it is into a file, without what would drive a terminal on one.
pub fn print_of_patch(text: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let is_terminal = out.is_terminal();
    let harmless = is_terminal.then(|| printable(&String::from_utf8_lossy(text)).into_owned());
    let bytes = harmless.as_ref().map_or(text, String::as_bytes);
    match out.write_all(bytes).and_then(|()| if is_terminal { out.flush() } else { Ok(()) }) {
        Err(source) if source.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Print { source }),
        _ => Ok(()),
    }
}

/// Writes a message to standard error as it is; who listens to neither stream cannot be told so.
pub fn notice(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// Writes an error message to standard error.
pub fn complain(message: &str) {
    say("error", "1;31", message);
}

/// Writes a warning to standard error.
pub fn warn(message: &str) {
    say("warning", "1;33", message);
}

fn say(label: &str, code: &str, message: &str) {
    let message = printable(message);
    if colours(&io::stderr()) {
        notice(&format!("\u{1b}[{code}m{label}\u{1b}[0m: {message}\n"));
    } else {
        notice(&format!("{label}: {message}\n"));
    }
}

/// The text without what would drive a terminal: names in a module and traced texts are not to be trusted.
pub fn printable(text: &str) -> Cow<'_, str> {
    let harmful = |c: char| c.is_control() && c != '\n' && c != '\t';
    if !text.contains(harmful) {
        return Cow::Borrowed(text);
    }
    text.chars()
        .fold(String::new(), |mut shown, c| {
            if harmful(c) {
                shown.extend(c.escape_unicode())
            } else {
                shown.push(c)
            }
            shown
        })
        .into()
}

/// Whether that stream is a terminal that wants colours.
pub fn colours(stream: &impl IsTerminal) -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    stream.is_terminal() && !set("NO_COLOR") && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Whether a report and an error message meet on one screen, so that the one need not repeat the other.
pub fn one_screen() -> bool {
    io::stdout().is_terminal() && io::stderr().is_terminal()
}

/// How reports on standard output look: within the terminal, and never so wide that lines are hard to follow.
pub fn style() -> Style {
    let widest = Style::default().width;
    let width = terminal_size::terminal_size_of(io::stdout()).map_or(widest, |(width, _)| width.0.into());
    Style { colour: colours(&io::stdout()), width: widest.min(width), ..Style::default() }
}
