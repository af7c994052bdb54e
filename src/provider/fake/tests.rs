//! The fake keeps to what every provider must.

use model::{Address, Map, Value};
use serde_json::json;

use super::{Fake, FakeSession, World};
use crate::conformance::{Sample, check};

fn map(json: serde_json::Value) -> Map {
    match Value::from_json(json) {
        Ok(Value::Map(map)) => map,
        other => panic!("a sample is an object: {other:?}"),
    }
}

fn sample(
    kind: &str,
    path: &[&str],
    first: serde_json::Value,
    second: serde_json::Value,
) -> Sample {
    Sample {
        address: Address::new("fake", kind, path.iter().copied()),
        first: map(first),
        second: Some(map(second)),
    }
}

/// Runs a future that is ready at once, as those of the fake are.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => unreachable!("the fake never waits"),
    }
}

#[test]
fn the_fake_conforms() {
    let samples = [
        sample("area", &["a"], json!({}), json!({"comment": "words"})),
        sample(
            "thing",
            &["a", "t"],
            json!({"size": 1, "part": [{"name": "p", "sort": "x"}]}),
            json!({"size": 2, "part": [{"name": "p", "sort": "x"}, {"name": "q", "sort": "y"}]}),
        ),
        sample(
            "lens",
            &["a", "l"],
            json!({"body": "Words"}),
            json!({"body": "Others"}),
        ),
        sample(
            "badge",
            &["a", "b"],
            json!({"motto": "one"}),
            json!({"motto": "two"}),
        ),
        sample(
            "clock",
            &["c"],
            json!({"ticks": true, "rate": "hourly"}),
            json!({"ticks": false, "rate": "daily"}),
        ),
    ];
    let mut session = FakeSession::new(World::default());
    let broken = now(check(&Fake, &mut session, "", &samples)).expect("the fake never fails");
    assert_eq!(broken, Vec::<String>::new());
    assert_eq!(session.world, World::default(), "something is left behind");
}

#[test]
fn a_missing_sample_is_noticed() {
    let samples = [sample(
        "area",
        &["a"],
        json!({}),
        json!({"comment": "words"}),
    )];
    let mut session = FakeSession::new(World::default());
    let broken = now(check(&Fake, &mut session, "", &samples)).expect("the fake never fails");
    assert!(
        broken.contains(&"thing: there is no sample".to_owned()),
        "{broken:?}"
    );
}
