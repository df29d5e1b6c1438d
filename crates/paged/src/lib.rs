//! Memory behind a slow bus, for real-time audio on small hardware.
//!
//! An effect needs megabytes for its delay lines, and a small device has them at the far end of a serial bus only. This
//! crate makes such memory usable while sound is running: it allocates nothing, finds a byte without a search, and says
//! before playing whether the bus can keep up.
//!
//! A delay line of four seconds behind the modelled bus of a PSRAM, with 32 KB of fast memory, and nothing is waited for:
//!
//! ```
//! use sostenuto_paged::{
//!     Admission, BusTiming, Head, Lanes, PageCache, PsramChip, SliceStore, Stream, TimedStore,
//! };
//!
//! const LENGTH: u32 = 4 * 48_000 * 4; // 48,000 floats a second
//! const PERIOD: u64 = 1_333_333_333; // of a block of 64, in picoseconds
//!
//! let bus = BusTiming::of_psram(&PsramChip::APS6404L_3SQR, 80_000_000, Lanes::One).unwrap();
//! let store = TimedStore::new(SliceStore::new(vec![0; LENGTH as usize]), bus);
//! let mut memory = Box::new(PageCache::<_, 512, 64, 256>::new(store, LENGTH, LENGTH)?);
//!
//! // One head writes, and one reads; each moves by 256 bytes in a block.
//! memory.register(Stream { address: 0, length: LENGTH, bytes_per_block: 256 })?;
//! let admission = Admission::new(&bus, 512, memory.free_frames() as u32, PERIOD, PERIOD / 2);
//! admission.test(&[Head::writing(256), Head::reading(256)])?;
//!
//! let mut stalled = 0;
//! for block in 0..1000 {
//!     memory.begin_block();
//!     let start = memory.store().now();
//!     for sample in block * 64..block * 64 + 64 {
//!         memory.write(sample * 4 % u64::from(LENGTH), &1_f32.to_le_bytes())?;
//!         let mut echo = [0; 4];
//!         memory.read((sample + 48_000) * 4 % u64::from(LENGTH), &mut echo)?;
//!     }
//!     // On a device, `memory.work()` is called until the next block begins.
//!     let time = memory.end_block(start, PERIOD / 2, PERIOD)?;
//!     stalled += u32::from(block > 3 && time.stalled > 0);
//! }
//! assert_eq!(stalled, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The parts, each of use alone
//!
//! - A [`BackingStore`] moves runs of bytes, in bursts that are polled: the driver for a serial PSRAM ([`Psram`]), or bytes
//!   that the processor addresses ([`SliceStore`]). Around any of them: a bus with a clock of its own ([`TimedStore`]), faults
//!   ([`FaultyStore`]), and a checksum for each page ([`CheckedStore`]).
//! - [`SharedStore`] lets several clients use a store, burst by burst and the most urgent first; a [`Region`] is a part of a
//!   store as a store of its own; [`SpanAllocator`] says who has which part.
//! - [`PageCache`] makes memory of it that is read and written at any address. Pages can be pinned; heads that move through
//!   it are registered as a [`Stream`] or noticed.
//! - [`Admission`] says whether a bus can carry the heads.
//! - [`MemoryTest`] finds bad cells and address lines; [`ChipModel`] is a chip to test a driver with.

#![no_std]
#![forbid(unsafe_code)]

mod access;
mod access_error;
mod admission;
mod block_time;
mod bus_timing;
mod cache;
mod checked;
mod chip;
mod faults;
mod frame;
mod job;
mod memory_test;
mod psram;
mod region;
mod shared;
mod slice;
mod span_allocator;
mod span_map;
mod statistics;
mod store;
mod streams;
mod timed;
mod transfer;
mod translation;

pub use access_error::AccessError;
pub use admission::{Admission, Head, Headroom, Refusal};
pub use block_time::BlockTime;
pub use bus_timing::BusTiming;
pub use cache::{PageCache, PinError};
pub use checked::{CheckedStore, TooFewSums};
pub use chip::{ChipModel, ModelTime, Violations};
pub use faults::{Bursts, Fault, FaultyError, FaultyStore};
pub use memory_test::{BufferTooShort, MemoryFailure, MemoryReport, MemoryTest, TestProgress};
pub use psram::bus::{BusData, PsramBus, SingleLane, SingleLaneError};
pub use psram::command::{Command, Lanes, burst_length};
pub use psram::part::{PsramChip, PsramId};
pub use psram::{MARGIN_NS, Psram, PsramConfig, PsramError};
pub use region::{Region, SpanOutside};
pub use shared::{ClientError, ClientStatistics, SharedStore, StoreClient, WISH_LAPSE};
pub use slice::SliceStore;
pub use span_allocator::{ForeignSpan, OwnerUse, Span, SpanAllocator, SpanError, SpanStatistics};
pub use span_map::SpanMap;
pub use statistics::CacheStatistics;
pub use store::{BackingStore, PATIENCE, StoreError, check_transfer};
pub use streams::{MOST_STREAMS, Stream, StreamError};
pub use timed::{BusStatistics, TimedStore};
pub use transfer::{Burst, Transfer};
