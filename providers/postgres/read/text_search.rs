//! Text search parsers, templates, dictionaries and configurations.

use std::collections::{BTreeMap, HashMap};

use provider::Error;

use super::{Cells, Oid, Reader, named, rows_in};
use crate::kinds::text_search::configuration::{Mapping, TextSearchConfiguration};
use crate::kinds::text_search::dictionary::{DictionaryOption, TextSearchDictionary};
use crate::kinds::text_search::machinery::{TextSearchParser, TextSearchTemplate};
use crate::text::lexer::{Kind, lex};

fn parsers() -> String {
    let functions = [
        "prsstart",
        "prstoken",
        "prsend",
        "prslextype",
        "prsheadline",
    ]
    .map(|name| named::routine(&format!("nullif(p.{name}, 0)")));
    format!(
        "\
select p.oid, p.prsnamespace, p.prsname::text, {}
from pg_ts_parser p where p.prsnamespace = any($1)",
        functions.join(", ")
    )
}

fn templates() -> String {
    let functions =
        ["tmplinit", "tmpllexize"].map(|name| named::routine(&format!("nullif(t.{name}, 0)")));
    format!(
        "\
select t.oid, t.tmplnamespace, t.tmplname::text, {}
from pg_ts_template t where t.tmplnamespace = any($1)",
        functions.join(", ")
    )
}

fn dictionaries() -> String {
    format!(
        "\
select d.oid, d.dictnamespace, d.dictname::text, d.dictowner, {}, d.dictinitoption
from pg_ts_dict d where d.dictnamespace = any($1)",
        named::text_search("pg_ts_template", "tmpl", "d.dicttemplate")
    )
}

fn configurations() -> String {
    format!(
        "\
select c.oid, c.cfgnamespace, c.cfgname::text, c.cfgowner, {}
from pg_ts_config c where c.cfgnamespace = any($1)",
        named::text_search("pg_ts_parser", "prs", "c.cfgparser")
    )
}

fn mappings() -> String {
    format!(
        "\
select c.oid, t.alias, {}
from pg_ts_config c
join pg_ts_config_map m on m.mapcfg = c.oid
join lateral ts_token_type(c.cfgparser) t on t.tokid = m.maptokentype
where c.cfgnamespace = any($1) order by c.oid, t.alias, m.mapseqno",
        named::text_search("pg_ts_dict", "dict", "m.mapdict")
    )
}

/// Reads the options of a dictionary, which the server writes as a list of `name = 'value'`
/// (`serialize_deflist()`). A backslash in a value is written as `E'...'` with two of them.
fn options(text: &str) -> Vec<DictionaryOption> {
    let tokens = lex(text);
    tokens
        .split(|token| token.is(","))
        .filter_map(|tokens| {
            let name = tokens.first()?.name()?;
            let value: Vec<_> = tokens[1..].iter().filter(|token| !token.is("=")).collect();
            let (value, quoted) = match value.as_slice() {
                [one] if matches!(one.kind, Kind::Text | Kind::EscapeText) => {
                    (one.content()?, true)
                }
                all => (all.iter().map(|token| token.text).collect(), false),
            };
            Some(DictionaryOption::new(name, value, quoted))
        })
        .collect()
}

impl Reader<'_> {
    pub(super) async fn read_text_search(&mut self) -> Result<(), Error> {
        self.read_parsers().await?;
        self.read_dictionaries().await?;
        let mut mappings = self.read_mappings().await?;
        for row in rows_in(self.connection, &configurations(), &self.schema_oids).await? {
            let oid = row.oid(0);
            let Some(schema) = self.schemas.get(&row.oid(1)).cloned() else {
                continue;
            };
            if self.is_member("pg_ts_config", oid) {
                continue;
            }
            let configuration = TextSearchConfiguration {
                parser: self.named("text_search_parser", row.texts(4)),
                copy: None,
                mapping: mappings
                    .remove(&oid)
                    .unwrap_or_default()
                    .into_values()
                    .collect(),
                owner: self.owner(row.oid(3)),
                comment: self.comment("pg_ts_config", oid, 0),
            };
            let address = self.address("text_search_configuration", [schema, row.text(2)]);
            self.add("pg_ts_config", oid, address.clone(), &configuration);
            self.stands_in_schema(&address);
        }
        Ok(())
    }

    async fn read_mappings(&mut self) -> Result<HashMap<Oid, BTreeMap<String, Mapping>>, Error> {
        let mut found: HashMap<Oid, BTreeMap<String, Mapping>> = HashMap::new();
        for row in rows_in(self.connection, &mappings(), &self.schema_oids).await? {
            let name = row.text(1);
            let of = found.entry(row.oid(0)).or_default();
            let mapping = of.entry(name.clone()).or_insert_with(|| Mapping {
                name,
                dictionaries: Vec::new(),
            });
            let dictionary = self.named("text_search_dictionary", row.texts(2));
            mapping.dictionaries.extend(dictionary);
        }
        Ok(found)
    }

    async fn read_dictionaries(&mut self) -> Result<(), Error> {
        for row in rows_in(self.connection, &dictionaries(), &self.schema_oids).await? {
            let oid = row.oid(0);
            let Some(schema) = self.schemas.get(&row.oid(1)).cloned() else {
                continue;
            };
            let Some(template) = self.named("text_search_template", row.texts(4)) else {
                continue;
            };
            if self.is_member("pg_ts_dict", oid) {
                continue;
            }
            let dictionary = TextSearchDictionary {
                template,
                option: options(&row.text(5)),
                owner: self.owner(row.oid(3)),
                comment: self.comment("pg_ts_dict", oid, 0),
            };
            let address = self.address("text_search_dictionary", [schema, row.text(2)]);
            self.add("pg_ts_dict", oid, address.clone(), &dictionary);
            self.stands_in_schema(&address);
        }
        Ok(())
    }

    async fn read_parsers(&mut self) -> Result<(), Error> {
        for row in rows_in(self.connection, &parsers(), &self.schema_oids).await? {
            let oid = row.oid(0);
            let Some(schema) = self.schemas.get(&row.oid(1)).cloned() else {
                continue;
            };
            let function = |at: usize| self.named("function", row.texts(at));
            let (Some(start), Some(gettoken), Some(end), Some(lextypes)) =
                (function(3), function(4), function(5), function(6))
            else {
                continue;
            };
            if self.is_member("pg_ts_parser", oid) {
                continue;
            }
            let parser = TextSearchParser {
                start,
                gettoken,
                end,
                lextypes,
                headline: function(7),
                comment: self.comment("pg_ts_parser", oid, 0),
            };
            let address = self.address("text_search_parser", [schema, row.text(2)]);
            self.add("pg_ts_parser", oid, address.clone(), &parser);
            self.stands_in_schema(&address);
        }
        for row in rows_in(self.connection, &templates(), &self.schema_oids).await? {
            let oid = row.oid(0);
            let Some(schema) = self.schemas.get(&row.oid(1)).cloned() else {
                continue;
            };
            let Some(lexize) = self.named("function", row.texts(4)) else {
                continue;
            };
            if self.is_member("pg_ts_template", oid) {
                continue;
            }
            let template = TextSearchTemplate {
                init: self.named("function", row.texts(3)),
                lexize,
                comment: self.comment("pg_ts_template", oid, 0),
            };
            let address = self.address("text_search_template", [schema, row.text(2)]);
            self.add("pg_ts_template", oid, address.clone(), &template);
            self.stands_in_schema(&address);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_taken_apart() {
        let read = |text: &str| -> Vec<(String, String)> {
            let options = options(text).into_iter();
            options.map(|one| (one.name, one.value)).collect()
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            read("language = 'german', \"Odd\" = 'it''s, so', p = E'a\\\\b', n = 1"),
            [
                pair("language", "german"),
                pair("Odd", "it's, so"),
                pair("p", "a\\b"),
                pair("n", "1")
            ]
        );
        assert!(read("").is_empty());
    }
}
