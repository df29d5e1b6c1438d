//! Unsafe: what `sostenuto_dsp_memory.h` declares, for C++ to call. Its safety is that of C: pointers must be what they are
//! said to be there, and one thread at a time uses a memory.
#![allow(unsafe_code)]
#![allow(clippy::missing_safety_doc, missing_docs)] // told in the header

use super::dsp_memory::DspMemory;
use super::sequence::Sequence;
use super::told::Told;
use core::ffi::{CStr, c_char, c_uint, c_void};
use core::fmt::{self, Write};
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::slice;
use sostenuto_mem::dsp::{Place, Region};

type Memory = DspMemory<'static>;

/// The header has so many words of 64 bits for each.
const fn fits<T>(words: usize) -> bool {
    size_of::<T>() <= 8 * words && align_of::<T>() <= 8
}

const _: () = assert!(fits::<Memory>(40) && fits::<Told>(16) && fits::<Region>(8) && fits::<Place>(4));

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sostenuto_region_set(
    room: NonNull<Region<'static>>,
    index: usize,
    name: *const c_char,
    start: *mut c_void,
    bytes: usize,
) {
    // SAFETY: the caller hands in so many bytes for as long as the region is used, and an array with room for it.
    unsafe {
        let memory = match bytes {
            0 => &mut [],
            _ => slice::from_raw_parts_mut(start.cast::<MaybeUninit<u8>>(), bytes),
        };
        room.add(index).write(Region::new(text(name), memory));
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sostenuto_region_used(regions: NonNull<Region<'static>>, index: usize) -> usize {
    // SAFETY: the region was set.
    unsafe { regions.add(index).as_ref() }.used()
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sostenuto_place_set(
    room: NonNull<Place<'static>>,
    index: usize,
    zone: *const c_char,
    region: *const c_char,
) {
    // SAFETY: the caller hands in an array with room for it, and names that stay as long as it does.
    unsafe { room.add(index).write(Place { zone: text(zone), region: text(region) }) };
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sostenuto_dsp_memory_in_regions(
    room: NonNull<Memory>,
    instance_bytes: usize,
    zones: NonNull<Told<'static>>,
    zone_count: usize,
    regions: NonNull<Region<'static>>,
    region_count: usize,
    places: NonNull<Place<'static>>,
    place_count: usize,
) {
    // SAFETY: the caller hands in room for the memory and for so many zones, and so many regions and places that were set.
    unsafe {
        let regions = slice::from_raw_parts(regions.as_ptr(), region_count);
        let places = slice::from_raw_parts(places.as_ptr(), place_count);
        room.write(Memory::in_regions(regions, places, sequence(zones, zone_count, instance_bytes)));
    }
}

#[cfg(feature = "std")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sostenuto_dsp_memory_on_heap(
    room: NonNull<Memory>,
    instance_bytes: usize,
    zones: NonNull<Told<'static>>,
    zone_count: usize,
) {
    // SAFETY: the caller hands in room for the memory and for so many zones.
    unsafe { room.write(Memory::on_heap(sequence(zones, zone_count, instance_bytes))) };
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sostenuto_dsp_memory_close(memory: NonNull<Memory>) {
    // SAFETY: the memory was made, and is not used any more.
    unsafe { memory.drop_in_place() };
}

#[unsafe(no_mangle)]
pub extern "C" fn sostenuto_dsp_memory_begin(memory: &mut Memory, zones: usize) {
    memory.begin(zones);
}

#[unsafe(no_mangle)]
pub extern "C" fn sostenuto_dsp_memory_info(memory: &mut Memory, bytes: usize, reads: usize, writes: usize) {
    memory.info(Told::unnamed(bytes, reads, writes));
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn sostenuto_dsp_memory_info_named(
    memory: &mut Memory,
    name: *const c_char,
    mem_type: c_uint,
    bytes: usize,
    reads: usize,
    writes: usize,
) {
    // SAFETY: the name is a literal in what Faust wrote.
    memory.info(Told::named(unsafe { text(name) }, mem_type, bytes, reads, writes));
}

#[unsafe(no_mangle)]
pub extern "C" fn sostenuto_dsp_memory_end(memory: &mut Memory) {
    memory.end();
}

#[unsafe(no_mangle)]
pub extern "C" fn sostenuto_dsp_memory_allocate(memory: &mut Memory, bytes: usize) -> Option<NonNull<u8>> {
    memory.allocate(bytes)
}

#[unsafe(no_mangle)]
pub extern "C" fn sostenuto_dsp_memory_destroy(memory: &mut Memory, zone: Option<NonNull<u8>>) {
    if let Some(zone) = zone {
        memory.destroy(zone);
    }
}

/// Writes why something was refused, with a zero at its end, into as much room as there is. Whether something was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sostenuto_dsp_memory_error(
    memory: &Memory,
    room: *mut MaybeUninit<u8>,
    bytes: usize,
) -> bool {
    if bytes > 0 {
        // SAFETY: the caller hands in so many bytes.
        let mut text = Text { room: unsafe { slice::from_raw_parts_mut(room, bytes) }, written: 0 };
        if let Some(error) = memory.error() {
            _ = write!(text, "{error}");
        }
        text.room[text.written].write(0);
    }
    memory.error().is_some()
}

/// Text in a buffer, which always keeps a byte for its end.
struct Text<'a> {
    room: &'a mut [MaybeUninit<u8>],
    written: usize,
}

impl Write for Text<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for &byte in text.as_bytes() {
            if self.written + 1 == self.room.len() {
                return Err(fmt::Error);
            }
            self.room[self.written].write(byte);
            self.written += 1;
        }
        Ok(())
    }
}

/// # Safety
///
/// The zones must have room, and nothing else use it.
unsafe fn sequence(zones: NonNull<Told<'static>>, count: usize, instance_bytes: usize) -> Sequence<'static> {
    for index in 0..count {
        // SAFETY: there is room for it.
        unsafe { zones.add(index).write(Told::NONE) };
    }
    // SAFETY: they were written just now.
    Sequence::new(unsafe { slice::from_raw_parts_mut(zones.as_ptr(), count) }, instance_bytes)
}

/// A name, which is empty if it is not UTF-8.
///
/// # Safety
///
/// It must end with a zero, and stay.
unsafe fn text(name: *const c_char) -> &'static str {
    if name.is_null() {
        return "";
    }
    // SAFETY: by this function's contract.
    unsafe { CStr::from_ptr(name) }.to_str().unwrap_or_default()
}
