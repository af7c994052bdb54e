//! What is drawn, and how a database grows out of it: each thing picks what it stands on among those
//! before it.

use proptest::prelude::*;

/// One thing of the databases: chosen by numbers, so that it can be drawn, changed and shrunk.
#[derive(Debug, Clone)]
pub(super) struct Drawn {
    /// Which of the makers makes it.
    pub(super) maker: usize,
    /// What it is called, and what it is picked by; nothing that changes.
    pub(super) serial: usize,
    /// What it is like in the old database; absent where it is not there.
    pub(super) old: Option<Vec<u8>>,
    /// What it is like in the new one.
    pub(super) new: Option<Vec<u8>>,
}

/// Draws the things of two databases. `makers` says how many kinds there are.
pub(super) fn things(makers: usize) -> impl Strategy<Value = Vec<Drawn>> {
    let bytes = || proptest::collection::vec(any::<u8>(), 24);
    let sides = prop_oneof![
        4 => bytes().prop_map(|same| (Some(same.clone()), Some(same))),
        4 => (bytes(), bytes()).prop_map(|(old, new)| (Some(old), Some(new))),
        1 => bytes().prop_map(|old| (Some(old), None)),
        1 => bytes().prop_map(|new| (None, Some(new))),
    ];
    let drawn = (0..makers, sides);
    proptest::collection::vec(drawn, 20..90).prop_map(|all| {
        let all = all.into_iter().enumerate();
        all.map(|(serial, (maker, (old, new)))| Drawn {
            maker,
            serial,
            old,
            new,
        })
        .collect()
    })
}

/// A stream of choices. Where it ends, the first choice is taken.
pub(super) struct Choice<'a> {
    bytes: std::slice::Iter<'a, u8>,
    /// The number of what is being made.
    pub(super) serial: usize,
}

impl<'a> Choice<'a> {
    pub(super) fn new(bytes: &'a [u8], serial: usize) -> Self {
        Self {
            bytes: bytes.iter(),
            serial,
        }
    }

    fn next(&mut self) -> usize {
        self.bytes.next().map_or(0, |byte| usize::from(*byte))
    }

    /// Chooses a number below another.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.next() % end.max(1)
    }

    /// Says yes once in so many times; no where nothing is left to choose.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    /// Chooses one of some.
    pub(super) fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }

    /// Chooses a text once in so many times, and else none.
    pub(super) fn maybe<'t>(&mut self, times: usize, text: &'t str) -> &'t str {
        if self.once_in(times) { text } else { "" }
    }

    /// Chooses some of some, in their order.
    pub(super) fn some_of<T: Copy>(&mut self, all: &[T]) -> Vec<T> {
        let bits = self.next();
        let all = all.iter().enumerate();
        all.filter(|(at, _)| bits >> (at % 8) & 1 == 1)
            .map(|(_, one)| *one)
            .collect()
    }
}

/// A column of something that has columns.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) data_type: String,
}

/// Something that was made.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) serial: usize,
    /// The word for its kind in `COMMENT ON` and `ALTER`.
    pub(super) word: &'static str,
    /// How it is called there.
    pub(super) name: String,
    pub(super) columns: Vec<Column>,
    /// What only its own room understands.
    pub(super) note: String,
}

/// A database in the making.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) items: Vec<Item>,
    pub(super) statements: Vec<String>,
    /// The major version of the server.
    pub(super) major: u16,
}

/// Bases of names, some of which must be quoted.
const NAMES: [&str; 10] = [
    "orders",
    "Order Lines",
    "user",
    "na\u{ef}ve",
    "a.b",
    "x'y",
    "select",
    "say \"hi\"",
    "$money",
    "very_long_name_that_goes_on_and_on_and_on_until_it_nearly_ends",
];

/// Quotes a name.
pub(super) fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl World {
    /// Returns the bare name, quoted, of what is being made: always the same for a number.
    pub(super) fn bare(&self, serial: usize) -> String {
        let base = NAMES[serial * 7 % NAMES.len()];
        let end = format!("_{serial}");
        let mut base = base.to_owned();
        base.truncate(60 - end.len());
        ident(&format!("{base}{end}"))
    }

    /// Returns the name of what is being made, in one of the schemas.
    pub(super) fn name(&self, choice: &mut Choice<'_>) -> String {
        // Where it lies is no choice of its own, or it would never be in the same place again.
        let near = Choice {
            bytes: [].iter(),
            serial: choice.serial,
        };
        let schema = self.pick_near(near.serial * 31 % 256, &["schema"]);
        let schema = schema.map_or("public", |schema| schema.name.as_str());
        format!("{schema}.{}", self.bare(choice.serial))
    }

    /// Picks something of some kinds; the same one wherever it is there.
    pub(super) fn pick(&self, choice: &mut Choice<'_>, words: &[&str]) -> Option<&Item> {
        let near = choice.below(256);
        self.pick_near(near, words)
    }

    fn pick_near(&self, near: usize, words: &[&str]) -> Option<&Item> {
        let items = self.items.iter();
        items
            .filter(|item| words.contains(&item.word))
            .min_by_key(|item| (item.serial * 97 % 256) ^ near)
    }

    pub(super) fn add(&mut self, item: Item) {
        self.items.push(item);
    }

    pub(super) fn run(&mut self, statement: impl Into<String>) {
        self.statements.push(statement.into());
    }

    /// Adds something without columns.
    pub(super) fn made(&mut self, word: &'static str, name: &str, choice: &Choice<'_>) {
        self.add(Item {
            serial: choice.serial,
            word,
            name: name.to_owned(),
            columns: Vec::new(),
            note: String::new(),
        });
    }

    /// Chooses a data type: one of PostgreSQL's, or one that was made.
    pub(super) fn data_type(&self, choice: &mut Choice<'_>) -> String {
        const OWN: [&str; 2] = ["type", "domain"];
        if choice.once_in(3)
            && let Some(found) = self.pick(choice, &OWN)
        {
            let array = choice.maybe(5, "[]");
            return format!("{}{array}", found.name);
        }
        choice.of(&TYPES).to_owned()
    }
}

/// Types of PostgreSQL.
pub(super) const TYPES: [&str; 16] = [
    "integer",
    "text",
    "bigint",
    "numeric(10,2)",
    "character varying(20)",
    "boolean",
    "date",
    "timestamp with time zone",
    "uuid",
    "jsonb",
    "text[]",
    "int4range",
    "interval day to second",
    "bytea",
    "tsvector",
    "character(3)",
];

/// Returns a default for a type, where one is known.
pub(super) fn default_of(data_type: &str, choice: &mut Choice<'_>) -> Option<&'static str> {
    let all: &[&str] = match data_type {
        "integer" | "bigint" => &["0", "-1", "(1 + 2) * 3", "length('abc')"],
        "text" | "character varying(20)" => &["''", "'it''s'", "CURRENT_USER", "lower('X'::text)"],
        "numeric(10,2)" => &["0", "1.50", "-2::numeric"],
        "boolean" => &["true", "false", "(1 > 2)"],
        "date" => &["current_date", "'2020-01-01'"],
        "timestamp with time zone" => &["now()", "now() - interval '1 day'"],
        "uuid" => &["gen_random_uuid()"],
        "jsonb" => &["'{}'", "'{\"a\": [1, null]}'::jsonb"],
        "text[]" => &["'{}'", "ARRAY['a'::text, 'b c']"],
        "int4range" => &["'empty'", "int4range(1, 5)"],
        _ => return None,
    };
    Some(choice.of(all))
}
