//! Who was given what: roles, memberships, and the ACL of everything that has one.
//!
//! Two queries for the server and two for each database, however much there is, in transactions that can only read;
//! so a login that may only read suffices, and a server that only repeats another one. A catalog that the login
//! may not read is left out and named.
//!
//! Of what PostgreSQL itself brought along, only that is read whose privileges somebody has changed.

mod catalogs;
mod classes;
mod collect;
mod recall;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use provider::access::{Membership, Population, Reach, Role};
use provider::{Capabilities, Error, ErrorKind};
use sqlx::Executor;
use sqlx::postgres::PgConnection;

use crate::error::explain;
use crate::link::Link;
use crate::read::{Cells, Oid, rows};
use catalogs::{Catalog, IN_DATABASE, ON_SERVER};
use collect::Collector;
pub(crate) use recall::recall;

/// What every transaction of this room begins with.
const BEGIN: &str = "begin isolation level repeatable read read only";

/// What somebody without the privilege to connect is told (`insufficient_privilege`).
const NOT_PERMITTED: &str = "42501";

/// Reads who was given what.
pub(crate) async fn read(
    link: &mut Link,
    platform: &Capabilities,
    reach: &Reach,
) -> Result<Population, Error> {
    let version = platform.version;
    let home = link.home().to_owned();
    let mut population = Population {
        classes: classes::classes(version),
        assumable: classes::ASSUMABLE.map(str::to_owned).to_vec(),
        ..Population::default()
    };
    let connection = link.at("").await?;
    connection.execute(BEGIN).await.map_err(explain)?;
    let readable = Readable::of(connection, &mut population.unseen).await?;
    let roles = read_roles(connection, version, &mut population).await?;
    if readable.has("pg_auth_members") {
        read_memberships(connection, version, &roles, &mut population).await?;
    }
    let databases = rows(
        connection,
        "select datname::text, datdba, datallowconn from pg_database order by 1",
    )
    .await?;
    let databases: BTreeMap<String, (Oid, bool)> = databases
        .iter()
        .map(|row| (row.text(0), (row.oid(1), row.flag(2))))
        .collect();
    let wanted = wanted(reach, &home, &databases)?;
    let mut collector = Collector::new(&roles, version);
    collector
        .read(connection, ON_SERVER, &readable, &mut population)
        .await?;
    connection.execute("commit").await.map_err(explain)?;
    // Databases that are not looked into are none of this report.
    let is_seen = |kind: &str, name: &str| kind != "database" || wanted.contains(name);
    population
        .things
        .retain(|thing| is_seen(&thing.kind, &thing.path[0]));
    for database in &wanted {
        let (owner, _) = databases[database];
        own_database(database, owner, &roles, version, &mut population);
        let connection = match link.at(database).await {
            Ok(connection) => connection,
            Err(error) if error.code.as_deref() == Some(NOT_PERMITTED) && *database != home => {
                population.unseen.push(format!(
                    "what is in database {database}: {} may not connect to it",
                    platform.login
                ));
                continue;
            }
            Err(error) => return Err(error),
        };
        connection.execute(BEGIN).await.map_err(explain)?;
        let mut unseen = Vec::new();
        let readable = Readable::of(connection, &mut unseen).await?;
        let several = wanted.len() > 1;
        population.unseen.extend(
            unseen
                .into_iter()
                .filter_map(|what| {
                    let known = population.unseen.contains(&what);
                    let place = if several {
                        format!(" (in database {database})")
                    } else {
                        String::new()
                    };
                    (!known).then(|| format!("{what}{place}"))
                })
                .collect::<Vec<_>>(),
        );
        collector.enter(database);
        collector
            .read(connection, IN_DATABASE, &readable, &mut population)
            .await?;
        if readable.has("pg_default_acl") {
            collector.read_future(connection, &mut population).await?;
        }
        connection.execute("commit").await.map_err(explain)?;
    }
    population.sort();
    Ok(population)
}

/// Returns the databases to look into.
fn wanted(
    reach: &Reach,
    home: &str,
    databases: &BTreeMap<String, (Oid, bool)>,
) -> Result<BTreeSet<String>, Error> {
    let mut wanted = BTreeSet::new();
    for place in &reach.places {
        let name = if place.is_empty() { home } else { place };
        if !databases.contains_key(name) {
            return Err(Error::new(
                ErrorKind::Permanent,
                format!("there is no database `{name}` on the server"),
            )
            .help("Apply the files first, or name another environment or url."));
        }
        wanted.insert(name.to_owned());
    }
    if reach.all {
        let open = databases.iter().filter(|(_, (_, is_open))| *is_open);
        wanted.extend(open.map(|(name, _)| name.clone()));
    }
    Ok(wanted)
}

/// What the login may read of the catalogs in one database.
struct Readable {
    lacking: BTreeSet<String>,
}

impl Readable {
    async fn of(connection: &mut PgConnection, unseen: &mut Vec<String>) -> Result<Self, Error> {
        let sql = "\
            select c.relname::text from pg_class c
            where c.relnamespace = 'pg_catalog'::regnamespace and c.relkind in ('r', 'v')
              and not has_table_privilege(c.oid, 'select')";
        let lacking: BTreeSet<String> = rows(connection, sql)
            .await?
            .iter()
            .map(|row| row.text(0))
            .collect();
        for name in ["pg_roles", "pg_database", "pg_namespace", "pg_class"] {
            if lacking.contains(name) {
                return Err(Error::new(
                    ErrorKind::NotPermitted,
                    format!("the login may not read {name}, and without it nothing can be said"),
                )
                .help(format!(
                    "Grant it to the login (`grant select on {name} to ...`)."
                )));
            }
        }
        let all = ON_SERVER.iter().chain(IN_DATABASE);
        let all = all.map(|catalog| (catalog.name, catalog.about));
        let others = [
            ("pg_auth_members", "who is in which role"),
            ("pg_attribute", "what was granted on columns"),
            ("pg_default_acl", "default privileges"),
            (
                "pg_init_privs",
                "which privileges of system objects were changed",
            ),
        ];
        for (name, about) in all.chain(others) {
            if lacking.contains(name) {
                unseen.push(format!("{about}: the login may not read {name}"));
            }
        }
        Ok(Self { lacking })
    }

    fn has(&self, catalog: &str) -> bool {
        !self.lacking.contains(catalog)
    }

    fn catalogs<'a>(
        &'a self,
        all: &'a [Catalog],
        version: u32,
    ) -> impl Iterator<Item = &'a Catalog> {
        all.iter()
            .filter(move |one| one.since <= version && self.has(one.name))
    }
}

async fn read_roles(
    connection: &mut PgConnection,
    version: u32,
    population: &mut Population,
) -> Result<HashMap<Oid, (String, bool)>, Error> {
    let sql = "\
        select oid, rolname::text, rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin,
          rolreplication, rolbypassrls, rolvaliduntil::text, oid < 16384 and rolname ~ '^pg_'
        from pg_roles order by rolname collate \"C\"";
    let mut roles = HashMap::new();
    for row in rows(connection, sql).await? {
        let name = row.text(1);
        let words = [
            "superuser",
            "",
            "createrole",
            "createdb",
            "login",
            "replication",
            "bypassrls",
        ];
        let attributes = words
            .iter()
            .enumerate()
            .filter(|(at, word)| !word.is_empty() && row.flag(at + 2));
        let attributes: BTreeSet<String> = attributes.map(|(_, word)| (*word).to_owned()).collect();
        let predefined = row.flag(10);
        roles.insert(row.oid(0), (name.clone(), row.flag(3)));
        population.roles.push(Role {
            attributes: attributes.into_iter().collect(),
            login: row.flag(6),
            superuser: row.flag(2),
            bypasses_rows: row.flag(8),
            predefined,
            only_named: false,
            valid_until: row.maybe_text(9),
            everywhere: match predefined {
                true => classes::everywhere(&name, version),
                false => Vec::new(),
            },
            name,
        });
    }
    Ok(roles)
}

/// Before PostgreSQL 16 it is the member that inherits, or does not, and every member can become the role.
async fn read_memberships(
    connection: &mut PgConnection,
    version: u32,
    roles: &HashMap<Oid, (String, bool)>,
    population: &mut Population,
) -> Result<(), Error> {
    let options = match version {
        160_000.. => "inherit_option, set_option",
        _ => "true, true",
    };
    let sql =
        format!("select roleid, member, grantor, admin_option, {options} from pg_auth_members");
    for row in rows(connection, &sql).await? {
        let (Some((role, _)), Some((member, inherits))) =
            (roles.get(&row.oid(0)), roles.get(&row.oid(1)))
        else {
            continue;
        };
        population.memberships.push(Membership {
            role: role.clone(),
            member: member.clone(),
            by: roles.get(&row.oid(2)).map(|(name, _)| name.clone()),
            inherit: row.flag(4) && (version >= 160_000 || *inherits),
            set: row.flag(5),
            admin: row.flag(3),
            within: None,
        });
    }
    Ok(())
}

/// Inside a database, its owner is a member of `pg_database_owner`.
fn own_database(
    database: &str,
    owner: Oid,
    roles: &HashMap<Oid, (String, bool)>,
    version: u32,
    population: &mut Population,
) {
    if let Some((member, inherits)) = roles.get(&owner) {
        population.memberships.push(Membership {
            role: "pg_database_owner".to_owned(),
            member: member.clone(),
            by: None,
            inherit: version >= 160_000 || *inherits,
            set: true,
            admin: false,
            within: Some(database.to_owned()),
        });
    }
}
