//! Structures, unions and enumerations.

use std::rc::Rc;

use super::declarators::{Declared, MOST_LEVELS};
use super::{Parsed, Parser, Symbol, Tag};
use crate::c::token::Kind;
use crate::c::types::{Member, Record, Type};
use crate::diagnostic::Span;

impl Parser<'_> {
    /// `struct` or `union` with a tag, members, or both.
    pub(super) fn record(&mut self) -> Parsed<Type> {
        let union = self.is_word("union");
        let word = if union { "union" } else { "struct" };
        self.advance();
        while self.is_word("__attribute__") {
            self.attribute()?;
        }
        let span = self.span();
        let tag = self.tag();
        let has_members = self.is("{");
        let known = tag.as_ref().and_then(|tag| match has_members {
            true => self.tags.last().and_then(|scope| scope.get(tag)),
            false => self.tags.iter().rev().find_map(|scope| scope.get(tag)),
        });
        let id = match known.copied() {
            Some(Tag::Record(id)) if self.program.records[id].union == union => id,
            Some(_) => {
                return self.fail(span, format!("this name is no {word}: it was declared as another kind"));
            }
            None => {
                let id = self.program.records.len();
                let name = tag.as_deref().unwrap_or("without name").to_owned();
                let record = Record {
                    name,
                    union,
                    members: Vec::new(),
                    bytes: 0,
                    align: 1,
                    complete: false,
                    levels: 1,
                };
                self.program.records.push(record);
                if let (Some(tag), Some(scope)) = (tag, self.tags.last_mut()) {
                    scope.insert(tag, Tag::Record(id));
                } else if !has_members {
                    return self.fail(span, format!("a tag or members are expected after `{word}`"));
                }
                id
            }
        };
        if has_members {
            if self.program.records[id].complete {
                return self.fail(span, format!("this {word} is defined twice"));
            }
            self.members(id, word)?;
            while self.is_word("__attribute__") {
                let span = self.span();
                self.warn(
                    span,
                    format!("the attributes of a {word} change nothing: its members are aligned"),
                );
                self.attribute()?;
            }
        }
        Ok(Type::Record(id))
    }

    fn tag(&mut self) -> Option<Rc<str>> {
        let Kind::Name(name) = self.peek().clone() else { return None };
        self.advance();
        Some(name)
    }

    fn members(&mut self, id: usize, word: &str) -> Parsed<()> {
        self.deeper()?;
        let start = self.span();
        self.advance();
        let mut members: Vec<Member> = Vec::new();
        let (mut end, mut align, mut levels) = (0u32, 1u32, 1u32);
        let union = self.program.records[id].union;
        while !self.take("}") {
            if self.is_end() {
                return self.fail(start, "this `{` has no `}`");
            }
            let specifiers = self.specifiers()?;
            loop {
                let declared = match self.is(";") && matches!(specifiers.ty, Type::Record(_)) {
                    true => Declared::unnamed(specifiers.ty.clone(), self.span()),
                    false => self.declarator(specifiers.ty.clone(), specifiers.constant)?,
                };
                if self.is(":") {
                    let span = self.span();
                    return self.fail_with_hint(
                        span,
                        "bit fields are not supported",
                        "shift and mask the bits of an integer",
                    );
                }
                if declared.name.is_empty() && !matches!(declared.ty, Type::Record(_)) {
                    return self.fail(declared.span, "a member's name is expected here");
                }
                let Some((bytes, own_align)) = declared.ty.layout(&self.program.records) else {
                    let ty = self.type_name(&declared.ty);
                    return self
                        .fail(declared.span, format!("a member cannot be of type {ty}, which has no size"));
                };
                if !declared.name.is_empty() && members.iter().any(|member| member.name == declared.name) {
                    return self.fail(declared.span, format!("two members are named `{}`", declared.name));
                }
                levels = levels.max(1 + declared.ty.record_levels(&self.program.records));
                if levels > MOST_LEVELS {
                    let message = format!("structures nest more than {MOST_LEVELS} deep here");
                    return self.fail(declared.span, message);
                }
                align = align.max(own_align);
                let offset = if union { 0 } else { end.next_multiple_of(own_align) };
                let past = offset.checked_add(bytes).filter(|past| *past < 1 << 28);
                let Some(past) = past else {
                    return self.fail(declared.span, format!("this {word} is too large"));
                };
                end = end.max(past);
                let Declared { name, ty, constant, .. } = declared;
                members.push(Member { name, ty, constant, offset });
                if !self.take(",") {
                    break;
                }
            }
            self.expect(";", "a member")?;
        }
        self.depth -= 1;
        let record = &mut self.program.records[id];
        (record.members, record.bytes, record.align) = (members, end.next_multiple_of(align), align);
        (record.complete, record.levels) = (true, levels);
        Ok(())
    }

    /// `enum` with a tag, constants, or both.
    pub(super) fn enumeration(&mut self) -> Parsed<Type> {
        self.advance();
        let span = self.span();
        let tag = self.tag();
        if self.is("{") {
            self.enumerators()?;
            if let (Some(tag), Some(scope)) = (tag, self.tags.last_mut()) {
                scope.insert(tag, Tag::Enumeration);
            }
            return Ok(Type::INT);
        }
        match tag {
            None => self.fail(span, "a tag or constants are expected after `enum`"),
            Some(tag) => match self.tags.iter().rev().find_map(|scope| scope.get(&tag)) {
                Some(Tag::Enumeration) => Ok(Type::INT),
                _ => self.fail(span, format!("unknown enumeration `{tag}`")),
            },
        }
    }

    fn enumerators(&mut self) -> Parsed<()> {
        let start = self.span();
        self.advance();
        let mut next = 0i64;
        while !self.take("}") {
            let span = self.span();
            let Some(name) = self.tag() else {
                let span: Span = if self.is_end() { start } else { span };
                return self
                    .fail(span, format!("the name of a constant is expected here, found {}", self.found()));
            };
            if self.take("=") {
                next = self.constant_integer("the value of a constant")?;
            }
            if i32::try_from(next).is_err() && u32::try_from(next).is_err() {
                return self.fail(span, format!("{next} fits no `int`"));
            }
            self.declare(name, Symbol::Constant((next as i32).into()), span)?;
            next += 1;
            if !self.take(",") {
                self.expect("}", "the constants of an enumeration")?;
                break;
            }
        }
        Ok(())
    }
}
