//! `drift_ignore` and `accept` blocks: differences that a project accepts.

use std::collections::BTreeMap;
use std::rc::Rc;

use model::syntax::Syntax;
use model::{AcceptBlock, DriftIgnore, Selector, Span, ignore};

use crate::codes;
use crate::document::{Attribute, Block, Body};
use crate::evaluator::{Evaluator, Outcome, Reported, Scope};
use crate::expression::{Expression, Kind};
use crate::guards::{ACCEPT, DRIFT_IGNORE};
use crate::instance::Instance;
use crate::reserved::{known, required};
use crate::value::{Data, Value};
use crate::value_type::describe;

/// Why something is accepted, where that was decided, and until when.
type Terms = (String, Option<String>, Option<String>);

impl<'p> Evaluator<'p> {
    /// Reads which drift is accepted.
    pub(crate) fn ignores(&self, root: &Rc<Instance<'p>>) -> Vec<DriftIgnore> {
        let blocks = &root.folder.root.ignores;
        self.named(blocks, "accepted drift", |name, block| {
            self.ignore(name, block, Scope::of(root))
        })
    }

    /// Reads which differences between who may do what are accepted.
    pub(crate) fn accepts(&self, root: &Rc<Instance<'p>>) -> Vec<AcceptBlock> {
        let blocks = &root.folder.root.accepts;
        self.named(blocks, "accepted difference", |name, block| {
            self.acceptance(name, block, Scope::of(root))
        })
    }

    /// Reads blocks that have names. What is wrong with one is reported; the others are still looked at.
    fn named<T>(
        &self,
        blocks: &[Block],
        what: &str,
        read: impl Fn(&str, &Block) -> Outcome<T>,
    ) -> Vec<T> {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut all = Vec::new();
        for block in blocks {
            let name = block.labels.first().map_or("", |label| &label.text);
            self.once(&mut seen, what, name, block.header);
            all.extend(read(name, block));
        }
        all
    }

    fn ignore(&self, name: &str, block: &Block, scope: Scope<'_, 'p>) -> Outcome<DriftIgnore> {
        let sound = self.sound(block, &DRIFT_IGNORE);
        let attribute = |name| block.body.attribute(name);
        let on = self.accepted(attribute("on"), scope);
        let kinds = self.names_in(attribute("kinds"), scope);
        let attributes = self.names_in(attribute("attributes"), scope);
        let terms = self.terms(&block.body, scope);
        sound?;
        let (on, names) = on?;
        let (kinds, attributes) = (kinds?, attributes?);
        let (reason, ticket, expires) = terms?;
        Ok(DriftIgnore {
            name: name.to_owned(),
            on,
            names,
            kinds,
            attributes,
            reason,
            ticket,
            expires,
            span: block.header,
        })
    }

    fn acceptance(&self, name: &str, block: &Block, scope: Scope<'_, 'p>) -> Outcome<AcceptBlock> {
        let sound = self.sound(block, &ACCEPT);
        let attribute = |name| block.body.attribute(name);
        let roles = self.accepted(attribute("role"), scope);
        let on = self.accepted(attribute("on"), scope);
        let privileges = self.names_in(attribute("privileges"), scope);
        let terms = self.terms(&block.body, scope);
        sound?;
        let ((roles, role_names), (on, names)) = (roles?, on?);
        let privileges = privileges?;
        let (reason, ticket, expires) = terms?;
        Ok(AcceptBlock {
            name: name.to_owned(),
            roles,
            role_names,
            on,
            names,
            privileges,
            reason,
            ticket,
            expires,
            span: block.header,
        })
    }

    /// Reports what is not known in a block, and what is missing.
    fn sound(&self, block: &Block, syntax: &Syntax) -> Outcome<()> {
        let mut problems = Vec::new();
        let of = format!("`{}`", syntax.kind);
        known(&block.body, &of, syntax, &mut problems);
        required(&block.body, block.header, syntax, "reason", &mut problems);
        let mut outcome = Ok(());
        for problem in problems {
            outcome = Err(self.report(problem));
        }
        outcome
    }

    fn terms(&self, body: &Body, scope: Scope<'_, 'p>) -> Outcome<Terms> {
        let reason = self.message(body.attribute("reason"), scope);
        let ticket = self.message(body.attribute("ticket"), scope);
        let expires = self.day(body.attribute("expires"), scope);
        Ok((reason?.unwrap_or_default(), ticket?, expires?))
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
