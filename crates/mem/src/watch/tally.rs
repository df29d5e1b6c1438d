//! How often, and how much, was allocated.

use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Counts allocations, from any thread or interrupt, without waiting.
///
/// Around an allocator, [`Tallied`](super::Tallied) does the counting. A pool of your own can be counted by hand:
///
/// ```
/// use sostenuto_mem::watch::Tally;
///
/// static VOICES: Tally = Tally::new();
///
/// VOICES.allocated(512);
/// let start = VOICES.mark(); // Sound starts here.
/// assert!(VOICES.quiet_since(start).is_ok());
///
/// VOICES.allocated(256);
/// assert_eq!(VOICES.quiet_since(start).unwrap_err().allocations, 1);
///
/// VOICES.freed(512);
/// assert_eq!(VOICES.leaks().unwrap_err().to_string(), "1 allocation of 256 B in all was never freed");
/// ```
///
/// The counters are changed one after the other. So a reader that comes between sees some of them changed and some not yet.
/// They wrap at [`usize::MAX`].
#[derive(Debug, Default)]
pub struct Tally {
    allocations: AtomicUsize,
    frees: AtomicUsize,
    failures: AtomicUsize,
    live: AtomicUsize,
    peak: AtomicUsize,
    live_bytes: AtomicUsize,
    peak_bytes: AtomicUsize,
}

impl Tally {
    /// A tally that has counted nothing.
    pub const fn new() -> Self {
        Self {
            allocations: AtomicUsize::new(0),
            frees: AtomicUsize::new(0),
            failures: AtomicUsize::new(0),
            live: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
            live_bytes: AtomicUsize::new(0),
            peak_bytes: AtomicUsize::new(0),
        }
    }

    /// Counts an allocation of so many bytes.
    pub fn allocated(&self, bytes: usize) {
        self.allocations.fetch_add(1, Relaxed);
        raise(&self.live, &self.peak, 1);
        raise(&self.live_bytes, &self.peak_bytes, bytes);
    }

    /// Counts that so many bytes were freed, which had been one allocation.
    pub fn freed(&self, bytes: usize) {
        self.frees.fetch_add(1, Relaxed);
        self.live.fetch_sub(1, Relaxed);
        self.live_bytes.fetch_sub(bytes, Relaxed);
    }

    /// Counts that an allocation has got another size: as one that was made and one that was freed, since it may have been
    /// moved, but not as two that were live at the same time.
    pub fn resized(&self, old_bytes: usize, new_bytes: usize) {
        self.allocations.fetch_add(1, Relaxed);
        self.frees.fetch_add(1, Relaxed);
        if new_bytes >= old_bytes {
            raise(&self.live_bytes, &self.peak_bytes, new_bytes - old_bytes);
        } else {
            self.live_bytes.fetch_sub(old_bytes - new_bytes, Relaxed);
        }
    }

    /// Counts an allocation, or a change of size, that was refused.
    pub fn failed(&self) {
        self.failures.fetch_add(1, Relaxed);
    }

    /// What was counted until now.
    pub fn counts(&self) -> Counts {
        Counts {
            allocations: self.allocations.load(Relaxed),
            frees: self.frees.load(Relaxed),
            failures: self.failures.load(Relaxed),
            live: self.live.load(Relaxed),
            peak: self.peak.load(Relaxed),
            live_bytes: self.live_bytes.load(Relaxed),
            peak_bytes: self.peak_bytes.load(Relaxed),
        }
    }

    /// Whether all that was allocated was freed: to be asked at the end.
    ///
    /// # Errors
    /// When something is live.
    pub fn leaks(&self) -> Result<(), Leaks> {
        let Counts { live, live_bytes, .. } = self.counts();
        if live == 0 && live_bytes == 0 { Ok(()) } else { Err(Leaks { live, live_bytes }) }
    }

    /// A mark at this time, such as the start of sound, for [`quiet_since`](Self::quiet_since).
    pub fn mark(&self) -> Mark {
        let Counts { allocations, frees, failures, .. } = self.counts();
        Mark { allocations, frees, failures }
    }

    /// Whether since the mark nothing was allocated, freed or refused.
    ///
    /// # Errors
    /// When something was.
    pub fn quiet_since(&self, mark: Mark) -> Result<(), NotQuiet> {
        let now = self.counts();
        let since = NotQuiet {
            allocations: now.allocations.wrapping_sub(mark.allocations),
            frees: now.frees.wrapping_sub(mark.frees),
            failures: now.failures.wrapping_sub(mark.failures),
        };
        if since == (NotQuiet { allocations: 0, frees: 0, failures: 0 }) { Ok(()) } else { Err(since) }
    }
}

fn raise(live: &AtomicUsize, peak: &AtomicUsize, by: usize) {
    let now = live.fetch_add(by, Relaxed).wrapping_add(by);
    peak.fetch_max(now, Relaxed);
}

/// What a [`Tally`] has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// How many allocations were made.
    pub allocations: usize,
    /// How many allocations were freed.
    pub frees: usize,
    /// How many allocations were refused.
    pub failures: usize,
    /// How many allocations are live: made and not freed.
    pub live: usize,
    /// How many were ever live at the same time.
    pub peak: usize,
    /// How many bytes are live, as they were asked for: without what the allocator itself needs.
    pub live_bytes: usize,
    /// How many bytes were ever live at the same time.
    pub peak_bytes: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { allocations, frees, failures, live, peak, live_bytes, peak_bytes } = self;
        write!(f, "{allocations} allocations, {frees} frees, {failures} failures; ")?;
        write!(f, "live: {live} of {live_bytes} B; at the peak: {peak}, {peak_bytes} B")
    }
}

/// A time in the life of a [`Tally`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    allocations: usize,
    frees: usize,
    failures: usize,
}

/// What was allocated and never freed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leaks {
    /// How many allocations.
    pub live: usize,
    /// How many bytes they have, as they were asked for.
    pub live_bytes: usize,
}

impl fmt::Display for Leaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { live, live_bytes } = self;
        let (plural, verb) = if *live == 1 { ("", "was") } else { ("s", "were") };
        write!(f, "{live} allocation{plural} of {live_bytes} B in all {verb} never freed")
    }
}

impl core::error::Error for Leaks {}

/// The allocator was used when it should not have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotQuiet {
    /// How many allocations were made since the mark.
    pub allocations: usize,
    /// How many were freed.
    pub frees: usize,
    /// How many were refused.
    pub failures: usize,
}

impl fmt::Display for NotQuiet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { allocations, frees, failures } = self;
        write!(f, "the allocator was used: {allocations} allocations, {frees} frees, {failures} failures; ")?;
        f.write_str("do that before sound starts, or after it has stopped")
    }
}

impl core::error::Error for NotQuiet {}
