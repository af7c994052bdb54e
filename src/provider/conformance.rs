//! What every provider must keep to, checked with samples of its kinds.
//!
//! A provider's tests call [`check`] with two samples of each kind: the second one differs in
//! everything that can differ. What is returned is a list of broken promises, each in one sentence.

use std::collections::BTreeSet;

use model::{Address, Catalog, Map, Object, SecretUse, Statement};

use crate::error::{Error, ErrorKind};
use crate::kind::{Alter, Standing};
use crate::provider::Provider;
use crate::rules::Rules;
use crate::session::{Question, Scope, Session};

/// One object in two forms.
#[derive(Debug, Clone)]
pub struct Sample {
    /// Its address.
    pub address: Address,
    /// Attributes as a person would write them.
    pub first: Map,
    /// Attributes after everything that can be changed was; `None` for what the others need and which
    /// stays.
    pub second: Option<Map>,
}

/// What is being checked.
struct Suite<'a> {
    provider: &'a dyn Provider,
    session: &'a mut dyn Session,
    /// Where the samples are made.
    place: String,
    broken: Vec<String>,
}

/// Checks a provider with samples, each after what it stands on, and returns what it breaks. The
/// samples are made, changed and removed at a place of the session, which ends as it began.
///
/// # Errors
/// When the platform fails where no promise is at stake, such as when beginning a transaction.
pub async fn check(
    provider: &dyn Provider,
    session: &mut dyn Session,
    place: &str,
    samples: &[Sample],
) -> Result<Vec<String>, Error> {
    let mut suite = Suite {
        provider,
        session,
        place: place.to_owned(),
        broken: Vec::new(),
    };
    suite.kinds(samples);
    let first = suite.decoded(samples, |sample| Some(&sample.first));
    let second = suite.decoded(samples, |sample| sample.second.as_ref());
    suite.made(&first).await?;
    suite.altered(&second).await?;
    suite.removed(&first).await?;
    suite.refused().await?;
    Ok(suite.broken)
}

impl Suite<'_> {
    fn rules(&self, address: &Address) -> Option<&'static dyn Rules> {
        let mut kinds = self.provider.kinds().iter().copied();
        kinds.find(|rules| rules.name() == address.kind())
    }

    /// Every kind that people can declare has a sample and says what it is.
    fn kinds(&mut self, samples: &[Sample]) {
        let sampled: BTreeSet<&str> = samples.iter().map(|sample| sample.address.kind()).collect();
        for rules in self.provider.kinds() {
            let name = rules.name();
            let declared = !rules.is_clause() && !rules.is_internal();
            if declared && !sampled.contains(name) {
                self.broken.push(format!("{name}: there is no sample"));
            }
            if rules.schema().get("description").is_none() {
                self.broken
                    .push(format!("{name}: it does not say what it is"));
            }
        }
    }

    /// Decodes samples: what is in normal form stays as it is, and altering it into itself takes nothing.
    fn decoded<'s>(
        &mut self,
        samples: &'s [Sample],
        form: impl Fn(&'s Sample) -> Option<&'s Map>,
    ) -> Vec<Object> {
        let platform = self.session.capabilities().clone();
        let mut objects = Vec::new();
        for sample in samples {
            let (Some(attributes), Some(rules)) = (form(sample), self.rules(&sample.address))
            else {
                continue;
            };
            let address = &sample.address;
            let once = match rules.decode(address, attributes.clone(), &platform) {
                Ok(object) => object,
                Err(problems) => {
                    self.broken
                        .push(format!("{address}: the sample is refused: {problems:?}"));
                    continue;
                }
            };
            match rules.decode(address, once.attributes.clone(), &platform) {
                Ok(twice) if twice.attributes == once.attributes => {}
                other => self.broken.push(format!(
                    "{address}: normalising twice is not normalising once: {:?} became {other:?}",
                    once.attributes
                )),
            }
            if !takes_nothing(&rules.alter(&once, &once, &platform)) {
                self.broken.push(format!(
                    "{address}: altering it into itself takes something"
                ));
            }
            objects.push(once);
        }
        objects
    }

    /// Runs statements in one transaction; a failure is taken back and told.
    async fn run(&mut self, object: &Object, statements: &[Statement]) -> Result<bool, Error> {
        let address = &object.address;
        let reveal =
            |used: &SecretUse| model::secret::find(&object.attributes, &used.attribute).cloned();
        let atomic = !statements.iter().any(|statement| statement.alone);
        self.session.begin(&self.place, atomic).await?;
        match self.session.execute(statements, &reveal).await {
            Ok(_) => {
                self.session.commit().await?;
                Ok(true)
            }
            Err(failure) => {
                self.session.rollback().await?;
                let sql = statements.get(failure.done).map(|one| one.sql.as_str());
                self.broken.push(format!(
                    "{address}: {} in {}",
                    failure.error,
                    sql.unwrap_or_default()
                ));
                Ok(false)
            }
        }
    }

    async fn live(&mut self) -> Result<Catalog, Error> {
        let scope = Scope {
            places: [self.place.clone()].into(),
            ..Scope::default()
        };
        self.session.read(&scope).await
    }

    /// What was made is read back.
    async fn made(&mut self, objects: &[Object]) -> Result<(), Error> {
        let platform = self.session.capabilities().clone();
        for object in objects {
            let Some(rules) = self.rules(&object.address) else {
                continue;
            };
            let statements = rules.create(object, &platform);
            self.run(object, &statements).await?;
        }
        self.compare(objects, "made").await
    }

    /// What was altered is read back in its new form.
    async fn altered(&mut self, objects: &[Object]) -> Result<(), Error> {
        let platform = self.session.capabilities().clone();
        for object in objects {
            let live = self.live().await?;
            let (Some(rules), Some(live)) =
                (self.rules(&object.address), live.get(&object.address))
            else {
                continue;
            };
            let mut settled = object.clone();
            rules.settle(&mut settled, live, Standing::default(), &platform);
            let statements = match rules.alter(live, &settled, &platform) {
                Alter::InPlace { statements, .. } => statements,
                Alter::Replace(_) => {
                    let mut statements = rules.remove(live, &platform);
                    statements.extend(rules.create(object, &platform));
                    statements
                }
            };
            if statements.is_empty() {
                self.broken
                    .push(format!("{}: altering it does nothing", object.address));
            }
            self.run(object, &statements).await?;
        }
        self.compare(objects, "altered").await
    }

    /// What is live is what was declared: nothing is left to alter.
    async fn compare(&mut self, objects: &[Object], done: &str) -> Result<(), Error> {
        let platform = self.session.capabilities().clone();
        let live = self.live().await?;
        let desired: Catalog = objects.iter().cloned().collect();
        let compare: BTreeSet<Address> = desired
            .addresses()
            .filter(|address| self.rules(address).is_some_and(Rules::is_rendered))
            .cloned()
            .collect();
        let question = Question {
            desired: &desired,
            live: &live,
            compare: &compare,
            check: &BTreeSet::new(),
            audits: &[],
            hooks: &[],
        };
        let answer = self.session.canonicalize(question).await?;
        for rejection in &answer.rejections {
            self.broken.push(format!(
                "{}: rejected: {}",
                rejection.address, rejection.error
            ));
        }
        for object in objects {
            let address = &object.address;
            let (Some(rules), Some(live)) = (self.rules(address), live.get(address)) else {
                self.broken
                    .push(format!("{address}: {done}, but not read back"));
                continue;
            };
            let mut settled = object.clone();
            if let Some(form) = answer.forms.get(address) {
                settled.attributes.clone_from(form);
            }
            rules.settle(&mut settled, live, Standing::default(), &platform);
            let left = match rules.alter(live, &settled, &platform) {
                Alter::Replace(reasons) => reasons,
                Alter::InPlace { statements, .. } => statements
                    .into_iter()
                    .map(|statement| statement.sql)
                    .collect(),
            };
            if !left.is_empty() {
                let left = left.join("; ");
                self.broken.push(format!(
                    "{address}: {done}, but still to be altered: {left}"
                ));
            }
        }
        Ok(())
    }

    /// What was removed is gone.
    async fn removed(&mut self, objects: &[Object]) -> Result<(), Error> {
        let platform = self.session.capabilities().clone();
        for object in objects.iter().rev() {
            let live = self.live().await?;
            if let (Some(rules), Some(live)) =
                (self.rules(&object.address), live.get(&object.address))
            {
                let statements = rules.remove(live, &platform);
                self.run(object, &statements).await?;
            }
        }
        let live = self.live().await?;
        for object in objects {
            if live.contains(&object.address) {
                self.broken
                    .push(format!("{}: removed, but read back", object.address));
            }
        }
        Ok(())
    }

    /// A statement that makes no sense fails for good, at its place, and leaves nothing behind.
    async fn refused(&mut self) -> Result<(), Error> {
        let nonsense = [Statement::new("this is no statement".to_owned())];
        self.session.begin(&self.place, true).await?;
        match self.session.execute(&nonsense, &|_| None).await {
            Ok(_) => self.broken.push("nonsense is accepted".to_owned()),
            Err(failure) => {
                if failure.done != 0 || failure.error.kind != ErrorKind::Permanent {
                    self.broken.push(format!(
                        "nonsense fails as {:?} after {} statements",
                        failure.error.kind, failure.done
                    ));
                }
            }
        }
        self.session.rollback().await
    }
}

fn takes_nothing(alter: &Alter) -> bool {
    matches!(alter, Alter::InPlace { statements, .. } if statements.is_empty())
}
