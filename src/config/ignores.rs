//! `drift_ignore` blocks: drift that a project accepts.

use std::collections::BTreeMap;
use std::rc::Rc;

use model::{DriftIgnore, Selector, Span, ignore};

use crate::codes;
use crate::document::{Attribute, Block};
use crate::evaluator::{Evaluator, Outcome, Reported, Scope};
use crate::expression::{Expression, Kind};
use crate::guards::DRIFT_IGNORE;
use crate::instance::Instance;
use crate::reserved::{known, required};
use crate::value::{Data, Value};
use crate::value_type::describe;

impl<'p> Evaluator<'p> {
    /// Reads what is accepted.
    pub(crate) fn ignores(&self, root: &Rc<Instance<'p>>) -> Vec<DriftIgnore> {
        let mut ignores = Vec::new();
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for block in &root.folder.root.ignores {
            let name = block.labels.first().map_or("", |label| &label.text);
            self.once(&mut seen, "accepted drift", name, block.header);
            // What is wrong with one is reported; the others are still looked at.
            if let Ok(ignore) = self.ignore(name, block, Scope::of(root)) {
                ignores.push(ignore);
            }
        }
        ignores
    }

    fn ignore(&self, name: &str, block: &Block, scope: Scope<'_, 'p>) -> Outcome<DriftIgnore> {
        let mut problems = Vec::new();
        let (body, syntax) = (&block.body, &DRIFT_IGNORE);
        known(body, "`drift_ignore`", syntax, &mut problems);
        required(body, block.header, syntax, "reason", &mut problems);
        let mut outcome = Ok(());
        for problem in problems {
            outcome = Err(self.report(problem));
        }
        let attribute = |name| body.attribute(name);
        let on = self.accepted(attribute("on"), scope);
        let kinds = self.names_in(attribute("kinds"), scope);
        let attributes = self.names_in(attribute("attributes"), scope);
        let reason = self.message(attribute("reason"), scope);
        let ticket = self.message(attribute("ticket"), scope);
        let expires = self.day(attribute("expires"), scope);
        outcome?;
        let (on, names) = on?;
        Ok(DriftIgnore {
            name: name.to_owned(),
            on,
            names,
            kinds: kinds?,
            attributes: attributes?,
            reason: reason?.unwrap_or_default(),
            ticket: ticket?,
            expires: expires?,
            span: block.header,
        })
    }

    fn names_in(&self, written: Option<&Attribute>, scope: Scope<'_, 'p>) -> Outcome<Vec<String>> {
        let Some(written) = written else {
            return Ok(Vec::new());
        };
        let texts = self.texts(&written.value, scope)?;
        Ok(texts.into_iter().map(|(text, _)| text).collect())
    }

    fn day(&self, written: Option<&Attribute>, scope: Scope<'_, 'p>) -> Outcome<Option<String>> {
        let day = self.message(written, scope)?;
        let (Some(day), Some(written)) = (&day, written) else {
            return Ok(None);
        };
        if ignore::is_day(day) {
            return Ok(Some(day.clone()));
        }
        Err(self.report(
            codes::BAD_SETTING
                .error()
                .at(written.value.span, "this is not a day")
                .help("Write year, month and day: `2027-01-31`."),
        ))
    }

    /// Reads what is accepted on what: declarations, and names of live objects.
    fn accepted(
        &self,
        written: Option<&Attribute>,
        scope: Scope<'_, 'p>,
    ) -> Outcome<(Vec<Selector>, Vec<String>)> {
        let (mut selectors, mut names) = (Vec::new(), Vec::new());
        let Some(written) = written else {
            return Ok((selectors, names));
        };
        let parts: Vec<&Expression> = match &written.value.kind {
            Kind::Tuple(items) => items.iter().collect(),
            _ => vec![&written.value],
        };
        let mut outcome = Ok(());
        for part in parts {
            let found = self
                .evaluate(part, scope)
                .and_then(|value| self.accept(&value, part.span, &mut selectors, &mut names));
            outcome = found.and(outcome);
        }
        outcome?;
        Ok((selectors, names))
    }

    fn accept(
        &self,
        value: &Value,
        span: Span,
        selectors: &mut Vec<Selector>,
        names: &mut Vec<String>,
    ) -> Outcome<()> {
        match &value.data {
            Data::Reference(target) => {
                selectors.push(Selector::from(&target.id));
                Ok(())
            }
            Data::Text(text) if !value.sensitive && !text.is_empty() => {
                names.push(text.to_string());
                Ok(())
            }
            Data::List(_, items) | Data::Set(_, items) | Data::Tuple(items) => {
                let mut items = items.iter();
                items.try_for_each(|item| self.accept(item, span, selectors, names))
            }
            // All instances of a block with `for_each`.
            Data::Map(_, entries) | Data::Object(entries) => {
                let mut values = entries.values();
                values.try_for_each(|item| self.accept(item, span, selectors, names))
            }
            _ => Err(self.not_a_place(value, span)),
        }
    }

    fn not_a_place(&self, value: &Value, span: Span) -> Reported {
        self.report(codes::TYPE_MISMATCH.error().at(
            span,
            format!(
                "references or names of live objects are needed, this is {}",
                describe(value)
            ),
        ))
    }
}
