//! SQL for the names of what a catalog row refers to by number: the schema, then the name as addresses
//! have it.

/// A function, with the types of its arguments.
pub(super) fn routine(oid: &str) -> String {
    format!(
        "(select array[ns.nspname::text, f.proname || '(' || oidvectortypes(f.proargtypes) || ')'] \
         from pg_proc f join pg_namespace ns on ns.oid = f.pronamespace where f.oid = {oid})"
    )
}

/// An operator, with the types of its operands.
pub(super) fn operator(oid: &str) -> String {
    format!(
        "(select array[ns.nspname::text, {}] \
         from pg_operator f join pg_namespace ns on ns.oid = f.oprnamespace where f.oid = {oid})",
        operator_name("f")
    )
}

/// The name of an operator that a row of `pg_operator` is about.
pub(super) fn operator_name(row: &str) -> String {
    format!(
        "{row}.oprname || '(' || case when {row}.oprleft = 0 then 'none' \
         else format_type({row}.oprleft, null) end || ', ' || format_type({row}.oprright, null) || ')'"
    )
}

/// An operator class, with its access method.
pub(super) fn operator_class(oid: &str) -> String {
    format!(
        "(select array[ns.nspname::text, f.opcname || '(' || am.amname || ')'] \
         from pg_opclass f join pg_namespace ns on ns.oid = f.opcnamespace \
         join pg_am am on am.oid = f.opcmethod where f.oid = {oid})"
    )
}

/// An operator family, with its access method.
pub(super) fn operator_family(oid: &str) -> String {
    format!(
        "(select array[ns.nspname::text, f.opfname || '(' || am.amname || ')'] \
         from pg_opfamily f join pg_namespace ns on ns.oid = f.opfnamespace \
         join pg_am am on am.oid = f.opfmethod where f.oid = {oid})"
    )
}

/// A row of a catalog of text search.
pub(super) fn text_search(catalog: &str, prefix: &str, oid: &str) -> String {
    format!(
        "(select array[ns.nspname::text, f.{prefix}name::text] \
         from {catalog} f join pg_namespace ns on ns.oid = f.{prefix}namespace where f.oid = {oid})"
    )
}
