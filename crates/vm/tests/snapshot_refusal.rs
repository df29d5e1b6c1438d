//! What is not a whole snapshot of the module is refused, before anything is changed.

mod support;

use sostenuto_vm::snapshot::{self, SnapshotError};
use sostenuto_vm::{
    FlatMemory, Instance, Links, Module, Run, StackBound, Table, TableType, Thread, Value, ValueType,
};
use support::{IMPORTS, Notes};

type Memory = FlatMemory<Vec<u8>>;

/// A call that pauses three frames deep; small, so that each byte can be tried.
fn small() -> Vec<u8> {
    let text = format!(
        r#"(module {IMPORTS}
        (type $leaf (func (param i32) (result i32)))
        (memory 300 400 (pagesize 1))
        (table 2 4 funcref)
        (global (mut i64) (i64.const 77))
        (data (i32.const 5) "sound")
        (data $passive "more")
        (elem (i32.const 0) func $leaf)
        (func $leaf (type $leaf)
            (call $yield)
            (memory.fill (i32.const 50) (i32.const 3) (i32.const 200))
            (i32.add (local.get 0) (i32.const 1)))
        (func $wide (param i32 i64) (result i64) (local f64)
            (i64.add (i64.const 5)
                (i64.extend_i32_s (call_indirect (type $leaf) (local.get 0) (i32.const 0)))))
        (func (export "main") (param i32) (result i64)
            (drop (call $leaf (i32.const 9)))
            (i64.add (i64.const 2) (call $wide (local.get 0) (i64.const -1))))
        (func (export "tall") (result i32)
            (call $leaf (i32.const 1))
            i64.const 1 i64.const 2 i64.const 3 i64.const 4 drop drop drop drop))"#
    );
    wat::parse_str(text).unwrap()
}

fn memory() -> Memory {
    FlatMemory::growing(vec![0; 300], 400)
}

fn fresh(module: &Module) -> Instance<Memory> {
    let mut instance = Instance::link(module, memory(), Links { table_room: 4, ..Links::default() }).unwrap();
    instance.initialize(module).unwrap();
    instance
}

/// Runs to the second pause, the one in three frames.
fn paused(module: &Module) -> (Instance<Memory>, Thread) {
    let mut instance = fresh(module);
    let mut thread = Thread::new(100);
    thread.start(module, module.export("main").unwrap(), &[Value::I32(4)]).unwrap();
    thread.set_budget(1000);
    for _ in 0..2 {
        assert_eq!(thread.run(module, &mut instance, &mut Notes::default()), Ok(Run::Suspended));
    }
    (instance, thread)
}

fn with_checksum(mut body: Vec<u8>) -> Vec<u8> {
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&body);
    body.extend(crc.to_le_bytes());
    body
}

fn without_checksum(snapshot: &[u8]) -> Vec<u8> {
    snapshot[..snapshot.len() - 4].to_vec()
}

fn restore(module: &Module, bytes: &[u8]) -> Result<(Instance<Memory>, Thread), SnapshotError> {
    let mut instance = fresh(module);
    let mut thread = Thread::new(100);
    snapshot::restore(module, &mut instance, &mut [&mut thread], bytes)?;
    Ok((instance, thread))
}

/// Whatever was accepted can be run, and is what the bytes say.
fn run_on(module: &Module, instance: &mut Instance<Memory>, thread: &mut Thread) {
    let mut host = Notes::default();
    thread.set_budget(2000);
    for _ in 0..5 {
        if !matches!(thread.run(module, instance, &mut host), Ok(Run::Suspended)) {
            break;
        }
    }
}

#[test]
fn each_changed_byte_and_each_missing_end_is_refused() {
    let module = Module::new(&small()).unwrap();
    let (mut instance, thread) = paused(&module);
    let whole = snapshot::to_vec(&module, &mut instance, &[&thread]).unwrap();
    assert!(restore(&module, &whole).is_ok());
    for end in 0..whole.len() {
        let refused = restore(&module, &whole[..end]).unwrap_err();
        match end {
            0..8 => assert_eq!(refused, SnapshotError::NotASnapshot),
            8..16 => assert_eq!(refused, SnapshotError::Truncated { bytes: end }),
            _ => assert!(matches!(refused, SnapshotError::Checksum { .. })),
        }
    }
    let mut changed = whole.clone();
    for at in 0..whole.len() {
        for change in 1..=255 {
            changed[at] = whole[at] ^ change;
            assert!(restore(&module, &changed).is_err(), "byte {at} changed by {change:#x}");
        }
        changed[at] = whole[at];
    }
    let longer = [&whole[..], &[0]].concat();
    assert!(restore(&module, &longer).is_err());
}

#[test]
fn made_up_bytes_with_the_right_checksum_are_refused_or_harmless() {
    let wasm = small();
    let module = Module::new(&wasm).unwrap();
    let (mut instance, thread) = paused(&module);
    let body = without_checksum(&snapshot::to_vec(&module, &mut instance, &[&thread]).unwrap());
    let threads = without_checksum(&snapshot::to_vec(&module, &mut instance, &[]).unwrap()).len();
    let (mut accepted, mut refused) = (0, 0);
    let mut try_out = |body: Vec<u8>, at: usize| {
        let bytes = with_checksum(body);
        let Ok((mut instance, mut thread)) = restore(&module, &bytes) else {
            refused += 1;
            return;
        };
        accepted += 1;
        if at >= threads {
            let again = snapshot::to_vec(&module, &mut instance, &[&thread]).unwrap();
            assert!(again == bytes, "what was accepted at byte {at} is not what was restored");
        }
        run_on(&module, &mut instance, &mut thread);
    };
    for at in 0..body.len() {
        for change in 1..=255_u8 {
            let mut body = body.clone();
            body[at] ^= change;
            try_out(body, at);
        }
    }
    let numbers = (0..wasm.len() as u32).chain([1 << 16, 1 << 31, i32::MAX as u32, u32::MAX - 1, u32::MAX]);
    for number in numbers {
        for at in threads..body.len() - 3 {
            let mut body = body.clone();
            body[at..at + 4].copy_from_slice(&number.to_le_bytes());
            try_out(body, at);
        }
    }
    for end in 0..body.len() {
        try_out(body[..end].to_vec(), end);
    }
    println!("{accepted} accepted, {refused} refused");
    assert!(accepted > 1000 && refused > 10_000);
}

/// A frame to make up a thread of.
#[derive(Clone)]
struct Frame {
    function: u32,
    offset: u32,
    at: u8,
    words: Vec<u32>,
}

const START: u8 = 0;
const BLOCK: u8 = 1;
const OPERATOR: u8 = 2;
const CALL: u8 = 3;

/// A snapshot of the instance with one thread, whose call has these frames.
fn made_up(module: &Module, frames: &[Frame]) -> Vec<u8> {
    let none = without_checksum(&snapshot::to_vec(module, &mut fresh(module), &[]).unwrap());
    let mut body = none[..none.len() - 4].to_vec();
    body.extend(1_u32.to_le_bytes());
    body.push(2);
    body.extend([0; 8 + 8 + 4]);
    body.extend((frames.len() as u32).to_le_bytes());
    for Frame { function, offset, at, words } in frames {
        body.extend(function.to_le_bytes());
        body.extend(offset.to_le_bytes());
        body.push(*at);
        body.extend((words.len() as u32).to_le_bytes());
        words.iter().for_each(|word| body.extend(word.to_le_bytes()));
    }
    with_checksum(body)
}

#[test]
fn each_frame_must_have_called_the_next_in_its_slot() {
    let wasm = small();
    let module = Module::new(&wasm).unwrap();
    let offset_of = |operator: &[u8]| {
        let code = module.function_offset(sostenuto_vm::FuncIndex(3)).unwrap() as usize;
        (code + wasm[code..].windows(operator.len()).position(|bytes| bytes == operator).unwrap()) as u32
    };
    let (yields, fills) = (offset_of(&[0x10, 0]), offset_of(&[0xfc, 11]));
    let (calls_leaf, calls_wide, indirect) =
        (offset_of(&[0x10, 3]), offset_of(&[0x10, 4]), offset_of(&[0x11]));
    let frame = |function, offset, at, words: &[u32]| Frame { function, offset, at, words: words.to_vec() };
    let (leaf, wide, main) = (3, 4, 5);
    // The leaf has 1 local and at most 3 intermediate values; the call in `wide` is below two words of an i64.
    let in_leaf = frame(leaf, yields, CALL, &[9, 0, 0, 0]);
    let in_wide = frame(wide, indirect, CALL, &[4, 1, 1, 0, 0, 5, 0]);
    let in_main = frame(main, calls_wide, CALL, &[4, 2, 0]);
    let restored = |frames: &[Frame]| restore(&module, &made_up(&module, frames)).map(|_| ());
    let refused = |frames: &[Frame]| restored(frames).unwrap_err().to_string();

    assert_eq!(restored(&[in_leaf.clone(), in_wide.clone(), in_main.clone()]), Ok(()));
    assert_eq!(restored(&[frame(leaf, fills, OPERATOR, &[1]), in_wide.clone(), in_main.clone()]), Ok(()));
    assert_eq!(restored(&[in_leaf.clone(), frame(main, calls_leaf, CALL, &[4])]), Ok(()));
    assert_eq!(restored(std::slice::from_ref(&in_leaf)), Ok(()));
    // An indirect call may have been one of the host.
    assert_eq!(restored(&[in_wide.clone(), in_main.clone()]), Ok(()));

    // Called by what calls another, or by what the host answers.
    let place = |frame, function, offset| {
        format!(
            "frame {frame} of thread 0 cannot go on in function {function} (at byte {offset:#x} of the module)"
        )
    };
    assert_eq!(refused(&[in_leaf.clone(), in_main.clone()]), place(1, main, calls_wide));
    assert_eq!(refused(&[frame(main, calls_leaf, CALL, &[4])]), place(0, main, calls_leaf));
    assert_eq!(refused(&[in_leaf.clone(), in_leaf.clone()]), place(1, leaf, yields));
    let wide_in_wide = frame(wide, indirect, CALL, &[4, 1, 1, 0, 0, 5, 0]);
    assert_eq!(refused(&[in_wide.clone(), wide_in_wide]), place(1, wide, indirect));
    // Places where no run stops.
    for (function, offset, at) in [
        (leaf, fills, BLOCK),
        (leaf, fills, CALL),
        (leaf, fills, START),
        (leaf, fills + 1, OPERATOR),
        (leaf, yields, OPERATOR),
        (wide, fills, OPERATOR),
        (0, 0, START),
        (99, 0, START),
        (leaf, 0, BLOCK),
        (leaf, u32::MAX, CALL),
    ] {
        assert_eq!(refused(&[frame(function, offset, at, &[1])]), place(0, function, offset));
    }
    // Frames of another size.
    let size = |frame, words, least, most| {
        format!("frame {frame} of thread 0 has {words} words, there it can have {least} to {most}")
    };
    assert_eq!(refused(&[frame(leaf, yields, CALL, &[])]), size(0, 0, 1, 4));
    assert_eq!(refused(&[frame(leaf, yields, CALL, &[0; 5])]), size(0, 5, 1, 4));
    let short = frame(main, calls_wide, CALL, &[4, 2]);
    assert_eq!(refused(&[in_leaf.clone(), in_wide.clone(), short]), size(2, 2, 3, 3));
    let long = frame(wide, indirect, CALL, &[0; 8]);
    assert_eq!(refused(&[in_leaf.clone(), long, in_main.clone()]), size(1, 8, 7, 7));
    // A function that has not begun has called nothing; a call has a frame.
    let start = frame(leaf, module.function_offset(sostenuto_vm::FuncIndex(leaf)).unwrap(), START, &[7]);
    assert_eq!(restored(std::slice::from_ref(&start)), Ok(()));
    assert!(refused(&[start, in_wide, in_main]).contains("a call of a function that has not begun"));
    assert!(refused(&[]).contains("a call without a frame"));
    assert!(refused(&[frame(leaf, yields, 4, &[0])]).contains("a frame at no known place"));
}

#[test]
fn what_does_not_fit_is_refused_with_the_numbers_and_changes_nothing() {
    let wasm = small();
    let module = Module::new(&wasm).unwrap();
    let (mut instance, thread) = paused(&module);
    let bytes = snapshot::to_vec(&module, &mut instance, &[&thread]).unwrap();
    let StackBound::Words(bound) = module.stack_bound(module.export("main").unwrap()) else {
        panic!("no recursion")
    };
    let check = |instance: &mut Instance<Memory>, threads: &mut [&mut Thread], bytes: &[u8]| {
        let all = |instance: &mut _, threads: &[&mut Thread]| {
            let threads: Vec<&Thread> = threads.iter().map(|thread| &**thread).collect();
            snapshot::to_vec(&module, instance, &threads).unwrap()
        };
        instance.memory_mut().bytes_mut()[0] = 99;
        let before = all(instance, threads);
        let refused = snapshot::restore(&module, instance, threads, bytes).unwrap_err();
        assert!(all(instance, threads) == before, "{refused}");
        refused.to_string()
    };
    assert_eq!(
        check(&mut fresh(&module), &mut [&mut Thread::new(bound as usize - 1)], &bytes),
        format!("thread 0 needs {bound} words of stack, there are {}", bound - 1)
    );
    assert_eq!(
        check(&mut fresh(&module), &mut [], &bytes),
        "the number of threads in the snapshot is 1, here it is 0"
    );
    let mut two = [&mut Thread::new(100), &mut Thread::new(100)];
    assert_eq!(
        check(&mut fresh(&module), &mut two, &bytes),
        "the number of threads in the snapshot is 1, here it is 2"
    );
    let larger = FlatMemory::growing(vec![0; 301], 400);
    let mut larger = Instance::link(&module, larger, Links { table_room: 4, ..Links::default() }).unwrap();
    assert_eq!(
        check(&mut larger, &mut [&mut Thread::new(100)], &bytes),
        "the snapshot has 300 B of linear memory, there are 301 B"
    );
    let mut grown = Instance::link(&module, FlatMemory::new(vec![0; 350]), Links::default()).unwrap();
    let grown = snapshot::to_vec(&module, &mut grown, &[]).unwrap();
    let mut cannot_grow = Instance::link(&module, FlatMemory::new(vec![0; 300]), Links::default()).unwrap();
    assert_eq!(
        check(&mut cannot_grow, &mut [], &grown),
        "the snapshot has 350 B of linear memory, there are 300 B"
    );
    let mut tables = Instance::link(&module, memory(), Links { table_room: 4, ..Links::default() }).unwrap();
    let grown_table = TableType { element: ValueType::FuncRef, initial: 4, maximum: Some(4) };
    tables.tables_mut()[0] = Table::new(grown_table, 4);
    let tables = snapshot::to_vec(&module, &mut tables, &[]).unwrap();
    let mut no_room = Instance::link(&module, memory(), Links::default()).unwrap();
    assert_eq!(
        check(&mut no_room, &mut [], &tables),
        "table 0 has 4 entries in the snapshot, it can have 2 to 2 here"
    );
    // What would fit has not grown when something else does not.
    let mut paused_larger = FlatMemory::growing(vec![0; 350], 400);
    paused_larger.bytes_mut()[349] = 1;
    let mut paused_larger = Instance::link(&module, paused_larger, Links::default()).unwrap();
    let paused_larger = snapshot::to_vec(&module, &mut paused_larger, &[&thread]).unwrap();
    let mut grows = fresh(&module);
    let refused = check(&mut grows, &mut [&mut Thread::new(4)], &paused_larger);
    assert_eq!(refused, format!("thread 0 needs {bound} words of stack, there are 4"));
    assert_eq!(grows.memory().bytes().len(), 300);
    let other_references = Links { first_reference: 8, table_room: 4, ..Links::default() };
    let mut other = Instance::link(&module, memory(), other_references).unwrap();
    assert_eq!(
        check(&mut other, &mut [&mut Thread::new(100)], &bytes),
        "the references to functions began at 0 in the snapshot, they begin at 8 here"
    );
}

#[test]
fn a_frame_below_must_be_whole_too() {
    let module = Module::new(&small()).unwrap();
    let tall = module.export("tall").unwrap();
    let StackBound::Words(bound) = module.stack_bound(tall) else { panic!("no recursion") };
    let mut instance = fresh(&module);
    let mut thread = Thread::new(100);
    thread.start(&module, tall, &[]).unwrap();
    thread.set_budget(100);
    assert_eq!(thread.run(&module, &mut instance, &mut Notes::default()), Ok(Run::Suspended));
    let bytes = snapshot::to_vec(&module, &mut instance, &[&thread]).unwrap();
    let mut short = Thread::new(bound as usize - 1);
    let refused = snapshot::restore(&module, &mut instance, &mut [&mut short], &bytes).unwrap_err();
    let needs = u64::from(bound);
    assert_eq!(refused, SnapshotError::Stack { thread: 0, needs, has: bound as usize - 1 });
    let mut enough = Thread::new(bound as usize);
    snapshot::restore(&module, &mut instance, &mut [&mut enough], &bytes).unwrap();
    assert_eq!(
        enough.run(&module, &mut instance, &mut Notes::default()),
        Ok(Run::Finished(Some(Value::I32(2))))
    );
}

#[test]
fn a_foreign_or_unknown_snapshot_is_refused() {
    let module = Module::new(&small()).unwrap();
    let mut instance = fresh(&module);
    let bytes = snapshot::to_vec(&module, &mut instance, &[]).unwrap();
    let text = r#"(module (memory 300 300 (pagesize 1)))"#;
    let other = Module::new(&wat::parse_str(text).unwrap()).unwrap();
    assert_ne!(other.hash(), module.hash());
    let mut foreign = Instance::new(&other, memory()).unwrap();
    let refused = snapshot::restore(&other, &mut foreign, &mut [], &bytes).unwrap_err();
    assert_eq!(refused, SnapshotError::Module { found: module.hash(), expected: other.hash() });
    assert_eq!(
        refused.to_string(),
        format!("the snapshot is of the module {}, not of {}", module.hash(), other.hash())
    );
    let mut newer = without_checksum(&bytes);
    newer[8] += 1;
    let refused = snapshot::restore(&module, &mut instance, &mut [], &with_checksum(newer)).unwrap_err();
    let (found, known) = (snapshot::VERSION + 1, snapshot::VERSION);
    assert_eq!(refused, SnapshotError::Version { found, known });
    let refused = snapshot::restore(&module, &mut instance, &mut [], b"RIFF").unwrap_err();
    assert_eq!(refused.to_string(), "this is no snapshot");
}

#[test]
#[should_panic(expected = "a call belongs to one module")]
fn a_thread_of_another_module_is_not_written() {
    let module = Module::new(&small()).unwrap();
    let (_, thread) = paused(&module);
    let other = support::module("(module (memory 1))");
    let _ = snapshot::to_vec(&other, &mut support::instance(&other), &[&thread]);
}

#[test]
fn modules_of_equal_bytes_are_one() {
    let (first, second) = (Module::new(&small()).unwrap(), Module::new(&small()).unwrap());
    assert_eq!(first.hash(), second.hash());
    let (mut instance, mut thread) = paused(&first);
    assert_eq!(
        thread.run(&second, &mut instance, &mut Notes::default()),
        Ok(Run::Finished(Some(Value::I64(2 + 5 + 5))))
    );
}
