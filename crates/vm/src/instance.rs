//! A module with its memory, its globals and its tables.

use crate::error::{InstantiationError, TrapKind};
use crate::externs::{Extern, GlobalIndex, TableIndex};
use crate::interpret::{self, Dispatch};
use crate::memory::LinearMemory;
use crate::module::{Constant, Module, Place};
use crate::module_hash::ModuleHash;
use crate::slots::{halves, join};
use crate::table::Table;
use crate::types::{Reference, Value, Width};
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

/// What the threads of a running module share.
#[derive(Debug)]
pub struct Instance<M> {
    pub(crate) memory: M,
    /// One word or two for each global.
    pub(crate) globals: Box<[u32]>,
    pub(crate) tables: Vec<Table>,
    /// By index of the segment: whether its data can be used no more.
    pub(crate) dropped_data: Box<[bool]>,
    pub(crate) dropped_elements: Box<[bool]>,
    /// The reference to the function of index 0.
    pub(crate) first_reference: u32,
    pub(crate) identity: ModuleHash,
    pub(crate) dispatch: Dispatch,
}

/// What an instance is linked with: the globals and tables that its module imports.
///
/// Functions are imported from the [`Host`](crate::Host), and an imported memory is the one that the instance is made
/// of. A table or a global that instances share is moved by their host from one to the other when a call goes from one
/// to the other; only one of them runs at a time.
#[derive(Debug, Clone, Default)]
pub struct Links<'l> {
    /// The values of the imported globals, in order.
    pub globals: &'l [Value],
    /// The imported tables, in order.
    pub tables: Vec<Table>,
    /// To how many entries a table of the module can grow, if its type allows. The memory for them is taken at once.
    pub table_room: u32,
    /// The reference to the first function of the instance; each further function has the next. Instances with a table
    /// in common need different ones.
    pub first_reference: u32,
}

impl<M: LinearMemory> Instance<M> {
    /// Puts the module's data into the memory and makes its globals and its tables. The other bytes of the memory stay
    /// as they are; WebAssembly has them zero. Does not call [`Module::start`].
    ///
    /// # Errors
    /// When the memory is smaller than [`Module::memory_bytes`], when the module imports a global or a table, when there is
    /// no memory for a table, and when a segment does not fit.
    pub fn new(module: &Module, memory: M) -> Result<Self, InstantiationError> {
        let mut instance = Self::link(module, memory, Links::default())?;
        instance.initialize(module)?;
        Ok(instance)
    }

    /// Makes an instance of a module, its memory, and what it imports. [`initialize`](Self::initialize) must follow.
    ///
    /// To see how the interpreter runs it, this reads the first eight bytes of the memory and writes them back as they
    /// were, some hundred times.
    ///
    /// # Errors
    /// When the memory is smaller than [`Module::memory_bytes`], when an import is missing or of another type, and when
    /// there is no memory for a table.
    pub fn link(module: &Module, memory: M, links: Links<'_>) -> Result<Self, InstantiationError> {
        let needs = module.memory_bytes();
        // A memory of 4 GiB cannot state its size in 32 bits.
        if needs > u64::from(memory.size()) {
            return Err(InstantiationError::MemoryTooSmall { needs, has: memory.size() });
        }
        if links.first_reference.checked_add(module.function_count()).is_none() {
            return Err(InstantiationError::TooManyReferences);
        }
        let words = module.globals.iter().map(|global| global.global_type.value_type.words()).sum::<u32>();
        let mut instance = Self {
            memory,
            globals: vec![0; words as usize].into(),
            tables: links.tables,
            dropped_data: vec![false; module.data.len()].into(),
            dropped_elements: vec![false; module.elements.len()].into(),
            first_reference: links.first_reference,
            identity: module.identity(),
            dispatch: Dispatch::Loop,
        };
        let tables = module.imports.iter().filter(|import| matches!(import.what, Extern::Table(_))).count();
        for (index, &wanted) in (0..).zip(&module.tables[..tables]) {
            let given = instance.tables.get(index as usize).map(Table::table_type);
            if given.is_none_or(|given| given.element != wanted.element || given.initial < wanted.initial) {
                return Err(InstantiationError::Table(TableIndex(index)));
            }
        }
        instance.tables.truncate(tables);
        for (index, &own) in (tables as u32..).zip(&module.tables[tables..]) {
            let made = Table::try_new(own, links.table_room);
            let table = TableIndex(index);
            let made = made.map_err(|entries| InstantiationError::NoMemoryForTable { table, entries })?;
            instance.tables.push(made);
        }
        for (index, global) in module.globals.iter().enumerate() {
            let value_type = global.global_type.value_type;
            let bits = match global.initial {
                Some(initial) => instance.value_of(module, initial),
                None => match links.globals.get(index) {
                    Some(given) if given.value_type() == value_type => given.to_bits(),
                    _ => return Err(InstantiationError::Global(GlobalIndex(index as u32))),
                },
            };
            instance.set_words(global.word, value_type.width(), bits);
        }
        instance.dispatch = interpret::dispatch(module, &mut instance);
        Ok(instance)
    }

    /// Puts the segments of the module into its tables and its memory. What was written before an error stays.
    ///
    /// # Errors
    /// When a segment does not fit.
    ///
    /// # Panics
    /// When `module` is not the one that this instance was made of.
    pub fn initialize(&mut self, module: &Module) -> Result<(), InstantiationError> {
        self.check_module(module);
        for (index, segment) in (0..).zip(&module.elements) {
            if let Place::Active(table, start) = segment.place {
                let start = self.value_of(module, start) as u32;
                let put = self.put_elements(module, &segment.items, table, start);
                put.map_err(|_| InstantiationError::ElementsOutOfBounds { segment: index })?;
            }
            self.dropped_elements[index as usize] = !matches!(segment.place, Place::Passive);
        }
        for (index, segment) in (0..).zip(&module.data) {
            if let Place::Active(_, start) = segment.place {
                let start = self.value_of(module, start) as u32;
                let written = self.memory.write(start.into(), &segment.bytes);
                written.map_err(|_| InstantiationError::DataOutOfBounds { segment: index })?;
                self.dropped_data[index as usize] = true;
            }
        }
        Ok(())
    }

    /// How the interpreter runs this instance, for who wonders why it is slow.
    #[must_use]
    pub fn dispatch(&self) -> Dispatch {
        self.dispatch
    }

    /// Puts references into a table.
    pub(crate) fn put_elements(
        &mut self,
        module: &Module,
        items: &[Constant],
        table: u32,
        to: u32,
    ) -> Result<(), TrapKind> {
        let length = u32::try_from(items.len()).unwrap_or(u32::MAX);
        self.tables[table as usize].run(to, length)?;
        for (index, &item) in (to..).zip(items) {
            let reference = Reference::from_word(self.value_of(module, item) as u32);
            self.tables[table as usize].set(index, reference);
        }
        Ok(())
    }

    /// The bits of a constant.
    fn value_of(&self, module: &Module, constant: Constant) -> u64 {
        match constant {
            Constant::Bits(bits) => bits,
            Constant::Global(global) => {
                let global = &module.globals[global as usize];
                self.words(global.word, global.global_type.value_type.width())
            }
            Constant::Function(function) => self.reference_to(function).to_word().into(),
        }
    }

    /// The reference to a function of the module. [`link`](Self::link) has made sure that there are enough.
    pub(crate) fn reference_to(&self, function: u32) -> Reference {
        Reference::new(self.first_reference.wrapping_add(function)).unwrap_or(Reference::NULL)
    }

    fn words(&self, word: u32, width: Width) -> u64 {
        let word = word as usize;
        match width {
            Width::Narrow => self.globals[word].into(),
            Width::Wide => join(self.globals[word], self.globals[word + 1]),
        }
    }

    fn set_words(&mut self, word: u32, width: Width, bits: u64) {
        let word = word as usize;
        let [low, high] = halves(bits);
        self.globals[word] = low;
        if width == Width::Wide {
            self.globals[word + 1] = high;
        }
    }

    pub(crate) fn check_module(&self, module: &Module) {
        assert_eq!(self.identity, module.identity(), "an instance belongs to one module");
    }

    /// The linear memory.
    pub fn memory(&self) -> &M {
        &self.memory
    }

    /// The linear memory.
    pub fn memory_mut(&mut self) -> &mut M {
        &mut self.memory
    }

    /// Gives the linear memory back.
    pub fn into_memory(self) -> M {
        self.memory
    }

    /// The tables, imported ones first.
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The tables, imported ones first.
    pub fn tables_mut(&mut self) -> &mut [Table] {
        &mut self.tables
    }

    /// The present value of a global.
    ///
    /// # Panics
    /// When `module` is not the one that this instance was made of.
    #[must_use]
    pub fn global(&self, module: &Module, global: GlobalIndex) -> Option<Value> {
        self.check_module(module);
        let global = module.globals.get(global.0 as usize)?;
        let value_type = global.global_type.value_type;
        Some(Value::from_bits(value_type, self.words(global.word, value_type.width())))
    }

    /// Sets a global; false when there is no global of the type of this value. A global that the program cannot change
    /// is one of the host to change, but it is a constant of the program.
    ///
    /// # Panics
    /// When `module` is not the one that this instance was made of.
    pub fn set_global(&mut self, module: &Module, global: GlobalIndex, value: Value) -> bool {
        self.check_module(module);
        let Some(global) = module.globals.get(global.0 as usize) else { return false };
        let fits = global.global_type.value_type == value.value_type();
        if fits {
            self.set_words(global.word, value.value_type().width(), value.to_bits());
        }
        fits
    }
}
