//! Stand-ins for relations that are not declared: whatever lies on one, such as a trigger, is tried out
//! on an empty copy, since on the real one it would lock it, and may be there already.

use model::{Address, Value};
use provider::Error;

use super::super::order::ON_SCRATCH;
use super::Scratch;
use crate::naming::{RELATIONS, written};

impl Scratch<'_> {
    /// Returns the live relations that something to be made lies on and that are not made themselves,
    /// as references name them, with their real kind.
    pub(super) fn undeclared(&self, objects: &[Address]) -> Vec<(Address, &'static str)> {
        let mut found = Vec::new();
        for address in objects
            .iter()
            .filter(|address| ON_SCRATCH.contains(&address.kind()))
        {
            let attributes = self
                .question
                .desired
                .get(address)
                .map(|one| &one.attributes);
            let on = ["on", "table"]
                .iter()
                .find_map(|name| attributes?.get(name));
            let Some(Value::Reference(on)) = on else {
                continue;
            };
            let kind = RELATIONS
                .into_iter()
                .find(|kind| self.question.live.contains(&on.sibling(*kind, on.path())));
            if let Some(kind) = kind
                && !objects.contains(on)
                && !found.contains(&(on.clone(), kind))
            {
                found.push((on.clone(), kind));
            }
        }
        found
    }

    /// Makes the stand-ins. Where one cannot be made, what lies on it will say so.
    pub(super) async fn make_stand_ins(
        &mut self,
        relations: Vec<(Address, &'static str)>,
    ) -> Result<(), Error> {
        for (on, kind) in relations {
            let (scratch, real) = (written(&self.scratch_address(&on)), written(&on));
            let sql = match kind {
                "view" => format!("create view {scratch} as select * from {real}"),
                _ => format!("create table {scratch} (like {real})"),
            };
            self.link.run(&self.at, "savepoint stand_in").await?;
            if self.link.run(&self.at, &sql).await.is_ok() {
                self.made.insert(on);
            } else {
                self.link
                    .run(&self.at, "rollback to savepoint stand_in")
                    .await?;
            }
        }
        Ok(())
    }
}
