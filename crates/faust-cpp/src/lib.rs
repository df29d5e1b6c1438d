//! Gives the memory managers of [`sostenuto_mem::dsp`] to the C++ code that `faust -lang cpp -mem` writes.
//!
//! That code tells all its zones first (`memoryInfo`), and then asks for memory by size alone: `allocate(size_t)`. Which
//! zone a request is for can only be known by its place in the sequence. A [`Sequence`] knows it, checks the size, and
//! answers a request that comes at the wrong time with an error and no memory, never with the memory of another zone.
//!
//! All memory is reserved as soon as all zones are told: the code that Faust writes does not look whether `allocate` has
//! given null, so what does not fit must be known before any of it runs.
//!
//! From C++, include `sostenuto_dsp_memory.h` after `faust/dsp/dsp.h` and link the static library of this crate:
//!
//! ```cpp
//! sostenuto::dsp_memory<mydsp> memory;      // On the heap; or in regions, by a plan.
//! mydsp::fManager = &memory;
//! mydsp::memoryInfo();
//! if (!memory.ok()) {
//!     std::puts(memory.error().text);       // Which zone does not fit, its bytes and alignment.
//!     return 1;
//! }
//! mydsp::classInit(48000);
//! mydsp* dsp = mydsp::create();
//! dsp->instanceInit(48000);
//! // ...
//! mydsp::destroy(dsp);
//! mydsp::classDestroy();
//! ```
//!
//! The library is made by the first of these; by the second for a device, whose memory is in regions alone:
//!
//! ```sh
//! cargo rustc --release --package sostenuto-faust-cpp --crate-type staticlib
//! cargo rustc --release --package sostenuto-faust-cpp --crate-type staticlib \
//!     --no-default-features --features panic-handler --target thumbv7em-none-eabihf
//! ```
//!
//! From Rust, make a [`DspMemory`] of any manager and give its address to a `sostenuto::dsp_memory_at`.
//!
//! Both forms of `info` are understood, that of three arguments without names (Faust up to 2.83) and that of six (since
//! December 2025). A memory is for the class and one instance at a time; make one for each instance more.
#![cfg_attr(not(feature = "std"), no_std)]
#![deny(unsafe_code)]

mod abi;
mod dsp_memory;
mod refused;
mod sequence;
mod told;

pub use dsp_memory::DspMemory;
pub use refused::Refused;
pub use sequence::Sequence;
pub use told::Told;

/// No panic is known; a device that meets one stays here.
#[cfg(all(feature = "panic-handler", not(any(feature = "std", test))))]
#[panic_handler]
fn stop(_: &core::panic::PanicInfo) -> ! {
    loop {
        core::hint::spin_loop();
    }
}
