//! The store in a file: what is appended is what is loaded, for every realm on its own.

mod objects;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use model::{Address, Claim, DeclarationId, Fingerprint, Map, Records};
use proptest::prelude::*;

use crate::{
    AuditOutcome, AuditRecord, Audited, Begun, Done, Ended, Entry, Error, Failed, FileStore,
    Holder, Intended, Lock, NO_STATE, Outcome, Put, Realm, Store, replay,
};

/// Runs a future that is ready at once, as those of a file are.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => unreachable!("a file never waits"),
    }
}

fn realm(environment: &str) -> Realm {
    Realm {
        project: "shop".to_owned(),
        environment: environment.to_owned(),
    }
}

fn holder() -> Holder {
    Holder {
        user: "ann".to_owned(),
        host: "desk".to_owned(),
        process: 7,
        since: "2026-01-01T00:00:00Z".to_owned(),
        command: "apply".to_owned(),
    }
}

fn table(number: u8) -> Address {
    Address::new("fake", "thing", ["a".to_owned(), format!("t{number}")])
}

fn claim(address: &Address) -> Claim {
    Claim {
        id: DeclarationId::root("thing", address.name()),
        declared: Fingerprint::of_bytes(b"declared"),
        prevent_destroy: false,
        partial: false,
        share: None,
        kept: Default::default(),
    }
}

fn content(size: i64) -> Map {
    Map::from([("size".to_owned(), size.into())])
}

fn put(number: u8, size: i64) -> Put {
    let address = table(number);
    Put::new(address.clone(), claim(&address), content(size))
}

fn begun(serial: u64) -> Entry {
    Entry::Begun(Begun {
        serial,
        by: holder(),
        estate: "0.1.0".to_owned(),
        digest: "d".to_owned(),
        approvals: Vec::new(),
        commit: String::new(),
        dirty: false,
        summary: [1, 0, 0],
    })
}

fn done(serial: u64, batch: usize, puts: Vec<Put>, gone: Vec<Address>) -> Entry {
    Entry::Done(Done {
        serial,
        batch: Some(batch),
        puts,
        gone,
        took_ms: 1,
        steps: Vec::new(),
    })
}

fn intended(serial: u64, batch: usize, numbers: &[u8]) -> Entry {
    let addresses = numbers.iter().map(|number| table(*number));
    Entry::Intended(Intended {
        serial,
        batch,
        leftovers: Vec::new(),
        claims: addresses
            .map(|address| (address.clone(), claim(&address)))
            .collect(),
    })
}

fn failed(serial: u64, batch: usize, taken_back: bool) -> Entry {
    Entry::Failed(Failed {
        serial,
        batch,
        address: None,
        taken_back,
        error: "no".to_owned(),
        steps: Vec::new(),
    })
}

fn append(store: &mut FileStore, realm: &Realm, entries: &[Entry]) {
    for entry in entries {
        now(store.append(realm, entry)).expect("the file can be written");
    }
}

fn load(store: &mut FileStore, realm: &Realm) -> Records {
    now(store.load(realm))
        .expect("the file can be read")
        .records
}

/// Gives a test a store in a folder of its own.
fn with_store(test: impl FnOnce(&mut FileStore, &std::path::Path)) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.json");
    test(&mut FileStore::new(&path, "lineage"), &path);
}

#[test]
fn what_was_never_written_is_empty_and_stays_unwritten() {
    with_store(|store, path| {
        let loaded = now(store.load(&realm("dev"))).expect("nothing to read");
        assert_eq!((loaded.serial, loaded.records.len()), (0, 0));
        assert!(!path.exists(), "reading wrote something");
    });
}

#[test]
fn realms_do_not_see_each_other_but_can_be_asked_for() {
    with_store(|store, _| {
        append(
            store,
            &realm("dev"),
            &[begun(1), done(1, 0, vec![put(1, 1)], vec![])],
        );
        append(
            store,
            &realm("prod"),
            &[begun(1), done(1, 0, vec![put(2, 1)], vec![])],
        );
        assert_eq!(
            load(store, &realm("dev")).keys().collect::<Vec<_>>(),
            [&table(1)]
        );
        let of = BTreeSet::from([table(1), table(2)]);
        let others = now(store.others(&realm("dev"), &of)).expect("readable");
        assert_eq!(others, BTreeMap::from([(table(2), vec![realm("prod")])]));
    });
}

#[test]
fn what_an_apply_meant_and_nothing_was_heard_of_is_ours_and_in_doubt() {
    with_store(|store, _| {
        let dev = realm("dev");
        append(
            store,
            &dev,
            &[begun(1), intended(1, 0, &[1]), intended(1, 1, &[2])],
        );
        append(store, &dev, &[done(1, 0, vec![put(1, 1)], vec![])]);
        let records = load(store, &dev);
        assert!(!records[&table(1)].in_doubt, "done");
        assert!(records[&table(2)].in_doubt, "never heard of");
        append(store, &dev, &[failed(1, 1, true)]);
        assert!(!load(store, &dev).contains_key(&table(2)), "taken back");
        append(store, &dev, &[intended(1, 2, &[3]), failed(1, 2, false)]);
        assert!(load(store, &dev)[&table(3)].in_doubt, "not taken back");
    });
}

#[test]
fn a_second_holder_is_refused_and_told_who_is_first() {
    with_store(|store, path| {
        let dev = realm("dev");
        let taken = now(store.lock(&dev, &holder())).expect("lockable");
        assert!(matches!(taken, Lock::Held));
        let mut second = FileStore::new(path, "other");
        match now(second.lock(&dev, &holder())).expect("asked") {
            Lock::Busy(Some(first)) => assert_eq!(first.user, "ann"),
            other => panic!("{other:?}"),
        }
        now(store.unlock(&dev)).expect("unlocked");
        let taken = now(second.lock(&dev, &holder())).expect("lockable");
        assert!(matches!(taken, Lock::Held), "the lock goes with its holder");
    });
}

#[test]
fn what_audits_found_is_noted_beside_the_rest_unless_somebody_else_is_writing() {
    with_store(|store, path| {
        let mine = realm("dev");
        let audited = Audited {
            serial: None,
            by: holder(),
            audits: vec![AuditRecord {
                audit: "audit.adults".to_owned(),
                on: table(1),
                outcome: AuditOutcome::Failed,
                found: 3,
                took_ms: 1,
                error: None,
            }],
        };
        let note = |store: &mut FileStore| now(store.note_audits(&mine, &audited)).unwrap();
        assert_eq!(note(store).as_deref(), Some(NO_STATE));
        assert!(!path.exists());
        append(
            store,
            &mine,
            &[begun(1), done(1, 0, vec![put(1, 1)], Vec::new())],
        );
        assert_eq!(note(store), None);
        assert!(fs::read_to_string(path).unwrap().contains("\"found\": 3"));
        assert_eq!(load(store, &mine).len(), 1);
        let mut other = FileStore::new(path, "other");
        assert_eq!(now(other.lock(&mine, &holder())).unwrap(), Lock::Held);
        assert!(note(store).is_some());
    });
}

#[test]
fn damage_and_newer_formats_are_seen() {
    with_store(|store, path| {
        append(
            store,
            &realm("dev"),
            &[begun(1), done(1, 0, vec![put(1, 1)], vec![])],
        );
        let text = fs::read_to_string(path).expect("written");
        fs::write(path, text.replace("\"size\"", "\"sise\"")).expect("writable");
        let failure = now(store.load(&realm("dev"))).expect_err("the checksum is wrong");
        assert!(matches!(failure, Error::Damaged { .. }), "{failure}");
        fs::write(path, text.replace("\"format\": 1", "\"format\": 99")).expect("writable");
        let failure = now(store.load(&realm("dev"))).expect_err("it is from the future");
        assert!(
            matches!(failure, Error::Newer { format: 99, .. }),
            "{failure}"
        );
    });
}

#[test]
fn whichever_byte_is_wrong_the_damage_is_seen() {
    with_store(|store, path| {
        let dev = realm("dev");
        let entries = [
            begun(1),
            intended(1, 0, &[1]),
            done(1, 0, vec![put(1, 1)], vec![]),
            begun(2),
            done(2, 0, vec![put(1, 2)], vec![]),
        ];
        append(store, &dev, &entries);
        let loaded = now(store.load(&dev)).expect("whole");
        let bytes = fs::read(path).expect("written");
        for (at, flip) in (0..bytes.len()).flat_map(|at| [(at, 1), (at, 0x20), (at, 0x80)]) {
            let mut wrong = bytes.clone();
            wrong[at] ^= flip;
            fs::write(path, &wrong).expect("writable");
            // A digit of a fingerprint may be written large or small.
            if let Ok(found) = now(store.load(&dev)) {
                assert_eq!(found, loaded, "byte {at} changed by {flip:#x} is not seen");
            }
        }
        // Neither is one that was cut off.
        for length in 0..bytes.len() - 1 {
            fs::write(path, &bytes[..length]).expect("writable");
            assert!(now(store.load(&dev)).is_err(), "{length} bytes are enough");
        }
        fs::write(path, &bytes).expect("writable");
        assert_eq!(now(store.load(&dev)).expect("whole").serial, 2);
    });
}

#[test]
fn earlier_generations_of_the_file_are_kept_and_the_oldest_go() {
    with_store(|store, path| {
        let dev = realm("dev");
        for serial in 1..=25 {
            append(
                store,
                &dev,
                &[begun(serial), done(serial, 0, vec![put(1, 1)], vec![])],
            );
        }
        let folder = path.with_extension("generations");
        let mut kept: Vec<_> = fs::read_dir(&folder)
            .expect("a folder of generations")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        kept.sort();
        assert_eq!(kept.len(), 20);
        let mut last = FileStore::new(kept.last().expect("twenty"), "ignored");
        assert_eq!(now(last.load(&dev)).expect("whole").serial, 24);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Loading gives what replaying the entries gives.
    #[test]
    fn a_file_is_the_fold_of_its_entries(
        steps in prop::collection::vec((0..6_u8, 0..4_i64, any::<bool>()), 0..24),
    ) {
        let mut expected: BTreeMap<Address, Fingerprint> = BTreeMap::new();
        let mut versions = Vec::new();
        with_store(|store, path| {
            let dev = realm("dev");
            for (serial, (number, size, gone)) in (1..).zip(&steps) {
                let entry = if *gone {
                    expected.remove(&table(*number));
                    done(serial, 0, Vec::new(), vec![table(*number)])
                } else {
                    let one = put(*number, *size);
                    expected.insert(table(*number), one.live);
                    done(serial, 0, vec![one], Vec::new())
                };
                let outcome = Outcome::Succeeded;
                let ended = Entry::Ended(Ended { serial, outcome, at: None });
                append(store, &dev, &[begun(serial), entry, ended]);
                versions.push((serial, expected.clone()));
            }
            let mut again = FileStore::new(path, "ignored");
            let found = load(&mut again, &dev);
            let found: BTreeMap<_, _> = found
                .into_iter()
                .map(|(address, record)| (address, record.live))
                .collect();
            assert_eq!(found, expected);
            for (serial, then) in versions {
                let recorded = now(again.recorded(&dev, serial)).expect("readable");
                let recorded: BTreeMap<_, _> = recorded
                    .expect("remembered")
                    .into_iter()
                    .map(|(address, put)| (address, put.live))
                    .collect();
                assert_eq!(recorded, then, "version {serial}");
            }
            let beside = path.with_file_name("moved.json");
            let mut moved = FileStore::new(&beside, "moved");
            for entry in now(replay(&mut again, &dev)).expect("all of it is kept") {
                now(moved.append(&dev, &entry)).expect("the file can be written");
            }
            assert_eq!(load(&mut moved, &dev), load(&mut again, &dev));
            let history = |store: &mut FileStore| now(store.history(&dev, 100)).expect("readable");
            assert_eq!(history(&mut moved), history(&mut again));
            for version in history(&mut again) {
                let then = |store: &mut FileStore| now(store.recorded(&dev, version.serial)).expect("readable");
                assert_eq!(then(&mut moved), then(&mut again));
            }
            now(again.remove(&dev)).expect("the file can be written");
            assert_eq!(now(again.load(&dev)).expect("readable").serial, 0);
        });
    }
}
