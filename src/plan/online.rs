//! Which way is taken where there are two: directly, in the transaction of everything else, or online, in
//! several that hold no lock for long.
//!
//! Online is the default for what is there and has rows. What is only just made nobody waits for, an empty
//! table is done at once, and who prefers one short maintenance window says `strategy = "direct"`. What is
//! online is done after everything else has become permanent, and so is whatever stands on it.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use model::{
    Action, Address, Catalog, Edge, Hazard, Object, Online, Phase, Statement, Strategy, Turn,
};

use crate::around::{Around, free_name, schema, taken};
use crate::draft::{Draft, Drafts};
use crate::situation::Situation;

/// Parts that are made online, as edges name them: what else is of an object is there before.
const LATE_PARTS: [&str; 2] = ["constraint ", "not null "];

/// Why something is done at once that could be done later.
const NEEDED: &str = "direct, since something else in this plan needs it at once";

/// The statements of one step, split by when they run.
pub(crate) struct Ways {
    /// With everything else.
    pub(crate) main: Vec<Statement>,
    /// After that.
    pub(crate) later: Vec<Statement>,
}

/// Which way a statement takes.
enum Way {
    /// As it stands, and why, where that is not evident.
    Direct(Option<String>),
    /// Online, and why.
    Online(Online, String),
}

/// Chooses, step by step, in their order.
pub(crate) struct Chooser<'a> {
    situation: &'a Situation<'a>,
    drafts: &'a Drafts,
    /// What this plan makes.
    new: BTreeSet<Address>,
    /// Computed when first asked for.
    around: OnceCell<Around<'a>>,
    /// Names of what has others; computed when first asked for.
    taken: OnceCell<BTreeSet<Vec<String>>>,
    /// Computed when first asked for.
    settled: OnceCell<Catalog>,
    /// What is only whole after everything else.
    late: BTreeSet<Address>,
    /// What is not even begun before.
    absent: BTreeSet<Address>,
}

impl<'a> Chooser<'a> {
    pub(crate) fn new(situation: &'a Situation<'a>, drafts: &'a Drafts) -> Self {
        Self {
            situation,
            drafts,
            new: BTreeSet::new(),
            around: OnceCell::new(),
            taken: OnceCell::new(),
            settled: OnceCell::new(),
            late: BTreeSet::new(),
            absent: BTreeSet::new(),
        }
    }

    /// Returns what this plan has made so far.
    pub(crate) fn made(&self) -> &BTreeSet<Address> {
        &self.new
    }

    /// Returns the statements of a step of something that is made anew, where it is made beside its live form and
    /// takes its place at the end: then nothing is dropped before.
    pub(crate) fn beside(
        &self,
        address: &Address,
        phase: Phase,
        draft: &Draft,
    ) -> Option<Vec<Statement>> {
        let (Action::Replace { .. }, Some(live), Some(desired)) =
            (&draft.action, &draft.live, &draft.desired)
        else {
            return None;
        };
        let rules = self.situation.grounds.rules(address)?;
        let platform = self.situation.grounds.of(address)?.platform;
        let taken = self.taken.get_or_init(|| taken(self.situation));
        let name = free_name(self.situation, address, taken)?;
        let mut statements = rules.beside(live, desired, &name, platform)?;
        let is_needed = self.around().under_what_goes.contains(address);
        let first = statements.first_mut()?;
        let is_needed = is_needed || first.promises && self.is_relied_on(address, first);
        if is_needed || draft.is_renamed() {
            return None;
        }
        first.because = Some(self.reason(address, draft, first)?);
        Some(match phase {
            Phase::Build => statements,
            _ => Vec::new(),
        })
    }

    /// Takes note of a step, and returns how its statements run.
    pub(crate) fn choose(
        &mut self,
        address: &Address,
        phase: Phase,
        draft: &Draft,
        statements: Vec<Statement>,
    ) -> Ways {
        if phase == Phase::Build && !matches!(draft.action, Action::Update) {
            self.new.insert(address.clone());
        }
        let mut ways = Ways {
            main: Vec::new(),
            later: Vec::new(),
        };
        // Statements that come before others of the same object stay before them.
        let is_late = self.waits(phase, draft);
        let online = statements.iter().filter_map(|one| one.online.as_ref());
        let first = online.filter_map(|online| online.statements.first());
        let mut promises = statements.iter().chain(first).filter(|one| one.promises);
        let is_needed = promises.any(|one| self.is_relied_on(address, one));
        let mut statements = statements.into_iter();
        while let Some(mut statement) = statements.next() {
            let (online, no_way) = (statement.online.take(), statement.no_way.take());
            let way = match online {
                Some(online) => self.way((address, draft), (phase, is_needed), &statement, online),
                None => {
                    let is_busy = |_: &String| self.reason(address, draft, &statement).is_some();
                    let no_way = no_way.filter(is_busy);
                    Way::Direct(no_way.map(|why| format!("direct, since {why}")))
                }
            };
            let chosen = match way {
                Way::Online(mut online, reason) => {
                    if let Some(first) = online.statements.first_mut() {
                        first.because = Some(reason);
                    }
                    statements.by_ref().take(online.covers).for_each(drop);
                    online.statements
                }
                Way::Direct(reason) => {
                    statement.because = reason.or(statement.because);
                    vec![statement]
                }
            };
            for one in chosen {
                if is_late || one.turn != Turn::Main || !ways.later.is_empty() {
                    ways.later.push(one);
                } else {
                    ways.main.push(one);
                }
            }
        }
        if !ways.later.is_empty() {
            self.late.insert(address.clone());
            if ways.main.is_empty() {
                self.absent.insert(address.clone());
            }
        }
        ways
    }

    /// Chooses between a statement and what does the same online; `is_needed` says that something else relies on
    /// what the step does.
    fn way(
        &self,
        (address, draft): (&Address, &Draft),
        (phase, is_needed): (Phase, bool),
        statement: &Statement,
        online: Online,
    ) -> Way {
        let first = online.statements.first();
        let busy = first.filter(|_| online.copies.is_some());
        let Some(reason) = self.reason(address, draft, busy.unwrap_or(statement)) else {
            return Way::Direct(None);
        };
        let can_begin = !is_needed
            && first.is_some_and(|first| self.may_begin(address, phase, draft, first))
            && self.is_all_there(&online.statements);
        let Some(part) = online.copies.clone() else {
            return match can_begin {
                true => Way::Online(online, reason),
                false => Way::Direct(Some(NEEDED.to_owned())),
            };
        };
        let is_asked_for = asked(self.situation, address) == Some(Strategy::Online);
        let catalogs = [&self.situation.live, self.settled()];
        let ground = self.situation.grounds.of(address);
        let hindrance = ground.and_then(|ground| {
            let others = "something else that this plan changes stands on the table".to_owned();
            let found = ground.provider.hindrance(address, &part, catalogs);
            found.or_else(|| (!can_begin).then_some(others))
        });
        match hindrance {
            None if is_asked_for => Way::Online(online, format!("{reason}; {part} will come last")),
            None => Way::Direct(Some(format!(
                "direct; `strategy = \"online\"` would copy {part} while people write"
            ))),
            Some(what) => Way::Direct(Some(format!("direct, since {what}"))),
        }
    }

    /// Reports whether a step must wait for what is done online.
    fn waits(&self, phase: Phase, draft: &Draft) -> bool {
        if self.late.is_empty() || !matches!(phase, Phase::Build | Phase::Finish) {
            return false;
        }
        let edges = draft.desired.as_ref().map(Object::stands_on);
        edges.into_iter().flatten().any(|Edge { on, part, .. }| {
            let is_late_part =
                |part: &String| LATE_PARTS.iter().any(|prefix| part.starts_with(prefix));
            self.absent.contains(&on)
                || (self.late.contains(&on) && part.as_ref().is_some_and(is_late_part))
        })
    }

    /// Reports whether everything that statements work on was there before, and stays.
    fn is_all_there(&self, statements: &[Statement]) -> bool {
        let hazards = statements.iter().flat_map(|one| &one.hazards);
        let mut busy = hazards.filter_map(Hazard::busy_on);
        busy.all(|on| !self.new.contains(on) && self.stays(on))
    }

    /// Reports whether nobody misses what comes or goes only after everything else; what is dropped and made anew
    /// would be gone meanwhile.
    fn may_begin(&self, address: &Address, phase: Phase, draft: &Draft, first: &Statement) -> bool {
        let is_replaced = matches!(draft.action, Action::Replace { .. });
        let is_missed = is_replaced
            || phase == Phase::Drop && self.is_wanted(address)
            || first.promises && self.is_relied_on(address, first);
        let may_wait = first.turn == Turn::Main || !is_missed;
        may_wait && !self.has_changing_parts(address)
    }

    /// Reports whether something of the same kind lies below, such as a partition, and is made or changed as well: what
    /// is said of it depends on what is said above at that moment.
    fn has_changing_parts(&self, address: &Address) -> bool {
        let others = self.around().dependents.get(address);
        let mut others = others.into_iter().flatten();
        others.any(|other| other.kind() == address.kind() && self.refers(other, address))
    }

    /// Reports whether something that is made or changed names something in its attributes.
    fn refers(&self, address: &Address, to: &Address) -> bool {
        let draft = self.drafts.get(address);
        let desired = draft.and_then(|draft| draft.desired.as_ref());
        desired.is_some_and(|object| object.refers_to(to))
    }

    /// Reports whether something that is made or changed could want the name of what goes, such as a
    /// constraint: then it cannot go later.
    fn is_wanted(&self, address: &Address) -> bool {
        let names = &self.around().names;
        names.contains(&(schema(address), address.name()))
    }

    /// Reports whether anything else that is made or changed could rely on what a statement promises of its table:
    /// then it cannot come later. Its other indexes do not.
    fn is_relied_on(&self, address: &Address, statement: &Statement) -> bool {
        let Some(table) = statement.hazards.iter().find_map(Hazard::busy_on) else {
            return true;
        };
        let others = self.around().dependents.get(table);
        let mut others = others.into_iter().flatten();
        others.any(|other| other.kind() != address.kind() && !self.is_only_on(other, table))
    }

    /// Reports whether something lies on a table and does not refer to it beside that, such as a foreign key that
    /// points at another one.
    fn is_only_on(&self, address: &Address, table: &Address) -> bool {
        address.path().starts_with(table.path()) && !self.refers(address, table)
    }

    /// Returns what is declared as it will be: what does not change is as it is live.
    fn settled(&self) -> &Catalog {
        self.settled.get_or_init(|| {
            let declared = self.situation.desired.catalog.iter();
            let settled = declared.map(|object| {
                let draft = self.drafts.get(&object.address);
                let next = draft.and_then(|draft| draft.desired.as_ref());
                let live = || self.situation.live.get(&object.address);
                next.or_else(live).unwrap_or(object).clone()
            });
            settled.collect()
        })
    }

    fn around(&self) -> &Around<'a> {
        self.around.get_or_init(|| Around::of(self.drafts))
    }

    /// Returns why a statement that could be done online is, if it is.
    fn reason(&self, address: &Address, draft: &Draft, statement: &Statement) -> Option<String> {
        if strategy(self.situation, address) == Strategy::Direct {
            return None;
        }
        let table = statement.hazards.iter().find_map(Hazard::busy_on)?;
        let is_firm = draft
            .live
            .as_ref()
            .is_none_or(|live| self.is_on_firm_ground(live));
        if self.new.contains(table) || !self.stays(table) || !is_firm {
            return None;
        }
        let name = table.qualified_name();
        match self.situation.live.get(table)?.facts.rows {
            Some(0) => None,
            Some(1) => Some(format!("online, since {name} has a row")),
            Some(rows) => Some(format!("online, since {name} has {rows} rows")),
            None => Some(format!("online, since {name} may have rows")),
        }
    }

    /// Reports whether something is neither dropped nor made anew.
    fn stays(&self, address: &Address) -> bool {
        self.drafts
            .get(address)
            .is_none_or(|draft| matches!(draft.action, Action::Update | Action::Adopt))
    }

    /// Reports whether everything that something stands on stays as it is, so that it can stay until its next
    /// form takes its place.
    fn is_on_firm_ground(&self, live: &Object) -> bool {
        live.stands_on().iter().all(|edge| {
            self.stays(&edge.on)
                && self.drafts.get(&edge.on).is_none_or(|draft| {
                    let disturbed = |part: &String| {
                        draft
                            .disturbs
                            .iter()
                            .any(|disturbance| disturbance.part == *part)
                    };
                    !edge.part.as_ref().is_some_and(disturbed)
                })
        })
    }
}

/// Returns how changes of an object run.
pub(crate) fn strategy(situation: &Situation<'_>, address: &Address) -> Strategy {
    asked(situation, address).unwrap_or(Strategy::Online)
}

/// Returns how changes of an object are asked to run: as it says itself, or what it lies in, or who runs them.
fn asked(situation: &Situation<'_>, address: &Address) -> Option<Strategy> {
    let origin = situation.desired.origins.get(address);
    let own = origin.and_then(|origin| origin.lifecycle.strategy);
    own.or(situation.wishes.strategy)
}
