//! How many share a value: counted so that the last one knows that it is.

use super::word::{AtomicWord, Raw};

/// As many share it that one more could not be counted: it stays for ever.
const FOR_EVER: Raw = Raw::MAX;

/// The first one.
pub(super) fn begin(sharers: &impl AtomicWord) {
    let _ = sharers.replace_by(|_| Some(1));
}

/// One more.
pub(super) fn join(sharers: &impl AtomicWord) {
    let _ = sharers.replace_by(|sharers| sharers.checked_add(1));
}

/// One less: whether it was the last.
pub(super) fn leave(sharers: &impl AtomicWord) -> bool {
    sharers.replace_by(|sharers| (sharers != FOR_EVER).then(|| sharers - 1)) == Ok(1)
}

/// Whether there is only one. By an update and not by a load, so that it comes after what the others did before they left.
pub(super) fn is_one(sharers: &impl AtomicWord) -> bool {
    sharers.replace_by(|sharers| (sharers == 1).then_some(1)).is_ok()
}
