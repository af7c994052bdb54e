//! What people see while much is changed under them, and after a change was cut off.

mod faults;
mod matrix;
mod people;
mod project;
mod proxy;
mod retype;
mod room;
mod together;

use std::sync::{Mutex, PoisonError};

use libtest_mimic::{Failed, Trial};

use crate::servers;

/// How much of what is wrong is shown.
const SHOWN: usize = 5;

/// What the last lines of a run tell.
static SUMMARY: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Returns what was seen, for people.
pub(crate) fn summary() -> Vec<String> {
    let lines = SUMMARY.lock().unwrap_or_else(PoisonError::into_inner);
    lines.clone()
}

fn tell(lines: Vec<String>) {
    let mut summary = SUMMARY.lock().unwrap_or_else(PoisonError::into_inner);
    summary.extend(lines);
}

/// Runs one, and says what is wrong.
type Test = fn() -> Result<(), String>;

/// Returns the tests.
pub(crate) fn tests() -> Vec<Trial> {
    let major = servers::WITH_CRON;
    let lacks = servers::programs(major).is_err();
    let all: [(&str, Test); 6] = [
        (
            "people_read_and_write_meanwhile",
            people::read_and_write_meanwhile,
        ),
        ("cut_off_anywhere", faults::cut_off_anywhere),
        ("a_sample_of_cuts", matrix::a_sample_of_cuts),
        ("one_at_a_time", together::one_at_a_time),
        ("more_than_fits", room::more_than_fits),
        (
            "type_changed_while_people_write",
            retype::while_people_write,
        ),
    ];
    let trial = |name: &str, run: Test, is_ignored: bool| {
        let name = format!("load::{name} [{major}]");
        Trial::test(name, move || run().map_err(Failed::from)).with_ignored_flag(is_ignored)
    };
    let whole = trial("every_cut", matrix::every_cut, true);
    let all = all.map(|(name, run)| trial(name, run, lacks));
    all.into_iter().chain([whole]).collect()
}

fn judge(mut wrong: Vec<String>) -> Result<(), String> {
    let number = wrong.len();
    wrong.truncate(SHOWN);
    match number {
        0 => Ok(()),
        number => Err(format!("{number} times:\n{}", wrong.join("\n"))),
    }
}
