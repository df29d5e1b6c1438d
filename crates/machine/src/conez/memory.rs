//! `malloc` and its relatives. What they give is zero.

use super::guest::Call;

pub(super) fn malloc(call: &mut Call<'_>, bytes: i32) -> i32 {
    let address = call.device.heap.allocate(bytes as u32);
    address.and_then(|address| call.cleared(address, 0)).unwrap_or(0)
}

pub(super) fn free(call: &mut Call<'_>, pointer: i32) {
    if pointer != 0 {
        call.device.heap.free(pointer as u32);
    }
}

pub(super) fn calloc(call: &mut Call<'_>, count: i32, bytes: i32) -> i32 {
    match count.checked_mul(bytes).filter(|_| count > 0 && bytes > 0) {
        Some(bytes) => malloc(call, bytes),
        None => 0,
    }
}

/// Where it is if there is room, else elsewhere, and be it in the other heap; what is new is zero.
pub(super) fn realloc(call: &mut Call<'_>, pointer: i32, bytes: i32) -> i32 {
    if pointer == 0 {
        return malloc(call, bytes);
    }
    let old = pointer as u32;
    let Some(size) = call.device.heap.size(old) else {
        call.device.heap.strangers += 1;
        return 0;
    };
    if bytes == 0 {
        call.device.heap.free(old);
        return 0;
    }
    if call.device.heap.resize(old, bytes as u32) {
        return call.cleared(old, size).unwrap_or(0);
    }
    let Some(new) = call.device.heap.allocate(bytes as u32) else { return 0 };
    let moved = call.memory.move_bytes(new, old, size);
    call.device.charge(size.into());
    let new = moved.ok().and_then(|()| call.cleared(new, size));
    call.device.heap.free(old);
    new.unwrap_or(0)
}

impl Call<'_> {
    /// The pointer to a block whose bytes are zero from the given one on.
    pub(super) fn cleared(&mut self, address: u32, from: u32) -> Option<i32> {
        let rest = self.device.heap.size(address)?.saturating_sub(from);
        self.device.charge(rest.into());
        self.memory.fill_bytes(address + from, 0, rest).ok()?;
        Some(address as i32)
    }
}
