//! Texts of others, made safe to stand in a file or a message that people and programs read.

/// The text without what XML cannot hold, and without what would turn or hide the letters after it; such letters are told by
/// their numbers. It is one line.
pub(crate) fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    for c in text.chars() {
        let turns = matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if c.is_control() || turns || matches!(c, '\u{fffe}' | '\u{ffff}') {
            printable.extend(c.escape_unicode());
        } else {
            printable.push(c);
        }
    }
    printable
}

/// The text, or its beginning with how long all of it is, so that a message is no longer than a line.
pub(crate) fn cut_short(text: &str) -> String {
    const SHOWN: usize = 24;

    match text.char_indices().nth(SHOWN + SHOWN / 2) {
        Some(_) => {
            let beginning: String = text.chars().take(SHOWN).collect();
            format!("{beginning}… ({} characters)", text.chars().count())
        }
        None => text.to_owned(),
    }
}

/// Why a text is not the JSON that was wanted, in words of the file and not of the program.
pub(crate) fn json_fault(error: &serde_json::Error) -> String {
    let (line, column) = (error.line(), error.column());
    match error.classify() {
        serde_json::error::Category::Data if line > 0 => {
            format!("it is JSON, but of another form (line {line}, column {column})")
        }
        serde_json::error::Category::Data => "it is JSON, but of another form".to_owned(),
        serde_json::error::Category::Eof => "it is no whole JSON text: it ends too early".to_owned(),
        _ => format!("it is no JSON text (line {line}, column {column})"),
    }
}
