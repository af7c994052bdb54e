//! Databases drawn at random: one becomes another and goes back, as in pages with `change`.
//!
//! Things of every kind are drawn with what they are like in the old and in the new database. Statements
//! that PostgreSQL refuses are left out, so the makers need not know its rules. What fails is shrunk and
//! shown as a page, which then belongs into the folder `cases`.
//!
//! Every run draws the same few. `CASES=500 SEED=7 cargo test -p tests random` draws more of them, and others.

mod around;
mod code;
mod draw;
mod tables;
mod types;

use std::sync::atomic::{AtomicUsize, Ordering};

use libtest_mimic::{Failed, Trial};
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};

use self::draw::{Choice, Drawn, World, things};
use crate::pages;
use crate::script::Page;
use crate::servers;
use crate::target::Target;

/// Makes one thing of a kind.
type Maker = fn(&mut World, &mut Choice<'_>);

/// Says what is wrong with what is drawn, on a server.
type Check = fn(&[Drawn], u16) -> Result<(), String>;

/// Every kind, some more often than others.
const MAKERS: [Maker; 57] = [
    around::schema,
    around::schema,
    types::enumeration,
    types::enumeration,
    types::composite,
    types::domain,
    types::domain,
    types::range,
    types::base_type,
    tables::sequence,
    tables::table,
    tables::table,
    tables::table,
    tables::table,
    tables::table,
    tables::table,
    tables::partition,
    tables::partition,
    tables::child,
    tables::foreign_key,
    tables::foreign_key,
    tables::index,
    tables::index,
    tables::index,
    tables::statistics,
    code::view,
    code::view,
    code::view,
    code::materialized_view,
    code::materialized_view,
    code::function,
    code::function,
    code::function,
    code::procedure,
    code::aggregate,
    code::trigger_function,
    code::trigger,
    code::trigger,
    code::rule,
    code::policy,
    code::event_trigger,
    types::cast,
    types::operator,
    types::operator_class,
    types::collation,
    types::conversion,
    types::transform,
    around::extension,
    around::text_search,
    around::wrapper,
    around::server,
    around::foreign_table,
    around::publication,
    around::language,
    around::access_method,
    around::comment,
    around::owner,
];

/// Drawn as often as all others together: they need something to be about.
const ABOUT: [Maker; 4] = [
    around::grant,
    around::comment,
    around::owner,
    around::default_privileges,
];

/// How many databases are drawn on each server where nobody asks for more: each takes some seconds.
const CASES: u32 = 3;

/// How many sequences of versions are drawn.
const SEQUENCES: u32 = 1;

/// How often a failing case is made smaller.
const SHRINKS: u32 = 150;

fn maker(number: usize) -> Maker {
    let all = MAKERS.len();
    *MAKERS
        .get(number)
        .unwrap_or_else(|| &ABOUT[(number - all) % ABOUT.len()])
}

/// Writes a database.
fn database(drawn: &[Drawn], side: impl Fn(&Drawn) -> Option<&Vec<u8>>, major: u16) -> Vec<String> {
    let mut world = World {
        major,
        ..World::default()
    };
    for one in drawn {
        if let Some(bytes) = side(one) {
            maker(one.maker)(&mut world, &mut Choice::new(bytes, one.serial));
        }
    }
    world.statements
}

/// Returns the statements that PostgreSQL takes, as a file.
fn accepted(statements: &[String], major: u16, name: &str) -> Result<String, String> {
    let server = servers::server(major);
    let taken =
        crate::client::try_all(&server.url("postgres"), &server.url(name), name, statements)?;
    let statements = statements.iter().zip(taken).filter(|(_, taken)| *taken);
    Ok(statements.map(|(sql, _)| format!("{sql};\n")).collect())
}

/// Counts databases, which need names.
static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// One database becomes another and goes back.
fn change(drawn: &[Drawn], major: u16) -> Result<(), String> {
    let name = format!("random_{major}_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let old = database(drawn, |one| one.old.as_ref(), major);
    let new = database(drawn, |one| one.new.as_ref(), major);
    let (old, new) = (
        accepted(&old, major, &format!("{name}_old"))?,
        accepted(&new, major, &format!("{name}_drawn"))?,
    );
    let text = format!(
        "# Drawn at random.\nservers: {major}\n\nchange\n\n-- old.sql --\n{old}-- new.sql --\n{new}"
    );
    run_page(&text, &name, major)
}

/// How many versions there are of a database that goes back to each of them.
const VERSIONS: usize = 4;

/// Several versions of one database follow one another, and it goes back to each of them. In each, a thing is like
/// in the old database, or like in the new one.
fn versions(drawn: &[Drawn], major: u16) -> Result<(), String> {
    let name = format!("random_{major}_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
    let mut text = format!("# Drawn at random.\nservers: {major}\n\nversions\n\n");
    for version in 0..VERSIONS {
        let is_old = |one: &Drawn| match version {
            0 => true,
            1 => false,
            _ => (one.serial / version).is_multiple_of(2),
        };
        let statements = database(
            drawn,
            |one| if is_old(one) { &one.old } else { &one.new }.as_ref(),
            major,
        );
        let number = version + 1;
        let sql = accepted(&statements, major, &format!("{name}_v{number}"))?;
        text.push_str(&format!("-- {number}.sql --\n{sql}"));
    }
    run_page(&text, &name, major)
}

/// Runs a page that shows nothing where all is well.
fn run_page(text: &str, name: &str, major: u16) -> Result<(), String> {
    let page = Page::read(text)?;
    let shown = pages::run(&page, name, Target::Server(major))?;
    match shown
        .steps
        .iter()
        .all(|step| step.output.is_empty() && step.exit == 0)
    {
        true => Ok(()),
        false => Err(shown.write()),
    }
}

/// Makes a failing case smaller: by whole runs of things, then one by one, then by what changes. What a
/// thing is called does not depend on the others, so what is left stays as it was.
fn shrink(mut drawn: Vec<Drawn>, mut failure: String, major: u16, check: Check) -> String {
    let mut tries = number("SHRINKS", SHRINKS);
    let mut fails = |smaller: &[Drawn]| {
        tries = tries.checked_sub(1)?;
        check(smaller, major).err()
    };
    let mut length = drawn.len() / 2;
    while length > 0 {
        let mut at = 0;
        while at < drawn.len() {
            let mut smaller = drawn.clone();
            smaller.drain(at..(at + length).min(drawn.len()));
            match fails(&smaller) {
                Some(again) => (drawn, failure) = (smaller, again),
                None => at += length,
            }
        }
        length /= 2;
    }
    for at in 0..drawn.len() {
        let mut smaller = drawn.clone();
        smaller[at].new.clone_from(&drawn[at].old);
        if smaller[at].new != drawn[at].new
            && let Some(again) = fails(&smaller)
        {
            (drawn, failure) = (smaller, again);
        }
    }
    failure
}

fn number(variable: &str, usual: u32) -> u32 {
    let given = std::env::var(variable).ok();
    given.and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn run(major: u16, check: Check, usual: u32) -> Result<(), Failed> {
    let config = Config {
        cases: number("CASES", usual),
        // Its own way would give everything other names.
        max_shrink_iters: 0,
        failure_persistence: None,
        ..Config::default()
    };
    // The same every time, so that nobody's change fails for what is not theirs.
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&number("SEED", 1).to_le_bytes());
    seed[4] = u8::try_from(major)?;
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &seed);
    let mut runner = TestRunner::new_with_rng(config, random);
    let makers = MAKERS.len() + MAKERS.len() / 2;
    let found = runner.run(&things(makers), |drawn| {
        check(&drawn, major).map_err(TestCaseError::fail)
    });
    found.map_err(|error| match error {
        TestError::Fail(reason, drawn) => {
            shrink(drawn, reason.message().to_owned(), major, check).into()
        }
        TestError::Abort(reason) => reason.message().into(),
    })
}

/// Returns the tests, one for each of the servers that people use most.
pub(crate) fn tests() -> Vec<Trial> {
    let checks: [(&str, Check, u32); 2] = [
        ("changes", change, CASES),
        ("versions", versions, SEQUENCES),
    ];
    let both = checks
        .into_iter()
        .flat_map(|check| [(15, check), (18, check)]);
    both.map(|(major, (what, check, usual))| {
        let name = format!("random::{what} [{major}]");
        let lacks = servers::programs(major).and_then(|_| servers::pg_dump(major));
        let run = move || match &lacks {
            Ok(_) => run(major, check, usual),
            Err(reason) => Err(reason.into()),
        };
        Trial::test(name, run)
    })
    .collect()
}
