//! The instruction of each operation, by the type of its operands.

use wasm_encoder::{InstructionSink, MemArg};

use super::program::{Binary, Cell, Type, Unary};

pub(super) fn load(sink: &mut InstructionSink, cell: Cell, place: MemArg) {
    match cell {
        Cell::Signed8 => sink.i32_load8_s(place),
        Cell::Unsigned8 => sink.i32_load8_u(place),
        Cell::Signed16 => sink.i32_load16_s(place),
        Cell::Unsigned16 => sink.i32_load16_u(place),
        Cell::Whole(Type::Integer) => sink.i32_load(place),
        Cell::Whole(Type::Long) => sink.i64_load(place),
        Cell::Whole(Type::Float) => sink.f32_load(place),
        Cell::Whole(Type::Double) => sink.f64_load(place),
    };
}

pub(super) fn store(sink: &mut InstructionSink, cell: Cell, place: MemArg) {
    match cell {
        Cell::Signed8 | Cell::Unsigned8 => sink.i32_store8(place),
        Cell::Signed16 | Cell::Unsigned16 => sink.i32_store16(place),
        Cell::Whole(Type::Integer) => sink.i32_store(place),
        Cell::Whole(Type::Long) => sink.i64_store(place),
        Cell::Whole(Type::Float) => sink.f32_store(place),
        Cell::Whole(Type::Double) => sink.f64_store(place),
    };
}

/// The logarithm of the alignment that a cell has.
pub(super) fn alignment(cell: Cell) -> u32 {
    match cell {
        Cell::Signed8 | Cell::Unsigned8 => 0,
        Cell::Signed16 | Cell::Unsigned16 => 1,
        Cell::Whole(Type::Integer | Type::Float) => 2,
        Cell::Whole(Type::Long | Type::Double) => 3,
    }
}

/// An operation on the value on the stack; the absolute value of integers is not among them.
pub(super) fn unary(sink: &mut InstructionSink, operation: Unary) {
    use Type::{Double, Float, Integer, Long};
    match operation {
        Unary::Not(Long) => sink.i64_eqz(),
        Unary::Not(_) => sink.i32_eqz(),
        Unary::Absolute(Double) => sink.f64_abs(),
        Unary::Absolute(_) => sink.f32_abs(),
        Unary::Negate(Double) => sink.f64_neg(),
        Unary::Negate(_) => sink.f32_neg(),
        Unary::Floor(Double) => sink.f64_floor(),
        Unary::Floor(_) => sink.f32_floor(),
        Unary::Ceiling(Double) => sink.f64_ceil(),
        Unary::Ceiling(_) => sink.f32_ceil(),
        Unary::Truncate(Double) => sink.f64_trunc(),
        Unary::Truncate(_) => sink.f32_trunc(),
        Unary::SquareRoot(Double) => sink.f64_sqrt(),
        Unary::SquareRoot(_) => sink.f32_sqrt(),
        Unary::Extend8 => sink.i32_extend8_s(),
        Unary::Extend16 => sink.i32_extend16_s(),
        Unary::Reinterpret(Integer) => sink.f32_reinterpret_i32(),
        Unary::Reinterpret(Float) => sink.i32_reinterpret_f32(),
        Unary::Reinterpret(Long) => sink.f64_reinterpret_i64(),
        Unary::Reinterpret(Double) => sink.i64_reinterpret_f64(),
        Unary::Convert { from, to, signed } => convert(sink, from, to, signed),
    };
}

fn convert<'s, 'b>(
    sink: &'s mut InstructionSink<'b>,
    from: Type,
    to: Type,
    signed: bool,
) -> &'s mut InstructionSink<'b> {
    use Type::{Double, Float, Integer, Long};
    match (from, to, signed) {
        (Integer, Integer, _) | (Long, Long, _) | (Float, Float, _) | (Double, Double, _) => sink,
        (Integer, Long, true) => sink.i64_extend_i32_s(),
        (Integer, Long, false) => sink.i64_extend_i32_u(),
        (Long, Integer, _) => sink.i32_wrap_i64(),
        (Integer, Float, true) => sink.f32_convert_i32_s(),
        (Integer, Float, false) => sink.f32_convert_i32_u(),
        (Integer, Double, true) => sink.f64_convert_i32_s(),
        (Integer, Double, false) => sink.f64_convert_i32_u(),
        (Long, Float, true) => sink.f32_convert_i64_s(),
        (Long, Float, false) => sink.f32_convert_i64_u(),
        (Long, Double, true) => sink.f64_convert_i64_s(),
        (Long, Double, false) => sink.f64_convert_i64_u(),
        (Float, Integer, true) => sink.i32_trunc_sat_f32_s(),
        (Float, Integer, false) => sink.i32_trunc_sat_f32_u(),
        (Float, Long, true) => sink.i64_trunc_sat_f32_s(),
        (Float, Long, false) => sink.i64_trunc_sat_f32_u(),
        (Double, Integer, true) => sink.i32_trunc_sat_f64_s(),
        (Double, Integer, false) => sink.i32_trunc_sat_f64_u(),
        (Double, Long, true) => sink.i64_trunc_sat_f64_s(),
        (Double, Long, false) => sink.i64_trunc_sat_f64_u(),
        (Float, Double, _) => sink.f64_promote_f32(),
        (Double, Float, _) => sink.f32_demote_f64(),
    }
}

/// An operation on the two values on the stack.
pub(super) fn binary(sink: &mut InstructionSink, ty: Type, operation: Binary) {
    match ty {
        Type::Integer => integers(sink, operation),
        Type::Long => longs(sink, operation),
        Type::Float => floats(sink, operation),
        Type::Double => doubles(sink, operation),
    }
}

fn integers(sink: &mut InstructionSink, operation: Binary) {
    match operation {
        Binary::Add => sink.i32_add(),
        Binary::Subtract => sink.i32_sub(),
        Binary::Multiply => sink.i32_mul(),
        Binary::Divide => sink.i32_div_s(),
        Binary::DivideUnsigned => sink.i32_div_u(),
        Binary::Remainder => sink.i32_rem_s(),
        Binary::RemainderUnsigned => sink.i32_rem_u(),
        Binary::And => sink.i32_and(),
        Binary::Or => sink.i32_or(),
        Binary::Xor => sink.i32_xor(),
        Binary::ShiftLeft => sink.i32_shl(),
        Binary::ShiftRight => sink.i32_shr_s(),
        Binary::ShiftRightUnsigned => sink.i32_shr_u(),
        Binary::Equal => sink.i32_eq(),
        Binary::NotEqual => sink.i32_ne(),
        Binary::Less => sink.i32_lt_s(),
        Binary::LessEqual => sink.i32_le_s(),
        Binary::Greater => sink.i32_gt_s(),
        Binary::GreaterEqual => sink.i32_ge_s(),
        Binary::LessUnsigned => sink.i32_lt_u(),
        Binary::LessEqualUnsigned => sink.i32_le_u(),
        Binary::GreaterUnsigned => sink.i32_gt_u(),
        Binary::GreaterEqualUnsigned => sink.i32_ge_u(),
        Binary::Minimum | Binary::Maximum => sink.unreachable(),
    };
}

fn longs(sink: &mut InstructionSink, operation: Binary) {
    match operation {
        Binary::Add => sink.i64_add(),
        Binary::Subtract => sink.i64_sub(),
        Binary::Multiply => sink.i64_mul(),
        Binary::Divide => sink.i64_div_s(),
        Binary::DivideUnsigned => sink.i64_div_u(),
        Binary::Remainder => sink.i64_rem_s(),
        Binary::RemainderUnsigned => sink.i64_rem_u(),
        Binary::And => sink.i64_and(),
        Binary::Or => sink.i64_or(),
        Binary::Xor => sink.i64_xor(),
        Binary::ShiftLeft => sink.i64_shl(),
        Binary::ShiftRight => sink.i64_shr_s(),
        Binary::ShiftRightUnsigned => sink.i64_shr_u(),
        Binary::Equal => sink.i64_eq(),
        Binary::NotEqual => sink.i64_ne(),
        Binary::Less => sink.i64_lt_s(),
        Binary::LessEqual => sink.i64_le_s(),
        Binary::Greater => sink.i64_gt_s(),
        Binary::GreaterEqual => sink.i64_ge_s(),
        Binary::LessUnsigned => sink.i64_lt_u(),
        Binary::LessEqualUnsigned => sink.i64_le_u(),
        Binary::GreaterUnsigned => sink.i64_gt_u(),
        Binary::GreaterEqualUnsigned => sink.i64_ge_u(),
        Binary::Minimum | Binary::Maximum => sink.unreachable(),
    };
}

fn floats(sink: &mut InstructionSink, operation: Binary) {
    match operation {
        Binary::Add => sink.f32_add(),
        Binary::Subtract => sink.f32_sub(),
        Binary::Multiply => sink.f32_mul(),
        Binary::Divide => sink.f32_div(),
        Binary::Minimum => sink.f32_min(),
        Binary::Maximum => sink.f32_max(),
        Binary::Equal => sink.f32_eq(),
        Binary::NotEqual => sink.f32_ne(),
        Binary::Less => sink.f32_lt(),
        Binary::LessEqual => sink.f32_le(),
        Binary::Greater => sink.f32_gt(),
        Binary::GreaterEqual => sink.f32_ge(),
        _ => sink.unreachable(),
    };
}

fn doubles(sink: &mut InstructionSink, operation: Binary) {
    match operation {
        Binary::Add => sink.f64_add(),
        Binary::Subtract => sink.f64_sub(),
        Binary::Multiply => sink.f64_mul(),
        Binary::Divide => sink.f64_div(),
        Binary::Minimum => sink.f64_min(),
        Binary::Maximum => sink.f64_max(),
        Binary::Equal => sink.f64_eq(),
        Binary::NotEqual => sink.f64_ne(),
        Binary::Less => sink.f64_lt(),
        Binary::LessEqual => sink.f64_le(),
        Binary::Greater => sink.f64_gt(),
        Binary::GreaterEqual => sink.f64_ge(),
        _ => sink.unreachable(),
    };
}
