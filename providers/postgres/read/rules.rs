//! Rules that people made: all but those that make a view a view.

use model::{Edge, Reference};
use provider::Error;

use super::{Cells, Reader, rows_in};
use crate::kinds::rule::{Event, Rule};
use crate::kinds::trigger::Firing;
use crate::text::lexer::{Kind, Token, lex};

const RULES: &str = "\
select r.oid, r.rulename::text, r.ev_class, r.ev_type::text, r.is_instead, r.ev_enabled::text,
  pg_get_ruledef(r.oid)
from pg_rewrite r join pg_class c on c.oid = r.ev_class
where c.relnamespace = any($1) and r.ev_type <> '1'";

/// What the definition of a rule says beside what the catalog says in columns of its own.
#[derive(Debug, Default, PartialEq)]
struct Definition {
    condition: Option<String>,
    commands: Vec<String>,
}

/// Takes a definition apart as PostgreSQL writes it: key words in capitals, names that are key words
/// in quotes, several commands in brackets with a semicolon after each.
fn definition(text: &str) -> Option<Definition> {
    let tokens = lex(text);
    let is_word = |token: &Token<'_>, word: &str| token.kind == Kind::Word && token.text == word;
    let act = tokens.iter().position(|token| is_word(token, "DO"))?;
    let condition = tokens[..act]
        .iter()
        .find(|token| is_word(token, "WHERE"))
        .map(|word| text[word.end()..tokens[act].start].trim().to_owned());
    let mut rest = &tokens[act + 1..];
    if is_word(rest.first()?, "INSTEAD") {
        rest = &rest[1..];
    }
    // A single command may begin with a bracket as well, but then no semicolon stands before its end.
    let is_list = matches!(rest, [open, .., last, close, _]
        if open.is("(") && last.is(";") && close.is(")"));
    if is_list {
        rest = &rest[1..rest.len() - 2];
    }
    let mut commands = Vec::new();
    let mut start = rest.first()?.start;
    for end in rest.iter().filter(|token| token.is(";")) {
        commands.push(text[start..end.start].trim().to_owned());
        start = end.end();
    }
    commands.retain(|command| command != "NOTHING");
    Some(Definition {
        condition,
        commands,
    })
}

impl Reader<'_> {
    pub(super) async fn read_rules(&mut self) -> Result<(), Error> {
        for row in rows_in(self.connection, RULES, &self.schema_oids).await? {
            let oid = row.oid(0);
            let Some(on) = self.addresses.get(&("pg_class", row.oid(2))).cloned() else {
                continue;
            };
            if self.is_member("pg_rewrite", oid) {
                continue;
            }
            let event = match row.text(3).as_str() {
                "2" => Event::Update,
                "3" => Event::Insert,
                "4" => Event::Delete,
                _ => continue,
            };
            let definition = definition(&row.text(6)).unwrap_or_default();
            let rule = Rule {
                on: Reference(on.clone()),
                event,
                condition: definition.condition,
                instead: row.flag(4),
                commands: definition.commands,
                enabled: Firing::of(&row.text(5)),
                comment: self.comment("pg_rewrite", oid, 0),
            };
            let path = on.path().iter().cloned().chain([row.text(1)]);
            let address = on.sibling("rule", path);
            self.add("pg_rewrite", oid, address.clone(), &rule);
            if let Some(object) = self.objects.get_mut(&address) {
                object.edges.insert(Edge::to(on.clone()));
                object.attached = Some(on);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (Option<String>, Vec<String>) {
        let found = definition(text).expect("it is a definition");
        (found.condition, found.commands)
    }

    #[test]
    fn several_commands_are_taken_apart() {
        let text = "CREATE RULE \"DO\" AS\n    ON INSERT TO s.\"WHERE\" DO ( INSERT INTO s.u (a)  \
                    VALUES (new.a,';'::text);\n DELETE FROM s.u\n  WHERE (u.a = ( SELECT 1));\n\n \
                    NOTIFY x, 'a;b';\n);";
        let commands = [
            "INSERT INTO s.u (a)  VALUES (new.a,';'::text)",
            "DELETE FROM s.u\n  WHERE (u.a = ( SELECT 1))",
            "NOTIFY x, 'a;b'",
        ];
        assert_eq!(parts(text), (None, commands.map(str::to_owned).to_vec()));
    }

    #[test]
    fn a_command_may_begin_with_a_bracket() {
        let text = "CREATE RULE r AS\n    ON UPDATE TO s.t\n   WHERE (old.\"DO\" <> new.b) DO \
                    INSTEAD (\n SELECT 1) UNION ( SELECT 2);";
        let condition = Some("(old.\"DO\" <> new.b)".to_owned());
        let command = "(\n SELECT 1) UNION ( SELECT 2)".to_owned();
        assert_eq!(parts(text), (condition, vec![command]));
        let text = "CREATE RULE r AS\n    ON DELETE TO s.t DO INSTEAD NOTHING;";
        assert_eq!(parts(text), (None, Vec::new()));
    }
}
