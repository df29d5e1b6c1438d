//! The values of scripts.

use sostenuto_vm::{Reference, Value};
use wast::core::{AbstractHeapType, HeapType, NanPattern, WastArgCore, WastRetCore};
use wast::token::{F32, F64};
use wast::{WastArg, WastRet};

/// An argument; none for a type that 2.0 without vectors does not have.
pub fn argument(arg: &WastArg<'_>) -> Option<Value> {
    let WastArg::Core(arg) = arg else { return None };
    Some(match arg {
        WastArgCore::I32(value) => Value::I32(*value),
        WastArgCore::I64(value) => Value::I64(*value),
        WastArgCore::F32(value) => Value::F32(f32::from_bits(value.bits)),
        WastArgCore::F64(value) => Value::F64(f64::from_bits(value.bits)),
        WastArgCore::RefNull(HeapType::Abstract { ty, .. }) => match ty {
            AbstractHeapType::Func => Value::FuncRef(Reference::NULL),
            AbstractHeapType::Extern => Value::ExternRef(Reference::NULL),
            _ => return None,
        },
        WastArgCore::RefExtern(number) => Value::ExternRef(Reference::new(*number)?),
        _ => return None,
    })
}

/// Whether a result is what a script expects.
pub fn is_expected(value: Value, expected: &WastRet<'_>) -> bool {
    let WastRet::Core(expected) = expected else { return false };
    match (value, expected) {
        (Value::I32(value), WastRetCore::I32(expected)) => value == *expected,
        (Value::I64(value), WastRetCore::I64(expected)) => value == *expected,
        (Value::F32(value), WastRetCore::F32(expected)) => is_f32(value.to_bits(), expected),
        (Value::F64(value), WastRetCore::F64(expected)) => is_f64(value.to_bits(), expected),
        (Value::FuncRef(value), WastRetCore::RefNull(of)) => {
            value == Reference::NULL && is_null_of(of, AbstractHeapType::Func)
        }
        (Value::ExternRef(value), WastRetCore::RefNull(of)) => {
            value == Reference::NULL && is_null_of(of, AbstractHeapType::Extern)
        }
        (Value::FuncRef(value), WastRetCore::RefFunc(_)) => value != Reference::NULL,
        (Value::ExternRef(value), WastRetCore::RefExtern(None)) => value != Reference::NULL,
        (Value::ExternRef(value), WastRetCore::RefExtern(expected)) => value.number() == *expected,
        _ => false,
    }
}

fn is_null_of(stated: &Option<HeapType<'_>>, of: AbstractHeapType) -> bool {
    match stated {
        None => true,
        Some(HeapType::Abstract { ty, .. }) => *ty == of,
        Some(_) => false,
    }
}

fn is_f32(bits: u32, expected: &NanPattern<F32>) -> bool {
    const NAN: u32 = 0x7fc0_0000;
    match expected {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff == NAN,
        NanPattern::ArithmeticNan => bits & NAN == NAN,
        NanPattern::Value(value) => bits == value.bits,
    }
}

fn is_f64(bits: u64, expected: &NanPattern<F64>) -> bool {
    const NAN: u64 = 0x7ff8_0000_0000_0000;
    match expected {
        NanPattern::CanonicalNan => bits & 0x7fff_ffff_ffff_ffff == NAN,
        NanPattern::ArithmeticNan => bits & NAN == NAN,
        NanPattern::Value(value) => bits == value.bits,
    }
}
