//! What can be taken once.

use crate::pool::word::{AtomicWord, Word};

/// Whether it was taken.
#[doc(hidden)]
pub struct Taken(Word);

impl Taken {
    #[allow(clippy::new_without_default, missing_docs)] // for statics alone
    #[must_use]
    pub const fn new() -> Self {
        Self(Word::new(0))
    }

    /// Whether it was not taken before.
    pub(crate) fn take(&self) -> bool {
        self.0.replace_by(|taken| (taken == 0).then_some(1)).is_ok()
    }
}
