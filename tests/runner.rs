//! Tests of Estate as a whole: pages on real servers, contracts, layers, examples.
//!
//! `cargo test -p tests` runs everything, `cargo test -p tests drift` what has `drift` in its name,
//! `UPDATE=1 cargo test -p tests` rewrites what pages show and what contracts say. A server that cannot
//! be had is named, with everything that did not run for want of it, in the last lines.

mod access;
mod bucket;
mod change;
mod client;
mod codes;
mod conformance;
mod contracts;
mod dump;
mod embedded;
mod examples;
mod folder;
mod formats;
mod hook;
mod layers;
mod load;
mod normal;
mod pages;
mod random;
mod script;
mod servers;
mod target;
mod versions;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};

use crate::folder::Story;
use crate::target::Target;

/// Returns whether expectations are to be rewritten.
fn is_update() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| !value.is_empty())
}

/// Makes a test of a function.
fn test(name: &str, run: fn() -> Result<(), String>) -> Trial {
    Trial::test(name, move || run().map_err(Failed::from))
}

/// What a run covers of each server: how many stories ran on it, and why others could not.
type Coverage = BTreeMap<Target, (usize, BTreeMap<String, usize>)>;

/// Filled while tests run.
static COVERAGE: Mutex<Coverage> = Mutex::new(BTreeMap::new());

fn covered<T>(change: impl FnOnce(&mut Coverage) -> T) -> T {
    change(&mut COVERAGE.lock().unwrap_or_else(PoisonError::into_inner))
}

/// How long each story took.
static TIMES: Mutex<Vec<(Duration, String)>> = Mutex::new(Vec::new());

/// How many of the slowest stories are named.
const SLOWEST: usize = 10;

/// Says what took longest, and how long all took together.
fn times() -> String {
    let mut times = TIMES.lock().unwrap_or_else(PoisonError::into_inner);
    times.sort_by(|a, b| b.cmp(a));
    let whole: Duration = times.iter().map(|(took, _)| *took).sum();
    let seconds = |took: Duration| format!("{:.1} s", took.as_secs_f32());
    let mut lines = vec![format!("slowest of {} together:", seconds(whole))];
    let slowest = times.iter().take(SLOWEST);
    lines.extend(slowest.map(|(took, name)| format!("  {}  {name}", seconds(*took))));
    lines.join("\n")
}

/// Says what is covered, and what is not.
fn coverage() -> String {
    covered(|coverage| {
        let mut lines = vec!["servers:".to_owned()];
        for (target, (ran, lacking)) in coverage {
            lines.push(format!("  {target}: {ran} ran"));
            for (reason, number) in lacking {
                lines.push(format!("  {target}: {number} DID NOT RUN: {reason}"));
            }
        }
        lines.join("\n")
    })
}

/// Makes the tests of stories, one for each server.
fn tests_of(stories: Vec<Story>, arguments: &Arguments) -> Vec<Trial> {
    let mut trials = Vec::new();
    for story in stories {
        // What is rewritten is what the first server shows; the others are asked the next time.
        let mut left = if is_update() { 1 } else { usize::MAX };
        for (target, lacks) in story.targets.clone() {
            let name = format!("{} [{target}]", story.name);
            let is_wanted = arguments
                .filter
                .as_ref()
                .is_none_or(|part| name.contains(part));
            if let Some(reason) = lacks {
                let counted = reason.clone();
                if is_wanted {
                    covered(|all| {
                        *all.entry(target).or_default().1.entry(counted).or_default() += 1;
                    });
                }
                let trial = Trial::test(name, || Err(reason.into()));
                trials.push(trial.with_ignored_flag(true));
            } else if left > 0 {
                left -= 1;
                let fails = story.page.fails.is_some();
                if fails && is_wanted {
                    let words = "it does not hold yet, as its page says".to_owned();
                    covered(|all| *all.entry(target).or_default().1.entry(words).or_default() += 1);
                }
                let story = story.clone();
                let trial = Trial::test(name.clone(), move || {
                    covered(|all| all.entry(target).or_default().0 += 1);
                    let began = Instant::now();
                    let checked = story.check(target).map_err(Failed::from);
                    let mut times = TIMES.lock().unwrap_or_else(PoisonError::into_inner);
                    times.push((began.elapsed(), name.clone()));
                    checked
                });
                trials.push(trial.with_ignored_flag(fails));
            }
        }
    }
    trials
}

#[expect(clippy::print_stdout, reason = "the last lines are for people")]
fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = vec![test("script::pages_survive", script::pages_survive)];
    trials.extend(layers::tests());
    trials.extend(codes::tests());
    trials.extend(contracts::tests());
    trials.extend(conformance::tests());
    trials.extend(random::tests());
    trials.extend(load::tests());
    trials.extend(access::tests());
    let stories = folder::stories().and_then(|mut stories| {
        stories.extend(examples::stories()?);
        Ok(stories)
    });
    match stories {
        Ok(stories) => trials.extend(tests_of(stories, &arguments)),
        Err(reason) => trials.push(Trial::test("stories are read", || Err(reason.into()))),
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if !arguments.list {
        let mut words = [coverage(), times()].join("\n");
        for line in load::summary().into_iter().chain(access::summary()) {
            words.push('\n');
            words.push_str(&line);
        }
        println!("{words}\n");
        let written = std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/servers.txt"), words);
        written.expect("the folder of the tests can be written to");
    }
    conclusion.exit_code()
}
