//! How many instructions allocators need for what an audio program does with them.

mod counts;
mod peers;
mod stepper;
mod trace;

use clap::Parser;
use counts::Counts;
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
fn make<P: Peer, T: Payload>(peer: &P) -> Option<P::Held<T>> {
    peer.make(|| T::VALUE)
}

#[inline(never)]
fn free<P: Peer, T: Payload>(peer: &P, held: P::Held<T>) {
    peer.free::<T>(held);
}

fn counted_alloc<P: Peer, T: Payload>(peer: &P) -> (P::Held<T>, u64) {
    let (held, count) =
        stepper::count(alloc::<P, T> as *const () as usize, || alloc(peer, black_box(T::VALUE)));
    (held.unwrap_or_else(|| panic!("{}: no room for {}", P::NAME, size_of::<T>())), count)
}

fn counted_free<P: Peer, T: Payload>(peer: &P, held: P::Held<T>) -> u64 {
    stepper::count(free::<P, T> as *const () as usize, || free::<P, T>(peer, held)).1
}

/// For one type: blocks that are taken for the first time, taken again, and dropped.
fn one_type<P: Peer, T: Payload>(peer: &P) -> [Counts; 3] {
    let (mut held, fresh): (Vec<_>, _) = (0..COUNT / 2).map(|_| counted_alloc::<P, T>(peer)).unzip();
    held.drain(..).for_each(|value| free::<P, T>(peer, value));
    let (again, counts): (Vec<_>, _) = (0..COUNT / 4).map(|_| counted_alloc::<P, T>(peer)).unzip();
    [fresh, counts, again.into_iter().map(|value| counted_free::<P, T>(peer, value)).collect()]
}

/// A large value that is made in its place.
fn in_place<P: Peer, T: Payload>(peer: &P) -> Counts {
    let count = || {
        let (held, count) = stepper::count(make::<P, T> as *const () as usize, || make::<P, T>(peer));
        free::<P, T>(peer, held.expect("there is room"));
        count
    };
    (0..4).map(|_| count()).collect()
}

fn measure<P: Peer>(arguments: &Arguments) {
    if !P::NAME.contains(&arguments.only) {
        return;
    }
    let style = ProgressStyle::with_template("{msg:30} {bar:30} {pos}/{len}").expect("a valid template");
    let bar = ProgressBar::new(arguments.calls.into()).with_style(style).with_message(P::NAME);
    let peer = P::new();
    let [small, large] = [one_type::<P, u32>(&peer), one_type::<P, [u8; 256]>(&peer)];
    let [byte, long] = [one_type::<P, u8>(&peer), one_type::<P, u64>(&peer)];
    let in_place = in_place::<P, [u8; 256]>(&peer);
    let trace = trace::run(&peer, arguments.calls, &bar);
    bar.finish_and_clear();
    println!("\n{}", P::NAME);
    println!("  {:<10} {:>18} {:>18} {:>18}", "", "first", "again", "dropped");
    for (name, [first, again, dropped]) in [("u8", byte), ("u32", small), ("u64", long), ("[u8; 256]", large)]
    {
        println!("  {name:<10} {first:>18} {again:>18} {dropped:>18}");
    }
    println!("  {:<10} {:>18} {in_place:>18}", "… in place", "");
    for (name, [alloc, free]) in ["8 B", "24 B", "64 B", "256 B"].iter().zip(trace) {
        println!("  {name:<10} {:>18} {alloc:>18} {free:>18}", "in the trace:");
    }
}

fn main() {
    let arguments = Arguments::parse();
    stepper::install();
    println!("Instructions of a call: least, or least to most (median).");
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
