//! Whether the values after a format are what it says: what lies in the cells is not known when it is printed.

use super::Parser;
use crate::c::tree::{Expr, ExprKind};
use crate::c::types::{Integer, Type};
use crate::diagnostic::Span;

/// What a conversion wants.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Wanted {
    Int,
    LongLong,
    Double,
    Text,
    Pointer,
}

impl Wanted {
    fn name(self) -> &'static str {
        match self {
            Wanted::Int => "an int",
            Wanted::LongLong => "a long long",
            Wanted::Double => "a double",
            Wanted::Text => "text",
            Wanted::Pointer => "a pointer",
        }
    }

    fn takes(self, ty: &Type) -> bool {
        let pointer = matches!(ty, Type::Pointer(_));
        match self {
            Wanted::Int => ty.is_integer() && !is_long(ty),
            Wanted::LongLong => is_long(ty),
            Wanted::Double => *ty == Type::Double,
            Wanted::Text => pointer,
            Wanted::Pointer => pointer || ty.is_integer() && !is_long(ty),
        }
    }
}

impl Parser<'_> {
    /// Warns of values that a format, as far as it is written here, does not take.
    pub(super) fn check_format(&mut self, format: &Expr, values: &[Expr], span: Span) {
        let ExprKind::AddressOf(place) = &format.kind else { return };
        let ExprKind::Text(id) = place.kind else { return };
        let text = self.program.texts[id].clone();
        let wanted = conversions(&text);
        if wanted.len() != values.len() {
            let (takes, given) = (wanted.len(), values.len());
            let plural = if takes == 1 { "" } else { "s" };
            return self.warn(span, format!("the format takes {takes} value{plural}, but {given} given"));
        }
        for ((conversion, wanted), value) in wanted.iter().zip(values) {
            if !wanted.takes(&value.ty) {
                let ty = self.type_name(&value.ty);
                let message = format!("`{conversion}` takes {}, but {ty} is given", wanted.name());
                self.warn(value.span, message);
            }
        }
    }
}

fn is_long(ty: &Type) -> bool {
    matches!(ty, Type::Integer(Integer { bytes: 8, .. }))
}

/// The conversions of a format, as they are written, and what each wants.
fn conversions(text: &[u8]) -> Vec<(String, Wanted)> {
    let mut found = Vec::new();
    let mut rest = text.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            continue;
        }
        let mut written = "%".to_owned();
        let mut longs = 0;
        while let Some(next) = rest.next_if(|next| b"-+ #0123456789.*hlzjt".contains(next)) {
            written.push(char::from(next));
            match next {
                b'*' => found.push((written.clone(), Wanted::Int)),
                b'l' => longs += 1,
                b'j' => longs += 2,
                _ => {}
            }
        }
        let Some(letter) = rest.next() else { break };
        written.push(char::from(letter));
        let wanted = match letter {
            b'd' | b'i' | b'u' | b'x' | b'X' | b'o' if longs > 1 => Wanted::LongLong,
            b'd' | b'i' | b'u' | b'x' | b'X' | b'o' | b'c' => Wanted::Int,
            b'f' | b'F' | b'e' | b'E' | b'g' | b'G' => Wanted::Double,
            b's' => Wanted::Text,
            b'p' => Wanted::Pointer,
            _ => continue,
        };
        found.push((written, wanted));
    }
    found
}
