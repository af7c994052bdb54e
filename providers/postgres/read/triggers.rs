//! Triggers that people made; those of partitions that come from the table above are part of that one.

use model::{Edge, Reference};
use provider::Error;

use super::relations::Columns;
use super::{Cells, Reader, rows_in};
use crate::kinds::trigger::{Event, Firing, Level, Timing, Trigger};
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
