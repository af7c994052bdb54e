//! The fake's live half: a world with transactions.

use std::collections::{BTreeMap, BTreeSet};
use std::future::ready;
use std::time::{Instant, SystemTime};

use model::{Address, Catalog, Statement, Value};

use super::kinds::{Clock, NEVER_TICKS};
use super::provider::Fake;
use super::world::World;
use crate::error::{Error, ErrorKind};
use crate::kind::Capabilities;
use crate::session::{Answer, BoxFuture, Failure, Question, Ran, Reveal, Rows, Scope, Session};

/// A connection to a world that it owns.
#[derive(Debug)]
pub struct FakeSession {
    /// What stands there.
    pub world: World,
    before: Option<World>,
    capabilities: Capabilities,
}

impl FakeSession {
    /// Connects to a world.
    #[must_use]
    pub fn new(world: World) -> Self {
        Self {
            world,
            before: None,
            capabilities: Fake::capabilities(),
        }
    }
}

impl Session for FakeSession {
    fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    fn read<'a>(&'a mut self, _scope: &'a Scope) -> BoxFuture<'a, Result<Catalog, Error>> {
        Box::pin(ready(Ok(self.world.catalog().clone())))
    }

    fn canonicalize<'a>(
        &'a mut self,
        question: Question<'a>,
    ) -> BoxFuture<'a, Result<Answer, Error>> {
        let mut answer = Answer::default();
        for address in question.compare {
            let Some(object) = question.desired.get(address) else {
                continue;
            };
            let mut form = object.attributes.clone();
            if let Some(Value::Text(body)) = form.get_mut("body") {
                *body = body.to_lowercase();
            }
            answer.forms.insert(address.clone(), form);
        }
        Box::pin(ready(Ok(answer)))
    }

    fn count<'a>(
        &'a mut self,
        of: &'a BTreeSet<Address>,
    ) -> BoxFuture<'a, Result<BTreeMap<Address, u64>, Error>> {
        Box::pin(ready(Ok(of
            .iter()
            .map(|address| (address.clone(), 0))
            .collect())))
    }

    fn begin<'a>(&'a mut self, _place: &'a str, atomic: bool) -> BoxFuture<'a, Result<(), Error>> {
        self.before = atomic.then(|| self.world.clone());
        Box::pin(ready(Ok(())))
    }

    fn begin_reading<'a>(&'a mut self, place: &'a str) -> BoxFuture<'a, Result<(), Error>> {
        self.begin(place, true)
    }

    fn execute<'a>(
        &'a mut self,
        statements: &'a [Statement],
        _reveal: Reveal<'a>,
    ) -> BoxFuture<'a, Result<Vec<Ran>, Failure>> {
        let mut ran = Vec::new();
        for statement in statements {
            let (began, clock) = (SystemTime::now(), Instant::now());
            let result = self.world.run(&statement.sql);
            let took = clock.elapsed();
            ran.push(Ran {
                began,
                took,
                rows: None,
            });
            if let Err(message) = result {
                return Box::pin(ready(Err(Failure {
                    done: ran.len() - 1,
                    ran,
                    error: Error::new(ErrorKind::Permanent, message),
                })));
            }
        }
        Box::pin(ready(Ok(ran)))
    }

    fn query<'a>(
        &'a mut self,
        query: &'a Statement,
        _limit: usize,
    ) -> BoxFuture<'a, Result<Rows, Error>> {
        let clock = query.sql.strip_suffix(NEVER_TICKS);
        let clock = clock.and_then(|address| address.parse().ok());
        let clock = clock.and_then(|address: Address| self.world.catalog().get(&address));
        let is_suspended = clock.is_some_and(|clock| {
            clock.attributes.get("rate").and_then(Value::as_text) == Some(Clock::NEVER)
        });
        let mut found = Rows::default();
        found.rows.extend(is_suspended.then(Vec::new));
        Box::pin(ready(Ok(found)))
    }

    fn commit(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        self.before = None;
        Box::pin(ready(Ok(())))
    }

    fn rollback(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        if let Some(before) = self.before.take() {
            self.world = before;
        }
        Box::pin(ready(Ok(())))
    }
}
