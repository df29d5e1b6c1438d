//! What is restored from a snapshot goes on as what was not interrupted.

mod support;

use sostenuto_vm::{
    FlatMemory, Host, Instance, LinearMemory, Links, Module, NoHost, Run, Thread, Value, snapshot,
};
use support::{IMPORTS, Notes};

type Memory = FlatMemory<Vec<u8>>;

const TABLE_ROOM: u32 = 20;

/// Nested, recursive and indirect calls with wide locals and waiting operands; pauses in the host, directly and through
/// the table; everything else that an instance has changes on the way.
fn busy() -> String {
    format!(
        r#"(module {IMPORTS}
        (type $work (func (param i64 i32) (result i64)))
        (type $pause (func))
        (memory 1 3)
        (table $work 4 20 funcref)
        (table $outside 2 funcref)
        (global $count (mut i32) (i32.const 0))
        (global $wide (mut f64) (f64.const 0.5))
        (global $kept (mut funcref) (ref.null func))
        (data (i32.const 300) "sostenuto")
        (data $passive "pedal")
        (elem (table $outside) (i32.const 0) func $yield $fib)
        (elem $more func $fib $twice)
        (elem declare func $fib $twice)
        (func $fib (type $work) (local $half f64)
            (local.set $half (f64.div (f64.convert_i64_s (local.get 0)) (f64.const 2)))
            (if (result i64) (i64.lt_s (local.get 0) (i64.const 2))
                (then
                    (call_indirect $outside (type $pause) (i32.const 0))
                    (global.set $wide (f64.add (global.get $wide) (local.get $half)))
                    (local.get 0))
                (else
                    (i64.add
                        (call $fib (i64.sub (local.get 0) (i64.const 1)) (local.get 1))
                        (call_indirect $work (type $work)
                            (i64.sub (local.get 0) (i64.const 2)) (local.get 1) (i32.const 0))))))
        (func $twice (type $work) (local $a i64) (local $b f32)
            (local.set $b (f32.const 1.5))
            (local.set $a (call_indirect $work (type $work) (local.get 0) (local.get 1) (local.get 1)))
            (i64.add (i64.mul (local.get $a) (i64.const 2))
                (i64.extend_i32_s (call $note (i32.trunc_f32_s (local.get $b))))))
        (func (export "main") (param $n i32) (result i64 f64 i32)
            (table.set $work (i32.const 0) (ref.func $fib))
            (table.init $work $more (i32.const 1) (i32.const 1) (i32.const 1))
            (elem.drop $more)
            (memory.init $passive (i32.const 9) (i32.const 0) (i32.const 5))
            (data.drop $passive)
            (drop (table.grow $work (ref.func $twice) (i32.const 3)))
            (drop (memory.grow (i32.const 1)))
            (memory.fill (i32.const 70000) (i32.const 7) (i32.const 200))
            (memory.copy (i32.const 1000) (i32.const 290) (i32.const 100))
            (global.set $kept (table.get $work (i32.const 1)))
            (i64.store (i32.const 16)
                (call_indirect $work (type $work)
                    (i64.extend_i32_s (local.get $n)) (i32.const 0) (i32.const 1)))
            (i64.load (i32.const 16))
            (global.get $wide)
            (call $note (local.get $n)))
        (func (export "update") (result i32)
            (global.set $count (i32.add (global.get $count) (i32.const 1000)))
            (call $yield)
            (global.get $count)))"#
    )
}

/// A program at work: all that a snapshot holds, and what is the host's.
struct Work<H> {
    wasm: Vec<u8>,
    module: Module,
    instance: Instance<Memory>,
    threads: Vec<Thread>,
    host: H,
}

fn links<'l>() -> Links<'l> {
    Links { table_room: TABLE_ROOM, ..Links::default() }
}

fn fresh(module: &Module) -> Instance<Memory> {
    let most = module.memory_type().map_or(0, |memory| memory.maximum_bytes());
    let memory = FlatMemory::growing(vec![0; module.memory_bytes() as usize], most as u32);
    let mut instance = Instance::link(module, memory, links()).unwrap();
    instance.initialize(module).unwrap();
    instance
}

impl<H: Host<Memory>> Work<H> {
    fn new(wasm: &[u8], host: H) -> Self {
        let module = Module::new(wasm).unwrap();
        let instance = fresh(&module);
        Self { wasm: wasm.to_vec(), module, instance, threads: vec![], host }
    }

    fn start(&mut self, export: &str, args: &[Value]) -> usize {
        let mut thread = Thread::new(400);
        thread.start(&self.module, self.module.export(export).unwrap(), args).unwrap();
        self.threads.push(thread);
        self.threads.len() - 1
    }

    fn snapshot(&mut self) -> Vec<u8> {
        let threads: Vec<&Thread> = self.threads.iter().collect();
        snapshot::to_vec(&self.module, &mut self.instance, &threads).unwrap()
    }

    /// Goes on with a copy of everything, made by way of a snapshot.
    fn move_house(&mut self) {
        let bytes = self.snapshot();
        self.module = Module::new(&self.wasm).unwrap();
        self.instance = fresh(&self.module);
        self.threads.iter_mut().for_each(|thread| *thread = Thread::new(500));
        let mut threads: Vec<&mut Thread> = self.threads.iter_mut().collect();
        snapshot::restore(&self.module, &mut self.instance, &mut threads, &bytes).unwrap();
        assert!(self.snapshot() == bytes, "what is restored has another snapshot");
    }

    /// Runs a thread to its end; at each pause it is given more budget, and at each new place where it pauses it moves
    /// when `moves` says so.
    fn finish(&mut self, thread: usize, portion: u64, mut moves: impl FnMut() -> bool) {
        let mut last = None;
        loop {
            let pause = self.threads[thread].run(&self.module, &mut self.instance, &mut self.host);
            match pause.unwrap() {
                Run::Finished(_) => return,
                Run::Suspended => {}
                Run::OutOfBudget => {
                    let budget = self.threads[thread].budget() + portion;
                    self.threads[thread].set_budget(budget);
                }
            }
            let location = self.threads[thread].location(&self.module);
            if location != last && moves() {
                self.move_house();
            }
            last = location;
        }
    }

    /// All that can be seen, with the results and the counts of each thread.
    fn seen(&mut self) -> (Vec<u8>, Vec<Vec<Value>>) {
        for thread in &mut self.threads {
            thread.set_budget(0);
        }
        let results = self.threads.iter().map(|thread| thread.results(&self.module).collect()).collect();
        (self.snapshot(), results)
    }
}

fn main_alone() -> Work<Notes> {
    let mut work = Work::new(&wat::parse_str(busy()).unwrap(), Notes::default());
    work.start("main", &[Value::I32(7)]);
    work
}

#[test]
fn every_pause_can_be_a_move() {
    let mut straight = main_alone();
    straight.finish(0, 1_000_000, || false);
    assert!(straight.host.0 == [1, 7]);
    let results = straight.seen();
    assert_eq!(results.1[0][0], Value::I64(28), "twice the seventh number of Fibonacci, and two");
    for portion in [1, 2, 7] {
        let mut moved = main_alone();
        let mut moves = 0;
        moved.move_house();
        moved.finish(0, portion, || {
            moves += 1;
            true
        });
        assert!(moves > 80, "{moves}");
        assert_eq!(moved.host.0, straight.host.0);
        assert!(moved.seen() == results, "portions of {portion}");
        moved.move_house();
        assert!(moved.seen() == results);
    }
}

#[test]
fn threads_that_share_an_instance_move_together() {
    let run = |moves: bool| {
        let mut work = main_alone();
        let update = work.start("update", &[]);
        let idle = work.start("update", &[]);
        work.threads[idle].reset();
        work.threads[update].set_budget(4);
        let pause = work.threads[update].run(&work.module, &mut work.instance, &mut work.host);
        assert_eq!(pause, Ok(Run::OutOfBudget));
        work.threads[0].set_budget(10_000);
        for _ in 0..3 {
            let pause = work.threads[0].run(&work.module, &mut work.instance, &mut work.host);
            assert_eq!(pause, Ok(Run::Suspended));
        }
        if moves {
            work.move_house();
        }
        work.finish(update, 100, || moves);
        work.finish(0, 100, || moves);
        assert!(work.threads.iter().all(Thread::is_idle));
        assert_eq!(work.threads[idle].results(&work.module).count(), 0);
        work.seen()
    };
    let seen = run(false);
    assert_eq!(seen.1[1], [Value::I32(1000)]);
    assert!(run(true) == seen);
}

#[test]
fn a_moved_thread_says_where_it_is() {
    let mut work = main_alone();
    work.threads[0].set_budget(10_000);
    assert_eq!(work.threads[0].run(&work.module, &mut work.instance, &mut work.host), Ok(Run::Suspended));
    let location = work.threads[0].location(&work.module).unwrap();
    let high_water = work.threads[0].high_water();
    work.move_house();
    assert_eq!(work.threads[0].location(&work.module), Some(location));
    assert_eq!(work.threads[0].high_water(), high_water);
    assert_eq!(work.module.function_name(location.function), Some("fib"));
}

#[test]
fn a_snapshot_goes_to_any_sink_and_back_without_allocating() {
    let mut work = main_alone();
    work.threads[0].set_budget(10_000);
    work.threads[0].run(&work.module, &mut work.instance, &mut work.host).unwrap();
    let whole = work.snapshot();
    let mut target = fresh(&work.module);
    assert!(target.memory_mut().grow(2 << 16));
    let mut thread = Thread::new(400);
    let mut file = [0; 4096];
    let mut end = 0;
    let (written, restored) = assert_no_alloc::assert_no_alloc(|| {
        let written = snapshot::write(&work.module, &mut work.instance, &[&work.threads[0]], |bytes| {
            let place = file.get_mut(end..end + bytes.len()).ok_or("full")?;
            place.copy_from_slice(bytes);
            end += bytes.len();
            Ok::<(), &str>(())
        });
        (written, snapshot::restore(&work.module, &mut target, &mut [&mut thread], &file[..end]))
    });
    assert_eq!((written, restored), (Ok(()), Ok(())));
    assert!(file[..end] == whole);
    let refused = snapshot::write(&work.module, &mut work.instance, &[], |_| Err("full"));
    assert_eq!(refused.unwrap_err().to_string(), "full");
}

#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;

#[test]
fn zeros_take_no_room() {
    let module = Module::new(&wat::parse_str("(module (memory 16))").unwrap()).unwrap();
    let mut instance = fresh(&module);
    let empty = snapshot::to_vec(&module, &mut instance, &[]).unwrap().len();
    assert!(empty < 100, "{empty}");
    instance.memory_mut().store(0xf_fffc, [1; 4]).unwrap();
    assert_eq!(snapshot::to_vec(&module, &mut instance, &[]).unwrap().len(), empty + 4 + 256);
    // What is zero in the snapshot becomes zero.
    let bytes = snapshot::to_vec(&module, &mut instance, &[]).unwrap();
    let mut other = fresh(&module);
    other.memory_mut().bytes_mut().fill(9);
    snapshot::restore(&module, &mut other, &mut [], &bytes).unwrap();
    assert!(other.memory().bytes() == instance.memory().bytes());
}

#[test]
fn a_memory_that_cannot_be_read_is_told() {
    /// Fails from an address on.
    struct Broken(Memory);

    impl LinearMemory for Broken {
        fn size(&self) -> u32 {
            self.0.size()
        }
        fn load<const N: usize>(&mut self, address: u64) -> Result<[u8; N], sostenuto_vm::MemoryError> {
            self.0.load(address)
        }
        fn store<const N: usize>(
            &mut self,
            address: u64,
            bytes: [u8; N],
        ) -> Result<(), sostenuto_vm::MemoryError> {
            self.0.store(address, bytes)
        }
        fn read(&mut self, address: u64, bytes: &mut [u8]) -> Result<(), sostenuto_vm::MemoryError> {
            if address < 0x200 {
                self.0.read(address, bytes)
            } else {
                Err(sostenuto_vm::MemoryError::OutOfBounds)
            }
        }
        fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), sostenuto_vm::MemoryError> {
            if address < 0x200 {
                self.0.write(address, bytes)
            } else {
                Err(sostenuto_vm::MemoryError::OutOfBounds)
            }
        }
        fn copy(&mut self, to: u64, from: u64, length: u32) -> Result<(), sostenuto_vm::MemoryError> {
            self.0.copy(to, from, length)
        }
        fn fill(&mut self, to: u64, value: u8, length: u32) -> Result<(), sostenuto_vm::MemoryError> {
            self.0.fill(to, value, length)
        }
    }

    let module = Module::new(&wat::parse_str("(module (memory 1))").unwrap()).unwrap();
    let broken = || Instance::new(&module, Broken(FlatMemory::new(vec![0; 0x1_0000]))).unwrap();
    let refused = snapshot::to_vec(&module, &mut broken(), &[]).unwrap_err();
    assert_eq!(refused.to_string(), "the linear memory cannot be read at 0x200");
    let mut whole = fresh(&module);
    whole.memory_mut().store(0x345, [1]).unwrap();
    let bytes = snapshot::to_vec(&module, &mut whole, &[]).unwrap();
    let refused = snapshot::restore(&module, &mut broken(), &mut [], &bytes).unwrap_err();
    assert_eq!(refused.to_string(), "the linear memory cannot be written at 0x300");
}

#[test]
fn an_idle_thread_moves_with_what_it_has_counted() {
    let wasm = wat::parse_str(r#"(module (func (export "f") (result i32) (i32.const 5)))"#).unwrap();
    let mut work = Work::new(&wasm, NoHost);
    work.start("f", &[]);
    work.threads[0].set_budget(9);
    work.threads[0].run(&work.module, &mut work.instance, &mut work.host).unwrap();
    work.threads.push(Thread::new(10));
    work.move_house();
    let [finished, never_used] = &work.threads[..] else { panic!("two threads") };
    assert_eq!((finished.budget(), finished.spent(), finished.high_water()), (8, 1, 3));
    assert_eq!(finished.results(&work.module).collect::<Vec<_>>(), [Value::I32(5)]);
    assert_eq!((never_used.budget(), never_used.spent(), never_used.high_water()), (0, 0, 0));
}
