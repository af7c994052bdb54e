//! Base64, CSV, JSON, URLs and YAML.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::arguments::{Arguments, Failure, refuse};
use super::{Function, Takes, json, parameter, yaml};
use crate::value::Value;
use crate::value_type::{Type, count};

const TEXT: &[super::Parameter] = &[parameter("text", Takes::Text)];
const VALUE: &[super::Parameter] = &[parameter("value", Takes::Any)];

pub(super) const FUNCTIONS: &[Function] = &[
    Function::pure(
        "base64decode",
        TEXT,
        "Reads Base64 that holds text.",
        decode_base64,
    ),
    Function::pure("base64encode", TEXT, "Writes a text as Base64.", |a| {
        Ok(STANDARD.encode(a.text(0)).into())
    }),
    Function::pure(
        "csvdecode",
        TEXT,
        "Reads CSV with a header into a list of objects.",
        decode_csv,
    ),
    Function::pure("jsondecode", TEXT, "Reads JSON.", |a| {
        json::decode(a.text(0)).map_err(|reason| refuse(0, reason))
    }),
    Function::pure("jsonencode", VALUE, "Writes a value as JSON.", |a| {
        json::encode(&a.value(0))
            .map(Value::from)
            .map_err(|reason| refuse(0, reason))
    }),
    Function::pure(
        "urlencode",
        TEXT,
        "Escapes a text for a URL query.",
        encode_url,
    ),
    Function::pure("yamldecode", TEXT, "Reads YAML.", |a| {
        yaml::decode(a.text(0)).map_err(|reason| refuse(0, reason))
    }),
    Function::pure("yamlencode", VALUE, "Writes a value as YAML.", |a| {
        yaml::encode(&a.value(0))
            .map(Value::from)
            .map_err(|reason| refuse(0, reason))
    }),
];

fn decode_base64(arguments: &Arguments) -> Result<Value, Failure> {
    let bytes = STANDARD
        .decode(arguments.text(0).replace(['\n', '\r'], ""))
        .map_err(|error| refuse(0, format!("not valid Base64: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| refuse(0, "it does not hold UTF-8 text"))?;
    Ok(text.into())
}

fn decode_csv(arguments: &Arguments) -> Result<Value, Failure> {
    let wrong = |error: csv::Error| {
        let line = error
            .position()
            .map(|position| format!(" in line {}", position.line()));
        let reason = match error.kind() {
            csv::ErrorKind::UnequalLengths {
                expected_len, len, ..
            } => {
                format!(
                    "{} instead of {expected_len}",
                    count(usize::try_from(*len).unwrap_or(usize::MAX), "field")
                )
            }
            _ => "it cannot be read".to_owned(),
        };
        refuse(
            0,
            format!("not valid CSV{}: {reason}", line.unwrap_or_default()),
        )
    };
    let mut reader = csv::Reader::from_reader(arguments.text(0).as_bytes());
    let names: Vec<Arc<str>> = reader
        .headers()
        .map_err(wrong)?
        .iter()
        .map(Arc::from)
        .collect();
    if names.is_empty() {
        return Err(refuse(0, "not valid CSV: the first line has no names"));
    }
    let mut seen: Vec<&Arc<str>> = names.iter().collect();
    seen.sort();
    if let Some(pair) = seen.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(refuse(
            0,
            format!("not valid CSV: two columns are named {:?}", pair[0]),
        ));
    }
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(wrong)?;
        let fields = record.iter().map(Value::from);
        rows.push(Value::object(
            names
                .iter()
                .cloned()
                .zip(fields)
                .collect::<BTreeMap<_, _>>(),
        ));
    }
    let of = Type::object(names.into_iter().map(|name| (name, Type::Text)));
    Ok(Value::list(of, rows))
}

fn encode_url(arguments: &Arguments) -> Result<Value, Failure> {
    let mut out = String::new();
    for byte in arguments.text(0).bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    Ok(out.into())
}
