//! The catalogs that have ACLs, each with what is read of it.
//!
//! `objects` gives kind, object number, schema, name, owner, whether something is stored, and how rows are
//! secured; `items` gives object number, column and ACL of what has one.

/// A catalog with ACLs.
pub(super) struct Catalog {
    /// Its name.
    pub(super) name: &'static str,
    /// What is not seen by whoever may not read it.
    pub(super) about: &'static str,
    /// The first version that has it.
    pub(super) since: u32,
    /// What there is.
    pub(super) objects: &'static str,
    /// What was given.
    pub(super) items: &'static str,
}

/// What belongs to the server.
pub(super) const ON_SERVER: &[Catalog] = &[
    Catalog {
        name: "pg_database",
        about: "databases",
        since: 0,
        objects: "\
            select 'database', oid, null, datname::text, datdba, datacl is not null, 0::int8 from pg_database",
        items: "select oid, null::text, datacl from pg_database where datacl is not null",
    },
    Catalog {
        name: "pg_tablespace",
        about: "tablespaces",
        since: 0,
        objects: "\
            select 'tablespace', oid, null, spcname::text, spcowner, spcacl is not null, 0::int8 from pg_tablespace",
        items: "select oid, null::text, spcacl from pg_tablespace where spcacl is not null",
    },
    Catalog {
        name: "pg_parameter_acl",
        about: "what was granted on parameters",
        since: 150_000,
        // Parameters belong to the first superuser.
        objects: "\
            select 'parameter', oid, null, parname, 10::oid, paracl is not null, 0::int8 from pg_parameter_acl",
        items: "select oid, null::text, paracl from pg_parameter_acl where paracl is not null",
    },
];

/// What belongs to a database.
pub(super) const IN_DATABASE: &[Catalog] = &[
    Catalog {
        name: "pg_namespace",
        about: "schemas",
        since: 0,
        objects: "\
            select 'schema', n.oid, null, n.nspname::text, n.nspowner, n.nspacl is not null, 0::int8
            from pg_namespace n where n.nspname !~ '^pg_(temp|toast)'",
        items: "select oid, null::text, nspacl from pg_namespace where nspacl is not null",
    },
    Catalog {
        name: "pg_class",
        about: "tables, views and sequences",
        since: 0,
        objects: "\
            select case c.relkind when 'v' then 'view' when 'm' then 'materialized_view'
                when 'f' then 'foreign_table' when 'S' then 'sequence' else 'table' end,
              c.oid, n.nspname::text, c.relname::text, c.relowner, c.relacl is not null,
              (case when not c.relrowsecurity then 0 when c.relforcerowsecurity then 2 else 1 end)::int8
            from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p', 'v', 'm', 'f', 'S') and n.nspname !~ '^pg_(temp|toast)'
              and case n.nspname when 'pg_catalog' then CHANGED(pg_class, c, relacl) or COLUMNS(c)
                -- What it comes with is not kept in pg_init_privs: everybody reads it.
                when 'information_schema' then exists (
                  select from aclexplode(c.relacl) a where a.grantee <> c.relowner
                    and (a.grantee <> 0 or a.privilege_type <> 'SELECT')) or COLUMNS(c)
                else true end",
        items: "\
            select oid, null::text, relacl from pg_class where relacl is not null COLUMN_ITEMS",
    },
    Catalog {
        name: "pg_proc",
        about: "functions and procedures",
        since: 0,
        // What PostgreSQL makes along with a type is part of that one.
        objects: "\
            select case p.prokind when 'p' then 'procedure' when 'a' then 'aggregate' else 'function' end,
              p.oid, n.nspname::text, p.proname || '(' || oidvectortypes(p.proargtypes) || ')', p.proowner,
              p.proacl is not null, 0::int8
            from pg_proc p join pg_namespace n on n.oid = p.pronamespace
            where n.nspname !~ '^pg_(temp|toast)'
              and case when n.nspname in ('pg_catalog', 'information_schema') then CHANGED(pg_proc, p, proacl)
                else p.proacl is not null or not exists (
                  select from pg_depend d
                  where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'i') end",
        items: "select oid, null::text, proacl from pg_proc where proacl is not null",
    },
    Catalog {
        name: "pg_type",
        about: "types",
        since: 0,
        // Arrays, multiranges and rows of tables have no privileges of their own.
        objects: "\
            select case t.typtype when 'd' then 'domain' when 'e' then 'enum' when 'r' then 'range_type'
                when 'c' then 'composite_type' else 'base_type' end,
              t.oid, n.nspname::text, t.typname::text, t.typowner, t.typacl is not null, 0::int8
            from pg_type t join pg_namespace n on n.oid = t.typnamespace
            where t.typtype in ('b', 'd', 'e', 'r', 'c') and t.typisdefined and n.nspname !~ '^pg_(temp|toast)'
              and (t.typtype <> 'c' or exists (
                select from pg_class c where c.oid = t.typrelid and c.relkind = 'c'))
              and not exists (select from pg_type e where e.typarray = t.oid)
              and (n.nspname not in ('pg_catalog', 'information_schema') or CHANGED(pg_type, t, typacl))",
        items: "select oid, null::text, typacl from pg_type where typacl is not null",
    },
    Catalog {
        name: "pg_language",
        about: "languages",
        since: 0,
        objects: "\
            select 'language', oid, null, lanname::text, lanowner, lanacl is not null, 0::int8 from pg_language",
        items: "select oid, null::text, lanacl from pg_language where lanacl is not null",
    },
    Catalog {
        name: "pg_foreign_data_wrapper",
        about: "foreign data wrappers",
        since: 0,
        objects: "\
            select 'foreign_data_wrapper', oid, null, fdwname::text, fdwowner, fdwacl is not null, 0::int8
            from pg_foreign_data_wrapper",
        items: "select oid, null::text, fdwacl from pg_foreign_data_wrapper where fdwacl is not null",
    },
    Catalog {
        name: "pg_foreign_server",
        about: "foreign servers",
        since: 0,
        objects: "\
            select 'foreign_server', oid, null, srvname::text, srvowner, srvacl is not null, 0::int8
            from pg_foreign_server",
        items: "select oid, null::text, srvacl from pg_foreign_server where srvacl is not null",
    },
    Catalog {
        name: "pg_largeobject_metadata",
        about: "large objects",
        since: 0,
        objects: "\
            select 'large_object', oid, null, oid::text, lomowner, lomacl is not null, 0::int8
            from pg_largeobject_metadata",
        items: "select oid, null::text, lomacl from pg_largeobject_metadata where lomacl is not null",
    },
];

/// Writes out what stands in capitals in a text above.
pub(super) fn written(text: &str, has_attributes: bool, has_initial: bool) -> String {
    let (columns, items) = if has_attributes {
        (
            "exists (
              select from pg_attribute a left join pg_init_privs i on i.objoid = a.attrelid
                and i.classoid = 'pg_class'::regclass and i.objsubid = a.attnum
              where a.attrelid = c.oid and a.attacl is not null
                and a.attacl::text is distinct from i.initprivs::text)",
            "union all select attrelid, attname::text, attacl from pg_attribute
             where attacl is not null and not attisdropped",
        )
    } else {
        ("false", "")
    };
    let mut text = text.replace("COLUMN_ITEMS", items);
    text = text.replace("COLUMNS(c)", if has_initial { columns } else { "false" });
    while let Some(start) = text.find("CHANGED(") {
        let end = start + text[start..].find(')').expect("it is closed above");
        let words: Vec<&str> = text[start + "CHANGED(".len()..end].split(", ").collect();
        let [catalog, alias, acl] = words[..] else {
            unreachable!("it has three words above")
        };
        let condition = if has_initial {
            format!(
                "{alias}.{acl}::text is distinct from (
                  select i.initprivs::text from pg_init_privs i where i.objoid = {alias}.oid
                    and i.classoid = '{catalog}'::regclass and i.objsubid = 0)"
            )
        } else {
            "false".to_owned()
        };
        text.replace_range(start..=end, &condition);
    }
    text
}
