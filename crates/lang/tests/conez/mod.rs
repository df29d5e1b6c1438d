//! A small ConeZ: what BASIC programs of the tests call, with a log instead of lights, and an account of the memory.

mod text;

use std::collections::BTreeMap;

use sostenuto_board::patch::{Cause, Patch};
use sostenuto_lang::{Language, Options, compile};
use sostenuto_vm::{
    FlatMemory, Flow, Halt, Host, Instance, LinearMemory, Module, Run, Thread, TrapKind, Value,
};

type Memory = FlatMemory<Vec<u8>>;

/// A program and what it has done so far.
pub struct Running {
    pub patch: Patch,
    module: Module,
    instance: Instance<Memory>,
    pub host: Conez,
}

/// What the program has done, and what it is given.
#[derive(Default)]
pub struct Conez {
    names: Vec<String>,
    /// What was printed.
    pub printed: String,
    /// Calls that change lights, waits and the like.
    pub log: Vec<String>,
    /// Blocks of the low heap and of the pool, with their sizes.
    pub blocks: BTreeMap<u32, u32>,
    heap: u32,
    pub files: BTreeMap<String, Vec<u8>>,
    open: [Option<(String, usize)>; 4],
    pub parameters: [i32; 16],
    pub table: Vec<i32>,
    pub milliseconds: i32,
    /// A block of the two channels.
    pub audio: [Vec<f32>; 2],
    fault: String,
    causes: Vec<(u32, Cause)>,
}

impl Running {
    /// Compiles a program, or gives the messages of the errors.
    pub fn new(source: &str) -> Result<Running, String> {
        let compiled = compile(Language::Basic, source, "test.bas", &Options::default()).map_err(|said| {
            let said = said.iter().map(|one| format!("line {}: {}", one.line(source), one.message));
            said.collect::<Vec<_>>().join("\n")
        })?;
        let patch = compiled.patch;
        wasmparser::validate(&patch.wasm).map_err(|error| error.to_string())?;
        let module = Module::new(&patch.wasm).map_err(|error| error.to_string())?;
        let memory = FlatMemory::new(vec![0; module.memory_bytes() as usize]);
        let instance = Instance::new(&module, memory).map_err(|error| error.to_string())?;
        let host = Conez {
            names: module.imports().map(|import| import.name.to_owned()).collect(),
            heap: patch.storage("low heap").and_then(|heap| heap.address).unwrap_or(0),
            causes: patch.facts.faults.iter().map(|fault| (fault.line, fault.cause.clone())).collect(),
            ..Conez::default()
        };
        Ok(Running { patch, module, instance, host })
    }

    /// Calls an export; the message of a fault with its line, if there is one.
    pub fn call(&mut self, name: &str, arguments: &[Value]) -> Result<(), String> {
        let index = self.module.export(name).ok_or_else(|| format!("no {name}"))?;
        let mut thread = Thread::new(1 << 16);
        thread.start(&self.module, index, arguments).map_err(|error| error.to_string())?;
        thread.set_budget(50_000_000);
        match thread.run(&self.module, &mut self.instance, &mut self.host) {
            Ok(Run::Finished(_)) => Ok(()),
            Ok(_) => Err("it never ends".to_owned()),
            Err(trap) => Err(match trap.kind {
                TrapKind::Host(_) => std::mem::take(&mut self.host.fault),
                kind => format!("{kind:?}, line {}", self.patch.line(trap.offset).unwrap_or(0)),
            }),
        }
    }
}

/// What a program prints.
pub fn printed(source: &str) -> String {
    let mut running = Running::new(source).unwrap_or_else(|said| panic!("{said}\n{source}"));
    if let Err(fault) = running.call("setup", &[]) {
        panic!("{fault}\n{source}\nprinted:\n{}", running.host.printed);
    }
    running.host.printed
}

/// The fault that ends a program.
pub fn fault(source: &str) -> String {
    let mut running = Running::new(source).unwrap_or_else(|said| panic!("{said}\n{source}"));
    running.call("setup", &[]).expect_err("a fault")
}

impl Conez {
    fn take(&mut self, from: u32, to: u32, bytes: u32) -> u32 {
        let bytes = bytes.max(1).next_multiple_of(4);
        let mut at = from.next_multiple_of(4);
        for (&block, &size) in self.blocks.range(from..to) {
            if at + bytes <= block {
                break;
            }
            at = block + size;
        }
        if at + bytes > to {
            return 0;
        }
        self.blocks.insert(at, bytes);
        at
    }

    fn allocate(&mut self, memory: &mut Memory, bytes: i32) -> u32 {
        let low = self.take(self.heap, 0x8000, bytes as u32);
        let at = if low != 0 { low } else { self.take(0x8000, 0xF000, bytes as u32) };
        if at != 0 {
            memory.fill(at.into(), 0, bytes as u32).unwrap();
        }
        at
    }

    fn free(&mut self, at: u32) {
        assert!(at == 0 || self.blocks.remove(&at).is_some(), "{at:#x} is freed, but is no block");
    }

    fn new_text(&mut self, memory: &mut Memory, text: &[u8]) -> u32 {
        let at = self.take(0x8000, 0xF000, text.len() as u32 + 1);
        if at != 0 {
            memory.write(at.into(), text).unwrap();
            memory.write((at + text.len() as u32).into(), &[0]).unwrap();
        }
        at
    }

    fn do_call(&mut self, name: &str, args: &[u32], memory: &mut Memory) -> Result<u64, Halt> {
        let int = |at: usize| args[at] as i32;
        let float = |at: usize| f32::from_bits(args[at]);
        if let Some(function) = name.strip_prefix("basic_str_") {
            return Ok(text::call(self, function, args, memory));
        }
        if let Some(function) = name.strip_prefix("file_") {
            return Ok(self.file(function, args, memory) as u32 as u64);
        }
        if name.starts_with("led_") && name != "led_count" && name != "led_gamma8" || name == "delay_ms" {
            let args: Vec<String> = args.iter().map(|&arg| (arg as i32).to_string()).collect();
            self.log.push(format!("{name} {}", args.join(" ")).trim().to_owned());
        }
        let of_float = |value: f32| u64::from(value.to_bits());
        Ok(match name {
            "fault" => {
                let (line, cause) = &self.causes[args[0] as usize];
                let word = |at: u32| memory.load::<4>(at.into()).ok().map(i32::from_le_bytes);
                let told = cause.of_conez(args[1] as i32, word).unwrap_or_else(|| format!("{cause:?}"));
                self.fault = format!("{told}, line {line}");
                return Err(Halt(0));
            }
            "print_i32" => self.print(format!("{}\n", int(0))),
            "print_i64" => {
                self.print(format!("{}\n", (u64::from(args[1]) << 32 | u64::from(args[0])) as i64))
            }
            "print_f32" => self.print(format!("{}\n", float(0))),
            "print_str" => {
                let mut bytes = vec![0; args[1] as usize];
                memory.read(args[0].into(), &mut bytes).unwrap();
                self.print(String::from_utf8_lossy(&bytes).into_owned())
            }
            "host_printf" => {
                let text = text::format(args[0], args[1], memory);
                self.print(text)
            }
            "calloc" => self.allocate(memory, int(0) * int(1)).into(),
            "free" => {
                self.free(args[0]);
                0
            }
            "delay_ms" => {
                self.milliseconds += int(0);
                0
            }
            "millis" => self.milliseconds as u64,
            "millis64" => self.milliseconds as u64,
            "get_param" => self.parameters[args[0] as usize] as u32 as u64,
            "random_int" => ((int(0) + int(1)) / 2) as u32 as u64,
            "wait_param" => 1,
            "wait_pps" => 0,
            "led_count" => 4,
            "led_gamma8" => u64::from(args[0] * args[0] / 255),
            "hsv_to_rgb" | "rgb_to_hsv" => u64::from(args[2] << 16 | args[1] << 8 | args[0]),
            "lut_size" => self.table.len() as u64,
            "lut_get" => self.table.get(args[0] as usize).map_or(0, |&value| value as u32 as u64),
            "lut_set" => {
                if let Some(value) = self.table.get_mut(args[0] as usize) {
                    *value = args[1] as i32;
                }
                0
            }
            "get_temp" => of_float(22.5),
            "get_alt" => of_float(123.75),
            "sinf" => of_float(float(0).sin()),
            "cosf" => of_float(float(0).cos()),
            "expf" => of_float(float(0).exp()),
            "logf" => of_float(float(0).ln()),
            "powf" => of_float(float(0).powf(float(1))),
            "fmodf" => of_float(float(0) % float(1)),
            "atan2f" => of_float(float(0).atan2(float(1))),
            "sample_rate" => 48_000,
            "audio_block" => self.audio[0].len() as u64,
            "audio_get" => of_float(self.audio[args[0] as usize][args[1] as usize]),
            "audio_set" => {
                self.audio[args[0] as usize][args[1] as usize] = float(2);
                0
            }
            _ if name.starts_with("led_") => 0,
            _ => panic!("no {name} here"),
        })
    }

    fn print(&mut self, text: String) -> u64 {
        self.printed += &text;
        0
    }

    fn file(&mut self, function: &str, args: &[u32], memory: &mut Memory) -> i32 {
        let handle = args[0] as usize;
        match function {
            "open" => {
                let path = text::read_string(args[0], memory);
                match args[1] {
                    0 if !self.files.contains_key(&path) => return -1,
                    1 => drop(self.files.insert(path.clone(), Vec::new())),
                    _ => drop(self.files.entry(path.clone()).or_default()),
                }
                let Some(free) = self.open.iter().position(Option::is_none) else { return -1 };
                self.open[free] = Some((path, 0));
                free as i32
            }
            "close" => {
                assert!(self.open[handle].take().is_some(), "closed twice");
                0
            }
            "eof" => {
                let Some((path, at)) = self.open.get(handle).and_then(Option::as_ref) else { return 1 };
                i32::from(*at >= self.files[path].len())
            }
            "writeln" => {
                let Some((path, _)) = self.open.get(handle).and_then(Option::as_ref) else { return -1 };
                let line = text::read_string(args[1], memory) + "\n";
                self.files.get_mut(path).unwrap().extend(line.bytes());
                line.len() as i32
            }
            "readln_str" => {
                let Some((path, at)) = self.open.get_mut(handle).and_then(Option::as_mut) else { return 0 };
                let rest = &self.files[path][*at..];
                let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
                let line = rest[..end].to_vec();
                *at = (*at + end + 1).min(self.files[path].len());
                self.new_text(memory, &line) as i32
            }
            "delete" => {
                let path = text::read_string(args[0], memory);
                if self.files.remove(&path).is_some() { 0 } else { -1 }
            }
            "rename" => {
                let (from, to) = (text::read_string(args[0], memory), text::read_string(args[1], memory));
                let Some(file) = self.files.remove(&from) else { return -1 };
                self.files.insert(to, file);
                0
            }
            "mkdir" | "rmdir" => {
                let path = text::read_string(args[0], memory);
                self.log.push(format!("{function} {path}"));
                0
            }
            _ => panic!("no file_{function} here"),
        }
    }
}

impl Host<Memory> for Conez {
    fn call(&mut self, import: u32, args: &[u32], memory: &mut Memory) -> Result<Flow, Halt> {
        let name = self.names[import as usize].clone();
        self.do_call(&name, args, memory).map(Flow::Continue)
    }
}
