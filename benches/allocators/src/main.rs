//! How many instructions allocators need for what an audio program does with them.

mod peers;
mod stepper;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use peers::{COUNT, Heapless, Large, Local, Ours, Payload, Peer, Shared};
use sostenuto_mem::pool::Owner;
use std::hint::black_box;

/// Counts the instructions of each call, the writing of the value and the return included.
#[derive(Parser)]
struct Arguments {
    /// How many random calls the trace of messages has.
    #[arg(long, default_value_t = 20_000)]
    calls: u32,
    /// Only the allocators whose names contain this.
    #[arg(long, default_value = "")]
    only: String,
}

#[inline(never)]
fn alloc<P: Peer, T: Payload>(peer: &P, value: T) -> Option<P::Held<T>> {
    peer.alloc(value)
}

#[inline(never)]
fn free<P: Peer, T: Payload>(peer: &P, held: P::Held<T>) {
    peer.free::<T>(held);
}

fn counted_alloc<P: Peer, T: Payload>(peer: &P) -> (P::Held<T>, u64) {
    let (held, count) = stepper::count(alloc::<P, T> as *const () as usize, || alloc(peer, black_box(T::VALUE)));
    (held.unwrap_or_else(|| panic!("{}: no room for {}", P::NAME, T::NAME)), count)
}

fn counted_free<P: Peer, T: Payload>(peer: &P, held: P::Held<T>) -> u64 {
    stepper::count(free::<P, T> as *const () as usize, || free::<P, T>(peer, held)).1
}

/// The counts of a kind of call.
#[derive(Default)]
struct Counts(Vec<u64>);

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut counts = self.0.clone();
        counts.sort_unstable();
        match (counts.first(), counts.last()) {
            (Some(least), Some(most)) if least == most => f.pad(&least.to_string()),
            (Some(least), Some(most)) => f.pad(&format!("{least} to {most} ({})", counts[counts.len() / 2])),
            _ => f.pad("-"),
        }
    }
}

/// Fresh, recycled, dropped, for one type.
fn one_type<P: Peer, T: Payload>(peer: &P) -> String {
    let mut counts = [const { Counts(Vec::new()) }; 3];
    let mut held = Vec::new();
    for _ in 0..COUNT / 2 {
        let (value, count) = counted_alloc::<P, T>(peer);
        counts[0].0.push(count);
        held.push(value);
    }
    for value in held.drain(..) {
        free::<P, T>(peer, value);
    }
    for _ in 0..COUNT / 4 {
        let (value, count) = counted_alloc::<P, T>(peer);
        counts[1].0.push(count);
        held.push(value);
    }
    for value in held.drain(..) {
        counts[2].0.push(counted_free::<P, T>(peer, value));
    }
    counts.map(|counts| counts.to_string()).join(" / ")
}

enum Message<P: Peer> {
    Small(P::Held<u64>),
    Event(P::Held<[u64; 3]>),
    Chunk(P::Held<[u64; 8]>),
    Block(P::Held<[u8; 256]>),
}

/// Messages that come and go in a random order: 8, 24, 64 and 256 bytes, with 40, 30, 20 and 10 of 100.
fn trace<P: Peer>(peer: &P, calls: u32, bar: &ProgressBar) -> [[Counts; 2]; 4] {
    let mut counts: [[Counts; 2]; 4] = Default::default();
    let mut slots: [Option<Message<P>>; 96] = [const { None }; 96];
    let mut random = 0x2545_F491_u32;
    for call in 0..calls {
        for shift in [13, -17, 5] {
            random ^= if shift > 0 { random << shift } else { random >> -shift };
        }
        let (slot, size) = (random as usize % 96, random / 96 % 100);
        // The first half of what is new finds no block that was used before; it is not counted here.
        let warm = call >= calls / 10;
        let (kind, freed, count) = match slots[slot].take() {
            None => {
                let (message, kind, count) = match size {
                    0..40 => place(counted_alloc(peer), Message::Small, 0),
                    40..70 => place(counted_alloc(peer), Message::Event, 1),
                    70..90 => place(counted_alloc(peer), Message::Chunk, 2),
                    _ => place(counted_alloc(peer), Message::Block, 3),
                };
                slots[slot] = Some(message);
                (kind, 0, count)
            }
            Some(Message::Small(held)) => (0, 1, counted_free::<P, u64>(peer, held)),
            Some(Message::Event(held)) => (1, 1, counted_free::<P, [u64; 3]>(peer, held)),
            Some(Message::Chunk(held)) => (2, 1, counted_free::<P, [u64; 8]>(peer, held)),
            Some(Message::Block(held)) => (3, 1, counted_free::<P, [u8; 256]>(peer, held)),
        };
        if warm {
            counts[kind][freed].0.push(count);
        }
        bar.inc(1);
    }
    counts
}

fn place<P: Peer, H>((held, count): (H, u64), message: fn(H) -> Message<P>, kind: usize) -> (Message<P>, usize, u64) {
    (message(held), kind, count)
}

fn measure<P: Peer>(arguments: &Arguments) {
    if !P::NAME.contains(&arguments.only) {
        return;
    }
    let style = ProgressStyle::with_template("{msg:30} {bar:30} {pos}/{len}").expect("a valid template");
    let bar = ProgressBar::new(arguments.calls.into()).with_style(style).with_message(P::NAME);
    let peer = P::new();
    let by_type = [
        one_type::<P, u8>(&peer),
        one_type::<P, u32>(&peer),
        one_type::<P, u64>(&peer),
        one_type::<P, [u8; 256]>(&peer),
    ];
    let trace = trace(&peer, arguments.calls, &bar);
    bar.finish_and_clear();
    println!("{}", P::NAME);
    for (name, counts) in ["u8", "u32", "u64", "256 B"].iter().zip(by_type) {
        println!("  {name:>5}: fresh / recycled / dropped  {counts}");
    }
    for (name, [alloc, free]) in ["8 B", "24 B", "64 B", "256 B"].iter().zip(trace) {
        println!("  {name:>5} in the trace: allocated {alloc}, dropped {free}");
    }
}

fn main() {
    let arguments = Arguments::parse();
    stepper::install();
    measure::<Owner<Local>>(&arguments);
    measure::<Ours<Shared>>(&arguments);
    measure::<Ours<Large>>(&arguments);
    measure::<Heapless>(&arguments);
    measure::<peers::General<peers::Rlsf>>(&arguments);
    measure::<peers::General<peers::Talc>>(&arguments);
    measure::<peers::General<peers::EmbeddedTlsf>>(&arguments);
    measure::<peers::General<peers::EmbeddedLlff>>(&arguments);
    measure::<peers::General<peers::LinkedList>>(&arguments);
    measure::<peers::General<peers::Buddy>>(&arguments);
    #[cfg(feature = "o1heap")]
    measure::<peers::General<peers::O1Heap>>(&arguments);
    measure::<peers::General<peers::System>>(&arguments);
}
