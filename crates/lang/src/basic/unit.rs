//! The program as a whole: its names, its host functions, and what lies in its memory.

use std::collections::HashMap;

use sostenuto_board::Kind;
use sostenuto_board::patch::{Cause, Fault, Host};

use super::ast::{self, Name};
use super::code::Code;
use super::survey::Survey;
use super::texts::Texts;
use super::types::Type;
use crate::conez;
use crate::diagnostic::{Diagnostic, Diagnostics, Span};
use crate::lower::program::{
    Area, Callee, Data, DataId, Expr, FunctionId, Global, GlobalId, Image, Native, Pointer, Program, Site,
    Word,
};
use crate::sources::Sources;

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) enum Symbol {
    Variable(Variable),
    Array(Array),
    /// A `CONST` whose value is known now.
    Constant(Expr, Type),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Variable {
    pub global: GlobalId,
    pub ty: Type,
    /// A `CONST`.
    pub fixed: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Array {
    /// Holds the address of the block.
    pub global: GlobalId,
    pub ty: Type,
    /// The lowest index.
    pub base: i32,
    pub dimensions: usize,
    pub name: String,
}

/// A SUB or FUNCTION, at least declared.
#[derive(Debug, Clone)]
pub(super) struct Sub {
    pub function: FunctionId,
    pub parameters: Vec<Type>,
    pub result: Option<Type>,
    pub place: Span,
    pub defined: bool,
}

/// A variable's use, for what is said of those that are never given a value.
struct Use {
    first: Span,
    assigned: bool,
}

/// The state of compiling one program.
pub(super) struct Unit<'a> {
    pub sources: &'a Sources,
    pub diagnostics: &'a mut Diagnostics,
    pub program: Program,
    pub texts: Texts,
    /// The lowest index of the arrays that follow.
    pub base: i32,
    /// How many values `DATA` has in the whole program.
    pub data_count: u32,
    /// Set when a SUB has ended the program.
    pub ended: Option<GlobalId>,
    /// The SUBs that are defined somewhere, with their parameters.
    pub later: HashMap<String, (String, Span)>,
    /// The arrays that are dimensioned somewhere.
    pub later_arrays: HashMap<String, Span>,
    /// The next value of `DATA`.
    next_datum: Option<GlobalId>,
    symbols: HashMap<String, (Symbol, Span)>,
    uses: HashMap<String, Use>,
    subs: HashMap<String, Sub>,
    natives: HashMap<&'static str, usize>,
    /// Functions that the compiler writes itself, by what they do.
    written: HashMap<String, FunctionId>,
    text_data: DataId,
    table_data: DataId,
}

/// The function that the host calls first, which is the whole program.
pub(super) const SETUP: &str = "setup";

impl<'a> Unit<'a> {
    pub fn new(source: &str, sources: &'a Sources, diagnostics: &'a mut Diagnostics) -> Unit<'a> {
        let mut program = Program { source: source.to_owned(), host: Host::Conez, ..Program::default() };
        program.functions.push(Code::new(SETUP, &[], None).function);
        for name in ["strings", "data"] {
            program.data.push(Data {
                name: name.to_owned(),
                bytes: 0,
                align: 4,
                image: Image::default(),
                readonly: true,
                scalar: false,
                pointer: false,
                kind: Some(Kind::Table),
                line: 0,
            });
        }
        Unit {
            sources,
            diagnostics,
            program,
            texts: Texts::default(),
            base: 1,
            data_count: 0,
            ended: None,
            later: HashMap::new(),
            later_arrays: HashMap::new(),
            next_datum: None,
            symbols: HashMap::new(),
            uses: HashMap::new(),
            subs: HashMap::new(),
            natives: HashMap::new(),
            written: HashMap::new(),
            text_data: 0,
            table_data: 1,
        }
    }

    pub fn take(&mut self, survey: &Survey) {
        self.data_count = survey.data.len() as u32;
        self.later = survey.subs.clone();
        self.later_arrays = survey.arrays.clone();
        if survey.ends_in_sub {
            self.ended = Some(self.global("program has ended", Type::Integer));
        }
    }

    pub fn error(&mut self, span: Span, message: impl Into<String>) {
        self.diagnostics.push(Diagnostic::error(span, message));
    }

    pub fn symbol(&self, name: &str) -> Option<&Symbol> {
        self.symbols.get(name).map(|(symbol, _)| symbol)
    }

    /// Gives a name its meaning, unless it has one already, which is reported.
    pub fn declare(&mut self, name: &Name, symbol: Symbol) -> bool {
        let earlier = self.symbols.get(&name.text).map(|(symbol, span)| (symbol.noun(), *span));
        let sub = self.subs.get(&name.text).map(|sub| ("a SUB", sub.place));
        if let Some((noun, span)) = earlier.or(sub) {
            let message = format!("`{}` is {noun} already", name.text);
            self.diagnostics.push(Diagnostic::error(name.span, message).related(span, "declared here"));
            return false;
        }
        self.symbols.insert(name.text.clone(), (symbol, name.span));
        true
    }

    /// The variable of that name, which comes into being where it is first named; what else the name is, is an error.
    pub fn variable(&mut self, name: &Name, ty: Type) -> Option<Variable> {
        if let Some((symbol, span)) = self.symbols.get(&name.text) {
            let (noun, span) = match symbol {
                Symbol::Variable(variable) => return Some(*variable),
                symbol => (symbol.noun(), *span),
            };
            let message = format!("`{}` is {noun}, where a variable is expected", name.text);
            let mut diagnostic = Diagnostic::error(name.span, message).related(span, "declared here");
            if noun == "an array" {
                diagnostic = diagnostic.hint(format!("an element of it is `{}(1)`", name.text));
            }
            self.diagnostics.push(diagnostic);
            return None;
        }
        if let Some(sub) = self.subs.get(&name.text) {
            let diagnostic =
                Diagnostic::error(name.span, format!("`{}` is a SUB, not a variable", name.text));
            let diagnostic = diagnostic.related(sub.place, "declared here");
            self.diagnostics.push(diagnostic.hint("RETURN gives its value"));
            return None;
        }
        let ty = Type::of_suffix(&name.text).unwrap_or(match ty {
            Type::Text => Type::Integer,
            ty => ty,
        });
        let variable = Variable { global: self.global(&name.text, ty), ty, fixed: false };
        self.symbols.insert(name.text.clone(), (Symbol::Variable(variable), name.span));
        Some(variable)
    }

    /// The variable, to be given a value.
    pub fn assigned(&mut self, name: &Name, ty: Type) -> Option<Variable> {
        self.note_use(name, true);
        if let Some((Symbol::Constant(..) | Symbol::Variable(Variable { fixed: true, .. }), span)) =
            self.symbols.get(&name.text)
        {
            let message = format!("`{}` is a constant and keeps its value", name.text);
            let diagnostic = Diagnostic::error(name.span, message).related(*span, "declared here");
            self.diagnostics.push(diagnostic);
            return None;
        }
        self.variable(name, ty)
    }

    pub fn note_use(&mut self, name: &Name, assigned: bool) {
        let used = self.uses.entry(name.text.clone()).or_insert(Use { first: name.span, assigned: false });
        used.assigned |= assigned;
    }

    /// Warns of the variables that nothing gives a value.
    pub fn warn_of_unassigned(&mut self, is_function: impl Fn(&str) -> bool) {
        let unassigned = |name: &String| matches!(self.symbols.get(name), Some((Symbol::Variable(_), _)));
        let mut found: Vec<_> =
            self.uses.iter().filter(|(name, used)| !used.assigned && unassigned(name)).collect();
        found.sort_by_key(|(_, used)| used.first.start);
        // Nobody reads more, and looking for what was meant takes long.
        for (name, used) in found.into_iter().take(100) {
            let nothing = if name.ends_with('$') { "\"\"" } else { "0" };
            let message = format!("`{name}` is never given a value, so it is always {nothing}");
            let mut diagnostic = Diagnostic::warning(used.first, message);
            if is_function(name) {
                diagnostic = diagnostic.hint(format!("the function is `{name}()`"));
            } else if let Some(nearest) = self.nearest(name, &[]) {
                diagnostic = diagnostic.hint(format!("did you mean `{nearest}`?"));
            }
            self.diagnostics.push(diagnostic);
        }
    }

    /// The known name that an unknown one may be a slip of.
    pub fn nearest(&self, name: &str, more: &[&'static str]) -> Option<String> {
        // Names so long are not mistyped but generated, and comparing them all takes long.
        const LONGEST: usize = 32;
        if self.diagnostics.is_full() || name.len() > LONGEST {
            return None;
        }
        let assigned = |name: &&str| self.uses.get(*name).is_none_or(|used| used.assigned);
        let own = self.symbols.keys().chain(self.subs.keys()).map(String::as_str).filter(assigned);
        own.chain(more.iter().copied())
            .filter(|known| known.len() <= LONGEST && *known != name)
            .map(|known| (strsim::damerau_levenshtein(known, name), known))
            .filter(|(distance, known)| *distance <= known.len().min(name.len()) / 3)
            .min()
            .map(|(_, nearest)| nearest.to_owned())
    }

    pub fn sub(&self, name: &str) -> Option<&Sub> {
        self.subs.get(name)
    }

    /// The function of a SUB that is declared or defined here.
    pub fn declare_sub(&mut self, name: &Name, parameters: &[Name], defined: bool) -> Option<FunctionId> {
        let types: Vec<Type> = parameters.iter().map(|parameter| self.type_of(&parameter.text)).collect();
        if let Some(sub) = self.subs.get_mut(&name.text) {
            let earlier = sub.place;
            let message = if sub.defined && defined {
                Some(format!("`{}` is defined twice", name.text))
            } else if sub.parameters != types {
                let (was, is) = (sub.parameters.len(), types.len());
                let told = if was == is { "other types of values".to_owned() } else { values(was) };
                Some(format!("`{}` was declared with {told}", name.text))
            } else {
                None
            };
            if let Some(message) = message {
                let diagnostic = Diagnostic::error(name.span, message).related(earlier, "declared here");
                self.diagnostics.push(diagnostic);
                return None;
            }
            sub.defined |= defined;
            return Some(sub.function);
        }
        if let Some((symbol, span)) = self.symbols.get(&name.text) {
            let message = format!("`{}` is {} already", name.text, symbol.noun());
            let diagnostic = Diagnostic::error(name.span, message).related(*span, "named here");
            self.diagnostics.push(diagnostic);
            return None;
        }
        let function = self.program.functions.len();
        let is_entry = matches!(name.text.as_str(), "PROCESS" | "LOOP");
        let result = (!is_entry).then(|| Type::of_name(&name.text));
        let lower: Vec<_> = types.iter().map(|ty| ty.lower()).collect();
        self.program.functions.push(Code::new(&name.text, &lower, result.map(Type::lower)).function);
        let sub = Sub { function, parameters: types, result, place: name.span, defined };
        self.subs.insert(name.text.clone(), sub);
        Some(function)
    }

    /// The type that a variable of that name has or would have.
    pub fn type_of(&self, name: &str) -> Type {
        match self.symbol(name) {
            Some(Symbol::Variable(variable)) => variable.ty,
            _ => Type::of_name(name),
        }
    }

    /// Unless something else is wrong, which may be why they are not defined.
    pub fn report_undefined_subs(&mut self) {
        if self.diagnostics.has_errors() {
            return;
        }
        let mut missing: Vec<_> = self.subs.iter().filter(|(_, sub)| !sub.defined).collect();
        missing.sort_by_key(|(_, sub)| sub.place.start);
        for (name, sub) in missing {
            let message = format!("`{name}` is declared, but defined nowhere");
            self.diagnostics.push(Diagnostic::error(sub.place, message));
        }
    }

    /// A variable outside of the memory, zero at first.
    pub fn global(&mut self, name: &str, ty: Type) -> GlobalId {
        self.program.globals.push(Global { name: name.to_owned(), value: ty.zero(), ty: ty.lower() });
        self.program.globals.len() - 1
    }

    /// The global that counts the values of `DATA` that were read.
    pub fn next_datum(&mut self) -> GlobalId {
        if let Some(global) = self.next_datum {
            return global;
        }
        let global = self.global("next of DATA", Type::Integer);
        *self.next_datum.insert(global)
    }

    pub fn datum(&self) -> Expr {
        Expr::Address(self.table_data, 0)
    }

    /// The host function, which is imported where it is first used.
    pub fn host(&mut self, name: &'static str) -> Callee {
        if let Some(&id) = self.natives.get(name) {
            return Callee::Native(id);
        }
        let known = conez::function(name);
        let (parameters, result) = match &known {
            Some(function) => (function.parameters().collect(), function.result()),
            None => (Vec::new(), None),
        };
        debug_assert!(known.is_some(), "the host has no `{name}`");
        self.program.natives.push(Native { name: name.to_owned(), parameters, result, suspends: false });
        self.natives.insert(name, self.program.natives.len() - 1);
        Callee::Native(self.program.natives.len() - 1)
    }

    /// A function that `write` writes where it is first used.
    pub fn written(&mut self, name: &str, write: impl FnOnce(&mut Unit) -> Code) -> Callee {
        if let Some(&id) = self.written.get(name) {
            return Callee::Function(id);
        }
        let function = write(self).function;
        self.program.functions.push(function);
        let id = self.program.functions.len() - 1;
        self.written.insert(name.to_owned(), id);
        Callee::Function(id)
    }

    /// A text of the program.
    pub fn text(&mut self, text: &str) -> Expr {
        match self.texts.text(text) {
            0 => Expr::Integer(0),
            offset => Expr::Address(self.text_data, offset as i32),
        }
    }

    /// The block of an array that is not dimensioned: no index is inside its bounds.
    pub fn no_array(&mut self, base: i32) -> (DataId, i32) {
        (self.text_data, self.texts.no_array(base) as i32)
    }

    pub fn area(&mut self, area: Area) {
        if !self.program.areas.contains(&area) {
            self.program.areas.push(area);
        }
    }

    pub fn fault(&mut self, line: u32, function: &str, cause: Cause) -> Site {
        let fault = Fault { line, function: function.to_owned(), cause };
        if self.program.faults.last() != Some(&fault) {
            self.program.faults.push(fault);
        }
        self.program.faults.len() as Site - 1
    }

    /// Fills the memory: the texts and the table of `DATA`.
    pub fn finish(mut self, data: &[ast::Datum]) -> Program {
        let mut words = Vec::with_capacity(data.len() * 2);
        for datum in data {
            let (tag, value) = match datum {
                ast::Datum::Integer(value) => (super::data::INTEGER, Word::Value(*value as u32)),
                ast::Datum::Float(value) => (super::data::FLOAT, Word::Value(value.to_bits())),
                // There is no room for 64 bits, but for their digits.
                ast::Datum::Long(value) => (super::data::TEXT, self.text_word(&value.to_string())),
                ast::Datum::Text(text) => (super::data::TEXT, self.text_word(text)),
            };
            words.extend([Word::Value(tag), value]);
        }
        let bytes = self.texts.bytes().len().next_multiple_of(4) + words.len() * 4;
        if bytes > conez::STRING_POOL as usize {
            let message = format!(
                "the strings and DATA of the program need {bytes} bytes, where {} are free",
                conez::STRING_POOL
            );
            self.error(Span::default(), message);
            return self.program;
        }
        let table = Image::of_words(words);
        let texts = Image { bytes: self.texts.bytes().to_vec(), pointers: Vec::new() };
        for (id, image) in [(self.text_data, texts), (self.table_data, table)] {
            self.program.data[id].bytes = image.bytes.len() as u32;
            self.program.data[id].image = image;
        }
        self.program
    }

    fn text_word(&mut self, text: &str) -> Word {
        match self.texts.text(text) {
            0 => Word::Value(0),
            offset => Word::Pointer(Pointer::Data(self.text_data, offset as i32)),
        }
    }
}

impl Symbol {
    fn noun(&self) -> &'static str {
        match self {
            Symbol::Variable(Variable { fixed: true, .. }) | Symbol::Constant(..) => "a constant",
            Symbol::Variable(_) => "a variable",
            Symbol::Array(_) => "an array",
        }
    }
}

/// "2 values", for a message.
pub(super) fn values(count: usize) -> String {
    if count == 1 { "1 value".to_owned() } else { format!("{count} values") }
}
