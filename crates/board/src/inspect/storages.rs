//! The variables of an image as storages, for the placer.

use super::InspectError;
use super::dma::{find, known_master};
use super::dma_buffer::DmaBuffer;
use super::image::Image;
use crate::board::Board;
use crate::region::Start;
use crate::storage::{Kind, Needs, Storage};

impl Image<'_> {
    /// The variables that the image has, in the order of their addresses: what is only read as tables, DMA buffers as audio that
    /// their controllers move, the others as state. What has a first value in the image must be loaded with it.
    ///
    /// An image does not tell alignments. The one here is what the address has by itself, at most that of the section:
    /// never less than the compiler asked for. Variables at one address are one storage, under the first of their names.
    ///
    /// # Errors
    /// When a buffer is no variable with a size, or its controller none of the board's.
    pub fn storages(&self, board: &Board, buffers: &[DmaBuffer]) -> Result<Vec<Storage>, InspectError> {
        let mut storages: Vec<(u32, Storage)> = Vec::new();
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
            let needs = Needs { start: section.data.map(|_| Start::Loaded), ..Needs::default() };
            let storage = Storage { align, needs, ..Storage::new(symbol.shown(), kind, symbol.bytes) };
            storages.push((symbol.address, storage));
        }
        for buffer in buffers {
            known_master(board, &buffer.master)?;
            for symbol in find(self, &buffer.symbol)? {
                let holds = |(address, storage): &&mut (u32, Storage)| {
                    symbol.address.checked_sub(*address).is_some_and(|into| into < storage.bytes)
                };
                let no_size = || InspectError::NoSize { symbol: buffer.symbol.clone() };
                let (_, storage) = storages.iter_mut().find(holds).ok_or_else(no_size)?;
                storage.kind = Kind::Audio;
                if !storage.needs.masters.contains(&buffer.master) {
                    storage.needs.masters.push(buffer.master.clone());
                }
            }
        }
        Ok(storages.into_iter().map(|(_, storage)| storage).collect())
    }
}
