//! The hash that tells modules apart.

use core::fmt;
use sha2::{Digest, Sha256};

/// A hash of the bytes of a module: the first half of its SHA-256.
///
/// Two different modules have the same one as good as never, not even when somebody wants it: an
/// [`Instance`](crate::Instance) and a [`Thread`](crate::Thread) belong to the module of their hash, and so does a
/// [`snapshot`](crate::snapshot).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleHash(
    /// Its bytes.
    pub [u8; Self::BYTES],
);

impl ModuleHash {
    /// How many bytes it has.
    pub const BYTES: usize = 16;

    pub(crate) fn of(wasm: &[u8]) -> Self {
        let whole = Sha256::digest(wasm);
        Self(core::array::from_fn(|index| whole[index]))
    }
}

impl fmt::Display for ModuleHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
