//! A client that does one task after the other, and knows what its bytes should be.

use super::Bus;
use sostenuto_paged::{BackingStore, SharedStore, StoreClient, Transfer};
use std::collections::VecDeque;

pub const CLIENTS: usize = 3;
/// How many bytes each client has for itself.
pub const OWN: u32 = 10_000;

#[derive(Debug, Clone, Copy)]
pub struct Task {
    pub is_write: bool,
    pub address: u32,
    pub length: u32,
    pub value: u8,
}

/// A client with its tasks, and what its bytes should be.
pub struct Worker<'a> {
    pub number: usize,
    pub shared: &'a SharedStore<Bus, CLIENTS>,
    pub handle: Option<StoreClient<'a, Bus, CLIENTS>>,
    pub tasks: VecDeque<Task>,
    pub transfer: Transfer,
    pub buffer: Vec<u8>,
    pub model: Vec<u8>,
    /// Whether it has polled and is not ready.
    pub wants_bus: bool,
    /// How many polls of others were refused since it polled last.
    pub others_refused: u32,
}

impl<'a> Worker<'a> {
    pub fn new(shared: &'a SharedStore<Bus, CLIENTS>, number: usize, tasks: Vec<Task>) -> Self {
        let mut worker = Self {
            number,
            shared,
            handle: Some(shared.client(number).unwrap()),
            tasks: tasks.into(),
            transfer: Transfer::new(0, 0),
            buffer: vec![],
            model: vec![0; OWN as usize],
            wants_bus: false,
            others_refused: 0,
        };
        worker.begin();
        worker
    }

    fn begin(&mut self) {
        let Some(task) = self.tasks.front() else { return };
        self.transfer = Transfer::new(self.number as u32 * OWN + task.address, task.length);
        let written = (0..task.length).map(|index| task.value.wrapping_add(index as u8));
        self.buffer = if task.is_write { written.collect() } else { vec![0xEE; task.length as usize] };
    }

    pub fn poll(&mut self) {
        let Some(task) = self.tasks.front().copied() else { return };
        let handle = self.handle.as_mut().unwrap();
        let polled = if task.is_write {
            handle.poll_write(&mut self.transfer, &self.buffer)
        } else {
            handle.poll_read(&mut self.transfer, &mut self.buffer)
        };
        (self.wants_bus, self.others_refused) = (polled.unwrap().is_pending(), 0);
        if !self.wants_bus {
            let place = task.address as usize..(task.address + task.length) as usize;
            if task.is_write {
                self.model[place].copy_from_slice(&self.buffer);
            } else {
                assert_eq!(self.buffer, self.model[place], "client {} at {}", self.number, task.address);
            }
            self.tasks.pop_front();
            self.begin();
        }
    }

    /// Gives a transfer up. It is begun anew when it is polled again.
    pub fn drop_handle(&mut self) {
        self.handle = None;
        self.handle = Some(self.shared.client(self.number).unwrap());
        self.wants_bus = false;
        self.begin();
    }

    pub fn withdraw(&mut self) {
        self.handle.as_mut().unwrap().withdraw();
        self.wants_bus = false;
    }
}
