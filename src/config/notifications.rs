//! `notify` blocks: who is told how runs end.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use model::diagnostic::did_you_mean;
use model::notify::{Notify, Occasion, Way};
use model::{Secret, Span};

use crate::codes;
use crate::convert::plain_text;
use crate::document::{Attribute, Block};
use crate::evaluator::{Evaluator, Outcome, Scope};
use crate::guards::NOTIFY;
use crate::instance::Instance;
use crate::reserved::{known, required};
use crate::value::Data;
use crate::value_type::describe;

impl<'p> Evaluator<'p> {
    /// Reads who is told in the chosen environment.
    pub(crate) fn notifications(&self, root: &Rc<Instance<'p>>) -> Vec<Notify> {
        let mut all = Vec::new();
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        for block in &root.folder.root.notifications {
            let name = block.labels.get(1).map_or("", |label| &label.text);
            self.once(&mut seen, "notification", name, block.header);
            // What is wrong with one is reported; the others are still looked at.
            if let Ok(Some(notify)) = self.notification(name, block, Scope::of(root)) {
                all.push(notify);
            }
        }
        all
    }

    fn notification(
        &self,
        name: &str,
        block: &Block,
        scope: Scope<'_, 'p>,
    ) -> Outcome<Option<Notify>> {
        let mut problems = Vec::new();
        let (body, syntax) = (&block.body, &NOTIFY);
        known(body, "`notify`", syntax, &mut problems);
        required(body, block.header, syntax, "url", &mut problems);
        let mut outcome = Ok(());
        for problem in problems {
            outcome = Err(self.report(problem));
        }
        let attribute = |name| body.attribute(name);
        let way = self.way(block);
        let counts = self.counts(attribute("environments"), scope);
        let on = self.occasions(attribute("on"), scope);
        let link = self.message(attribute("link"), scope);
        let url = self.secret_text(attribute("url"), scope);
        outcome?;
        let (way, on, link, url) = (way?, on?, link?, url?);
        Ok(url.filter(|_| counts == Ok(true)).map(|url| Notify {
            way,
            name: name.to_owned(),
            url: Secret::new(url, name),
            on,
            link,
        }))
    }

    fn way(&self, block: &Block) -> Outcome<Way> {
        let Some(label) = block.labels.first() else {
            unreachable!("a block without its two labels was reported and left out")
        };
        let known = Way::ALL.map(Way::name);
        let found = Way::ALL.into_iter().find(|way| way.name() == &*label.text);
        found.ok_or_else(|| {
            self.report(
                codes::BAD_SETTING
                    .error()
                    .at(
                        label.span,
                        format!("there is no way `{}` to tell", label.text),
                    )
                    .help(
                        did_you_mean(&label.text, known)
                            .unwrap_or_else(|| "There is `slack` and `webhook`.".to_owned()),
                    ),
            )
        })
    }

    fn occasions(
        &self,
        written: Option<&Attribute>,
        scope: Scope<'_, 'p>,
    ) -> Outcome<BTreeSet<Occasion>> {
        let Some(written) = written else {
            return Ok(Occasion::ALL.into());
        };
        let known = Occasion::ALL.map(Occasion::name);
        let mut outcome = Ok(());
        let mut occasions = BTreeSet::new();
        for (word, span) in self.texts(&written.value, scope)? {
            match Occasion::ALL.into_iter().find(|one| one.name() == word) {
                Some(occasion) => drop(occasions.insert(occasion)),
                None => {
                    let listed: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
                    outcome = Err(self.report(
                        codes::BAD_SETTING
                            .error()
                            .at(span, format!("there is nothing `{word}` to be told of"))
                            .help(
                                did_you_mean(&word, known)
                                    .unwrap_or_else(|| format!("There is {}.", listed.join(", "))),
                            ),
                    ));
                }
            }
        }
        outcome?;
        Ok(occasions)
    }

    /// Reads a text that may be sensitive, or nothing.
    fn secret_text(
        &self,
        written: Option<&Attribute>,
        scope: Scope<'_, 'p>,
    ) -> Outcome<Option<String>> {
        let Some(written) = written else {
            return Ok(None);
        };
        let value = self.evaluate(&written.value, scope)?;
        if matches!(value.data, Data::Null) {
            return Ok(None);
        }
        match plain_text(&value) {
            Some(text) => Ok(Some(text).filter(|text| !text.is_empty())),
            None => Err(self.report(codes::TYPE_MISMATCH.error().at(
                written.value.span,
                format!("a text is needed, this is {}", describe(&value)),
            ))),
        }
    }
}
