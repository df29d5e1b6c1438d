//! The control flow of a function as nested blocks and loops.

use wasm_encoder::{BlockType, InstructionSink};

use super::emit::Emitter;
use super::graph::{Graph, Node};
use super::instructions::binary;
use super::program::{Binary, Block, BlockId, End, Expr, Operation, Type};

/// Writes all blocks of a function.
pub(super) fn write(blocks: &[Block], emitter: &mut Emitter) {
    let graph = Graph::new(blocks);
    if graph.reducible {
        let labels = vec![None; graph.blocks.len()];
        Writer { blocks, graph, emitter, open: Vec::new(), labels, work: Vec::new() }.write();
    } else {
        dispatch(blocks, &graph, emitter);
    }
}

/// A construct that is open where code is written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Open {
    /// A branch to it goes to the start of this loop.
    Loop(Node),
    /// A branch to it goes to this node, which is written after its end.
    Block(Node),
    If,
}

/// What is left to write; a stack, so that deep graphs do not deepen the compiler's own.
enum Work {
    Node(Node),
    /// Closes the innermost construct.
    End,
    Else,
    Go(BlockId),
}

struct Writer<'a, 'e> {
    blocks: &'a [Block],
    graph: Graph,
    emitter: &'a mut Emitter<'e>,
    open: Vec<Open>,
    /// For each node, which of the open constructs a branch to it goes to.
    labels: Vec<Option<usize>>,
    work: Vec<Work>,
}

impl Writer<'_, '_> {
    fn write(mut self) {
        self.work.push(Work::Node(0));
        while let Some(work) = self.work.pop() {
            match work {
                Work::Node(node) => self.node(node),
                Work::End => {
                    if let Some(Open::Loop(node) | Open::Block(node)) = self.open.pop() {
                        self.labels[node] = None;
                    }
                    self.emitter.sink().end();
                }
                Work::Else => {
                    self.emitter.sink().else_();
                }
                Work::Go(target) => self.go(target),
            }
        }
    }

    fn node(&mut self, node: Node) {
        let after = std::mem::take(&mut self.graph.after[node]);
        let inside = std::mem::take(&mut self.graph.inside[node]);
        // Last to be written, first to be opened and first on the stack of work.
        for &next in after.iter().rev() {
            self.open_block(next);
        }
        if self.graph.is_loop[node] {
            self.open(Open::Loop(node));
            self.emitter.sink().loop_(BlockType::Empty);
            self.work.push(Work::End);
        }
        for &next in inside.iter().rev() {
            self.open_block(next);
        }
        let block = &self.blocks[self.graph.blocks[node]];
        self.emitter.statements(block);
        self.end(&block.end);
    }

    fn open(&mut self, open: Open) {
        if let Open::Loop(node) | Open::Block(node) = open {
            self.labels[node] = Some(self.open.len());
        }
        self.open.push(open);
    }

    /// Opens the block that a labelled node is written after.
    fn open_block(&mut self, node: Node) {
        self.open(Open::Block(node));
        self.emitter.sink().block(BlockType::Empty);
        self.work.push(Work::Node(node));
        self.work.push(Work::End);
    }

    fn end(&mut self, end: &End) {
        match end {
            End::Return => self.emitter.return_(),
            End::Jump(target) => self.go(*target),
            End::Branch(condition, then, otherwise) => match (self.label(*then), self.label(*otherwise)) {
                (Some(label), _) => {
                    self.emitter.value(condition);
                    self.emitter.sink().br_if(label);
                    self.go(*otherwise);
                }
                (None, Some(label)) => {
                    self.emitter.value_negated(condition);
                    self.emitter.sink().br_if(label);
                    self.go(*then);
                }
                (None, None) => {
                    self.emitter.value(condition);
                    self.emitter.sink().if_(BlockType::Empty);
                    self.open(Open::If);
                    self.work.extend([Work::End, Work::Go(*otherwise), Work::Else, Work::Go(*then)]);
                }
            },
            End::Switch { value, low, targets, default } => {
                let labels: Vec<u32> = targets.iter().filter_map(|&target| self.label(target)).collect();
                let default = self.label(*default).unwrap_or(0);
                self.emitter.value(value);
                if *low != 0 {
                    self.emitter.sink().i32_const(*low).i32_sub();
                }
                self.emitter.sink().br_table(labels, default);
            }
        }
    }

    /// Goes to a block: by a branch, by falling out of the innermost construct, or by writing it here.
    fn go(&mut self, target: BlockId) {
        let node = self.graph.node(target);
        match self.label(target) {
            Some(0) if self.open.last() == Some(&Open::Block(node)) => {}
            Some(label) => {
                self.emitter.sink().br(label);
            }
            None => self.work.push(Work::Node(node)),
        }
    }

    /// How many constructs out a branch to that block goes; `None` when the block is written where it is reached.
    fn label(&self, target: BlockId) -> Option<u32> {
        let at = self.labels[self.graph.node(target)]?;
        Some((self.open.len() - 1 - at) as u32)
    }
}

/// One loop around all blocks, which a number chooses from: for graphs with loops of several entries.
fn dispatch(blocks: &[Block], graph: &Graph, emitter: &mut Emitter) {
    let count = graph.blocks.len() as u32;
    let state = emitter.new_integer();
    let choice = emitter.new_integer();
    let number = |block: BlockId| graph.node(block) as i32;
    emitter.sink().loop_(BlockType::Empty);
    for _ in 0..count {
        emitter.sink().block(BlockType::Empty);
    }
    emitter.sink().local_get(state).br_table(0..count - 1, count - 1);
    for (node, &block) in graph.blocks.iter().enumerate() {
        emitter.sink().end();
        let block = &blocks[block];
        emitter.statements(block);
        let set = |sink: &mut InstructionSink, target: BlockId| {
            sink.i32_const(number(target)).local_set(state);
        };
        match &block.end {
            End::Return => {
                emitter.return_();
                continue;
            }
            End::Jump(target) => set(&mut emitter.sink(), *target),
            End::Branch(condition, then, otherwise) => {
                emitter.sink().i32_const(number(*then)).i32_const(number(*otherwise));
                emitter.value(condition);
                emitter.sink().select().local_set(state);
            }
            End::Switch { value, low, targets, default } => {
                emitter.value(value);
                emitter.sink().local_set(choice);
                set(&mut emitter.sink(), *default);
                for (at, target) in targets.iter().enumerate() {
                    let case = low.wrapping_add(at as i32);
                    let mut sink = emitter.sink();
                    sink.i32_const(number(*target)).local_get(state);
                    sink.local_get(choice).i32_const(case).i32_eq().select().local_set(state);
                }
            }
        }
        emitter.sink().br(count - 1 - node as u32);
    }
    emitter.sink().end();
}

impl Emitter<'_> {
    /// The opposite of a truth value.
    fn value_negated(&mut self, condition: &Expr) {
        if let Expr::Chain(first, steps) = condition
            && let Some((last, before)) = steps.split_last()
            && let Operation::Binary(ty, operation) = last.operation
            && let Some(opposite) = opposite(ty, operation)
        {
            self.chain(first, before);
            self.value(&last.right);
            binary(&mut self.sink(), ty, opposite);
        } else {
            self.value(condition);
            self.sink().i32_eqz();
        }
    }
}

/// The comparison that is true when the other is false; the order of floats has none.
fn opposite(ty: Type, operation: Binary) -> Option<Binary> {
    Some(match operation {
        Binary::Equal => Binary::NotEqual,
        Binary::NotEqual => Binary::Equal,
        _ if matches!(ty, Type::Float | Type::Double) => return None,
        Binary::Less => Binary::GreaterEqual,
        Binary::LessEqual => Binary::Greater,
        Binary::Greater => Binary::LessEqual,
        Binary::GreaterEqual => Binary::Less,
        Binary::LessUnsigned => Binary::GreaterEqualUnsigned,
        Binary::LessEqualUnsigned => Binary::GreaterUnsigned,
        Binary::GreaterUnsigned => Binary::LessEqualUnsigned,
        Binary::GreaterEqualUnsigned => Binary::LessUnsigned,
        _ => return None,
    })
}
