//! Renders templates: text with values and references in it.

use model::{Piece, Span};

use crate::codes;
use crate::convert::primitive_text;
use crate::evaluator::{Evaluator, LARGEST_VALUE, Outcome, Reported, Scope};
use crate::expression::Part;
use crate::value::{Data, Value};
use crate::value_type::describe;

/// A text under construction.
#[derive(Default)]
struct Page {
    pieces: Vec<Piece>,
    /// The text after the last piece that is a name.
    text: String,
    size: u64,
    sensitive: bool,
    failed: bool,
}

impl Page {
    fn push(&mut self, piece: &Piece) {
        match piece {
            Piece::Text(text) => self.push_text(text),
            Piece::Reference(_) | Piece::This => {
                self.size += 1;
                self.pieces
                    .push(Piece::Text(std::mem::take(&mut self.text)));
                self.pieces.push(piece.clone());
            }
        }
    }

    fn push_text(&mut self, text: &str) {
        self.size = self.size.saturating_add(text.len() as u64);
        if self.size <= LARGEST_VALUE {
            self.text.push_str(text);
        }
    }
}

impl<'p> Evaluator<'p> {
    /// Renders a template.
    pub(crate) fn render(&self, parts: &[Part], scope: Scope<'_, 'p>) -> Outcome {
        let mut page = Page::default();
        self.render_into(parts, scope, &mut page);
        if page.failed {
            return Err(Reported);
        }
        page.pieces.push(Piece::Text(page.text));
        Ok(Value::composed(page.pieces).marked(page.sensitive))
    }

    fn render_into(&self, parts: &[Part], scope: Scope<'_, 'p>, page: &mut Page) {
        for part in parts {
            match part {
                Part::Text(text) => page.push_text(text),
                Part::Value(expression) => {
                    let done = self
                        .evaluate(expression, scope)
                        .and_then(|value| self.render_value(&value, expression.span, page));
                    page.failed |= done.is_err();
                }
                Part::If(condition, yes, no) => match self.condition(condition, scope) {
                    Ok((holds, mark)) => {
                        page.sensitive |= mark;
                        self.render_into(if holds { yes } else { no }, scope, page);
                    }
                    Err(Reported) => page.failed = true,
                },
                Part::For(intro, inside) => {
                    let done = self.walk(intro, scope, |scope| {
                        self.render_into(inside, scope, page);
                        !page.failed && page.size <= LARGEST_VALUE
                    });
                    match done {
                        Ok(mark) => page.sensitive |= mark,
                        Err(Reported) => page.failed = true,
                    }
                }
            }
            if page.size > LARGEST_VALUE && !page.failed {
                page.failed = true;
                if let Some(span) = first_place(parts) {
                    self.report(
                        codes::TOO_LARGE
                            .error()
                            .at(span, "the text is larger than 64 MiB"),
                    );
                }
            }
        }
    }

    fn render_value(&self, value: &Value, span: Span, page: &mut Page) -> Outcome<()> {
        page.sensitive |= value.is_sensitive_inside();
        match &value.data {
            Data::Text(text) => page.push_text(text),
            Data::Composed(pieces) => pieces.iter().for_each(|piece| page.push(piece)),
            Data::Reference(target) => page.push(&Piece::Reference(target.id.clone())),
            Data::This(_) => page.push(&Piece::This),
            data => match primitive_text(data) {
                Some(text) => page.push_text(&text),
                None => return Err(self.report_unprintable(value, span)),
            },
        }
        Ok(())
    }

    fn report_unprintable(&self, value: &Value, span: Span) -> Reported {
        let help = match &value.data {
            Data::Null => "Say what stands there instead: `x == null ? \"\" : x`.",
            Data::Map(..) | Data::Object(_) => "Choose one of its elements, or use `jsonencode`.",
            _ => "Choose one of its elements, or use `join(\", \", ...)`.",
        };
        self.report(
            codes::BAD_TEMPLATE
                .error()
                .at(span, format!("this is {}", describe(value)))
                .help(help),
        )
    }
}

/// Returns the place of the first expression in a template.
fn first_place(parts: &[Part]) -> Option<Span> {
    parts.iter().find_map(|part| match part {
        Part::Text(_) => None,
        Part::Value(expression) => Some(expression.span),
        Part::If(condition, ..) => Some(condition.span),
        Part::For(intro, _) => Some(intro.collection.span),
    })
}
