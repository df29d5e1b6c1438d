//! Unsafe: a manager that writes down what was asked of another.
#![allow(unsafe_code)]

use super::manager::DspMemoryManager;
use super::zone::{Phase, Role, Zone};
use core::fmt;
use core::ptr::NonNull;
use std::string::{String, ToString};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::vec::Vec;

/// Another manager, and what was asked of it (feature `std`).
///
/// ```
/// use sostenuto_mem::dsp::{HeapMemory, Phase, Placed, Recording, Role, Zone};
///
/// static LINE: Zone = Zone::of::<[f32; 1000]>("fVec0", 0, Role::DelayLine, Phase::Instance).accessed(2, 1);
/// let recording = Recording::new(&HeapMemory);
/// let line = Placed::<[f32; 1000]>::zeroed(&recording, &LINE).unwrap();
/// assert_eq!(recording.live_bytes(), 4000);
/// drop(line);
/// assert_eq!(recording.live_bytes(), 0);
/// assert_eq!(recording.requests()[0].name, "fVec0");
/// ```
pub struct Recording<'m> {
    manager: &'m dyn DspMemoryManager,
    requests: Mutex<Vec<Recorded>>,
}

/// A request of a zone's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The zone's name.
    pub name: String,
    /// Its number in the sequence of zones.
    pub position: usize,
    /// How many bytes it has.
    pub bytes: usize,
    /// What its address must be a multiple of.
    pub align: usize,
    /// How often it is read a sample.
    pub reads: usize,
    /// How often it is written a sample.
    pub writes: usize,
    /// What it is for.
    pub role: Role,
    /// Whose it is.
    pub phase: Phase,
    /// The address that was given; `None` if there was no room.
    pub address: Option<usize>,
    /// Whether the memory was given back.
    pub given_back: bool,
}

impl<'m> Recording<'m> {
    /// This manager, with nothing asked of it yet.
    #[must_use]
    pub const fn new(manager: &'m dyn DspMemoryManager) -> Self {
        Self { manager, requests: Mutex::new(Vec::new()) }
    }

    /// All requests, the first one first.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.lock().clone()
    }

    /// How many bytes were given and not given back.
    #[must_use]
    pub fn live_bytes(&self) -> usize {
        let live = |request: &&Recorded| request.address.is_some() && !request.given_back;
        self.lock().iter().filter(live).map(|request| request.bytes).sum()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Recorded>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Recording<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.lock().iter()).finish()
    }
}

// SAFETY: what is given out is the other manager's.
unsafe impl DspMemoryManager for Recording<'_> {
    fn begin(&self, zones: usize) {
        self.manager.begin(zones);
    }

    fn info(&self, zone: &Zone) {
        self.manager.info(zone);
    }

    fn end(&self) {
        self.manager.end();
    }

    fn allocate(&self, zone: &Zone) -> Option<NonNull<u8>> {
        let memory = self.manager.allocate(zone);
        let Zone { position, bytes, align, reads, writes, role, phase, .. } = *zone;
        let address = memory.map(|memory| memory.addr().get());
        let name = zone.name.to_string();
        let given_back = false;
        self.lock().push(Recorded {
            name,
            position,
            bytes,
            align,
            reads,
            writes,
            role,
            phase,
            address,
            given_back,
        });
        memory
    }

    unsafe fn destroy(&self, zone: &Zone, memory: NonNull<u8>) {
        let address = Some(memory.addr().get());
        if let Some(request) =
            self.lock().iter_mut().rfind(|request| request.address == address && !request.given_back)
        {
            request.given_back = true;
        }
        // SAFETY: the memory is the other manager's, given for this zone.
        unsafe { self.manager.destroy(zone, memory) };
    }
}
