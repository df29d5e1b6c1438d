//! A store that tells of each burst.

use sostenuto_paged::{BackingStore, StoreError, Transfer, check_transfer};
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
    /// For how many polls a burst goes on by itself.
    by_itself: Option<u32>,
    flight: Option<Flight>,
}

/// A burst that goes on by itself, or is over and has not been collected.
#[derive(Debug)]
struct Flight {
    address: u32,
    is_write: bool,
    bytes: Vec<u8>,
    polls_left: u32,
}

impl Bus {
    pub fn new(size: u32, longest: u32, log: &Log) -> Self {
        Self { bytes: vec![0; size as usize], longest, log: log.clone(), by_itself: None, flight: None }
    }

    /// The bus is busy with a burst for so many polls, whoever's they are. Then the burst can be collected, unless another
    /// client polls before and begins another.
    pub fn going_on_by_itself(self, polls: u32) -> Self {
        Self { by_itself: Some(polls), ..self }
    }

    pub fn polls_of_a_burst(&self) -> Option<u32> {
        self.by_itself
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of a burst that is over, if there is one now; begins one otherwise.
    fn burst(&mut self, transfer: &Transfer, written: Option<&[u8]>) -> Option<Vec<u8>> {
        let (address, is_write) = (transfer.next(), written.is_some());
        let count = transfer.rest().min(self.longest) as usize;
        if let Some(flight) = &mut self.flight {
            if flight.polls_left > 0 {
                flight.polls_left -= 1;
                return None;
            }
            let is_own = (flight.address, flight.is_write, flight.bytes.len()) == (address, is_write, count);
            let flight = self.flight.take();
            if is_own {
                return flight.map(|flight| flight.bytes);
            }
        }
        self.log.0.lock().unwrap().push(address);
        let place = address as usize..address as usize + count;
        if let Some(written) = written {
            self.bytes[place.clone()].copy_from_slice(&written[..count]);
        }
        let bytes = self.bytes[place].to_vec();
        match self.by_itself {
            None => Some(bytes),
            Some(polls_left) => {
                self.flight = Some(Flight { address, is_write, bytes, polls_left });
                None
            }
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
        if transfer.rest() > 0
            && let Some(moved) = self.burst(transfer, None)
        {
            bytes[transfer.done() as usize..][..moved.len()].copy_from_slice(&moved);
            transfer.advance(moved.len() as u32);
        }
        Ok(progress(transfer))
    }

    fn poll_write(
        &mut self,
        transfer: &mut Transfer,
        bytes: &[u8],
    ) -> Result<Poll<()>, StoreError<Infallible>> {
        check_transfer(self.size(), transfer, bytes.len())?;
        if transfer.rest() > 0
            && let Some(moved) = self.burst(transfer, Some(&bytes[transfer.done() as usize..]))
        {
            transfer.advance(moved.len() as u32);
        }
        Ok(progress(transfer))
    }
}
