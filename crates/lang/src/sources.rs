//! The text of a program and of the files that it includes, as one text with one count of bytes.

use crate::diagnostic::{Diagnostic, Lines, Span};

/// Files include each other at most this deep.
pub(crate) const DEEPEST: usize = 8;

/// The program's own text, and after it each included file.
pub(crate) struct Sources {
    text: String,
    /// In order of place.
    included: Vec<Included>,
    lines: Lines,
    own: usize,
}

struct Included {
    name: String,
    /// The first byte in the whole text.
    start: usize,
    /// The directive, which may itself be in an included file.
    directive: Span,
    lines: Lines,
}

impl Sources {
    pub fn new(source: &str) -> Sources {
        let lines = Lines::new(source);
        Sources { text: source.to_owned(), included: Vec::new(), lines, own: source.len() }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the program's own text.
    pub fn own(&self) -> std::ops::Range<usize> {
        0..self.own
    }

    /// Adds a file that the directive includes; the place of its text.
    ///
    /// # Errors
    /// What is wrong, when the file is among those that include it, or they are too many.
    pub fn include(
        &mut self,
        name: &str,
        text: &str,
        directive: Span,
    ) -> Result<std::ops::Range<usize>, String> {
        let mut depth = 1;
        let mut outer = self.file_of(directive);
        while let Some(file) = outer {
            if file.name == name {
                return Err(format!("`{name}` includes itself"));
            }
            depth += 1;
            outer = self.file_of(file.directive);
        }
        if depth > DEEPEST {
            return Err(format!("files include each other more than {DEEPEST} deep"));
        }
        if self.text.len() + text.len() > u32::MAX as usize / 2 {
            return Err("the program and its files are larger than 2 GiB".to_owned());
        }
        self.text.push('\n');
        let start = self.text.len();
        self.text.push_str(text);
        self.included.push(Included { name: name.to_owned(), start, directive, lines: Lines::new(text) });
        Ok(start..self.text.len())
    }

    fn file_of(&self, span: Span) -> Option<&Included> {
        let after = self.included.partition_point(|file| file.start <= span.start as usize);
        after.checked_sub(1).map(|at| &self.included[at])
    }

    /// The place in the program's own text: for what is in an included file, its directive.
    fn own_place(&self, mut span: Span) -> Span {
        while let Some(file) = self.file_of(span) {
            span = file.directive;
        }
        span
    }

    /// The name of the included file that the place is in.
    pub fn file_name(&self, span: Span) -> Option<&str> {
        self.file_of(span).map(|file| file.name.as_str())
    }

    /// The line in the program's own text.
    pub fn line(&self, span: Span) -> u32 {
        self.lines.line(self.own_place(span))
    }

    /// The line in the file that the place is in, and that file's name unless it is the program itself.
    fn file_line(&self, span: Span) -> Option<(&str, u32)> {
        let file = self.file_of(span)?;
        let inside = Span { start: span.start - file.start as u32, end: 0 };
        Some((&file.name, file.lines.line(inside)))
    }

    /// The same, told of a place in the program's own text.
    pub fn told(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        if let Some((file, line)) = self.file_line(diagnostic.span) {
            diagnostic.message = format!("in `{file}`, line {line}: {}", diagnostic.message);
            diagnostic.span = self.own_place(diagnostic.span);
        } else if let Some(last) = diagnostic.span.end.checked_sub(1) {
            // What begins in the program and ends in an included file is shown up to the directive.
            let last = Span { start: last, end: diagnostic.span.end };
            diagnostic.span.end = self.own_place(last).end;
        }
        if let Some((span, label)) = &mut diagnostic.related
            && let Some((file, line)) = self.file_line(*span)
        {
            *label = format!("`{file}`, line {line}: {label}");
            *span = self.own_place(*span);
        }
        diagnostic
    }
}
