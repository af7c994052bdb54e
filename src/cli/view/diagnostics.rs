//! Problems in the files, with the lines they are in.

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};
use model::{Diagnostic, Severity, Sources};

/// A diagnostic in the dress that the renderer knows.
#[derive(Debug)]
struct Report<'a> {
    diagnostic: &'a Diagnostic,
    source: Option<NamedSource<String>>,
    labels: Vec<LabeledSpan>,
    related: Vec<Related>,
    help: Option<String>,
}

/// A place in another file than the first.
#[derive(Debug)]
struct Related {
    text: String,
    source: NamedSource<String>,
    label: LabeledSpan,
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.diagnostic.title)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.diagnostic.code))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as _)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as _)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty()).then(|| Box::new(self.labels.iter().cloned()) as _)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        (!self.related.is_empty()).then(|| {
            Box::new(
                self.related
                    .iter()
                    .map(|one| one as &dyn miette::Diagnostic),
            ) as _
        })
    }
}

impl fmt::Display for Related {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Related {}

impl miette::Diagnostic for Related {
    fn severity(&self) -> Option<miette::Severity> {
        Some(miette::Severity::Advice)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(std::iter::once(self.label.clone())))
    }
}

fn report<'a>(diagnostic: &'a Diagnostic, sources: &Sources) -> Report<'a> {
    let main = diagnostic.labels.first().map(|label| label.span.source);
    let named = |id| {
        let source = sources.get(id);
        NamedSource::new(&source.name, source.text.clone())
    };
    let labelled = |label: &model::diagnostic::Label| {
        let length = label.span.end - label.span.start;
        let text = (!label.text.is_empty()).then(|| label.text.clone());
        LabeledSpan::new(text, label.span.start, length)
    };
    let (here, elsewhere): (Vec<_>, Vec<_>) = diagnostic
        .labels
        .iter()
        .partition(|label| Some(label.span.source) == main);
    let related = elsewhere
        .into_iter()
        .map(|label| Related {
            text: if label.text.is_empty() {
                "see also".to_owned()
            } else {
                label.text.clone()
            },
            source: named(label.span.source),
            label: labelled(label),
        })
        .collect();
    let mut help = diagnostic.notes.clone();
    help.extend(diagnostic.help.clone());
    Report {
        diagnostic,
        source: main.map(named),
        labels: here.into_iter().map(labelled).collect(),
        related,
        help: (!help.is_empty()).then(|| help.join("\n")),
    }
}

/// Writes diagnostics with the source lines they point at.
#[must_use]
pub fn write(diagnostics: &[Diagnostic], sources: &Sources, color: bool) -> String {
    let theme = if color {
        GraphicalTheme::unicode()
    } else {
        GraphicalTheme::unicode_nocolor()
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .with_context_lines(1)
        .with_width(100);
    let mut text = String::new();
    for diagnostic in diagnostics {
        if handler
            .render_report(&mut text, &report(diagnostic, sources))
            .is_err()
        {
            text.push_str(&diagnostic.title);
        }
        text.push('\n');
    }
    text.push_str(&counts(diagnostics));
    text
}

/// Says how many problems there are.
fn counts(diagnostics: &[Diagnostic]) -> String {
    let errors = diagnostics.iter().filter(|one| one.is_error()).count();
    let warnings = diagnostics.len() - errors;
    let noun = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    match (errors, warnings) {
        (0, warnings) => noun(warnings, "warning"),
        (errors, 0) => noun(errors, "error"),
        (errors, warnings) => format!("{}, {}", noun(errors, "error"), noun(warnings, "warning")),
    }
}
