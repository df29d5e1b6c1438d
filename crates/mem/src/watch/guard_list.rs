//! Many guards, checked by name.

use super::guard::{Canaries, Overrun};
use core::fmt;

/// The canaries of up to `N` guarded values, each with a name; to be checked all, or a few in each block.
///
/// ```
/// use sostenuto_mem::watch::{GuardList, Guarded};
///
/// let mut table = Guarded::new([0_u8; 100]);
/// let (table, canaries) = table.arm();
/// let mut guards = GuardList::<4>::new();
/// guards.add("table", canaries)?;
///
/// table[99] = 1;
/// guards.check_all()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct GuardList<'g, const N: usize> {
    guards: [Option<(&'static str, Canaries<'g>)>; N],
    next: usize,
}

impl<'g, const N: usize> GuardList<'g, N> {
    /// A list without guards.
    pub const fn new() -> Self {
        Self { guards: [None; N], next: 0 }
    }

    /// Adds the canaries of an armed guard.
    ///
    /// # Errors
    /// When there are `N` already.
    pub fn add(&mut self, name: &'static str, canaries: Canaries<'g>) -> Result<(), ListFull> {
        let free = self.guards.iter_mut().find(|guard| guard.is_none());
        *free.ok_or(ListFull { name, has: N })? = Some((name, canaries));
        Ok(())
    }

    /// How many guards there are.
    pub fn len(&self) -> usize {
        self.guards.iter().flatten().count()
    }

    /// Whether there are no guards.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Checks all guards.
    ///
    /// # Errors
    /// The first that is broken; [`broken`](Self::broken) has all.
    pub fn check_all(&self) -> Result<(), Broken> {
        self.broken().next().map_or(Ok(()), Err)
    }

    /// Checks so many guards, from where the last call has left off, and then from the first again.
    ///
    /// So with `n` guards and one in each block, an overrun is seen at the latest `n` blocks later, at a cost that does not
    /// depend on `n`.
    ///
    /// # Errors
    /// The first that is broken. The next call goes on with the one after it.
    pub fn check_next(&mut self, count: usize) -> Result<(), Broken> {
        let len = self.len();
        for _ in 0..count.min(len) {
            let guard = self.guards[self.next];
            self.next = (self.next + 1) % len;
            check(guard)?;
        }
        Ok(())
    }

    /// Checks all guards, and gives those that are broken.
    pub fn broken(&self) -> impl Iterator<Item = Broken> {
        self.guards.iter().filter_map(|guard| check(*guard).err())
    }
}

impl<const N: usize> Default for GuardList<'_, N> {
    fn default() -> Self {
        Self::new()
    }
}

fn check(guard: Option<(&'static str, Canaries<'_>)>) -> Result<(), Broken> {
    let Some((name, canaries)) = guard else { return Ok(()) };
    canaries.check().map_err(|overrun| Broken { name, overrun })
}

/// A guard that is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broken {
    /// The name under which it was added.
    pub name: &'static str,
    /// What is wrong.
    pub overrun: Overrun,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the guard of `{}` is broken: {}", self.name, self.overrun)
    }
}

impl core::error::Error for Broken {}

/// There is no room for another guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListFull {
    /// The name of the guard that was not added.
    pub name: &'static str,
    /// For how many guards there is room.
    pub has: usize,
}

impl fmt::Display for ListFull {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the guard of `{}` does not fit into a list of {}: make the list longer",
            self.name, self.has
        )
    }
}

impl core::error::Error for ListFull {}
