//! What several operators do that one instruction stands for: each such instruction by name, in a program that is known
//! to have it because it has no more instructions than that takes. Those of the memory are in `fused_access`.

mod support;

use sostenuto_vm::{Module, NoHost, Run, Value};
use support::{instance, module, thread};

/// A module whose function `f` this is.
fn program(what: &str, function: &str, instructions: usize) -> Module {
    let module = module(&format!(r#"(module (memory 1) (func (export "f") {function}))"#));
    assert_eq!(module.footprint().instructions, 12 * instructions, "12 B for each instruction: {what}");
    module
}

fn results(module: &Module, args: &[Value]) -> Vec<Value> {
    let mut thread = thread(module, "f", args);
    let run = thread.run(module, &mut instance(module), &mut NoHost).unwrap();
    assert!(matches!(run, Run::Finished(_)), "{run:?}");
    thread.results(module).collect()
}

/// A counter's step, comparison and branch. By start, step and bound, if they are in locals: after how many rounds it ends,
/// and where.
#[test]
fn counters() {
    type Runs = &'static [([i32; 3], [i32; 2])];
    let rows: [(&str, &str, &str, Runs); 17] = [
        ("CountNe", "(i32.const 3)", "(i32.ne $i $n)", &[([0, 0, 12], [4, 12]), ([-9, 0, 0], [3, 0])]),
        ("CountNe, exchanged", "(i32.const 3)", "(i32.ne $n $i)", &[([0, 0, 12], [4, 12])]),
        ("CountLtS", "(i32.const 4)", "(i32.lt_s $i $n)", &[([-5, 0, 7], [3, 7]), ([7, 0, -7], [1, 11])]),
        ("CountLtU", "(i32.const 3)", "(i32.lt_u $i $n)", &[([0, 0, 10], [4, 12]), ([-4, 0, 10], [1, -1])]),
        ("CountNeImm", "(i32.const 5)", "(i32.ne $i (i32.const 20))", &[([0, 0, 0], [4, 20])]),
        ("CountNeImm, high", "(i32.const -1)", "(i32.ne $i (i32.const -2))", &[([2, 0, 0], [4, -2])]),
        ("CountNeImm, to zero", "(i32.const -1)", "$i", &[([3, 0, 0], [3, 0])]),
        ("CountLtSImm", "(i32.const 7)", "(i32.lt_s $i (i32.const -3))", &[([-20, 0, 0], [3, 1])]),
        (
            "CountLtSImm, far",
            "(i32.const 32767)",
            "(i32.lt_s $i (i32.const 32767))",
            &[([0, 0, 0], [1, 32767]), ([-32768, 0, 0], [3, 65533])],
        ),
        (
            "CountLtUImm",
            "(i32.const 3)",
            "(i32.lt_u $i (i32.const 10))",
            &[([0, 0, 0], [4, 12]), ([-4, 0, 0], [1, -1])],
        ),
        ("CountLtUImm, high", "(i32.const 3)", "(i32.lt_u $i (i32.const -6))", &[([-16, 0, 0], [4, -4])]),
        ("CountGtSImm", "(i32.const -3)", "(i32.gt_s $i (i32.const 0))", &[([10, 0, 0], [4, -2])]),
        (
            "CountGtSImm, far",
            "(i32.const -32768)",
            "(i32.gt_s $i (i32.const -32768))",
            &[([10, 0, 0], [2, -65526])],
        ),
        ("CountGeSImm", "(i32.const -5)", "(i32.ge_s $i (i32.const 0))", &[([10, 0, 0], [3, -5])]),
        ("CountGeSImm, low", "(i32.const -5)", "(i32.ge_s $i (i32.const -9))", &[([1, 0, 0], [3, -14])]),
        (
            "CountByLtSImm",
            "$step",
            "(i32.lt_s $i (i32.const 7))",
            &[([-5, 4, 0], [3, 7]), ([-70_000, 40_000, 0], [2, 10_000])],
        ),
        (
            "CountByLtUImm",
            "$step",
            "(i32.lt_u $i (i32.const 10))",
            &[([0, 3, 0], [4, 12]), ([-4, 3, 0], [1, -1])],
        ),
    ];
    for (name, step, condition, runs) in rows {
        let [step, condition] = [step, condition].map(|operators| {
            ["$i", "$n", "$step"].iter().fold(operators.to_string(), |operators, local| {
                operators.replace(local, &format!("(local.get {local})"))
            })
        });
        // Three prices, the cleared local, the round, the count, two results that move, and the return.
        let module = program(
            name,
            &format!(
                "(param $i i32) (param $step i32) (param $n i32) (result i32 i32) (local $rounds i32)
                    (loop $again
                        (local.set $rounds (i32.add (local.get $rounds) (i32.const 1)))
                        (local.set $i (i32.add (local.get $i) {step}))
                        (br_if $again {condition}))
                    (local.get $rounds) (local.get $i)"
            ),
            9,
        );
        for (args, expected) in runs {
            assert_eq!(results(&module, &args.map(Value::I32)), expected.map(Value::I32), "{name} {args:?}");
        }
    }
}

/// A product and a sum, each rounded. The product of `$a` and `$b` is one that rounding changes.
#[test]
fn products() {
    let a = 1.0 + 2.0_f32.powi(-12);
    let (b, c) = (a, -1.0_f32);
    assert_ne!(a * b + c, a.mul_add(b, c));
    let product = "(f32.mul (local.get $a) (local.get $b))";
    let rows = [
        ("F32MulAdd", format!("(f32.add {product} (local.get $c))"), a * b + c, 3),
        ("F32AddMul", format!("(f32.add (local.get $c) {product})"), c + a * b, 3),
        ("F32MulSub", format!("(f32.sub {product} (local.get $c))"), a * b - c, 3),
        ("F32SubMul", format!("(f32.sub (local.get $c) {product})"), c - a * b, 3),
        // What has just been computed, too: as the other term, and as one factor or both.
        ("F32AddMul of a product", format!("(f32.add {product} {product})"), a * b + a * b, 4),
        (
            "F32SubMul of a sum",
            format!("(f32.sub (f32.add (local.get $c) (local.get $c)) {product})"),
            c + c - a * b,
            4,
        ),
        (
            "F32MulSub of a first factor",
            "(f32.sub (f32.mul (f32.neg (local.get $a)) (local.get $b)) (local.get $c))".into(),
            -a * b - c,
            4,
        ),
        (
            "F32MulAdd of a second factor",
            "(f32.add (f32.mul (local.get $a) (f32.neg (local.get $b))) (local.get $c))".into(),
            a * -b + c,
            4,
        ),
        (
            "F32MulAdd of a square",
            "(local.set $a (f32.neg (local.get $a)))
                (f32.add (f32.mul (local.get $a) (local.get $a)) (local.get $c))"
                .into(),
            a * a + c,
            4,
        ),
    ];
    for (name, operators, expected, instructions) in rows {
        let function = format!("(param $a f32) (param $b f32) (param $c f32) (result f32) {operators}");
        let module = program(name, &function, instructions);
        assert_eq!(results(&module, &[a, b, c].map(Value::F32)), [Value::F32(expected)], "{name}");
    }
}

#[test]
fn selections() {
    let (a, b) = ("(local.get $a)", "(local.get $b)");
    let (seven, nine) = ("(i32.const 7)", "(i32.const -9)");
    // By how many instructions it takes beside the condition: the price, the return, and what goes to a slot.
    let rows = [
        ("Select", a, b, 11, 12, 3),
        ("SelectElseConst", a, seven, 11, 7, 3),
        ("SelectThenConst", nine, b, -9, 12, 3),
        ("SelectElseConst, both", nine, seven, -9, 7, 4),
    ];
    for (name, first, second, if_true, if_false, instructions) in rows {
        for (condition, more, is_true) in [
            ("(local.get $c)", 0, (|c| c != 0) as fn(i32) -> bool),
            ("(i32.eqz (local.get $c))", 1, |c| c == 0),
            ("(i32.lt_s (local.get $c) (local.get $a))", 1, |c| c < 11),
        ] {
            let what = format!("{name} by {condition}");
            let function = format!(
                "(param $a i32) (param $b i32) (param $c i32) (result i32)
                    (select {first} {second} {condition})"
            );
            let module = program(&what, &function, instructions + more);
            for c in [0, 1, 2, 11, -1, i32::MIN] {
                let expected = if is_true(c) { if_true } else { if_false };
                let found = results(&module, &[11, 12, c].map(Value::I32));
                assert_eq!(found, [Value::I32(expected)], "{what}, {c}");
            }
        }
    }
}

#[test]
fn scaled_sums() {
    for (name, operand, instructions) in [
        ("I32ScaleAdd", "(local.get $a)", 3),
        ("I32ScaleAdd of a result", "(i32.xor (local.get $a) (i32.const 0))", 4),
    ] {
        for (shift, plus) in [(3, 5), (2, -1), (31, 1), (35, 5), (1, i32::MIN)] {
            let function = format!(
                "(param $a i32) (result i32)
                    (i32.add (i32.shl {operand} (i32.const {shift})) (i32.const {plus}))"
            );
            let module = program(name, &function, instructions);
            for a in [0, 1, 3, -7, i32::MAX] {
                let expected = a.wrapping_shl(shift).wrapping_add(plus);
                assert_eq!(
                    results(&module, &[Value::I32(a)]),
                    [Value::I32(expected)],
                    "{name} {shift} {plus}"
                );
            }
        }
    }
}

/// Whether a comparison holds.
type Holds<T> = fn(T, T) -> bool;

/// Comparisons with their branches: of locals, with a constant on each side, and of the opposite result.
#[test]
fn branches() {
    let signed = [0, 1, -1, 7, i32::MIN, i32::MAX];
    let of_i32: [(&str, Holds<i32>); 10] = [
        ("eq", |a, b| a == b),
        ("ne", |a, b| a != b),
        ("lt_s", |a, b| a < b),
        ("gt_s", |a, b| a > b),
        ("le_s", |a, b| a <= b),
        ("ge_s", |a, b| a >= b),
        ("lt_u", |a, b| a.cast_unsigned() < b.cast_unsigned()),
        ("gt_u", |a, b| a.cast_unsigned() > b.cast_unsigned()),
        ("le_u", |a, b| a.cast_unsigned() <= b.cast_unsigned()),
        ("ge_u", |a, b| a.cast_unsigned() >= b.cast_unsigned()),
    ];
    for (name, holds) in of_i32 {
        check_branches("i32", name, &signed, Value::I32, |a| a.to_string(), holds);
    }
    let numbers = [0.0, -0.0, 1.5, -1.5, f32::INFINITY, f32::NAN];
    let of_f32: [(&str, Holds<f32>); 6] = [
        ("eq", |a, b| a == b),
        ("ne", |a, b| a != b),
        ("lt", |a, b| a < b),
        ("gt", |a, b| a > b),
        ("le", |a, b| a <= b),
        ("ge", |a, b| a >= b),
    ];
    for (name, holds) in of_f32 {
        check_branches("f32", name, &numbers, Value::F32, |a| format!("{a}").to_lowercase(), holds);
    }
}

fn check_branches<T: Copy>(
    of: &str,
    name: &str,
    values: &[T],
    value: fn(T) -> Value,
    text: fn(T) -> String,
    holds: Holds<T>,
) {
    let constant = |a| format!("({of}.const {})", text(a));
    let (first, second) = ("(local.get $a)".to_string(), "(local.get $b)".to_string());
    for (&a, &b) in values.iter().flat_map(|a| values.iter().map(move |b| (a, b))) {
        for (x, y) in
            [(first.clone(), second.clone()), (first.clone(), constant(b)), (constant(a), second.clone())]
        {
            for (condition, expected) in [
                (format!("({of}.{name} {x} {y})"), holds(a, b)),
                (format!("(i32.eqz ({of}.{name} {x} {y}))"), !holds(a, b)),
            ] {
                let function = format!(
                    "(param $a {of}) (param $b {of}) (result i32)
                        (block (br_if 0 {condition}) (return (i32.const 0)))
                        (i32.const 1)"
                );
                // Three prices, the branch and two returns.
                let module = program(&condition, &function, 6);
                let found = results(&module, &[value(a), value(b)]);
                assert_eq!(found, [Value::I32(expected.into())], "{condition} of {}, {}", text(a), text(b));
            }
        }
    }
}
