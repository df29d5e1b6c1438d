//! Unsafe: which zone a request is for that tells its size alone.
#![allow(unsafe_code)]

use super::refused::Refused;
use super::told::Told;
use core::ops::Range;
use core::ptr::NonNull;
use sostenuto_mem::dsp::DspMemoryManager;

/// Which zone a request is for that tells its size alone: that whose turn it is.
///
/// There are three spans: the zones of the class, the instance and its arrays, and what computes the tables that the
/// instance writes. A span's turn comes when those before it are in use, and anew when all of it was given back.
#[derive(Debug)]
pub struct Sequence<'m> {
    told: &'m mut [Told<'m>],
    /// How many were announced.
    announced: usize,
    /// How many were told.
    count: usize,
    instance_bytes: usize,
    /// The zones of each span.
    spans: [Range<usize>; 3],
    /// Which of a span is next.
    next: [usize; 3],
    is_ready: bool,
}

impl<'m> Sequence<'m> {
    /// A sequence with these places for zones, for a class of this size: `sizeof(mydsp)`.
    #[must_use]
    pub fn new(places: &'m mut [Told<'m>], instance_bytes: usize) -> Self {
        Self {
            told: places,
            announced: 0,
            count: 0,
            instance_bytes,
            spans: [0..0, 0..0, 0..0],
            next: [0; 3],
            is_ready: false,
        }
    }

    /// So many zones will be told. What was reserved for earlier ones goes back.
    ///
    /// # Errors
    ///
    /// [`Refused`], if some are in use, or there are more than places.
    pub(crate) fn begin(&mut self, manager: &dyn DspMemoryManager, zones: usize) -> Result<(), Refused<'m>> {
        let in_use = self.zones().iter().filter(|told| told.in_use).count();
        if in_use > 0 {
            return Err(Refused::InUse { zones: in_use });
        }
        self.release(manager);
        self.announced = zones;
        if zones > self.told.len() {
            return Err(Refused::TooManyZones { told: zones, places: self.told.len() });
        }
        Ok(())
    }

    /// One of the zones.
    ///
    /// # Errors
    ///
    /// [`Refused`], if it is one too many.
    pub(crate) fn info(&mut self, zone: Told<'m>) -> Result<(), Refused<'m>> {
        if self.is_ready || self.count >= self.announced.min(self.told.len()) {
            return Err(Refused::WrongCount { announced: self.announced, told: self.count + 1 });
        }
        self.told[self.count] = zone;
        self.count += 1;
        Ok(())
    }

    /// All zones were told: finds the instance among them, tells them to the manager and reserves memory for each.
    ///
    /// # Errors
    ///
    /// [`Refused`], if they are not as many as were announced, none can be the instance, or there is no room. Then nothing is
    /// reserved.
    pub(crate) fn end(&mut self, manager: &dyn DspMemoryManager) -> Result<(), Refused<'m>> {
        let told = self.count;
        if self.is_ready || told != self.announced {
            return Err(Refused::WrongCount { announced: self.announced, told });
        }
        let refused = Refused::NoInstance { bytes: self.instance_bytes, zones: told };
        let instance = self.find_instance().ok_or(refused)?;
        let generators = self.generators_after(instance);
        self.spans = [0..instance, instance..generators, generators..told];
        self.next = [0, instance, generators];
        manager.begin(told);
        for (position, told) in self.told[..told].iter_mut().enumerate() {
            told.settle(position, &self.spans[1], self.instance_bytes);
            manager.info(&told.zone);
        }
        manager.end();
        for position in 0..told {
            let told = &mut self.told[position];
            if told.zone.bytes > 0 {
                told.memory = manager.allocate(&told.zone);
                if told.memory.is_none() {
                    let zone = told.zone;
                    self.release(manager);
                    return Err(Refused::OutOfMemory(zone));
                }
            }
        }
        self.is_ready = true;
        Ok(())
    }

    /// The memory of the zone whose turn it is, of zeros.
    ///
    /// # Errors
    ///
    /// [`Refused`], if no zone has a turn, or it has another size.
    pub(crate) fn allocate(&mut self, bytes: usize) -> Result<NonNull<u8>, Refused<'m>> {
        if !self.is_ready {
            return Err(Refused::NotReady { bytes });
        }
        let turns = self.spans.iter().zip(&mut self.next);
        let next = turns.map(|(span, next)| (span.end, next)).find(|(end, next)| **next < *end);
        let Some((_, next)) = next else {
            return Err(Refused::AllInUse { zones: self.count, asked: bytes });
        };
        let told = &mut self.told[*next];
        let (true, Some(memory)) = (told.agrees_with(bytes), told.memory) else {
            return Err(Refused::WrongSize { zone: told.as_told(), asked: bytes });
        };
        // SAFETY: the memory was reserved for the zone, has that many bytes, and is in nobody's use.
        unsafe { memory.write_bytes(0, told.zone.bytes) };
        told.in_use = true;
        *next += 1;
        Ok(memory)
    }

    /// Takes the memory of a zone back, which stays reserved for it.
    ///
    /// # Errors
    ///
    /// [`Refused`], if it was not given out.
    pub(crate) fn destroy(&mut self, memory: NonNull<u8>) -> Result<(), Refused<'m>> {
        let zones = &mut self.told[..self.count];
        let position = zones
            .iter()
            .position(|told| told.in_use && told.memory == Some(memory))
            .ok_or(Refused::NotGivenOut { address: memory.addr().get() })?;
        zones[position].in_use = false;
        for (span, next) in self.spans.iter().zip(&mut self.next) {
            if *next == span.end && zones[span.clone()].iter().all(|told| !told.in_use) {
                *next = span.start;
            }
        }
        Ok(())
    }

    /// Gives everything back to the manager, in use or not.
    pub(crate) fn release(&mut self, manager: &dyn DspMemoryManager) {
        for told in self.told[..self.count].iter_mut().rev() {
            if let Some(memory) = told.memory.take() {
                // SAFETY: the memory was reserved by this manager for this very zone, and is forgotten.
                unsafe { manager.destroy(&told.zone, memory) };
            }
            told.in_use = false;
        }
        (self.count, self.announced, self.is_ready) = (0, 0, false);
    }

    /// The zones that were told.
    #[must_use]
    pub fn zones(&self) -> &[Told<'m>] {
        &self.told[..self.count]
    }

    /// By its type it is an object, and its name begins those of the generators, which are longer; without types it is where
    /// the size of the class fits best, with a pointer for each array after it.
    fn find_instance(&self) -> Option<usize> {
        let zones = self.zones();
        if zones.iter().any(|told| told.is_object.is_some()) {
            let objects = zones.iter().enumerate().filter(|(_, told)| told.is_object == Some(true));
            return objects.min_by_key(|(_, told)| told.zone.name.len()).map(|(position, _)| position);
        }
        let fit = |(position, told): (usize, &Told)| {
            let arrays = self.generators_after(position) - position - 1;
            told.distance_to_instance(arrays, self.instance_bytes).map(|distance| (distance, position))
        };
        zones.iter().enumerate().filter_map(fit).min().map(|(_, position)| position)
    }

    /// Where the generators begin that come after the instance and its arrays.
    fn generators_after(&self, instance: usize) -> usize {
        let arrays = self.zones().iter().skip(instance + 1).rposition(|told| !told.is_generator());
        arrays.map_or(instance + 1, |last| instance + 1 + last + 1)
    }
}
