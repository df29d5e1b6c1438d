//! What a patch says of its memory: every byte has a storage, and the stack is large enough for what may wait.

use sostenuto_board::Patch;
use sostenuto_lang::{Language, Options, compile};

fn patch(source: &str, debug: bool) -> Patch {
    let options = Options { debug, ..Options::default() };
    compile(Language::Impala, source, "memory.impala", &options).expect("a patch").patch
}

/// The bytes of all storages, and the end of the last one in linear memory.
fn sum_and_end(patch: &Patch) -> (u32, u32) {
    let storages = &patch.facts.storages;
    let end = storages.iter().filter_map(|storage| Some(storage.address? + storage.bytes)).max();
    (storages.iter().map(|storage| storage.bytes).sum(), end.expect("a storage in linear memory"))
}

#[test]
fn every_byte_of_linear_memory_has_a_storage() {
    let source = "
        global array line[100]
        readonly array table[5] = { 1, 2 }
        global array other[3]
        global int at
        function process() locals array frame[10] { frame[0] = at; trace(\"text\"); }
    ";
    let (sum, end) = sum_and_end(&patch(source, false));
    assert_eq!(sum, end);
    // Two arrays can be written, and each has a guard word before and after it; the last words are the table's.
    let (guarded, guarded_end) = sum_and_end(&patch(source, true));
    assert_eq!((guarded, guarded_end), (sum + 4 * 4, end + 4 * 4));
}

#[test]
fn what_waits_in_yield_keeps_its_frames_under_the_deepest_of_the_others() {
    let source = |yields: &str| {
        format!(
            "
            global array positions[2]
            function init() locals array a[1000] {{ a[0] = 1; }}
            function update() locals array a[10] {{ a[0] = 1; }}
            function operate1() returns int done locals array a[300] {{ a[0] = 1; {yields} done = 1; }}
            function operate2() returns int done locals array a[500] {{ a[0] = 1; {yields} done = 1; }}
            "
        )
    };
    // None waits: init alone is the deepest. One operator waits: the other runs above it, and never init.
    assert_eq!(patch(&source(""), false).facts.stack.worst, Some(4000));
    assert_eq!(patch(&source("yield();"), false).facts.stack.worst, Some(4000));
    let deeper = source("yield();").replace("a[500]", "a[900]");
    let stack = patch(&deeper, false).facts.stack;
    assert_eq!(stack.worst, Some((900 + 300) * 4));
}

#[test]
fn what_holds_pointers_is_told() {
    let source = "
        global pointer head
        global funcptr next
        global array line[100]
        global array tables[2] = { &line, &first }
        readonly array fixed[1] = { &line }
        readonly pointer start = &line
        global int at
        function first() { }
        function process() { head = &line[at]; next = &first; }
    ";
    assert_eq!(patch(source, false).facts.pointers, ["head", "next", "tables"]);
}
