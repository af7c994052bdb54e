//! One kind of object, typed: the struct is the schema, four functions are the knowledge.
//!
//! The same struct decodes what a person declared, holds what the platform showed, and is what the
//! state keeps. Everything here is pure; reading live objects is the session's business, so planning
//! needs no connection.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use model::{Address, Edge, Facts, Record, Secret, Statement, Wait};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// What is known of the platform at hand when statements are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities {
    /// What tells this server from every other.
    pub identity: String,
    /// Version, comparable: for PostgreSQL `server_version_num`, such as 150004.
    pub version: u32,
    /// Version as the platform says it.
    pub version_text: String,
    /// The place of the connection: the database of the url.
    pub place: String,
    /// The login that will run the statements.
    pub login: String,
    /// Whether that login may do everything.
    pub is_superuser: bool,
    /// What only the provider understands, by name.
    pub notes: BTreeMap<String, String>,
}

impl Capabilities {
    /// Returns what is assumed where nothing is connected: the newest version, an unnamed login.
    #[must_use]
    pub fn offline() -> Self {
        Self {
            identity: String::new(),
            version: u32::MAX,
            version_text: String::new(),
            place: String::new(),
            login: String::new(),
            is_superuser: true,
            notes: BTreeMap::new(),
        }
    }
}

/// The note of a live object that goes, without standing on it, with what it is attached to: the
/// functions of a base type.
pub const GOES_ALONG: &str = "goes_along";

/// The note of an object that is taken out of its place under another one.
pub const OUT_OF_PLACE: &str = "out_of_place";

/// The note of a desired object: references to what leaves its place under it before it is made anew, and comes
/// back after.
pub const COMES_BACK: &str = "comes_back";

/// Where an object stands, for the functions that write statements about it.
#[derive(Debug, Clone, Copy)]
pub struct At<'a> {
    /// Its address.
    pub address: &'a Address,
    /// The platform.
    pub platform: &'a Capabilities,
    /// What the platform tells about the live object; empty for a new one.
    pub facts: &'a Facts,
}

/// The attribute that says what an object stands inside of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Within {
    /// Name of the attribute: `schema`.
    pub attribute: &'static str,
    /// The kinds it may name.
    pub kinds: &'static [&'static str],
    /// Whether it must be written; otherwise the provider knows a default.
    pub required: bool,
    /// Whether it stays among the attributes, because the address does not say it.
    pub kept: bool,
}

/// A block inside another that is an object of its own, such as an index inside a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nested {
    /// Block type inside the outer block.
    pub block: &'static str,
    /// The kind it is.
    pub kind: &'static str,
}

/// Whether a live form can be left as it is while the next one is made beside it, under another name, and takes
/// its place in one moment when it is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Swap {
    /// It cannot.
    Never,
    /// It can, with all that stands on it.
    Whole,
    /// It is made along with what it is attached to: an index of a view.
    Along,
}

/// A change to a part that others may stand on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Disturbance {
    /// The part, as edges name it: `column day`.
    pub part: String,
    /// Whether the part is gone afterwards, and not only different.
    pub gone: bool,
}

/// How one form becomes another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alter {
    /// In place.
    InPlace {
        /// What runs, in order; empty when nothing differs.
        statements: Vec<Statement>,
        /// Parts that change so that what stands on them must be dropped before and made again after.
        disturbs: BTreeSet<Disturbance>,
    },
    /// Only by dropping and making it again; the reasons are shown.
    Replace(Vec<String>),
}

impl Alter {
    /// Makes an alteration that disturbs nothing.
    #[must_use]
    pub fn in_place(statements: Vec<Statement>) -> Self {
        Self::InPlace {
            statements,
            disturbs: BTreeSet::new(),
        }
    }

    /// Returns this alteration and another one after it.
    #[must_use]
    pub fn and(self, then: Self) -> Self {
        match (self, then) {
            (
                Self::InPlace {
                    mut statements,
                    mut disturbs,
                },
                Self::InPlace {
                    statements: more,
                    disturbs: others,
                },
            ) => {
                statements.extend(more);
                disturbs.extend(others);
                Self::InPlace {
                    statements,
                    disturbs,
                }
            }
            (Self::Replace(because), _) | (_, Self::Replace(because)) => Self::Replace(because),
        }
    }

    /// Makes a replacement for one reason.
    #[must_use]
    pub fn replace(because: impl Into<String>) -> Self {
        Self::Replace(vec![because.into()])
    }
}

/// How an object that runs by itself is kept from it while something changes. `F` is a form of the object.
#[derive(Debug, Clone, PartialEq)]
pub struct Suspension<F> {
    /// The form in which nothing of it begins any more but what runs goes on, and what must be over then;
    /// absent where nothing begins without being asked to.
    pub parked: Option<(F, Wait)>,
    /// The form in which it does not run.
    pub stopped: F,
    /// A query that returns a row while it is in either form.
    pub when: String,
}

/// Something wrong with a declared object that its types cannot say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: attribute, or block and label and attribute; empty for the whole object.
    pub path: Vec<String>,
    /// What is wrong: the same words every time.
    pub title: String,
    /// The particulars, shown at the place.
    pub text: String,
    /// What to do.
    pub help: Option<String>,
}

impl Problem {
    /// Makes a problem at a path.
    #[must_use]
    pub fn new<'a>(
        path: impl IntoIterator<Item = &'a str>,
        title: impl Into<String>,
        text: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into_iter().map(str::to_owned).collect(),
            title: title.into(),
            text: text.into(),
            help: None,
        }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help = Some(text.into());
        self
    }
}

/// How a declaration stands to what was applied, and how much it means.
#[derive(Debug, Clone, Copy, Default)]
pub struct Standing<'a> {
    /// What was recorded after the last apply.
    pub record: Option<&'a Record>,
    /// Whether the declaration is the one that was last applied.
    pub declared_unchanged: bool,
    /// Whether what it leaves open is to be as it is where nothing is said, rather than as it happens to be live.
    pub exact: bool,
}

/// What settling a declaration against its live object may look at.
#[derive(Clone, Copy)]
pub struct Settling<'a> {
    /// The live object's address.
    pub address: &'a Address,
    /// What the platform tells about the live object.
    pub facts: &'a Facts,
    /// Version of the platform.
    pub version: u32,
    /// How the declaration stands to what was applied.
    pub standing: Standing<'a>,
    /// The secrets of the declaration, by attribute: `password`, or `secret_options.password`.
    pub secret: &'a dyn Fn(&str) -> Option<Secret>,
}

/// One kind of object, typed. Pure: nothing here can reach a platform.
pub trait Kind:
    Serialize + DeserializeOwned + JsonSchema + Clone + PartialEq + Send + Sync + 'static
{
    /// The block name: `sequence`.
    const NAME: &'static str;
    /// Kinds of one namespace cannot share a qualified name.
    const NAMESPACE: &'static str = Self::NAME;
    /// What objects of this kind stand inside of; `None` for what stands on the platform itself.
    const WITHIN: Option<Within> = None;
    /// The attribute, a reference or a text, whose value names objects of this kind, which have no name
    /// of their own: the role of a user mapping.
    const NAMED_BY: Option<&'static str> = None;
    /// Whether an object is called by its contents, and has no `name`.
    const BY_CONTENTS: bool = false;
    /// The attribute that says what its name lies in, where that need not be what it stands in: the
    /// schema of statistics about a table. Never kept, because the address says it.
    const NAMED_IN: Option<Within> = None;
    /// Blocks inside that are objects of their own.
    const NESTED: &'static [Nested] = &[];
    /// Whether nobody declares objects of this kind: they follow from other declarations.
    const INTERNAL: bool = false;
    /// Whether a block of this kind says something about other objects and is none itself.
    const CLAUSE: bool = false;
    /// Whether the platform rewrites expressions of this kind, so that it must be asked whether two
    /// texts are equal.
    const RENDERED: bool = false;
    /// Whether the platform itself carries objects of this kind along when a column they stand on
    /// changes its type.
    const FOLLOWS: bool = false;
    /// Whether what the platform carries along comes out of it changed, such as with another owner. Then
    /// only what is not declared is left to the platform.
    const FOLLOWS_ROUGHLY: bool = false;
    /// Kinds whose objects may be dropped under one of this kind: all it loses is that it mentions them.
    const OUTLIVES: &'static [&'static str] = &[];

    /// Kinds of what is attached to an object of this kind and goes to another container with it, without a step of
    /// its own.
    const TAKES_ALONG: &'static [&'static str] = &[];

    /// Whether objects of this kind are left behind when what they are attached to is dropped.
    const LEFT_BEHIND: bool = false;

    /// Whether an object of this kind can be dropped and made again without losing anything that its
    /// attributes do not say.
    const REBUILDABLE: bool = false;

    /// Attributes that the platform does not show, such as the query that filled a table. What was applied of
    /// them is recorded, and a live object is taken to have it.
    const KEPT: &'static [&'static str] = &[];

    /// Whether live objects of this kind can make room for declared ones, as [`Kind::aside`] says.
    const MAKES_ROOM: bool = false;

    /// Whether objects of this kind are swapped.
    const SWAP: Swap = Swap::Never;

    /// Whether objects of this kind run by themselves, as [`Kind::suspended`] says.
    const RUNS: bool = false;

    /// Whether objects of this kind watch what is done to all others, and so are best made last and
    /// dropped first, wherever nothing else decides.
    const WATCHES: bool = false;

    /// Returns the qualified name inside `parent`, or inside what `NAMED_IN` says where it is written.
    #[must_use]
    fn path(parent: Option<&Address>, name: &str) -> Vec<String> {
        let mut path = parent
            .map(|parent| parent.path().to_vec())
            .unwrap_or_default();
        path.push(name.to_owned());
        path
    }

    /// Returns the name that a declared object has by its contents, whatever its label and `name` say: a
    /// cast has no other. With [`Self::BY_CONTENTS`] only.
    #[must_use]
    fn own_name(_body: &model::Body) -> Option<String> {
        None
    }

    /// Returns what tells a declared object from others with the same name, such as the types of a
    /// routine's arguments. It becomes part of the name, in brackets.
    #[must_use]
    fn signature(_body: &model::Body) -> Option<String> {
        None
    }

    /// Brings a declared object into normal form and says what is wrong with it.
    fn normalize(&mut self, _at: &At<'_>) -> Vec<Problem> {
        Vec::new()
    }

    /// Takes over from the live object whatever the declaration leaves open, so that comparing the
    /// two shows only real differences.
    fn settle(&mut self, _live: &Self, _with: &Settling<'_>) {}

    /// Takes our share out of a live object that is declared nowhere.
    fn give_back(&mut self, _with: &Settling<'_>) {}

    /// Takes back whatever has been done to a live object that the platform brought along: it is to be as
    /// it came.
    fn as_given(&mut self) {}

    /// Returns what it stands on beside the references in its fields: parts of other objects.
    fn edges(&self, _at: &At<'_>) -> BTreeSet<Edge> {
        BTreeSet::new()
    }

    /// Returns it without parts that can be taken away and given back, as `by` of its edges names them.
    #[must_use]
    fn loosened(&self, _parts: &BTreeSet<String>) -> Self {
        self.clone()
    }

    /// Returns it out of its place under another object, with everything that it has from there. `find` finds
    /// what is above; `live` is how the live form looks out of its place, where this is the desired one.
    ///
    /// The edge to what is above is one by [`model::PLACE`].
    #[must_use]
    fn out_of_place(
        &self,
        _live: Option<&Self>,
        _find: &dyn Fn(&Address) -> Option<model::Object>,
        _at: &At<'_>,
    ) -> Self {
        self.clone()
    }

    /// Returns the statements that make it, without any row: what it looks like can be found out with them.
    fn create(&self, at: &At<'_>) -> Vec<Statement>;

    /// Returns the statements that make it with the rows that it is to have from others.
    fn fill(&self, at: &At<'_>) -> Vec<Statement> {
        self.create(at)
    }

    /// Returns how this form becomes the next.
    fn alter(&self, next: &Self, at: &At<'_>) -> Alter;

    /// Returns the address that this form gets, where it must make room for the next one, or for one of
    /// another kind: it is dropped as soon as everything that stands on it stands on that one, and so no row
    /// is lost. `is_on_aside` tells whether it stands itself on something that makes room.
    #[must_use]
    fn aside(&self, _next: Option<&Self>, _is_on_aside: bool, _at: &At<'_>) -> Option<Address> {
        None
    }

    /// Returns what else gets another name where it is called `to`, or becomes the next form, such as a type
    /// that comes with it: nothing but texts names it.
    #[must_use]
    fn along(&self, _next: Option<&Self>, _at: &At<'_>, _to: &Address) -> Vec<(Address, Address)> {
        Vec::new()
    }

    /// Returns the statements that make it where another form made room for it, which is at `from` now and
    /// may be of another kind: values of that one must be able to become values of this one.
    fn succeed(&self, _former: Option<&Self>, _from: &Address, at: &At<'_>) -> Vec<Statement> {
        self.create(at)
    }

    /// Returns the statements that drop it where it made room for another form, at `successor`.
    fn leave(&self, _successor: &Address, at: &At<'_>) -> Vec<Statement> {
        self.remove(at)
    }

    /// Returns the statements that make this form beside the live one, which would have to be dropped to become
    /// it, and let it take its place at the end; or `None` where there is no such way. `name` is free for as long
    /// as it takes.
    #[must_use]
    fn beside(&self, _live: &Self, _name: &str, _at: &At<'_>) -> Option<Vec<Statement>> {
        None
    }

    /// Returns what comes along with it and has a name of its own that others could want, such as the index of a
    /// key, by the address that something of that name would have.
    fn companions(&self, _at: &At<'_>) -> Vec<Address> {
        Vec::new()
    }

    /// Returns the statements by which it takes its place, which is free by then: `made` is how it was made beside
    /// that, at the address that `at` says.
    fn publish(&self, made: &Self, at: &At<'_>, to: &Address) -> Vec<Statement> {
        made.rename(at, to).unwrap_or_default()
    }

    /// Returns the statements that get it ready, when everything that is attached to it is made.
    fn ready(&self, _at: &At<'_>) -> Vec<Statement> {
        Vec::new()
    }

    /// Returns what takes it away where it is there and is not to be.
    #[must_use]
    fn undo(&self, _at: &At<'_>) -> Option<model::Undo> {
        None
    }

    /// Returns how it is kept from running by itself while it, or something it stands on, changes; `None` where it
    /// does not run in this form. Every form is one statement away from every other. `declared` is the form that
    /// is declared, if one is; what runs may take `usual` to end where nothing else is said.
    #[must_use]
    fn suspended(
        &self,
        _declared: Option<&Self>,
        _usual: Duration,
        _at: &At<'_>,
    ) -> Option<Suspension<Self>> {
        None
    }

    /// Returns a query that returns a row unless the object is live in this form.
    #[must_use]
    fn unlike(&self, _at: &At<'_>) -> Option<String> {
        None
    }

    /// Returns the statements that drop it.
    fn remove(&self, at: &At<'_>) -> Vec<Statement>;

    /// Returns the statements that give it another name, or `None` when that is not possible.
    fn rename(&self, _at: &At<'_>, _to: &Address) -> Option<Vec<Statement>> {
        None
    }
}
