//! What a cache has done.

/// Counts since the cache was made, or since they were taken.
///
/// Accesses on the short way, which find their page where the last one was, are not counted: counting costs as much as
/// the access. [`lookups`](Self::lookups) are all others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CacheStatistics {
    /// How often a page was looked up, or fetched, because it was not where the last one was.
    pub lookups: u64,
    /// Of these, how many had to wait for the store.
    pub misses: u64,
    /// Of these, how many had to wait until another page was written back, too.
    pub dirty_misses: u64,
    /// Of these, how many waited for the rest of a transfer that was on its way already.
    pub late: u64,
    /// Pages fetched before they were used.
    pub fetched_ahead: u64,
    /// Pages written back, in the background as well.
    pub written_back: u64,
    /// Bytes read from the store.
    pub bytes_read: u64,
    /// Bytes written to the store.
    pub bytes_written: u64,
}
