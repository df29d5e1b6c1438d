//! Unsafe: zones in memories handed in by the caller, by a plan.
#![allow(unsafe_code)]

use super::manager::DspMemoryManager;
use super::region::Region;
use super::zone::Zone;
use core::ptr::NonNull;

/// In which region a zone lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'m> {
    /// The zone's name.
    pub zone: &'m str,
    /// The region's name.
    pub region: &'m str,
}

/// Zones in memories handed in by the caller, each in that of its place in a plan.
///
/// A zone without a name has the place with its position in the list. What has no place goes to the first region. A zone
/// whose region has no room, or is not there, is refused: it never goes elsewhere.
#[derive(Debug)]
pub struct Regions<'m> {
    regions: &'m [Region<'m>],
    places: &'m [Place<'m>],
}

impl<'m> Regions<'m> {
    /// These regions and this plan.
    #[must_use]
    pub const fn new(regions: &'m [Region<'m>], places: &'m [Place<'m>]) -> Self {
        Self { regions, places }
    }

    /// The region where a zone lies.
    #[must_use]
    pub fn region_of(&self, zone: &Zone) -> Option<&'m Region<'m>> {
        let place = match zone.name {
            "" => self.places.get(zone.position),
            name => self.places.iter().find(|place| place.zone == name),
        };
        match place {
            Some(place) => self.regions.iter().find(|region| region.name() == place.region),
            None => self.regions.first(),
        }
    }
}

// SAFETY: the regions give out memory that nothing else uses, as long as it is borrowed.
unsafe impl DspMemoryManager for Regions<'_> {
    fn allocate(&self, zone: &Zone) -> Option<NonNull<u8>> {
        self.region_of(zone)?.take(zone.bytes, zone.align)
    }

    unsafe fn destroy(&self, zone: &Zone, memory: NonNull<u8>) {
        if let Some(region) = self.regions.iter().find(|region| region.contains(memory)) {
            // SAFETY: the memory is of this region, and was given for this zone.
            unsafe { region.give(memory, zone.bytes) };
        }
    }
}
