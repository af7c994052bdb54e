//! What `versions` does: several versions of a database, and back to each of them.

use crate::change::unordered;
use crate::client;
use crate::pages::{Room, difference};

/// What a version left.
struct Left {
    /// Its number in the files.
    number: usize,
    /// Its number as the tool counts.
    serial: String,
    dump: String,
    kept: String,
}

impl Room {
    /// Makes a version of each numbered file, and goes back to each, in an order that is drawn from the page's name.
    ///
    /// # Errors
    /// When the files are wrong.
    pub(crate) fn versions(&self, variables: &[(String, String)]) -> Result<(String, i32), String> {
        self.roles()?;
        let files = (1..).take_while(|number| self.has(&format!("{number}.sql")));
        let mut versions: Vec<Left> = Vec::new();
        let mut shown = Vec::new();
        for number in files {
            let beside = format!("{}_{number}", self.database);
            let folder = number.to_string();
            self.make_database(&beside)?;
            self.by_hand(&beside, &format!("{number}.sql"))?;
            let import = self.import(&beside, &folder, variables)?;
            shown.extend(failed("estate import", &import));
            let apply = format!(
                "estate -C {folder} apply --prune --auto-approve --allow-data-loss --no-progress"
            );
            let applied = self.shell(&apply, variables)?;
            shown.extend(failed(&apply, &applied));
            if number == 1 && self.has("rows.sql") {
                self.by_hand(&self.database, "rows.sql")?;
            }
            let dump = unordered(&self.dump(&beside)?);
            let ours = unordered(&self.dump(&self.database)?);
            shown.push(difference(&folder, "the database", &dump, &ours));
            let _ = self.with_url("postgres", |url| {
                client::run(url, &format!("drop database \"{beside}\""))
            });
            versions.push(Left {
                number,
                serial: self.serial()?,
                dump,
                kept: self.kept()?,
            });
            shown.retain(|part| !part.is_empty());
            if !shown.is_empty() {
                return Ok((shown.join("\n"), 0));
            }
        }
        for at in self.order(versions.len()) {
            let version = &versions[at];
            let back = format!(
                "estate -C {} rollback --to {} --auto-approve --allow-data-loss --no-progress",
                version.number, version.serial
            );
            let went = self.shell(&back, variables)?;
            shown.extend(failed(&back, &went));
            let ours = unordered(&self.dump(&self.database)?);
            let name = format!("back to {}", version.number);
            shown.push(difference(&name, "the database", &version.dump, &ours));
            shown.push(difference(&name, "kept", &version.kept, &self.kept()?));
            shown.retain(|part| !part.is_empty());
            if !shown.is_empty() {
                break;
            }
        }
        Ok((shown.join("\n"), 0))
    }

    /// Returns the number of the last version, as the tool counts.
    fn serial(&self) -> Result<String, String> {
        let sql = "select max(serial) from estate.version where outcome = 'succeeded'";
        let shown = self.with_url(&self.database, |url| client::run(url, sql))?;
        Ok(shown.lines().last().unwrap_or_default().to_owned())
    }

    /// Returns an order in which versions are gone back to, each twice, and never to the one that is there.
    fn order(&self, count: usize) -> Vec<usize> {
        let mut draw = seed_of(&self.database);
        let mut left: Vec<usize> = (0..count).chain(0..count).collect();
        let mut order = Vec::new();
        let mut last = count.saturating_sub(1);
        loop {
            let others: Vec<usize> = (0..left.len()).filter(|at| left[*at] != last).collect();
            if others.is_empty() {
                break;
            }
            draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let pick = usize::try_from(draw >> 33).unwrap_or_default() % others.len();
            last = left.swap_remove(others[pick]);
            order.push(last);
        }
        order
    }
}

/// Makes a number of a name.
fn seed_of(name: &str) -> u64 {
    name.bytes().fold(7, |sum: u64, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(byte))
    })
}

/// Returns what a command showed, where it failed.
fn failed(command: &str, (output, exit): &(String, i32)) -> Option<String> {
    (*exit != 0).then(|| format!("$ {command}\n{output}"))
}
