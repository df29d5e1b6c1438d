//! How often a function accesses its arrays a sample.

use std::collections::BTreeMap;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprForLoop, Member, Stmt};

use super::program::number;

/// Reads and writes a sample, by the array's name.
///
/// They are counted in the text of the loop over the samples, inner loops by how often they run. Both branches of an `if`
/// count.
pub fn accesses(compute: &Block) -> BTreeMap<String, [usize; 2]> {
    let mut counter = Counter { times: 1, counts: BTreeMap::new() };
    for statement in &compute.stmts {
        if let Stmt::Expr(Expr::ForLoop(samples), _) = statement {
            counter.visit_block(&samples.body);
        }
    }
    counter.counts
}

struct Counter {
    times: usize,
    counts: BTreeMap<String, [usize; 2]>,
}

impl Counter {
    fn count(&mut self, array: &Expr, is_write: bool) {
        let name = match array {
            Expr::Field(field) => match &field.member {
                Member::Named(name) => name.to_string(),
                Member::Unnamed(_) => return,
            },
            Expr::Path(path) => match path.path.get_ident() {
                Some(name) => name.to_string().trim_end_matches("_guard").to_string(),
                None => return,
            },
            _ => return,
        };
        let count = &mut self.counts.entry(name).or_default()[usize::from(is_write)];
        *count = count.saturating_add(self.times);
    }
}

impl<'a> Visit<'a> for Counter {
    fn visit_expr_assign(&mut self, assignment: &'a syn::ExprAssign) {
        match &*assignment.left {
            Expr::Index(index) => {
                self.count(&index.expr, true);
                self.visit_expr(&index.index);
            }
            left => self.visit_expr(left),
        }
        self.visit_expr(&assignment.right);
    }

    fn visit_expr_index(&mut self, index: &'a syn::ExprIndex) {
        self.count(&index.expr, false);
        visit::visit_expr_index(self, index);
    }

    fn visit_expr_for_loop(&mut self, inner: &'a ExprForLoop) {
        let before = self.times;
        self.times = self.times.saturating_mul(turns(&inner.expr).unwrap_or(1));
        self.visit_block(&inner.body);
        self.times = before;
    }
}

/// How often a loop over a range of numbers runs, in whatever direction.
fn turns(range: &Expr) -> Option<usize> {
    match range {
        Expr::MethodCall(call) => turns(&call.receiver),
        Expr::Paren(inner) => turns(&inner.expr),
        Expr::Range(range) => {
            let inclusive = usize::from(matches!(range.limits, syn::RangeLimits::Closed(_)));
            let end = number(range.end.as_deref()?)?.saturating_add(inclusive);
            Some(end.saturating_sub(number(range.start.as_deref()?)?))
        }
        _ => None,
    }
}
