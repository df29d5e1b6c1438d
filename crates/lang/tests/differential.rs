//! Random programs with every kind of jump, run by the machine and by a plain interpreter of their statements.
//!
//! The interpreter knows nothing of blocks, loops or dominators: it flattens a program to a list in which every
//! construct is a few jumps, and walks the list.

mod differential_program;
mod run;

use differential_program::{Program, interpret};
use proptest::prelude::*;
use run::Running;
use sostenuto_lang::{Language, Options, compile};
use sostenuto_vm::Value;

fn check(choices: &[u8], a: i32, b: i32, debug: bool) -> Result<(), TestCaseError> {
    let program = Program::chosen(choices);
    let source = program.to_string();
    let options = Options { debug, ..Options::default() };
    let compiled = compile(Language::Impala, &source, "random.impala", &options);
    let patch = match compiled {
        Ok(compiled) => compiled.patch,
        Err(said) => {
            let said: String = said.iter().map(|said| said.render(&source, "random.impala", false)).collect();
            return Err(TestCaseError::fail(format!("{said}\n{source}")));
        }
    };
    let fail = |what: String| TestCaseError::fail(format!("{what}\n{source}"));
    let mut running = Running::new(patch).map_err(fail)?;
    let (expected, yields) = interpret(&program, a, b);
    let given = running.call("f", &[Value::I32(a), Value::I32(b)]).map_err(fail)?;
    prop_assert_eq!(given, (Some(Value::I32(expected)), yields), "{}", source);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn programs_do_what_their_statements_say(
        choices in proptest::collection::vec(any::<u8>(), 0..600),
        a in -3..100i32,
        b in any::<i32>(),
        debug in any::<bool>(),
    ) {
        check(&choices, a, b, debug)?;
    }
}
