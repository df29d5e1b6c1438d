//! The time in which a modelled chip lives.

use core::cell::Cell;
use embedded_hal::delay::DelayNs;

/// The time of a model, in nanoseconds since its power-up: it goes on by what is done, and never by itself.
///
/// The model of the chip and the driver's delay share one. It also tells how long a transfer takes on the wires:
///
/// ```
/// use embedded_hal::delay::DelayNs;
/// use sostenuto_paged::ModelTime;
///
/// let time = ModelTime::default();
/// let mut delay = &time;
/// delay.delay_us(3);
/// assert_eq!(time.now_ns(), 3_000);
/// ```
#[derive(Debug, Default)]
pub struct ModelTime {
    now: Cell<u64>,
}

impl ModelTime {
    /// Nanoseconds since power-up.
    #[must_use]
    pub const fn now_ns(&self) -> u64 {
        self.now.get()
    }

    /// Lets time go by.
    pub fn advance_ns(&self, nanoseconds: u64) {
        self.now.set(self.now.get().saturating_add(nanoseconds));
    }
}

impl DelayNs for &ModelTime {
    fn delay_ns(&mut self, ns: u32) {
        self.advance_ns(ns.into());
    }
}
