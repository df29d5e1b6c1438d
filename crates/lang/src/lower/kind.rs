//! What each piece of data is for, told from what the functions do with it.

use std::collections::BTreeSet;

use sostenuto_board::Kind;
use sostenuto_board::patch::Host;

use super::calls::Calls;
use super::program::{Address, Base, DataId, Expr, Program};
use super::visit::Visit;

/// An array of fewer bytes than this is state, even when it is written in a circle.
const SHORTEST_DELAY: u32 = 256;

/// The kind of each piece of data that has none from its declaration: a long array that the audio path writes at a
/// moving index is a delay; everything else is state.
pub(super) fn decide(program: &Program, calls: &Calls) -> Vec<Kind> {
    let mut audio: BTreeSet<_> =
        calls.reachable(program.entries.iter().filter(|entry| entry.audio).map(|entry| entry.function));
    // A ConeZ patch without an effect makes no sound.
    if audio.is_empty() && program.host == Host::Permut8 {
        audio = (0..program.functions.len()).collect();
    }
    let mut moving = vec![false; program.data.len()];
    for &function in &audio {
        program.functions[function].visit(&mut |visit| match visit {
            Visit::Store(Address { base: Base::Data(id), index: Some(_), .. }) => moving[*id] = true,
            // Whoever has the address may write at any index.
            Visit::Expr(Expr::Address(id, _)) if may_be_written(program, *id) => moving[*id] = true,
            _ => {}
        });
    }
    let kind = |(id, data): (DataId, &super::program::Data)| match (data.kind, moving[id]) {
        (Some(kind), _) => kind,
        _ if data.scalar => Kind::State,
        (None, true) if data.bytes >= SHORTEST_DELAY => Kind::Delay,
        _ => Kind::State,
    };
    program.data.iter().enumerate().map(kind).collect()
}

fn may_be_written(program: &Program, id: DataId) -> bool {
    !program.data[id].readonly
}
