//! Random worlds of the fake platform: consistent sets of objects, and orders drawn at random.

use std::collections::BTreeMap;

use model::{Address, Catalog, Edge, Object, Reference};
use petgraph::graph::NodeIndex;
use plan::order::Choose;
use proptest::prelude::*;
use provider::encode;
use provider::fake::{Area, Badge, Clock, Lean, Lens, Part, Thing};

/// One object in the making: numbers that become names and references.
#[derive(Debug, Clone)]
pub(crate) struct Seed {
    area: u8,
    name: u8,
    kind: u8,
    size: i64,
    shape: u8,
    parts: Vec<(u8, u8)>,
    on: Vec<(usize, u8)>,
}

pub(crate) fn seeds() -> impl Strategy<Value = Vec<Seed>> {
    let seed = (
        0..3u8,
        0..5u8,
        0..4u8,
        0..3i64,
        0..2u8,
        proptest::collection::vec((0..4u8, 0..3u8), 0..4),
        proptest::collection::vec((any::<prop::sample::Index>(), 0..4u8), 0..3),
    )
        .prop_map(|(area, name, kind, size, shape, parts, on)| Seed {
            area,
            name,
            kind,
            size,
            shape,
            parts,
            on: on
                .into_iter()
                .map(|(at, part)| (at.index(64), part))
                .collect(),
        });
    proptest::collection::vec(seed, 0..12)
}

pub(crate) fn area(number: u8) -> Address {
    Address::new("fake", "area", [format!("a{number}")])
}

/// Grows seeds into a catalog in which every object stands on what comes before it.
pub(crate) fn grow(seeds: &[Seed], rendered: bool) -> Catalog {
    let mut catalog = Catalog::default();
    let mut things: Vec<(Address, Vec<String>)> = Vec::new();
    let mut taken = BTreeMap::new();
    for seed in seeds {
        let place = area(seed.area);
        if !catalog.contains(&place) {
            let attributes = encode(&Area {
                comment: Some(format!("{}", seed.shape)),
            });
            catalog.insert(Object::new(place.clone(), attributes));
        }
        let path = [format!("a{}", seed.area), format!("n{}", seed.name)];
        if taken.insert(path.clone(), ()).is_some() {
            continue;
        }
        let leans = || -> Vec<Lean> {
            let mut leans: Vec<Lean> = seed
                .on
                .iter()
                .filter(|_| !things.is_empty())
                .filter_map(|(at, part)| {
                    let (on, parts) = &things[at % things.len()];
                    let part = parts.get(usize::from(*part) % parts.len().max(1))?.clone();
                    Some(Lean {
                        on: Reference(on.clone()),
                        part,
                    })
                })
                .collect();
            leans.sort_by(|a, b| (&a.on, &a.part).cmp(&(&b.on, &b.part)));
            leans.dedup();
            leans
        };
        let object = match seed.kind {
            0 => {
                let mut parts: Vec<Part> = seed
                    .parts
                    .iter()
                    .map(|(name, sort)| Part {
                        name: format!("p{name}"),
                        sort: format!("s{sort}"),
                    })
                    .collect();
                parts.sort_by(|a, b| a.name.cmp(&b.name));
                parts.dedup_by(|a, b| a.name == b.name);
                let mut uses: Vec<Reference> = seed
                    .on
                    .iter()
                    .filter(|_| !things.is_empty())
                    .map(|(at, _)| Reference(things[at % things.len()].0.clone()))
                    .collect();
                uses.sort();
                uses.dedup();
                let address = Address::new("fake", "thing", path);
                let names = parts.iter().map(|part| part.name.clone()).collect();
                things.push((address.clone(), names));
                let shape = Some(format!("shape {}", seed.shape));
                Object::new(
                    address,
                    encode(&Thing {
                        size: seed.size,
                        shape,
                        part: parts,
                        uses,
                    }),
                )
            }
            1 => {
                let body = format!("Body {}", seed.size);
                let body = if rendered { body.to_lowercase() } else { body };
                lean_object("lens", path, leans(), |leans| encode(&Lens { body, leans }))
            }
            2 => lean_object("badge", path, leans(), |leans| {
                encode(&Badge {
                    motto: format!("motto {}", seed.shape),
                    leans,
                })
            }),
            _ => {
                let clock = Clock {
                    ticks: seed.shape == 0,
                    rate: format!("rate {}", seed.size),
                    text: leans().iter().map(|lean| lean.on.0.to_string()).collect(),
                };
                let address = Address::new("fake", "clock", [format!("c{}", seed.name)]);
                let mut object = Object::new(address, encode(&clock));
                if !rendered {
                    object.edges = clock.text.iter().map(|on| Edge::to(parse(on))).collect();
                }
                catalog.insert(object);
                continue;
            }
        };
        let mut object = object;
        object.edges.insert(Edge::to(place));
        catalog.insert(object);
    }
    catalog
}

/// Returns the address of what a clock looks at.
pub(crate) fn parse(text: &str) -> Address {
    text.parse().expect("a clock names what there is")
}

/// Returns seeds of which no clock grows.
pub(crate) fn without_clocks(mut seeds: Vec<Seed>) -> Vec<Seed> {
    seeds.retain(|seed| seed.kind < 3);
    seeds
}

fn lean_object(
    kind: &str,
    path: [String; 2],
    leans: Vec<Lean>,
    make: impl FnOnce(Vec<Lean>) -> model::Map,
) -> Object {
    let edges = leans
        .iter()
        .map(|lean| Edge {
            on: lean.on.0.clone(),
            part: Some(format!("part {}", lean.part)),
            by: None,
        })
        .collect();
    Object {
        edges,
        ..Object::new(Address::new("fake", kind, path), make(leans))
    }
}

/// Chooses among ready steps by a stream of numbers.
pub(crate) struct Drawn {
    numbers: Vec<u16>,
    at: usize,
    ready: Vec<NodeIndex>,
}

impl Drawn {
    pub(crate) fn new(numbers: &[u16]) -> Self {
        Self {
            numbers: numbers.to_vec(),
            at: 0,
            ready: Vec::new(),
        }
    }
}

impl Choose for Drawn {
    fn ready(&mut self, node: NodeIndex) {
        self.ready.push(node);
    }

    fn next(&mut self) -> NodeIndex {
        let number = self
            .numbers
            .get(self.at % self.numbers.len().max(1))
            .copied()
            .unwrap_or(0);
        self.at += 1;
        self.ready
            .swap_remove(usize::from(number) % self.ready.len())
    }
}
