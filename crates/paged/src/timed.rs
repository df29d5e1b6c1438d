//! A model of a bus: a store with a clock of its own.

use crate::bus_timing::BusTiming;
use crate::psram::command::{Command, burst_length};
use crate::store::{BackingStore, StoreError, check_transfer};
use crate::transfer::{Burst, Transfer};
use core::task::Poll;

/// Any store, at the far end of a modelled bus: its time is virtual, and a burst goes on by itself while it passes.
///
/// Time passes when somebody [waits](BackingStore::wait) for the bus, and when it is told to
/// ([`advance_to`](Self::advance_to)). Nothing here has been measured on a device; what is modelled is told by the
/// [timing](BusTiming).
///
/// ```
/// use sostenuto_paged::{BackingStore, BusTiming, Lanes, PsramChip, SliceStore, TimedStore};
///
/// let bus = BusTiming::of_psram(&PsramChip::LY68L6400, 40_000_000, Lanes::One).unwrap();
/// let mut store = TimedStore::new(SliceStore::new(vec![0; 65_536]), bus);
/// store.read(0, &mut [0; 512])?;
/// assert_eq!(store.now(), bus.read_time(512));
/// # Ok::<(), sostenuto_paged::StoreError<core::convert::Infallible>>(())
/// ```
#[derive(Debug, Clone)]
pub struct TimedStore<S> {
    store: S,
    timing: BusTiming,
    now: u64,
    /// When the last burst ends.
    free_at: u64,
    statistics: BusStatistics,
}

/// What a bus has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BusStatistics {
    /// The bursts begun.
    pub bursts: u64,
    /// The time in which the bus was busy, in picoseconds.
    pub busy: u64,
    /// The time in which somebody waited for it, in picoseconds.
    pub waited: u64,
}

impl<S: BackingStore> TimedStore<S> {
    /// The store behind a bus, at time 0.
    pub const fn new(store: S, timing: BusTiming) -> Self {
        let statistics = BusStatistics { bursts: 0, busy: 0, waited: 0 };
        Self { store, timing, now: 0, free_at: 0, statistics }
    }

    /// The bus.
    pub const fn timing(&self) -> &BusTiming {
        &self.timing
    }

    /// The present time, in picoseconds.
    pub const fn now(&self) -> u64 {
        self.now
    }

    /// When the burst on its way ends, in picoseconds; in the past, if there is none.
    pub const fn free_at(&self) -> u64 {
        self.free_at
    }

    /// Lets time pass, if this is later than now.
    pub fn advance_to(&mut self, time: u64) {
        self.now = self.now.max(time);
    }

    /// What has been done so far.
    pub const fn statistics(&self) -> BusStatistics {
        self.statistics
    }

    /// What has been done since the last time that this was asked.
    pub fn take_statistics(&mut self) -> BusStatistics {
        core::mem::take(&mut self.statistics)
    }

    /// Gives the store back.
    pub fn into_inner(self) -> S {
        self.store
    }

    /// The end of a burst of the transfer, in bytes from its start, if one has come to its end.
    fn end_of_burst(&self, transfer: &Transfer) -> Option<Burst> {
        let burst = transfer.burst().filter(|burst| burst.mark <= self.now)?;
        // Who hands bursts over may have shortened the transfer.
        Some(Burst { bytes: burst.bytes.min(transfer.rest()), ..burst })
    }

    /// Begins the next burst of a transfer, if the bus is free and there is none already.
    fn begin(&mut self, transfer: &mut Transfer, command: Command, longest: u32) {
        if transfer.burst().is_some() || self.free_at > self.now {
            return;
        }
        let bytes = burst_length(transfer.next(), transfer.rest(), longest.max(1), self.timing.page);
        let time = self.timing.burst(command, bytes);
        self.free_at = self.now.saturating_add(time);
        self.statistics.bursts += 1;
        self.statistics.busy += time;
        transfer.begin_burst(Burst { bytes, mark: self.free_at });
    }
}

impl<S: BackingStore> BackingStore for TimedStore<S> {
    type Error = S::Error;

    fn size(&self) -> u32 {
        self.store.size()
    }

    fn poll_read(
        &mut self,
        transfer: &mut Transfer,
        bytes: &mut [u8],
    ) -> Result<Poll<()>, StoreError<S::Error>> {
        check_transfer(self.size(), transfer, bytes.len())?;
        if let Some(burst) = self.end_of_burst(transfer) {
            let start = transfer.done() as usize;
            self.store.read(transfer.next(), &mut bytes[start..start + burst.bytes as usize])?;
            transfer.advance(burst.bytes);
        }
        if transfer.rest() == 0 {
            return Ok(Poll::Ready(()));
        }
        self.begin(transfer, self.timing.read, self.timing.longest_read);
        Ok(Poll::Pending)
    }

    fn poll_write(
        &mut self,
        transfer: &mut Transfer,
        bytes: &[u8],
    ) -> Result<Poll<()>, StoreError<S::Error>> {
        check_transfer(self.size(), transfer, bytes.len())?;
        if let Some(burst) = self.end_of_burst(transfer) {
            let start = transfer.done() as usize;
            self.store.write(transfer.next(), &bytes[start..start + burst.bytes as usize])?;
            transfer.advance(burst.bytes);
        }
        if transfer.rest() == 0 {
            return Ok(Poll::Ready(()));
        }
        self.begin(transfer, self.timing.write, self.timing.longest_write);
        Ok(Poll::Pending)
    }

    fn wait(&mut self) {
        let until = self.now.max(self.free_at);
        self.statistics.waited += until - self.now;
        self.now = until;
    }
}
