//! From an address to a frame, without a search.

use crate::frame::NO_FRAME;

/// Where the bytes of one page are, of all pages whose numbers have the same low bits: of the one that was used last.
///
/// An access takes the difference between its address and where the page starts. If this is at most the size of a page less
/// that of the access, then the page is in memory, the access lies in it as a whole and inside the memory, and a write finds
/// the page marked as changed: all other cases fail the one comparison, and leave the short way.
///
/// As many bytes as a power of two, so that a line is found by a shift and a mask.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
#[cfg_attr(target_pointer_width = "64", repr(align(32)))]
#[cfg_attr(not(target_pointer_width = "64"), repr(align(16)))]
pub(crate) struct Translation {
    /// The address of the first byte of the page, if it can be read.
    pub(crate) read: usize,
    /// The same if it can be written.
    pub(crate) write: usize,
    /// Where its frame begins among the bytes of the frames.
    pub(crate) place: u32,
    /// The first frame with a page of such a number.
    pub(crate) first: u16,
}

impl Translation {
    /// Of no page, for one of at least two lines.
    pub(crate) const fn none(line: usize, page: usize) -> Self {
        let nothing = nothing(line, page);
        Self { read: nothing, write: nothing, place: 0, first: NO_FRAME }
    }
}

/// Where no page of a line starts: any address of the line is at least a page above that, or below.
pub(crate) const fn nothing(line: usize, page: usize) -> usize {
    (line ^ 1) * page
}
