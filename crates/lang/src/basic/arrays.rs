//! Arrays: blocks of the low heap, whose head tells the dimensions and the highest index of each.
//!
//! An array that is not dimensioned, or erased, is a block of the program's own data without elements, so that every
//! access is checked in the same way.

use sostenuto_board::patch::Cause;

use super::ast::{self, Name};
use super::body::Body;
use super::code::Code;
use super::texts::MOST_DIMENSIONS;
use super::types::{Owner, Type, Value, integer};
use super::unit::{Array, Symbol, Unit};
use crate::conez;
use crate::diagnostic::{Diagnostic, Span};
use crate::lower::fold::fold;
use crate::lower::program::{
    self as lower, Address, Area, Base, Binary, Callee, Cell, Expr, Limit, LocalId, Site, Statement as Step,
    Unary,
};

/// No block is larger: the memory is not.
const MOST_BYTES: i64 = 0x1_0000;

/// The place of an element, and what is done before it can be used.
pub(super) struct Element {
    pub before: Vec<Step>,
    pub address: Address,
    pub ty: Type,
}

/// The whole cell that holds a value of that type.
pub(super) fn cell(ty: Type) -> Cell {
    Cell::Whole(ty.lower())
}

/// The place at a pointer.
pub(super) fn at(pointer: Expr, offset: i32) -> Address {
    Address { base: Base::Pointer, offset, index: Some(Box::new(pointer)) }
}

/// The word at a pointer.
pub(super) fn word(pointer: Expr, offset: i32) -> Expr {
    Expr::Load(Cell::Whole(lower::Type::Integer), at(pointer, offset))
}

/// Bytes of the head of a block.
pub(super) fn head(dimensions: usize) -> i32 {
    4 * (dimensions as i32 + 1)
}

impl Unit<'_> {
    /// The function that frees the block of an array, and its texts.
    fn release_array(&mut self, array: &Array) -> Callee {
        let text = array.ty == Type::Text;
        let base = array.base;
        let name =
            if text { format!("release texts from {base}") } else { format!("release array from {base}") };
        self.written(&name, |unit| {
            let (none, offset) = unit.no_array(base);
            let free = unit.host("free");
            let mut code = Code::new(&name, &[lower::Type::Integer], None);
            let (inside, after) = (code.block(), code.block());
            let some = integer(Binary::NotEqual, Expr::Local(0), Expr::Address(none, offset));
            code.branch(some, inside, after);
            if text {
                let (count, release) = (unit.element_count(base), unit.release_text());
                let (limit, at, start) = (
                    code.local(lower::Type::Integer),
                    code.local(lower::Type::Integer),
                    code.local(lower::Type::Integer),
                );
                code.set(limit, Expr::Call(count, vec![Expr::Local(0)]));
                code.set(start, first_element(Expr::Local(0)));
                code.count(at, Expr::Local(limit), |code| {
                    let element = scaled(Expr::Local(start), Expr::Local(at), Type::Text);
                    code.call(release, vec![word(element, 0)]);
                });
            }
            code.call(free, vec![Expr::Local(0)]);
            code.jump(after, after);
            code
        })
    }

    /// The function that counts the elements of a block.
    pub fn element_count(&mut self, base: i32) -> Callee {
        let name = format!("elements from {base}");
        self.written(&name, |_| {
            let mut code = Code::new(&name, &[lower::Type::Integer], Some(lower::Type::Integer));
            let count = code.function.result.unwrap_or(0);
            let (dimensions, at) = (code.local(lower::Type::Integer), code.local(lower::Type::Integer));
            code.set(dimensions, word(Expr::Local(0), 0));
            code.set(count, integer(Binary::Greater, Expr::Local(dimensions), Expr::Integer(0)));
            code.count(at, Expr::Local(dimensions), |code| {
                let highest = word(scaled(Expr::Local(0), Expr::Local(at), Type::Integer), 4);
                let extent = extent(highest, base);
                code.set(count, integer(Binary::Multiply, Expr::Local(count), extent));
            });
            code
        })
    }

    /// The function that moves the elements of a block to one with other bounds.
    fn keep_elements(&mut self, array: &Array) -> Callee {
        let (ty, base) = (array.ty, array.base);
        let name = format!("keep elements of {} from {base}", ty.noun());
        self.written(&name, |unit| {
            let count = unit.element_count(base);
            let release = (ty == Type::Text).then(|| unit.release_text());
            let mut code = Code::new(&name, &[lower::Type::Integer; 2], None);
            let (old, new) = (Expr::Local(0), Expr::Local(1));
            let mut number = || code.local(lower::Type::Integer);
            let (dimensions, limit, from, at) = (number(), number(), number(), number());
            let (rest, to, stride, inside) = (number(), number(), number(), number());
            let (turn, place, index) = (number(), number(), number());
            code.set(dimensions, word(old.clone(), 0));
            code.set(limit, Expr::Call(count, vec![old.clone()]));
            code.set(from, first_element(old.clone()));
            code.count(at, Expr::Local(limit), |code| {
                code.set(rest, Expr::Local(at));
                code.set(to, Expr::Integer(0));
                code.set(stride, Expr::Integer(1));
                code.set(inside, Expr::Integer(1));
                code.count(turn, Expr::Local(dimensions), |code| {
                    // The last index moves fastest.
                    let back = integer(Binary::Subtract, Expr::Local(dimensions), Expr::Local(turn));
                    code.set(place, scaled(Expr::Integer(0), back, Type::Integer));
                    let highest =
                        |block: &Expr| word(integer(Binary::Add, block.clone(), Expr::Local(place)), 0);
                    let (was, is) = (extent(highest(&old), base), extent(highest(&new), base));
                    code.set(index, integer(Binary::Remainder, Expr::Local(rest), was.clone()));
                    code.set(rest, integer(Binary::Divide, Expr::Local(rest), was));
                    let fits = integer(Binary::Less, Expr::Local(index), is.clone());
                    code.set(inside, integer(Binary::And, Expr::Local(inside), fits));
                    let step = integer(Binary::Multiply, Expr::Local(index), Expr::Local(stride));
                    code.set(to, integer(Binary::Add, Expr::Local(to), step));
                    code.set(stride, integer(Binary::Multiply, Expr::Local(stride), is));
                });
                let element = scaled(Expr::Local(from), Expr::Local(at), ty);
                let value = Expr::Load(cell(ty), self::at(element.clone(), 0));
                let (kept, lost, after) = (code.block(), code.block(), code.block());
                code.branch(Expr::Local(inside), kept, lost);
                let target = scaled(first_element(new.clone()), Expr::Local(to), ty);
                code.emit(Step::Store(cell(ty), self::at(target, 0), value));
                code.jump(after, lost);
                if let Some(release) = release {
                    code.call(release, vec![word(element, 0)]);
                }
                code.jump(after, after);
            });
            code
        })
    }
}

/// How many elements a dimension has, by its highest index.
fn extent(highest: Expr, base: i32) -> Expr {
    integer(Binary::Subtract, highest, Expr::Integer(base - 1))
}

/// The address of the first element of a block.
pub(super) fn first_element(block: Expr) -> Expr {
    let words = integer(Binary::Add, word(block.clone(), 0), Expr::Integer(1));
    scaled(block, words, Type::Integer)
}

/// The address of an element, by the address of the first.
pub(super) fn scaled(start: Expr, index: Expr, ty: Type) -> Expr {
    let shift = Expr::Integer(ty.bytes().trailing_zeros() as i32);
    let offset = integer(Binary::ShiftLeft, index, shift);
    if matches!(start, Expr::Integer(0)) { offset } else { integer(Binary::Add, start, offset) }
}

impl Body<'_, '_> {
    /// The array of that name.
    pub fn array(&mut self, name: &Name) -> Option<Array> {
        if let Some(Symbol::Array(array)) = self.unit.symbol(&name.text) {
            return Some(array.clone());
        }
        let mut diagnostic = Diagnostic::error(name.span, format!("`{}` is no array", name.text));
        if let Some(definition) = self.unit.later_arrays.get(&name.text) {
            diagnostic = diagnostic.related(*definition, "this DIM comes later in the program");
        } else {
            diagnostic = diagnostic.hint(format!("dimension it first: DIM {}(10)", name.text));
        }
        self.unit.diagnostics.push(diagnostic);
        None
    }

    /// The value of an element.
    pub fn element(&mut self, array: &Array, indices: &[ast::Expr], span: Span) -> Option<Value> {
        let (element, calls) = self.element_place(array, indices, span)?;
        let load = Expr::Load(cell(element.ty), element.address);
        let expr = Expr::After(element.before, Box::new(load));
        let owner = if array.ty == Type::Text { Owner::Variable } else { Owner::Program };
        Some(Value { owner, ..Value::new(expr, array.ty, span) }.calling(calls))
    }

    /// The place of an element, whose indices are checked, and whether the indices run SUBs.
    pub fn element_place(
        &mut self,
        array: &Array,
        indices: &[ast::Expr],
        span: Span,
    ) -> Option<(Element, bool)> {
        if indices.len() != array.dimensions {
            let message = match array.dimensions {
                1 => format!("`{}` has 1 dimension, but {} indices are given", array.name, indices.len()),
                n => format!(
                    "`{}` has {n} dimensions, but the indices given are {}",
                    array.name,
                    indices.len()
                ),
            };
            self.unit.error(span, message);
            return None;
        }
        let mut before = Vec::new();
        let mut places = Vec::new();
        let mut calls = false;
        for index in indices {
            let value = self.value(index);
            let value = self.coerce(value, Type::Integer, "an index")?;
            calls |= value.calls;
            let place = self.code.temporary(lower::Type::Integer);
            before.push(Step::Set(place, integer(Binary::Subtract, value.expr, Expr::Integer(array.base))));
            places.push((place, value.span));
        }
        let block = self.code.temporary(lower::Type::Integer);
        before.push(Step::Set(block, Expr::Global(array.global)));
        let mut linear: Option<Expr> = None;
        for (dimension, (place, span)) in places.into_iter().enumerate() {
            let highest = word(Expr::Local(block), 4 * (dimension as i32 + 1));
            let count = extent(highest.clone(), array.base);
            let outside = integer(Binary::GreaterEqualUnsigned, Expr::Local(place), count.clone());
            let fault = self.subscript_fault(array, place, highest, span);
            before.push(Step::Evaluate(Expr::If(
                None,
                Box::new(outside),
                Box::new(fault),
                Box::new(Expr::Nothing),
            )));
            linear = Some(match linear {
                None => Expr::Local(place),
                Some(linear) => {
                    let row = integer(Binary::Multiply, linear, count);
                    integer(Binary::Add, row, Expr::Local(place))
                }
            });
        }
        let pointer = scaled(Expr::Local(block), linear.unwrap_or(Expr::Integer(0)), array.ty);
        let address = at(pointer, head(array.dimensions));
        Some((Element { before, address, ty: array.ty }, calls))
    }

    /// Reports an index, given as its distance from the lowest, and leaves the highest where the report is read.
    fn subscript_fault(&mut self, array: &Array, place: LocalId, highest: Expr, span: Span) -> Expr {
        self.unit.area(Area::FormatCells);
        let upper = conez::FORMAT_CELLS;
        let site = self.fault(span, Cause::Subscript { array: array.name.clone(), lower: array.base, upper });
        let index = integer(Binary::Add, Expr::Local(place), Expr::Integer(array.base));
        let note = Step::Store(cell(Type::Integer), at(Expr::Integer(upper as i32), 0), highest);
        Expr::After(vec![note, fault_with(index, site)], Box::new(Expr::Nothing))
    }

    pub fn dim(&mut self, name: &Name, bounds: &[ast::Expr]) {
        let base = self.unit.base;
        let Some(array) = self.declare_array(name, bounds, base) else { return };
        self.dimension(&array, bounds, name.span, false);
    }

    fn declare_array(&mut self, name: &Name, bounds: &[ast::Expr], base: i32) -> Option<Array> {
        if bounds.is_empty() || bounds.len() > MOST_DIMENSIONS {
            let message = format!("an array has 1 to {MOST_DIMENSIONS} dimensions");
            self.unit.error(name.span, message);
            return None;
        }
        let ty = Type::of_name(&name.text);
        let global = self.unit.global(&name.text, Type::Integer);
        let (none, offset) = self.unit.no_array(base);
        self.unit.program.globals[global].value = Expr::Address(none, offset);
        let array = Array { global, ty, base, dimensions: bounds.len(), name: name.text.clone() };
        self.unit.declare(name, Symbol::Array(array.clone())).then_some(array)
    }

    pub fn redim(&mut self, name: &Name, bounds: &[ast::Expr], preserve: bool) {
        let array = match self.unit.symbol(&name.text) {
            None if !preserve => return self.dim(name, bounds),
            Some(Symbol::Array(array)) => array.clone(),
            _ => {
                self.array(name);
                return;
            }
        };
        if bounds.len() != array.dimensions {
            let message = format!("`{}` keeps its dimensions, which are {}", name.text, array.dimensions);
            self.unit.error(name.span, message);
            return;
        }
        self.dimension(&array, bounds, name.span, preserve);
    }

    pub fn erase(&mut self, name: &Name) {
        let Some(array) = self.array(name) else { return };
        let release = self.unit.release_array(&array);
        self.code.call(release, vec![Expr::Global(array.global)]);
        let (none, offset) = self.unit.no_array(array.base);
        self.code.emit(Step::SetGlobal(array.global, Expr::Address(none, offset)));
    }

    /// Gives an array a block with those highest indices.
    fn dimension(&mut self, array: &Array, bounds: &[ast::Expr], span: Span, preserve: bool) {
        let mut highest = Vec::new();
        for bound in bounds {
            let value = self.operand(bound);
            let Some(value) = self.coerce(value, Type::Integer, "the highest index") else { return };
            if let Expr::Integer(bound) = value.expr
                && bound < array.base
            {
                let message =
                    format!("`{}` has no elements: its indices begin at {}", array.name, array.base);
                self.unit.error(value.span, message);
            }
            let local = self.code.temporary(lower::Type::Integer);
            self.code.set(local, value.expr);
            highest.push(local);
        }
        if !preserve {
            let release = self.unit.release_array(array);
            self.code.call(release, vec![Expr::Global(array.global)]);
            let (none, offset) = self.unit.no_array(array.base);
            self.code.emit(Step::SetGlobal(array.global, Expr::Address(none, offset)));
        }
        let bytes = self.block_bytes(array, &highest, span);
        let block = self.code.temporary(lower::Type::Integer);
        let calloc = self.unit.host("calloc");
        self.code.set(block, Expr::Call(calloc, vec![Expr::Integer(1), Expr::Local(bytes)]));
        let site = self.fault(span, Cause::Memory { array: array.name.clone() });
        let none = integer(Binary::Equal, Expr::Local(block), Expr::Integer(0));
        self.fault_if(none, Expr::Local(bytes), site);
        let words = std::iter::once(Expr::Integer(highest.len() as i32));
        for (at_word, value) in words.chain(highest.iter().map(|&local| Expr::Local(local))).enumerate() {
            let place = at(Expr::Local(block), 4 * at_word as i32);
            self.code.emit(Step::Store(cell(Type::Integer), place, value));
        }
        if preserve {
            let keep = self.unit.keep_elements(array);
            self.code.call(keep, vec![Expr::Global(array.global), Expr::Local(block)]);
            // The texts have moved, so that only the block is freed.
            let plain = Array { ty: Type::Integer, ..array.clone() };
            let release = self.unit.release_array(&plain);
            self.code.call(release, vec![Expr::Global(array.global)]);
        }
        self.code.emit(Step::SetGlobal(array.global, Expr::Local(block)));
    }

    /// The bytes of a block with those highest indices; a fault when the memory could never hold them.
    fn block_bytes(&mut self, array: &Array, highest: &[LocalId], span: Span) -> LocalId {
        let long = lower::Type::Long;
        let total = self.code.temporary(long);
        let bytes = self.code.temporary(lower::Type::Integer);
        self.code.set(total, Expr::Long(array.ty.bytes().into()));
        let site = self.fault(span, Cause::Memory { array: array.name.clone() });
        for &local in highest {
            let convert = Unary::Convert { from: lower::Type::Integer, to: long, signed: true };
            let highest = Expr::Unary(convert, Box::new(Expr::Local(local)));
            let count = fold(long, Binary::Subtract, highest, Expr::Long(i64::from(array.base) - 1));
            self.code.set(total, fold(long, Binary::Multiply, Expr::Local(total), count));
            let too_many = fold(long, Binary::GreaterUnsigned, Expr::Local(total), Expr::Long(MOST_BYTES));
            let most = Expr::Integer(i32::MAX);
            self.fault_if(too_many, most, site);
        }
        let convert = Unary::Convert { from: long, to: lower::Type::Integer, signed: true };
        let elements = Expr::Unary(convert, Box::new(Expr::Local(total)));
        self.code.set(bytes, integer(Binary::Add, elements, Expr::Integer(head(highest.len()))));
        bytes
    }

    pub fn fault_if(&mut self, condition: Expr, value: Expr, site: Site) {
        let (fault, next) = (self.code.block(), self.code.block());
        self.code.branch(condition, fault, next);
        self.code.emit(fault_with(value, site));
        self.code.jump(next, next);
    }
}

/// A fault that reports a value.
pub(super) fn fault_with(value: Expr, site: Site) -> Step {
    // No value is below zero when it is taken without its sign.
    Step::Evaluate(Expr::Check(Box::new(value), Limit::Below(0), site))
}
