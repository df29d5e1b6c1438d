//! Where C programs keep their data, what they export, and what the facts say of it.

mod c;

use c::built;
use sostenuto_board::patch::{Host, Patch};
use sostenuto_board::profile::Measured;
use sostenuto_board::{Kind, Profile, Traffic};
use sostenuto_lang::{Language, Options, compile};
use sostenuto_vm::Module;

const SOURCE: &str = "
    #include <conez_api.h>
    unsigned char sieve[1024];
    unsigned char membuf[1024];
    int total;
    const short table[3] = {1, 2, 3};
    int counts[5] = {7};
    void setup(void) {
        int local[4];
        for (int i = 0; i < 4; i++) local[i] = membuf[i] + table[i % 3];
        total = local[1] + sieve[2] + counts[0];
        printf(\"total %d\\n\", total);
    }
";

fn places(patch: &Patch) -> Vec<(&str, u32, u32)> {
    let facts = &patch.facts.storages;
    facts.iter().map(|storage| (storage.name.as_str(), storage.address.unwrap(), storage.bytes)).collect()
}

fn with(source: &str, options: &Options) -> Patch {
    compile(Language::C, source, "test.c", options).unwrap().patch
}

#[test]
fn data_lies_in_the_order_of_declarations() {
    let patch = built(SOURCE).unwrap();
    assert_eq!(
        places(&patch),
        [
            ("sieve", 0, 1024),
            ("membuf", 1024, 1024),
            ("counts", 2048, 20),
            ("setup.local", 2068, 16),
            ("table", 2084, 6),
            ("\"total %d\\n\"", 2090, 10),
            ("low heap", 2100, 0x8000 - 2100),
            ("string pool", 0x8000, 0x7000),
            ("format cells", 0xF000, 0x100),
        ]
    );
    assert_eq!(patch.facts.host, Host::Conez);
    assert_eq!(patch.storage("table").unwrap().kind, Kind::Table);
    assert_eq!(patch.storage("sieve").unwrap().line, Some(3));
}

#[test]
fn the_module_is_what_the_host_expects() {
    let patch = built(SOURCE).unwrap();
    let ran = c::run(&patch.wasm).unwrap();
    // membuf[1] is 0, table[1] is 2, counts[0] is 7.
    assert_eq!(ran.text, "total 9\n");
    assert_eq!(ran.memory[2048], 7);
    let module = Module::new(&patch.wasm).unwrap();
    assert_eq!(module.memory_bytes(), 0x1_0000);
    assert_eq!(module.imports().map(|import| import.name.to_owned()).collect::<Vec<_>>(), ["host_printf"]);
    let text = wasm_globals(&patch.wasm);
    assert_eq!(text, ["_heap_ptr: i32 = 2100", "__line: mut i32 = 0", "total: mut i32 = 0"]);
}

/// The globals of a module: name, type and first value.
fn wasm_globals(wasm: &[u8]) -> Vec<String> {
    use wasmparser::{KnownCustom, Name, Operator, Parser, Payload};
    let (mut globals, mut names) = (Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.unwrap() {
            Payload::GlobalSection(section) => {
                for global in section {
                    let global = global.unwrap();
                    let value = match global.init_expr.get_operators_reader().read().unwrap() {
                        Operator::I32Const { value } => value.to_string(),
                        other => format!("{other:?}"),
                    };
                    let mutable = if global.ty.mutable { "mut " } else { "" };
                    globals.push(format!("{mutable}{} = {value}", global.ty.content_type));
                }
            }
            Payload::CustomSection(section) => {
                let KnownCustom::Name(subsections) = section.as_known() else { continue };
                for subsection in subsections {
                    if let Name::Global(map) = subsection.unwrap() {
                        names.extend(map.into_iter().map(|name| name.unwrap().name.to_owned()));
                    }
                }
            }
            _ => {}
        }
    }
    names.into_iter().zip(globals).map(|(name, global)| format!("{name}: {global}")).collect()
}

#[test]
fn a_profile_puts_what_is_accessed_most_first() {
    let measured = |name: &str, reads| Measured {
        name: name.to_owned(),
        traffic: Traffic { reads, ..Traffic::default() },
    };
    let storages = vec![measured("membuf", 900.0), measured("counts", 100.0), measured("sieve", 1.0)];
    let profile = Profile::new("test.c", 1000, storages);
    let patch = with(SOURCE, &Options { profile: Some(profile), ..Options::default() });
    let known = ["sieve", "membuf", "counts"];
    let order: Vec<&str> =
        places(&patch).iter().map(|place| place.0).filter(|name| known.contains(name)).collect();
    assert_eq!(order, ["counts", "membuf", "sieve"]);
}

#[test]
fn what_does_not_fit_below_the_pool_comes_after_the_first_page() {
    let source = "char small[100]; float big[10000]; int tail[4]; void setup(void) { big[9999] = 1; tail[0] = small[0]; }";
    let patch = built(source).unwrap();
    assert_eq!(patch.storage("small").unwrap().address, Some(0));
    assert_eq!(patch.storage("big").unwrap().address, Some(0x1_0000));
    assert_eq!(patch.storage("tail").unwrap().address, Some(100));
    assert_eq!(Module::new(&patch.wasm).unwrap().memory_bytes(), 0x2_0000);
    c::run(&patch.wasm).unwrap();
}

#[test]
fn only_recursion_needs_a_stack() {
    let plain =
        built("int f(int x) { int a[9]; a[0] = x; return a[0]; } void setup(void) { f(1); }").unwrap();
    assert_eq!(plain.facts.stack.bytes, 0);
    assert_eq!(plain.storage("f.a").unwrap().bytes, 36);
    let source = "int f(int x) { int a[9]; a[0] = x; return x ? f(x - 1) + a[0] : 0; } void print_i32(int x);
        void setup(void) { print_i32(f(50)); print_i32(f(500)); }";
    let patch = built(source).unwrap();
    let stack = patch.storage("stack").unwrap();
    assert_eq!((stack.address, stack.bytes), (Some(0xF200), 0xE00));
    assert_eq!(
        (patch.facts.stack.worst, patch.facts.stack.path.as_slice()),
        (None, ["f".to_owned()].as_slice())
    );
    // 50 * 51 / 2; the other one needs 500 frames of 40 bytes.
    let error = c::run(&patch.wasm).err().unwrap();
    assert!(error.contains("Host") && error.contains("1275"), "{error}");
}

#[test]
fn the_line_is_told_where_the_host_is_called() {
    let source = "void print_i32(int x);\nint a;\nvoid setup(void) {\n    a = 1;\n    print_i32(a);\n}\n";
    let sets = |debug| {
        let patch = with(source, &Options { debug, ..Options::default() });
        let mut sets = Vec::new();
        for payload in wasmparser::Parser::new(0).parse_all(&patch.wasm) {
            let Ok(wasmparser::Payload::CodeSectionEntry(body)) = payload else { continue };
            let mut last = 0;
            for operator in body.get_operators_reader().unwrap() {
                match operator.unwrap() {
                    wasmparser::Operator::I32Const { value } => last = value,
                    wasmparser::Operator::GlobalSet { global_index: 1 } => sets.push(last),
                    _ => {}
                }
            }
        }
        sets
    };
    assert_eq!(sets(false), [5]);
    assert_eq!(sets(true), [4, 5]);
    let patch = built(source).unwrap();
    let lines: Vec<u32> = patch.facts.lines.iter().map(|line| line.line).collect();
    assert_eq!(lines, [4, 5, 6]);
}
