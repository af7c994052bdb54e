//! Spans of a run for OpenTelemetry: one for the command, one inside for every statement, where `OTEL_*` says who
//! collects them. They are sent once, at the end; that nobody takes them changes nothing about the run.
//!
//! Source: OpenTelemetry, OTLP 1.x over HTTP as JSON; "OpenTelemetry Protocol Exporter" for the variables; W3C Trace
//! Context for `TRACEPARENT`.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::notify::post;

/// How many spans are sent at most: the slowest are kept.
const MOST: usize = 2_000;

/// The target of events about statements.
pub(crate) const TARGET: &str = "sql";

/// A statement that ran.
#[derive(Debug, Clone)]
struct Statement {
    sql: String,
    place: String,
    error: Option<String>,
    ended: SystemTime,
    took: Duration,
}

/// Where spans go, and those of this run.
#[derive(Debug, Clone)]
pub(crate) struct Spans {
    url: String,
    headers: Vec<(String, String)>,
    service: String,
    parent: Option<(String, String)>,
    began: SystemTime,
    statements: Arc<Mutex<Vec<Statement>>>,
}

/// Collects spans of statements.
pub(crate) struct Collector(Arc<Mutex<Vec<Statement>>>);

impl Spans {
    /// Begins to collect, where variables of the environment say who wants to know.
    pub(crate) fn begin(set: &dyn Fn(&str) -> Option<String>) -> Option<Self> {
        let is_off = set("OTEL_SDK_DISABLED").is_some_and(|off| off.eq_ignore_ascii_case("true"));
        let is_none = set("OTEL_TRACES_EXPORTER").is_some_and(|exporter| exporter == "none");
        if is_off || is_none {
            return None;
        }
        let base = || {
            let base = set("OTEL_EXPORTER_OTLP_ENDPOINT")?;
            Some(format!("{}/v1/traces", base.trim_end_matches('/')))
        };
        let url = set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or_else(base)?;
        let headers = set("OTEL_EXPORTER_OTLP_TRACES_HEADERS")
            .or_else(|| set("OTEL_EXPORTER_OTLP_HEADERS"))
            .unwrap_or_default();
        let headers = headers
            .split(',')
            .filter_map(|header| header.split_once('='));
        Some(Self {
            url,
            headers: headers
                .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
                .collect(),
            service: set("OTEL_SERVICE_NAME").unwrap_or_else(|| "estate".to_owned()),
            parent: set("TRACEPARENT").as_deref().and_then(parent),
            began: SystemTime::now(),
            statements: Arc::default(),
        })
    }

    /// Returns what collects.
    pub(crate) fn collector(&self) -> Collector {
        Collector(Arc::clone(&self.statements))
    }

    /// Sends everything.
    ///
    /// # Errors
    /// Why nobody took it, in words without the address.
    pub(crate) fn end(self, command: &str, exit: u8) -> Result<(), String> {
        let body = serde_json::to_vec(&self.traces(command, exit, SystemTime::now(), &random));
        let body = body.map_err(|error| error.to_string())?;
        post::post(&self.url, &self.headers, &body)
    }

    fn traces(
        &self,
        command: &str,
        exit: u8,
        ended: SystemTime,
        id: &dyn Fn(usize) -> String,
    ) -> Json {
        let (trace, parent) = self
            .parent
            .clone()
            .unwrap_or_else(|| (id(16), String::new()));
        let root = id(8);
        let mut all = std::mem::take(
            &mut *self
                .statements
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        let count = all.len();
        if count > MOST {
            all.sort_by_key(|one| std::cmp::Reverse(one.took));
            all.truncate(MOST);
            all.sort_by_key(|one| one.ended);
        }
        let failed = !matches!(exit, 0 | 2);
        let mut spans = vec![json!({
            "traceId": trace,
            "spanId": root,
            "parentSpanId": parent,
            "name": format!("estate {command}"),
            "kind": 1,
            "startTimeUnixNano": nanos(self.began),
            "endTimeUnixNano": nanos(ended),
            "attributes": [number("process.exit.code", u64::from(exit)), number("estate.statements", count as u64)],
            "status": { "code": if failed { 2 } else { 1 } },
        })];
        spans.extend(all.iter().map(|one| {
            let mut attributes = vec![
                text("db.system.name", "postgresql"),
                text("db.query.text", &one.sql),
            ];
            if !one.place.is_empty() {
                attributes.push(text("db.namespace", &one.place));
            }
            attributes.extend(one.error.as_ref().map(|error| text("error.message", error)));
            json!({
                "traceId": trace,
                "spanId": id(8),
                "parentSpanId": root,
                "name": one.sql.split(' ').take(2).collect::<Vec<_>>().join(" "),
                "kind": 3,
                "startTimeUnixNano": nanos(one.ended - one.took),
                "endTimeUnixNano": nanos(one.ended),
                "attributes": attributes,
                "status": { "code": if one.error.is_some() { 2 } else { 1 } },
            })
        }));
        let version = env!("CARGO_PKG_VERSION");
        json!({ "resourceSpans": [{
            "resource": { "attributes": [text("service.name", &self.service), text("service.version", version)] },
            "scopeSpans": [{ "scope": { "name": "estate", "version": version }, "spans": spans }],
        }]})
    }
}

impl<S: Subscriber> Layer<S> for Collector {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let Some(took) = fields.took else { return };
        let mut statements = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        statements.push(Statement {
            sql: fields.sql,
            place: fields.place,
            error: fields.error,
            ended: SystemTime::now(),
            took,
        });
    }
}

/// The fields of an event about a statement.
#[derive(Debug, Default)]
struct Fields {
    sql: String,
    place: String,
    error: Option<String>,
    took: Option<Duration>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = format!("{value:?}");
        match field.name() {
            "message" => self.sql = value,
            "place" => self.place = value,
            "error" => self.error = Some(value),
            "took" => self.took = duration(&value),
            _ => {}
        }
    }
}

/// Reads a duration as it is written for debugging: `1.5ms`.
fn duration(text: &str) -> Option<Duration> {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    let number: f64 = text[..text.len() - unit.len()].parse().ok()?;
    let nanos = match unit {
        "ns" => number,
        "µs" => number * 1e3,
        "ms" => number * 1e6,
        "s" => number * 1e9,
        _ => return None,
    };
    Some(Duration::from_secs_f64(nanos / 1e9))
}

/// Reads `00-TRACE-SPAN-01`.
fn parent(text: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = text.split('-').collect();
    let is_id = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    match parts[..] {
        [_, trace, span, ..] if is_id(trace, 32) && is_id(span, 16) => {
            Some((trace.to_owned(), span.to_owned()))
        }
        _ => None,
    }
}

fn nanos(at: SystemTime) -> String {
    at.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_nanos()
        .to_string()
}

fn text(key: &str, value: &str) -> Json {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn number(key: &str, value: u64) -> Json {
    json!({ "key": key, "value": { "intValue": value.to_string() } })
}

/// Makes an id of so many bytes.
fn random(length: usize) -> String {
    let mut bytes = vec![0; length];
    // Without random numbers the clock has to do: an id is a name.
    if getrandom::fill(&mut bytes).is_err() {
        let now = nanos(SystemTime::now());
        bytes = now.bytes().rev().cycle().take(length).collect();
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_they_are_written() {
        for nanos in [
            1,
            999,
            1_500,
            2_000_000,
            1_234_567,
            3_000_000_000,
            61_500_000_000,
        ] {
            let took = Duration::from_nanos(nanos);
            let read = duration(&format!("{took:?}")).unwrap_or_default();
            assert!(
                read.abs_diff(took) < Duration::from_nanos(2),
                "{took:?} {read:?}"
            );
        }
        assert_eq!(duration("soon"), None);
    }

    #[test]
    fn the_spans_of_a_run_are_one_tree_in_the_trace_it_belongs_to() {
        let given = |name: &str| {
            let value = match name {
                "OTEL_EXPORTER_OTLP_ENDPOINT" => "http://collector:4318/",
                "OTEL_EXPORTER_OTLP_HEADERS" => "a=1, b=2=3",
                "TRACEPARENT" => "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01",
                _ => return None,
            };
            Some(value.to_owned())
        };
        let Some(spans) = Spans::begin(&given) else {
            panic!("somebody collects");
        };
        assert_eq!(spans.url, "http://collector:4318/v1/traces");
        assert_eq!(spans.headers[1], ("b".to_owned(), "2=3".to_owned()));
        spans.statements.lock().unwrap().push(Statement {
            sql: "create table t ()".to_owned(),
            place: "shop".to_owned(),
            error: None,
            ended: UNIX_EPOCH + Duration::from_secs(10),
            took: Duration::from_secs(4),
        });
        let traces = spans.traces("apply", 0, SystemTime::now(), &|length| {
            "f".repeat(length * 2)
        });
        let all = &traces["resourceSpans"][0]["scopeSpans"][0]["spans"];
        assert_eq!(all[0]["parentSpanId"], "0123456789abcdef");
        assert_eq!(all[1]["traceId"], "0123456789abcdef0123456789abcdef");
        assert_eq!(all[1]["parentSpanId"], all[0]["spanId"]);
        assert_eq!(all[1]["name"], "create table");
        assert_eq!(all[1]["startTimeUnixNano"], "6000000000");
        assert!(Spans::begin(&|_| None).is_none());
    }
}
