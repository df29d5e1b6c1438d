//! Who calls whom, what can be reached, and how deep the stack can grow.

use std::collections::BTreeSet;

use super::program::{Callee, Expr, FunctionId, Program};
use super::visit::Visit;

/// The calls of a program.
pub(super) struct Calls {
    /// Whom each function calls; the last entry is whom a call by pointer may reach: every function of the table.
    functions: Vec<BTreeSet<FunctionId>>,
    suspends: Vec<bool>,
}

/// The deepest that the stack of frames in linear memory can grow.
pub(super) enum Depth {
    Bytes {
        bytes: u32,
        path: Vec<FunctionId>,
    },
    /// These functions call each other in a circle.
    Recursive {
        cycle: Vec<FunctionId>,
    },
}

impl Calls {
    pub fn new(program: &Program) -> Calls {
        let by_pointer = program.functions.len();
        let native_by_pointer = program.table.iter().any(|callee| suspends(program, callee));
        let mut calls = Calls { functions: Vec::new(), suspends: Vec::new() };
        for function in &program.functions {
            let mut callees = BTreeSet::new();
            let mut suspended = false;
            function.visit(&mut |visit| match visit {
                Visit::Expr(Expr::Call(Callee::Function(id), _)) => {
                    callees.insert(*id);
                }
                Visit::Expr(Expr::Call(native, _)) => suspended |= suspends(program, native),
                Visit::Expr(Expr::CallPointer(..)) => {
                    callees.insert(by_pointer);
                    suspended |= native_by_pointer;
                }
                _ => {}
            });
            calls.functions.push(callees);
            calls.suspends.push(suspended);
        }
        let in_table = program.table.iter().filter_map(|callee| match callee {
            Callee::Function(id) => Some(*id),
            Callee::Native(_) => None,
        });
        calls.functions.push(in_table.collect());
        calls
    }

    /// The entry that stands for all functions called by pointer.
    fn by_pointer(&self) -> FunctionId {
        self.functions.len() - 1
    }

    /// All functions that the given ones may come to call, themselves included.
    pub fn reachable(&self, from: impl IntoIterator<Item = FunctionId>) -> BTreeSet<FunctionId> {
        let mut work: Vec<FunctionId> = from.into_iter().collect();
        let mut reached = BTreeSet::new();
        while let Some(function) = work.pop() {
            if reached.insert(function) {
                work.extend(&self.functions[function]);
            }
        }
        reached.remove(&self.by_pointer());
        reached
    }

    /// The worst case over all entries: one of them may be suspended while another runs above it.
    pub fn depth(&self, program: &Program) -> Depth {
        let depths = match self.depths(program) {
            Ok(depths) => depths,
            Err(cycle) => return Depth::Recursive { cycle },
        };
        let deepest = |functions: &mut dyn Iterator<Item = FunctionId>| {
            let bytes = functions.map(|function| (depths[function].0, function));
            bytes.filter(|(bytes, _)| *bytes > 0).max_by_key(|(bytes, _)| *bytes)
        };
        let path_from = |function: FunctionId| {
            let next = |function: &FunctionId| depths[*function].1;
            let path = std::iter::successors(Some(function), next);
            path.filter(|&function| function != self.by_pointer()).collect::<Vec<_>>()
        };
        if program.entries.is_empty() {
            let Some((bytes, function)) = deepest(&mut (0..program.functions.len())) else {
                return Depth::Bytes { bytes: 0, path: Vec::new() };
            };
            return Depth::Bytes { bytes, path: path_from(function) };
        }
        let may_suspend =
            |entry: FunctionId| self.reachable([entry]).iter().any(|&function| self.suspends[function]);
        let entries = || program.entries.iter().map(|entry| entry.function);
        let waiting = program.entries.iter().filter(|entry| entry.audio && may_suspend(entry.function));
        let others = |waiting: FunctionId| {
            let others =
                program.entries.iter().filter(move |other| !other.first && other.function != waiting);
            others.map(|other| other.function)
        };
        // What runs while an entry waits is one of the others; with none waiting, it is any.
        let pairs = waiting
            .map(|entry| (Some(entry.function), deepest(&mut others(entry.function))))
            .chain([(None, deepest(&mut entries()))]);
        let stacked = pairs.map(|(below, above)| {
            let above_bytes = above.map_or(0, |(bytes, _)| bytes);
            let bytes = below.map_or(0, |below| depths[below].0).saturating_add(above_bytes);
            (bytes, below, above.map(|(_, above)| above))
        });
        let Some((bytes, below, above)) = stacked.max_by_key(|(bytes, ..)| *bytes) else {
            return Depth::Bytes { bytes: 0, path: Vec::new() };
        };
        let has_frames = |entry: &FunctionId| depths[*entry].0 > 0;
        let path = [below, above].into_iter().flatten().filter(has_frames).flat_map(path_from).collect();
        Depth::Bytes { bytes, path }
    }

    /// The bytes of the frames of all functions that are in no recursion, each once.
    pub fn frames_beside_recursion(&self, program: &Program) -> u32 {
        let mut callers = vec![Vec::new(); self.functions.len()];
        for (caller, callees) in self.functions.iter().enumerate() {
            callees.iter().for_each(|&callee| callers[callee].push(caller));
        }
        let callees: Vec<Vec<FunctionId>> =
            self.functions.iter().map(|callees| callees.iter().copied().collect()).collect();
        let (no_cycle_below, no_cycle_above) = (settled(&callees, &callers), settled(&callers, &callees));
        let frames = program.functions.iter().enumerate();
        let beside = frames.filter(|(id, _)| no_cycle_below[*id] || no_cycle_above[*id]);
        beside.fold(0, |sum, (_, function)| sum.saturating_add(function.frame))
    }

    /// For each function, the bytes of it and all below it, and the callee on the deepest path; or a cycle.
    fn depths(&self, program: &Program) -> Result<Vec<(u32, Option<FunctionId>)>, Vec<FunctionId>> {
        let mut depths: Vec<Option<(u32, Option<FunctionId>)>> = vec![None; self.functions.len()];
        let mut on_path = vec![false; self.functions.len()];
        let used = self.reachable(match program.entries.is_empty() {
            true => (0..program.functions.len()).collect::<Vec<_>>(),
            false => program.entries.iter().map(|entry| entry.function).collect(),
        });
        for root in used {
            let mut path: Vec<(FunctionId, Vec<FunctionId>)> = Vec::new();
            if depths[root].is_none() {
                on_path[root] = true;
                path.push((root, self.functions[root].iter().copied().collect()));
            }
            while let Some((function, callees)) = path.last_mut() {
                let function = *function;
                match callees.pop() {
                    Some(callee) if on_path[callee] => {
                        let cycle = path.iter().map(|(function, _)| *function).skip_while(|&on| on != callee);
                        return Err(cycle.filter(|&function| function != self.by_pointer()).collect());
                    }
                    Some(callee) if depths[callee].is_none() => {
                        on_path[callee] = true;
                        path.push((callee, self.functions[callee].iter().copied().collect()));
                    }
                    Some(_) => {}
                    None => {
                        let below = self.functions[function]
                            .iter()
                            .filter_map(|&callee| Some((depths[callee]?.0, callee)));
                        // Callees without a frame below them are no part of the path.
                        let deepest = below.filter(|(bytes, _)| *bytes > 0).max_by_key(|(bytes, _)| *bytes);
                        let own = program.functions.get(function).map_or(0, |function| function.frame);
                        let bytes = own.saturating_add(deepest.map_or(0, |(bytes, _)| bytes));
                        depths[function] = Some((bytes, deepest.map(|(_, callee)| callee)));
                        on_path[function] = false;
                        path.pop();
                    }
                }
            }
        }
        Ok(depths.into_iter().map(Option::unwrap_or_default).collect())
    }
}

/// The nodes from which no cycle is reached: those whose `next` are all settled, starting from those without any.
fn settled(next: &[Vec<FunctionId>], before: &[Vec<FunctionId>]) -> Vec<bool> {
    let mut open: Vec<usize> = next.iter().map(Vec::len).collect();
    let mut work: Vec<FunctionId> = (0..next.len()).filter(|&id| open[id] == 0).collect();
    let mut settled = vec![false; next.len()];
    while let Some(id) = work.pop() {
        settled[id] = true;
        for &before in &before[id] {
            open[before] -= 1;
            if open[before] == 0 {
                work.push(before);
            }
        }
    }
    settled
}

fn suspends(program: &Program, callee: &Callee) -> bool {
    matches!(callee, Callee::Native(id) if program.natives[*id].suspends)
}
