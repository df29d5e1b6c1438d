//! The variables of an image as storages, for the placer.

use super::image::Image;
use crate::storage::{Kind, Storage};

impl Image<'_> {
    /// The variables that the image has, in the order of their addresses: what is only read as tables, the others as state.
    ///
    /// An image does not tell alignments. The one here is what the address has by itself, at most that of the section:
    /// never less than the compiler asked for. Variables at one address are one storage, under the first of their names.
    pub fn storages(&self) -> Vec<Storage> {
        let mut storages: Vec<Storage> = Vec::new();
        let mut end = 0;
        for (symbol, section) in self.variables() {
            let is_alias = symbol.end() <= end;
            end = end.max(symbol.end());
            if is_alias {
                continue;
            }
            let own = 1_u64 << symbol.address.trailing_zeros().min(31);
            let kind = if section.written { Kind::State } else { Kind::Table };
            let align = own.min(section.align).clamp(1, 1 << 31) as u32;
            storages.push(Storage { align, ..Storage::new(symbol.shown(), kind, symbol.bytes) });
        }
        storages
    }
}
