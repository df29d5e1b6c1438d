//! How much value stack a call can take at most.

use crate::FuncIndex;
use crate::instr::Op;
use crate::module::{Constant, Module};
use alloc::vec;
use alloc::vec::Vec;

/// The most value stack that a call can take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StackBound {
    /// This many words of 32 bits, the frames' headers included.
    Words(u32),
    /// There is no bound, because functions call each other in a circle.
    Recursive {
        /// The functions of one such circle, each calling the next and the last calling the first.
        cycle: Vec<FuncIndex>,
    },
}

/// The bound of a function.
pub(crate) fn of(module: &Module, function: FuncIndex) -> StackBound {
    if function.0 as usize >= module.code.functions.len() {
        return StackBound::Words(0);
    }
    Search::new(module).run(Node::Function(function.0))
}

/// A place in the call graph. Indirect calls of one type share a node, so that the graph stays as small as the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    Function(u32),
    Type(u16),
}

struct Search<'m> {
    module: &'m Module,
    /// By type: the functions whose references the module takes.
    in_table: Vec<Vec<u32>>,
    /// By node: what is known of its bound.
    known: Vec<Known>,
    path: Vec<Visit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Nothing,
    OnPath,
    Words(u32),
}

/// A node on the path from the first function to the present one.
struct Visit {
    node: Node,
    /// The next instruction of a function, or the next function of a type.
    next: u32,
    end: u32,
    /// The bound as far as it is known.
    words: u32,
    /// Where the frame of the call that is being followed begins.
    base: u16,
}

impl<'m> Search<'m> {
    fn new(module: &'m Module) -> Self {
        let mut in_table = vec![Vec::new(); module.types.len()];
        let constants = module.elements.iter().flat_map(|segment| &segment.items);
        let constants = constants.chain(module.globals.iter().filter_map(|global| global.initial.as_ref()));
        let referenced = constants.filter_map(|constant| match *constant {
            Constant::Function(function) => Some(function),
            Constant::Bits(_) | Constant::Global(_) => None,
        });
        let taken =
            module.code.instrs.iter().filter(|instr| instr.op() == Op::RefFunc).map(|instr| instr.imm);
        for function in referenced.chain(taken) {
            in_table[usize::from(module.code.functions[function as usize].type_id)].push(function);
        }
        for functions in &mut in_table {
            functions.sort_unstable();
            functions.dedup();
        }
        let known = vec![Known::Nothing; module.code.functions.len() + module.types.len()];
        Self { module, in_table, known, path: Vec::new() }
    }

    fn run(mut self, first: Node) -> StackBound {
        self.enter(first);
        loop {
            let Some(visit) = self.path.last_mut() else { return StackBound::Words(self.words(first)) };
            if visit.next == visit.end {
                let (node, words) = (visit.node, visit.words);
                self.path.pop();
                let index = self.index(node);
                self.known[index] = Known::Words(words);
                self.add_to_caller(words);
                continue;
            }
            let step = visit.next;
            visit.next += 1;
            let callee = match visit.node {
                Node::Type(type_id) => {
                    Some((0, Node::Function(self.in_table[usize::from(type_id)][step as usize])))
                }
                Node::Function(_) => {
                    let instr = self.module.code.instrs[step as usize];
                    match instr.op() {
                        Op::Call => Some((instr.a, Node::Function(instr.imm))),
                        Op::CallIndirect => Some((instr.a, Node::Type(instr.imm as u16))),
                        _ => None,
                    }
                }
            };
            let Some((base, callee)) = callee else { continue };
            visit.base = base;
            match self.known[self.index(callee)] {
                Known::Words(words) => self.add_to_caller(words),
                Known::OnPath => return self.cycle(callee),
                Known::Nothing => self.enter(callee),
            }
        }
    }

    fn enter(&mut self, node: Node) {
        let (next, end, words) = match node {
            Node::Type(type_id) => (0, self.in_table[usize::from(type_id)].len() as u32, 0),
            Node::Function(index) => match self.module.code.functions[index as usize] {
                import if import.is_import() => (0, 0, 0),
                function => (function.start(), self.code_end(index), function.frame.into()),
            },
        };
        let index = self.index(node);
        self.known[index] = Known::OnPath;
        self.path.push(Visit { node, next, end, words, base: 0 });
    }

    fn code_end(&self, function: u32) -> u32 {
        match self.module.code.functions.get(function as usize + 1) {
            Some(next) => next.start(),
            None => self.module.code.instrs.len() as u32,
        }
    }

    fn add_to_caller(&mut self, words: u32) {
        if let Some(caller) = self.path.last_mut() {
            caller.words = caller.words.max(words.saturating_add(caller.base.into()));
        }
    }

    fn words(&self, node: Node) -> u32 {
        match self.known[self.index(node)] {
            Known::Words(words) => words,
            Known::Nothing | Known::OnPath => 0,
        }
    }

    fn cycle(&self, callee: Node) -> StackBound {
        let circle = self.path.iter().map(|visit| visit.node).skip_while(|&node| node != callee);
        let functions = circle.filter_map(|node| match node {
            Node::Function(index) => Some(FuncIndex(index)),
            Node::Type(_) => None,
        });
        StackBound::Recursive { cycle: functions.collect() }
    }

    fn index(&self, node: Node) -> usize {
        match node {
            Node::Function(index) => index as usize,
            Node::Type(type_id) => self.module.code.functions.len() + usize::from(type_id),
        }
    }
}
