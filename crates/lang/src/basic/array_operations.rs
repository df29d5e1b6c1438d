//! Functions on whole arrays. Each is written once for the types of its arrays, and works on all elements in their order.

use super::arrays::{at, cell, fault_with, first_element, scaled};
use super::body::Body;
use super::builtins::Argument;
use super::code::Code;
use super::functions::clamped;
use super::types::{Type, Value, integer};
use super::unit::{Array, Unit};
use crate::diagnostic::{Diagnostic, Span};
use crate::lower::program::{self as lower, Binary, Expr, LocalId, Statement as Step};
use sostenuto_board::patch::Cause;

/// An array inside of a function that works on it.
#[derive(Clone, Copy)]
struct Elements {
    first: LocalId,
    count: LocalId,
    ty: Type,
}

impl Elements {
    fn get(self, index: Expr) -> Expr {
        Expr::Load(cell(self.ty), at(scaled(Expr::Local(self.first), index, self.ty), 0))
    }

    fn set(self, index: Expr, value: Expr) -> Step {
        Step::Store(cell(self.ty), at(scaled(Expr::Local(self.first), index, self.ty), 0), value)
    }
}

fn number() -> lower::Type {
    lower::Type::Integer
}

fn less(left: Expr, right: Expr) -> Expr {
    integer(Binary::Less, left, right)
}

fn smaller(one: LocalId, other: LocalId) -> Expr {
    let (one, other) = (Expr::Local(one), Expr::Local(other));
    Expr::If(Some(number()), Box::new(less(one.clone(), other.clone())), Box::new(one), Box::new(other))
}

impl Body<'_, '_> {
    /// The call of a function on arrays and further values, which `write` writes at its first use. Inside of it, the
    /// values are the locals after those of the arrays.
    fn over(
        &mut self,
        name: &str,
        arrays: &[Array],
        values: Vec<Value>,
        span: Span,
        write: impl FnOnce(&mut Unit, &mut Code, &[Elements]),
    ) -> Value {
        let kinds: Vec<String> =
            arrays.iter().map(|array| format!("{} from {}", array.ty.noun(), array.base)).collect();
        let name = format!("{name} of {}", kinds.join(", "));
        let mut types = vec![number(); arrays.len()];
        types.extend(values.iter().map(|value| value.ty.lower()));
        let function = self.unit.written(&name, |unit| {
            let mut code = Code::new(&name, &types, None);
            let mut elements = Vec::new();
            for (block, array) in (0..).zip(arrays) {
                let (first, count) = (code.local(number()), code.local(number()));
                let counter = unit.element_count(array.base);
                code.set(first, first_element(Expr::Local(block)));
                code.set(count, Expr::Call(counter, vec![Expr::Local(block)]));
                elements.push(Elements { first, count, ty: array.ty });
            }
            write(unit, &mut code, &elements);
            code
        });
        let calls = values.iter().any(|value| value.calls);
        let blocks = arrays.iter().map(|array| Expr::Global(array.global));
        let arguments = blocks.chain(values.into_iter().map(|value| value.expr)).collect();
        let call = Step::Evaluate(Expr::Call(function, arguments));
        let expr = Expr::After(vec![call], Box::new(Expr::Integer(0)));
        Value::new(expr, Type::Integer, span).calling(calls)
    }

    /// `SETARRAY array, first, last, value`: fills elements, whose indices are checked.
    pub(super) fn set_array(&mut self, arguments: Vec<Argument>, span: Span) -> Option<Value> {
        let ([array], values) = taken(arguments)?;
        let [from, to, value] = <[Value; 3]>::try_from(values).ok()?;
        if array.dimensions != 1 {
            self.unit
                .error(span, format!("SETARRAY fills an array of 1 dimension; `{}` has more", array.name));
            return None;
        }
        let value = self.coerce(value, array.ty, "an element")?;
        let upper = crate::conez::FORMAT_CELLS;
        self.unit.area(lower::Area::FormatCells);
        let site = self.fault(span, Cause::Subscript { array: array.name.clone(), lower: array.base, upper });
        // The fault belongs to this line, so that the check is made here.
        let (block, first, last) =
            (self.code.temporary(number()), self.code.temporary(number()), self.code.temporary(number()));
        let (base, highest) = (Expr::Integer(array.base), super::arrays::word(Expr::Local(block), 4));
        let mut before = vec![
            Step::Set(first, from.to(Type::Integer).expr),
            Step::Set(last, to.to(Type::Integer).expr),
            Step::Set(block, Expr::Global(array.global)),
        ];
        let some = integer(Binary::LessEqual, Expr::Local(first), Expr::Local(last));
        for (local, outside) in [
            (first, less(Expr::Local(first), base.clone())),
            (last, integer(Binary::Greater, Expr::Local(last), highest.clone())),
        ] {
            let note = Step::Store(cell(Type::Integer), at(Expr::Integer(upper as i32), 0), highest.clone());
            let fault =
                Expr::After(vec![note, fault_with(Expr::Local(local), site)], Box::new(Expr::Nothing));
            let wrong = integer(Binary::And, some.clone(), outside);
            before.push(Step::Evaluate(Expr::If(
                None,
                Box::new(wrong),
                Box::new(fault),
                Box::new(Expr::Nothing),
            )));
        }
        let from_zero = |local| {
            Value::new(integer(Binary::Subtract, Expr::Local(local), base.clone()), Type::Integer, span)
        };
        let values = vec![from_zero(first), from_zero(last), value];
        let filled = self.over("fill", &[array], values, span, |_, code, elements| {
            let (from, to, value) = (1, 2, 3);
            let (at, count) = (code.local(number()), code.local(number()));
            let past = integer(Binary::Add, Expr::Local(to), Expr::Integer(1));
            code.set(count, integer(Binary::Subtract, past, Expr::Local(from)));
            code.count(at, Expr::Local(count), |code| {
                let index = integer(Binary::Add, Expr::Local(from), Expr::Local(at));
                code.emit(elements[0].set(index, Expr::Local(value)));
            });
        });
        before.push(Step::Evaluate(filled.expr));
        let expr = Expr::After(before, Box::new(Expr::Integer(0)));
        Some(Value { expr, ..filled })
    }

    /// `SHIFTARRAY array, amount, fill`: to the right, or to the left by a negative amount.
    pub(super) fn shift_array(&mut self, arguments: Vec<Argument>, span: Span) -> Option<Value> {
        let ([array], values) = taken(arguments)?;
        let [amount, fill] = <[Value; 2]>::try_from(values).ok()?;
        let fill = self.coerce(fill, array.ty, "an element")?;
        let amount = amount.to(Type::Integer);
        Some(self.over("shift", &[array], vec![amount, fill], span, |_, code, elements| {
            let (amount, fill) = (1, 2);
            let array = elements[0];
            let (turn, to, from) = (code.local(number()), code.local(number()), code.local(number()));
            code.count(turn, Expr::Local(array.count), |code| {
                let last = integer(Binary::Subtract, Expr::Local(array.count), Expr::Integer(1));
                let down = integer(Binary::Subtract, last, Expr::Local(turn));
                let left = less(Expr::Local(amount), Expr::Integer(0));
                code.set(
                    to,
                    Expr::If(Some(number()), Box::new(left), Box::new(Expr::Local(turn)), Box::new(down)),
                );
                code.set(from, integer(Binary::Subtract, Expr::Local(to), Expr::Local(amount)));
                let inside = integer(Binary::LessUnsigned, Expr::Local(from), Expr::Local(array.count));
                let value = Expr::If(
                    Some(array.ty.lower()),
                    Box::new(inside),
                    Box::new(array.get(Expr::Local(from))),
                    Box::new(Expr::Local(fill)),
                );
                code.emit(array.set(Expr::Local(to), value));
            });
        }))
    }

    /// `ROTATEARRAY array, amount`: to the right, or to the left by a negative amount.
    pub(super) fn rotate_array(&mut self, arguments: Vec<Argument>, span: Span) -> Option<Value> {
        let ([array], values) = taken(arguments)?;
        let amount = values.into_iter().next()?.to(Type::Integer);
        Some(self.over("rotate", &[array], vec![amount], span, |unit, code, elements| {
            let array = elements[0];
            let reverse = unit.written(&format!("reverse {}", array.ty.noun()), |_| reversal(array.ty));
            let (some, after) = (code.block(), code.block());
            code.branch(less(Expr::Integer(1), Expr::Local(array.count)), some, after);
            let by = code.local(number());
            let count = || Expr::Local(array.count);
            let rest = integer(Binary::Remainder, Expr::Local(1), count());
            code.set(by, integer(Binary::Remainder, integer(Binary::Add, rest, count()), count()));
            for (from, to) in
                [(Expr::Integer(0), count()), (Expr::Integer(0), Expr::Local(by)), (Expr::Local(by), count())]
            {
                code.call(reverse, vec![Expr::Local(array.first), from, to]);
            }
            code.jump(after, after);
        }))
    }

    /// `COPYARRAY from, to`: what there is, and zeros after it.
    pub(super) fn copy_array(&mut self, arguments: Vec<Argument>, span: Span) -> Option<Value> {
        let (arrays, _) = taken::<2>(arguments)?;
        if arrays[0].ty != arrays[1].ty {
            self.unit.error(span, "COPYARRAY copies between arrays of one type");
            return None;
        }
        if arrays[0].ty == Type::Text {
            self.unit
                .error(span, "COPYARRAY copies numbers: assign texts one by one, each array has its own");
            return None;
        }
        Some(self.over("copy", &arrays, Vec::new(), span, |_, code, elements| {
            let (from, to) = (elements[0], elements[1]);
            let index = code.local(number());
            code.count(index, Expr::Local(to.count), |code| {
                let inside = less(Expr::Local(index), Expr::Local(from.count));
                let value = Expr::If(
                    Some(to.ty.lower()),
                    Box::new(inside),
                    Box::new(from.get(Expr::Local(index))),
                    Box::new(to.ty.zero()),
                );
                code.emit(to.set(Expr::Local(index), value));
            });
        }))
    }

    /// `SCALELIMITARRAY array, percent, low, high`.
    pub(super) fn scale_array(&mut self, arguments: Vec<Argument>, span: Span) -> Option<Value> {
        let (arrays, values) = taken::<1>(arguments)?;
        self.integers(&arrays, span)?;
        let values = values.into_iter().map(|value| value.to(Type::Integer)).collect();
        Some(self.over("scale", &arrays, values, span, |_, code, elements| {
            let (percent, low, high) = (1, 2, 3);
            let (index, value) = (code.local(number()), code.local(number()));
            code.count(index, Expr::Local(elements[0].count), |code| {
                let scaled =
                    integer(Binary::Multiply, elements[0].get(Expr::Local(index)), Expr::Local(percent));
                code.set(value, integer(Binary::Divide, scaled, Expr::Integer(100)));
                let limited = clamped(Type::Integer, Expr::Local(value), Expr::Local(low), Expr::Local(high));
                code.emit(elements[0].set(Expr::Local(index), limited));
            });
        }))
    }

    /// `RGBTOHSVARRAY` and `HSVTORGBARRAY`: three arrays, by a host function that packs its three bytes in one integer.
    pub(super) fn convert_colours(
        &mut self,
        function: &'static str,
        arguments: Vec<Argument>,
        span: Span,
    ) -> Option<Value> {
        let (arrays, _) = taken::<3>(arguments)?;
        self.integers(&arrays, span)?;
        Some(self.over(function, &arrays, Vec::new(), span, |unit, code, elements| {
            let convert = unit.host(function);
            let (index, packed, count) = (code.local(number()), code.local(number()), code.local(number()));
            code.set(count, smaller(elements[0].count, elements[1].count));
            code.set(count, smaller(count, elements[2].count));
            code.count(index, Expr::Local(count), |code| {
                let given = elements.iter().map(|array| array.get(Expr::Local(index))).collect();
                code.set(packed, Expr::Call(convert, given));
                for (array, shift) in elements.iter().zip([16, 8, 0]) {
                    let moved =
                        integer(Binary::ShiftRightUnsigned, Expr::Local(packed), Expr::Integer(shift));
                    code.emit(array.set(Expr::Local(index), integer(Binary::And, moved, Expr::Integer(255))));
                }
            });
        }))
    }

    /// `SETLEDRGB red, green, blue`: the first strip, as far as the arrays go.
    pub(super) fn set_leds(&mut self, arguments: Vec<Argument>, span: Span) -> Option<Value> {
        let (arrays, _) = taken::<3>(arguments)?;
        self.integers(&arrays, span)?;
        Some(self.over("show", &arrays, Vec::new(), span, |unit, code, elements| {
            let (leds, set, show) =
                (unit.host("led_count"), unit.host("led_set_pixel"), unit.host("led_show"));
            let (index, count) = (code.local(number()), code.local(number()));
            code.set(count, Expr::Call(leds, vec![Expr::Integer(1)]));
            for array in elements {
                code.set(count, smaller(count, array.count));
            }
            let values: Vec<LocalId> = elements.iter().map(|_| code.local(number())).collect();
            code.count(index, Expr::Local(count), |code| {
                let mut given = vec![Expr::Integer(1), Expr::Local(index)];
                for (array, &value) in elements.iter().zip(&values) {
                    code.set(value, array.get(Expr::Local(index)));
                    given.push(clamped(
                        Type::Integer,
                        Expr::Local(value),
                        Expr::Integer(0),
                        Expr::Integer(255),
                    ));
                }
                code.call(set, given);
            });
            code.call(show, Vec::new());
        }))
    }

    /// `LUTTOARRAY array`: the loaded table, as far as both go.
    pub(super) fn table_to_array(&mut self, arguments: Vec<Argument>, span: Span) -> Option<Value> {
        let (arrays, _) = taken::<1>(arguments)?;
        self.integers(&arrays, span)?;
        Some(self.over("from table", &arrays, Vec::new(), span, |unit, code, elements| {
            let (size, get) = (unit.host("lut_size"), unit.host("lut_get"));
            let (index, count) = (code.local(number()), code.local(number()));
            code.set(count, Expr::Call(size, Vec::new()));
            code.set(count, smaller(count, elements[0].count));
            code.count(index, Expr::Local(count), |code| {
                code.emit(elements[0].set(Expr::Local(index), Expr::Call(get, vec![Expr::Local(index)])));
            });
        }))
    }

    /// `ARRAYTOLUT array`: into the loaded table.
    pub(super) fn array_to_table(&mut self, arguments: Vec<Argument>, span: Span) -> Option<Value> {
        let (arrays, _) = taken::<1>(arguments)?;
        self.integers(&arrays, span)?;
        Some(self.over("to table", &arrays, Vec::new(), span, |unit, code, elements| {
            let set = unit.host("lut_set");
            let index = code.local(number());
            code.count(index, Expr::Local(elements[0].count), |code| {
                code.call(set, vec![Expr::Local(index), elements[0].get(Expr::Local(index))]);
            });
        }))
    }

    fn integers(&mut self, arrays: &[Array], span: Span) -> Option<()> {
        let Some(other) = arrays.iter().find(|array| array.ty != Type::Integer) else { return Some(()) };
        let message =
            format!("this works on arrays of integers, but `{}` holds {}", other.name, other.ty.noun());
        self.unit.diagnostics.push(Diagnostic::error(span, message));
        None
    }
}

/// The arrays, which come first, and the values after them.
fn taken<const ARRAYS: usize>(arguments: Vec<Argument>) -> Option<([Array; ARRAYS], Vec<Value>)> {
    let (mut arrays, mut values) = (Vec::new(), Vec::new());
    for argument in arguments {
        match argument {
            Argument::Array(array) => arrays.push(array),
            Argument::Value(value) => values.push(value),
        }
    }
    Some((arrays.try_into().ok()?, values))
}

/// The function that turns the order of elements around, from one index to below another.
fn reversal(ty: Type) -> Code {
    let mut code = Code::new(&format!("reverse {}", ty.noun()), &[number(); 3], None);
    let (first, low, high) = (0, 1, 2);
    let kept = code.local(ty.lower());
    let (test, inside, after) = (code.block(), code.block(), code.block());
    let array = Elements { first, count: 0, ty };
    let one_less = |local| integer(Binary::Subtract, Expr::Local(local), Expr::Integer(1));
    code.set(high, one_less(high));
    code.jump(test, test);
    code.branch(less(Expr::Local(low), Expr::Local(high)), inside, after);
    code.set(kept, array.get(Expr::Local(low)));
    code.emit(array.set(Expr::Local(low), array.get(Expr::Local(high))));
    code.emit(array.set(Expr::Local(high), Expr::Local(kept)));
    code.set(low, integer(Binary::Add, Expr::Local(low), Expr::Integer(1)));
    code.set(high, one_less(high));
    code.jump(test, after);
    code
}
