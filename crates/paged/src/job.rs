//! A transfer in the background.

use crate::cache::PageCache;
use crate::store::{BackingStore, Patience, StoreError};
use crate::transfer::Transfer;

/// A page on its way to or from a frame.
#[derive(Debug)]
pub(crate) struct Job {
    kind: Kind,
    page: u32,
    frame: usize,
    transfer: Transfer,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Fetch,
    WriteBack,
}

impl Job {
    /// Fetches a page, which is at `address` of the store, into an empty frame.
    pub(crate) fn fetch(page: u32, frame: usize, address: u32, length: u32) -> Self {
        Self { kind: Kind::Fetch, page, frame, transfer: Transfer::new(address, length) }
    }

    /// Writes the page in a frame to `address` of the store.
    pub(crate) fn write_back(page: u32, frame: usize, address: u32, length: u32) -> Self {
        Self { kind: Kind::WriteBack, page, frame, transfer: Transfer::new(address, length) }
    }

    pub(crate) fn frame(&self) -> usize {
        self.frame
    }

    pub(crate) fn fetches(&self, page: u32) -> bool {
        self.kind == Kind::Fetch && self.page == page
    }
}

impl<S: BackingStore, const PAGE: usize, const FRAMES: usize, const LINES: usize>
    PageCache<S, PAGE, FRAMES, LINES>
{
    /// Goes on with the transfer in the background, if there is one, by one burst at most.
    pub(crate) fn poll_job(&mut self) -> Result<(), StoreError<S::Error>> {
        let Some(job) = &mut self.job else { return Ok(()) };
        let bytes = &mut self.frames.0[job.frame];
        let polled = match job.kind {
            Kind::Fetch => self.store.poll_read(&mut job.transfer, bytes),
            Kind::WriteBack => self.store.poll_write(&mut job.transfer, bytes),
        };
        let (kind, page, frame) = (job.kind, job.page, job.frame);
        match polled {
            Ok(poll) if poll.is_pending() => return Ok(()),
            Ok(_) => {}
            Err(error) => {
                self.states[frame].is_dirty |= kind == Kind::WriteBack;
                self.job = None;
                return Err(error);
            }
        }
        self.job = None;
        match kind {
            Kind::Fetch => {
                self.fill_with(frame, page);
                self.states[frame].is_ahead = true;
                self.statistics.fetched_ahead += 1;
                self.statistics.bytes_read += PAGE as u64;
            }
            Kind::WriteBack => {
                self.statistics.written_back += 1;
                self.statistics.bytes_written += PAGE as u64;
            }
        }
        Ok(())
    }

    /// Waits until nothing is on its way in the background.
    pub(crate) fn finish_job(&mut self) -> Result<(), StoreError<S::Error>> {
        let mut patience = Patience::default();
        while self.job.is_some() {
            self.poll_job()?;
            if let Some(job) = &self.job {
                let stalled = patience.check(&job.transfer);
                if stalled.is_err() {
                    let (kind, frame) = (job.kind, job.frame);
                    self.states[frame].is_dirty |= kind == Kind::WriteBack;
                    self.job = None;
                }
                stalled?;
                self.store.wait();
            }
        }
        Ok(())
    }
}
