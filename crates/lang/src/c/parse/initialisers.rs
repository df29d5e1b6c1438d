//! First values: expressions, strings and lists in braces.

use std::rc::Rc;

use super::{Parsed, Parser};
use crate::c::token::Kind;
use crate::c::tree::{Expr, Initial, Part};
use crate::c::types::{Integer, Record, Type};

/// More values than any first value has.
const MOST_PARTS: usize = 1 << 20;

impl Parser<'_> {
    /// The first value of something of that type; the size of an array may come from it.
    pub(super) fn initialiser(&mut self, ty: &mut Type) -> Parsed<Vec<Part>> {
        let mut parts = Vec::new();
        let span = self.span();
        if let Type::Array(element, None) = ty {
            let element = element.clone();
            let count =
                if self.is("{") && !(is_char(&element.ty) && matches!(self.peek_after(1), Kind::Text(_))) {
                    self.braced(&Type::Array(element.clone(), None), 0, &mut parts)?
                } else if is_char(&element.ty) {
                    let braces = self.take("{");
                    let bytes = self.string_bytes()?;
                    if braces {
                        self.expect("}", "a string")?;
                    }
                    let count = bytes.len() as u32 + 1;
                    parts.push(Part { offset: 0, value: Initial::Bytes(bytes) });
                    count
                } else {
                    return self.fail(span, "an array takes its first values in braces: { … }");
                };
            *ty = Type::Array(element, Some(count.max(1)));
            return Ok(parts);
        }
        self.item(ty, 0, &mut parts, None)?;
        Ok(parts)
    }

    fn string_bytes(&mut self) -> Parsed<Rc<[u8]>> {
        let mut bytes = Vec::new();
        let span = self.span();
        let mut any = false;
        while let Kind::Text(text) = self.peek() {
            bytes.extend_from_slice(text);
            any = true;
            self.advance();
        }
        if !any {
            return self.fail(span, "a string or a list in braces is expected here");
        }
        Ok(bytes.into())
    }

    /// The value of something inside a list; `given` is an expression that was already read for it.
    fn item(&mut self, ty: &Type, offset: u32, parts: &mut Vec<Part>, given: Option<Expr>) -> Parsed<()> {
        self.deeper()?;
        if parts.len() > MOST_PARTS {
            let span = self.span();
            return self.fail(span, format!("more than {MOST_PARTS} first values"));
        }
        match ty {
            Type::Array(element, Some(count))
                if given.is_none() && is_char(&element.ty) && self.is_string() =>
            {
                let braces = self.take("{");
                let span = self.span();
                let bytes = self.string_bytes()?;
                if braces {
                    self.expect("}", "a string")?;
                }
                if bytes.len() > *count as usize {
                    let message = format!("the string has {} bytes, but the array only {count}", bytes.len());
                    return self.fail(span, message);
                }
                parts.push(Part { offset, value: Initial::Bytes(bytes) });
            }
            Type::Array(..) | Type::Record(_) if given.is_none() && self.is("{") => {
                self.braced(ty, offset, parts)?;
            }
            Type::Array(..) | Type::Record(_) => self.without_braces(ty, offset, parts, given)?,
            _ => {
                let braces = given.is_none() && self.take("{");
                let value = match given {
                    Some(value) => value,
                    None => self.assignment()?,
                };
                let value = self.assignable(value, ty, "is given as first value")?;
                if braces {
                    self.take(",");
                    self.expect("}", "a value in braces")?;
                }
                parts.push(Part { offset, value: Initial::Value(value) });
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn is_string(&self) -> bool {
        matches!(self.peek(), Kind::Text(_)) || self.is("{") && matches!(self.peek_after(1), Kind::Text(_))
    }

    /// A list in braces; the number of elements that an array needs for it.
    fn braced(&mut self, ty: &Type, offset: u32, parts: &mut Vec<Part>) -> Parsed<u32> {
        let start = self.span();
        self.advance();
        let (mut next, mut count) = (0u32, 0u32);
        while !self.take("}") {
            if self.is_end() {
                return self.fail(start, "this `{` has no `}`");
            }
            let span = self.span();
            let (item, at) = if self.is("[") || self.is(".") {
                let (first, ty, at) = self.designated(ty)?;
                next = first;
                (ty, at)
            } else {
                match self.nth(ty, next) {
                    Some(found) => found,
                    None => {
                        let name = self.type_name(ty);
                        return self.fail(span, format!("more first values than {name} has places"));
                    }
                }
            };
            self.item(&item, offset + at, parts, None)?;
            next += 1;
            count = count.max(next);
            if !self.take(",") {
                self.expect("}", "the last value of a list")?;
                break;
            }
        }
        Ok(count)
    }

    /// The n-th element or member: its type and offset.
    fn nth(&self, ty: &Type, at: u32) -> Option<(Type, u32)> {
        match ty {
            Type::Array(element, count) => {
                let (bytes, _) = element.ty.layout(&self.program.records)?;
                let offset = at.checked_mul(bytes).filter(|offset| at.max(*offset) < 1 << 26)?;
                count.is_none_or(|count| at < count).then(|| (element.ty.clone(), offset))
            }
            Type::Record(id) => {
                let record = &self.program.records[*id];
                // Only the first member of a union takes a value without name.
                let member = record.members.get(at as usize).filter(|_| !record.union || at == 0)?;
                Some((member.ty.clone(), member.offset))
            }
            _ => None,
        }
    }

    /// `[2].x =`: the index or member at the outermost level, and the type and offset of what is meant.
    fn designated(&mut self, ty: &Type) -> Parsed<(u32, Type, u32)> {
        let (mut ty, mut offset, mut first) = (ty.clone(), 0u32, None);
        while self.is("[") || self.is(".") {
            let span = self.span();
            let (index, inner, at) = if self.take("[") {
                let index = self.constant_integer("an index")?;
                self.expect("]", "an index")?;
                let found = u32::try_from(index).ok().filter(|_| matches!(ty, Type::Array(..)));
                let Some((index, (inner, at))) = found.and_then(|index| Some((index, self.nth(&ty, index)?)))
                else {
                    let name = self.type_name(&ty);
                    return self.fail(span, format!("{name} has no element {index}"));
                };
                (index, inner, at)
            } else {
                self.advance();
                let Kind::Name(name) = self.peek().clone() else {
                    return self.fail(span, "a member's name is expected after `.`");
                };
                self.advance();
                let member = match &ty {
                    Type::Record(id) => self.program.records[*id].member(&name, &self.program.records),
                    _ => None,
                };
                let Some(member) = member else {
                    let ty = self.type_name(&ty);
                    return self.fail(span, format!("{ty} has no member `{name}`"));
                };
                // Of a member without name that holds it, where it is not one itself.
                let at = |record: &Record| {
                    let own = record.members.iter().position(|known| known.name == name);
                    let outer = || record.members.iter().rposition(|known| known.offset <= member.offset);
                    own.or_else(outer).unwrap_or(0)
                };
                let index = match &ty {
                    Type::Record(id) => at(&self.program.records[*id]),
                    _ => 0,
                };
                (index as u32, member.ty, member.offset)
            };
            first.get_or_insert(index);
            offset += at;
            ty = inner;
        }
        self.expect("=", "a designator")?;
        Ok((first.unwrap_or(0), ty, offset))
    }

    /// The values of an array or structure whose braces are left out.
    fn without_braces(
        &mut self,
        ty: &Type,
        offset: u32,
        parts: &mut Vec<Part>,
        given: Option<Expr>,
    ) -> Parsed<()> {
        let span = self.span();
        let value = match given {
            Some(value) => value,
            None if self.is("[") || self.is(".") => return Ok(()),
            None => self.assignment()?,
        };
        if value.ty == *ty && matches!(ty, Type::Record(_)) {
            parts.push(Part { offset, value: Initial::Value(value) });
            return Ok(());
        }
        // Only inside of another list may the braces be left out.
        if offset == 0 && parts.is_empty() && !self.is(",") && !self.is("}") {
            let name = self.type_name(ty);
            return self.fail(span, format!("{name} takes its first values in braces: {{ … }}"));
        }
        let mut given = Some(value);
        for at in 0.. {
            let Some((item, item_offset)) = self.nth(ty, at) else { break };
            if given.is_none() {
                let more = self.is(",") && *self.peek_after(1) != Kind::Symbol("}");
                if !more || matches!(self.peek_after(1), Kind::Symbol("[" | ".")) {
                    break;
                }
                self.advance();
            }
            self.item(&item, offset + item_offset, parts, given.take())?;
        }
        Ok(())
    }
}

/// Whether strings initialise arrays of it.
fn is_char(ty: &Type) -> bool {
    matches!(ty, Type::Integer(Integer { bytes: 1, .. }))
}
