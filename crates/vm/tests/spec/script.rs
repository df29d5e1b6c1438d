//! Runs a script of the suite and counts its assertions.

use crate::linker::{Failure, Function, Linker};
use crate::memories::Kind;
use crate::values::{argument, is_expected};
use sostenuto_vm::{Extern, LoadErrorKind, Module, TrapKind, Value};
use std::collections::HashMap;
use wast::core::Module as TextModule;
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::token::Id;
use wast::{QuoteWat, QuoteWatTest, Wast, WastDirective, WastExecute, WastInvoke, Wat};

/// How a script, or several, went.
#[derive(Debug, Default)]
pub struct Tally {
    pub assertions: usize,
    pub passed: usize,
    /// Of those passed: how many the text parser, not the engine, decided.
    pub by_text_parser: usize,
    /// Of those passed: how many invalid modules are refused for using a newer feature.
    pub by_refusal: usize,
    pub failures: Vec<Failed>,
}

/// A directive that did not go as it should.
#[derive(Debug)]
pub struct Failed {
    pub file: String,
    pub line: usize,
    pub is_assertion: bool,
    pub why: String,
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        self.assertions += other.assertions;
        self.passed += other.passed;
        self.by_text_parser += other.by_text_parser;
        self.by_refusal += other.by_refusal;
        self.failures.extend(other.failures);
    }
}

/// What scripts import from `spectest`.
const SPECTEST: &str = r#"(module
    (global (export "global_i32") i32 (i32.const 666))
    (global (export "global_i64") i64 (i64.const 666))
    (global (export "global_f32") f32 (f32.const 666.6))
    (global (export "global_f64") f64 (f64.const 666.6))
    (table (export "table") 10 20 funcref)
    (memory (export "memory") 1 2)
    (func (export "print"))
    (func (export "print_i32") (param i32))
    (func (export "print_i64") (param i64))
    (func (export "print_f32") (param f32))
    (func (export "print_f64") (param f64))
    (func (export "print_i32_f32") (param i32 f32))
    (func (export "print_f64_f64") (param f64 f64)))"#;

struct Script<K> {
    linker: Linker<K>,
    named: HashMap<String, usize>,
    definitions: HashMap<Option<String>, Vec<u8>>,
    current: Option<usize>,
    tally: Tally,
}

/// Runs a script over a kind of memory.
pub fn run<K: Kind>(name: &str, text: &str) -> Tally {
    let mut lexer = Lexer::new(text);
    lexer.allow_confusing_unicode(true);
    let buffer = ParseBuffer::new_with_lexer(lexer).unwrap();
    let wast: Wast<'_> = parser::parse(&buffer).unwrap();
    let mut script = Script::<K> {
        linker: Linker::new(),
        named: HashMap::new(),
        definitions: HashMap::new(),
        current: None,
        tally: Tally::default(),
    };
    let spectest = Module::new(&wat::parse_str(SPECTEST).unwrap()).unwrap();
    let spectest = script.linker.instantiate(spectest).unwrap();
    script.linker.register("spectest", spectest);
    for directive in wast.directives {
        let (line, _) = directive.span().linecol_in(text);
        let is_assertion = !matches!(
            directive,
            WastDirective::Module(_)
                | WastDirective::ModuleDefinition(_)
                | WastDirective::ModuleInstance { .. }
                | WastDirective::Register { .. }
                | WastDirective::Invoke(_)
        );
        script.tally.assertions += usize::from(is_assertion);
        match script.perform(directive) {
            Ok(()) => script.tally.passed += usize::from(is_assertion),
            Err(why) => {
                let failed = Failed { file: name.to_owned(), line: line + 1, is_assertion, why };
                script.tally.failures.push(failed);
            }
        }
    }
    script.tally
}

type Outcome = Result<(), String>;

impl<K: Kind> Script<K> {
    fn perform(&mut self, directive: WastDirective<'_>) -> Outcome {
        match directive {
            WastDirective::Module(mut module) => {
                let name = module.name();
                let wasm = module.encode().map_err(|error| error.to_string())?;
                self.define(name, &wasm)
            }
            WastDirective::ModuleDefinition(mut module) => {
                let name = module.name().map(|name| name.name().to_owned());
                let wasm = module.encode().map_err(|error| error.to_string())?;
                Module::new(&wasm).map_err(|error| error.to_string())?;
                self.definitions.insert(name, wasm);
                Ok(())
            }
            WastDirective::ModuleInstance { instance, module, .. } => {
                let module = module.map(|name| name.name().to_owned());
                let wasm = self.definitions.get(&module).ok_or("no such definition")?.clone();
                self.define(instance, &wasm)
            }
            WastDirective::Register { name, module, .. } => {
                let instance = self.instance(module)?;
                self.linker.register(name, instance);
                Ok(())
            }
            WastDirective::Invoke(invoke) => self.invoke(&invoke)?.map(drop).map_err(|trap| trap.to_string()),
            WastDirective::AssertReturn { exec, results, .. } => {
                let values = self.execute(exec)?.map_err(|trap| format!("trapped: {trap}"))?;
                let is_right = values.len() == results.len()
                    && values.iter().zip(&results).all(|(value, expected)| is_expected(*value, expected));
                if is_right { Ok(()) } else { Err(format!("gave {values:?}, not {results:?}")) }
            }
            WastDirective::AssertTrap { exec, message, .. } => {
                let outcome = self.execute(exec)?;
                trapped(outcome, message)
            }
            WastDirective::AssertExhaustion { call, message, .. } => {
                let outcome = self.invoke(&call)?;
                trapped(outcome, message)
            }
            WastDirective::AssertInvalid { module, message, .. }
            | WastDirective::AssertMalformed { module, message, .. } => self.rejected(module, message),
            WastDirective::AssertUnlinkable { module, message, .. } => {
                match self.instantiate(&encode(module)?)? {
                    Err(Failure::Unlinkable(_)) => Ok(()),
                    other => Err(format!("should not link ({message}) but {other:?}")),
                }
            }
            other => Err(format!("no directive of 2.0: {other:?}")),
        }
    }

    fn define(&mut self, name: Option<Id<'_>>, wasm: &[u8]) -> Outcome {
        let instance = self.instantiate(wasm)?.map_err(|failure| format!("{failure:?}"))?;
        self.current = Some(instance);
        if let Some(name) = name {
            self.named.insert(name.name().to_owned(), instance);
        }
        Ok(())
    }

    /// The outer error is that of a module that does not load.
    fn instantiate(&mut self, wasm: &[u8]) -> Result<Result<usize, Failure>, String> {
        let module = Module::new(wasm).map_err(|error| error.to_string())?;
        Ok(self.linker.instantiate(module))
    }

    fn instance(&self, name: Option<Id<'_>>) -> Result<usize, String> {
        match name {
            Some(name) => self.named.get(name.name()).copied().ok_or(format!("no module {}", name.name())),
            None => self.current.ok_or("no module".to_owned()),
        }
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) -> Result<Result<Vec<Value>, TrapKind>, String> {
        let instance = self.instance(invoke.module)?;
        let Some(Extern::Function(index)) = self.linker.exported(instance, invoke.name) else {
            return Err(format!("no function {}", invoke.name));
        };
        let args: Option<Vec<Value>> = invoke.args.iter().map(argument).collect();
        let args = args.ok_or("an argument of a newer type")?;
        Ok(self.linker.call(Function { instance, index }, &args))
    }

    fn execute(&mut self, exec: WastExecute<'_>) -> Result<Result<Vec<Value>, TrapKind>, String> {
        match exec {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Wat(module) => match self.instantiate(&encode(module)?)? {
                Ok(_) => Ok(Ok(vec![])),
                Err(Failure::Trap(trap)) => Ok(Err(trap)),
                Err(Failure::Unlinkable(what)) => Err(format!("does not link: {what}")),
            },
            WastExecute::Get { module, global, .. } => {
                let instance = self.instance(module)?;
                let Some(Extern::Global(index)) = self.linker.exported(instance, global) else {
                    return Err(format!("no global {global}"));
                };
                Ok(Ok(vec![self.linker.global(instance, index)]))
            }
        }
    }

    fn rejected(&mut self, mut module: QuoteWat<'_>, message: &str) -> Outcome {
        let wasm = match module.to_test() {
            Ok(QuoteWatTest::Binary(wasm)) => wasm,
            Ok(QuoteWatTest::Text(_)) => match module.encode() {
                Ok(wasm) => wasm,
                Err(_) => {
                    self.tally.by_text_parser += 1;
                    return Ok(());
                }
            },
            Err(_) => {
                self.tally.by_text_parser += 1;
                return Ok(());
            }
        };
        match Module::new(&wasm) {
            Ok(_) => Err(format!("loaded, though {message}")),
            Err(error) => {
                self.tally.by_refusal += usize::from(matches!(error.kind, LoadErrorKind::Unsupported(_)));
                Ok(())
            }
        }
    }
}

fn encode(module: Wat<'_>) -> Result<Vec<u8>, String> {
    let mut module: TextModule<'_> = match module {
        Wat::Module(module) => module,
        Wat::Component(_) => return Err("a component".to_owned()),
    };
    module.encode().map_err(|error| error.to_string())
}

fn trapped(outcome: Result<Vec<Value>, TrapKind>, message: &str) -> Outcome {
    match outcome {
        Ok(values) => Err(format!("gave {values:?}, but should trap: {message}")),
        Err(trap) => {
            // Some messages go on with the number of the entry.
            let message =
                if message.starts_with("uninitialized element") { "uninitialized element" } else { message };
            let told = trap.to_string();
            if told.contains(message) { Ok(()) } else { Err(format!("{told}, not {message}")) }
        }
    }
}
