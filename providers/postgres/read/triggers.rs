//! Triggers that people made; those of partitions that come from the table above are part of that one.

use model::{Edge, Reference};
use provider::{Error, encode, typed};

use super::relations::Columns;
use super::{Cells, Reader, rows_in};
use crate::kinds::trigger::{Event, Firing, Level, OnPartition, Timing, Trigger};
use crate::text::lexer::{Kind, Token, lex};

/// `tgargs` are texts that each end with a NUL.
const TRIGGERS: &str = r"
select t.oid, t.tgname::text, t.tgrelid, t.tgtype::int8, t.tgenabled::text, t.tgconstraint <> 0,
  t.tgdeferrable, t.tginitdeferred, t.tgconstrrelid, t.tgoldtable::text, t.tgnewtable::text,
  string_to_array(t.tgattr::text, ' ')::int2[],
  case when t.tgqual is not null then pg_get_triggerdef(t.oid) end,
  array(select convert_from(decode(part, 'escape'), getdatabaseencoding())
    from unnest(string_to_array(replace(encode(t.tgargs, 'escape'), '\\', '\134'), '\000'))
      with ordinality as a(part, n) where n <= t.tgnargs order by n),
  p.oid, n.nspname::text, p.proname || '()'
from pg_trigger t
join pg_class c on c.oid = t.tgrelid
join pg_proc p on p.oid = t.tgfoid
join pg_namespace n on n.oid = p.pronamespace
where c.relnamespace = any($1) and not t.tgisinternal and t.tgparentid = 0";

/// The trigger of a whole table, a partition that has it from there, and when it fires there.
const OF_PARTITIONS: &str = "\
with recursive part as (
  select t.oid as top, t.oid, t.tgrelid, t.tgenabled, t.tgenabled as of_top
  from pg_trigger t join pg_class c on c.oid = t.tgrelid
  where c.relkind = 'p' and c.relnamespace = any($1) and t.tgparentid = 0 and not t.tgisinternal
  union all
  select part.top, t.oid, t.tgrelid, t.tgenabled, part.of_top
  from part join pg_trigger t on t.tgparentid = part.oid)
select top, tgrelid, tgenabled::text from part where tgenabled <> of_top";

/// Bits of `pg_trigger.tgtype` (pg_trigger.h).
mod bits {
    pub(super) const ROW: i64 = 1;
    pub(super) const BEFORE: i64 = 2;
    pub(super) const INSERT: i64 = 4;
    pub(super) const DELETE: i64 = 8;
    pub(super) const UPDATE: i64 = 16;
    pub(super) const TRUNCATE: i64 = 32;
    pub(super) const INSTEAD: i64 = 64;
}

/// Finds the condition in the definition of a trigger as PostgreSQL writes it.
fn condition(definition: &str) -> Option<String> {
    let tokens = lex(definition);
    let is_word = |token: &Token<'_>, word: &str| token.kind == Kind::Word && token.text == word;
    let open = tokens.windows(5).position(|five| {
        is_word(&five[0], "FOR")
            && is_word(&five[1], "EACH")
            && is_word(&five[3], "WHEN")
            && five[4].is("(")
    })? + 4;
    let mut depth = 0_usize;
    for token in &tokens[open..] {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth -= 1;
            if depth == 0 {
                return Some(definition[tokens[open].end()..token.start].to_owned());
            }
        }
    }
    None
}

impl Reader<'_> {
    pub(super) async fn read_triggers(&mut self, columns: &Columns) -> Result<(), Error> {
        for row in rows_in(self.connection, TRIGGERS, &self.schema_oids).await? {
            let (oid, table) = (row.oid(0), row.oid(2));
            let Some(on) = self.addresses.get(&("pg_class", table)).cloned() else {
                continue;
            };
            if self.is_member("pg_trigger", oid) {
                continue;
            }
            let has = |bit: i64| row.long(3) & bit != 0;
            let events = [
                (bits::INSERT, Event::Insert),
                (bits::DELETE, Event::Delete),
                (bits::UPDATE, Event::Update),
                (bits::TRUNCATE, Event::Truncate),
            ];
            let trigger = Trigger {
                on: Reference(on.clone()),
                timing: if has(bits::INSTEAD) {
                    Timing::InsteadOf
                } else if has(bits::BEFORE) {
                    Timing::Before
                } else {
                    Timing::After
                },
                events: events
                    .into_iter()
                    .filter(|(bit, _)| has(*bit))
                    .map(|(_, event)| event)
                    .collect(),
                of: columns.names(table, &row.shorts(11)),
                level: if has(bits::ROW) {
                    Level::Row
                } else {
                    Level::Statement
                },
                when: row.maybe_text(12).as_deref().and_then(condition),
                function: Reference(self.function(row.oid(14), [row.text(15), row.text(16)])),
                arguments: row.texts(13),
                old_table: row.maybe_text(9),
                new_table: row.maybe_text(10),
                constraint: row.flag(5),
                deferrable: row.flag(6),
                initially_deferred: row.flag(7),
                from: self
                    .addresses
                    .get(&("pg_class", row.oid(8)))
                    .cloned()
                    .map(Reference),
                enabled: Firing::of(&row.text(4)),
                partition: Vec::new(),
                depends_on_extensions: self.goes_with("pg_trigger", oid),
                comment: self.comment("pg_trigger", oid, 0),
            };
            let path = on.path().iter().cloned().chain([row.text(1)]);
            let address = on.sibling("trigger", path);
            self.add("pg_trigger", oid, address.clone(), &trigger);
            if let Some(object) = self.objects.get_mut(&address) {
                object.edges.insert(Edge::to(on.clone()));
                object.attached = Some(on);
            }
        }
        self.read_triggers_of_partitions().await
    }

    /// Adds where a trigger fires otherwise on a partition than on the whole table.
    async fn read_triggers_of_partitions(&mut self) -> Result<(), Error> {
        for row in rows_in(self.connection, OF_PARTITIONS, &self.schema_oids).await? {
            let found = (
                self.addresses.get(&("pg_trigger", row.oid(0))).cloned(),
                self.addresses.get(&("pg_class", row.oid(1))).cloned(),
            );
            let (Some(address), Some(table)) = found else {
                continue;
            };
            if let Some(object) = self.objects.get_mut(&address) {
                let mut trigger: Trigger = typed(&object.attributes);
                let enabled = Firing::of(&row.text(2));
                if enabled != trigger.enabled {
                    let table = Reference(table);
                    trigger.partition.push(OnPartition { table, enabled });
                    let by_address = |one: &OnPartition| one.table.0.clone();
                    trigger.partition.sort_by_key(by_address);
                    object.attributes = encode(&trigger);
                }
            }
        }
        Ok(())
    }

    /// Returns the address of a function, which may be one that PostgreSQL or an extension brought.
    pub(super) fn function(&self, oid: super::Oid, path: [String; 2]) -> model::Address {
        let known = self.addresses.get(&("pg_proc", oid)).cloned();
        known.unwrap_or_else(|| self.address("function", path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_condition_is_what_the_brackets_hold() {
        let definition = "CREATE TRIGGER \"FOR EACH ROW WHEN (\" BEFORE UPDATE ON s.t FOR EACH ROW \
                          WHEN ((old.a <> ')'::text)) EXECUTE FUNCTION s.f(' WHEN (')";
        assert_eq!(
            condition(definition).as_deref(),
            Some("(old.a <> ')'::text)")
        );
        let plain = "CREATE TRIGGER x BEFORE UPDATE ON s.t FOR EACH ROW EXECUTE FUNCTION s.f()";
        assert_eq!(condition(plain), None);
    }
}
