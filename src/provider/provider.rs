//! A platform's pure knowledge: its kinds, how it writes names, what follows from what.

use std::collections::{BTreeMap, BTreeSet};

use model::{
    Address, Catalog, Diagnostic, Finding, Lock, Map, Object, PartRename, Records, Statement,
};
use serde_json::Value as Json;

use crate::access::Population;
use crate::deed::Deed;
use crate::desired::Desired;
use crate::kind::{Capabilities, Disturbance};
use crate::outline::{Outline, Wanted};
use crate::rules::Rules;
use crate::snapshot::{Snapshot, Taking};

/// What a provider may look at when it completes a catalog.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// The provider with its alias.
    pub provider: &'a str,
    /// What is live, where that is known.
    pub live: Option<&'a Catalog>,
    /// What is ours.
    pub records: &'a Records,
    /// The platform.
    pub platform: &'a Capabilities,
}

/// A platform. Pure: nothing here waits or fails for reasons outside the tool.
pub trait Provider: Send + Sync {
    /// Returns the name of the provider block: `postgres`.
    fn name(&self) -> &'static str;

    /// Returns every kind, in the order in which they are documented.
    fn kinds(&self) -> &'static [&'static dyn Rules];

    /// Returns the JSON Schema of the provider block.
    fn settings(&self) -> &'static Json;

    /// Returns what an object stands inside of when its declaration does not say.
    ///
    /// # Errors
    /// Why there is no default, in a sentence for the person who left it out.
    fn default_parent(
        &self,
        kind: &str,
        provider: &str,
        declared: &[Address],
    ) -> Result<Option<Address>, String>;

    /// Reads the name of an object that is declared nowhere.
    ///
    /// # Errors
    /// What is wrong with the name.
    fn named(
        &self,
        provider: &str,
        kinds: &[&str],
        text: &str,
        declared: &[Address],
    ) -> Result<Address, String>;

    /// Returns a name as it is written in a statement, quoted where needed.
    fn written(&self, address: &Address) -> String;

    /// Returns what a statement about an object locks of what is live, by the platform's own names for locks. How
    /// large that is need not be said.
    fn locks(&self, _statement: &Statement, _about: &Address, _live: &Catalog) -> Vec<Lock> {
        Vec::new()
    }

    /// Reports whether a later statement can bring back what was before one that loses no rows.
    fn is_reversible(&self, _statement: &Statement) -> bool {
        true
    }

    /// Returns how many locks one transaction may take, where that is bounded.
    fn room(&self, _platform: &Capabilities) -> Option<usize> {
        None
    }

    /// Returns how many locks making or dropping an object takes, about.
    fn room_for(&self, _object: &Object) -> usize {
        1
    }

    /// Returns what a statement that the files bring along takes away for good, as people call it.
    fn loss(&self, _sql: &str) -> Option<String> {
        None
    }

    /// Returns where unqualified names in a text about an object are looked up, first to last.
    fn names_in(&self, _on: &Address) -> Vec<String> {
        Vec::new()
    }

    /// Says what is wrong with a name, for example that it is too long.
    fn name_problem(&self, name: &str) -> Option<String>;

    /// Returns the place where statements about an object run; empty for that of the connection.
    fn place(&self, address: &Address, platform: &Capabilities) -> String;

    /// Returns the place that must be read to see an object; `None` for what belongs to the platform
    /// as a whole.
    fn holds(&self, address: &Address) -> Option<String>;

    /// Reports whether an object is itself a place that can be read.
    fn is_place(&self, address: &Address) -> bool;

    /// Returns whether an object belongs to the platform as a whole and may be used by others than
    /// this project: it is dropped only when nobody else declares it.
    fn is_shared(&self, address: &Address) -> bool;

    /// Reports whether a live object lies within what the files declare to be the whole truth; with
    /// `cluster`, also what belongs to the server as a whole.
    fn is_prunable(&self, live: &Object, desired: &Desired, cluster: bool) -> bool;

    /// Says why an object is not seen here even where it is live; `None` where it would be. `attributes` are the
    /// recorded or declared ones.
    fn hides(
        &self,
        _address: &Address,
        _attributes: &Map,
        _platform: &Capabilities,
    ) -> Option<String> {
        None
    }

    /// Says what a plan for one provider cannot know, whatever it does.
    fn caveats(
        &self,
        _desired: &Desired,
        _provider: &str,
        _platform: &Capabilities,
    ) -> Vec<Finding> {
        Vec::new()
    }

    /// Adds to the live catalog what will be there once the declared objects that bring something along
    /// are made, such as the schema `public` of a new database.
    fn foresee(
        &self,
        desired: &Desired,
        provider: &str,
        platform: &Capabilities,
        live: &mut Catalog,
    );

    /// Returns the address that an object has once others have been renamed, where its name has theirs in
    /// it: that of a function has the types of its arguments.
    fn readdressed(&self, _address: &Address, _renames: &[(Address, Address)]) -> Option<Address> {
        None
    }

    /// Returns the blocks inside one of a kind whose parts can get other names though they have no addresses.
    fn renamed_parts(&self, _kind: &str) -> Vec<&'static str> {
        Vec::new()
    }

    /// Returns the statements that give a part of a live object another name, where it has one of the former name
    /// and none of the next; `None` otherwise.
    fn rename_part(&self, _object: &Object, _part: &PartRename) -> Option<Vec<Statement>> {
        None
    }

    /// Returns the live objects that are called after a part, and get other names with it.
    fn along_part(
        &self,
        _live: &Catalog,
        _desired: &Catalog,
        _of: &Address,
        _part: &PartRename,
    ) -> Vec<(Address, Address)> {
        Vec::new()
    }

    /// Writes live objects as the platform will once a part of one of them has another name.
    fn reword_part(
        &self,
        _live: &mut Catalog,
        _of: &Address,
        _part: &PartRename,
        _platform: &Capabilities,
    ) {
    }

    /// Writes the texts of a live object as the platform will once others have been renamed.
    fn reword(&self, _object: &mut Object, _renames: &[(Address, Address)]) {}

    /// Returns an object as it is made beside its live form, before it takes the place of that: under the name that
    /// `names` has for it, and on the others in there; `None` where that cannot be. `form` is how the platform would
    /// write it, where that is known.
    fn twin(
        &self,
        _object: &Object,
        _form: Option<&Map>,
        _names: &BTreeMap<Address, Address>,
        _platform: &Capabilities,
    ) -> Option<Object> {
        None
    }

    /// Returns a query about an object as it is asked before that has taken the place of its live form.
    fn twin_query(
        &self,
        _sql: &str,
        _on: &Address,
        _names: &BTreeMap<Address, Address>,
    ) -> Option<String> {
        None
    }

    /// Reports whether an object that will stand on another one can be made, and mean the same, while that one still
    /// has its live form; `disturbs` says which parts of that change.
    fn can_precede(
        &self,
        _object: &Object,
        _live: &Object,
        _next: &Object,
        _disturbs: &BTreeSet<Disturbance>,
    ) -> bool {
        false
    }

    /// Returns what keeps a part of an object from being copied while people write, in words. `catalogs` are everything
    /// live and everything declared.
    fn hindrance(&self, _on: &Address, _part: &str, _catalogs: [&Catalog; 2]) -> Option<String> {
        None
    }

    /// Returns what keeps the rows of a live object in place of the statement that drops it; `None` where it has none,
    /// or they cannot be kept.
    fn keep_whole(&self, _live: &Object, _taking: &Taking<'_>) -> Option<Statement> {
        None
    }

    /// Returns what keeps values of a live object before it becomes another one that does not hold them; `None` where
    /// none are lost, or they cannot be kept.
    fn keep_parts(
        &self,
        _live: &Object,
        _next: &Object,
        _taking: &Taking<'_>,
    ) -> Option<Statement> {
        None
    }

    /// Returns the statements that make a new object with the rows of a snapshot, or a live one into the next with
    /// the values of one; `None` where it holds none for it.
    fn refill(
        &self,
        _live: Option<&Object>,
        _next: &Object,
        _snapshot: &Snapshot,
        _platform: &Capabilities,
    ) -> Option<Vec<Statement>> {
        None
    }

    /// Returns contents of an object with those parts of former ones that a snapshot keeps values of.
    fn with_parts(&self, now: Map, _then: &Map, _snapshot: &Snapshot) -> Map {
        now
    }

    /// Returns the statements that drop a snapshot.
    fn drop_snapshot(&self, _snapshot: &Snapshot) -> Vec<Statement> {
        Vec::new()
    }

    /// Returns the objects that decide what everything made at an address begins with, such as default privileges:
    /// they are as they will be before anything is made there.
    fn begins_under(&self, _address: &Address) -> Vec<Address> {
        Vec::new()
    }

    /// Returns notes on an object that is to be made: what it begins with. `will_be` says how others will be by then,
    /// those of [`Self::begins_under`] above all.
    fn begin(
        &self,
        _object: &Object,
        _will_be: &dyn Fn(&Address) -> Option<Map>,
        _platform: &Capabilities,
    ) -> Map {
        Map::default()
    }

    /// Returns who was given what by what was recorded of managed objects; `None` where the platform does not say who was
    /// given what.
    fn recalled(
        &self,
        _recorded: &BTreeMap<Address, Map>,
        _platform: &Capabilities,
    ) -> Option<Population> {
        None
    }

    /// Returns what somebody did by an audit log of the platform, in its order; `None` where it has none that could be
    /// read.
    fn deeds(&self, _log: &str) -> Option<Vec<Deed>> {
        None
    }

    /// Completes the desired objects of one provider with what follows from other objects and from
    /// clauses: expanded grants, edges found in texts.
    fn complete(&self, desired: &mut Desired, around: Surroundings<'_>) -> Vec<Diagnostic>;

    /// Returns what is live as blocks that a person could have written, so that planning them changes
    /// nothing.
    fn outline(&self, live: &Catalog, platform: &Capabilities, wanted: &Wanted) -> Outline;
}
