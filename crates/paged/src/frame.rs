//! What the cache knows about a page's place in fast memory.

/// No frame.
pub(crate) const NO_FRAME: u16 = u16::MAX;

/// No page.
pub(crate) const NO_PAGE: u32 = u32::MAX;

/// What the cache knows about a frame.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FrameState {
    /// The page in it, or [`NO_PAGE`].
    pub(crate) page: u32,
    /// The next frame whose page is looked up at the same place.
    pub(crate) next: u16,
    /// Whether it differs from the store.
    pub(crate) is_dirty: bool,
    /// Whether it has been used since the hand of the clock went by.
    pub(crate) is_referenced: bool,
    pub(crate) is_pinned: bool,
    /// Whether the page was fetched ahead and has not been used yet.
    pub(crate) is_ahead: bool,
    /// The block in which it was used last.
    pub(crate) used: u32,
    /// The first of the consecutive blocks in which it was used last.
    pub(crate) entered: u32,
}

impl FrameState {
    pub(crate) const EMPTY: Self = Self {
        page: NO_PAGE,
        next: NO_FRAME,
        is_dirty: false,
        is_referenced: false,
        is_pinned: false,
        is_ahead: false,
        used: 0,
        entered: 0,
    };
}
