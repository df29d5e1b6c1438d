//! A compiled patch whose functions are called one by one, with stand-ins for the natives.

use sostenuto_board::patch::{Cause, Facts, Patch};
use sostenuto_vm::{
    FlatMemory, Flow, Halt, Host, Instance, LinearMemory, Module, Run, Thread, TrapKind, Value, ValueType,
};

/// One instance of a patch.
pub struct Running {
    pub patch: Patch,
    pub module: Module,
    pub instance: Instance<FlatMemory<Vec<u8>>>,
}

impl Running {
    pub fn new(patch: Patch) -> Result<Running, String> {
        let module = Module::new(&patch.wasm).map_err(|error| error.to_string())?;
        let memory = FlatMemory::new(vec![0; module.memory_bytes() as usize]);
        let instance = Instance::new(&module, memory).map_err(|error| error.to_string())?;
        Ok(Running { patch, module, instance })
    }

    /// The result of a function and how often it yielded, or the message of its fault.
    pub fn call(&mut self, function: &str, arguments: &[Value]) -> Result<(Option<Value>, u32), String> {
        let module = &self.module;
        let index = module.export(function).ok_or_else(|| format!("no function {function}"))?;
        let mut thread = Thread::new(4096);
        let arguments: Vec<Value> = match module.function_type(index) {
            Some(ty) => {
                std::iter::zip(ty.params(), arguments).map(|(&ty, &value)| typed(ty, value)).collect()
            }
            None => arguments.to_vec(),
        };
        thread.start(module, index, &arguments).map_err(|error| error.to_string())?;
        thread.set_budget(10_000_000);
        let names = module.imports().map(|import| import.name.to_owned()).collect();
        let mut host = Natives { facts: &self.patch.facts, names, fault: String::new() };
        let mut yields = 0;
        loop {
            match thread.run(module, &mut self.instance, &mut host) {
                Ok(Run::Finished(result)) => return Ok((result, yields)),
                Ok(Run::Suspended) => yields += 1,
                Ok(Run::OutOfBudget) => return Err("out of budget".to_owned()),
                Err(trap) => {
                    let line =
                        self.patch.line(trap.offset).map_or(String::new(), |line| format!(", line {line}"));
                    return Err(match trap.kind {
                        TrapKind::Host(_) => host.fault,
                        TrapKind::NullFunction => format!("null function pointer{line}"),
                        TrapKind::IndirectCallType => format!("indirect call of another type{line}"),
                        kind => format!("{kind:?}{line}"),
                    });
                }
            }
        }
    }
}

fn typed(ty: ValueType, value: Value) -> Value {
    match (ty, value) {
        (ValueType::F32, Value::I32(value)) => Value::F32(value as f32),
        (_, value) => value,
    }
}

struct Natives<'a> {
    facts: &'a Facts,
    names: Vec<String>,
    fault: String,
}

impl<M: LinearMemory> Host<M> for Natives<'_> {
    fn call(&mut self, import: u32, args: &[u32], _memory: &mut M) -> Result<Flow, Halt> {
        match self.names[import as usize].as_str() {
            "fault" => {
                let (site, value) = (&self.facts.faults[args[0] as usize], args[1] as i32);
                let line = site.line;
                self.fault = match &site.cause {
                    Cause::Index { array, size } => {
                        format!("index {value} is outside `{array}` ({size} words), line {line}")
                    }
                    Cause::Read | Cause::Write if value == 0 => format!("null pointer, line {line}"),
                    Cause::Read => format!("read outside of the memory at word {value}, line {line}"),
                    Cause::Write => {
                        format!("write outside of or into readonly memory at word {value}, line {line}")
                    }
                    Cause::Division => format!("division by zero: {value} / 0, line {line}"),
                    Cause::Assert(text) => format!("assert {text}, line {line}"),
                    Cause::Stack => format!("stack overflow by {value} bytes, line {line}"),
                    cause => format!("{cause:?}, line {line}"),
                };
                Err(Halt(0))
            }
            "yield" => Ok(Flow::YIELD),
            "abort" => {
                self.fault = "abort".to_owned();
                Err(Halt(0))
            }
            _ => Ok(Flow::DONE),
        }
    }
}
