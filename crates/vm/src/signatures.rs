//! The function types of a module, as the translation needs them.

use crate::error::LoadErrorKind;
use crate::types::{FunctionType, ValueType, Width};
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use wasmparser::{BlockType, ValType};

/// What the callee of a call, or a block, takes and gives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signature {
    /// Of a function's type: its id among the different types of the module.
    pub(crate) type_id: u16,
    pub(crate) params: Widths,
    pub(crate) results: Widths,
}

/// The widths of a sequence of values; [`Signatures::width`] tells each.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Widths {
    start: u32,
    pub(crate) count: u16,
    /// The slots that all of them take.
    pub(crate) words: u16,
}

/// The types of the module, and of its functions.
#[derive(Debug)]
pub(crate) struct Signatures {
    /// By type index: the id of the type.
    ids: Vec<u16>,
    distinct: BTreeMap<FunctionType, u16>,
    /// By id.
    by_id: Vec<Signature>,
    /// By function index: the id of the type.
    functions: Vec<u16>,
    /// How many functions are imported.
    pub(crate) imports: u32,
    widths: Vec<Width>,
}

/// The widths of nothing, and of a single value: what blocks have that name no type.
const NOTHING: Widths = Widths { start: 0, count: 0, words: 0 };
const ONE_NARROW: Widths = Widths { start: 0, count: 1, words: 1 };
const ONE_WIDE: Widths = Widths { start: 1, count: 1, words: 2 };

impl Default for Signatures {
    fn default() -> Self {
        Self {
            ids: Vec::new(),
            distinct: BTreeMap::new(),
            by_id: Vec::new(),
            functions: Vec::new(),
            imports: 0,
            widths: [Width::Narrow, Width::Wide].into(),
        }
    }
}

impl Signatures {
    /// Adds the next type of the module. Gives it back when there was none like it before.
    pub(crate) fn define(&mut self, function: FunctionType) -> Result<Option<FunctionType>, LoadErrorKind> {
        if let Some(&id) = self.distinct.get(&function) {
            self.ids.push(id);
            return Ok(None);
        }
        let limit = LoadErrorKind::TooManyTypes { limit: u16::MAX.into() };
        let type_id = u16::try_from(self.by_id.len()).map_err(|_| limit)?;
        let params = self.note_widths(function.params());
        let results = self.note_widths(function.results());
        self.by_id.push(Signature { type_id, params, results });
        self.distinct.insert(function.clone(), type_id);
        self.ids.push(type_id);
        Ok(Some(function))
    }

    fn note_widths(&mut self, types: &[ValueType]) -> Widths {
        let start = self.widths.len() as u32;
        self.widths.extend(types.iter().map(|value_type| value_type.width()));
        // The validator admits at most 1,000 parameters and 1,000 results.
        let words = types.iter().map(|value_type| value_type.words()).sum::<u32>() as u16;
        Widths { start, count: types.len() as u16, words }
    }

    /// Adds the next function of the module.
    pub(crate) fn add_function(&mut self, type_index: u32) -> Signature {
        let signature = self.of_type(type_index);
        self.functions.push(signature.type_id);
        signature
    }

    pub(crate) fn of_function(&self, function: u32) -> Signature {
        self.by_id[usize::from(self.functions[function as usize])]
    }

    pub(crate) fn of_type(&self, type_index: u32) -> Signature {
        self.by_id[usize::from(self.ids[type_index as usize])]
    }

    pub(crate) fn of_block(&self, block: BlockType) -> Signature {
        let results = match block {
            BlockType::Empty => NOTHING,
            BlockType::Type(ValType::I64 | ValType::F64) => ONE_WIDE,
            BlockType::Type(_) => ONE_NARROW,
            BlockType::FuncType(type_index) => return self.of_type(type_index),
        };
        Signature { type_id: 0, params: NOTHING, results }
    }

    /// The width of one of a sequence of values.
    pub(crate) fn width(&self, of: Widths, position: u16) -> Width {
        self.widths[of.start as usize + usize::from(position)]
    }
}
