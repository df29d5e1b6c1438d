//! The words before a declarator: storage, qualifiers and the type they make together.

use super::{Parsed, Parser, Symbol};
use crate::c::token::Kind;
use crate::c::types::Type;

/// The words that make a type, each with the number that is counted for it.
const WORDS: [(&str, u32); 12] = [
    ("void", 1),
    ("char", 1 << 2),
    ("short", 1 << 4),
    ("int", 1 << 6),
    ("long", 1 << 8),
    ("float", 1 << 10),
    ("double", 1 << 12),
    ("signed", 1 << 14),
    ("__signed__", 1 << 14),
    ("unsigned", 1 << 16),
    ("_Bool", 1 << 18),
    ("bool", 1 << 18),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    Usual,
    Static,
    Extern,
    Typedef,
}

#[derive(Debug, Clone)]
pub(super) struct Specifiers {
    pub ty: Type,
    pub constant: bool,
    pub storage: Storage,
}

impl Parser<'_> {
    /// Whether a declaration begins here.
    pub(super) fn is_declaration(&self) -> bool {
        let Kind::Name(name) = self.peek() else { return false };
        let storage = matches!(&**name, "typedef" | "static" | "extern" | "inline" | "register" | "auto");
        // A label may have the name of a type.
        let label = matches!(self.peek_after(1), Kind::Symbol(":"));
        storage || self.is_type_name(name) && !label
    }

    /// Whether a type begins here.
    pub(super) fn is_type(&self) -> bool {
        matches!(self.peek(), Kind::Name(name) if self.is_type_name(name))
    }

    fn is_type_name(&self, name: &str) -> bool {
        match self.lookup(name) {
            Some(symbol) => matches!(symbol, Symbol::Typedef(..)),
            None => {
                WORDS.iter().any(|(word, _)| *word == name)
                    || fixed(name).is_some()
                    || matches!(name, "const" | "volatile" | "restrict" | "struct" | "union" | "enum")
                    || UNSUPPORTED.iter().any(|(word, _)| *word == name)
            }
        }
    }

    pub(super) fn specifiers(&mut self) -> Parsed<Specifiers> {
        let start = self.span();
        let mut storage = Storage::Usual;
        let (mut constant, mut count, mut named) = (false, 0u32, None);
        while let Kind::Name(name) = self.peek().clone() {
            let span = self.span();
            let told = |word: &str| match word {
                "static" => Some(Storage::Static),
                "extern" => Some(Storage::Extern),
                "typedef" => Some(Storage::Typedef),
                _ => None,
            };
            if let Some(wanted) = told(&name) {
                if storage != Storage::Usual && storage != wanted {
                    return self.fail(span, format!("`{name}` does not go with what stands before it"));
                }
                storage = wanted;
            } else if let Some((_, why)) = UNSUPPORTED.iter().find(|(word, _)| *word == &*name) {
                return self.fail(span, format!("`{name}` is not supported: {why}"));
            } else if let Some((_, number)) = WORDS.iter().find(|(word, _)| *word == &*name) {
                if named.is_some() {
                    return self.fail(span, format!("`{name}` after a type: one of them is too many"));
                }
                // Each word has two bits.
                let most = if &*name == "long" { 2 } else { 1 };
                if count / number % 4 == most {
                    return self.fail(span, format!("`{name}` stands here once too often"));
                }
                count += number;
            } else {
                match &*name {
                    "const" | "__const" => constant = true,
                    "volatile" | "restrict" | "__restrict" | "inline" | "__inline" | "register" | "auto" => {}
                    "__attribute__" => {
                        self.attribute()?;
                        continue;
                    }
                    "struct" | "union" if named.is_none() && count == 0 => {
                        named = Some(self.record()?);
                        continue;
                    }
                    "enum" if named.is_none() && count == 0 => {
                        named = Some(self.enumeration()?);
                        continue;
                    }
                    _ if named.is_some() || count > 0 => break,
                    _ => match self.lookup(&name) {
                        Some(Symbol::Typedef(ty, is_constant)) => {
                            constant |= is_constant;
                            named = Some(ty.clone());
                        }
                        Some(_) => break,
                        None => match fixed(&name) {
                            Some(ty) => named = Some(ty),
                            None => break,
                        },
                    },
                }
            }
            self.advance();
        }
        let ty = match (named, count) {
            (Some(ty), _) => ty,
            (None, 0) => {
                let found = self.found();
                let span = self.span();
                return self.fail(span, format!("a type is expected here, found {found}"));
            }
            (None, count) => match combined(count) {
                Some(ty) => ty,
                None => {
                    let span = start.to(self.previous());
                    return self.fail(span, "these words make no type together");
                }
            },
        };
        Ok(Specifiers { ty, constant, storage })
    }

    /// What compilers tell each other, which changes nothing here.
    pub(super) fn attribute(&mut self) -> Parsed<()> {
        self.advance();
        let mut open = 0u32;
        loop {
            if self.is_end() {
                let span = self.span();
                return self.fail(span, "`__attribute__` has no end");
            }
            if self.take("(") {
                open += 1;
            } else if self.take(")") {
                open = open.saturating_sub(1);
                if open == 0 {
                    return Ok(());
                }
            } else if open == 0 {
                return self.expect("(", "`__attribute__`");
            } else {
                self.advance();
            }
        }
    }
}

/// Words of C that this compiler knows but does not support.
const UNSUPPORTED: [(&str, &str); 7] = [
    ("_Complex", "there are no complex numbers"),
    ("_Atomic", "a patch has one thread"),
    ("_Thread_local", "a patch has one thread"),
    ("_Alignas", "data is aligned by its type"),
    ("_Generic", "the type is chosen by hand"),
    ("__int128", "the largest integer has 64 bits"),
    ("asm", "there is no assembler"),
];

fn combined(count: u32) -> Option<Type> {
    let number = |words: &[&str]| -> u32 {
        words.iter().map(|word| WORDS.iter().find(|(known, _)| known == word).map_or(0, |(_, n)| *n)).sum()
    };
    let is = |alternatives: &[&[&str]]| alternatives.iter().any(|words| number(words) == count);
    Some(match () {
        () if is(&[&["void"]]) => Type::Void,
        () if is(&[&["_Bool"]]) => Type::Bool,
        () if is(&[&["float"]]) => Type::Float,
        () if is(&[&["double"], &["long", "double"]]) => Type::Double,
        () if is(&[&["char"], &["signed", "char"]]) => Type::CHAR,
        () if is(&[&["unsigned", "char"]]) => Type::integer(1, false),
        () if is(&[&["short"], &["short", "int"], &["signed", "short"], &["signed", "short", "int"]]) => {
            Type::integer(2, true)
        }
        () if is(&[&["unsigned", "short"], &["unsigned", "short", "int"]]) => Type::integer(2, false),
        () if is(&[&["int"], &["signed"], &["signed", "int"]]) => Type::INT,
        () if is(&[&["long"], &["long", "int"], &["signed", "long"], &["signed", "long", "int"]]) => {
            Type::INT
        }
        () if is(&[
            &["unsigned"],
            &["unsigned", "int"],
            &["unsigned", "long"],
            &["unsigned", "long", "int"],
        ]) =>
        {
            Type::UNSIGNED
        }
        () if is(&[
            &["long", "long"],
            &["long", "long", "int"],
            &["signed", "long", "long"],
            &["signed", "long", "long", "int"],
        ]) =>
        {
            Type::integer(8, true)
        }
        () if is(&[&["unsigned", "long", "long"], &["unsigned", "long", "long", "int"]]) => {
            Type::integer(8, false)
        }
        () => return None,
    })
}

/// The types whose names tell their size.
fn fixed(name: &str) -> Option<Type> {
    Some(match name {
        "int8_t" => Type::integer(1, true),
        "uint8_t" => Type::integer(1, false),
        "int16_t" => Type::integer(2, true),
        "uint16_t" => Type::integer(2, false),
        "int32_t" | "intptr_t" | "ptrdiff_t" | "ssize_t" => Type::INT,
        "uint32_t" | "uintptr_t" | "size_t" => Type::UNSIGNED,
        "int64_t" => Type::integer(8, true),
        "uint64_t" => Type::integer(8, false),
        _ => return None,
    })
}
