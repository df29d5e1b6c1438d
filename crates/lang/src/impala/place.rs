//! Places: what can be assigned, and how the bounds of arrays and pointers are watched.

use sostenuto_board::patch::Cause;

use super::ast::{self, Binary, ExprKind, TypeName, Unary};
use super::body::{Body, Local, frame_address};
use super::unit::Symbol;
use super::value::{Type, Value};
use crate::diagnostic::{Diagnostic, Span};
use crate::lower::fold::fold;
use crate::lower::program::{self as ir, Address, Base, DataId, Expr, Limit, LocalId};

/// What is done with a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Read,
    /// Written, and perhaps read.
    Write,
}

/// Where a word is.
#[derive(Debug, Clone)]
pub(super) enum Place {
    Register(LocalId, Type),
    Word { address: Address, ty: Type },
}

impl Place {
    pub fn ty(&self) -> Type {
        match self {
            Place::Register(_, ty) | Place::Word { ty, .. } => *ty,
        }
    }

    pub fn read(self, span: Span) -> Value {
        match self {
            Place::Register(id, ty) => Value { expr: Expr::Local(id), ty, span },
            Place::Word { address, ty } => Value { expr: Expr::Load(ty.held().into(), address), ty, span },
        }
    }

    /// Writes a value that is already of type `ty`, and is that value.
    pub fn write(self, ty: Type, value: Expr) -> Expr {
        match self {
            Place::Register(id, _) => Expr::Set(id, Box::new(value)),
            Place::Word { address, .. } => Expr::Store(ty.held().into(), address, Box::new(value)),
        }
    }
}

/// The first word of data.
pub(super) fn data_address(id: DataId) -> Address {
    Address { base: Base::Data(id), offset: 0, index: None }
}

/// Whether the result of a step is below `words`, because it is masked.
fn masks_below(step: &ir::Step, words: u32) -> bool {
    let masks = matches!(step.operation, ir::Operation::Binary(_, ir::Binary::And));
    masks && matches!(step.right, Expr::Integer(mask) if (mask as u32) < words)
}

fn plural(words: u32) -> String {
    if words == 1 { "1 word".to_owned() } else { format!("{words} words") }
}

/// An array whose size is known.
struct Array {
    name: String,
    words: u32,
    base: Address,
    readonly: bool,
}

impl Body<'_, '_> {
    /// The place that an expression names; `None` after a report that it names none.
    pub fn place(&mut self, expr: &ast::Expr, access: Access) -> Option<Place> {
        match &expr.kind {
            ExprKind::Name { name, global } => self.named_place(name, *global, expr.span, access),
            ExprKind::Index(base, index) => self.element(base, index, expr.span, access),
            ExprKind::Unary(Unary::Dereference, pointer) => {
                let pointer = self.value(pointer);
                let pointer = self.pointer(pointer)?;
                Some(self.pointed(pointer, expr.span, access))
            }
            ExprKind::Cast(ty, inner) => self.cast_place(*ty, inner, expr.span, access),
            ExprKind::Broken => None,
            _ => {
                let diagnostic = Diagnostic::error(expr.span, "this cannot be assigned to")
                    .hint("the left side of `=` is a variable, an element `a[i]` or a word `*p`");
                self.error(diagnostic);
                None
            }
        }
    }

    /// `(type) place`: the same word, taken as that type.
    fn cast_place(&mut self, ty: TypeName, inner: &ast::Expr, span: Span, access: Access) -> Option<Place> {
        let ty = Type::from(ty);
        match self.place(inner, access)? {
            Place::Word { address, .. } => Some(Place::Word { address, ty }),
            Place::Register(id, held) if held.held() == ty.held() => Some(Place::Register(id, ty)),
            Place::Register(_, held) => {
                let (ty, held) = (ty.name(), held.name());
                let message = format!("a local {held} cannot be assigned as a {ty}");
                let diagnostic = Diagnostic::error(span, message).hint("cast the value on the right instead");
                self.error(diagnostic);
                None
            }
        }
    }

    fn named_place(&mut self, name: &str, global: bool, span: Span, access: Access) -> Option<Place> {
        if !global && let Some(local) = self.find_local(name) {
            return match local.clone() {
                Local::Register { id, ty, .. } => Some(Place::Register(id, ty)),
                Local::Framed { slot, ty, .. } => Some(Place::Word { address: frame_address(slot), ty }),
                Local::Array { .. } => self.not_assignable(name, "an array", span),
                Local::Const(_) => self.not_assignable(name, "a constant", span),
            };
        }
        match self.unit.symbol(name) {
            Some(Symbol::Data(id)) => {
                let shape = self.unit.shapes[id];
                let Some(ty) = shape.scalar else { return self.not_assignable(name, "an array", span) };
                if shape.readonly && access == Access::Write {
                    self.readonly(name, span);
                }
                Some(Place::Word { address: data_address(id), ty })
            }
            Some(Symbol::Const(_) | Symbol::HostConst(_)) => self.not_assignable(name, "a constant", span),
            Some(Symbol::Function(_) | Symbol::Native(_)) => self.not_assignable(name, "a function", span),
            None => {
                self.unknown(name, span, false);
                None
            }
        }
    }

    fn not_assignable(&mut self, name: &str, what: &str, span: Span) -> Option<Place> {
        let mut diagnostic = Diagnostic::error(span, format!("`{name}` is {what} and cannot be assigned to"));
        if what == "an array" {
            diagnostic = diagnostic.hint(format!("assign an element `{name}[i]`, or use `copy`"));
        }
        self.error(diagnostic);
        None
    }

    fn readonly(&mut self, name: &str, span: Span) {
        let diagnostic = Diagnostic::error(span, format!("`{name}` is readonly and cannot be written"))
            .hint("declare it `global` to write to it");
        self.error(diagnostic);
    }

    /// The array that an expression names, if it names one of known size.
    fn array(&mut self, expr: &ast::Expr) -> Option<Array> {
        match &expr.kind {
            ExprKind::Name { name, global } => {
                if !*global && let Some(local) = self.find_local(name) {
                    let Local::Array { slot, words } = *local else { return None };
                    return Some(Array {
                        name: name.clone(),
                        words,
                        base: frame_address(slot),
                        readonly: false,
                    });
                }
                let Some(Symbol::Data(id)) = self.unit.symbol(name) else { return None };
                let data = &self.unit.program.data[id];
                let (words, readonly) = (data.words(), data.readonly);
                self.unit.shapes[id].scalar.is_none().then(|| Array {
                    name: name.clone(),
                    words,
                    base: data_address(id),
                    readonly,
                })
            }
            ExprKind::Text(text) => {
                let id = self.unit.string(text, expr.span);
                let data = &self.unit.program.data[id];
                Some(Array {
                    name: data.name.clone(),
                    words: data.words(),
                    base: data_address(id),
                    readonly: true,
                })
            }
            _ => None,
        }
    }

    /// A local in the frame and those declared after it, as if they were an array.
    fn locals_from(&self, expr: &ast::Expr) -> Option<Array> {
        let ExprKind::Name { name, global: false } = &expr.kind else { return None };
        let Some(&Local::Framed { slot, list, .. }) = self.find_local(name) else { return None };
        let words = self.run_from(slot, list);
        Some(Array { name: name.clone(), words, base: frame_address(slot), readonly: false })
    }

    /// `base[index]`.
    fn element(&mut self, base: &ast::Expr, index: &ast::Expr, span: Span, access: Access) -> Option<Place> {
        if let Some(array) = self.array(base) {
            if array.readonly && access == Access::Write {
                self.readonly(&array.name, span);
            }
            let index = self.index(index);
            let mut address = array.base;
            match self.checked_index(index, array.words, &array.name, span)? {
                Expr::Integer(index) => address.offset += index,
                index => address.index = Some(Box::new(index)),
            }
            return Some(Place::Word { address, ty: Type::Untyped });
        }
        let declared = self.declared_size(base);
        let pointer = self.value(base);
        let pointer = self.pointer(pointer)?;
        let mut index = self.index(index);
        if let Some((name, words)) = declared {
            index = self.checked_index(index, words, &name, span)?;
        }
        Some(self.pointed(fold(ir::Type::Integer, ir::Binary::Add, pointer, index), span, access))
    }

    /// The size that an array parameter declares.
    fn declared_size(&self, expr: &ast::Expr) -> Option<(String, u32)> {
        let ExprKind::Name { name, global: false } = &expr.kind else { return None };
        match self.find_local(name) {
            Some(Local::Register { array: Some(Some(words)), .. }) => Some((name.clone(), *words)),
            _ => None,
        }
    }

    fn index(&mut self, index: &ast::Expr) -> Expr {
        let index = self.value(index);
        self.coerce(index, Type::Int)
    }

    /// An index that is inside the array: known to be, or checked when it runs.
    fn checked_index(&mut self, index: Expr, words: u32, array: &str, span: Span) -> Option<Expr> {
        match &index {
            Expr::Integer(constant) => {
                if (*constant as u32) < words {
                    return Some(index);
                }
                let message = format!("index {constant} is outside `{array}`, which has {}", plural(words));
                let diagnostic =
                    Diagnostic::error(span, message).hint(format!("the last index is {}", words - 1));
                self.error(diagnostic);
                None
            }
            Expr::Chain(_, steps) if steps.last().is_some_and(|last| masks_below(last, words)) => Some(index),
            _ => {
                let site = self.fault(span, Cause::Index { array: array.to_owned(), size: words });
                Some(Expr::Check(Box::new(index), Limit::Below(words), site))
            }
        }
    }

    /// A value used as a pointer.
    fn pointer(&mut self, value: Value) -> Option<Expr> {
        match value.ty {
            Type::Pointer | Type::Untyped | Type::Int => Some(value.word()),
            Type::Broken => None,
            ty => {
                let message = format!("expected a pointer or an array, found {}", ty.name());
                self.error(Diagnostic::error(value.span, message));
                None
            }
        }
    }

    /// The word that a pointer points to, watched.
    fn pointed(&mut self, pointer: Expr, span: Span, access: Access) -> Place {
        let (limit, cause) = match access {
            Access::Read => (Limit::Readable(1), Cause::Read),
            Access::Write => (Limit::Writable(1), Cause::Write),
        };
        let site = self.fault(span, cause);
        let index = Some(Box::new(Expr::Check(Box::new(pointer), limit, site)));
        Place::Word { address: Address { base: Base::Pointer, offset: 0, index }, ty: Type::Untyped }
    }

    /// A pointer to `words` words, as one end of a `copy`.
    pub fn run_of_words(&mut self, expr: &ast::Expr, words: u32, access: Access) -> Expr {
        let (array, index) = match &expr.kind {
            ExprKind::Unary(Unary::AddressOf, inner) => match &inner.kind {
                ExprKind::Index(base, index) => (self.array(base), Some(&**index)),
                _ => (self.array(inner).or_else(|| self.locals_from(inner)), None),
            },
            _ => (self.array(expr), None),
        };
        let Some(array) = array else {
            let value = self.value(expr);
            let pointer = self.coerce(value, Type::Pointer);
            let (limit, cause) = match access {
                Access::Read => (Limit::Readable(words), Cause::Read),
                Access::Write => (Limit::Writable(words), Cause::Write),
            };
            let site = self.fault(expr.span, cause);
            return Expr::Check(Box::new(pointer), limit, site);
        };
        if array.readonly && access == Access::Write {
            self.readonly(&array.name, expr.span);
        }
        let start = match array.base.base {
            Base::Data(id) => Expr::Address(id, 0),
            Base::Frame | Base::Pointer => Expr::Frame(array.base.offset as u32),
        };
        let index = index.map_or(Expr::Integer(0), |index| self.index(index));
        let inside = match index {
            Expr::Integer(first) => {
                let last = i64::from(first) + i64::from(words);
                (first >= 0 && last <= i64::from(array.words)).then_some(Expr::Integer(first))
            }
            index if words <= array.words => {
                let cause = Cause::Index { array: array.name.clone(), size: array.words };
                let site = self.fault(expr.span, cause);
                Some(Expr::Check(Box::new(index), Limit::Below(array.words - words + 1), site))
            }
            _ => None,
        };
        let Some(index) = inside else {
            let message = format!(
                "`copy` of {words} words runs over `{}`, which has {}",
                array.name,
                plural(array.words)
            );
            self.error(Diagnostic::error(expr.span, message));
            return Expr::Integer(0);
        };
        let start = Value { expr: start, ty: Type::Pointer, span: expr.span };
        let index = Value { expr: index, ty: Type::Int, span: expr.span };
        self.arithmetic(Binary::Add, start, index, expr.span).expr
    }
}
