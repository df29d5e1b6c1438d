//! Links instances: each imports what others export, and their calls go from one to the other.
//!
//! A shared memory is one that all instances hold. Shared tables and globals are here, and move into the instance that
//! runs; a call to another instance puts them back first.

use crate::memories::{Kind, Shared};
use sostenuto_vm::{
    Callee, Extern, ExternType, Flow, FuncIndex, FunctionType, GlobalIndex, Halt, Host, Instance,
    InstantiationError, LinearMemory, Links, MemoryType, Module, OutsideCall, Reference, Run, StartError,
    Table, TableIndex, TableType, Thread, TrapKind, Value,
};
use std::collections::HashMap;
use std::mem;
use std::rc::Rc;

/// A function of an instance.
#[derive(Clone, Copy)]
pub struct Function {
    pub instance: usize,
    pub index: FuncIndex,
}

/// A linked module: where each thing of its index spaces is.
struct Linked<K> {
    module: Module,
    /// The imported ones only.
    functions: Vec<Function>,
    tables: Vec<usize>,
    globals: Vec<usize>,
    memory: Option<(Shared<K>, MemoryType)>,
    first_reference: u32,
}

/// Why a module did not become an instance.
#[derive(Debug)]
pub enum Failure {
    Unlinkable(String),
    Trap(TrapKind),
}

pub struct Linker<K> {
    linked: Vec<Rc<Linked<K>>>,
    /// None while it runs.
    instances: Vec<Option<Instance<Shared<K>>>>,
    tables: Vec<Table>,
    globals: Vec<Value>,
    registered: HashMap<String, usize>,
    references: u32,
    depth: usize,
}

/// How deep calls between instances may be.
const DEPTH: usize = 200;
const STACK_WORDS: usize = 60_000;
const TABLE_ROOM: u32 = 10_000;

impl<K: Kind> Linker<K> {
    pub fn new() -> Self {
        Self {
            linked: vec![],
            instances: vec![],
            tables: vec![],
            globals: vec![],
            registered: HashMap::new(),
            references: 0,
            depth: 0,
        }
    }

    pub fn register(&mut self, name: &str, instance: usize) {
        self.registered.insert(name.into(), instance);
    }

    /// Makes an instance; it stays even when its segments do not fit or its start traps, for what it has left in tables.
    pub fn instantiate(&mut self, module: Module) -> Result<usize, Failure> {
        let (mut functions, mut tables, mut globals, mut memory) = (vec![], vec![], vec![], None);
        for (from, name, wanted) in module.all_imports() {
            let unlinkable = || Failure::Unlinkable(format!("{from}.{name}"));
            let &instance = self.registered.get(from).ok_or_else(unlinkable)?;
            let source = Rc::clone(&self.linked[instance]);
            let mut exports = source.module.all_exports();
            let (_, what) = exports.find(|(exported, _)| *exported == name).ok_or_else(unlinkable)?;
            let fits = match (what, wanted) {
                (Extern::Function(index), ExternType::Function(wanted)) => {
                    functions.push(self.resolve(Function { instance, index }));
                    source.module.function_type(index) == Some(wanted)
                }
                (Extern::Table(TableIndex(index)), ExternType::Table(wanted)) => {
                    let table = source.tables[index as usize];
                    tables.push(table);
                    table_fits(self.tables[table].table_type(), wanted)
                }
                (Extern::Memory, ExternType::Memory(wanted)) => {
                    memory = source.memory.clone();
                    memory.as_ref().is_some_and(|(memory, given)| memory_fits(memory, *given, wanted))
                }
                (Extern::Global(index), ExternType::Global(wanted)) => {
                    let global = source.globals[index.0 as usize];
                    assert!(!wanted.mutable || !globals.contains(&global), "one variable under two names");
                    globals.push(global);
                    source.module.extern_type(what) == Some(ExternType::Global(wanted))
                }
                _ => false,
            };
            if !fits {
                return Err(unlinkable());
            }
        }
        let memory = memory.or_else(|| module.memory_type().map(|memory| (Shared::new(memory), memory)));
        self.make(Linked { module, functions, tables, globals, memory, first_reference: self.references })
    }

    fn make(&mut self, mut linked: Linked<K>) -> Result<usize, Failure> {
        let values: Vec<Value> = linked.globals.iter().map(|&global| self.globals[global]).collect();
        let links = Links {
            globals: &values,
            tables: linked.tables.iter().map(|&table| self.tables[table].clone()).collect(),
            table_room: TABLE_ROOM,
            first_reference: linked.first_reference,
        };
        let mut instance = Instance::link(&linked.module, memory_of(&linked), links)
            .map_err(|error| Failure::Unlinkable(error.to_string()))?;
        self.references += linked.module.function_count();
        for table in &mut instance.tables_mut()[linked.tables.len()..] {
            linked.tables.push(self.tables.len());
            self.tables.push(mem::take(table));
        }
        let next = |globals: &Vec<usize>| GlobalIndex(globals.len() as u32);
        while let Some(value) = instance.global(&linked.module, next(&linked.globals)) {
            linked.globals.push(self.globals.len());
            self.globals.push(value);
        }
        let id = self.linked.len();
        let start = linked.module.start();
        self.linked.push(Rc::new(linked));
        self.instances.push(Some(instance));

        let mut instance = self.enter(id);
        let initialized = instance.initialize(&self.linked[id].module);
        self.leave(id, instance);
        initialized.map_err(|error| match error {
            InstantiationError::DataOutOfBounds { .. } => Failure::Trap(TrapKind::MemoryOutOfBounds),
            InstantiationError::ElementsOutOfBounds { .. } => Failure::Trap(TrapKind::TableOutOfBounds),
            other => Failure::Unlinkable(other.to_string()),
        })?;
        if let Some(index) = start {
            self.call(Function { instance: id, index }, &[]).map_err(Failure::Trap)?;
        }
        Ok(id)
    }

    /// Takes an instance out to run, with all that it shares.
    fn enter(&mut self, id: usize) -> Instance<Shared<K>> {
        let linked = &self.linked[id];
        let mut instance = self.instances[id].take().expect("it does not run");
        for (slot, &table) in instance.tables_mut().iter_mut().zip(&linked.tables) {
            *slot = mem::take(&mut self.tables[table]);
        }
        for (index, &global) in (0..).zip(&linked.globals) {
            instance.set_global(&linked.module, GlobalIndex(index), self.globals[global]);
        }
        instance
    }

    fn leave(&mut self, id: usize, mut instance: Instance<Shared<K>>) {
        let linked = &self.linked[id];
        for (index, (slot, &table)) in instance.tables_mut().iter_mut().zip(&linked.tables).enumerate() {
            // A table that is imported twice is there once, the other is empty.
            if !linked.tables[..index].contains(&table) {
                self.tables[table] = mem::take(slot);
            }
        }
        for (index, &global) in (0..).zip(&linked.globals) {
            self.globals[global] = instance.global(&linked.module, GlobalIndex(index)).unwrap();
        }
        self.instances[id] = Some(instance);
    }

    pub fn exported(&self, instance: usize, name: &str) -> Option<Extern> {
        let mut exports = self.linked[instance].module.all_exports();
        exports.find(|(exported, _)| *exported == name).map(|(_, what)| what)
    }

    pub fn global(&self, instance: usize, index: GlobalIndex) -> Value {
        self.globals[self.linked[instance].globals[index.0 as usize]]
    }

    /// Where the body of a function is.
    fn resolve(&self, function: Function) -> Function {
        let imported = self.linked[function.instance].functions.get(function.index.0 as usize);
        imported.copied().unwrap_or(function)
    }

    fn function_type(&self, function: Function) -> &FunctionType {
        self.linked[function.instance].module.function_type(function.index).expect("there is such a function")
    }

    fn referenced(&self, reference: Reference) -> Option<Function> {
        let number = reference.number()?;
        let instance = self.linked.iter().rposition(|linked| linked.first_reference <= number)?;
        let index = FuncIndex(number - self.linked[instance].first_reference);
        Some(self.resolve(Function { instance, index }))
    }

    pub fn call(&mut self, function: Function, args: &[Value]) -> Result<Vec<Value>, TrapKind> {
        let Function { instance: id, index } = self.resolve(function);
        if self.depth == DEPTH {
            return Err(TrapKind::StackOverflow);
        }
        let linked = Rc::clone(&self.linked[id]);
        let mut thread = Thread::new(STACK_WORDS);
        thread.set_budget(u64::MAX);
        match thread.start(&linked.module, index, args) {
            Ok(()) => {}
            Err(StartError::StackOverflow { .. }) => return Err(TrapKind::StackOverflow),
            Err(error) => panic!("{error}"),
        }
        let mut instance = self.enter(id);
        self.depth += 1;
        let run = thread.run(&linked.module, &mut instance, &mut Outside { linker: self, id });
        self.depth -= 1;
        self.leave(id, instance);
        match run {
            Ok(Run::Finished(_)) => Ok(thread.results(&linked.module).collect()),
            Ok(paused) => panic!("the call did not finish: {paused:?}"),
            Err(trap) => Err(trap.kind),
        }
    }
}

fn memory_of<K: Kind>(linked: &Linked<K>) -> Shared<K> {
    let none = MemoryType { initial: 0, maximum: Some(0), page_bytes_log2: 16 };
    linked.memory.as_ref().map_or_else(|| Shared::new(none), |(memory, _)| memory.clone())
}

fn limits_fit(size: u32, maximum: Option<u32>, wanted: (u32, Option<u32>)) -> bool {
    let (initial, wanted_maximum) = wanted;
    let fits = |wanted| maximum.is_some_and(|maximum| maximum <= wanted);
    size >= initial && wanted_maximum.is_none_or(fits)
}

fn table_fits(given: TableType, wanted: TableType) -> bool {
    given.element == wanted.element
        && limits_fit(given.initial, given.maximum, (wanted.initial, wanted.maximum))
}

fn memory_fits<K: Kind>(memory: &Shared<K>, given: MemoryType, wanted: MemoryType) -> bool {
    let pages = memory.size() >> given.page_bytes_log2;
    given.page_bytes_log2 == wanted.page_bytes_log2
        && limits_fit(pages, given.maximum, (wanted.initial, wanted.maximum))
}

/// What is outside a running instance.
struct Outside<'l, K> {
    linker: &'l mut Linker<K>,
    id: usize,
}

impl<K: Kind> Host<Shared<K>> for Outside<'_, K> {
    fn call(&mut self, _: u32, _: &[u32], _: &mut Shared<K>) -> Result<Flow, Halt> {
        unreachable!("all calls are linked")
    }

    fn call_outside(&mut self, call: OutsideCall<'_, Shared<K>>) -> Result<Flow, TrapKind> {
        let linker = &mut *self.linker;
        let function = match call.callee {
            Callee::Import(import) => linker.linked[self.id].functions[import as usize],
            Callee::Reference(reference) => linker.referenced(reference).ok_or(TrapKind::NullFunction)?,
        };
        if linker.function_type(function) != call.function_type {
            return Err(TrapKind::IndirectCallType);
        }
        let mut words = call.args().iter();
        let args: Vec<Value> = call.function_type.params().iter().map(|&of| value(of, &mut words)).collect();

        let nothing = Module::new(b"\0asm\x01\0\0\0").unwrap();
        let none = Shared::new(MemoryType { initial: 0, maximum: Some(0), page_bytes_log2: 16 });
        let stand_in = Instance::new(&nothing, none).unwrap();
        let caller = mem::replace(&mut *call.instance, stand_in);
        linker.leave(self.id, caller);
        let results = linker.call(function, &args);
        *call.instance = linker.enter(self.id);

        let mut slots = call.results().iter_mut();
        for result in results? {
            let bits = result.to_bits();
            for word in
                [bits as u32, (bits >> 32) as u32].into_iter().take(result.value_type().words() as usize)
            {
                *slots.next().unwrap() = word;
            }
        }
        Ok(Flow::DONE)
    }
}

fn value<'w>(of: sostenuto_vm::ValueType, words: &mut impl Iterator<Item = &'w u32>) -> Value {
    let low = u64::from(*words.next().unwrap());
    let high = if of.words() == 2 { u64::from(*words.next().unwrap()) } else { 0 };
    Value::from_bits(of, high << 32 | low)
}
