//! How many instructions the other parts of `sostenuto-mem` need, each call counted by itself.

#[path = "../stepper.rs"]
mod stepper;

use sostenuto_mem::buffers::{AllpassHead, DelayLine};
use sostenuto_mem::ping_pong::{DeviceEnd, NoCache, PingPong, ProgramEnd};
use sostenuto_mem::region;
use sostenuto_mem::tables::{Exp2, Notes, Table, sine};
use sostenuto_mem::watch::{GuardList, Guarded, Tally};
use std::hint::black_box;

static SINE: Table<1024> = sine();
static EXP2: Exp2<256> = Exp2::new();
static NOTES: Notes = Notes::new();
static EXCHANGE: PingPong = PingPong::new();

region! {
    in ".sram1_bss", uninitialised, dma;
    static HALVES: [[i32; 64]; 2] = [[0; 64]; 2];
}

type Line = DelayLine<48_000>;
type Device = DeviceEnd<i32, 64, NoCache>;
type Program = ProgramEnd<i32, 64, NoCache>;

/// Each function is one call, with its return.
macro_rules! calls {
    ($($name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)? $body:block)*) => {
        $(
            #[inline(never)]
            fn $name($($argument: $type),*) $(-> $result)? $body
        )*
    };
}

calls! {
    write(line: &mut Line, sample: f32) { line.write(sample) }
    read(line: &Line, delay: usize) -> f32 { line.read(delay) }
    read_linear(line: &Line, delay: f32) -> f32 { line.read_linear(delay) }
    read_cubic(line: &Line, delay: f32) -> f32 { line.read_cubic(delay) }
    read_allpass(line: &Line, head: &mut AllpassHead, delay: f32) -> f32 { line.read_allpass(head, delay) }
    lookup_turn32(phase: u32) -> f32 { SINE.lookup_turn32(phase) }
    lookup_turns(phase: f32) -> f32 { SINE.lookup_turns(phase) }
    exp2(exponent: f32) -> f32 { EXP2.exp2(exponent) }
    hz(note: u8) -> f32 { NOTES.hz(note) }
    check(guarded: &Guarded<[f32; 64]>) -> bool { guarded.check().is_ok() }
    check_next(list: &mut GuardList<'_, 8>) -> bool { list.check_next(1).is_ok() }
    complete(device: &mut Device) -> bool { device.complete().is_ok() }
    take_and_drop(program: &mut Program) -> bool { program.take().is_some() }
    mark(tally: &Tally) -> bool { tally.quiet_since(tally.mark()).is_ok() }
}

fn main() {
    stepper::install();
    println!("Instructions of a call, its return included.");
    let mut line = Box::new(Line::new());
    let mut head = AllpassHead::new();
    (0..100).for_each(|i| line.write(i as f32));
    let _ = line.read_allpass(&mut head, 50.5);
    row("DelayLine::write", write as *const () as usize, || write(&mut line, black_box(1.0)));
    row("DelayLine::read", read as *const () as usize, || read(&line, black_box(50)));
    row("DelayLine::read_linear", read_linear as *const () as usize, || read_linear(&line, black_box(50.5)));
    row("DelayLine::read_cubic", read_cubic as *const () as usize, || read_cubic(&line, black_box(50.5)));
    let allpass = read_allpass as *const () as usize;
    row("DelayLine::read_allpass, the same delay", allpass, || {
        read_allpass(&line, &mut head, black_box(50.5))
    });
    row("Table::lookup_turn32", lookup_turn32 as *const () as usize, || opaque(lookup_turn32)(1 << 29));
    row("Table::lookup_turns", lookup_turns as *const () as usize, || opaque(lookup_turns)(0.3));
    row("Exp2::exp2", exp2 as *const () as usize, || opaque(exp2)(-1.5));
    row("Notes::hz", hz as *const () as usize, || opaque(hz)(69));

    let mut guarded = Box::new(Guarded::new([0.0_f32; 64]));
    guarded.arm();
    row("Guarded::check", check as *const () as usize, || check(&guarded));
    let mut list = GuardList::<8>::new();
    list.add("buffer", guarded.canaries()).expect("there is room");
    row("GuardList::check_next, one guard", check_next as *const () as usize, || check_next(&mut list));
    let tally = Tally::new();
    row("Tally::mark and quiet_since", mark as *const () as usize, || mark(&tally));

    let (mut device, mut program) = EXCHANGE.capture(HALVES.take().expect("once"), NoCache).expect("aligned");
    row("DeviceEnd::complete", complete as *const () as usize, || complete(&mut device));
    row("DeviceEnd::complete, late", complete as *const () as usize, || complete(&mut device));
    row("ProgramEnd::take, and the half dropped", take_and_drop as *const () as usize, || {
        take_and_drop(&mut program)
    });
    row("ProgramEnd::take, none there", take_and_drop as *const () as usize, || take_and_drop(&mut program));
}

/// The function as the compiler cannot see through: a call of one that has no effects would be moved to where nothing is
/// counted.
fn opaque<A, B>(function: fn(A) -> B) -> fn(A) -> B {
    black_box(function)
}

fn row<T>(name: &str, entry: usize, run: impl FnOnce() -> T) {
    println!("{name:<42} {:>4}", stepper::count(entry, run).1);
}
