//! The functions that a program imports: mathematics that WebAssembly has no instructions for.
//!
//! They are those of the crate `libm`, on a desktop as on a device without a mathematical library, so that both give the
//! same bits.

use sostenuto_vm::{Caller, FlatMemory, HostFunctions, LinearMemory};

/// The module from which a program imports them.
const MODULE: &str = "env";

macro_rules! with {
    ($functions:expr; $($name:literal = $function:expr, ($($argument:ident: $type:ty),+);)+) => {
        $functions$(.add(MODULE, $name, |_: &mut Caller<'_, M, ()>, $($argument: $type),+| $function($($argument),+)))+
    };
}

/// All of them, for programs with this kind of memory.
pub(super) fn all<'h, M: LinearMemory + 'h>() -> HostFunctions<'h, M, ()> {
    let single = with! { HostFunctions::new();
        "_acosf" = libm::acosf, (x: f32);
        "_acoshf" = libm::acoshf, (x: f32);
        "_asinf" = libm::asinf, (x: f32);
        "_asinhf" = libm::asinhf, (x: f32);
        "_atanf" = libm::atanf, (x: f32);
        "_atan2f" = libm::atan2f, (y: f32, x: f32);
        "_atanhf" = libm::atanhf, (x: f32);
        "_copysignf" = libm::copysignf, (x: f32, y: f32);
        "_cosf" = libm::cosf, (x: f32);
        "_coshf" = libm::coshf, (x: f32);
        "_expf" = libm::expf, (x: f32);
        "_exp2f" = libm::exp2f, (x: f32);
        "_exp10f" = libm::exp10f, (x: f32);
        "_fmodf" = libm::fmodf, (x: f32, y: f32);
        "_isinff" = is_infinite, (x: f32);
        "_isnanf" = is_nan, (x: f32);
        "_logf" = libm::logf, (x: f32);
        "_log2f" = libm::log2f, (x: f32);
        "_log10f" = libm::log10f, (x: f32);
        "_powf" = libm::powf, (x: f32, y: f32);
        "_remainderf" = libm::remainderf, (x: f32, y: f32);
        "_rintf" = libm::rintf, (x: f32);
        "_roundf" = libm::roundf, (x: f32);
        "_sinf" = libm::sinf, (x: f32);
        "_sinhf" = libm::sinhf, (x: f32);
        "_tanf" = libm::tanf, (x: f32);
        "_tanhf" = libm::tanhf, (x: f32);
    };
    with! { single;
        "_abs" = i32::wrapping_abs, (x: i32);
        "_acos" = libm::acos, (x: f64);
        "_acosh" = libm::acosh, (x: f64);
        "_asin" = libm::asin, (x: f64);
        "_asinh" = libm::asinh, (x: f64);
        "_atan" = libm::atan, (x: f64);
        "_atan2" = libm::atan2, (y: f64, x: f64);
        "_atanh" = libm::atanh, (x: f64);
        "_copysign" = libm::copysign, (x: f64, y: f64);
        "_cos" = libm::cos, (x: f64);
        "_cosh" = libm::cosh, (x: f64);
        "_exp" = libm::exp, (x: f64);
        "_exp2" = libm::exp2, (x: f64);
        "_exp10" = libm::exp10, (x: f64);
        "_fmod" = libm::fmod, (x: f64, y: f64);
        "_isinf" = is_infinite, (x: f64);
        "_isnan" = is_nan, (x: f64);
        "_log" = libm::log, (x: f64);
        "_log2" = libm::log2, (x: f64);
        "_log10" = libm::log10, (x: f64);
        "_pow" = libm::pow, (x: f64, y: f64);
        "_remainder" = libm::remainder, (x: f64, y: f64);
        "_rint" = libm::rint, (x: f64);
        "_round" = libm::round, (x: f64);
        "_sin" = libm::sin, (x: f64);
        "_sinh" = libm::sinh, (x: f64);
        "_tan" = libm::tan, (x: f64);
        "_tanh" = libm::tanh, (x: f64);
    }
}

/// Their names, for a message.
pub(super) fn list() -> String {
    let maths = all::<FlatMemory<Vec<u8>>>();
    maths.signatures().map(|function| function.name).collect::<Vec<_>>().join(", ")
}

fn is_infinite(x: impl Into<f64>) -> i32 {
    x.into().is_infinite().into()
}

fn is_nan(x: impl Into<f64>) -> i32 {
    x.into().is_nan().into()
}
