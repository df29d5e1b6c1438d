//! What each operator with a 64-bit operand or result computes; see [`operations`](crate::operations).

use crate::error::TrapKind;

type Attempt<T> = Result<T, TrapKind>;

#[inline(always)]
fn f(word: u32) -> f32 {
    f32::from_bits(word)
}

#[inline(always)]
fn d(bits: u64) -> f64 {
    f64::from_bits(bits)
}

/// Operators of one shape: their names, operands, result, and what they compute.
macro_rules! operators {
    ($($name:ident($($operand:ident: $from:ty),*) -> $to:ty = $result:expr;)*) => {
        $(#[inline(always)]
        pub(crate) fn $name($($operand: $from),*) -> $to {
            $result
        })*
    };
}

operators! {
    i64_eqz(a: u64) -> u32 = (a == 0).into();
    i64_clz(a: u64) -> u64 = a.leading_zeros().into();
    i64_ctz(a: u64) -> u64 = a.trailing_zeros().into();
    i64_popcnt(a: u64) -> u64 = a.count_ones().into();
    i64_extend_8s(a: u64) -> u64 = i64::from(a as i8).cast_unsigned();
    i64_extend_16s(a: u64) -> u64 = i64::from(a as i16).cast_unsigned();
    i64_extend_i32_s(a: u32) -> u64 = i64::from(a.cast_signed()).cast_unsigned();

    i64_extend_i32_u(a: u32) -> u64 = a.into();

    i64_add(a: u64, b: u64) -> u64 = a.wrapping_add(b);
    i64_sub(a: u64, b: u64) -> u64 = a.wrapping_sub(b);
    i64_mul(a: u64, b: u64) -> u64 = a.wrapping_mul(b);
    i64_and(a: u64, b: u64) -> u64 = a & b;
    i64_or(a: u64, b: u64) -> u64 = a | b;
    i64_xor(a: u64, b: u64) -> u64 = a ^ b;
    // The shifts take the count modulo 64, so its upper half does not matter.
    i64_shl(a: u64, b: u64) -> u64 = a.wrapping_shl(b as u32);
    i64_shr_s(a: u64, b: u64) -> u64 = a.cast_signed().wrapping_shr(b as u32).cast_unsigned();
    i64_shr_u(a: u64, b: u64) -> u64 = a.wrapping_shr(b as u32);
    i64_rotl(a: u64, b: u64) -> u64 = a.rotate_left(b as u32 & 63);
    i64_rotr(a: u64, b: u64) -> u64 = a.rotate_right(b as u32 & 63);

    i64_eq(a: u64, b: u64) -> u32 = (a == b).into();
    i64_ne(a: u64, b: u64) -> u32 = (a != b).into();
    i64_lt_s(a: u64, b: u64) -> u32 = (a.cast_signed() < b.cast_signed()).into();
    i64_lt_u(a: u64, b: u64) -> u32 = (a < b).into();
    i64_le_s(a: u64, b: u64) -> u32 = (a.cast_signed() <= b.cast_signed()).into();
    i64_le_u(a: u64, b: u64) -> u32 = (a <= b).into();
}

#[inline(always)]
pub(crate) fn i64_div_s(a: u64, b: u64) -> Attempt<u64> {
    if b == 0 {
        return Err(TrapKind::DivisionByZero);
    }
    a.cast_signed().checked_div(b.cast_signed()).map(i64::cast_unsigned).ok_or(TrapKind::IntegerOverflow)
}

#[inline(always)]
pub(crate) fn i64_div_u(a: u64, b: u64) -> Attempt<u64> {
    a.checked_div(b).ok_or(TrapKind::DivisionByZero)
}

#[inline(always)]
pub(crate) fn i64_rem_s(a: u64, b: u64) -> Attempt<u64> {
    if b == 0 {
        return Err(TrapKind::DivisionByZero);
    }
    Ok(a.cast_signed().wrapping_rem(b.cast_signed()).cast_unsigned())
}

#[inline(always)]
pub(crate) fn i64_rem_u(a: u64, b: u64) -> Attempt<u64> {
    a.checked_rem(b).ok_or(TrapKind::DivisionByZero)
}

const SIGN: u64 = 0x8000_0000_0000_0000;
const QUIET: u64 = 0x0008_0000_0000_0000;

/// A rounding never gives a signalling NaN, whatever the library behind it does.
#[inline(always)]
fn rounded(a: u64, round: fn(f64) -> f64) -> u64 {
    if d(a).is_nan() { a | QUIET } else { round(d(a)).to_bits() }
}

operators! {
    f64_abs(a: u64) -> u64 = a & !SIGN;
    f64_neg(a: u64) -> u64 = a ^ SIGN;
    f64_copysign(a: u64, b: u64) -> u64 = (a & !SIGN) | (b & SIGN);
    f64_ceil(a: u64) -> u64 = rounded(a, libm::ceil);
    f64_floor(a: u64) -> u64 = rounded(a, libm::floor);
    f64_trunc(a: u64) -> u64 = rounded(a, libm::trunc);
    f64_nearest(a: u64) -> u64 = rounded(a, libm::rint);
    f64_sqrt(a: u64) -> u64 = rounded(a, libm::sqrt);
    f64_add(a: u64, b: u64) -> u64 = (d(a) + d(b)).to_bits();
    f64_sub(a: u64, b: u64) -> u64 = (d(a) - d(b)).to_bits();
    f64_mul(a: u64, b: u64) -> u64 = (d(a) * d(b)).to_bits();
    f64_div(a: u64, b: u64) -> u64 = (d(a) / d(b)).to_bits();
    f64_eq(a: u64, b: u64) -> u32 = (d(a) == d(b)).into();
    f64_ne(a: u64, b: u64) -> u32 = (d(a) != d(b)).into();
    f64_lt(a: u64, b: u64) -> u32 = (d(a) < d(b)).into();
    f64_le(a: u64, b: u64) -> u32 = (d(a) <= d(b)).into();
}

#[inline(always)]
pub(crate) fn f64_min(a: u64, b: u64) -> u64 {
    if d(a) < d(b) {
        a
    } else if d(b) < d(a) {
        b
    } else if d(a) == d(b) {
        // Equal numbers differ at most in the sign of zero, and -0 is the smaller one.
        a | b
    } else {
        f64_add(a, b)
    }
}

#[inline(always)]
pub(crate) fn f64_max(a: u64, b: u64) -> u64 {
    if d(a) > d(b) {
        a
    } else if d(b) > d(a) {
        b
    } else if d(a) == d(b) {
        // Equal numbers differ at most in the sign of zero, and +0 is the greater one.
        a & b
    } else {
        f64_add(a, b)
    }
}

operators! {
    f32_convert_i64_s(a: u64) -> u32 = (a.cast_signed() as f32).to_bits();
    f32_convert_i64_u(a: u64) -> u32 = (a as f32).to_bits();
    f64_convert_i32_s(a: u32) -> u64 = f64::from(a.cast_signed()).to_bits();
    f64_convert_i32_u(a: u32) -> u64 = f64::from(a).to_bits();
    f64_convert_i64_s(a: u64) -> u64 = (a.cast_signed() as f64).to_bits();
    f64_convert_i64_u(a: u64) -> u64 = (a as f64).to_bits();
    f32_demote_f64(a: u64) -> u32 = (d(a) as f32).to_bits();
    f64_promote_f32(a: u32) -> u64 = f64::from(f(a)).to_bits();

    i32_trunc_sat_f64_s(a: u64) -> u32 = (d(a) as i32).cast_unsigned();
    i32_trunc_sat_f64_u(a: u64) -> u32 = d(a) as u32;
    i64_trunc_sat_f32_s(a: u32) -> u64 = (f(a) as i64).cast_unsigned();
    i64_trunc_sat_f32_u(a: u32) -> u64 = f(a) as u64;
    i64_trunc_sat_f64_s(a: u64) -> u64 = (d(a) as i64).cast_unsigned();
    i64_trunc_sat_f64_u(a: u64) -> u64 = d(a) as u64;
}

/// The integer that is left of a number without its fraction, if that is inside the range of the type.
#[inline(always)]
fn cut<T>(x: f64, is_inside: bool, cut: impl FnOnce(f64) -> T) -> Attempt<T> {
    match x {
        x if x.is_nan() => Err(TrapKind::InvalidConversion),
        x if is_inside => Ok(cut(x)),
        _ => Err(TrapKind::IntegerOverflow),
    }
}

/// 2^63 and 2^64 are numbers of both formats.
const END_I64: f64 = 9_223_372_036_854_775_808.0;
const END_U64: f64 = 18_446_744_073_709_551_616.0;

#[inline(always)]
pub(crate) fn i32_trunc_f64_s(a: u64) -> Attempt<u32> {
    cut(d(a), d(a) > -2_147_483_649.0 && d(a) < 2_147_483_648.0, |x| (x as i32).cast_unsigned())
}

#[inline(always)]
pub(crate) fn i32_trunc_f64_u(a: u64) -> Attempt<u32> {
    cut(d(a), d(a) > -1.0 && d(a) < 4_294_967_296.0, |x| x as u32)
}

#[inline(always)]
pub(crate) fn i64_trunc_f64_s(a: u64) -> Attempt<u64> {
    cut(d(a), (-END_I64..END_I64).contains(&d(a)), |x| (x as i64).cast_unsigned())
}

#[inline(always)]
pub(crate) fn i64_trunc_f64_u(a: u64) -> Attempt<u64> {
    cut(d(a), d(a) > -1.0 && d(a) < END_U64, |x| x as u64)
}

/// An f32 is an f64 too.
#[inline(always)]
pub(crate) fn i64_trunc_f32_s(a: u32) -> Attempt<u64> {
    i64_trunc_f64_s(f64::from(f(a)).to_bits())
}

#[inline(always)]
pub(crate) fn i64_trunc_f32_u(a: u32) -> Attempt<u64> {
    i64_trunc_f64_u(f64::from(f(a)).to_bits())
}

#[inline(always)]
pub(crate) fn load_64(bytes: [u8; 8]) -> u64 {
    u64::from_le_bytes(bytes)
}

#[inline(always)]
pub(crate) fn store_64(bits: u64) -> [u8; 8] {
    bits.to_le_bytes()
}
