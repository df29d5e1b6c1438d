//! The shape of a function's graph: order, dominators, loops, and where each block is written.
//!
//! The method is that of Ramsey, "Beyond Relooper: recursive translation of unstructured control flow to structured
//! control flow" (ICFP 2022): every reducible graph becomes nested blocks and loops along its dominator tree. Blocks
//! that leave a loop are written after the loop instead of inside it, which keeps the nesting shallow.

use super::program::{Block, BlockId, End};

/// A node is a reachable block; nodes are numbered in reverse postorder, the entry is 0.
pub(super) type Node = usize;

pub(super) struct Graph {
    /// The block of each node.
    pub blocks: Vec<BlockId>,
    /// The node of each block, if it is reachable.
    node_of: Vec<Option<Node>>,
    /// Whether every loop is entered at one place only.
    pub reducible: bool,
    pub is_loop: Vec<bool>,
    /// Reached by a branch instead of being written where its only branch is.
    pub labelled: Vec<bool>,
    /// Labelled blocks written inside the node's loop, after the node itself; ascending.
    pub inside: Vec<Vec<Node>>,
    /// Blocks written after the node's loop; ascending.
    pub after: Vec<Vec<Node>>,
}

impl Graph {
    pub fn new(blocks: &[Block]) -> Graph {
        let order = reverse_postorder(blocks);
        let mut node_of = vec![None; blocks.len()];
        for (node, &block) in order.iter().enumerate() {
            node_of[block] = Some(node);
        }
        let count = order.len();
        let mut predecessors: Vec<Vec<Node>> = vec![Vec::new(); count];
        let mut by_table = vec![false; count];
        for (node, &block) in order.iter().enumerate() {
            let end = &blocks[block].end;
            for target in end.targets().into_iter().filter_map(|target| node_of[target]) {
                predecessors[target].push(node);
                by_table[target] |= matches!(end, End::Switch { .. });
            }
        }
        let dominators = dominators(&predecessors);
        let back = |from: Node, to: Node| to <= from;
        let reducible = predecessors
            .iter()
            .enumerate()
            .all(|(to, from)| from.iter().all(|&from| !back(from, to) || dominates(&dominators, to, from)));
        let mut graph = Graph {
            blocks: order,
            node_of,
            reducible,
            is_loop: vec![false; count],
            labelled: by_table,
            inside: vec![Vec::new(); count],
            after: vec![Vec::new(); count],
        };
        if reducible {
            graph.place(&predecessors, &dominators);
        }
        graph
    }

    /// The node of a block that a reachable block branches to.
    pub fn node(&self, block: BlockId) -> Node {
        self.node_of[block].unwrap_or(0)
    }

    fn place(&mut self, predecessors: &[Vec<Node>], dominators: &[Node]) {
        let loops = Loops::new(predecessors);
        self.is_loop.clone_from(&loops.is_header);
        for node in 1..self.blocks.len() {
            let forward = predecessors[node].iter().filter(|&&from| from < node).count();
            self.labelled[node] |= forward > 1;
            let mut parent = dominators[node];
            let mut leaves_loop = false;
            let mut inner = loops.innermost[parent];
            while let Some(header) = inner
                && !loops.contains(header, node)
            {
                parent = header;
                leaves_loop = true;
                inner = loops.outer[header];
            }
            if leaves_loop {
                self.labelled[node] = true;
                self.after[parent].push(node);
            } else if self.labelled[node] {
                self.inside[parent].push(node);
            }
        }
    }
}

fn reverse_postorder(blocks: &[Block]) -> Vec<BlockId> {
    let mut seen = vec![false; blocks.len()];
    let mut order = Vec::new();
    // A block and the targets that are still to be visited; the last target first.
    let mut path = vec![(0, blocks[0].end.targets())];
    seen[0] = true;
    while let Some((block, targets)) = path.last_mut() {
        match targets.pop() {
            Some(target) if !seen[target] => {
                seen[target] = true;
                path.push((target, blocks[target].end.targets()));
            }
            Some(_) => {}
            None => {
                order.push(*block);
                path.pop();
            }
        }
    }
    order.reverse();
    order
}

/// The immediate dominator of each node (Cooper, Harvey and Kennedy, "A simple, fast dominance algorithm").
fn dominators(predecessors: &[Vec<Node>]) -> Vec<Node> {
    const UNKNOWN: Node = Node::MAX;
    let mut dominators = vec![UNKNOWN; predecessors.len()];
    dominators[0] = 0;
    let mut changed = true;
    while changed {
        changed = false;
        for node in 1..predecessors.len() {
            // The latest first: those of a long chain then meet after a step each.
            let known = predecessors[node].iter().rev().copied();
            let mut known = known.filter(|&from| dominators[from] != UNKNOWN);
            let Some(first) = known.next() else { continue };
            let common = known.fold(first, |mut a, mut b| {
                while a != b {
                    while a > b {
                        a = dominators[a];
                    }
                    while b > a {
                        b = dominators[b];
                    }
                }
                a
            });
            changed |= dominators[node] != common;
            dominators[node] = common;
        }
    }
    dominators
}

fn dominates(dominators: &[Node], above: Node, mut below: Node) -> bool {
    while below > above {
        below = dominators[below];
    }
    below == above
}

/// The natural loops of a reducible graph.
struct Loops {
    is_header: Vec<bool>,
    /// The header of the innermost loop around each node; a header's own loop is around it.
    innermost: Vec<Option<Node>>,
    /// The header of the loop around each header's loop.
    outer: Vec<Option<Node>>,
}

impl Loops {
    fn new(predecessors: &[Vec<Node>]) -> Loops {
        let count = predecessors.len();
        let mut loops =
            Loops { is_header: vec![false; count], innermost: vec![None; count], outer: vec![None; count] };
        // Inner headers come after outer ones, so that going backwards meets the innermost loop first.
        for header in (0..count).rev() {
            let mut work: Vec<Node> =
                predecessors[header].iter().copied().filter(|&from| from >= header).collect();
            if work.is_empty() {
                continue;
            }
            loops.is_header[header] = true;
            loops.innermost[header] = Some(header);
            while let Some(node) = work.pop() {
                let top = match loops.innermost[node] {
                    None => {
                        loops.innermost[node] = Some(header);
                        node
                    }
                    // A node of an inner loop stands for that whole loop, which is entered at its header only.
                    Some(inner) => {
                        let mut top = inner;
                        while let Some(outer) = loops.outer[top] {
                            top = outer;
                        }
                        if top == header {
                            continue;
                        }
                        loops.outer[top] = Some(header);
                        top
                    }
                };
                work.extend(predecessors[top].iter().copied().filter(|&from| from < top));
            }
        }
        loops
    }

    fn contains(&self, header: Node, node: Node) -> bool {
        let mut around = self.innermost[node];
        while let Some(inner) = around {
            if inner == header {
                return true;
            }
            around = self.outer[inner];
        }
        false
    }
}
