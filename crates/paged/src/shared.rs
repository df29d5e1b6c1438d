//! A store that several clients use at once.

use crate::store::{BackingStore, Patience, StoreError, check_transfer, length};
use crate::transfer::Transfer;
use core::cell::RefCell;
use core::fmt;
use core::task::Poll;
use critical_section::Mutex;

/// A store with several clients, who may run in different interrupts, threads or cores.
///
/// Each has a [handle](StoreClient) with a number, which is its priority: 0 is the most urgent. Nobody has the bus for
/// longer than a burst. Between two bursts the most urgent client that wants the bus gets it: a client wants it from the
/// first poll of a transfer until the transfer is ready, and whoever polls while a more urgent one wants it is answered
/// [`Poll::Pending`] at once, without a burst. So a log that is written delays the sound by one burst at most, however long
/// its transfer is; and the sound can keep the log from the bus for as long as it is busy itself, which is meant.
///
/// ```
/// use core::task::Poll;
/// use sostenuto_paged::{BackingStore, SharedStore, SliceStore, Transfer};
///
/// let shared = SharedStore::<_, 2>::new(SliceStore::new([0; 4096]));
/// let (mut sound, mut log) = (shared.client(0)?, shared.client(1)?);
///
/// log.write(1024, b"begun")?;
/// let mut bytes = [0; 5];
/// let mut transfer = Transfer::new(1024, 5);
/// while let Poll::Pending = sound.poll_read(&mut transfer, &mut bytes)? {
///     // The log may poll meanwhile: it waits.
/// }
/// assert_eq!(&bytes, b"begun");
/// assert_eq!(shared.statistics()[1].bytes, 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # The critical section
///
/// A poll is done in a [critical section](critical_section), of which the program chooses the kind (`cortex-m` has one, and
/// on a desktop it is the feature `std`).
/// With a driver that waits for its burst, [`Psram`](crate::Psram) for example, interrupts are off for as long as a burst
/// takes: 8 µs at most with the PSRAMs known here, and never longer, as no lock outlasts a poll. It cannot be less: were a
/// burst interrupted in its middle by another client, that one would wait for the end of a burst which cannot go on until
/// it has returned itself, and the chip, selected for longer than it may be (tCEM), would lose what it holds. So the driver
/// must not need an interrupt to finish a burst it waits for.
///
/// As all that is shared is behind the critical section, there is no order of atomic accesses that could be wrong.
///
/// Checksums belong above the handle, not below: a [`CheckedStore`](crate::CheckedStore) inside would sum up whole pages
/// with interrupts off.
///
/// # Bursts that go on by themselves
///
/// While a burst goes on by DMA, the store answers `Pending` to everyone. Once it is over, the store must not wait for the
/// client whose burst it was, who may have given up or be made to wait: the next poll, whoever's it is, can begin the next
/// burst. The last one is [left in its transfer](Transfer::begin_burst), or else is done again later.
///
/// # Wishes that end
///
/// A client that drops its handle, or gets an error, does not want the bus any more. One that leaves a transfer unfinished
/// should [say so](StoreClient::withdraw); if it does not, its wish lapses when others were refused [`WISH_LAPSE`] times
/// since it polled last, and is back when it polls again.
#[derive(Debug)]
pub struct SharedStore<S, const CLIENTS: usize> {
    shared: Mutex<RefCell<Shared<S, CLIENTS>>>,
}

/// So many polls are refused for the sake of a more urgent client that does not poll itself.
///
/// A client in the middle of a transfer polls again within a microsecond or so, unless something else runs in its place;
/// another core refuses a few polls in this time.
pub const WISH_LAPSE: u32 = 32;

impl<S: BackingStore, const CLIENTS: usize> SharedStore<S, CLIENTS> {
    /// Shares this store.
    pub const fn new(store: S) -> Self {
        Self { shared: Mutex::new(RefCell::new(Shared { store, clients: [Client::NEW; CLIENTS] })) }
    }

    /// The handle of a client. The lower its number, the more urgent it is.
    ///
    /// # Errors
    /// When there is no such number, and when it has a handle already, which must be dropped first.
    pub fn client(&self, number: usize) -> Result<StoreClient<'_, S, CLIENTS>, ClientError> {
        let size = self.with(|shared| {
            let client = shared.clients.get_mut(number);
            let client = client.ok_or(ClientError::NoSuchNumber { number, clients: CLIENTS })?;
            if core::mem::replace(&mut client.is_taken, true) {
                return Err(ClientError::Taken { number });
            }
            Ok(shared.store.size())
        })?;
        Ok(StoreClient { shared: self, number, size, wait: || core::hint::spin_loop() })
    }

    /// Does something with the store that has nothing to do with its contents, in a critical section.
    ///
    /// # Panics
    /// When it uses a client of this store.
    pub fn with_store<R>(&self, action: impl FnOnce(&mut S) -> R) -> R {
        self.with(|shared| action(&mut shared.store))
    }

    /// The store, while it has no clients.
    pub fn store_mut(&mut self) -> &mut S {
        &mut self.shared.get_mut().get_mut().store
    }

    /// Gives the store back.
    pub fn into_inner(self) -> S {
        self.shared.into_inner().into_inner().store
    }
}

impl<S, const CLIENTS: usize> SharedStore<S, CLIENTS> {
    /// What each client, or all who had its number, have done so far.
    pub fn statistics(&self) -> [ClientStatistics; CLIENTS] {
        self.with(|shared| shared.clients.each_ref().map(|client| client.statistics))
    }

    fn with<R>(&self, action: impl FnOnce(&mut Shared<S, CLIENTS>) -> R) -> R {
        critical_section::with(|section| action(&mut self.shared.borrow_ref_mut(section)))
    }
}

/// What a client of a shared store has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientStatistics {
    /// How many polls have moved bytes.
    pub bursts: u64,
    /// How many bytes they have moved.
    pub bytes: u64,
    /// The most polls in a row that were refused because a more urgent client wanted the bus.
    pub longest_wait: u32,
}

/// What only one at a time may touch.
#[derive(Debug)]
struct Shared<S, const CLIENTS: usize> {
    store: S,
    clients: [Client; CLIENTS],
}

#[derive(Debug, Clone, Copy)]
struct Client {
    is_taken: bool,
    wants_bus: bool,
    /// How many polls of others were refused since it polled last.
    others_refused: u32,
    /// How many polls in a row it has been refused.
    refused: u32,
    statistics: ClientStatistics,
}

impl Client {
    const NEW: Self = Self {
        is_taken: false,
        wants_bus: false,
        others_refused: 0,
        refused: 0,
        statistics: ClientStatistics { bursts: 0, bytes: 0, longest_wait: 0 },
    };
}

impl<S: BackingStore, const CLIENTS: usize> Shared<S, CLIENTS> {
    /// Polls the store for a client, if it is this one's turn.
    fn poll(
        &mut self,
        number: usize,
        transfer: &mut Transfer,
        poll_store: impl FnOnce(&mut S, &mut Transfer) -> Result<Poll<()>, StoreError<S::Error>>,
    ) -> Result<Poll<()>, StoreError<S::Error>> {
        let has_turn = transfer.rest() == 0 || self.is_first(number);
        let client = &mut self.clients[number];
        (client.wants_bus, client.others_refused) = (true, 0);
        if !has_turn {
            client.refused = client.refused.saturating_add(1);
            let longest = &mut client.statistics.longest_wait;
            *longest = client.refused.max(*longest);
            return Ok(Poll::Pending);
        }
        client.refused = 0;
        let before = transfer.done();
        let polled = poll_store(&mut self.store, transfer);
        client.wants_bus = matches!(polled, Ok(Poll::Pending));
        let moved = transfer.done() - before;
        client.statistics.bursts += u64::from(moved > 0);
        client.statistics.bytes += u64::from(moved);
        polled
    }

    /// Whether no client that is more urgent wants the bus. Those who do are told that one more was refused for them.
    fn is_first(&mut self, number: usize) -> bool {
        let mut is_first = true;
        for client in self.clients[..number].iter_mut().filter(|client| client.wants_bus) {
            if client.others_refused >= WISH_LAPSE {
                client.wants_bus = false;
            } else {
                client.others_refused += 1;
                is_first = false;
            }
        }
        is_first
    }
}

/// A client's handle of a [`SharedStore`]: a store for itself, whose bus is busy at times.
///
/// To wait, [`read`](BackingStore::read) and [`write`](BackingStore::write) poll again and again, which is right for a
/// client that interrupts or runs beside those who have the bus. One that could keep them from running must let them
/// ([`waiting_by`](Self::waiting_by)). Polls that were refused count as polls in which nothing has moved, so that all waiting
/// ends: after [`PATIENCE`](crate::PATIENCE) of them the error is [`StoreError::Stalled`].
#[derive(Debug)]
pub struct StoreClient<'a, S, const CLIENTS: usize> {
    shared: &'a SharedStore<S, CLIENTS>,
    number: usize,
    size: u32,
    wait: fn(),
}

impl<S, const CLIENTS: usize> StoreClient<'_, S, CLIENTS> {
    /// Its number, which is its priority: 0 is the most urgent.
    pub const fn number(&self) -> usize {
        self.number
    }

    /// Calls this between two polls when it waits: what lets other threads run, for example.
    ///
    /// The store's own [`wait`](BackingStore::wait) is called as well, but in the critical section, where it should not last.
    #[must_use]
    pub const fn waiting_by(mut self, wait: fn()) -> Self {
        self.wait = wait;
        self
    }

    /// Does not want the bus any more, until it polls again.
    ///
    /// To be called when it will not poll for a while though a transfer is not ready: when the time for work in the
    /// background is over, or the transfer is given up. Less urgent clients wait in vain otherwise.
    pub fn withdraw(&mut self) {
        self.shared.with(|shared| shared.clients[self.number].wants_bus = false);
    }

    /// What this client, or all who had its number, have done so far.
    pub fn statistics(&self) -> ClientStatistics {
        self.shared.with(|shared| shared.clients[self.number].statistics)
    }
}

impl<S: BackingStore, const CLIENTS: usize> StoreClient<'_, S, CLIENTS> {
    fn check(&mut self, transfer: &Transfer, bytes: usize) -> Result<(), StoreError<S::Error>> {
        check_transfer(self.size, transfer, bytes).inspect_err(|_| self.withdraw())
    }

    /// Polls until it is ready.
    fn finish(
        &mut self,
        mut transfer: Transfer,
        mut poll: impl FnMut(&mut Self, &mut Transfer) -> Result<Poll<()>, StoreError<S::Error>>,
    ) -> Result<(), StoreError<S::Error>> {
        let mut patience = Patience::default();
        while poll(self, &mut transfer)?.is_pending() {
            patience.check(&transfer).inspect_err(|_| self.withdraw())?;
            self.wait();
        }
        Ok(())
    }
}

impl<S: BackingStore, const CLIENTS: usize> BackingStore for StoreClient<'_, S, CLIENTS> {
    type Error = S::Error;

    fn size(&self) -> u32 {
        self.size
    }

    fn poll_read(
        &mut self,
        transfer: &mut Transfer,
        bytes: &mut [u8],
    ) -> Result<Poll<()>, StoreError<S::Error>> {
        self.check(transfer, bytes.len())?;
        self.shared.with(|shared| {
            shared.poll(self.number, transfer, |store, transfer| store.poll_read(transfer, bytes))
        })
    }

    fn poll_write(
        &mut self,
        transfer: &mut Transfer,
        bytes: &[u8],
    ) -> Result<Poll<()>, StoreError<S::Error>> {
        self.check(transfer, bytes.len())?;
        self.shared.with(|shared| {
            shared.poll(self.number, transfer, |store, transfer| store.poll_write(transfer, bytes))
        })
    }

    fn wait(&mut self) {
        (self.wait)();
        self.shared.with(|shared| shared.store.wait());
    }

    fn read(&mut self, address: u32, bytes: &mut [u8]) -> Result<(), StoreError<S::Error>> {
        let transfer = Transfer::new(address, length(bytes)?);
        self.finish(transfer, |client, transfer| client.poll_read(transfer, bytes))
    }

    fn write(&mut self, address: u32, bytes: &[u8]) -> Result<(), StoreError<S::Error>> {
        let transfer = Transfer::new(address, length(bytes)?);
        self.finish(transfer, |client, transfer| client.poll_write(transfer, bytes))
    }
}

impl<S, const CLIENTS: usize> Drop for StoreClient<'_, S, CLIENTS> {
    fn drop(&mut self) {
        self.shared.with(|shared| {
            let client = &mut shared.clients[self.number];
            (client.is_taken, client.wants_bus, client.refused) = (false, false, 0);
        });
    }
}

/// Why a client cannot have a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClientError {
    /// There are not so many clients.
    NoSuchNumber {
        /// The number.
        number: usize,
        /// How many clients there can be; numbers are below it.
        clients: usize,
    },
    /// The number has a handle already.
    Taken {
        /// The number.
        number: usize,
    },
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSuchNumber { number, clients } => {
                write!(f, "there is no client {number} of a store that is shared by {clients}")
            }
            Self::Taken { number } => write!(f, "client {number} of the shared store has a handle already"),
        }
    }
}

impl core::error::Error for ClientError {}
