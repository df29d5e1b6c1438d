//! What an access does together with the computation of its address: each such instruction by name, in a program that is
//! known to have it because it has no more instructions than that takes.

mod support;

use sostenuto_vm::{Instance, Module, NoHost, Run, TrapKind, Value};
use std::ops::Range;
use support::{Memory, instance, module, thread};

/// How an address is made of what is in a local: the operators, and what they compute.
struct Address {
    operators: &'static str,
    of: fn(u32) -> u32,
}

const NEAR: Address = Address { operators: "$p", of: |p| p };
const PLUS: Address = Address { operators: "(i32.add $p (i32.const 20))", of: |p| p.wrapping_add(20) };
const SCALED: Address = Address {
    operators: "(i32.add (i32.shl $p (i32.const 2)) (i32.const 20))",
    of: |p| (p << 2).wrapping_add(20),
};
const SHIFTED: Address = Address { operators: "(i32.shl $p (i32.const 2))", of: |p| p << 2 };

/// What is added to each of them, without the wrap of a sum.
const OFFSET: u64 = 3;

/// Addresses in the memory, some by way of 2^32, and past its end, some by the offset only.
const BASES: [u32; 8] = [0, 12, -8_i32 as u32, 0x3fff_fffe, 16_379, 65_510, -21_i32 as u32, -1_i32 as u32];

impl Address {
    fn of_local(&self) -> String {
        self.operators.replace("$p", "(local.get $p)")
    }

    /// Of what has just been computed, and is the same.
    fn of_result(&self) -> String {
        self.operators.replace("$p", "(i32.xor (local.get $p) (local.get $zero))")
    }

    /// The place of an access of so many bytes, if it is in the memory.
    fn place(&self, p: u32, bytes: usize) -> Option<Range<usize>> {
        let start = usize::try_from(u64::from((self.of)(p)) + OFFSET).unwrap();
        (start + bytes <= 0x1_0000).then_some(start..start + bytes)
    }
}

/// A module whose function `f` this is; beside a price and a return it has so many instructions.
fn program(what: &str, function: &str, instructions: usize) -> Module {
    let module = module(&format!(
        r#"(module (memory 1) (func (export "f") (param $p i32) (param $zero i32) {function}))"#
    ));
    assert_eq!(module.footprint().instructions, 12 * (2 + instructions), "12 B for each instruction: {what}");
    module
}

/// An instance whose memory has different bytes, with and without the highest bit.
fn filled(module: &Module) -> Instance<Memory> {
    let mut instance = instance(module);
    for (index, byte) in instance.memory_mut().bytes_mut().iter_mut().enumerate() {
        *byte = (index as u8).wrapping_mul(37);
    }
    instance
}

/// Runs it with an address and a value, and gives the bits of the result.
fn run(
    module: &Module,
    instance: &mut Instance<Memory>,
    p: u32,
    value: Option<Value>,
) -> Result<Option<u64>, TrapKind> {
    let args: Vec<Value> = [Value::I32(p.cast_signed()), Value::I32(0)].into_iter().chain(value).collect();
    match thread(module, "f", &args).run(module, instance, &mut NoHost) {
        Ok(Run::Finished(result)) => Ok(result.map(Value::to_bits)),
        Ok(pause) => panic!("{pause:?}"),
        Err(trap) => Err(trap.kind),
    }
}

/// What a load makes of the bits in memory.
type Extend = fn(u64) -> u64;

#[test]
fn loads() {
    let plain = |bits| bits;
    let byte = |bits: u64| i32::from(bits as i8).cast_unsigned().into();
    let word = |bits: u64| i32::from(bits as i16).cast_unsigned().into();
    let rows: [(&str, &str, Address, usize, Extend); 12] = [
        ("Load32Plus", "i32.load", PLUS, 4, plain),
        ("Load8SPlus", "i32.load8_s", PLUS, 1, byte),
        ("Load8UPlus", "i32.load8_u", PLUS, 1, plain),
        ("Load16SPlus", "i32.load16_s", PLUS, 2, word),
        ("Load16UPlus", "i32.load16_u", PLUS, 2, plain),
        ("LoadF32Plus", "f32.load", PLUS, 4, plain),
        ("Load64Plus", "i64.load", PLUS, 8, plain),
        ("LoadF64Plus", "f64.load", PLUS, 8, plain),
        ("Load32Scaled", "i32.load", SCALED, 4, plain),
        ("LoadF32Scaled", "f32.load", SCALED, 4, plain),
        ("Load32Scaled, alone", "i32.load", SHIFTED, 4, plain),
        ("LoadF32Scaled, alone", "f32.load", SHIFTED, 4, plain),
    ];
    for (name, operator, address, bytes, extend) in rows {
        let result = &operator[..3];
        for (operators, instructions) in [(address.of_local(), 1), (address.of_result(), 2)] {
            let function = format!("(result {result}) ({operator} offset={OFFSET} {operators})");
            let module = program(name, &function, instructions);
            let mut instance = filled(&module);
            for p in BASES {
                let loaded = run(&module, &mut instance, p, None);
                let expected = address.place(p, bytes).map(|place| {
                    let mut word = [0; 8];
                    word[..bytes].copy_from_slice(&instance.memory().bytes()[place]);
                    Some(extend(u64::from_le_bytes(word)))
                });
                assert_eq!(loaded, expected.ok_or(TrapKind::MemoryOutOfBounds), "{name} {operators} {p:#x}");
            }
        }
    }
}

#[test]
fn stores() {
    const WIDE: u64 = 0x8182_8384_f5f6_f7f8;
    const LOW: i32 = 0xf5f6_f7f8_u32.cast_signed();
    let (int, float) = (Value::I32(LOW), Value::F32(f32::from_bits(LOW.cast_unsigned())));
    let (long, double) = (Value::I64(WIDE.cast_signed()), Value::F64(f64::from_bits(WIDE)));
    // A value in a local, or a constant with its bits.
    let in_local = |value: Value| ("(local.get $value)".to_string(), Some(value), value.to_bits());
    let constant =
        |of: &str, value: i32| (format!("({of}.const {value})"), None, value.cast_unsigned().into());
    let half = ("(f32.const 0.5)".to_string(), None, 0.5_f32.to_bits().into());
    let rows = [
        ("Store32Plus", "i32.store", PLUS, 4, in_local(int)),
        ("Store8Plus", "i32.store8", PLUS, 1, in_local(int)),
        ("Store16Plus", "i32.store16", PLUS, 2, in_local(int)),
        ("StoreF32Plus", "f32.store", PLUS, 4, in_local(float)),
        ("Store64Plus", "i64.store", PLUS, 8, in_local(long)),
        ("StoreF64Plus", "f64.store", PLUS, 8, in_local(double)),
        ("Store32Scaled", "i32.store", SCALED, 4, in_local(int)),
        ("StoreF32Scaled", "f32.store", SCALED, 4, in_local(float)),
        ("Store32Scaled, alone", "i32.store", SHIFTED, 4, in_local(int)),
        ("StoreF32Scaled, alone", "f32.store", SHIFTED, 4, in_local(float)),
        ("Store32Constant", "i32.store", NEAR, 4, constant("i32", LOW)),
        ("Store8Constant", "i32.store8", NEAR, 1, constant("i32", -2)),
        ("Store16Constant", "i32.store16", NEAR, 2, constant("i32", LOW)),
        ("Store32Constant of a float", "f32.store", NEAR, 4, half),
        ("Store32ConstantPlus", "i32.store", PLUS, 4, constant("i32", -32768)),
        ("Store32ConstantPlus, positive", "i32.store", PLUS, 4, constant("i32", 32767)),
        ("Store8ConstantPlus", "i32.store8", PLUS, 1, constant("i32", -2)),
        ("Store16ConstantPlus", "i32.store16", PLUS, 2, constant("i32", -3)),
        ("Store8Constant of a long", "i64.store8", NEAR, 1, constant("i64", -2)),
        ("Store16ConstantPlus of a long", "i64.store16", PLUS, 2, constant("i64", -3)),
    ];
    for (name, operator, address, bytes, (operand, argument, bits)) in rows {
        let of = &operator[..3];
        let function =
            format!("(param $value {of}) ({operator} offset={OFFSET} {} {operand})", address.of_local());
        let module = program(name, &function, 1);
        for p in BASES {
            let mut instance = filled(&module);
            let mut expected = instance.memory().bytes().to_vec();
            let unused = if of == "i64" { Value::I64(0) } else { Value::I32(0) };
            let unused = if of == "f32" { Value::F32(0.0) } else { unused };
            let stored = run(&module, &mut instance, p, Some(argument.unwrap_or(unused)));
            match address.place(p, bytes) {
                Some(place) => {
                    assert_eq!(stored, Ok(None), "{name} {p:#x}");
                    expected[place].copy_from_slice(&bits.to_le_bytes()[..bytes]);
                }
                None => assert_eq!(stored, Err(TrapKind::MemoryOutOfBounds), "{name} {p:#x}"),
            }
            assert!(instance.memory().bytes() == expected, "{name} {p:#x}");
        }
    }
}
