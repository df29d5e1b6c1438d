//! The memory of signal processors that compilers write: each table, delay line and state in a place of its own.
//!
//! A compiler such as Faust's knows which arrays a program has before it runs. It describes each as a [`Zone`], and a
//! [`DspMemoryManager`] says where it lies. What code gets is a [`Placed`] array, which goes back when it is dropped:
//!
//! ```
//! use core::mem::MaybeUninit;
//! use sostenuto_mem::dsp::{Phase, Place, Placed, Region, Regions, Role, Zone};
//!
//! static LINE: Zone = Zone::of::<[f32; 1024]>("fVec0", 0, Role::DelayLine, Phase::Instance);
//! static STATE: Zone = Zone::of::<[f32; 4]>("fRec0", 1, Role::State, Phase::Instance);
//!
//! // On a device these are statics in the sections of a fast and a slow memory.
//! let (mut fast, mut slow) = ([MaybeUninit::uninit(); 64], [MaybeUninit::uninit(); 4096]);
//! let regions = [Region::new("dtcm", &mut fast), Region::new("sdram", &mut slow)];
//! let memory = Regions::new(&regions, &[Place { zone: "fVec0", region: "sdram" }]);
//!
//! let mut state: Placed<[f32; 4]> = Placed::zeroed(&memory, &STATE)?;
//! let mut line: Placed<[f32; 1024]> = Placed::zeroed(&memory, &LINE)?;
//! line[1023] = 1.0;
//! state[0] = line[1023];
//! assert!(regions[1].used() >= 4096);
//!
//! drop(line);
//! assert_eq!(regions[1].used(), 0);
//! # Ok::<(), sostenuto_mem::dsp::OutOfMemory>(())
//! ```
//!
//! | manager | where zones lie |
//! |---|---|
//! | [`Regions`] | in memories handed in by the caller, each zone in that of its place in a plan |
//! | [`PoolMemory`] | in the blocks of a [pool](mod@crate::pool) |
//! | `HeapMemory` (feature `std`) | on the heap |
//! | `Recording` (feature `std`) | where another manager puts them; what was asked is written down |
//! | [`Failing`] | where another manager puts them, but one request is refused: for tests |
//!
//! Zones are placed when a program is set up and given back when it ends, never while sound is running.

mod failing;
#[cfg(feature = "std")]
mod heap;
mod manager;
mod placed;
mod pool;
#[cfg(feature = "std")]
mod recording;
mod region;
mod regions;
mod wrong_buffers;
mod zone;

pub use failing::Failing;
#[cfg(feature = "std")]
pub use heap::HeapMemory;
pub use manager::{DspMemoryManager, OutOfMemory};
pub use placed::{Placed, Zeroable};
pub use pool::PoolMemory;
#[cfg(feature = "std")]
pub use recording::{Recorded, Recording};
pub use region::Region;
pub use regions::{Place, Regions};
pub use wrong_buffers::WrongBuffers;
pub use zone::{Phase, Role, Zone};
