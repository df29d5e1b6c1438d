//! `sostenuto inspect`.

use std::path::Path;

use sostenuto_board::inspect::{DmaBuffer, Image, Input, Question, inspect as find};
use sostenuto_board::{Board, Storage, report};

use crate::arguments::{DmaArguments, InspectArguments};
use crate::failure::Failure;
use crate::{input, terminal};

/// The largest image, object or archive that is read, in bytes.
const LARGEST: u64 = 512 << 20;

/// The storages of a firmware image.
pub fn storages(path: &Path, board: &Board, dma: &DmaArguments) -> Result<Vec<Storage>, Failure> {
    let file = input::read(path, LARGEST, "firmware image")?;
    let image = Image::read(&file).map_err(|source| Failure::Image { path: path.to_owned(), source })?;
    let storages = image.storages(board, &buffers(dma, board)?);
    storages.map_err(|source| Failure::Inspect { path: path.to_owned(), source })
}

/// Says what the linker did, and whether it can work on a board.
pub fn inspect(arguments: &InspectArguments) -> Result<(), Failure> {
    let board = arguments.place.load_board()?;
    let file = input::read(&arguments.image, LARGEST, "firmware image")?;
    let image =
        Image::read(&file).map_err(|source| Failure::Image { path: arguments.image.clone(), source })?;
    let buffers = buffers(&arguments.dma, &board)?;
    let objects: Vec<(String, Vec<u8>)> = arguments
        .objects
        .iter()
        .map(|path| Ok((path.display().to_string(), input::read(path, LARGEST, "library")?)))
        .collect::<Result<_, Failure>>()?;
    let objects = objects.iter().map(|(name, bytes)| Input { name: name.clone(), bytes }).collect();
    let question = Question { buffers, stack: arguments.stack, objects };
    let found = find(&image, &board, &question)
        .map_err(|source| Failure::Inspect { path: arguments.image.clone(), source })?;
    let text = if arguments.place.json {
        report::inspection_json(&found)
    } else {
        report::inspection(&found, terminal::style())
    };
    terminal::print(&text)?;
    match found.errors() {
        0 => Ok(()),
        errors => Err(Failure::CannotWork { path: arguments.image.clone(), board: found.board, errors }),
    }
}

/// The DMA buffers of the command line and of the list.
fn buffers(arguments: &DmaArguments, board: &Board) -> Result<Vec<DmaBuffer>, Failure> {
    let mut buffers = arguments.dma.clone();
    if let Some(path) = &arguments.buffers {
        let text = input::text(path, 1 << 20, "list of buffers")?;
        buffers.extend(DmaBuffer::list(&text, &path.display().to_string(), board)?);
    }
    Ok(buffers)
}
