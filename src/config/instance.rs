//! One use of a folder: the root once, a module as often as its block says.
//!
//! An instance holds a memo for everything in its folder; nothing is computed before it is needed.

use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

use model::{DeclarationId, Key, ModuleStep, Span};

use crate::declared::{Declared, ModuleCall};
use crate::evaluator::{Evaluator, Memo, Outcome, Reported, Scope, Subject, Uses};
use crate::expression::Expression;
use crate::folder::Folder;
use crate::value::{Target, Value};

/// Which instance of a repeated block this is.
#[derive(Debug, Clone)]
pub(crate) enum Repetition {
    /// One of `count`.
    Count(usize),
    /// One of `for_each`.
    Each(Arc<str>, Value),
}

impl Repetition {
    /// Returns the key as declarations have it.
    pub(crate) fn key(&self) -> Key {
        match self {
            Self::Count(index) => Key::Index(*index as u64),
            Self::Each(key, _) => Key::Name(key.to_string()),
        }
    }
}

/// How often a block is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Once.
    Single,
    /// As `count` says.
    Count,
    /// As `for_each` says.
    Each,
}

/// The instances of a block, sorted by key.
pub(crate) struct Repeated<T> {
    /// How the block is repeated.
    pub(crate) shape: Shape,
    /// The instances.
    pub(crate) members: Vec<(Option<Repetition>, T)>,
    /// What the repetition itself made use of.
    pub(crate) uses: Uses,
    /// All instances as one value, once that was asked for.
    pub(crate) whole: OnceCell<Value>,
}

impl<T> Repeated<T> {
    /// Returns the instance of a key; the only one where there is no key.
    pub(crate) fn find(&self, key: Option<&Key>) -> Option<&(Option<Repetition>, T)> {
        let at = match key {
            None if self.shape == Shape::Single => Some(0),
            Some(Key::Index(index)) if self.shape == Shape::Count => usize::try_from(*index).ok(),
            Some(Key::Name(name)) if self.shape == Shape::Each => self
                .members
                .binary_search_by(|(repetition, _)| match repetition {
                    Some(Repetition::Each(key, _)) => (**key).cmp(name.as_str()),
                    _ => std::cmp::Ordering::Less,
                })
                .ok(),
            _ => None,
        };
        self.members.get(at?)
    }

    /// Returns the keys as people write them.
    pub(crate) fn keys(&self) -> Vec<Key> {
        self.members
            .iter()
            .filter_map(|(repetition, _)| Some(repetition.as_ref()?.key()))
            .collect()
    }
}

/// One instance of a declaration.
pub(crate) struct BlockInstance {
    /// Its name.
    pub(crate) target: Arc<Target>,
    /// A memo for every attribute of the block, in source order.
    pub(crate) attributes: Vec<Memo<Value>>,
}

/// Who uses a module.
pub(crate) struct Caller<'p> {
    /// The instance the module block stands in.
    pub(crate) instance: Rc<Instance<'p>>,
    /// The module block.
    pub(crate) call: &'p ModuleCall,
    /// Which of its repetitions.
    pub(crate) repetition: Option<Repetition>,
}

/// One use of a folder.
pub(crate) struct Instance<'p> {
    /// Its number in the evaluator.
    pub(crate) number: usize,
    /// What is declared in it.
    pub(crate) folder: &'p Folder,
    /// The modules on the way to it.
    pub(crate) path: Vec<ModuleStep>,
    /// Who uses it; nobody uses the root.
    pub(crate) caller: Option<Caller<'p>>,
    /// Values given to the variables of the root, by their number.
    pub(crate) given: Vec<Option<Expression>>,
    /// Values of the variables, before validation and after it.
    pub(crate) variables: Vec<(Memo<Value>, Memo<Value>)>,
    /// Local values.
    pub(crate) locals: Vec<Memo<Value>>,
    /// Outputs.
    pub(crate) outputs: Vec<Memo<Value>>,
    /// Module instances by module block: numbers in the evaluator.
    pub(crate) modules: Vec<Memo<Rc<Repeated<usize>>>>,
    /// Declarations.
    pub(crate) blocks: Vec<Memo<Rc<Repeated<BlockInstance>>>>,
}

fn memos<T>(count: usize) -> Vec<Memo<T>> {
    (0..count).map(|_| Memo::default()).collect()
}

impl<'p> Evaluator<'p> {
    /// Makes an instance of a folder.
    pub(crate) fn instantiate(
        &self,
        folder: &'p Folder,
        path: Vec<ModuleStep>,
        caller: Option<Caller<'p>>,
        given: Vec<Option<Expression>>,
    ) -> Rc<Instance<'p>> {
        let mut instances = self.instances.borrow_mut();
        let variables = folder.variables.len();
        let instance = Rc::new(Instance {
            number: instances.len(),
            folder,
            path,
            caller,
            given,
            variables: (0..variables)
                .map(|_| (Memo::default(), Memo::default()))
                .collect(),
            locals: memos(folder.locals.len()),
            outputs: memos(folder.outputs.len()),
            modules: memos(folder.modules.len()),
            blocks: memos(folder.declarations.len()),
        });
        instances.push(instance.clone());
        instance
    }

    /// Returns a local value.
    pub(crate) fn local(&self, instance: &Rc<Instance<'p>>, number: usize, span: Span) -> Outcome {
        let local = instance.folder.locals.at(number);
        self.memo(
            &instance.locals[number],
            Subject::Local(&local.name),
            span,
            || self.evaluate(&local.value, Scope::of(instance)),
        )
    }

    /// Returns an output of a module instance.
    pub(crate) fn output(&self, instance: &Rc<Instance<'p>>, number: usize, span: Span) -> Outcome {
        let output = instance.folder.outputs.at(number);
        self.memo(
            &instance.outputs[number],
            Subject::Output(&output.name),
            span,
            || {
                let value = self.evaluate(&output.value, Scope::of(instance))?;
                Ok(value.marked(output.sensitive))
            },
        )
    }

    /// Returns the instances of a module block.
    pub(crate) fn module(
        &self,
        instance: &Rc<Instance<'p>>,
        number: usize,
        span: Span,
    ) -> Outcome<Rc<Repeated<usize>>> {
        let call = instance.folder.modules.at(number);
        let Some(folder) = call.folder else {
            return Err(Reported);
        };
        self.memo(
            &instance.modules[number],
            Subject::Module(&call.name),
            span,
            || {
                let (repetitions, uses) = self.with_uses(|| {
                    self.repetitions(call.for_each.as_ref(), call.count.as_ref(), instance)
                });
                let (shape, repetitions) = repetitions?;
                let members = repetitions.into_iter().map(|repetition| {
                    let mut path = instance.path.clone();
                    path.push(ModuleStep {
                        name: call.name.text.to_string(),
                        key: repetition.as_ref().map(Repetition::key),
                    });
                    let caller = Caller {
                        instance: instance.clone(),
                        call,
                        repetition: repetition.clone(),
                    };
                    let made = self.instantiate(
                        &self.program.folders[folder],
                        path,
                        Some(caller),
                        Vec::new(),
                    );
                    (repetition, made.number)
                });
                Ok(Rc::new(Repeated {
                    shape,
                    members: members.collect(),
                    uses,
                    whole: OnceCell::new(),
                }))
            },
        )
    }

    /// Returns the instances of a declaration.
    pub(crate) fn block(
        &self,
        instance: &Rc<Instance<'p>>,
        number: usize,
        span: Span,
    ) -> Outcome<Rc<Repeated<BlockInstance>>> {
        let declared: &'p Declared = &instance.folder.declarations[number];
        let subject = Subject::Block(&declared.kind, &declared.label);
        self.memo(&instance.blocks[number], subject, span, || {
            let (repetitions, uses) = self.with_uses(|| {
                self.repetitions(
                    declared.for_each.as_ref(),
                    declared.count.as_ref(),
                    instance,
                )
            });
            let (shape, repetitions) = repetitions?;
            let members = repetitions.into_iter().map(|repetition| {
                let key = repetition.as_ref().map(Repetition::key);
                let target = Arc::new(Target {
                    id: DeclarationId {
                        module: instance.path.clone(),
                        kind: declared.kind.text.to_string(),
                        label: declared.label.text.to_string(),
                        key: key.clone(),
                        part: None,
                    },
                    instance: instance.number,
                    block: number,
                    key,
                });
                let attributes = memos(declared.body.attributes.len());
                (repetition, BlockInstance { target, attributes })
            });
            Ok(Rc::new(Repeated {
                shape,
                members: members.collect(),
                uses,
                whole: OnceCell::new(),
            }))
        })
    }

    /// Returns an attribute of a declaration as it is written there.
    pub(crate) fn declared_attribute(&self, target: &Target, number: usize, span: Span) -> Outcome {
        let instance = self.instance(target.instance);
        let repeated = self.block(&instance, target.block, span)?;
        let declared: &'p Declared = &instance.folder.declarations[target.block];
        let Some((repetition, block)) = repeated.find(target.key.as_ref()) else {
            return Err(Reported);
        };
        let attribute = &declared.body.attributes[number];
        let subject = Subject::Attribute(block.target.clone(), &attribute.name);
        self.memo(&block.attributes[number], subject, span, || {
            let scope = Scope {
                repetition: repetition.as_ref(),
                this: Some(&block.target),
                ..Scope::of(&instance)
            };
            self.evaluate(&attribute.value, scope)
        })
    }
}
