//! Snapshots, one on a line.

use provider::Snapshot;

use crate::screen::Style;

/// Writes snapshots for people, oldest first.
#[must_use]
pub fn write(found: &[Snapshot], color: bool) -> String {
    let width = found
        .iter()
        .map(|one| one.id.len())
        .max()
        .unwrap_or_default();
    let line = |one: &Snapshot| {
        let address = &one.address;
        let object = format!("{} {}", address.kind(), address.qualified_name());
        let columns = || {
            let names: Vec<_> = one.columns.iter().map(|(name, _)| name.as_str()).collect();
            names.join(", ")
        };
        let what = match one.is_whole {
            true => object,
            false => format!("{object}: {}", columns()),
        };
        let rows = match one.rows {
            Some(1) => ", 1 row".to_owned(),
            Some(rows) => format!(", {rows} rows"),
            None => String::new(),
        };
        let until = match one.is_expired {
            true => {
                Style::Yellow.paint(color, format!("kept long enough since {}", one.keep_until))
            }
            false => format!("kept until {}", one.keep_until),
        };
        format!(
            "{:width$}  version {}, {}  {what}{rows}, {}  {until}",
            one.id,
            one.serial,
            one.taken_at,
            size(one.bytes)
        )
    };
    found.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn size(bytes: u64) -> String {
    match bytes {
        bytes if bytes < 1 << 20 => format!("{} kB", bytes.div_ceil(1 << 10)),
        bytes if bytes < 1 << 30 => format!("{} MB", bytes >> 20),
        bytes => format!("{} GB", bytes >> 30),
    }
}
