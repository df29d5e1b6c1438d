//! A C source compiled and run to its end on a small stand-in for the ConeZ, and what it printed.

#![allow(dead_code, reason = "not every test needs all of it")]

pub mod clang;

use sostenuto_board::patch::Patch;
use sostenuto_lang::{Language, Options, compile};
use sostenuto_vm::{FlatMemory, Flow, Halt, Host, Instance, LinearMemory, Module, Run, Thread, Value};

/// What a program printed, or why it stopped.
pub fn printed(source: &str) -> Result<String, String> {
    let patch = built(source)?;
    Ok(run(&patch.wasm)?.text)
}

/// The module of a source, or what the compiler said.
pub fn built(source: &str) -> Result<Patch, String> {
    let compiled = compile(Language::C, source, "test.c", &Options::default());
    compiled
        .map(|compiled| compiled.patch)
        .map_err(|said| said.iter().map(|said| said.render(source, "test.c", false)).collect())
}

/// What a run came to.
pub struct Ran {
    pub text: String,
    /// Operators that were carried out.
    pub instructions: u64,
    pub memory: Vec<u8>,
}

/// Runs `setup` of a module, and `loop` once where there is one, or else `main` or `_start`.
pub fn run(wasm: &[u8]) -> Result<Ran, String> {
    let module = Module::new(wasm).map_err(|error| error.to_string())?;
    let memory = FlatMemory::new(vec![0; module.memory_bytes() as usize]);
    let mut instance = Instance::new(&module, memory).map_err(|error| error.to_string())?;
    let names = module.imports().map(|import| import.name.to_owned()).collect();
    let mut host = Console { names, text: String::new(), now: 0 };
    let mut thread = Thread::new(1 << 16);
    for name in ["setup", "loop", "main", "_start"] {
        let Some(function) = module.export(name) else { continue };
        thread.start(&module, function, &[]).map_err(|error| error.to_string())?;
        thread.set_budget(200_000_000);
        loop {
            match thread.run(&module, &mut instance, &mut host) {
                Ok(Run::Finished(result)) => {
                    if let (Some(Value::I32(result)), "main") = (result, name) {
                        host.text.push_str(&format!("={result}\n"));
                    }
                    break;
                }
                Ok(Run::Suspended) => {}
                Ok(Run::OutOfBudget) => return Err(format!("out of budget after {:?}", host.text)),
                Err(trap) => return Err(format!("{:?} at {} after {:?}", trap.kind, trap.offset, host.text)),
            }
        }
    }
    let mut bytes = vec![0; 0x1_0000];
    instance.memory_mut().read(0, &mut bytes).map_err(|_| "no memory".to_owned())?;
    Ok(Ran { text: host.text, instructions: thread.spent(), memory: bytes })
}

struct Console {
    names: Vec<String>,
    text: String,
    now: u32,
}

impl<M: LinearMemory> Host<M> for Console {
    fn call(&mut self, import: u32, args: &[u32], memory: &mut M) -> Result<Flow, Halt> {
        let long = |at: usize| u64::from(args[at + 1]) << 32 | u64::from(args[at]);
        let line = match self.names[import as usize].as_str() {
            "print_i32" => (args[0] as i32).to_string(),
            "print_f32" => f32::from_bits(args[0]).to_string(),
            "print_i64" => (long(0) as i64).to_string(),
            "print_f64" => f64::from_bits(long(0)).to_string(),
            "print_str" => {
                let mut text = vec![0; args[1] as usize];
                memory.read(args[0].into(), &mut text).map_err(|_| Halt(1))?;
                self.text.push_str(&String::from_utf8_lossy(&text));
                return Ok(Flow::DONE);
            }
            "host_printf" => {
                let text = self.formatted(args[0], args[1], memory)?;
                self.text.push_str(&text);
                return Ok(Flow::Continue(text.len() as i32 as u64));
            }
            "millis" => {
                self.now += 1;
                return Ok(Flow::Continue(self.now as i32 as u64));
            }
            "get_param" => return Ok(Flow::Continue(u64::from(args[0] * 10))),
            "should_stop" => return Ok(Flow::Continue(1)),
            "fmodf" => {
                let value = f32::from_bits(args[0]) % f32::from_bits(args[1]);
                return Ok(Flow::Continue(value.to_bits() as i32 as u64));
            }
            "fault" => return Err(Halt(args[0])),
            name => panic!("the host of this test has no {name}"),
        };
        self.text.push_str(&line);
        self.text.push('\n');
        Ok(Flow::DONE)
    }
}

impl Console {
    /// `%d`, `%u`, `%x`, `%c`, `%s`, `%lld` and `%f`, `%g` without width, from cells of 4 bytes.
    fn formatted<M: LinearMemory>(
        &self,
        format: u32,
        mut cells: u32,
        memory: &mut M,
    ) -> Result<String, Halt> {
        let text = text_at(format, memory)?;
        let mut out = String::new();
        let mut rest = text.chars();
        let mut word = |memory: &mut M| {
            let mut bytes = [0; 4];
            memory.read(cells.into(), &mut bytes).map_err(|_| Halt(2))?;
            cells += 4;
            Ok::<u32, Halt>(u32::from_le_bytes(bytes))
        };
        while let Some(character) = rest.next() {
            if character != '%' {
                out.push(character);
                continue;
            }
            let mut letter = rest.next();
            let mut longs = 0;
            while letter == Some('l') {
                longs += 1;
                letter = rest.next();
            }
            match letter {
                Some('d') if longs == 2 => {
                    let low = word(memory)?;
                    out += &((u64::from(word(memory)?) << 32 | u64::from(low)) as i64).to_string();
                }
                Some('d') => out += &(word(memory)? as i32).to_string(),
                Some('u') => out += &word(memory)?.to_string(),
                Some('x') => out += &format!("{:x}", word(memory)?),
                Some('c') => out.push(char::from(word(memory)? as u8)),
                Some('s') => {
                    let at = word(memory)?;
                    out += &text_at(at, memory)?;
                }
                Some(letter @ ('f' | 'g')) => {
                    let low = word(memory)?;
                    let value = f64::from_bits(u64::from(word(memory)?) << 32 | u64::from(low));
                    out += &if letter == 'f' { format!("{value:.6}") } else { value.to_string() };
                }
                other => out.extend(other),
            }
        }
        Ok(out)
    }
}

fn text_at<M: LinearMemory>(mut at: u32, memory: &mut M) -> Result<String, Halt> {
    let mut bytes = Vec::new();
    loop {
        let mut byte = [0];
        memory.read(at.into(), &mut byte).map_err(|_| Halt(3))?;
        if byte[0] == 0 {
            return Ok(String::from_utf8_lossy(&bytes).into_owned());
        }
        bytes.push(byte[0]);
        at += 1;
    }
}
