//! PostgreSQL's pure half.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use model::{
    Address, Catalog, Diagnostic, Edge, Finding, Lock, Map, Object, PartRename, Reference,
    Severity, Statement, Value,
};
use provider::{
    Capabilities, Deed, Desired, Disturbance, Outline, Population, Provider, Rules, Snapshot,
    Surroundings, Taking, Wanted, encode,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::access::recall;
use crate::kinds::KINDS;
use crate::kinds::routine::plain_types;
use crate::kinds::schema::Schema;
use crate::naming::{self, called, is_called, is_reserved_schema, split};
use crate::room;
use crate::session::{CRON_PLACE, EMBEDDED, UNSEEN_TASKS};
use crate::twin;

/// PostgreSQL 14 to 18.
#[derive(Debug, Clone, Copy)]
pub struct Postgres;

/// The provider block.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where the server is: `postgres://user:password@host:port/database?sslmode=...`. Without it, the
    /// embedded server keeps its data in `.estate/`.
    #[schemars(extend("x-secret" = true))]
    pub url: Option<String>,
    /// How long a statement waits for a lock before its part is tried again: `500ms`, `3s`, `1m`; `3s` when absent.
    pub lock_timeout: Option<String>,
    /// How long a statement may take that others have to wait for; as long as it takes when absent.
    pub statement_timeout: Option<String>,
}

/// What a name without a kind may be: anything in a schema.
pub(crate) const ANY_RELATION: &str = "*";

fn declared_databases<'a>(
    provider: &'a str,
    declared: &'a [Address],
) -> impl Iterator<Item = &'a Address> {
    declared
        .iter()
        .filter(move |address| address.kind() == "database" && address.provider() == provider)
}

fn addresses(desired: &Desired) -> Vec<Address> {
    desired.catalog.addresses().cloned().collect()
}

/// Returns the superuser that initdb made.
fn first_superuser(live: &Catalog) -> Option<String> {
    live.iter()
        .find(|object| {
            object.address.kind() == "role"
                && object.facts.notes.contains_key("builtin")
                && object.attributes.get("superuser") == Some(&Value::Bool(true))
        })
        .map(|object| object.address.name().to_owned())
}

/// Brings the arguments in the name of a routine into normal form. A function without any has none.
fn with_arguments(name: &str, kind: &str) -> String {
    let (bare, arguments) = called(name);
    if arguments.is_empty() {
        let none = if kind == "function" { "()" } else { "" };
        return format!("{bare}{none}");
    }
    let inside = arguments.trim_start_matches('(').trim_end_matches(')');
    format!("{bare}({})", plain_types(inside).join(", "))
}

/// Returns the database that names without one are in.
pub(crate) fn default_database(provider: &str, declared: &[Address]) -> Result<String, String> {
    let mut databases = declared_databases(provider, declared);
    match (databases.next(), databases.next()) {
        (None, _) => Ok(String::new()),
        (Some(only), None) => Ok(only.name().to_owned()),
        (Some(_), Some(_)) => {
            Err("Several databases are declared; say in which one it is.".to_owned())
        }
    }
}

impl Provider for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    fn kinds(&self) -> &'static [&'static dyn Rules] {
        KINDS
    }

    fn settings(&self) -> &'static Json {
        static SETTINGS: OnceLock<Json> = OnceLock::new();
        SETTINGS.get_or_init(|| {
            let settings = schemars::generate::SchemaSettings::draft2020_12()
                .with(|settings| settings.inline_subschemas = true);
            settings
                .into_generator()
                .into_root_schema_for::<Settings>()
                .to_value()
        })
    }

    fn default_parent(
        &self,
        _kind: &str,
        provider: &str,
        declared: &[Address],
    ) -> Result<Option<Address>, String> {
        let database = default_database(provider, declared)?;
        Ok(Some(Address::new(provider, "database", [database])))
    }

    fn named(
        &self,
        provider: &str,
        kinds: &[&str],
        text: &str,
        declared: &[Address],
    ) -> Result<Address, String> {
        let mut kind = kinds.first().copied().unwrap_or(ANY_RELATION);
        let mut text = text;
        if kind == ANY_RELATION
            && let Some((named, rest)) = naming::after_keyword(text)
        {
            (kind, text) = (named, rest);
        }
        if naming::ON_SERVER.contains(&kind) {
            return match naming::problem(text) {
                Some(problem) => Err(problem),
                None if kind == "parameter" => {
                    Ok(Address::new(provider, kind, [text.to_lowercase()]))
                }
                None => Ok(Address::new(provider, kind, [text])),
            };
        }
        if kind == "large_object" && text.parse::<u32>().is_err() {
            return Err(format!("`{text}` is not the number of a large object"));
        }
        let parts = split(text)?;
        let mut bare = parts.iter().map(|part| match kind {
            kind if is_called(kind) || kind == ANY_RELATION => called(part).0,
            _ => part.as_str(),
        });
        if let Some(problem) = bare.find_map(naming::problem) {
            return Err(problem);
        }
        let is_schema = kind == "schema" || (kind == ANY_RELATION && parts.len() == 1);
        let kind = if is_schema { "schema" } else { kind };
        let wanted = match kind {
            _ if is_schema || naming::IN_DATABASE.contains(&kind) => 1,
            kind if naming::ON_RELATION.contains(&kind) => 3,
            _ => 2,
        };
        let path = match parts.len().cmp(&wanted) {
            std::cmp::Ordering::Equal => {
                let database = default_database(provider, declared)?;
                std::iter::once(database).chain(parts).collect()
            }
            std::cmp::Ordering::Greater if parts.len() == wanted + 1 => parts,
            _ if is_schema || naming::IN_DATABASE.contains(&kind) => {
                let kind = kind.replace('_', " ");
                return Err(format!("`{text}` is not the name of a {kind}"));
            }
            _ => {
                return Err(format!(
                    "`{text}` does not say the schema; write `schema.{text}`, or refer to its block"
                ));
            }
        };
        let mut path: Vec<String> = path;
        let has_arguments =
            |name: &&mut String| is_called(kind) || kind == ANY_RELATION && name.contains('(');
        if let Some(name) = path.last_mut().filter(has_arguments) {
            *name = with_arguments(name, kind);
        }
        // What is declared by that name tells which of several kinds is meant.
        let meant = kinds.iter().find(|kind| {
            declared.iter().any(|address| {
                address.kind() == **kind && address.provider() == provider && address.path() == path
            })
        });
        Ok(Address::new(provider, meant.copied().unwrap_or(kind), path))
    }

    fn written(&self, address: &Address) -> String {
        naming::written(address)
    }

    fn locks(&self, statement: &Statement, about: &Address, live: &Catalog) -> Vec<Lock> {
        crate::locks::locks(statement, about, live)
    }

    fn room(&self, platform: &Capabilities) -> Option<usize> {
        room::of(platform)
    }

    fn room_for(&self, object: &Object) -> usize {
        room::for_object(object)
    }

    fn is_reversible(&self, statement: &Statement) -> bool {
        crate::locks::is_reversible(statement)
    }

    fn loss(&self, sql: &str) -> Option<String> {
        crate::locks::loss(sql)
    }

    fn names_in(&self, on: &Address) -> Vec<String> {
        match naming::IN_SCHEMA.contains(&on.kind()) || on.kind() == "schema" {
            true => naming::names_in(on),
            false => vec!["public".to_owned()],
        }
    }

    fn name_problem(&self, name: &str) -> Option<String> {
        naming::problem(name)
    }

    fn place(&self, address: &Address, platform: &Capabilities) -> String {
        let place = match address.kind() {
            "task" => platform.notes.get(CRON_PLACE).map_or("", String::as_str),
            _ => naming::database(address).unwrap_or_default(),
        };
        if place == platform.place {
            String::new()
        } else {
            place.to_owned()
        }
    }

    fn holds(&self, address: &Address) -> Option<String> {
        match address.kind() {
            "role" | "task" | "database_settings" | "tablespace" | "parameter" => None,
            "security_label" if naming::is_of_server(address) => None,
            _ => Some(address.part(0).to_owned()),
        }
    }

    fn is_place(&self, address: &Address) -> bool {
        address.kind() == "database"
    }

    fn is_shared(&self, address: &Address) -> bool {
        naming::is_of_server(address)
    }

    fn is_prunable(&self, live: &Object, desired: &Desired, cluster: bool) -> bool {
        let address = &live.address;
        let mut declared = desired.catalog.addresses();
        match address.kind() {
            "role" => cluster,
            "database" | "database_settings" | "task" | "tablespace" | "parameter" => false,
            "security_label" if naming::is_of_server(address) => false,
            "schema" if is_reserved_schema(address.name()) => false,
            _ => {
                // Without a `database` block: everything in the database of the url.
                address.part(0).is_empty()
                    || declared.any(|other| {
                        matches!(other.kind(), "database" | "schema")
                            && address.path().starts_with(other.path())
                            && address.path().len() > other.path().len()
                    })
            }
        }
    }

    fn hides(
        &self,
        address: &Address,
        attributes: &Map,
        platform: &Capabilities,
    ) -> Option<String> {
        let sees_all = !platform.notes.contains_key(UNSEEN_TASKS);
        let Some(Value::Reference(role)) = attributes.get("run_as") else {
            return None;
        };
        let is_seen = address.kind() != "task" || sees_all || role.name() == platform.login;
        (!is_seen).then(|| {
            format!(
                "it runs as {}, and {} sees no tasks but its own",
                role.name(),
                platform.login
            )
        })
    }

    fn caveats(&self, desired: &Desired, provider: &str, platform: &Capabilities) -> Vec<Finding> {
        let unseen = platform.notes.get(UNSEEN_TASKS);
        let mut declared = desired.catalog.addresses();
        let has_tasks =
            declared.any(|address| address.kind() == "task" && address.provider() == provider);
        if !has_tasks || unseen.is_none_or(|count| count == "0") {
            return Vec::new();
        }
        vec![Finding {
            severity: Severity::Warning,
            code: "postgres::unseen_tasks".to_owned(),
            subject: None,
            message: format!(
                "{} sees no tasks but its own, and the server has others",
                platform.login
            ),
            statements: Vec::new(),
            help: Some(
                "What another role has under the name of a declared task is not found. Say with `run_as` \
                 whose a task is, or apply as a superuser."
                    .to_owned(),
            ),
        }]
    }

    fn foresee(
        &self,
        desired: &Desired,
        provider: &str,
        platform: &Capabilities,
        live: &mut Catalog,
    ) {
        let new: Vec<Address> = declared_databases(provider, &addresses(desired))
            .filter(|database| !live.contains(database))
            .cloned()
            .collect();
        // Before PostgreSQL 15 it belongs to the first superuser there was.
        let owner = if platform.version >= 150_000 {
            Some("pg_database_owner".to_owned())
        } else {
            first_superuser(live)
        };
        crate::foresee::grants(desired, provider, live);
        crate::complete::foresee_identities(desired, provider, live);
        for database in new {
            let address = database.sibling("schema", [database.name(), "public"]);
            let schema = Schema {
                owner: owner
                    .as_ref()
                    .map(|name| Reference(database.sibling("role", [name]))),
                ..Schema::default()
            };
            let mut object = Object::new(address, encode(&schema));
            object.edges.insert(Edge::to(database.clone()));
            object.attached = Some(database);
            object.facts.notes.insert("builtin".to_owned(), true.into());
            live.insert(object);
        }
    }

    fn readdressed(&self, address: &Address, renames: &[(Address, Address)]) -> Option<Address> {
        crate::renamed::readdressed(address, renames)
    }

    fn renamed_parts(&self, kind: &str) -> Vec<&'static str> {
        let columns = crate::renamed_column::blocks(kind);
        [columns, crate::renamed_constraint::blocks(kind)].concat()
    }

    fn rename_part(&self, object: &Object, part: &PartRename) -> Option<Vec<Statement>> {
        crate::renamed_column::rename_column(object, part)
            .or_else(|| crate::renamed_constraint::rename_constraint(object, part))
    }

    fn along_part(
        &self,
        live: &Catalog,
        desired: &Catalog,
        of: &Address,
        part: &PartRename,
    ) -> Vec<(Address, Address)> {
        let sequence = crate::renamed_column::sequence(live, desired, of, part);
        sequence.into_iter().collect()
    }

    fn reword_part(
        &self,
        live: &mut Catalog,
        of: &Address,
        part: &PartRename,
        platform: &Capabilities,
    ) {
        if crate::renamed_constraint::blocks(of.kind()).contains(&part.kind.as_str()) {
            crate::renamed_constraint::reword(live, of, part);
        } else {
            crate::renamed_column::reword(live, of, part, platform.version);
        }
    }

    fn reword(&self, object: &mut Object, renames: &[(Address, Address)]) {
        crate::renamed::reword(object, renames);
    }

    fn twin(
        &self,
        object: &Object,
        form: Option<&Map>,
        names: &twin::Names,
        platform: &Capabilities,
    ) -> Option<Object> {
        // Nobody else is connected to the embedded server who could be kept waiting.
        let is_alone = platform.notes.contains_key(EMBEDDED);
        let twin = || twin::twin(object, form, names, platform.version);
        (!is_alone).then(twin).flatten()
    }

    fn can_precede(
        &self,
        object: &Object,
        live: &Object,
        next: &Object,
        disturbs: &BTreeSet<Disturbance>,
    ) -> bool {
        twin::can_precede(object, live, next, disturbs)
    }

    fn twin_query(&self, sql: &str, on: &Address, names: &twin::Names) -> Option<String> {
        twin::twin_query(sql, on, names)
    }

    fn hindrance(&self, on: &Address, part: &str, catalogs: [&Catalog; 2]) -> Option<String> {
        crate::copies::hindrance(on, part, catalogs)
    }

    fn keep_whole(&self, live: &Object, taking: &Taking<'_>) -> Option<Statement> {
        crate::snapshots::keep_whole(live, taking)
    }

    fn keep_parts(&self, live: &Object, next: &Object, taking: &Taking<'_>) -> Option<Statement> {
        crate::snapshots::keep_parts(live, next, taking)
    }

    fn refill(
        &self,
        live: Option<&Object>,
        next: &Object,
        snapshot: &Snapshot,
        platform: &Capabilities,
    ) -> Option<Vec<Statement>> {
        crate::snapshots::refill(live, next, snapshot, platform)
    }

    fn with_parts(&self, now: Map, then: &Map, snapshot: &Snapshot) -> Map {
        crate::snapshots::with_parts(now, then, snapshot)
    }

    fn drop_snapshot(&self, snapshot: &Snapshot) -> Vec<Statement> {
        crate::snapshots::drop_snapshot(snapshot)
    }

    fn begins_under(&self, address: &Address) -> Vec<Address> {
        crate::initial::under(address)
    }

    fn begin(
        &self,
        object: &Object,
        will_be: &dyn Fn(&Address) -> Option<Map>,
        platform: &Capabilities,
    ) -> Map {
        crate::initial::notes(object, will_be, platform)
    }

    fn recalled(
        &self,
        recorded: &BTreeMap<Address, Map>,
        platform: &Capabilities,
    ) -> Option<Population> {
        Some(recall(recorded, platform))
    }

    fn deeds(&self, log: &str) -> Option<Vec<Deed>> {
        Some(crate::audit_log::read(log))
    }

    fn complete(&self, desired: &mut Desired, around: Surroundings<'_>) -> Vec<Diagnostic> {
        crate::complete::complete(desired, around)
    }

    fn outline(&self, live: &Catalog, platform: &Capabilities, wanted: &Wanted) -> Outline {
        crate::outline::outline(live, platform, wanted)
    }
}
