//! From names to numbers: a population made ready for questions.

use std::collections::{BTreeSet, HashMap};

use model::Address;
use provider::access::{Class, Given, Membership, Population, RowSecurity};

use crate::closure::{Closure, Edge};
use crate::facts::Passes;
use crate::words::{NONE, Word, Words};

/// The number of a role; [`PUBLIC`] is everybody.
pub type RoleId = usize;

/// The number of a target.
pub type TargetId = usize;

/// Everybody.
pub const PUBLIC: RoleId = 0;

/// How everybody is called.
pub const PUBLIC_NAME: &str = "PUBLIC";

/// The right that goes with belonging to somebody.
pub const OWN: &str = "own";

/// The kind of the target that stands for the server as a whole.
pub(crate) const SERVER: &str = "server";

/// The kind of the target that stands for a role: being in it is a right on it.
pub(crate) const ROLE: &str = "role";

/// The rights on a role: to have its rights at once, to become it, to take others in.
pub(crate) const MEMBERSHIP: [&str; 3] = ["inherit", "set", "admin"];

/// What the kinds of things that are yet to be made begin with.
pub(crate) const FUTURE: &str = "future_";

/// A role, ready for questions.
#[derive(Debug)]
pub(crate) struct RoleFacts {
    pub(crate) name: String,
    pub(crate) login: bool,
    pub(crate) superuser: bool,
    pub(crate) bypasses_rows: bool,
    pub(crate) predefined: bool,
    /// Whether nothing else is known of it than its name and what was given to it.
    pub(crate) only_named: bool,
    pub(crate) attributes: Vec<Word>,
}

/// A right that was given.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) to: RoleId,
    pub(crate) by: RoleId,
    pub(crate) privilege: Word,
    /// The column, or [`NONE`].
    pub(crate) column: Word,
    pub(crate) option: bool,
}

/// A membership that counts as a right on the role.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) member: RoleId,
    pub(crate) by: RoleId,
    pub(crate) inherit: bool,
    pub(crate) set: bool,
    pub(crate) admin: bool,
}

/// Something that somebody can have rights on: a thing, a role, the server, things that are yet to be made.
#[derive(Debug)]
pub struct Target {
    /// Its kind.
    pub kind: String,
    /// Its name, from the outermost container; that of things to be made ends in who makes them.
    pub path: Vec<String>,
    /// To whom it belongs.
    pub owner: Option<RoleId>,
    /// Whether nothing is stored, so that it has what its class has.
    pub is_default: bool,
    /// Whether policies narrow its rows.
    pub row_security: RowSecurity,
    pub(crate) entries: Vec<Entry>,
    pub(crate) members: Vec<Member>,
    /// Which memberships hold there.
    pub(crate) scope: usize,
}

impl Target {
    /// Returns the database that it lies in, or is.
    #[must_use]
    pub fn database(&self) -> Option<&str> {
        match self.kind.as_str() {
            SERVER | ROLE | "tablespace" | "parameter" => None,
            _ => self.path.first().map(String::as_str),
        }
    }

    /// Returns its name, parts quoted where that is needed; with the database where it is wanted.
    #[must_use]
    pub fn name(&self, with_database: bool) -> String {
        if self.kind == SERVER {
            return SERVER.to_owned();
        }
        let is_inside = self.path.len() > 1 && self.database().is_some();
        let skip = usize::from(is_inside && !with_database);
        Address::new("", &self.kind, &self.path[skip..]).qualified_name()
    }

    /// Returns the schema that it lies in, or is.
    #[must_use]
    pub fn schema(&self) -> Option<&str> {
        let is_inside = self.database().is_some()
            && (self.path.len() == 3 || self.kind == "schema")
            && !self.path[1].is_empty();
        is_inside.then(|| self.path[1].as_str())
    }
}

/// A population, ready for questions.
#[derive(Debug)]
pub struct Access {
    population: Population,
    pub(crate) words: Words,
    pub(crate) roles: Vec<RoleFacts>,
    numbers: HashMap<String, RoleId>,
    targets: Vec<Target>,
    pub(crate) closures: Vec<Closure>,
    /// By kind: rights over everything of it, with who has them.
    pub(crate) everywhere: HashMap<String, Vec<(RoleId, Word)>>,
    pub(crate) assumable: Vec<Word>,
    pub(crate) own: Word,
    pub(crate) passes: Passes,
}

impl Access {
    /// Makes a population ready for questions.
    #[must_use]
    pub fn of(population: Population) -> Self {
        let mut words = Words::default();
        let own = words.number(OWN);
        let classes = population.classes.values();
        let known = classes.flat_map(|class| class.privileges.iter().map(String::as_str));
        for word in MEMBERSHIP.into_iter().chain(known) {
            words.number(word);
        }
        let mut roles = vec![RoleFacts {
            name: PUBLIC_NAME.to_owned(),
            login: false,
            superuser: false,
            bypasses_rows: false,
            predefined: true,
            only_named: false,
            attributes: Vec::new(),
        }];
        let mut numbers = HashMap::new();
        let mut everywhere: HashMap<String, Vec<(RoleId, Word)>> = HashMap::new();
        for role in &population.roles {
            let number = roles.len();
            numbers.insert(role.name.clone(), number);
            for right in &role.everywhere {
                let privilege = words.number(&right.privilege);
                for kind in &right.kinds {
                    let rights = everywhere.entry(kind.clone()).or_default();
                    rights.push((number, privilege));
                }
            }
            roles.push(RoleFacts {
                name: role.name.clone(),
                login: role.login,
                superuser: role.superuser,
                bypasses_rows: role.bypasses_rows,
                predefined: role.predefined,
                only_named: role.only_named,
                attributes: role
                    .attributes
                    .iter()
                    .map(|one| words.number(one))
                    .collect(),
            });
        }
        let (scopes, closures) = closures(&population, &numbers, roles.len());
        let assumable = population.assumable.iter().map(|one| words.number(one));
        let assumable = assumable.collect();
        let mut maker = Maker {
            words: &mut words,
            numbers: &numbers,
            scopes: &scopes,
        };
        let targets = maker.targets(&population);
        let mut access = Self {
            population,
            words,
            roles,
            numbers,
            targets,
            closures,
            everywhere,
            assumable,
            own,
            passes: Passes::default(),
        };
        access.passes = Passes::of(&access);
        access
    }

    /// Returns what it was made of.
    #[must_use]
    pub fn population(&self) -> &Population {
        &self.population
    }

    /// Returns the number of a role.
    #[must_use]
    pub fn role(&self, name: &str) -> Option<RoleId> {
        self.numbers.get(name).copied()
    }

    /// Returns every role, without everybody.
    pub fn roles(&self) -> impl Iterator<Item = RoleId> {
        1..self.roles.len()
    }

    /// Returns the name of a role.
    #[must_use]
    pub fn role_name(&self, role: RoleId) -> &str {
        &self.roles[role].name
    }

    /// Reports whether everything is permitted to a role.
    #[must_use]
    pub fn is_superuser(&self, role: RoleId) -> bool {
        self.roles[role].superuser
    }

    /// Reports whether a role can log in.
    #[must_use]
    pub fn is_login(&self, role: RoleId) -> bool {
        self.roles[role].login
    }

    /// Reports whether the platform brought a role along.
    #[must_use]
    pub fn is_predefined(&self, role: RoleId) -> bool {
        self.roles[role].predefined
    }

    /// Reports whether a role can do what most cannot: it has an attribute beside logging in, itself or after becoming
    /// another role, or the rights of one that the platform brought along.
    #[must_use]
    pub fn is_privileged(&self, role: RoleId) -> bool {
        if role == PUBLIC || self.roles[role].predefined {
            return false;
        }
        let login = self.words.find("login");
        let closure = &self.closures[0];
        let has_attribute = |role: RoleId| {
            let mut attributes = self.roles[role].attributes.iter();
            attributes.any(|one| Some(*one) != login)
        };
        has_attribute(role)
            || closure
                .becomes(role)
                .any(|other| has_attribute(other) || self.roles[other].predefined)
            || self
                .roles()
                .any(|other| self.roles[other].predefined && closure.has_rights_of(role, other))
    }

    /// Says what a role can do that most cannot: its attributes, those of roles it can become, predefined roles.
    #[must_use]
    pub fn powers(&self, role: RoleId) -> Vec<String> {
        let attributes = |role: RoleId| {
            let all = self.roles[role].attributes.iter();
            all.map(|one| self.words.text(*one)).collect::<Vec<_>>()
        };
        let mut powers: Vec<String> = attributes(role).into_iter().map(str::to_owned).collect();
        let closure = &self.closures[0];
        let others = self.roles().filter(|other| self.roles[*other].predefined);
        powers.extend(
            others
                .filter(|other| *other != role && closure.has_rights_of(role, *other))
                .map(|other| self.role_name(other).to_owned()),
        );
        for other in closure.becomes(role) {
            let words: Vec<&str> = attributes(other)
                .into_iter()
                .filter(|word| *word != "login" && *word != "replication")
                .collect();
            let is_known = closure.has_rights_of(role, other);
            match (words.is_empty(), self.roles[other].predefined && !is_known) {
                (false, _) => {
                    let words = words.join(", ");
                    powers.push(format!("after set role {}: {words}", self.role_name(other)));
                }
                (true, true) => powers.push(format!("after set role {}", self.role_name(other))),
                (true, false) => {}
            }
        }
        powers
    }

    /// Returns every target, in the order of kind and name.
    pub fn targets(&self) -> impl Iterator<Item = TargetId> + use<> {
        0..self.targets.len()
    }

    /// Returns a target.
    #[must_use]
    pub fn target(&self, target: TargetId) -> &Target {
        &self.targets[target]
    }

    /// Returns what there is to know of a kind.
    #[must_use]
    pub fn class(&self, kind: &str) -> Option<&Class> {
        self.population.classes.get(kind)
    }

    /// Returns every database that is looked into.
    #[must_use]
    pub fn databases(&self) -> BTreeSet<&str> {
        self.targets.iter().filter_map(Target::database).collect()
    }

    pub(crate) fn closure(&self, target: &Target) -> &Closure {
        &self.closures[target.scope]
    }
}

/// Computes closures: the first of what holds everywhere, the others of what holds inside of one database, by name.
fn closures(
    population: &Population,
    numbers: &HashMap<String, RoleId>,
    roles: usize,
) -> (HashMap<String, usize>, Vec<Closure>) {
    let edges = |within: Option<&str>| -> Vec<Edge> {
        let all = population.memberships.iter();
        all.filter(|one| one.within.is_none() || one.within.as_deref() == within)
            .filter_map(|one| {
                Some(Edge {
                    role: *numbers.get(&one.role)?,
                    member: *numbers.get(&one.member)?,
                    inherit: one.inherit,
                    set: one.set,
                })
            })
            .collect()
    };
    let mut scopes = HashMap::new();
    let mut closures = vec![Closure::of(roles, &edges(None))];
    let inside: BTreeSet<&String> = population
        .memberships
        .iter()
        .filter_map(|one| one.within.as_ref())
        .collect();
    for database in inside {
        scopes.insert(database.clone(), closures.len());
        closures.push(Closure::of(roles, &edges(Some(database))));
    }
    (scopes, closures)
}

/// What makes targets.
struct Maker<'a> {
    words: &'a mut Words,
    numbers: &'a HashMap<String, RoleId>,
    scopes: &'a HashMap<String, usize>,
}

impl Maker<'_> {
    fn targets(&mut self, population: &Population) -> Vec<Target> {
        let mut targets = vec![target(SERVER, &[])];
        let mut memberships: HashMap<&str, Vec<&Membership>> = HashMap::new();
        for one in population
            .memberships
            .iter()
            .filter(|one| one.within.is_none())
        {
            memberships.entry(&one.role).or_default().push(one);
        }
        let roles = population.roles.iter();
        // Who is in a role that was not managed is not known.
        for role in roles.filter(|role| !role.only_named) {
            let mut one = target(ROLE, std::slice::from_ref(&role.name));
            let members = memberships.remove(role.name.as_str()).into_iter().flatten();
            one.members = members
                .filter_map(|member| {
                    Some(Member {
                        member: *self.numbers.get(&member.member)?,
                        by: self.role(member.by.as_deref()),
                        inherit: member.inherit,
                        set: member.set,
                        admin: member.admin,
                    })
                })
                .collect();
            targets.push(one);
        }
        for thing in &population.things {
            let mut one = target(&thing.kind, &thing.path);
            one.owner = self.numbers.get(&thing.owner).copied();
            one.row_security = thing.row_security;
            match (&thing.grants, population.classes.get(&thing.kind)) {
                (Some(grants), _) => self.entries(grants, None, &mut one.entries),
                (None, Some(class)) => {
                    one.is_default = true;
                    let owner = one.owner.unwrap_or(PUBLIC);
                    self.defaults(class, owner, &mut one.entries);
                }
                (None, None) => {}
            }
            for column in &thing.columns {
                self.entries(&column.grants, Some(&column.column), &mut one.entries);
            }
            one.scope = self.scope(&one);
            targets.push(one);
        }
        for future in &population.future {
            let mut path = future.path.clone();
            path.resize(2, String::new());
            path.push(future.creator.clone());
            let mut one = target(&format!("{FUTURE}{}", future.kind), &path);
            one.owner = self.numbers.get(&future.creator).copied();
            self.entries(&future.grants, None, &mut one.entries);
            one.scope = self.scope(&one);
            targets.push(one);
        }
        targets
    }

    fn scope(&self, target: &Target) -> usize {
        let database = target.database();
        database
            .and_then(|name| self.scopes.get(name))
            .copied()
            .unwrap_or_default()
    }

    fn role(&self, name: Option<&str>) -> RoleId {
        name.and_then(|name| self.numbers.get(name))
            .copied()
            .unwrap_or(PUBLIC)
    }

    fn entries(&mut self, grants: &[Given], column: Option<&str>, entries: &mut Vec<Entry>) {
        let column = column.map_or(NONE, |column| self.words.number(column));
        for given in grants {
            let to = match &given.to {
                None => PUBLIC,
                Some(name) => match self.numbers.get(name) {
                    Some(role) => *role,
                    None => continue,
                },
            };
            let by = self.role(Some(&given.by));
            for privilege in &given.privileges {
                entries.push(Entry {
                    to,
                    by,
                    privilege: self.words.number(privilege),
                    column,
                    option: given.option,
                });
            }
        }
    }

    fn defaults(&mut self, class: &Class, owner: RoleId, entries: &mut Vec<Entry>) {
        let to = [(owner, &class.privileges), (PUBLIC, &class.public)];
        for (to, privileges) in to {
            for privilege in privileges {
                entries.push(Entry {
                    to,
                    by: owner,
                    privilege: self.words.number(privilege),
                    column: NONE,
                    option: false,
                });
            }
        }
    }
}

fn target(kind: &str, path: &[String]) -> Target {
    Target {
        kind: kind.to_owned(),
        path: path.to_vec(),
        owner: None,
        is_default: false,
        row_security: RowSecurity::Off,
        entries: Vec::new(),
        members: Vec::new(),
        scope: 0,
    }
}
