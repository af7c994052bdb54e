//! Rules over the types of a kind: attributes become the struct, and what it answers comes back out.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::time::Duration;

use model::{Address, Facts, Map, Object, Record, Statement, transcode};
use schemars::generate::SchemaSettings;
use serde_json::Value as Json;

use super::{Rules, encode, keep_secrets, typed};
use crate::kind::{
    Alter, At, Capabilities, Kind, Nested, OUT_OF_PLACE, Problem, Settling, Standing, Suspension,
    Swap, Within,
};

struct Erased<K>(PhantomData<fn() -> K>);

/// Returns the rules of a kind, for a constant list.
#[must_use]
pub const fn rules<K: Kind>() -> impl Rules {
    Erased::<K>(PhantomData)
}

impl<K: Kind> Rules for Erased<K> {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn namespace(&self) -> &'static str {
        K::NAMESPACE
    }

    fn within(&self) -> Option<Within> {
        K::WITHIN
    }

    fn named_in(&self) -> Option<Within> {
        K::NAMED_IN
    }

    fn nested(&self) -> &'static [Nested] {
        K::NESTED
    }

    fn is_clause(&self) -> bool {
        K::CLAUSE
    }

    fn is_internal(&self) -> bool {
        K::INTERNAL
    }

    fn is_rendered(&self) -> bool {
        K::RENDERED
    }

    fn follows(&self, is_declared: bool) -> bool {
        K::FOLLOWS && !(is_declared && K::FOLLOWS_ROUGHLY)
    }

    fn outlives(&self, kind: &str) -> bool {
        K::OUTLIVES.contains(&kind)
    }

    fn takes_along(&self, kind: &str) -> bool {
        K::TAKES_ALONG.contains(&kind)
    }

    fn is_rebuildable(&self) -> bool {
        K::REBUILDABLE
    }

    fn makes_room(&self) -> bool {
        K::MAKES_ROOM
    }

    fn suspended(
        &self,
        live: &Object,
        declared: Option<&Object>,
        usual: Duration,
        platform: &Capabilities,
    ) -> Option<Suspension<Map>> {
        if !K::RUNS {
            return None;
        }
        let present: K = typed(&live.attributes);
        let declared: Option<K> = declared.map(|declared| typed(&declared.attributes));
        let at = At {
            address: &live.address,
            platform,
            facts: &live.facts,
        };
        let Suspension {
            parked,
            stopped,
            when,
        } = present.suspended(declared.as_ref(), usual, &at)?;
        Some(Suspension {
            parked: parked.map(|(parked, wait)| (encode(&parked), wait)),
            stopped: encode(&stopped),
            when,
        })
    }

    fn unlike(&self, object: &Object, platform: &Capabilities) -> Option<String> {
        let kind: K = typed(&object.attributes);
        kind.unlike(&At {
            address: &object.address,
            platform,
            facts: &object.facts,
        })
    }

    fn watches(&self) -> bool {
        K::WATCHES
    }

    fn schema(&self) -> Json {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.inline_subschemas = true;
        });
        settings
            .into_generator()
            .into_root_schema_for::<K>()
            .to_value()
    }

    fn path(&self, parent: Option<&Address>, name: &str) -> Vec<String> {
        K::path(parent, name)
    }

    fn own_name(&self, body: &model::Body) -> Option<String> {
        K::own_name(body)
    }

    fn is_by_contents(&self) -> bool {
        K::BY_CONTENTS
    }

    fn named_by(&self) -> Option<&'static str> {
        K::NAMED_BY
    }

    fn signature(&self, body: &model::Body) -> Option<String> {
        K::signature(body)
    }

    fn decode(
        &self,
        address: &Address,
        attributes: Map,
        platform: &Capabilities,
    ) -> Result<Object, Vec<Problem>> {
        let mut kind: K = transcode::from_map(&attributes).map_err(|error| {
            vec![Problem::new(
                [],
                "wrong contents",
                format!("{}: {error}", K::NAME),
            )]
        })?;
        let facts = Facts::default();
        let problems = kind.normalize(&At {
            address,
            platform,
            facts: &facts,
        });
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut object = Object::new(address.clone(), encode(&kind));
        object.edges = kind.edges(&At {
            address,
            platform,
            facts: &facts,
        });
        keep_secrets(&attributes, &mut object.attributes);
        Ok(object)
    }

    fn settle(
        &self,
        desired: &mut Object,
        live: &Object,
        standing: Standing<'_>,
        platform: &Capabilities,
    ) {
        let mut next: K = typed(&desired.attributes);
        let present: K = typed(&live.attributes);
        let secret = |name: &str| model::secret::find(&desired.attributes, name).cloned();
        next.settle(
            &present,
            &Settling {
                address: &live.address,
                facts: &live.facts,
                version: platform.version,
                standing,
                secret: &secret,
            },
        );
        let mut settled = encode(&next);
        keep_secrets(&desired.attributes, &mut settled);
        desired.attributes = settled;
    }

    fn give_back(&self, object: &mut Object, record: &Record, platform: &Capabilities) {
        let mut kind: K = typed(&object.attributes);
        kind.give_back(&Settling {
            address: &object.address,
            facts: &object.facts,
            version: platform.version,
            standing: Standing {
                record: Some(record),
                ..Standing::default()
            },
            secret: &|_| None,
        });
        object.attributes = encode(&kind);
    }

    fn is_left_behind(&self) -> bool {
        K::LEFT_BEHIND
    }

    fn as_given(&self, live: &Object) -> Object {
        let mut typed: K = typed(&live.attributes);
        typed.as_given();
        let mut attributes = encode(&typed);
        keep_secrets(&live.attributes, &mut attributes);
        Object {
            attributes,
            ..live.clone()
        }
    }

    fn loosened(&self, object: &Object, parts: &BTreeSet<String>) -> Object {
        let typed: K = typed(&object.attributes);
        let mut attributes = encode(&typed.loosened(parts));
        keep_secrets(&object.attributes, &mut attributes);
        Object {
            attributes,
            ..object.clone()
        }
    }

    fn out_of_place(
        &self,
        object: &Object,
        live: Option<&Object>,
        find: &dyn Fn(&Address) -> Option<Object>,
        platform: &Capabilities,
    ) -> Object {
        let kind: K = typed(&object.attributes);
        let live: Option<K> = live.map(|live| typed(&live.attributes));
        let at = At {
            address: &object.address,
            platform,
            facts: &object.facts,
        };
        let mut attributes = encode(&kind.out_of_place(live.as_ref(), find, &at));
        keep_secrets(&object.attributes, &mut attributes);
        let mut next = Object {
            attributes,
            ..object.clone()
        };
        next.facts
            .notes
            .insert(OUT_OF_PLACE.to_owned(), true.into());
        next
    }

    fn create(&self, object: &Object, platform: &Capabilities) -> Vec<Statement> {
        let typed: K = typed(&object.attributes);
        typed.create(&At {
            address: &object.address,
            platform,
            facts: &object.facts,
        })
    }

    fn fill(&self, object: &Object, platform: &Capabilities) -> Vec<Statement> {
        let typed: K = typed(&object.attributes);
        typed.fill(&At {
            address: &object.address,
            platform,
            facts: &object.facts,
        })
    }

    fn alter(&self, live: &Object, desired: &Object, platform: &Capabilities) -> Alter {
        if live.attributes == desired.attributes {
            return Alter::in_place(Vec::new());
        }
        let present: K = typed(&live.attributes);
        let next: K = typed(&desired.attributes);
        let facts = live.facts.becoming(&desired.facts);
        present.alter(
            &next,
            &At {
                address: &desired.address,
                platform,
                facts: &facts,
            },
        )
    }

    fn swap(&self) -> Swap {
        K::SWAP
    }

    fn kept(&self) -> &'static [&'static str] {
        K::KEPT
    }

    fn companions(&self, object: &Object, platform: &Capabilities) -> Vec<Address> {
        let typed: K = typed(&object.attributes);
        typed.companions(&At {
            address: &object.address,
            platform,
            facts: &object.facts,
        })
    }

    fn publish(&self, object: &Object, made: &Object, platform: &Capabilities) -> Vec<Statement> {
        let (next, made_as): (K, K) = (typed(&object.attributes), typed(&made.attributes));
        let at = At {
            address: &made.address,
            platform,
            facts: &made.facts,
        };
        next.publish(&made_as, &at, &object.address)
    }

    fn ready(&self, object: &Object, platform: &Capabilities) -> Vec<Statement> {
        let typed: K = typed(&object.attributes);
        typed.ready(&At {
            address: &object.address,
            platform,
            facts: &object.facts,
        })
    }

    fn undo(&self, object: &Object, platform: &Capabilities) -> Option<model::Undo> {
        let typed: K = typed(&object.attributes);
        typed.undo(&At {
            address: &object.address,
            platform,
            facts: &object.facts,
        })
    }

    fn remove(&self, object: &Object, platform: &Capabilities) -> Vec<Statement> {
        let typed: K = typed(&object.attributes);
        typed.remove(&At {
            address: &object.address,
            platform,
            facts: &object.facts,
        })
    }

    fn aside(
        &self,
        live: &Object,
        desired: Option<&Object>,
        is_on_aside: bool,
        platform: &Capabilities,
    ) -> Option<Address> {
        let present: K = typed(&live.attributes);
        let next: Option<K> = desired.map(|desired| typed(&desired.attributes));
        let at = At {
            address: &live.address,
            platform,
            facts: &live.facts,
        };
        present.aside(next.as_ref(), is_on_aside, &at)
    }

    fn along(
        &self,
        live: &Object,
        desired: Option<&Object>,
        to: &Address,
        platform: &Capabilities,
    ) -> Vec<(Address, Address)> {
        if !K::MAKES_ROOM {
            return Vec::new();
        }
        let present: K = typed(&live.attributes);
        let next: Option<K> = desired.map(|desired| typed(&desired.attributes));
        let at = At {
            address: &live.address,
            platform,
            facts: &live.facts,
        };
        present.along(next.as_ref(), &at, to)
    }

    fn succeed(
        &self,
        desired: &Object,
        former: &Object,
        platform: &Capabilities,
    ) -> Vec<Statement> {
        let next: K = typed(&desired.attributes);
        let at = At {
            address: &desired.address,
            platform,
            facts: &desired.facts,
        };
        let is_same = former.address.kind() == K::NAME;
        let typed: Option<K> = is_same.then(|| typed(&former.attributes));
        next.succeed(typed.as_ref(), &former.address, &at)
    }

    fn beside(
        &self,
        live: &Object,
        desired: &Object,
        name: &str,
        platform: &Capabilities,
    ) -> Option<Vec<Statement>> {
        let (present, next): (K, K) = (typed(&live.attributes), typed(&desired.attributes));
        let at = At {
            address: &desired.address,
            platform,
            facts: &desired.facts,
        };
        next.beside(&present, name, &at)
    }

    fn leave(
        &self,
        object: &Object,
        successor: &Address,
        platform: &Capabilities,
    ) -> Vec<Statement> {
        let typed: K = typed(&object.attributes);
        let at = At {
            address: &object.address,
            platform,
            facts: &object.facts,
        };
        typed.leave(successor, &at)
    }

    fn rename(
        &self,
        object: &Object,
        to: &Address,
        platform: &Capabilities,
    ) -> Option<Vec<Statement>> {
        let typed: K = typed(&object.attributes);
        typed.rename(
            &At {
                address: &object.address,
                platform,
                facts: &object.facts,
            },
            to,
        )
    }
}
