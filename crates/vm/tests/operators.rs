//! What each operator computes, at the edges of its domain, with operands in locals and as constants.

mod support;

use sostenuto_vm::{TrapKind, Value};
use support::{call, module};

/// Asserts what an operator on integers gives, for operands that are locals and operands that are constants.
fn integer(operator: &str, args: &[i32], expected: Result<i32, TrapKind>) {
    let names = ["$a", "$b"];
    let params: String = names[..args.len()].iter().map(|name| format!("(param {name} i32)")).collect();
    let values: Vec<Value> = args.iter().map(|&arg| Value::I32(arg)).collect();
    // Bit i of the mask makes operand i a constant.
    for mask in 0..1 << args.len() {
        let operands: String = (0..args.len())
            .map(|i| match mask >> i & 1 {
                0 => format!("(local.get {})", names[i]),
                _ => format!("(i32.const {})", args[i]),
            })
            .collect();
        let module = module(&format!(
            r#"(module
                (func (export "value") {params} (result i32) ({operator} {operands}))
                (func (export "branch") {params} (result i32)
                    (if (result i32) ({operator} {operands}) (then (i32.const 1)) (else (i32.const 0))))
                (func (export "inverse") {params} (result i32)
                    (block (br_if 0 (i32.eqz ({operator} {operands}))) (return (i32.const 1)))
                    (i32.const 0)))"#
        ));
        let result = |export| call(&module, export, &values).map_err(|trap| trap.kind);
        let truth = expected.map(|value| Some(Value::I32((value != 0).into())));
        assert_eq!(
            result("value"),
            expected.map(|value| Some(Value::I32(value))),
            "{operator} {args:?} {mask}"
        );
        assert_eq!(result("branch"), truth, "if {operator} {args:?} {mask}");
        assert_eq!(result("inverse"), truth, "br_if not {operator} {args:?} {mask}");
    }
}

/// The bits of what an operator gives for bits.
fn bits(operator: &str, from: &str, args: &[u32], to: &str) -> Result<u32, TrapKind> {
    let operands: String = (0..args.len()).map(|index| format!("(local.get {index})")).collect();
    let params = format!("(param {from})").repeat(args.len());
    let text = format!(r#"(module (func (export "f") {params} (result {to}) ({operator} {operands})))"#);
    let values = args.iter().map(|&arg| match from {
        "i32" => Value::I32(arg.cast_signed()),
        _ => Value::F32(f32::from_bits(arg)),
    });
    let values: Vec<Value> = values.collect();
    call(&module(&text), "f", &values)
        .map(|result| result.unwrap().to_bits() as u32)
        .map_err(|trap| trap.kind)
}

fn float(operator: &str, args: &[f32]) -> u32 {
    let args: Vec<u32> = args.iter().map(|arg| arg.to_bits()).collect();
    bits(operator, "f32", &args, "f32").unwrap()
}

const MIN: i32 = i32::MIN;
const MAX: i32 = i32::MAX;

#[test]
fn integer_arithmetic_wraps() {
    integer("i32.add", &[MAX, 1], Ok(MIN));
    integer("i32.add", &[5, -32768], Ok(-32763));
    integer("i32.add", &[5, 40_000], Ok(40_005));
    integer("i32.sub", &[MIN, 1], Ok(MAX));
    integer("i32.sub", &[3, -32768], Ok(32771));
    integer("i32.sub", &[-7, 9], Ok(-16));
    integer("i32.mul", &[0x1_0000, 0x1_0001], Ok(0x1_0000));
    integer("i32.mul", &[-3, 7], Ok(-21));
}

#[test]
fn division_rounds_to_zero_and_traps() {
    integer("i32.div_s", &[-7, 2], Ok(-3));
    integer("i32.div_s", &[MIN, -1], Err(TrapKind::IntegerOverflow));
    integer("i32.div_s", &[1, 0], Err(TrapKind::DivisionByZero));
    integer("i32.div_u", &[-1, 2], Ok(MAX));
    integer("i32.div_u", &[1, 0], Err(TrapKind::DivisionByZero));
    integer("i32.rem_s", &[-7, 2], Ok(-1));
    integer("i32.rem_s", &[MIN, -1], Ok(0));
    integer("i32.rem_s", &[MIN, 0], Err(TrapKind::DivisionByZero));
    integer("i32.rem_u", &[-1, 10], Ok(5));
    integer("i32.rem_u", &[0, 0], Err(TrapKind::DivisionByZero));
}

#[test]
fn bits_shift_modulo_32_and_rotate() {
    integer("i32.shl", &[1, 31], Ok(MIN));
    integer("i32.shl", &[1, 33], Ok(2));
    integer("i32.shr_s", &[MIN, 31], Ok(-1));
    integer("i32.shr_s", &[-8, 33], Ok(-4));
    integer("i32.shr_u", &[-1, 28], Ok(15));
    integer("i32.shr_u", &[-1, 32], Ok(-1));
    integer("i32.rotl", &[0x4000_0001, 2], Ok(5));
    integer("i32.rotr", &[5, 33], Ok(MIN + 2));
    integer("i32.and", &[0x0ff0, -16], Ok(0x0ff0));
    integer("i32.or", &[0x0f00, 0x0010], Ok(0x0f10));
    integer("i32.xor", &[-1, 0x7fff], Ok(-0x8000));
    integer("i32.clz", &[0], Ok(32));
    integer("i32.clz", &[1], Ok(31));
    integer("i32.ctz", &[0], Ok(32));
    integer("i32.ctz", &[MIN], Ok(31));
    integer("i32.popcnt", &[-1], Ok(32));
    integer("i32.extend8_s", &[0x180], Ok(-128));
    integer("i32.extend16_s", &[0x1_7fff], Ok(0x7fff));
    integer("i32.eqz", &[0], Ok(1));
    integer("i32.eqz", &[MIN], Ok(0));
}

#[test]
fn comparisons_know_signed_from_unsigned() {
    for (a, b) in
        [(0, 0), (-1, 0), (0, -1), (MIN, MAX), (MAX, MIN), (5, 5), (5, 6), (40_000, 39_999), (-5, 7)]
    {
        let (x, y) = (a.cast_unsigned(), b.cast_unsigned());
        integer("i32.eq", &[a, b], Ok((a == b).into()));
        integer("i32.ne", &[a, b], Ok((a != b).into()));
        integer("i32.lt_s", &[a, b], Ok((a < b).into()));
        integer("i32.gt_s", &[a, b], Ok((a > b).into()));
        integer("i32.le_s", &[a, b], Ok((a <= b).into()));
        integer("i32.ge_s", &[a, b], Ok((a >= b).into()));
        integer("i32.lt_u", &[a, b], Ok((x < y).into()));
        integer("i32.gt_u", &[a, b], Ok((x > y).into()));
        integer("i32.le_u", &[a, b], Ok((x <= y).into()));
        integer("i32.ge_u", &[a, b], Ok((x >= y).into()));
    }
}

#[test]
fn float_minimum_and_maximum_know_signed_zeros_and_nan() {
    let zero = (0.0_f32).to_bits();
    let minus_zero = (-0.0_f32).to_bits();
    assert_eq!(float("f32.min", &[0.0, -0.0]), minus_zero);
    assert_eq!(float("f32.min", &[-0.0, 0.0]), minus_zero);
    assert_eq!(float("f32.max", &[0.0, -0.0]), zero);
    assert_eq!(float("f32.max", &[-0.0, 0.0]), zero);
    assert_eq!(float("f32.min", &[1.5, f32::NEG_INFINITY]), f32::NEG_INFINITY.to_bits());
    assert_eq!(float("f32.max", &[1.5, -3.0]), 1.5_f32.to_bits());
    for operator in ["f32.min", "f32.max"] {
        assert!(f32::from_bits(float(operator, &[f32::NAN, 1.0])).is_nan());
        assert!(f32::from_bits(float(operator, &[1.0, f32::NAN])).is_nan());
        // A signalling NaN comes out quiet.
        assert_eq!(bits(operator, "f32", &[0x7f80_0001, 0], "f32").unwrap() & 0x7fc0_0000, 0x7fc0_0000);
    }
}

#[test]
fn float_roundings_keep_the_sign_of_zero() {
    let minus_zero = (-0.0_f32).to_bits();
    assert_eq!(float("f32.ceil", &[-0.5]), minus_zero);
    assert_eq!(float("f32.floor", &[-0.5]), (-1.0_f32).to_bits());
    assert_eq!(float("f32.trunc", &[-0.9]), minus_zero);
    assert_eq!(float("f32.nearest", &[2.5]), (2.0_f32).to_bits());
    assert_eq!(float("f32.nearest", &[3.5]), (4.0_f32).to_bits());
    assert_eq!(float("f32.nearest", &[-0.5]), minus_zero);
    assert_eq!(float("f32.nearest", &[8_388_609.0]), (8_388_609.0_f32).to_bits());
    assert_eq!(float("f32.sqrt", &[2.0]), core::f32::consts::SQRT_2.to_bits());
    assert_eq!(float("f32.sqrt", &[-0.0]), minus_zero);
    assert!(f32::from_bits(float("f32.sqrt", &[-1.0])).is_nan());
    for operator in ["f32.ceil", "f32.floor", "f32.trunc", "f32.nearest", "f32.sqrt"] {
        assert_eq!(
            bits(operator, "f32", &[0x7f80_0001], "f32").unwrap() & 0x7fc0_0000,
            0x7fc0_0000,
            "{operator}"
        );
    }
}

#[test]
fn float_arithmetic_is_single_precision() {
    assert_eq!(float("f32.add", &[16_777_216.0, 1.0]), (16_777_216.0_f32).to_bits());
    assert_eq!(float("f32.sub", &[0.3, 0.1]), (0.3_f32 - 0.1_f32).to_bits());
    assert_eq!(float("f32.mul", &[1e-30, 1e-15]), (1e-45_f32).to_bits());
    assert_eq!(float("f32.div", &[1.0, -0.0]), f32::NEG_INFINITY.to_bits());
    // These move bits and leave a NaN's payload alone.
    assert_eq!(bits("f32.neg", "f32", &[0x7f80_0001], "f32"), Ok(0xff80_0001));
    assert_eq!(bits("f32.abs", "f32", &[0xff80_0001], "f32"), Ok(0x7f80_0001));
    assert_eq!(bits("f32.copysign", "f32", &[0x7f80_0001, 0x8000_0000], "f32"), Ok(0xff80_0001));
    for (a, b) in [(1.0_f32, 2.0_f32), (2.0, 1.0), (0.0, -0.0), (f32::NAN, 1.0), (1.0, f32::NAN)] {
        let truth = |operator: &str| bits(operator, "f32", &[a.to_bits(), b.to_bits()], "i32");
        assert_eq!(truth("f32.eq"), Ok((a == b).into()));
        assert_eq!(truth("f32.ne"), Ok((a != b).into()));
        assert_eq!(truth("f32.lt"), Ok((a < b).into()));
        assert_eq!(truth("f32.gt"), Ok((a > b).into()));
        assert_eq!(truth("f32.le"), Ok((a <= b).into()));
        assert_eq!(truth("f32.ge"), Ok((a >= b).into()));
    }
}

#[test]
fn conversions_trap_or_saturate() {
    let convert = |operator: &str, x: f32| bits(operator, "f32", &[x.to_bits()], "i32");
    assert_eq!(convert("i32.trunc_f32_s", -2_147_483_648.0), Ok(0x8000_0000));
    assert_eq!(convert("i32.trunc_f32_s", 2_147_483_648.0), Err(TrapKind::IntegerOverflow));
    assert_eq!(convert("i32.trunc_f32_s", -2_147_483_904.0), Err(TrapKind::IntegerOverflow));
    assert_eq!(convert("i32.trunc_f32_s", f32::NAN), Err(TrapKind::InvalidConversion));
    assert_eq!(convert("i32.trunc_f32_u", -0.99), Ok(0));
    assert_eq!(convert("i32.trunc_f32_u", -1.0), Err(TrapKind::IntegerOverflow));
    assert_eq!(convert("i32.trunc_f32_u", 4_294_967_040.0), Ok(0xffff_ff00));
    assert_eq!(convert("i32.trunc_f32_u", 4_294_967_296.0), Err(TrapKind::IntegerOverflow));
    assert_eq!(convert("i32.trunc_f32_u", f32::NAN), Err(TrapKind::InvalidConversion));
    assert_eq!(convert("i32.trunc_sat_f32_s", f32::NAN), Ok(0));
    assert_eq!(convert("i32.trunc_sat_f32_s", f32::NEG_INFINITY), Ok(0x8000_0000));
    assert_eq!(convert("i32.trunc_sat_f32_s", 1e20), Ok(0x7fff_ffff));
    assert_eq!(convert("i32.trunc_sat_f32_u", -5.0), Ok(0));
    assert_eq!(convert("i32.trunc_sat_f32_u", 1e20), Ok(0xffff_ffff));
    assert_eq!(convert("i32.reinterpret_f32", -0.0), Ok(0x8000_0000));
    assert_eq!(bits("f32.convert_i32_s", "i32", &[0xffff_ffff], "f32"), Ok((-1.0_f32).to_bits()));
    assert_eq!(bits("f32.convert_i32_u", "i32", &[0xffff_ffff], "f32"), Ok(4_294_967_296.0_f32.to_bits()));
    // Halfway between two numbers: to the even one.
    assert_eq!(bits("f32.convert_i32_s", "i32", &[16_777_217], "f32"), Ok(16_777_216.0_f32.to_bits()));
    assert_eq!(bits("f32.reinterpret_i32", "i32", &[0x7f80_0001], "f32"), Ok(0x7f80_0001));
}
