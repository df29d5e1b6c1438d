//! How long a patch of 1,000 lines takes to compile.

use std::fmt::Write as _;
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use sostenuto_lang::{Language, Options, compile};

/// A chain of stages as patches have them: a delay line, filters with a loop and a switch each, and a mixer.
fn patch(lines: usize) -> String {
    let mut source = String::from("const int SIZE = 4096\nglobal array signal[2]\nglobal array params[8]\n");
    let mut stages = 0;
    while source.lines().count() < lines - 12 {
        write!(
            source,
            "global array line{stages}[SIZE]
global int head{stages} = 0

function stage{stages}(int input, int mode) returns int output
locals int i, int tap, float smooth, array recent[4]
{{
    for (i = 0 to 4) {{
        tap = (global head{stages} - (i << 6)) & (SIZE - 1);
        recent[i] = (int) global line{stages}[tap];
        output = output + ((int) recent[i] * (4 - i) >> 2);
    }}
    switch (mode == 0 to 3) {{
        case 0: output = output / 2 + input;
        case 1: {{ smooth = itof(output) * 0.25 + smooth * 0.75; output = ftoi(smooth); }}
        default: output = (input ^ output) >> 1;
    }}
    if (output > 2047) output = 2047;
    else if (output < -2047) output = -2047;
    else while (output % 3 != 0 && abs(output) < 2000) output = output + 1;
    global line{stages}[global head{stages}] = input;
    global head{stages} = (global head{stages} + 1) % SIZE;
}}
"
        )
        .unwrap();
        stages += 1;
    }
    source.push_str("function process()\nlocals int x\n{\n    x = (int) global signal[0];\n");
    for stage in 0..stages {
        write!(source, "    x = stage{stage}(x, (int) global params[{}]);", stage % 8).unwrap();
    }
    source.push_str("\n    global signal[0] = global signal[1] = x;\n}\n");
    source
}

fn bench(criterion: &mut Criterion) {
    let source = patch(1000);
    criterion.bench_function("compile 1,000 lines", |bencher| {
        bencher.iter(|| {
            compile(Language::Impala, black_box(&source), "bench.impala", &Options::default()).unwrap()
        });
    });
}

criterion_group!(benches, bench);
criterion_main!(benches);
