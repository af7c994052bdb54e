//! What leaves the root, and what enters modules.

use std::rc::Rc;

use model::diagnostic::did_you_mean;
use model::{Diagnostic, Located};

use crate::codes;
use crate::evaluator::Evaluator;
use crate::instance::Instance;
use crate::locate::locate;
use crate::program::Program;

impl<'p> Evaluator<'p> {
    /// Computes the outputs of the root.
    pub(crate) fn root_outputs(&self, root: &Rc<Instance<'p>>) -> Vec<(String, Located)> {
        let outputs = root
            .folder
            .outputs
            .iter()
            .enumerate()
            .filter_map(|(number, output)| {
                let value = self.output(root, number, output.name.span).ok()?;
                if value.is_sensitive_inside() && !output.sensitive {
                    self.report(
                        codes::SENSITIVE_VALUE
                            .error()
                            .at(output.value.span, "this is sensitive")
                            .help("Add `sensitive = true` to the output, or use `nonsensitive`."),
                    );
                    return None;
                }
                Some((output.name.text.to_string(), locate(&value, &output.value)))
            });
        outputs.collect()
    }
}

/// Reports arguments of module blocks that no variable of the module takes.
pub(crate) fn check_arguments(program: &Program) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    for folder in &program.folders {
        for call in folder.modules.iter() {
            let Some(module) = call.folder.map(|number| &program.folders[number]) else {
                continue;
            };
            for argument in &call.arguments {
                let name = &argument.name;
                if module.variables.find(&name.text).is_some()
                    || module.broken.hides("variable", Some(&name.text))
                {
                    continue;
                }
                problems.push(
                    codes::UNKNOWN_ATTRIBUTE
                        .error()
                        .at(
                            name.span,
                            format!("the module has no variable `{}`", name.text),
                        )
                        .help_some(did_you_mean(&name.text, module.variables.names())),
                );
            }
        }
    }
    problems
}
