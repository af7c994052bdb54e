//! Languages: those of people, and all others for the grants on them.

use model::Reference;
use provider::Error;

use super::privileges::Acls;
use super::{Cells, Reader, rows};
use crate::acl::Class;
use crate::kinds::language::Language;

const LANGUAGES: &str = "\
select l.oid, l.lanname::text, l.lanowner, l.lanpltrusted,
  h.oid, hn.nspname::text, h.proname::text, pg_get_function_identity_arguments(h.oid),
  i.oid, jn.nspname::text, i.proname::text, pg_get_function_identity_arguments(i.oid),
  v.oid, vn.nspname::text, v.proname::text, pg_get_function_identity_arguments(v.oid)
from pg_language l
left join pg_proc h on h.oid = l.lanplcallfoid left join pg_namespace hn on hn.oid = h.pronamespace
left join pg_proc i on i.oid = l.laninline left join pg_namespace jn on jn.oid = i.pronamespace
left join pg_proc v on v.oid = l.lanvalidator left join pg_namespace vn on vn.oid = v.pronamespace";

impl Reader<'_> {
    pub(super) async fn read_languages(&mut self, acls: &Acls) -> Result<(), Error> {
        for row in rows(self.connection, LANGUAGES).await? {
            let oid = row.oid(0);
            let address = self.address("language", [row.text(1)]);
            let function = |from: usize| {
                let path = [
                    row.text(from + 1),
                    format!("{}({})", row.text(from + 2), row.text(from + 3)),
                ];
                (row.oid(from) != 0).then(|| Reference(self.function(row.oid(from), path)))
            };
            let owner = self.owner(row.oid(2));
            let language = Language {
                handler: function(4),
                inline: function(8),
                validator: function(12),
                trusted: row.flag(3),
                comment: self.comment("pg_language", oid, 0),
                grants: None,
                privileges: acls.of(
                    Class::Language,
                    "pg_language",
                    oid,
                    owner.as_ref(),
                    self.version,
                ),
                owner,
            };
            self.add("pg_language", oid, address.clone(), &language);
            self.lies_in_database(&address, "pg_language", oid);
        }
        Ok(())
    }
}
