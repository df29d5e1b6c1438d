//! What a compiler says of a source: errors and warnings with their place, an excerpt and a hint.

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// A range of bytes in a source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Span {
        Span { start: start as u32, end: end as u32 }
    }

    /// From the start of this to the end of `other`.
    pub(crate) fn to(self, other: Span) -> Span {
        Span { start: self.start, end: other.end.max(self.start) }
    }
}

/// Whether a [`Diagnostic`] stops the compilation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// No patch is made.
    Error,
    /// The patch is made.
    Warning,
}

/// One error or warning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Whether it stops the compilation.
    pub severity: Severity,
    /// What is wrong, in one sentence without a full stop.
    pub message: String,
    /// The place.
    pub span: Span,
    /// What to say at the place, beyond the message.
    pub label: String,
    /// A second place that matters, such as an earlier declaration.
    pub related: Option<(Span, String)>,
    /// What to do.
    pub hint: Option<String>,
}

impl Diagnostic {
    pub(crate) fn error(span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            message: message.into(),
            span,
            label: String::new(),
            related: None,
            hint: None,
        }
    }

    pub(crate) fn warning(span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic { severity: Severity::Warning, ..Diagnostic::error(span, message) }
    }

    pub(crate) fn label(mut self, label: impl Into<String>) -> Diagnostic {
        self.label = label.into();
        self
    }

    pub(crate) fn related(mut self, span: Span, label: impl Into<String>) -> Diagnostic {
        self.related = Some((span, label.into()));
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Diagnostic {
        self.hint = Some(hint.into());
        self
    }

    /// The line of the place, counted from 1.
    pub fn line(&self, source: &str) -> u32 {
        Lines::new(source).line(self.span)
    }

    /// The text for a person, with the source lines it speaks of.
    pub fn render(&self, source: &str, path: &str, colour: bool) -> String {
        let level = match self.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let (text, first_line, cut) = excerpt(source, self);
        let place = |span: Span| {
            let clamp = |at: u32| {
                let mut at = (at as usize).saturating_sub(cut).min(text.len());
                while !text.is_char_boundary(at) {
                    at -= 1;
                }
                at
            };
            clamp(span.start)..clamp(span.end)
        };
        let mut snippet = Snippet::source(text).line_start(first_line).path(path).fold(true).annotation(
            AnnotationKind::Primary
                .span(place(self.span))
                .label((!self.label.is_empty()).then_some(self.label.as_str())),
        );
        if let Some((span, label)) = &self.related {
            snippet = snippet.annotation(AnnotationKind::Context.span(place(*span)).label(label));
        }
        let mut group = level.primary_title(&self.message).element(snippet);
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.message(hint));
        }
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        format!("{}\n", renderer.render(&[group]))
    }
}

/// More errors than anybody reads: those after are counted, not kept.
const MOST_ERRORS: usize = 40;

/// More warnings than anybody reads.
const MOST_WARNINGS: usize = 100;

/// What is found while a source is compiled, bounded whatever the source.
#[derive(Debug, Default)]
pub(crate) struct Diagnostics {
    found: Vec<Diagnostic>,
    errors: usize,
    warnings: usize,
}

impl Diagnostics {
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let (count, most) = match diagnostic.severity {
            Severity::Error => (&mut self.errors, MOST_ERRORS),
            Severity::Warning => (&mut self.warnings, MOST_WARNINGS),
        };
        *count += 1;
        if *count <= most {
            self.found.push(diagnostic);
        }
    }

    /// Whether further errors would not be kept.
    pub fn is_full(&self) -> bool {
        self.errors >= MOST_ERRORS
    }

    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// Where each of them is, ascending.
    pub fn starts(&self) -> Vec<u32> {
        let mut starts: Vec<u32> = self.found.iter().map(|diagnostic| diagnostic.span.start).collect();
        starts.sort_unstable();
        starts
    }

    pub fn last_mut(&mut self) -> Option<&mut Diagnostic> {
        self.found.last_mut()
    }

    /// All of them in the order of the source, and at the end how many more there were.
    pub fn into_sorted(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|diagnostic| diagnostic.span.start);
        let more = self.errors.saturating_sub(MOST_ERRORS);
        if more > 0 {
            let span = self.found.last().map_or(Span::default(), |last| last.span);
            let plural = if more == 1 { "" } else { "s" };
            self.found.push(Diagnostic::error(span, format!("{more} more error{plural} not shown")));
        }
        self.found
    }
}

/// The lines around the places of a diagnostic, so that the renderer never sees a whole large file, or a line of
/// megabytes: the text, the number of its first line, and its first byte in the source.
fn excerpt<'a>(source: &'a str, diagnostic: &Diagnostic) -> (&'a str, usize, usize) {
    const MOST: usize = 4096;
    let places = [Some(diagnostic.span), diagnostic.related.as_ref().map(|(span, _)| *span)];
    let start = places.iter().flatten().map(|span| span.start).min().unwrap_or(0) as usize;
    let end = places.iter().flatten().map(|span| span.end).max().unwrap_or(0) as usize;
    let boundary = |mut at: usize| {
        at = at.min(source.len());
        while !source.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let (start, end) = (boundary(start), boundary(end));
    let from = source[..start].rfind('\n').map_or(0, |at| at + 1);
    let to = source[end..].find('\n').map_or(source.len(), |at| end + at);
    let line = source[..from].matches('\n').count() + 1;
    let from = boundary(from.max(start.saturating_sub(MOST)));
    let to = if diagnostic.related.is_some() { to } else { boundary(to.min(end.max(start) + MOST)) };
    (&source[from..to], line, from)
}

/// Line numbers of a source.
#[derive(Debug)]
pub(crate) struct Lines {
    starts: Vec<u32>,
}

impl Lines {
    pub(crate) fn new(source: &str) -> Lines {
        let breaks = source.bytes().enumerate().filter(|&(_, byte)| byte == b'\n');
        Lines { starts: std::iter::once(0).chain(breaks.map(|(at, _)| at as u32 + 1)).collect() }
    }

    /// The line on which a span starts, counted from 1.
    pub(crate) fn line(&self, span: Span) -> u32 {
        self.starts.partition_point(|&start| start <= span.start) as u32
    }
}
