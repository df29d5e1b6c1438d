//! A generated program on its way, in one memory or in several after each other, and what can be seen of it.

use crate::generator::{FUNCTIONS, MOST_ENTRIES, answer, arguments};
use crate::memories::Tended;
use crate::random::Random;
use sostenuto_vm::{
    Flow, Halt, Host, Instance, LinearMemory, Links, MemoryError, Module, Run, Thread, Trap, TrapKind,
};

pub const STACK_WORDS: usize = 2000;

/// All that can be seen.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Seen {
    /// Of each function that has ended.
    pub functions: Vec<Ended>,
    pub host_calls: Vec<(u32, Vec<u32>)>,
}

/// What a function gave, and what was so after it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    pub result: Result<Vec<u64>, Trap>,
    pub globals: Vec<u64>,
    pub tables: Vec<Vec<Option<u32>>>,
    pub spent: u64,
    pub high_water: u32,
    pub memory_bytes: u32,
}

impl Ended {
    /// Whether it is known that the memory has failed.
    pub fn is_by_failure(&self) -> bool {
        matches!(&self.result, Err(Trap { kind: TrapKind::MemoryFailed | TrapKind::Host(FAILED), .. }))
    }
}

/// What the host halts with when it cannot write.
const FAILED: u32 = 77;

impl<M: LinearMemory> Host<M> for Seen {
    fn call(&mut self, import: u32, args: &[u32], memory: &mut M) -> Result<Flow, Halt> {
        self.host_calls.push((import, args.to_vec()));
        let answer = answer(import, args);
        memory.write(1000, &answer.to_le_bytes()).map_err(|_| Halt(FAILED))?;
        Ok(Flow::Continue(answer))
    }
}

/// How far a program has come, but for what a snapshot holds.
pub struct Journey<'m> {
    pub module: &'m Module,
    pub seen: Seen,
    pub pauses: usize,
    is_underway: bool,
}

/// How a leg of a journey goes.
pub struct Leg<'r> {
    /// How often the program may pause before the leg is over.
    pub pauses: usize,
    pub random: &'r mut Random,
    /// What the portions of the budget are below is a power of two with this exponent.
    pub exponent: u32,
}

impl<'m> Journey<'m> {
    pub fn new(module: &'m Module) -> Self {
        Self { module, seen: Seen::default(), pauses: 0, is_underway: false }
    }

    /// Goes on, with pauses at which the memory is tended; false when the program has come to its end.
    pub fn go<M: Tended>(&mut self, at: &mut Place<M>, leg: &mut Leg<'_>) -> bool {
        let module = self.module;
        let Place { instance, thread } = at;
        let mut pauses = 0;
        while self.seen.functions.len() < FUNCTIONS as usize {
            if !self.is_underway {
                let function = module.export(&self.seen.functions.len().to_string()).unwrap();
                thread.start(module, function, &arguments(module, function)).unwrap();
                self.is_underway = true;
            }
            if pauses == leg.pauses {
                self.pauses += pauses;
                return true;
            }
            thread.set_budget(thread.budget() + leg.random.magnitude(leg.exponent));
            let result = match thread.run(module, instance, &mut self.seen) {
                Ok(Run::OutOfBudget) => {
                    instance.memory_mut().tend(leg.random);
                    pauses += 1;
                    continue;
                }
                Ok(Run::Finished(_)) => Ok(thread.results(module).map(|value| value.to_bits()).collect()),
                Ok(Run::Suspended) => panic!("the host does not suspend"),
                Err(trap) => Err(trap),
            };
            self.is_underway = false;
            let ended = at_end(module, instance, thread, result);
            let has_failed = ended.is_by_failure();
            self.seen.functions.push(ended);
            if has_failed {
                break;
            }
        }
        self.pauses += pauses;
        false
    }
}

fn at_end<M: Tended>(
    module: &Module,
    instance: &Instance<M>,
    thread: &Thread,
    result: Result<Vec<u64>, Trap>,
) -> Ended {
    let globals = module.global_exports();
    let globals = globals.map(|(_, global)| instance.global(module, global).unwrap().to_bits()).collect();
    let tables = instance.tables().iter().map(|table| {
        (0..table.size()).map(|index| table.get(index).and_then(|reference| reference.number())).collect()
    });
    Ended {
        result,
        globals,
        tables: tables.collect(),
        spent: thread.spent(),
        high_water: thread.high_water(),
        memory_bytes: instance.memory().size(),
    }
}

/// Where a program is.
pub struct Place<M> {
    pub instance: Instance<M>,
    pub thread: Thread,
}

impl<M: Tended> Place<M> {
    /// A fresh instance in this memory, with its data in place.
    pub fn new(module: &Module, memory: M) -> Self {
        let links = Links { table_room: MOST_ENTRIES, ..Links::default() };
        let mut instance = Instance::link(module, memory, links).unwrap();
        instance.initialize(module).unwrap();
        Self { instance, thread: Thread::new(STACK_WORDS) }
    }

    /// All bytes of the memory.
    pub fn bytes(&mut self) -> Result<Vec<u8>, MemoryError> {
        let memory = self.instance.memory_mut();
        let mut bytes = vec![0; memory.size() as usize];
        memory.read(0, &mut bytes)?;
        Ok(bytes)
    }
}

/// Runs a program straight to its end, in memory of one piece: what it did, and the bytes of its memory.
pub fn straight(module: &Module) -> (Seen, Vec<u8>) {
    let mut journey = Journey::new(module);
    let mut place = Place::new(module, crate::memories::flat());
    let never = &mut Leg { pauses: usize::MAX, random: &mut Random::new(0), exponent: 40 };
    assert!(!journey.go(&mut place, never));
    let bytes = place.bytes().unwrap();
    (journey.seen, bytes)
}
