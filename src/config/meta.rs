//! Arguments of the language in declarations: `depends_on`, `provider`, `strategy`, `lifecycle`.

use std::rc::Rc;

use model::diagnostic::did_you_mean;
use model::{Lifecycle, Span, Strategy};

use crate::blocks::LIFECYCLE;
use crate::codes;
use crate::declare::Needs;
use crate::document::Block;
use crate::evaluator::{Evaluator, Outcome, Reported, Scope};
use crate::expression::{Expression, Kind, Root, StepKind, Traversal};
use crate::instance::Instance;
use crate::names::{Allowed, Meaning, resolve};
use crate::reserved::known;
use crate::value::Data;

impl<'p> Evaluator<'p> {
    /// Reads `depends_on = [kind.label, module.x]`.
    pub(crate) fn depends_on(
        &self,
        written: Option<&Expression>,
        instance: &Rc<Instance<'p>>,
    ) -> Outcome<Needs> {
        let Some(written) = written else {
            return Ok(Vec::new());
        };
        let Kind::Tuple(items) = &written.kind else {
            return Err(self.report(
                codes::NOT_A_NAME
                    .error()
                    .at(written.span, "a list of references is needed")
                    .help("Write `depends_on = [table.videos]`."),
            ));
        };
        let mut needs = Vec::new();
        let mut outcome = Ok(());
        for item in items {
            outcome = outcome.and(self.need(item, instance, &mut needs));
        }
        outcome.map(|()| needs)
    }

    fn need(
        &self,
        item: &Expression,
        instance: &Rc<Instance<'p>>,
        needs: &mut Needs,
    ) -> Outcome<()> {
        let not_a_name = || {
            self.report(
                codes::NOT_A_NAME
                    .error()
                    .at(item.span, "this is no reference to a declaration or module")
                    .help("Write it without quotes: `table.videos`, `module.marts`."),
            )
        };
        let Kind::Traversal(Traversal {
            root: Root::Name(root),
            steps,
        }) = &item.kind
        else {
            return Err(not_a_name());
        };
        let (meaning, taken) = resolve(root, steps, Some(instance.folder), Allowed::default())
            .map_err(|problem| self.report(*problem))?;
        match meaning {
            Meaning::Module(number) => {
                let repeated = self.module(instance, number, item.span)?;
                for (_, member) in &repeated.members {
                    self.everything_in(&self.instance(*member), item.span, needs)?;
                }
                Ok(())
            }
            Meaning::Declaration(number) if steps.len() == taken => {
                let repeated = self.block(instance, number, item.span)?;
                let ids = repeated
                    .members
                    .iter()
                    .map(|(_, member)| member.target.id.clone());
                needs.extend(ids.map(|id| (id, item.span)));
                Ok(())
            }
            Meaning::Declaration(_) if matches!(steps[taken].kind, StepKind::Index(_)) => {
                match self.evaluate(item, Scope::of(instance))?.data {
                    Data::Reference(target) => {
                        needs.push((target.id.clone(), item.span));
                        Ok(())
                    }
                    _ => Err(not_a_name()),
                }
            }
            Meaning::Broken => Err(Reported),
            _ => Err(not_a_name()),
        }
    }

    fn everything_in(
        &self,
        instance: &Rc<Instance<'p>>,
        span: Span,
        needs: &mut Needs,
    ) -> Outcome<()> {
        for number in 0..instance.folder.declarations.len() {
            let repeated = self.block(instance, number, span)?;
            let ids = repeated
                .members
                .iter()
                .map(|(_, member)| member.target.id.clone());
            needs.extend(ids.map(|id| (id, span)));
        }
        for number in 0..instance.folder.modules.len() {
            for (_, member) in &self.module(instance, number, span)?.members {
                self.everything_in(&self.instance(*member), span, needs)?;
            }
        }
        Ok(())
    }

    /// Reads `provider = postgres.alias`.
    pub(crate) fn chosen_provider(
        &self,
        written: Option<&Expression>,
    ) -> Outcome<Option<(String, Span)>> {
        let Some(written) = written else {
            return Ok(None);
        };
        let path = written.as_path();
        let Some(path) = path.filter(|path| path.len() <= 2) else {
            return Err(self.report(
                codes::NOT_A_NAME
                    .error()
                    .at(written.span, "a provider is named without quotes")
                    .help("Write `provider = postgres` or `provider = postgres.alias`."),
            ));
        };
        let name = path.join(".");
        let known: Vec<String> = self.program.folders[0]
            .root
            .providers
            .iter()
            .map(provider_name)
            .collect();
        // A provider without settings needs no block.
        if path.len() == 1 || known.contains(&name) {
            return Ok(Some((name, written.span)));
        }
        Err(self.report(
            codes::UNKNOWN_PROVIDER
                .error()
                .at(
                    written.span,
                    format!("there is no provider block for `{name}`"),
                )
                .help(
                    did_you_mean(&name, known.iter().map(String::as_str)).unwrap_or_else(|| {
                        format!(
                            "Declare it: provider \"{}\" {{ alias = \"{}\" }}",
                            path[0], path[1]
                        )
                    }),
                ),
        ))
    }

    /// Reads `strategy = "direct"`.
    pub(crate) fn strategy(
        &self,
        written: Option<&Expression>,
        scope: Scope<'_, 'p>,
    ) -> Outcome<Option<Strategy>> {
        let Some(written) = written else {
            return Ok(None);
        };
        let value = self.evaluate(written, scope)?;
        if matches!(value.data, Data::Null) {
            return Ok(None);
        }
        let word = value.as_text().unwrap_or_default();
        let strategy = Strategy::of(word).ok_or_else(|| {
            self.report(
                codes::BAD_SETTING
                    .error()
                    .at(written.span, "this is neither \"online\" nor \"direct\"")
                    .help_some(did_you_mean(word, Strategy::WORDS)),
            )
        });
        strategy.map(Some)
    }

    /// Reads `lifecycle { prevent_destroy = true, ignore_changes = [owner] }`.
    pub(crate) fn lifecycle(&self, blocks: &[Block], scope: Scope<'_, 'p>) -> Outcome<Lifecycle> {
        let mut lifecycle = Lifecycle::default();
        let Some((block, others)) = blocks.split_first() else {
            return Ok(lifecycle);
        };
        let mut problems = Vec::new();
        for other in others {
            problems.push(
                codes::DUPLICATE
                    .error()
                    .at(other.header, "a second `lifecycle` block")
                    .at(block.header, "the first one"),
            );
        }
        known(&block.body, "`lifecycle`", &LIFECYCLE, &mut problems);
        if !block.labels.is_empty() {
            problems.push(
                codes::BAD_LABELS
                    .error()
                    .at(block.header, "`lifecycle` has no label"),
            );
        }
        let mut failed = !problems.is_empty();
        for problem in problems {
            self.report(problem);
        }
        if let Some(attribute) = block.body.attribute("prevent_destroy") {
            match self.condition(&attribute.value, scope) {
                Ok((true, _)) => {
                    let value = attribute.value.span;
                    lifecycle.prevent_destroy = Some(Span::new(
                        value.source,
                        attribute.name.span.start,
                        value.end,
                    ));
                }
                Ok((false, _)) => {}
                Err(Reported) => failed = true,
            }
        }
        if let Some(attribute) = block.body.attribute("ignore_changes") {
            match self.ignored(&attribute.value) {
                Ok(ignored) => lifecycle.ignore_changes = ignored,
                Err(Reported) => failed = true,
            }
        }
        if failed { Err(Reported) } else { Ok(lifecycle) }
    }

    fn ignored(&self, written: &Expression) -> Outcome<Vec<(String, Span)>> {
        let bad = |span: Span| {
            self.report(
                codes::NOT_A_NAME
                    .error()
                    .at(span, "names of attributes are needed")
                    .help("Write `ignore_changes = [owner, comment]`."),
            )
        };
        let Kind::Tuple(items) = &written.kind else {
            return Err(bad(written.span));
        };
        let mut names = Vec::new();
        for item in items {
            let path = item.as_path();
            let name = match path.as_deref() {
                Some([name]) => Some(*name),
                _ => item.as_constant_text(),
            };
            names.push((name.ok_or_else(|| bad(item.span))?.to_owned(), item.span));
        }
        Ok(names)
    }
}

/// Returns the name of a provider block, with its alias: `postgres.eu`.
pub(crate) fn provider_name(block: &Block) -> String {
    let name = block.labels.first().map_or("", |label| &label.text);
    match block
        .body
        .attribute("alias")
        .and_then(|alias| alias.value.as_constant_text())
    {
        Some(alias) => format!("{name}.{alias}"),
        None => name.to_owned(),
    }
}
