//! However a run is interrupted, it is the run that it would have been.
//!
//! Generated programs run straight, and again with pauses: the budget comes in portions, the host suspends its calls, and
//! at some of the pauses all goes on in a fresh instance and thread, by way of a snapshot; with a host that is a
//! [`Host`], or one of typed functions.

mod generator;

use generator::{FUNCTIONS, answer, arguments};
use proptest::collection::vec;
use proptest::prelude::*;
use sostenuto_vm::{
    Caller, FlatMemory, Flow, Halt, Host, HostFunctions, Instance, Module, ResolvedFunctions, Run, Thread,
    Trap, snapshot,
};

type Memory = FlatMemory<Vec<u8>>;

/// Small enough for some programs to overflow it.
const STACK_WORDS: usize = 500;

/// How a run is interrupted. The lists are gone through again and again.
#[derive(Debug, Clone)]
struct Manner {
    /// How much budget there is each time.
    portions: Vec<u64>,
    /// Which calls of the host suspend.
    suspensions: Vec<bool>,
    /// How many pauses there are before each time that all goes on elsewhere; for once only.
    moves: Vec<usize>,
    has_typed_host: bool,
}

impl Manner {
    fn straight(has_typed_host: bool) -> Self {
        Self { portions: vec![1 << 40], suspensions: vec![false], moves: vec![], has_typed_host }
    }
}

fn manners() -> impl Strategy<Value = Manner> {
    let portions = prop_oneof![Just(vec![1]), vec(1..40_u64, 1..8), vec(1..2000_u64, 1..8)];
    (portions, vec(any::<bool>(), 1..8), vec(0..100_usize, 0..12), any::<bool>()).prop_map(
        |(portions, suspensions, moves, has_typed_host)| Manner {
            portions,
            suspensions,
            moves,
            has_typed_host,
        },
    )
}

/// What the host has been called for, and when it suspends.
#[derive(Debug, Clone, PartialEq, Default)]
struct Notes {
    calls: Vec<(u32, Vec<u32>)>,
}

/// The state of the host, which is not in snapshots.
struct State {
    notes: Notes,
    suspensions: Box<dyn Iterator<Item = bool>>,
}

impl State {
    /// Does any call. The answer depends on the arguments; some calls have none and end the run.
    fn call(&mut self, memory: &mut Memory, import: u32, args: &[u32]) -> Result<Flow, Halt> {
        self.notes.calls.push((import, args.to_vec()));
        let answer = answer(import, args);
        memory.bytes_mut()[1000..1008].copy_from_slice(&answer.to_le_bytes());
        if self.notes.calls.len().is_multiple_of(40) {
            return Err(Halt(answer as u32));
        }
        let is_pause = self.suspensions.next() == Some(true);
        Ok(if is_pause { Flow::Suspend(answer) } else { Flow::Continue(answer) })
    }
}

impl Host<Memory> for State {
    fn call(&mut self, import: u32, args: &[u32], memory: &mut Memory) -> Result<Flow, Halt> {
        self.call(memory, import, args)
    }
}

fn halves(bits: u64) -> [u32; 2] {
    [bits as u32, (bits >> 32) as u32]
}

/// The same host as functions with types.
fn typed_host(module: &Module) -> ResolvedFunctions<'static, Memory, State> {
    let call = |caller: &mut Caller<'_, Memory, State>, import, args: &[u32]| {
        let (memory, state) = caller.parts();
        state.call(memory, import, args)
    };
    let functions = HostFunctions::new()
        .add("host", "0", move |caller: &mut Caller<'_, Memory, State>, a: i32, b: f32| {
            call(caller, 0, &[a.cast_unsigned(), b.to_bits()]).map(|flow| flow_of(flow, |bits| bits as u32))
        })
        .add("host", "1", move |caller: &mut Caller<'_, Memory, State>, a: f32| {
            call(caller, 1, &[a.to_bits()]).map(|flow| flow_of(flow, |_| ()))
        })
        .add("host", "2", move |caller: &mut Caller<'_, Memory, State>, a: i64, b: f64| {
            let args = [halves(a.cast_unsigned()), halves(b.to_bits())];
            call(caller, 2, args.as_flattened()).map(|flow| flow_of(flow, |bits| bits))
        });
    functions.resolve(module).unwrap()
}

fn flow_of<R>(flow: Flow, result: impl FnOnce(u64) -> R) -> Flow<R> {
    match flow {
        Flow::Continue(bits) => Flow::Continue(result(bits)),
        Flow::Suspend(bits) => Flow::Suspend(result(bits)),
    }
}

/// All that can be seen of a run.
#[derive(Debug, PartialEq)]
struct Seen {
    calls: Vec<Call>,
    notes: Notes,
    tables: Vec<Vec<Option<u32>>>,
    memory: Vec<u8>,
}

/// The call of a function: what it gave, and what was so after it.
#[derive(Debug, PartialEq)]
struct Call {
    result: Result<Vec<u64>, Trap>,
    globals: Vec<u64>,
    spent: u64,
    high_water: u32,
}

/// A program at work.
struct Work<'w> {
    wasm: &'w [u8],
    module: Module,
    instance: Instance<Memory>,
    thread: Thread,
    state: State,
    typed: Option<ResolvedFunctions<'static, Memory, State>>,
}

impl Work<'_> {
    /// Goes on with a copy of everything, made by way of a snapshot.
    fn move_house(&mut self) {
        let bytes = snapshot::to_vec(&self.module, &mut self.instance, &[&self.thread]).unwrap();
        self.module = Module::new(self.wasm).unwrap();
        self.instance = generator::instance(&self.module);
        // What was there before does not matter.
        self.instance.memory_mut().bytes_mut().fill(0xa5);
        self.thread = Thread::new(STACK_WORDS);
        snapshot::restore(&self.module, &mut self.instance, &mut [&mut self.thread], &bytes).unwrap();
        self.typed = self.typed.take().map(|_| typed_host(&self.module));
    }

    fn run(&mut self) -> Result<Run, Trap> {
        let Self { module, instance, thread, state, .. } = self;
        match &self.typed {
            Some(typed) => thread.run(module, instance, &mut typed.with(state)),
            None => thread.run(module, instance, state),
        }
    }
}

/// Runs all functions of a program in turn; also tells how often it paused and moved.
fn run(wasm: &[u8], manner: &Manner) -> (Seen, [usize; 3]) {
    let module = Module::new(wasm).unwrap();
    let suspensions = Box::new(manner.suspensions.clone().into_iter().cycle());
    let mut work = Work {
        wasm,
        instance: generator::instance(&module),
        thread: Thread::new(STACK_WORDS),
        state: State { notes: Notes::default(), suspensions },
        typed: manner.has_typed_host.then(|| typed_host(&module)),
        module,
    };
    let mut moves = manner.moves.iter().copied();
    let mut until_move = moves.next().unwrap_or(usize::MAX);
    let mut portions = manner.portions.iter().cycle();
    let mut counts = [0; 3];
    let calls = (0..FUNCTIONS).map(|index| {
        let function = work.module.export(&index.to_string()).unwrap();
        work.thread.start(&work.module, function, &arguments(&work.module, function)).unwrap();
        let result = loop {
            // A pause before anything has run is one too.
            match until_move.checked_sub(1) {
                Some(less) => until_move = less,
                None => {
                    work.move_house();
                    counts[2] += 1;
                    until_move = moves.next().unwrap_or(usize::MAX);
                }
            }
            match work.run() {
                Ok(Run::Finished(_)) => {
                    break Ok(work.thread.results(&work.module).map(|value| value.to_bits()).collect());
                }
                Ok(Run::OutOfBudget) => {
                    let more = portions.next().copied().unwrap_or(1);
                    work.thread.set_budget(work.thread.budget() + more);
                    counts[0] += 1;
                }
                Ok(Run::Suspended) => counts[1] += 1,
                Err(trap) => break Err(trap),
            }
        };
        let exported = work.module.global_exports();
        let values =
            exported.map(|(_, global)| work.instance.global(&work.module, global).unwrap().to_bits());
        let globals = values.collect();
        Call { result, globals, spent: work.thread.spent(), high_water: work.thread.high_water() }
    });
    let calls = calls.collect();
    let entries = work.instance.tables().iter().map(|table| {
        (0..table.size()).map(|index| table.get(index).and_then(|reference| reference.number())).collect()
    });
    let tables = entries.collect();
    let memory = work.instance.into_memory().into_inner();
    (Seen { calls, notes: work.state.notes, tables, memory }, counts)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_interrupted_run_is_the_straight_one(
        bytes in vec(any::<u8>(), 0..3000),
        manners in vec(manners(), 3),
    ) {
        let wasm = generator::module(&bytes);
        let (straight, _) = run(&wasm, &Manner::straight(false));
        for manner in manners.into_iter().chain([Manner::straight(true)]) {
            let (interrupted, counts) = run(&wasm, &manner);
            prop_assert_eq!(&straight.calls, &interrupted.calls, "{:?} {:?}", manner, counts);
            prop_assert!(straight == interrupted, "{:?} {:?}", manner, counts);
        }
    }
}

/// The property is worth nothing if few of the programs pause.
#[test]
fn generated_programs_pause_in_all_ways() {
    let mut pauses = [0; 3];
    let mut halts = 0;
    let mut random = 1_u64;
    for _ in 0..50 {
        let mut tape = vec![];
        tape.resize_with(2000, || {
            random = random.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            (random >> 56) as u8
        });
        let manner = Manner {
            portions: vec![5],
            suspensions: vec![false, true],
            moves: vec![30; 5],
            has_typed_host: true,
        };
        let (seen, counts) = run(&generator::module(&tape), &manner);
        pauses = std::array::from_fn(|way| pauses[way] + counts[way]);
        let is_halt =
            |call: &&Call| matches!(call.result, Err(Trap { kind: sostenuto_vm::TrapKind::Host(_), .. }));
        halts += seen.calls.iter().filter(is_halt).count();
    }
    let [budget, suspensions, moves] = pauses;
    assert!(budget > 2000 && suspensions > 50 && moves > 150 && halts > 0, "{pauses:?} {halts}");
}
