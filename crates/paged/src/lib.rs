//! Memory behind a slow bus, for real-time audio on small hardware.
//!
//! An effect needs megabytes for its delay lines, and a small device has them at the far end of a serial bus only. This
//! crate makes such memory usable while sound is running: it neither allocates nor scans, and says before playing whether
//! the bus can keep up.
//!
//! ```
//! use sostenuto_paged::{BackingStore, SliceStore};
//!
//! let mut bytes = [0; 4096];
//! let mut store = SliceStore::new(&mut bytes[..]);
//! store.write(1020, b"a page")?;
//! let mut back = [0; 6];
//! store.read(1020, &mut back)?;
//! assert_eq!(&back, b"a page");
//! # Ok::<(), sostenuto_paged::StoreError<core::convert::Infallible>>(())
//! ```

#![no_std]
#![forbid(unsafe_code)]

mod access;
mod access_error;
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
mod transfer;
mod translation;

pub use access_error::AccessError;
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
pub use transfer::Transfer;
