//! What has to be known of the whole program before its first statement is lowered.

use std::collections::HashMap;

use super::ast::{Datum, Kind, Name, Statement};
use crate::diagnostic::Span;

#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The values of `DATA`, in the order of the program.
    pub data: Vec<Datum>,
    /// Each SUB's parameters, as a hint shows them, and its place.
    pub subs: HashMap<String, (String, Span)>,
    /// Where each array is dimensioned.
    pub arrays: HashMap<String, Span>,
    /// A SUB may end the program.
    pub ends_in_sub: bool,
}

pub(super) fn survey(statements: &[Statement]) -> Survey {
    let mut survey = Survey::default();
    survey.statements(statements, false);
    survey
}

impl Survey {
    fn statements(&mut self, statements: &[Statement], in_sub: bool) {
        for statement in statements {
            match &statement.kind {
                Kind::Data(data) => self.data.extend(data.iter().cloned()),
                Kind::Bye => self.ends_in_sub |= in_sub,
                Kind::Dim(arrays) => {
                    for (name, _) in arrays {
                        self.arrays.entry(name.text.clone()).or_insert(name.span);
                    }
                }
                Kind::Sub(sub) => {
                    let parameters = shown(&sub.parameters);
                    self.subs.insert(sub.name.text.clone(), (parameters, sub.name.span));
                    self.statements(&sub.body, true);
                }
                Kind::If { branches, otherwise } => {
                    branches.iter().for_each(|(_, body)| self.statements(body, in_sub));
                    self.statements(otherwise, in_sub);
                }
                Kind::Select { cases, otherwise, .. } => {
                    cases.iter().for_each(|(_, body)| self.statements(body, in_sub));
                    self.statements(otherwise, in_sub);
                }
                Kind::For(parts) => self.statements(&parts.body, in_sub),
                Kind::Do { body, .. } => self.statements(body, in_sub),
                _ => {}
            }
        }
    }
}

fn shown(parameters: &[Name]) -> String {
    let names: Vec<&str> = parameters.iter().map(|name| name.text.as_str()).collect();
    if names.is_empty() { String::new() } else { format!(" {}", names.join(", ")) }
}
