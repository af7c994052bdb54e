//! The PostgreSQL provider keeps to what every provider must, with a sample of every kind.

use libtest_mimic::{Failed, Trial};
use model::{Address, Map, Secret, Value};
use postgres::{Postgres, Server};
use provider::Sample;
use serde_json::{Value as Json, json};

use crate::client;
use crate::servers;
use crate::target::Target;

fn map(json: Json) -> Map {
    match Value::from_json(json) {
        Ok(Value::Map(map)) => map,
        other => panic!("a sample is an object: {other:?}"),
    }
}

fn sample(kind: &str, path: &[&str], first: Json, second: impl Into<Option<Json>>) -> Sample {
    Sample {
        address: Address::new("postgres", kind, path.iter().copied()),
        first: map(first),
        second: second.into().map(map),
    }
}

/// Returns a reference as attributes hold it.
fn to(kind: &str, path: &[&str]) -> Json {
    Value::Reference(Address::new("postgres", kind, path.iter().copied())).to_json()
}

/// Returns samples of every kind, each after what it stands on. Roles and databases belong to the
/// server, so their names have the name of the test in them.
fn samples(lacks: &[&str]) -> Vec<Sample> {
    let (keeper, table, other) = (
        to("role", &["conformance_keeper"]),
        to("table", &["", "s", "t"]),
        to("table", &["", "s", "u"]),
    );
    let mut samples = vec![
        sample("role", &["conformance_keeper"], json!({}), None),
        sample(
            "role",
            &["conformance_role"],
            json!({}),
            json!({
                "login": true, "createdb": true, "createrole": true, "inherit": false,
                "connection_limit": 3, "comment": "words", "settings": {"work_mem": "8MB"},
                "valid_until": "2040-01-01 00:00:00+00",
                "membership": [{"of": keeper, "admin": true}],
            }),
        ),
        sample(
            "tablespace",
            &["conformance_tablespace"],
            json!({}),
            json!({"owner": keeper, "comment": "words", "options": {"random_page_cost": "2"}}),
        ),
        sample(
            "database",
            &["conformance_database"],
            json!({}),
            json!({
                "owner": keeper, "connection_limit": 3, "comment": "words",
                "settings": {"work_mem": "8MB"},
            }),
        ),
        sample(
            "schema",
            &["", "s"],
            json!({}),
            json!({"owner": keeper, "comment": "words"}),
        ),
        sample("schema", &["", "e"], json!({}), None),
        sample(
            "extension",
            &["", "pg_trgm"],
            json!({"schema": to("schema", &["", "s"])}),
            json!({"schema": to("schema", &["", "e"]), "comment": "words"}),
        ),
        sample(
            "sequence",
            &["", "s", "q"],
            json!({}),
            json!({"increment": 2, "max": 99, "cycle": true, "cache": 5, "comment": "words"}),
        ),
        sample(
            "table",
            &["", "s", "t"],
            json!({
                "column": [{"name": "id", "type": "integer"}, {"name": "a", "type": "text"}],
                "primary_key": {"columns": ["id"]},
            }),
            json!({
                "column": [
                    {"name": "id", "type": "bigint", "comment": "words"},
                    {"name": "b", "type": "numeric(10, 2)", "default": "1 + 1", "not_null": true},
                ],
                "primary_key": {"columns": ["id"]},
                "check": [{"name": "positive", "expression": "b>0"}],
                "comment": "words",
                "options": {"fillfactor": "70"},
            }),
        ),
        sample(
            "table",
            &["", "s", "u"],
            json!({"column": [{"name": "t_id", "type": "bigint"}]}),
            None,
        ),
        sample(
            "table",
            &["", "s", "built"],
            json!({"query": "select 1 as a, t_id as b from s.u"}),
            json!({
                "query": "select 1 as a, t_id as b from s.u",
                "column": [{"name": "a", "not_null": true, "comment": "words"}],
                "primary_key": {"columns": ["a"]},
                "check": [{"name": "high", "expression": "b>0"}],
                "comment": "words",
            }),
        ),
        sample(
            "table",
            &["", "s", "below"],
            json!({"inherits": [other]}),
            json!({
                "inherits": [other],
                "column": [
                    {"name": "t_id", "default": "1 + 1"},
                    {"name": "more", "type": "text"},
                ],
            }),
        ),
        sample(
            "index",
            &["", "s", "i"],
            json!({"table": table, "key": [{"column": "id"}]}),
            json!({"table": table, "key": [{"expression": "id+1"}], "where": "id>4"}),
        ),
        sample(
            "index",
            &["", "s", "marked"],
            json!({"table": table, "key": [{"column": "id"}], "unique": true}),
            json!({
                "table": table, "key": [{"column": "id"}], "unique": true,
                "cluster": true, "replica_identity": true,
            }),
        ),
        sample(
            "foreign_key",
            &["", "s", "u", "f"],
            json!({
                "columns": ["t_id"], "references": table, "referenced_columns": ["id"],
            }),
            json!({
                "columns": ["t_id"], "references": table, "referenced_columns": ["id"],
                "on_delete": "cascade", "deferrable": true, "comment": "words",
            }),
        ),
        sample(
            "view",
            &["", "s", "v"],
            json!({"query": "select 1 as one"}),
            json!({"query": "select 1 as one, 2+2 as four", "comment": "words"}),
        ),
        sample(
            "materialized_view",
            &["", "s", "m"],
            json!({"query": "select 1 as one"}),
            json!({"query": "select 2 as two", "comment": "words"}),
        ),
        sample(
            "function",
            &["", "s", "f(integer)"],
            json!({
                "argument": [{"name": "a", "type": "integer"}], "returns": "integer",
                "language": "sql", "body": "select 1",
            }),
            json!({
                "argument": [{"name": "a", "type": "integer", "default": "1+1"}],
                "returns": "integer", "language": "plpgsql", "body": "begin return 2; end",
                "volatility": "stable", "strict": true, "security_definer": true,
                "leakproof": true, "parallel": "safe", "cost": "7", "comment": "words",
                "settings": {"search_path": "s"},
            }),
        ),
        sample(
            "procedure",
            &["", "s", "p()"],
            json!({"language": "sql", "body": "select 1"}),
            json!({"language": "sql", "sql_body": "begin atomic select 1; end", "comment": "words"}),
        ),
        sample(
            "function",
            &["", "s", "taken(bigint, integer)"],
            json!({
                "argument": [{"type": "bigint"}, {"type": "integer"}], "returns": "bigint",
                "language": "sql", "body": "select $1 + $2",
            }),
            None,
        ),
        sample(
            "aggregate",
            &["", "s", "summed(integer)"],
            json!({
                "argument": [{"type": "int"}], "stype": "int8",
                "sfunc": to("function", &["", "s", "taken(bigint, integer)"]),
            }),
            json!({
                "argument": [{"type": "int"}], "stype": "int8", "initcond": "7", "sspace": 64,
                "sfunc": to("function", &["", "s", "taken(bigint, integer)"]),
                "combinefunc": to("function", &["", "pg_catalog", "int8pl(bigint, bigint)"]),
                "parallel": "safe", "comment": "words",
            }),
        ),
        sample(
            "function",
            &["", "s", "fired()"],
            json!({"returns": "trigger", "language": "plpgsql", "body": "begin return new; end"}),
            None,
        ),
        sample(
            "trigger",
            &["", "s", "t", "g"],
            json!({
                "on": table, "timing": "before", "events": ["insert"],
                "function": to("function", &["", "s", "fired()"]),
            }),
            json!({
                "on": table, "timing": "after", "events": ["insert", "update"], "of": ["id"],
                "level": "row", "when": "new.id>0", "enabled": "always", "comment": "words",
                "function": to("function", &["", "s", "fired()"]), "arguments": ["one", "it's"],
            }),
        ),
        sample(
            "policy",
            &["", "s", "u", "rows"],
            json!({"on": other, "restrictive": true, "using": "t_id>0"}),
            json!({
                "on": other, "restrictive": true, "to": [keeper], "using": "t_id>1",
                "with_check": "t_id>2", "comment": "words",
            }),
        ),
        sample(
            "rule",
            &["", "s", "u", "also"],
            json!({"on": other, "event": "insert", "commands": ["select 1"]}),
            json!({
                "on": other, "event": "update", "where": "old.t_id>1", "instead": true,
                "commands": ["select 1+1", "delete from s.u where t_id=new.t_id"],
                "enabled": "replica", "comment": "words",
            }),
        ),
        sample(
            "statistics",
            &["", "s", "counted"],
            json!({"table": other, "expressions": ["t_id+1"]}),
            json!({
                "table": other, "kinds": ["mcv"], "columns": ["t_id"],
                "expressions": ["t_id*2"], "target": 50, "owner": keeper, "comment": "words",
            }),
        ),
        sample(
            "function",
            &["", "s", "watches()"],
            json!({
                "returns": "event_trigger", "language": "plpgsql", "body": "begin null; end",
            }),
            None,
        ),
        sample(
            "event_trigger",
            &["", "watched"],
            json!({
                "event": "sql_drop", "function": to("function", &["", "s", "watches()"]),
            }),
            json!({
                "event": "ddl_command_end", "tags": ["CREATE TABLE", "ALTER TABLE"],
                "function": to("function", &["", "s", "watches()"]), "enabled": "always",
                "comment": "words",
            }),
        ),
        sample(
            "enum",
            &["", "s", "mood"],
            json!({"values": ["sad", "happy"]}),
            json!({"values": ["awful", "sad", "fine", "happy", "ecstatic"], "comment": "words"}),
        ),
        sample(
            "domain",
            &["", "s", "positive"],
            json!({"type": "integer"}),
            json!({
                "type": "integer", "default": "1+1", "not_null": true, "comment": "words",
                "check": [{"name": "positive", "expression": "value>0", "comment": "words"}],
            }),
        ),
        sample(
            "composite_type",
            &["", "s", "point"],
            json!({"attribute": [{"name": "x", "type": "integer"}, {"name": "y", "type": "text"}]}),
            json!({
                "attribute": [
                    {"name": "x", "type": "integer", "comment": "words"},
                    {"name": "z", "type": "text"},
                ],
                "comment": "words",
            }),
        ),
        sample(
            "foreign_data_wrapper",
            &["", "w"],
            json!({}),
            json!({"options": {"host": "here"}, "comment": "words"}),
        ),
        sample(
            "foreign_server",
            &["", "f"],
            json!({"wrapper": to("foreign_data_wrapper", &["", "w"])}),
            json!({
                "wrapper": to("foreign_data_wrapper", &["", "w"]), "version": "2",
                "options": {"host": "it's", "Odd": "1"}, "comment": "words", "owner": keeper,
            }),
        ),
        sample(
            "user_mapping",
            &["", "f", "public"],
            json!({"server": to("foreign_server", &["", "f"]), "role": to("role", &["public"])}),
            json!({
                "server": to("foreign_server", &["", "f"]), "role": to("role", &["public"]),
                "options": {"user": "guest"},
            }),
        ),
        sample(
            "foreign_table",
            &["", "s", "ft"],
            json!({
                "server": to("foreign_server", &["", "f"]),
                "column": [{"name": "a", "type": "integer", "options": {"one": "1"}}],
            }),
            json!({
                "server": to("foreign_server", &["", "f"]), "options": {"x": "it's"},
                "column": [
                    {
                        "name": "a", "type": "bigint", "default": "1+1", "not_null": true,
                        "options": {"two": "2"}, "attribute_options": {"n_distinct": "3"},
                        "comment": "words",
                    },
                    {"name": "b", "type": "text"},
                ],
                "check": [{"name": "positive", "expression": "a>0"}],
                "owner": keeper, "comment": "words",
            }),
        ),
        sample(
            "language",
            &["", "conformance_language"],
            json!({"handler": to("function", &["", "pg_catalog", "plpgsql_call_handler()"])}),
            json!({
                "handler": to("function", &["", "pg_catalog", "plpgsql_call_handler()"]),
                "inline": to("function", &["", "pg_catalog", "plpgsql_inline_handler(internal)"]),
                "trusted": true, "comment": "words",
            }),
        ),
        sample(
            "transform",
            &["", "plpgsql", "money"],
            json!({
                "type": "money", "language": to("language", &["", "plpgsql"]),
                "from_sql": to("function", &["", "pg_catalog", "varchar_support(internal)"]),
            }),
            json!({
                "type": "money", "language": to("language", &["", "plpgsql"]),
                "to_sql": to("function", &["", "pg_catalog", "cash_recv(internal)"]), "comment": "words",
            }),
        ),
        sample(
            "access_method",
            &["", "conformance_method"],
            json!({
                "type": "index", "handler": to("function", &["", "pg_catalog", "bthandler(internal)"]),
            }),
            json!({
                "type": "table", "comment": "words",
                "handler": to("function", &["", "pg_catalog", "heap_tableam_handler(internal)"]),
            }),
        ),
        sample(
            "publication",
            &["", "pub"],
            json!({}),
            json!({"all_tables": true, "publish": ["insert", "delete"], "comment": "words"}),
        ),
        sample(
            "publication",
            &["", "pub_of_tables"],
            json!({"tables": [table]}),
            json!({"publish_via_partition_root": true, "publish": ["nothing"]}),
        ),
        sample(
            "range_type",
            &["", "s", "span"],
            json!({"subtype": "float8"}),
            json!({
                "subtype": "double precision", "comment": "words",
                "subtype_diff": to("function", &["", "pg_catalog", "float8mi()"]),
                "multirange_type_name": "spans",
            }),
        ),
        sample("shell", &["", "s", "number"], json!({}), None),
        sample(
            "shell_type",
            &["", "s", "later"],
            json!({}),
            json!({"owner": keeper, "comment": "words"}),
        ),
        sample(
            "function",
            &["", "s", "number_in(cstring)"],
            json!({
                "argument": [{"type": "cstring"}], "returns": "s.number", "language": "internal",
                "body": "int4in", "volatility": "immutable", "strict": true,
            }),
            None,
        ),
        sample(
            "function",
            &["", "s", "number_out(s.number)"],
            json!({
                "argument": [{"type": "s.number"}], "returns": "cstring", "language": "internal",
                "body": "int4out", "volatility": "immutable", "strict": true,
            }),
            None,
        ),
        sample(
            "base_type",
            &["", "s", "number"],
            json!({
                "input": to("function", &["", "s", "number_in(cstring)"]),
                "output": to("function", &["", "s", "number_out(s.number)"]),
                "internal_length": 4, "passed_by_value": true,
                "analyze": to("function", &["", "pg_catalog", "array_typanalyze(internal)"]),
            }),
            json!({
                "input": to("function", &["", "s", "number_in(cstring)"]),
                "output": to("function", &["", "s", "number_out(s.number)"]),
                "internal_length": 4, "passed_by_value": true, "comment": "words",
            }),
        ),
        sample(
            "collation",
            &["", "s", "plain"],
            json!({"locale": "C"}),
            json!({"lc_collate": "C", "lc_ctype": "POSIX", "comment": "words"}),
        ),
        sample(
            "conversion",
            &["", "s", "west"],
            json!({
                "source": "latin1", "target": "UTF-8",
                "function": to("function", &["", "pg_catalog", "iso8859_1_to_utf8()"]),
            }),
            json!({
                "source": "latin1", "target": "UTF-8", "default": true, "comment": "words",
                "function": to("function", &["", "pg_catalog", "iso8859_1_to_utf8()"]),
            }),
        ),
        sample(
            "cast",
            &["", "s.point as text"],
            json!({"source": "s.point", "target": "text", "method": "inout"}),
            json!({
                "source": "s.point", "target": "text", "method": "inout", "context": "implicit",
                "comment": "words",
            }),
        ),
        sample(
            "operator",
            &["", "s", "<@+(integer, integer)"],
            json!({
                "left": "int", "right": "int",
                "function": to("function", &["", "pg_catalog", "int4lt()"]),
            }),
            json!({
                "left": "int", "right": "int", "comment": "words",
                "function": to("function", &["", "pg_catalog", "int4lt(integer, integer)"]),
                "restrict": to("function", &["", "pg_catalog", "scalarltsel()"]),
            }),
        ),
        sample(
            "operator_family",
            &["", "s", "ints(btree)"],
            json!({"using": "btree"}),
            json!({
                "using": "btree", "comment": "words",
                "operator": [{
                    "strategy": 1,
                    "operator": to("operator", &["", "pg_catalog", "<(integer, bigint)"]),
                }],
                "function": [{
                    "number": 1,
                    "function": to("function", &["", "pg_catalog", "btint48cmp(integer, bigint)"]),
                }],
            }),
        ),
        sample(
            "operator_family",
            &["", "s", "hashes(hash)"],
            json!({"using": "hash"}),
            None,
        ),
        sample(
            "operator_class",
            &["", "s", "hashed(hash)"],
            json!({
                "type": "integer", "using": "hash",
                "family": to("operator_family", &["", "s", "hashes(hash)"]),
                "operator": [{
                    "strategy": 1, "operator": to("operator", &["", "pg_catalog", "="]),
                }],
                "function": [{
                    "number": 1, "function": to("function", &["", "pg_catalog", "hashint4(integer)"]),
                }],
            }),
            json!({
                "type": "integer", "using": "hash", "comment": "words",
                "family": to("operator_family", &["", "s", "hashes(hash)"]),
                "operator": [{
                    "strategy": 1, "operator": to("operator", &["", "pg_catalog", "="]),
                }],
                "function": [{
                    "number": 1, "function": to("function", &["", "pg_catalog", "hashint4()"]),
                }],
            }),
        ),
        sample(
            "text_search_parser",
            &["", "s", "cutter"],
            json!({
                "start": to("function", &["", "pg_catalog", "prsd_start()"]),
                "gettoken": to("function", &["", "pg_catalog", "prsd_nexttoken()"]),
                "end": to("function", &["", "pg_catalog", "prsd_end()"]),
                "lextypes": to("function", &["", "pg_catalog", "prsd_lextype()"]),
            }),
            json!({
                "start": to("function", &["", "pg_catalog", "prsd_start()"]),
                "gettoken": to("function", &["", "pg_catalog", "prsd_nexttoken()"]),
                "end": to("function", &["", "pg_catalog", "prsd_end()"]),
                "lextypes": to("function", &["", "pg_catalog", "prsd_lextype()"]),
                "headline": to("function", &["", "pg_catalog", "prsd_headline()"]),
                "comment": "words",
            }),
        ),
        sample(
            "text_search_template",
            &["", "s", "plain"],
            json!({"lexize": to("function", &["", "pg_catalog", "dsimple_lexize()"])}),
            json!({
                "init": to("function", &["", "pg_catalog", "dsimple_init()"]), "comment": "words",
                "lexize": to("function", &["", "pg_catalog", "dsimple_lexize()"]),
            }),
        ),
        sample(
            "text_search_dictionary",
            &["", "s", "plain"],
            json!({"template": to("text_search_template", &["", "pg_catalog", "simple"])}),
            json!({
                "template": to("text_search_template", &["", "pg_catalog", "simple"]),
                "option": [{"name": "accept", "value": "false"}], "comment": "words",
            }),
        ),
        sample(
            "text_search_configuration",
            &["", "s", "texts"],
            json!({"parser": to("text_search_parser", &["", "pg_catalog", "default"])}),
            json!({
                "parser": to("text_search_parser", &["", "pg_catalog", "default"]),
                "mapping": [{
                    "name": "word",
                    "dictionaries": [to("text_search_dictionary", &["", "s", "plain"])],
                }],
                "comment": "words",
            }),
        ),
        sample(
            "task",
            &["conformance_task"],
            json!({"database": to("database", &[""]), "schedule": "0 1 * * *", "sql": "select 1"}),
            json!({
                "database": to("database", &[""]), "schedule": "0 2 * * *", "sql": "select 2",
                "enabled": false,
            }),
        ),
    ];
    let here = Address::new("postgres", "subscription", ["", "conformance"]);
    let connection = |text: &str| {
        (
            "connection",
            Value::Secret(Secret::new(text, &here.to_string())),
        )
    };
    let with = |(name, value): (&str, Value), json: Json| {
        let mut attributes = map(json);
        attributes.insert(name.to_owned(), value);
        attributes
    };
    samples.push(Sample {
        address: here.clone(),
        first: with(
            connection("dbname=nowhere"),
            json!({"publications": ["p"], "connect": false, "slot_name": "none"}),
        ),
        second: Some(with(
            connection("dbname=elsewhere"),
            json!({
                "publications": ["p", "Q"], "connect": false, "slot_name": "none", "binary": true,
                "streaming": "on", "synchronous_commit": "local", "comment": "words",
                "owner": to("role", &["postgres"]),
            }),
        )),
    });
    let there = Address::new("postgres", "user_mapping", ["", "f", "postgres"]);
    let password = |text: &str| {
        let password = Value::Secret(Secret::new(text, &there.to_string()));
        (
            "secret_options",
            Value::Map([("password".to_owned(), password)].into()),
        )
    };
    let mapping =
        json!({"server": to("foreign_server", &["", "f"]), "role": to("role", &["postgres"])});
    samples.push(Sample {
        address: there.clone(),
        first: with(password("one"), mapping.clone()),
        second: Some(with(password("two"), mapping)),
    });
    samples.retain(|sample| !lacks.contains(&sample.address.kind()));
    samples
}

async fn check(server: &Server, lacks: &[&str]) -> Result<(), String> {
    let mut session = postgres::open("postgres", server, provider::Usage::default())
        .await
        .map_err(|error| error.to_string())?;
    let checked = provider::check(&Postgres, &mut session, "", &samples(lacks)).await;
    session.close().await;
    let mut broken = checked.map_err(|error| error.to_string())?;
    let missing: Vec<_> = lacks
        .iter()
        .map(|kind| format!("{kind}: there is no sample"))
        .collect();
    broken.retain(|line| !missing.contains(line));
    if broken.is_empty() {
        Ok(())
    } else {
        Err(broken.join("\n"))
    }
}

fn run(target: Target) -> Result<(), String> {
    match target {
        Target::Server(major) => {
            let server = servers::server(major);
            let url = server.url("postgres");
            client::run(&url, "create database conformance")?;
            // pg_cron is in one database only.
            let (database, lacks): (_, &[_]) = if major == servers::WITH_CRON {
                ("postgres", &["security_label"])
            } else {
                ("conformance", &["task", "security_label"])
            };
            client::wait(check(&Server::Url(server.url(database)), lacks))
        }
        Target::Embedded => {
            let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
            let server = Server::Embedded(folder.path().join("postgres"));
            // It has neither extensions nor the libraries of conversions.
            client::wait(check(
                &server,
                &[
                    "extension",
                    "conversion",
                    "subscription",
                    "tablespace",
                    "security_label",
                ],
            ))
        }
    }
}

/// Returns the tests, one for each server.
pub(crate) fn tests() -> Vec<Trial> {
    let majors = servers::MAJORS.into_iter().map(Target::Server);
    majors
        .chain([Target::Embedded])
        .map(|target| {
            let name = format!("conformance::postgres [{target}]");
            let lacks = match target {
                Target::Server(major) => servers::programs(major).err(),
                Target::Embedded => None,
            };
            match lacks {
                Some(reason) => Trial::test(name, || Err(reason.into())).with_ignored_flag(true),
                None => Trial::test(name, move || run(target).map_err(Failed::from)),
            }
        })
        .collect()
}
