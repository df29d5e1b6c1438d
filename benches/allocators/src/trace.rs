//! Messages that come and go in a random order: 8, 24, 64 and 256 bytes, with 40, 30, 20 and 10 of 100.

use crate::counts::Counts;
use crate::peers::{Payload, Peer};
use crate::{alloc, counted_alloc, counted_free, free};
use indicatif::ProgressBar;

enum Message<P: Peer> {
    Small(P::Held<u64>),
    Event(P::Held<[u64; 3]>),
    Chunk(P::Held<[u64; 8]>),
    Block(P::Held<[u8; 256]>),
}

/// For each size, the counts of taking and of dropping. All calls were made before without being counted, so that no block
/// is taken for the first time.
pub fn run<P: Peer>(peer: &P, calls: u32, bar: &ProgressBar) -> [[Counts; 2]; 4] {
    let mut counts: [[Counts; 2]; 4] = Default::default();
    once(peer, calls, &mut None, bar);
    once(peer, calls, &mut Some(&mut counts), bar);
    counts
}

fn once<P: Peer>(peer: &P, calls: u32, counts: &mut Option<&mut [[Counts; 2]; 4]>, bar: &ProgressBar) {
    let mut slots: [Option<Message<P>>; 96] = [const { None }; 96];
    let mut random = 0x2545_F491_u32;
    for _ in 0..calls {
        // Marsaglia's xorshift.
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        let (slot, percent) = (random as usize % 96, random / 96 % 100);
        let message = slots[slot].take();
        if let Some(message) = message {
            drop_one(peer, message, counts);
        } else {
            slots[slot] = Some(match percent {
                0..40 => Message::Small(take(peer, counts, 0)),
                40..70 => Message::Event(take(peer, counts, 1)),
                70..90 => Message::Chunk(take(peer, counts, 2)),
                _ => Message::Block(take(peer, counts, 3)),
            });
        }
        if counts.is_some() {
            bar.inc(1);
        }
    }
    slots.into_iter().flatten().for_each(|message| drop_one(peer, message, &mut None));
}

fn drop_one<P: Peer>(peer: &P, message: Message<P>, counts: &mut Option<&mut [[Counts; 2]; 4]>) {
    match message {
        Message::Small(held) => give_back::<P, u64>(peer, held, counts, 0),
        Message::Event(held) => give_back::<P, [u64; 3]>(peer, held, counts, 1),
        Message::Chunk(held) => give_back::<P, [u64; 8]>(peer, held, counts, 2),
        Message::Block(held) => give_back::<P, [u8; 256]>(peer, held, counts, 3),
    }
}

fn take<P: Peer, T: Payload>(
    peer: &P,
    counts: &mut Option<&mut [[Counts; 2]; 4]>,
    size: usize,
) -> P::Held<T> {
    let Some(counts) = counts else { return alloc(peer, T::VALUE).expect("there is room") };
    let (held, count) = counted_alloc(peer);
    counts[size][0].push(count);
    held
}

fn give_back<P: Peer, T: Payload>(
    peer: &P,
    held: P::Held<T>,
    counts: &mut Option<&mut [[Counts; 2]; 4]>,
    size: usize,
) {
    match counts {
        None => free::<P, T>(peer, held),
        Some(counts) => counts[size][1].push(counted_free::<P, T>(peer, held)),
    }
}
