//! From files to a project: read, check names, compute everything, put together.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::thread::Builder;

use model::diagnostic;
use model::fingerprint::Encoder;
use model::{Fingerprint, Secret, Sources, Span};

use crate::evaluator::{DEEPEST, Evaluator, STACK, Scope};
use crate::files::Files;
use crate::given::Collector;
use crate::inputs::Inputs;
use crate::instance::Instance;
use crate::judge::Judge;
use crate::program::{self, Program};
use crate::project::{Ahead, Loaded, Project};
use crate::{functions, names_check, outputs};

/// How many expressions may be under way at once on a stack of unknown size.
const SHALLOW: usize = 100;

/// Reads a project and computes all of it.
///
/// Every mistake is in the diagnostics of the result; nothing is printed, and nothing but the files
/// and the inputs decides what comes out.
#[must_use]
pub fn load(inputs: &Inputs) -> Loaded {
    load_telling(inputs, &|_| ())
}

/// Reads a project and computes all of it, and tells on the way where its platforms are: as soon as that is
/// known, and only while nothing wrong has been found.
#[must_use]
pub fn load_telling(inputs: &Inputs, tell: &(dyn Fn(Ahead) + Sync)) -> Loaded {
    deep(&|deepest| run(inputs, tell, deepest))
}

/// Computes something that follows chains of references by recursion, and tells it how deep it may go: a stack
/// of its own makes the promised depth independent of the caller.
pub(crate) fn deep<T: Send>(compute: &(dyn Fn(usize) -> T + Sync)) -> T {
    std::thread::scope(|scope| {
        let builder = Builder::new().name("config".to_owned()).stack_size(STACK);
        match builder.spawn_scoped(scope, || compute(DEEPEST)) {
            Ok(thread) => match thread.join() {
                Ok(computed) => computed,
                Err(panic) => std::panic::resume_unwind(panic),
            },
            Err(_) => compute(SHALLOW),
        }
    })
}

fn run(inputs: &Inputs, tell: &(dyn Fn(Ahead) + Sync), deepest: usize) -> Loaded {
    let files = Files::new(&inputs.dir);
    let mut sources = Sources::default();
    let mut diagnostics = Vec::new();
    let program = program::load(&files, &mut sources, &mut diagnostics);
    let mut project = None;
    let program = Arc::new(program);
    if !program.folders.is_empty() {
        for folder in &program.folders {
            diagnostics.extend(names_check::folder(folder, &program.folders));
        }
        diagnostics.extend(outputs::check_arguments(&program));
        let is_sound = !diagnostics.iter().any(diagnostic::Diagnostic::is_error);
        let tell = is_sound.then_some(tell);
        let evaluator = Evaluator::new(&program, &files, &inputs.env, sources, deepest);
        let computed = compute(&evaluator, &program, inputs, tell);
        let (all_sources, reported) = evaluator.finish();
        sources = all_sources;
        add_texts(&files, &mut sources);
        diagnostics.extend(reported);
        project = computed;
    }
    diagnostic::sort(&mut diagnostics);
    let mut partial = None;
    if diagnostics.iter().any(diagnostic::Diagnostic::is_error) {
        partial = project.take();
    }
    Loaded {
        sources,
        diagnostics,
        project,
        partial,
    }
}

/// Adds the files that functions read, so that mistakes in them can be pointed at.
fn add_texts(files: &Files, sources: &mut Sources) {
    let known: BTreeSet<String> = sources
        .iter()
        .map(|(_, source)| source.name.clone())
        .collect();
    for name in files.fingerprints().into_keys() {
        if !known.contains(&name)
            && let Ok(text) = files.text(&name)
        {
            sources.add(name, text);
        }
    }
}

/// Computes everything, even what nothing needs, so that every mistake is found.
fn compute<'p>(
    evaluator: &Evaluator<'p>,
    program: &'p Arc<Program>,
    inputs: &Inputs,
    tell: Option<&(dyn Fn(Ahead) + Sync)>,
) -> Option<Project> {
    let folder = &program.folders[0];
    let settings = evaluator.settings(inputs);
    let (environments, chosen) = evaluator.environments(inputs);
    let mut problems = Vec::new();
    let mut sources = evaluator.sources.take();
    let mut collector = Collector {
        folder,
        files: evaluator.files,
        sources: &mut sources,
        diagnostics: &mut problems,
        given: vec![None; folder.variables.len()],
    };
    collector.collect(inputs, chosen);
    let given = collector.given;
    evaluator.sources.replace(sources);
    for problem in problems {
        evaluator.report(problem);
    }
    for folder in &program.folders {
        evaluator.check_variables(folder);
    }
    let root = evaluator.instantiate(folder, Vec::new(), None, given);
    let policies = evaluator.policies(&root);
    let ignores = evaluator.ignores(&root);
    let accepts = evaluator.accepts(&root);
    let notifications = evaluator.notifications(&root);
    let providers = evaluator.providers(Scope::of(&root));
    let environment = chosen.map(|at| environments[at].clone());
    if let (Some(tell), Ok((name, settings))) = (tell, &settings) {
        tell(Ahead {
            name: project_name(name.clone(), evaluator.files),
            state: settings.state.clone(),
            environment: environment.clone(),
            providers: providers.clone(),
        });
    }
    let mut declarations = Vec::new();
    evaluator.declarations(&root, &Vec::new(), &mut declarations);
    let outputs = evaluator.root_outputs(&root);
    let transfers = evaluator.transfers(&root);
    // Modules in modules are made while their surroundings are computed.
    let mut number = 0;
    while number < evaluator.instances.borrow().len() {
        compute_rest(evaluator, &evaluator.instance(number));
        number += 1;
    }
    let (name, settings) = settings.ok()?;
    let judge = policies
        .iter()
        .any(|(_, policy)| !policy.rules.is_empty())
        .then(|| Judge {
            program: Arc::clone(program),
            dir: inputs.dir.clone(),
            environment: inputs.env.clone(),
            chosen: evaluator.chosen.borrow().clone(),
            given: root.given.clone(),
            policies: policies.iter().map(|(number, _)| *number).collect(),
        });
    let files = evaluator.files.fingerprints();
    Some(Project {
        name: project_name(name, evaluator.files),
        dir: inputs.dir.clone(),
        settings,
        environment,
        environments,
        providers,
        declarations,
        moved: transfers.moved,
        removed: transfers.removed,
        imports: transfers.imports,
        policies: policies.into_iter().map(|(_, policy)| policy).collect(),
        judge,
        ignores,
        accepts,
        notifications,
        outputs,
        fingerprint: fingerprint(evaluator, &root),
        files: files.into_keys().collect(),
    })
}

fn compute_rest<'p>(evaluator: &Evaluator<'p>, instance: &Rc<Instance<'p>>) {
    let folder = instance.folder;
    // What fails has been reported; there is nobody else to tell.
    for number in 0..folder.variables.len() {
        let _ = evaluator.variable(instance, number, folder.variables.at(number).name.span);
    }
    for number in 0..folder.locals.len() {
        let _ = evaluator.local(instance, number, folder.locals.at(number).name.span);
    }
    for number in 0..folder.outputs.len() {
        let _ = evaluator.output(instance, number, folder.outputs.at(number).name.span);
    }
}

/// Returns the name of a project: as it says itself, or that of its folder.
fn project_name(said: Option<String>, files: &Files) -> String {
    let of_folder = || {
        let identity = files.identity("");
        let name = identity.file_name()?.to_string_lossy().into_owned();
        Some(name)
    };
    said.or_else(of_folder)
        .unwrap_or_else(|| "estate".to_owned())
}

/// Makes the identity of everything that decided about the project.
fn fingerprint<'p>(evaluator: &Evaluator<'p>, root: &Rc<Instance<'p>>) -> Fingerprint {
    let mut encoder = Encoder::default();
    for (name, contents) in evaluator.files.fingerprints() {
        encoder.text(&name);
        encoder.fingerprint(&contents);
    }
    encoder.text("answers");
    for (question, answer) in evaluator.files.answers() {
        encoder.text(&question);
        encoder.text(&answer);
    }
    encoder.text("variables");
    for (number, variable) in root.folder.variables.iter().enumerate() {
        let span: Span = variable.name.span;
        if let Ok(value) = evaluator.variable(root, number, span) {
            let name = &variable.name.text;
            let text = functions::identity_text(&value);
            encoder.text(name);
            match value.is_sensitive_inside() {
                true => encoder.text(Secret::new(text, name).fingerprint()),
                false => encoder.text(&text),
            }
        }
    }
    encoder.text("environment");
    for (name, value) in evaluator.asked.borrow().iter() {
        encoder.text(name);
        // Whatever the environment holds may be a secret.
        encoder.text(value.as_ref().map_or("", |_| "set"));
        if let Some(value) = value {
            encoder.text(Secret::new(value.as_str(), name).fingerprint());
        }
    }
    let chosen = evaluator.chosen.borrow();
    encoder.text(chosen.as_ref().map_or("", |(name, _)| name));
    encoder.finish()
}
