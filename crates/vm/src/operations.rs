//! What each operator computes, on the 32-bit words of the value stack and on pairs of them.
//!
//! Numbers are the bits of an f32 or f64. Nothing here depends on the machine but the payload of a NaN that comes out of an
//! addition, subtraction, multiplication, division or square root.
//!
//! All of it is always inlined: a result that is handed over in memory would keep a handler from ending with a jump.

use crate::error::TrapKind;
pub(crate) use crate::operations_wide::*;

type Attempt = Result<u32, TrapKind>;

#[inline(always)]
fn f(word: u32) -> f32 {
    f32::from_bits(word)
}

#[inline(always)]
pub(crate) fn i32_clz(a: u32) -> u32 {
    a.leading_zeros()
}

#[inline(always)]
pub(crate) fn i32_ctz(a: u32) -> u32 {
    a.trailing_zeros()
}

#[inline(always)]
pub(crate) fn i32_popcnt(a: u32) -> u32 {
    a.count_ones()
}

#[inline(always)]
pub(crate) fn i32_extend_8s(a: u32) -> u32 {
    i32::from(a as i8).cast_unsigned()
}

#[inline(always)]
pub(crate) fn i32_extend_16s(a: u32) -> u32 {
    i32::from(a as i16).cast_unsigned()
}

#[inline(always)]
pub(crate) fn i32_add(a: u32, b: u32) -> u32 {
    a.wrapping_add(b)
}

#[inline(always)]
pub(crate) fn i32_sub(a: u32, b: u32) -> u32 {
    a.wrapping_sub(b)
}

#[inline(always)]
pub(crate) fn i32_sub_from(a: u32, b: u32) -> u32 {
    b.wrapping_sub(a)
}

#[inline(always)]
pub(crate) fn i32_mul(a: u32, b: u32) -> u32 {
    a.wrapping_mul(b)
}

#[inline(always)]
pub(crate) fn i32_div_s(a: u32, b: u32) -> Attempt {
    if b == 0 {
        return Err(TrapKind::DivisionByZero);
    }
    a.cast_signed().checked_div(b.cast_signed()).map(i32::cast_unsigned).ok_or(TrapKind::IntegerOverflow)
}

#[inline(always)]
pub(crate) fn i32_div_u(a: u32, b: u32) -> Attempt {
    a.checked_div(b).ok_or(TrapKind::DivisionByZero)
}

#[inline(always)]
pub(crate) fn i32_rem_s(a: u32, b: u32) -> Attempt {
    if b == 0 {
        return Err(TrapKind::DivisionByZero);
    }
    Ok(a.cast_signed().wrapping_rem(b.cast_signed()).cast_unsigned())
}

#[inline(always)]
pub(crate) fn i32_rem_u(a: u32, b: u32) -> Attempt {
    a.checked_rem(b).ok_or(TrapKind::DivisionByZero)
}

#[inline(always)]
pub(crate) fn i32_and(a: u32, b: u32) -> u32 {
    a & b
}

#[inline(always)]
pub(crate) fn i32_or(a: u32, b: u32) -> u32 {
    a | b
}

#[inline(always)]
pub(crate) fn i32_xor(a: u32, b: u32) -> u32 {
    a ^ b
}

#[inline(always)]
pub(crate) fn i32_shl(a: u32, b: u32) -> u32 {
    a.wrapping_shl(b)
}

#[inline(always)]
pub(crate) fn i32_shr_s(a: u32, b: u32) -> u32 {
    a.cast_signed().wrapping_shr(b).cast_unsigned()
}

#[inline(always)]
pub(crate) fn i32_shr_u(a: u32, b: u32) -> u32 {
    a.wrapping_shr(b)
}

#[inline(always)]
pub(crate) fn i32_rotl(a: u32, b: u32) -> u32 {
    a.rotate_left(b & 31)
}

#[inline(always)]
pub(crate) fn i32_rotr(a: u32, b: u32) -> u32 {
    a.rotate_right(b & 31)
}

#[inline(always)]
pub(crate) fn i32_scale_add(a: u32, shift: u32, plus: u32) -> u32 {
    a.wrapping_shl(shift).wrapping_add(plus)
}

/// The first value when the condition is not zero.
#[inline(always)]
pub(crate) fn select(condition: u32, a: u32, b: u32) -> u32 {
    if condition != 0 { a } else { b }
}

#[inline(always)]
pub(crate) fn select_else(condition: u32, a: u32, constant: u32) -> u32 {
    select(condition, a, constant)
}

#[inline(always)]
pub(crate) fn select_then(condition: u32, a: u32, constant: u32) -> u32 {
    select(condition, constant, a)
}

#[inline(always)]
pub(crate) fn i32_eq(a: u32, b: u32) -> u32 {
    (a == b).into()
}

#[inline(always)]
pub(crate) fn i32_ne(a: u32, b: u32) -> u32 {
    (a != b).into()
}

#[inline(always)]
pub(crate) fn i32_lt_s(a: u32, b: u32) -> u32 {
    (a.cast_signed() < b.cast_signed()).into()
}

#[inline(always)]
pub(crate) fn i32_lt_u(a: u32, b: u32) -> u32 {
    (a < b).into()
}

#[inline(always)]
pub(crate) fn i32_le_s(a: u32, b: u32) -> u32 {
    (a.cast_signed() <= b.cast_signed()).into()
}

#[inline(always)]
pub(crate) fn i32_le_u(a: u32, b: u32) -> u32 {
    (a <= b).into()
}

#[inline(always)]
pub(crate) fn i32_gt_s(a: u32, b: u32) -> u32 {
    i32_lt_s(b, a)
}

#[inline(always)]
pub(crate) fn i32_gt_u(a: u32, b: u32) -> u32 {
    i32_lt_u(b, a)
}

#[inline(always)]
pub(crate) fn i32_ge_s(a: u32, b: u32) -> u32 {
    i32_le_s(b, a)
}

#[inline(always)]
pub(crate) fn i32_ge_u(a: u32, b: u32) -> u32 {
    i32_le_u(b, a)
}

const SIGN: u32 = 0x8000_0000;
const QUIET: u32 = 0x0040_0000;

#[inline(always)]
pub(crate) fn f32_abs(a: u32) -> u32 {
    a & !SIGN
}

#[inline(always)]
pub(crate) fn f32_neg(a: u32) -> u32 {
    a ^ SIGN
}

#[inline(always)]
pub(crate) fn f32_copysign(a: u32, b: u32) -> u32 {
    (a & !SIGN) | (b & SIGN)
}

/// A rounding never gives a signalling NaN, whatever the library behind it does.
#[inline(always)]
fn rounded(a: u32, round: fn(f32) -> f32) -> u32 {
    if f(a).is_nan() { a | QUIET } else { round(f(a)).to_bits() }
}

#[inline(always)]
pub(crate) fn f32_ceil(a: u32) -> u32 {
    rounded(a, libm::ceilf)
}

#[inline(always)]
pub(crate) fn f32_floor(a: u32) -> u32 {
    rounded(a, libm::floorf)
}

#[inline(always)]
pub(crate) fn f32_trunc(a: u32) -> u32 {
    rounded(a, libm::truncf)
}

#[inline(always)]
pub(crate) fn f32_nearest(a: u32) -> u32 {
    rounded(a, libm::rintf)
}

#[inline(always)]
pub(crate) fn f32_sqrt(a: u32) -> u32 {
    rounded(a, libm::sqrtf)
}

#[inline(always)]
pub(crate) fn f32_add(a: u32, b: u32) -> u32 {
    (f(a) + f(b)).to_bits()
}

#[inline(always)]
pub(crate) fn f32_sub(a: u32, b: u32) -> u32 {
    (f(a) - f(b)).to_bits()
}

#[inline(always)]
pub(crate) fn f32_mul(a: u32, b: u32) -> u32 {
    (f(a) * f(b)).to_bits()
}

#[inline(always)]
pub(crate) fn f32_div(a: u32, b: u32) -> u32 {
    (f(a) / f(b)).to_bits()
}

/// A product and a sum, each rounded: WebAssembly has no fused operation, so neither has this.
#[inline(always)]
pub(crate) fn f32_add_mul(product: u32, other: u32) -> u32 {
    f32_add(other, product)
}

#[inline(always)]
pub(crate) fn f32_mul_add(product: u32, other: u32) -> u32 {
    f32_add(product, other)
}

#[inline(always)]
pub(crate) fn f32_sub_mul(product: u32, other: u32) -> u32 {
    f32_sub(other, product)
}

#[inline(always)]
pub(crate) fn f32_mul_sub(product: u32, other: u32) -> u32 {
    f32_sub(product, other)
}

#[inline(always)]
pub(crate) fn f32_min(a: u32, b: u32) -> u32 {
    if f(a) < f(b) {
        a
    } else if f(b) < f(a) {
        b
    } else if f(a) == f(b) {
        // Equal numbers differ at most in the sign of zero, and -0 is the smaller one.
        a | b
    } else {
        f32_add(a, b)
    }
}

#[inline(always)]
pub(crate) fn f32_max(a: u32, b: u32) -> u32 {
    if f(a) > f(b) {
        a
    } else if f(b) > f(a) {
        b
    } else if f(a) == f(b) {
        // Equal numbers differ at most in the sign of zero, and +0 is the greater one.
        a & b
    } else {
        f32_add(a, b)
    }
}

#[inline(always)]
pub(crate) fn f32_sub_from(a: u32, b: u32) -> u32 {
    f32_sub(b, a)
}

#[inline(always)]
pub(crate) fn f32_div_from(a: u32, b: u32) -> u32 {
    f32_div(b, a)
}

#[inline(always)]
pub(crate) fn f32_eq(a: u32, b: u32) -> u32 {
    (f(a) == f(b)).into()
}

#[inline(always)]
pub(crate) fn f32_ne(a: u32, b: u32) -> u32 {
    (f(a) != f(b)).into()
}

#[inline(always)]
pub(crate) fn f32_lt(a: u32, b: u32) -> u32 {
    (f(a) < f(b)).into()
}

#[inline(always)]
pub(crate) fn f32_le(a: u32, b: u32) -> u32 {
    (f(a) <= f(b)).into()
}

#[inline(always)]
pub(crate) fn f32_gt(a: u32, b: u32) -> u32 {
    f32_lt(b, a)
}

#[inline(always)]
pub(crate) fn f32_ge(a: u32, b: u32) -> u32 {
    f32_le(b, a)
}

#[inline(always)]
pub(crate) fn f32_not_lt(a: u32, b: u32) -> u32 {
    f32_lt(a, b) ^ 1
}

#[inline(always)]
pub(crate) fn f32_not_le(a: u32, b: u32) -> u32 {
    f32_le(a, b) ^ 1
}

#[inline(always)]
pub(crate) fn f32_not_gt(a: u32, b: u32) -> u32 {
    f32_lt(b, a) ^ 1
}

#[inline(always)]
pub(crate) fn f32_not_ge(a: u32, b: u32) -> u32 {
    f32_le(b, a) ^ 1
}

#[inline(always)]
pub(crate) fn i32_trunc_f32_s(a: u32) -> Attempt {
    // Both ends are exact: the numbers next to them are -2^31 - 256 and 2^31 - 128.
    match f(a) {
        x if x.is_nan() => Err(TrapKind::InvalidConversion),
        x if (-2_147_483_648.0..2_147_483_648.0).contains(&x) => Ok((x as i32).cast_unsigned()),
        _ => Err(TrapKind::IntegerOverflow),
    }
}

#[inline(always)]
pub(crate) fn i32_trunc_f32_u(a: u32) -> Attempt {
    match f(a) {
        x if x.is_nan() => Err(TrapKind::InvalidConversion),
        x if x > -1.0 && x < 4_294_967_296.0 => Ok(x as u32),
        _ => Err(TrapKind::IntegerOverflow),
    }
}

#[inline(always)]
pub(crate) fn i32_trunc_sat_f32_s(a: u32) -> u32 {
    (f(a) as i32).cast_unsigned()
}

#[inline(always)]
pub(crate) fn i32_trunc_sat_f32_u(a: u32) -> u32 {
    f(a) as u32
}

#[inline(always)]
pub(crate) fn f32_convert_i32_s(a: u32) -> u32 {
    (a.cast_signed() as f32).to_bits()
}

#[inline(always)]
pub(crate) fn f32_convert_i32_u(a: u32) -> u32 {
    (a as f32).to_bits()
}

#[inline(always)]
pub(crate) fn load_32(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes)
}

#[inline(always)]
pub(crate) fn load_8s([byte]: [u8; 1]) -> u32 {
    i32_extend_8s(byte.into())
}

#[inline(always)]
pub(crate) fn load_8u([byte]: [u8; 1]) -> u32 {
    byte.into()
}

#[inline(always)]
pub(crate) fn load_16s(bytes: [u8; 2]) -> u32 {
    i32_extend_16s(u16::from_le_bytes(bytes).into())
}

#[inline(always)]
pub(crate) fn load_16u(bytes: [u8; 2]) -> u32 {
    u16::from_le_bytes(bytes).into()
}

#[inline(always)]
pub(crate) fn store_32(word: u32) -> [u8; 4] {
    word.to_le_bytes()
}

#[inline(always)]
pub(crate) fn store_8(word: u32) -> [u8; 1] {
    [word as u8]
}

#[inline(always)]
pub(crate) fn store_16(word: u32) -> [u8; 2] {
    (word as u16).to_le_bytes()
}
