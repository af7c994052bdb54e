//! How long it takes to say who can do what in a large database, and to hold two of them against each other:
//! 10,000 tables, 500 roles, 200,000 grants.
//!
//! `cargo run --release -p access --example large`

use std::time::Instant;

use access::{Access, Filter, Manner, Names, Snapshot, compare};
use provider::access::{Class, Given, Membership, Pass, Population, Role, Thing};

const TABLES: usize = 10_000;
const ROLES: usize = 500;
const GRANTS_EACH: usize = 20;

/// Draws numbers that look random and are the same each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % bound
    }
}

fn population(seed: u64) -> Population {
    let mut draw = Draw(seed);
    let role = |number: usize| format!("role_{number:03}");
    let words = |all: &[&str]| all.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>();
    let mut population = Population::default();
    let pass = Pass {
        kind: "schema".to_owned(),
        parts: 2,
        privilege: "usage".to_owned(),
        logins_only: false,
    };
    let privileges = words(&["delete", "insert", "select", "update"]);
    let table = Class {
        privileges: privileges.clone(),
        passes: vec![pass],
        ..Class::default()
    };
    let schema = Class {
        privileges: words(&["create", "usage"]),
        ..Class::default()
    };
    population.classes.insert("table".to_owned(), table);
    population.classes.insert("schema".to_owned(), schema);
    for number in 0..ROLES {
        population.roles.push(Role {
            name: role(number),
            login: number % 2 == 0,
            ..Role::default()
        });
        // Each is in two roles of the first fifth, which makes chains there.
        for _ in 0..2 {
            let above = draw.below(ROLES / 5).min(number.saturating_sub(1));
            if above != number {
                population.memberships.push(Membership {
                    role: role(above),
                    member: role(number),
                    by: None,
                    inherit: draw.below(5) > 0,
                    set: true,
                    admin: false,
                    within: None,
                });
            }
        }
    }
    for number in 0..100 {
        let given = (0..50).map(|_| Given {
            to: Some(role(draw.below(ROLES))),
            by: role(0),
            option: false,
            privileges: words(&["usage"]),
        });
        population.things.push(Thing {
            kind: "schema".to_owned(),
            path: vec!["shop".to_owned(), format!("s{number}")],
            owner: role(0),
            grants: Some(given.collect()),
            columns: Vec::new(),
            row_security: provider::access::RowSecurity::Off,
        });
    }
    for number in 0..TABLES {
        let given = (0..GRANTS_EACH).map(|_| {
            // Mostly to those that few others have the rights of, as it is.
            let to = role(ROLES / 10 + draw.below(ROLES - ROLES / 10));
            Given {
                to: Some(to),
                by: role(0),
                option: false,
                privileges: vec![privileges[draw.below(privileges.len())].clone()],
            }
        });
        let given: Vec<Given> = given.collect();
        population.things.push(Thing {
            kind: "table".to_owned(),
            path: vec![
                "shop".to_owned(),
                format!("s{}", number % 100),
                format!("t{number}"),
            ],
            owner: role(draw.below(ROLES)),
            grants: Some(given),
            columns: Vec::new(),
            row_security: provider::access::RowSecurity::Off,
        });
    }
    population
}

#[expect(clippy::print_stdout, reason = "it is for people")]
fn main() {
    let one = population(1);
    let mut other = one.clone();
    let snapshot = serde_size(&one);
    if let Some(Some(grants)) = other.things.last_mut().map(|thing| thing.grants.as_mut()) {
        grants.remove(0);
    }
    let began = Instant::now();
    let a = Access::of(one);
    println!(
        "closure of {ROLES} roles and {TABLES} tables: {:?}",
        began.elapsed()
    );
    let began = Instant::now();
    let mut cells = 0;
    for target in a.targets() {
        cells += a.cells(target).len();
    }
    println!(
        "{} grants give {cells} effective rights: {:?}",
        TABLES * GRANTS_EACH,
        began.elapsed()
    );
    let b = Access::of(other);
    let began = Instant::now();
    let names = Names::between(&a, &b, None, &[]).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let comparison = compare(&a, &b, names, Manner::default(), &Filter::default());
    println!(
        "compared with another one: {:?}, {} differences, {} the same, in {} groups",
        began.elapsed(),
        comparison.differences(),
        comparison.same,
        comparison.groups().len()
    );
    println!("a snapshot of it has {snapshot} bytes");
}

fn serde_size(population: &Population) -> usize {
    let mut snapshot = Snapshot {
        kind: access::snapshot::KIND.to_owned(),
        format: access::snapshot::FORMAT,
        tool: String::new(),
        taken_at: String::new(),
        project: None,
        environment: None,
        version: None,
        server: access::Server::default(),
        complete: true,
        population: population.clone(),
        digest: String::new(),
    };
    snapshot.seal();
    snapshot.text().len()
}
