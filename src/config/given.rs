//! Values given to the variables of the root from outside, and which of them wins.
//!
//! From low to high: the environment block, `ESTATE_VAR_name`, `*.auto.vars.hcl` by file name,
//! `--var-file` in order, `--var` in order. The default of the variable is lower than all of them.

use model::diagnostic::did_you_mean;
use model::{Diagnostic, Sources, Span};

use crate::codes;
use crate::document::{self, Attribute};
use crate::expression::{Expression, Kind};
use crate::files::{FileError, Files};
use crate::folder::Folder;
use crate::inputs::Inputs;
use crate::lower::Lower;
use crate::program::AUTO_VARIABLES;
use crate::value::Value;

/// What the names of environment variables begin with that give values.
const PREFIX: &str = "ESTATE_VAR_";

/// Collects values for the variables of a folder, by their number.
pub(crate) struct Collector<'a> {
    /// The root.
    pub(crate) folder: &'a Folder,
    /// The files of the project.
    pub(crate) files: &'a Files,
    /// Every text so far.
    pub(crate) sources: &'a mut Sources,
    /// Where problems go.
    pub(crate) diagnostics: &'a mut Vec<Diagnostic>,
    /// What has been collected: expressions of constants.
    pub(crate) given: Vec<Option<Expression>>,
}

impl Collector<'_> {
    /// Collects everything that was given, the strongest last. `chosen` is the number of the chosen
    /// environment block; names are checked in all of them.
    pub(crate) fn collect(&mut self, inputs: &Inputs, chosen: Option<usize>) {
        for (number, block) in self.folder.root.environments.iter().enumerate() {
            if let Some(variables) = block.body.attribute("variables") {
                self.environment_block(&variables.value, chosen == Some(number));
            }
        }
        for (name, text) in &inputs.env {
            if let Some(variable) = name.strip_prefix(PREFIX) {
                // Other programs and other projects may have variables of their own.
                if let Some(number) = self.folder.variables.find(variable) {
                    self.text(number, name, text);
                }
            }
        }
        for name in self.files.entries("").unwrap_or_default() {
            if name.ends_with(AUTO_VARIABLES) && !name.starts_with('.') {
                self.file(&name);
            }
        }
        for path in &inputs.var_files {
            self.file(&path.to_string_lossy());
        }
        for argument in &inputs.vars {
            self.argument(argument);
        }
    }

    fn environment_block(&mut self, variables: &Expression, is_chosen: bool) {
        let Kind::Object(entries) = &variables.kind else {
            self.diagnostics.push(codes::TYPE_MISMATCH.error().at(
                variables.span,
                "values are written here one by one: { name = value }",
            ));
            return;
        };
        for (key, value) in entries {
            match key.as_constant_text() {
                Some(name) => self.named(name, key.span, Some(value).filter(|_| is_chosen)),
                None => self.diagnostics.push(
                    codes::NOT_A_NAME
                        .error()
                        .at(key.span, "this is not the name of a variable"),
                ),
            }
        }
    }

    /// Takes a value for a variable; without a value only the name is checked.
    fn named(&mut self, name: &str, span: Span, value: Option<&Expression>) {
        match self.folder.variables.find(name) {
            Some(number) => self.given[number] = value.cloned().or(self.given[number].take()),
            None if self.folder.broken.hides("variable", Some(name)) => {}
            None => self.diagnostics.push(
                codes::UNDECLARED_VARIABLE
                    .error()
                    .at(span, format!("there is no variable `{name}`"))
                    .help_some(did_you_mean(name, self.folder.variables.names())),
            ),
        }
    }

    fn file(&mut self, path: &str) {
        let text = match self.files.text(path) {
            Ok(text) => text,
            Err(FileError { reason, hint }) => {
                self.diagnostics.push(
                    codes::UNREADABLE_FILE
                        .error()
                        .note(format!(
                            "The variable file `{path}` cannot be read: {reason}."
                        ))
                        .help_some(hint),
                );
                return;
            }
        };
        let source = self.sources.add(Files::normal(path), text);
        let document = document::parse(self.sources, source, self.diagnostics);
        for block in &document.body.blocks {
            self.diagnostics.push(
                codes::UNKNOWN_BLOCK
                    .error()
                    .at(block.header, "a file of values has no blocks")
                    .help("Write `name = value` for every variable."),
            );
        }
        for Attribute { name, value } in &document.body.attributes {
            self.named(&name.text, name.span, Some(value));
        }
    }

    fn argument(&mut self, argument: &str) {
        let Some((name, text)) = argument.split_once('=') else {
            self.diagnostics.push(
                codes::BAD_VARIABLE_ARGUMENT
                    .error()
                    .note("One `--var` has no equals sign.")
                    .help("Write `--var name=value`."),
            );
            return;
        };
        let name = name.trim();
        match self.folder.variables.find(name) {
            Some(number) => self.text(number, &format!("--var {name}"), text),
            None if self.folder.broken.hides("variable", Some(name)) => {}
            None => self.diagnostics.push(
                codes::UNDECLARED_VARIABLE
                    .error()
                    .note(format!(
                        "`--var {name}=...` names no variable of the project."
                    ))
                    .help_some(did_you_mean(name, self.folder.variables.names())),
            ),
        }
    }

    /// Takes a text: as it is for variables of text, number and boolean types and those without a
    /// type, as an expression for all others.
    fn text(&mut self, number: usize, name: &str, text: &str) {
        let variable = self.folder.variables.at(number);
        let is_plain = match variable.of.as_ref().map(Expression::as_path) {
            None => true,
            Some(path) => matches!(path.as_deref(), Some(["string" | "number" | "bool"])),
        };
        // A secret must not come back as the line of an error.
        let shown = if variable.sensitive { "" } else { text };
        let source = self.sources.add(name, shown);
        let span = Span::new(source, 0, shown.len());
        if is_plain {
            let kind = Kind::Constant(Some(Value::from(text)));
            self.given[number] = Some(Expression { span, kind });
            return;
        }
        match hcl_edit::parser::parse_expr(text.trim()) {
            Ok(parsed) => {
                let mut lower = Lower {
                    source,
                    text,
                    offset: text.len() - text.trim_start().len(),
                    unreadable: Vec::new(),
                    diagnostics: self.diagnostics,
                };
                self.given[number] = Some(lower.expression(&parsed));
            }
            Err(error) => {
                self.diagnostics.push(
                    codes::SYNTAX
                        .error()
                        .at(
                            span,
                            format!(
                                "the value of `{}` is no expression: {}",
                                variable.name.text,
                                error.message()
                            ),
                        )
                        .help(
                            "Texts inside a value stand in double quotes: 'names=[\"a\", \"b\"]'.",
                        ),
                );
                let kind = Kind::Constant(None);
                self.given[number] = Some(Expression { span, kind });
            }
        }
    }
}
