//! What belongs to the server as a whole: roles, databases, tasks.

use std::collections::{BTreeMap, HashMap};

use model::{Address, Catalog, Edge, Object, Reference, Secret};
use provider::{Capabilities, Error, encode};
use sqlx::postgres::PgConnection;

use super::shared::read_shared;
use super::{Cells, Oid, rows};
use crate::acl::{self, Atom, Atoms, Class};
use crate::kinds::database::Database;
use crate::kinds::database_settings;
use crate::kinds::role::{Membership, Role};
use crate::kinds::task::Task;

/// What is read of the server.
#[derive(Debug, Default)]
pub(crate) struct Cluster {
    /// Names of roles by number.
    pub(crate) roles: HashMap<Oid, String>,
    /// Names of databases that can be connected to.
    pub(crate) databases: Vec<String>,
    /// Roles and databases.
    pub(crate) objects: Vec<Object>,
}

/// `BOOTSTRAP_SUPERUSERID` (pg_authid.dat).
pub(super) const BOOTSTRAP: Oid = 10;

type Settings = HashMap<(Oid, Oid), BTreeMap<String, String>>;

/// Reads roles and databases. `home` is the database of the url; where `unnamed`, its object has the
/// empty name.
pub(crate) async fn read_cluster(
    connection: &mut PgConnection,
    provider: &str,
    platform: &Capabilities,
    unnamed: bool,
) -> Result<Cluster, Error> {
    let mut cluster = Cluster::default();
    let settings = read_settings(connection).await?;
    let comments = read_comments(connection).await?;
    read_roles(
        connection,
        provider,
        platform,
        &settings,
        &comments,
        &mut cluster,
    )
    .await?;
    read_databases(
        connection,
        provider,
        platform,
        unnamed,
        &settings,
        &comments,
        &mut cluster,
    )
    .await?;
    read_shared(connection, provider, platform, unnamed, &mut cluster).await?;
    Ok(cluster)
}

async fn read_settings(connection: &mut PgConnection) -> Result<Settings, Error> {
    let sql = "select setdatabase, setrole, setconfig from pg_db_role_setting";
    Ok(rows(connection, sql)
        .await?
        .iter()
        .map(|row| {
            let settings = row
                .texts(2)
                .iter()
                .filter_map(|one| one.split_once('='))
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect();
            ((row.oid(0), row.oid(1)), settings)
        })
        .collect())
}

async fn read_comments(
    connection: &mut PgConnection,
) -> Result<HashMap<(String, Oid), String>, Error> {
    let sql = "\
        select classoid::regclass::text, objoid, description from pg_shdescription
        where objoid >= 16384 or description not in ('default template for new databases',
          'unmodifiable empty database', 'default administrative connection database')";
    Ok(rows(connection, sql)
        .await?
        .iter()
        .map(|row| ((row.text(0), row.oid(1)), row.text(2)))
        .collect())
}

async fn read_roles(
    connection: &mut PgConnection,
    provider: &str,
    platform: &Capabilities,
    settings: &Settings,
    comments: &HashMap<(String, Oid), String>,
    cluster: &mut Cluster,
) -> Result<(), Error> {
    // Only superusers see verifiers.
    let (table, password) = if platform.is_superuser {
        ("pg_authid", "rolpassword")
    } else {
        ("pg_roles", "null::text")
    };
    let sql = format!(
        "\
select oid, rolname::text, rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolinherit,
  rolreplication, rolbypassrls, rolconnlimit::int8,
  case when rolvaliduntil <> 'infinity' then rolvaliduntil::text end, {password}
from {table}"
    );
    let found = rows(connection, &sql).await?;
    cluster.roles = found.iter().map(|row| (row.oid(0), row.text(1))).collect();
    let mut memberships = read_memberships(connection, provider, platform, cluster).await?;
    for row in &found {
        let (oid, name) = (row.oid(0), row.text(1));
        let verifier = row.maybe_text(11);
        let address = Address::new(provider, "role", [name]);
        let role = Role {
            login: row.flag(2),
            superuser: row.flag(3),
            createdb: row.flag(4),
            createrole: row.flag(5),
            inherit: row.flag(6),
            replication: row.flag(7),
            bypassrls: row.flag(8),
            connection_limit: row.long(9),
            password: verifier.as_ref().map(|verifier| live_password(verifier)),
            valid_until: row.maybe_text(10),
            settings: settings.get(&(0, oid)).cloned().unwrap_or_default(),
            database_settings: BTreeMap::new(),
            member_of: Vec::new(),
            membership: memberships.remove(&oid).unwrap_or_default(),
            comment: comments.get(&("pg_authid".to_owned(), oid)).cloned(),
        };
        let mut object = Object::new(address, encode(&role));
        if platform.is_superuser {
            object
                .facts
                .notes
                .insert("sees_passwords".to_owned(), true.into());
        }
        object
            .facts
            .notes
            .extend(verifier.map(|text| ("verifier".to_owned(), text.into())));
        if oid < 16384 {
            object.facts.notes.insert("builtin".to_owned(), true.into());
        }
        cluster.objects.push(object);
    }
    let databases = read_database_names(connection).await?;
    for ((database, role), settings) in settings {
        if let (Some(database), Some(role)) = (databases.get(database), cluster.roles.get(role)) {
            let role = Address::new(provider, "role", [role]);
            let object = database_settings::object(&role, database, settings.clone());
            cluster.objects.push(object);
        }
    }
    Ok(())
}

async fn read_memberships(
    connection: &mut PgConnection,
    provider: &str,
    platform: &Capabilities,
    cluster: &Cluster,
) -> Result<HashMap<Oid, Vec<Membership>>, Error> {
    let newer = platform.version >= 160_000;
    let options = if newer {
        "inherit_option, set_option"
    } else {
        "null::bool, null::bool"
    };
    let sql =
        format!("select roleid, member, grantor, admin_option, {options} from pg_auth_members");
    let role = |oid: Oid| {
        cluster
            .roles
            .get(&oid)
            .map(|name| Reference(Address::new(provider, "role", [name])))
    };
    let mut memberships: HashMap<Oid, Vec<Membership>> = HashMap::new();
    for row in rows(connection, &sql).await? {
        let Some(of) = role(row.oid(0)) else { continue };
        let membership = Membership {
            of,
            admin: row.flag(3),
            inherit: newer.then(|| row.flag(4)),
            set: newer.then(|| row.flag(5)),
            // Before PostgreSQL 16 the grantor says nothing.
            granted_by: role(row.oid(2)).filter(|_| newer),
        };
        // Whoever makes a role without being a superuser gets this, and cannot give it back.
        let implied = newer
            && row.oid(2) == BOOTSTRAP
            && membership.admin
            && membership.inherit == Some(false)
            && membership.set == Some(false);
        if !implied {
            memberships.entry(row.oid(1)).or_default().push(membership);
        }
    }
    memberships.values_mut().for_each(|list| list.sort());
    Ok(memberships)
}

async fn read_database_names(connection: &mut PgConnection) -> Result<HashMap<Oid, String>, Error> {
    let sql = "select oid, datname::text from pg_database";
    Ok(rows(connection, sql)
        .await?
        .iter()
        .map(|row| (row.oid(0), row.text(1)))
        .collect())
}

fn databases_query(version: u32) -> String {
    let (provider, locale) = match version {
        170_000.. => ("d.datlocprovider::text", "d.datlocale"),
        150_000.. => ("d.datlocprovider::text", "d.daticulocale"),
        _ => ("'c'", "null::text"),
    };
    format!(
        "\
select d.oid, d.datname::text, d.datdba, pg_encoding_to_char(d.encoding)::text, d.datcollate::text,
  d.datctype::text, {provider}, {locale}, s.spcname::text, d.datconnlimit::int8, d.datallowconn,
  d.datistemplate,
  (select array_agg(a.grantor) from aclexplode(d.datacl) a),
  (select array_agg(a.grantee) from aclexplode(d.datacl) a),
  (select array_agg(lower(a.privilege_type)) from aclexplode(d.datacl) a),
  (select array_agg(case when a.is_grantable then 't' else 'f' end) from aclexplode(d.datacl) a),
  d.datacl is not null
from pg_database d join pg_tablespace s on s.oid = d.dattablespace"
    )
}

async fn read_databases(
    connection: &mut PgConnection,
    provider: &str,
    platform: &Capabilities,
    unnamed: bool,
    settings: &Settings,
    comments: &HashMap<(String, Oid), String>,
    cluster: &mut Cluster,
) -> Result<(), Error> {
    let role = |oid: Oid| {
        cluster
            .roles
            .get(&oid)
            .map(|name| Address::new(provider, "role", [name]))
    };
    let mut objects = Vec::new();
    for row in rows(connection, &databases_query(platform.version)).await? {
        let (oid, name) = (row.oid(0), row.text(1));
        let owner = role(row.oid(2));
        if row.flag(10) {
            cluster.databases.push(name.clone());
        }
        let mut privileges = Vec::new();
        if row.flag(16) {
            let mut atoms = Atoms::new();
            let items = row.oids(12).into_iter().zip(row.oids(13));
            for ((grantor, grantee), (privilege, option)) in
                items.zip(row.texts(14).into_iter().zip(row.texts(15)))
            {
                let to = role(grantee);
                if to.is_none() && grantee != 0 {
                    continue;
                }
                let by = role(grantor).filter(|by| Some(by) != owner.as_ref());
                *atoms
                    .entry(Atom {
                        to,
                        by,
                        column: None,
                        privilege,
                    })
                    .or_default() |= option == "t";
            }
            let default = acl::default_atoms(Class::Database, owner.as_ref(), platform.version);
            privileges = acl::normal(&atoms, &default);
        }
        let database = Database {
            owner: owner.map(Reference),
            encoding: Some(row.text(3)),
            lc_collate: Some(row.text(4)),
            lc_ctype: Some(row.text(5)),
            locale_provider: (platform.version >= 150_000).then(|| match row.text(6).as_str() {
                "i" => "icu".to_owned(),
                "b" => "builtin".to_owned(),
                _ => "libc".to_owned(),
            }),
            provider_locale: row.maybe_text(7),
            tablespace: Some(row.text(8)),
            connection_limit: row.long(9),
            allow_connections: row.flag(10),
            is_template: row.flag(11),
            settings: settings.get(&(oid, 0)).cloned().unwrap_or_default(),
            comment: comments.get(&("pg_database".to_owned(), oid)).cloned(),
            privileges,
            ..Database::default()
        };
        let path = if unnamed && name == platform.place {
            String::new()
        } else {
            name
        };
        let mut object = Object::new(
            Address::new(provider, "database", [path]),
            encode(&database),
        );
        let tablespace = Address::new(provider, "tablespace", [row.text(8)]);
        object.edges.insert(Edge::to(tablespace));
        if oid < 16384 {
            object.facts.notes.insert("builtin".to_owned(), true.into());
        }
        objects.push(object);
    }
    cluster.objects.extend(objects);
    Ok(())
}

/// Where the jobs of pg_cron are, if they are anywhere: others may have a table of that name, too.
pub(crate) const JOBS: &str = "\
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where n.nspname = 'cron' and c.relname = 'job'
  and (select count(*) from pg_attribute a where a.attrelid = c.oid and not a.attisdropped
    and a.attname in ('jobname', 'schedule', 'command', 'database', 'username', 'active')) = 6";

/// Reads the jobs of pg_cron. The connection must be one to the database it is installed in.
pub(crate) async fn read_tasks(
    connection: &mut PgConnection,
    provider: &str,
    platform: &Capabilities,
    unnamed: bool,
) -> Result<Catalog, Error> {
    let exists = format!(
        "select 1 {JOBS}
          and has_schema_privilege(n.oid, 'usage') and has_table_privilege(c.oid, 'select')"
    );
    if rows(connection, &exists).await?.is_empty() {
        return Ok(Catalog::default());
    }
    let sql = "\
        select jobname::text, schedule, command, database, username::text, active from cron.job
        where jobname is not null order by jobname, username = current_user desc, username";
    let mut tasks = Catalog::default();
    for row in rows(connection, sql).await? {
        let address = Address::new(provider, "task", [row.text(0)]);
        if tasks.contains(&address) {
            continue;
        }
        let database = row.text(3);
        let path = if unnamed && database == platform.place {
            String::new()
        } else {
            database
        };
        let on = Address::new(provider, "database", [path]);
        let task = Task {
            database: Some(Reference(on.clone())),
            schedule: row.text(1),
            sql: row.text(2),
            run_as: Some(Reference(Address::new(provider, "role", [row.text(4)]))),
            enabled: row.flag(5),
            drain_timeout: None,
        };
        let mut object = Object::new(address, encode(&task));
        object.edges.insert(Edge::to(on));
        tasks.insert(object);
    }
    Ok(tasks)
}

/// Returns a verifier as what may be stored: enough to see that it changes. A SCRAM verifier is
/// salted and cannot be guessed from its hash; an MD5 one can, so its hash is slow.
fn live_password(verifier: &str) -> Secret {
    if verifier.starts_with("md5") {
        Secret::known(Secret::new(verifier, "live").fingerprint())
    } else {
        Secret::known(model::Fingerprint::of_bytes(verifier.as_bytes()).to_string())
    }
}
