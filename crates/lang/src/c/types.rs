//! The types of C, with their sizes on this machine.

use std::rc::Rc;

use crate::lower::program::{Cell, Type as Held};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Type {
    Void,
    Bool,
    Integer(Integer),
    Float,
    Double,
    Pointer(Rc<Qualified>),
    /// The number of elements; `None` until it is known.
    Array(Rc<Qualified>, Option<u32>),
    /// A struct or union, by its number.
    Record(usize),
    Function(Rc<FunctionType>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Integer {
    pub bytes: u8,
    pub signed: bool,
}

/// A type, and whether what has it may not be changed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Qualified {
    pub ty: Type,
    pub constant: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct FunctionType {
    pub result: Type,
    pub parameters: Vec<Type>,
    /// Declared with empty parentheses: nothing is known of the parameters.
    pub unknown: bool,
}

/// A struct or union.
#[derive(Debug)]
pub(super) struct Record {
    pub name: String,
    pub union: bool,
    /// Empty until the type is defined.
    pub members: Vec<Member>,
    pub bytes: u32,
    pub align: u32,
    pub complete: bool,
    /// How deep structures nest in it, itself included.
    pub levels: u32,
}

#[derive(Debug, Clone)]
pub(super) struct Member {
    /// Empty for a struct or union whose members count as those of the outer one.
    pub name: Rc<str>,
    pub ty: Type,
    pub constant: bool,
    pub offset: u32,
}

impl Type {
    pub const INT: Type = Type::integer(4, true);
    pub const UNSIGNED: Type = Type::integer(4, false);
    pub const CHAR: Type = Type::integer(1, true);

    pub const fn integer(bytes: u8, signed: bool) -> Type {
        Type::Integer(Integer { bytes, signed })
    }

    pub fn pointer(self) -> Type {
        Type::Pointer(Rc::new(Qualified { ty: self, constant: false }))
    }

    pub fn is_integer(&self) -> bool {
        matches!(self, Type::Integer(_) | Type::Bool)
    }

    pub fn is_float(&self) -> bool {
        matches!(self, Type::Float | Type::Double)
    }

    pub fn is_arithmetic(&self) -> bool {
        self.is_integer() || self.is_float()
    }

    pub fn is_scalar(&self) -> bool {
        self.is_arithmetic() || matches!(self, Type::Pointer(_))
    }

    pub fn is_unsigned(&self) -> bool {
        matches!(self, Type::Integer(Integer { signed: false, .. }) | Type::Bool | Type::Pointer(_))
    }

    /// What a pointer points to, or the element of an array.
    pub fn target(&self) -> Option<&Qualified> {
        match self {
            Type::Pointer(to) | Type::Array(to, _) => Some(to),
            _ => None,
        }
    }

    /// The type in arithmetic: `int` for what is smaller.
    pub fn promoted(&self) -> Type {
        match self {
            Type::Bool => Type::INT,
            Type::Integer(integer) if integer.bytes < 4 => Type::INT,
            ty => ty.clone(),
        }
    }

    /// The type that two arithmetic operands are brought to.
    pub fn common(left: &Type, right: &Type) -> Type {
        if *left == Type::Double || *right == Type::Double {
            return Type::Double;
        }
        if *left == Type::Float || *right == Type::Float {
            return Type::Float;
        }
        match (left.promoted(), right.promoted()) {
            (Type::Integer(a), Type::Integer(b)) if a.bytes != b.bytes => {
                Type::Integer(if a.bytes > b.bytes { a } else { b })
            }
            (Type::Integer(a), Type::Integer(b)) => Type::integer(a.bytes, a.signed && b.signed),
            (left, _) => left,
        }
    }

    /// How its value is held.
    pub fn held(&self) -> Held {
        match self {
            Type::Integer(Integer { bytes: 8, .. }) => Held::Long,
            Type::Float => Held::Float,
            Type::Double => Held::Double,
            _ => Held::Integer,
        }
    }

    /// How its value lies in memory.
    pub fn cell(&self) -> Cell {
        match self {
            Type::Bool | Type::Integer(Integer { bytes: 1, signed: false }) => Cell::Unsigned8,
            Type::Integer(Integer { bytes: 1, signed: true }) => Cell::Signed8,
            Type::Integer(Integer { bytes: 2, signed: false }) => Cell::Unsigned16,
            Type::Integer(Integer { bytes: 2, signed: true }) => Cell::Signed16,
            ty => Cell::Whole(ty.held()),
        }
    }

    /// Size and alignment; `None` when the type has none, or one that is too large.
    pub fn layout(&self, records: &[Record]) -> Option<(u32, u32)> {
        Some(match self {
            Type::Void | Type::Function(_) | Type::Array(_, None) => return None,
            Type::Bool => (1, 1),
            Type::Integer(integer) => (integer.bytes.into(), integer.bytes.into()),
            Type::Float | Type::Pointer(_) => (4, 4),
            Type::Double => (8, 8),
            Type::Array(element, Some(count)) => {
                let (bytes, align) = element.ty.layout(records)?;
                (bytes.checked_mul(*count).filter(|bytes| *bytes < 1 << 30)?, align)
            }
            Type::Record(id) => {
                let record = &records[*id];
                record.complete.then_some((record.bytes, record.align))?
            }
        })
    }

    /// Whether it has at most so many levels, and no more parts than are left.
    pub fn is_within(&self, levels: u32, left: &mut u32) -> bool {
        if levels == 0 || *left == 0 {
            return false;
        }
        *left -= 1;
        match self {
            Type::Pointer(inner) | Type::Array(inner, _) => inner.ty.is_within(levels - 1, left),
            Type::Function(function) => {
                let mut parts = function.parameters.iter().chain([&function.result]);
                parts.all(|part| part.is_within(levels - 1, left))
            }
            _ => true,
        }
    }

    /// How deep structures nest in it.
    pub fn record_levels(&self, records: &[Record]) -> u32 {
        match self {
            Type::Array(element, _) => element.ty.record_levels(records),
            Type::Record(id) => records[*id].levels,
            _ => 0,
        }
    }

    /// The type as a message names it.
    pub fn name(&self, records: &[Record]) -> String {
        match self {
            Type::Void => "void".to_owned(),
            Type::Bool => "bool".to_owned(),
            Type::Float => "float".to_owned(),
            Type::Double => "double".to_owned(),
            Type::Integer(Integer { bytes, signed }) => {
                let name = match bytes {
                    1 => "char",
                    2 => "short",
                    4 => "int",
                    _ => "long long",
                };
                if *signed { name.to_owned() } else { format!("unsigned {name}") }
            }
            Type::Pointer(to) => {
                let constant = if to.constant { "const " } else { "" };
                let name = to.ty.name(records);
                let space = if name.ends_with('*') { "" } else { " " };
                format!("{constant}{name}{space}*")
            }
            Type::Array(element, Some(count)) => format!("{}[{count}]", element.ty.name(records)),
            Type::Array(element, None) => format!("{}[]", element.ty.name(records)),
            Type::Record(id) => {
                let record = &records[*id];
                format!("{} {}", if record.union { "union" } else { "struct" }, record.name)
            }
            Type::Function(function) => {
                let parameters: Vec<String> = function.parameters.iter().map(|ty| ty.name(records)).collect();
                format!("{}({})", function.result.name(records), parameters.join(", "))
            }
        }
    }
}

impl Record {
    /// The member of that name, also in members without a name: its type and offset.
    pub fn member(&self, name: &str, records: &[Record]) -> Option<Member> {
        self.members.iter().find_map(|member| match &member.ty {
            _ if &*member.name == name => Some(member.clone()),
            Type::Record(id) if member.name.is_empty() => {
                let inner = records[*id].member(name, records)?;
                Some(Member { offset: member.offset + inner.offset, ..inner })
            }
            _ => None,
        })
    }
}
