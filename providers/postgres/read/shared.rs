//! What else belongs to the server as a whole: tablespaces, and grants on parameters.

use std::collections::HashMap;

use model::{Address, Object, Reference};
use provider::{Capabilities, Error, encode};
use sqlx::postgres::PgConnection;

use super::cluster::{BOOTSTRAP, Cluster};
use super::privileges::{self, Acls};
use super::rest::labelled;
use super::{Cells, rows};
use crate::acl::Class;
use crate::kinds::given::{Given, Parameter};
use crate::kinds::read_options;
use crate::kinds::security_label::SecurityLabel;
use crate::kinds::tablespace::Tablespace;

/// One inside the data folder has a location relative to that.
const TABLESPACES: &str = "\
select s.oid, s.spcname::text, s.spcowner,
  case when pg_tablespace_location(s.oid) like '/%' then pg_tablespace_location(s.oid) end,
  s.spcoptions, shobj_description(s.oid, 'pg_tablespace')
from pg_tablespace s";

const LABELS: &str = "\
select 'role', r.rolname::text, l.provider, l.label
from pg_shseclabel l join pg_roles r on r.oid = l.objoid
where l.classoid = 'pg_authid'::regclass
union all
select 'database', d.datname::text, l.provider, l.label
from pg_shseclabel l join pg_database d on d.oid = l.objoid
where l.classoid = 'pg_database'::regclass
union all
select 'tablespace', s.spcname::text, l.provider, l.label
from pg_shseclabel l join pg_tablespace s on s.oid = l.objoid
where l.classoid = 'pg_tablespace'::regclass";

const PARAMETERS: &str = "select oid, parname from pg_parameter_acl";

fn privileges_query(version: u32) -> String {
    let parameters = if version >= 150_000 {
        " union all select 'pg_parameter_acl', p.oid, 0, p.paracl from pg_parameter_acl p"
    } else {
        ""
    };
    privileges::query(&format!(
        "  select 'pg_tablespace', s.oid, 0, s.spcacl from pg_tablespace s
  where s.spcacl is not null{parameters}"
    ))
}

/// Reads tablespaces, and the parameters on which something was granted.
pub(super) async fn read_shared(
    connection: &mut PgConnection,
    provider: &str,
    platform: &Capabilities,
    unnamed: bool,
    cluster: &mut Cluster,
) -> Result<(), Error> {
    let version = platform.version;
    let roles: HashMap<_, _> = cluster
        .roles
        .iter()
        .map(|(oid, name)| (*oid, Address::new(provider, "role", [name])))
        .collect();
    let items = rows(connection, &privileges_query(version)).await?;
    let acls = Acls::decode(items, roles.clone());
    let role = |oid| roles.get(&oid).cloned().map(Reference);
    for row in rows(connection, TABLESPACES).await? {
        let (oid, name, owner) = (row.oid(0), row.text(1), role(row.oid(2)));
        let tablespace = Tablespace {
            location: row.maybe_text(3),
            options: read_options(&row.texts(4)),
            comment: row.maybe_text(5),
            grants: None,
            privileges: acls.of(
                Class::Tablespace,
                "pg_tablespace",
                oid,
                owner.as_ref(),
                version,
            ),
            owner,
        };
        let address = Address::new(provider, "tablespace", [name]);
        let mut object = Object::new(address, encode(&tablespace));
        if oid < 16384 {
            object.facts.notes.insert("builtin".to_owned(), true.into());
        }
        cluster.objects.push(object);
    }
    for row in rows(connection, LABELS).await? {
        let (kind, mut name) = (row.text(0), row.text(1));
        if kind == "database" && unnamed && name == platform.place {
            name.clear();
        }
        let on = Address::new(provider, kind, [name]);
        let label = SecurityLabel {
            on: Reference(on.clone()),
            column: None,
            label_provider: row.text(2),
            label: row.text(3),
        };
        cluster.objects.push(labelled(&on, &label));
    }
    if version < 150_000 {
        return Ok(());
    }
    let owner = role(BOOTSTRAP);
    for row in rows(connection, PARAMETERS).await? {
        let parameter = Parameter(Given {
            owner: owner.clone(),
            grants: None,
            privileges: acls.of(
                Class::Parameter,
                "pg_parameter_acl",
                row.oid(0),
                owner.as_ref(),
                version,
            ),
        });
        let address = Address::new(provider, "parameter", [row.text(1)]);
        let mut object = Object::new(address, encode(&parameter));
        object.facts.notes.insert("builtin".to_owned(), true.into());
        cluster.objects.push(object);
    }
    Ok(())
}
