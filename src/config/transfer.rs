//! `moved`, `removed` and `import` blocks.

use std::rc::Rc;

use model::syntax::Syntax;
use model::{DeclarationId, Import, Moved, Removed, Selector};

use crate::blocks::{IMPORT, MOVED, REMOVED, REMOVED_LIFECYCLE};
use crate::codes;
use crate::convert::plain_text;
use crate::document::Block;
use crate::evaluator::{Evaluator, Outcome, Reported, Scope};
use crate::expression::{Expression, Kind, Root, StepKind, Traversal};
use crate::instance::Instance;
use crate::reserved::{known, required};
use crate::value::Data;
use crate::value_type::describe;

/// What the blocks of a project say.
#[derive(Debug, Default)]
pub(crate) struct Transfers {
    /// Renames.
    pub(crate) moved: Vec<Moved>,
    /// Ends of interest.
    pub(crate) removed: Vec<Removed>,
    /// Take-overs.
    pub(crate) imports: Vec<Import>,
}

impl<'p> Evaluator<'p> {
    /// Reads all blocks of the root.
    pub(crate) fn transfers(&self, root: &Rc<Instance<'p>>) -> Transfers {
        let mut transfers = Transfers::default();
        for block in &root.folder.root.transfers {
            // Each reports its own problems; the others are still of interest.
            let _: Outcome<()> = match &*block.kind.text {
                "moved" => self.moved(block).map(|moved| transfers.moved.push(moved)),
                "removed" => self
                    .removed(block)
                    .map(|removed| transfers.removed.push(removed)),
                _ => self
                    .import(block, Scope::of(root))
                    .map(|import| transfers.imports.push(import)),
            };
        }
        transfers
    }

    /// Checks the attributes of a block and returns those it must have.
    fn fields<'b, const N: usize>(
        &self,
        block: &'b Block,
        syntax: &Syntax,
        names: [&str; N],
    ) -> Outcome<[&'b Expression; N]> {
        let mut problems = Vec::new();
        let what = format!("`{}`", block.kind.text);
        known(&block.body, &what, syntax, &mut problems);
        let fields =
            names.map(|name| required(&block.body, block.header, syntax, name, &mut problems));
        let failed = !problems.is_empty();
        for problem in problems {
            self.report(problem);
        }
        let fields: Vec<&Expression> = fields.into_iter().flatten().collect();
        match <[&Expression; N]>::try_from(fields) {
            Ok(fields) if !failed => Ok(fields),
            _ => Err(Reported),
        }
    }

    fn moved(&self, block: &Block) -> Outcome<Moved> {
        let [from, to] = self.fields(block, &MOVED, ["from", "to"])?;
        let (from_selector, to_selector) = (self.selector(from), self.selector(to));
        let (from_selector, to_selector) = (from_selector?, to_selector?);
        let is_module = |selector: &Selector| selector.block.is_none();
        if is_module(&from_selector) != is_module(&to_selector) {
            return Err(self.report(
                codes::BAD_SELECTOR
                    .error()
                    .at(from.span, kind_of(&from_selector))
                    .at(to.span, kind_of(&to_selector))
                    .help("A declaration moves to a declaration, a module to a module."),
            ));
        }
        if from_selector == to_selector {
            return Err(self.report(
                codes::BAD_SELECTOR
                    .error()
                    .at(to.span, "this is where it comes from"),
            ));
        }
        Ok(Moved {
            from: from_selector,
            to: to_selector,
            span: block.header,
        })
    }

    fn removed(&self, block: &Block) -> Outcome<Removed> {
        let [from] = self.fields(block, &REMOVED, ["from"])?;
        let from = self.selector(from)?;
        let mut destroy = block.body.attribute("destroy");
        for inner in &block.body.blocks {
            let mut problems = Vec::new();
            known(
                &inner.body,
                "`lifecycle`",
                &REMOVED_LIFECYCLE,
                &mut problems,
            );
            for problem in problems {
                self.report(problem);
            }
            destroy = inner.body.attribute("destroy").or(destroy);
        }
        let destroy = match destroy {
            Some(attribute) => self.condition(&attribute.value, Scope::CONSTANT)?.0,
            None => true,
        };
        Ok(Removed {
            from,
            destroy,
            span: block.header,
        })
    }

    fn import(&self, block: &Block, scope: Scope<'_, 'p>) -> Outcome<Import> {
        let [to, id] = self.fields(block, &IMPORT, ["to", "id"])?;
        let declaration = self.selector(to).and_then(|selector| {
            DeclarationId::try_from(selector)
                .map_err(|reason| self.report(codes::BAD_SELECTOR.error().at(to.span, reason)))
        });
        let value = self.evaluate(id, scope)?;
        let text = plain_text(&value).filter(|text| !text.is_empty());
        let text = text.ok_or_else(|| {
            self.report(codes::TYPE_MISMATCH.error().at(
                id.span,
                format!(
                    "the name of a live object is needed, this is {}",
                    describe(&value)
                ),
            ))
        })?;
        Ok(Import {
            to: declaration?,
            id: text,
            span: block.header,
        })
    }

    /// Reads the name of a declaration, written as a reference or as text.
    fn selector(&self, written: &Expression) -> Outcome<Selector> {
        let text = match (written.as_constant_text(), &written.kind) {
            (Some(text), _) => Some(text.to_owned()),
            (None, Kind::Traversal(traversal)) => traversal_text(traversal),
            _ => None,
        };
        let problem = |reason: String| codes::BAD_SELECTOR.error().at(written.span, reason);
        let Some(text) = text else {
            return Err(self.report(problem(
                "a name such as `table.videos` or `role.reader[\"a\"]` is needed".to_owned(),
            )));
        };
        text.parse().map_err(|reason| self.report(problem(reason)))
    }
}

fn kind_of(selector: &Selector) -> &'static str {
    match selector.block {
        Some(_) => "this is a declaration",
        None => "this is a module",
    }
}

/// Writes a reference back as text; `None` where it is computed.
fn traversal_text(traversal: &Traversal) -> Option<String> {
    let Root::Name(root) = &traversal.root else {
        return None;
    };
    let mut text = root.text.to_string();
    for (at, step) in traversal.steps.iter().enumerate() {
        match &step.kind {
            StepKind::Attribute(name) => {
                text.push('.');
                text.push_str(name);
            }
            StepKind::Index(Expression {
                kind: Kind::Constant(Some(value)),
                ..
            }) => {
                match &value.data {
                    // The label itself may be written as an index if it is no identifier.
                    Data::Text(name) if at == 0 => text.push_str(&format!(".{name:?}")),
                    Data::Text(name) => text.push_str(&format!("[{name:?}]")),
                    Data::Number(number) => text.push_str(&format!("[{number}]")),
                    _ => return None,
                }
            }
            StepKind::Index(_) | StepKind::Splat(_) => return None,
        }
    }
    Some(text)
}
