//! A store that tells of each burst.

pub mod worker;

use sostenuto_paged::{BackingStore, Burst, StoreError, Transfer, check_transfer};
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::task::Poll;

/// The first address of every burst that has begun.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u32>>>);

impl Log {
    pub fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    fn begin(&self, address: u32) {
        self.0.lock().unwrap().push(address);
    }

    pub fn addresses(&self) -> Vec<u32> {
        self.0.lock().unwrap().clone()
    }
}

/// Memory whose bursts are of a few bytes, and are waited for or go on by themselves.
#[derive(Debug)]
pub struct Bus {
    bytes: Vec<u8>,
    longest: u32,
    log: Log,
    kind: Kind,
    /// How many polls there were, whoever's, and at which of them the bus is free again.
    polls: u64,
    free_at: u64,
    /// The last burst that has begun, until it is collected.
    last: Option<(u32, bool, Burst)>,
}

/// What a burst does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It is over when the poll is.
    WaitedFor,
    /// It goes on by itself for so many polls. It is lost if another client's begins before it is collected.
    Lost(u32),
    /// It goes on by itself for so many polls, and is left in its transfer. With the poll that collects it, the next begins.
    Left(u32),
}

impl Kind {
    /// For how many polls others have to wait for the end of a burst.
    pub fn polls_of_a_burst(self) -> u32 {
        match self {
            Self::WaitedFor => 0,
            Self::Lost(polls) | Self::Left(polls) => polls,
        }
    }
}

impl Bus {
    pub fn new(size: u32, longest: u32, kind: Kind, log: &Log) -> Self {
        let bytes = vec![0; size as usize];
        Self { bytes, longest, log: log.clone(), kind, polls: 0, free_at: 0, last: None }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How many bytes of a transfer have been moved now, if any.
    fn poll(&mut self, transfer: &mut Transfer, is_write: bool) -> Option<u32> {
        self.polls += 1;
        let (address, bytes) = (transfer.next(), transfer.rest().min(self.longest));
        let is_free = self.free_at < self.polls;
        match self.kind {
            Kind::WaitedFor => {
                self.log.begin(address);
                Some(bytes)
            }
            Kind::Lost(polls) => {
                let last = self.last.take_if(|_| is_free);
                if last.is_some_and(|(start, was_write, last)| {
                    (start, was_write, last.bytes) == (address, is_write, bytes)
                }) {
                    return Some(bytes);
                }
                if is_free {
                    self.log.begin(address);
                    self.free_at = self.polls + u64::from(polls);
                    self.last = Some((address, is_write, Burst { bytes, mark: 0 }));
                }
                None
            }
            Kind::Left(_) => {
                let ended = transfer.burst().filter(|burst| burst.mark < self.polls)?;
                Some(ended.bytes)
            }
        }
    }

    /// What comes after a poll in which a burst may have been collected.
    fn begin_next(&mut self, transfer: &mut Transfer) {
        if let Kind::Left(polls) = self.kind
            && transfer.burst().is_none()
            && transfer.rest() > 0
            && self.free_at < self.polls
        {
            self.log.begin(transfer.next());
            self.free_at = self.polls + u64::from(polls);
            let bytes = transfer.rest().min(self.longest);
            transfer.begin_burst(Burst { bytes, mark: self.free_at });
        }
    }
}

fn progress(transfer: &Transfer) -> Poll<()> {
    if transfer.rest() == 0 { Poll::Ready(()) } else { Poll::Pending }
}

impl BackingStore for Bus {
    type Error = Infallible;

    fn size(&self) -> u32 {
        self.bytes.len() as u32
    }

    fn poll_read(
        &mut self,
        transfer: &mut Transfer,
        bytes: &mut [u8],
    ) -> Result<Poll<()>, StoreError<Infallible>> {
        check_transfer(self.size(), transfer, bytes.len())?;
        if transfer.rest() == 0 {
            return Ok(Poll::Ready(()));
        }
        if let Some(count) = self.poll(transfer, false) {
            let (from, to) = (transfer.next() as usize, transfer.done() as usize);
            let count_bytes = count as usize;
            bytes[to..to + count_bytes].copy_from_slice(&self.bytes[from..from + count_bytes]);
            transfer.advance(count);
        }
        self.begin_next(transfer);
        Ok(progress(transfer))
    }

    fn poll_write(
        &mut self,
        transfer: &mut Transfer,
        bytes: &[u8],
    ) -> Result<Poll<()>, StoreError<Infallible>> {
        check_transfer(self.size(), transfer, bytes.len())?;
        if transfer.rest() == 0 {
            return Ok(Poll::Ready(()));
        }
        if let Some(count) = self.poll(transfer, true) {
            let (to, from) = (transfer.next() as usize, transfer.done() as usize);
            let count_bytes = count as usize;
            self.bytes[to..to + count_bytes].copy_from_slice(&bytes[from..from + count_bytes]);
            transfer.advance(count);
        }
        self.begin_next(transfer);
        Ok(progress(transfer))
    }
}
