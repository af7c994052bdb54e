//! Holding a plan against the conditions of policies, long after everything else was computed.
//!
//! The parsed project is kept for that, with what it was given. Computing goes on where it ended: conditions may
//! use variables, local values, modules and functions like any other expression.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use model::policy::{About, Broken, Facts};
use model::{Diagnostic, Map, Sources};

use crate::evaluator::{Binding, Evaluator, Outcome, Scope};
use crate::expression::Expression;
use crate::files::Files;
use crate::load::deep;
use crate::names_check;
use crate::number::Number;
use crate::policy::is_rule;
use crate::program::Program;
use crate::value::{Data, Value};

/// What conditions are computed with.
#[derive(Debug)]
pub struct Judge {
    /// The parsed project.
    pub(crate) program: Arc<Program>,
    /// Its folder.
    pub(crate) dir: PathBuf,
    /// The environment of the process.
    pub(crate) environment: BTreeMap<String, String>,
    /// The chosen environment block.
    pub(crate) chosen: Option<(String, bool)>,
    /// Values given to the variables of the root.
    pub(crate) given: Vec<Option<Expression>>,
    /// The numbers of the blocks of the policies that count.
    pub(crate) policies: Vec<usize>,
}

impl Judge {
    /// Returns the rules that do not hold of a plan.
    ///
    /// # Errors
    /// What is wrong with their conditions, and the texts that it points into: `sources` and what was read since.
    pub fn judge(
        &self,
        sources: &Sources,
        facts: &Facts,
    ) -> Result<Vec<Broken>, (Sources, Vec<Diagnostic>)> {
        deep(&|deepest| {
            let files = Files::new(&self.dir);
            let (program, sources) = (&*self.program, sources.clone());
            let evaluator = Evaluator::new(program, &files, &self.environment, sources, deepest);
            evaluator.chosen.replace(self.chosen.clone());
            let broken = evaluator.broken(self, facts);
            let (sources, mut problems) = evaluator.finish();
            if problems.is_empty() {
                return Ok(broken);
            }
            model::diagnostic::sort(&mut problems);
            Err((sources, problems))
        })
    }
}

impl Evaluator<'_> {
    fn broken(&self, judge: &Judge, facts: &Facts) -> Vec<Broken> {
        let folder = &self.program.folders[0];
        let root = self.instantiate(folder, Vec::new(), None, judge.given.clone());
        let mut broken = Vec::new();
        for (policy, number) in judge.policies.iter().enumerate() {
            let blocks = folder.root.policies[*number].body.blocks.iter();
            for (rule, block) in blocks.filter(|one| is_rule(one)).enumerate() {
                let Some(condition) = block.body.attribute("condition") else {
                    continue;
                };
                let condition = &condition.value;
                let mut of = Vec::new();
                let scope = Scope::of(&root);
                // One that cannot be computed has been reported.
                let about = each(facts, condition, scope, |number, scope| {
                    if !self.condition(condition, scope)?.0 {
                        of.push(number);
                    }
                    Ok(())
                });
                if let (Ok(about), false) = (about, of.is_empty()) {
                    broken.push(Broken {
                        policy,
                        rule,
                        about,
                        of,
                    });
                }
            }
        }
        broken
    }
}

/// Calls a function for everything that a condition is about, with its number and the names of a policy. Stops at
/// the first problem.
pub(crate) fn each<'p>(
    facts: &Facts,
    condition: &Expression,
    scope: Scope<'_, 'p>,
    mut tell: impl FnMut(usize, Scope<'_, 'p>) -> Outcome<()>,
) -> Outcome<About> {
    let about = names_check::about(condition);
    let plan = Binding {
        name: About::Plan.name(),
        value: of_map(&facts.plan),
        outer: scope.bindings,
    };
    let maps: Vec<&Map> = match about {
        About::Plan => {
            let bindings = Some(&plan);
            tell(0, Scope { bindings, ..scope })?;
            return Ok(about);
        }
        About::Change => facts.changes.iter().collect(),
        About::Statement => facts.statements.iter().map(|(one, _)| one).collect(),
    };
    for (number, map) in maps.into_iter().enumerate() {
        let one = Binding {
            name: about.name(),
            value: of_map(map),
            outer: Some(&plan),
        };
        let bindings = Some(&one);
        tell(number, Scope { bindings, ..scope })?;
    }
    Ok(about)
}

fn of_map(map: &Map) -> Value {
    let entries = map.iter().map(|(name, value)| (name.into(), of(value)));
    Value::object(entries.collect())
}

/// Returns a canonical value as expressions know values. A secret is sensitive, and not what it is.
fn of(value: &model::Value) -> Value {
    match value {
        model::Value::Null => Value::null(),
        model::Value::Bool(value) => (*value).into(),
        model::Value::Integer(number) => number_of(&number.to_string()),
        model::Value::Decimal(text) => number_of(text),
        model::Value::Text(text) => text.as_str().into(),
        model::Value::List(items) => Value::tuple(items.iter().map(of).collect()),
        model::Value::Map(map) => of_map(map),
        model::Value::Reference(address) => address.qualified_name().into(),
        model::Value::Secret(_) => Value::from(Data::Text("(sensitive value)".into())).marked(true),
    }
}

fn number_of(text: &str) -> Value {
    match Number::parse(text) {
        Some(Ok(number)) => number.into(),
        _ => text.into(),
    }
}
