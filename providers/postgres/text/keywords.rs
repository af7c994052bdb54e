//! The key words of PostgreSQL 14 to 18, by what they may still name.
//!
//! A word is here if it is a key word in any of these versions, in the strictest category it has in
//! one of them. The lists are the answers of `pg_get_keywords()` on 14.23, 15.18, 16.14, 17.10 and
//! 18.4. A newer server may have more: add its words, and take none away while old servers are read.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a key word may still name without quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    /// Nothing, but a column label after `as`.
    Reserved,
    /// Columns and tables, neither functions nor types.
    ColumnName,
    /// The same, but only since PostgreSQL 16 or 17; before, it is a word like any other.
    LaterColumnName,
    /// Functions and types, neither columns nor tables.
    TypeOrFunction,
    /// Anything.
    Unreserved,
}

const RESERVED: &str = "
    all analyse analyze and any array as asc asymmetric both case cast check collate column
    constraint create current_catalog current_date current_role current_time current_timestamp
    current_user default deferrable desc distinct do else end except false fetch for foreign
    from grant group having in initially intersect into lateral leading limit localtime
    localtimestamp not null offset on only or order placing primary references returning select
    session_user some symmetric system_user table then to trailing true union unique user using
    variadic when where window with";

const COLUMN_NAME: &str = "
    between bigint bit boolean char character coalesce dec decimal exists extract float
    greatest grouping inout int integer interval least national nchar none normalize nullif
    numeric out overlay position precision real row setof smallint substring time timestamp
    treat trim values varchar xmlattributes xmlconcat xmlelement xmlexists xmlforest
    xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable";

const LATER_COLUMN_NAME: &str = "
    json json_array json_arrayagg json_exists json_object json_objectagg json_query json_scalar
    json_serialize json_table json_value merge_action";

const TYPE_OR_FUNCTION: &str = "
    authorization binary collation concurrently cross current_schema freeze full ilike inner is
    isnull join left like natural notnull outer overlaps right similar tablesample verbose";

const UNRESERVED: &str = "
    abort absent absolute access action add admin after aggregate also alter always asensitive
    assertion assignment at atomic attach attribute backward before begin breadth by cache call
    called cascade cascaded catalog chain characteristics checkpoint class close cluster
    columns comment comments commit committed compression conditional configuration conflict
    connection constraints content continue conversion copy cost csv cube current cursor cycle
    data database day deallocate declare defaults deferred definer delete delimiter delimiters
    depends depth detach dictionary disable discard document domain double drop each empty
    enable encoding encrypted enforced enum error escape event exclude excluding exclusive
    execute explain expression extension external family filter finalize first following force
    format forward function functions generated global granted groups handler header hold hour
    identity if immediate immutable implicit import include including increment indent index
    indexes inherit inherits inline input insensitive insert instead invoker isolation keep key
    keys label language large last leakproof level listen load local location lock locked
    logged mapping match matched materialized maxvalue merge method minute minvalue mode month
    move name names nested new next nfc nfd nfkc nfkd no normalized nothing notify nowait nulls
    object objects of off oids old omit operator option options ordinality others over
    overriding owned owner parallel parameter parser partial partition passing password path
    period plan plans policy preceding prepare prepared preserve prior privileges procedural
    procedure procedures program publication quote quotes range read reassign recheck recursive
    ref referencing refresh reindex relative release rename repeatable replace replica reset
    restart restrict return returns revoke role rollback rollup routine routines rows rule
    savepoint scalar schema schemas scroll search second security sequence sequences
    serializable server session set sets share show simple skip snapshot source sql stable
    standalone start statement statistics stdin stdout storage stored strict string strip
    subscription support sysid system tables tablespace target temp template temporary text
    ties transaction transform trigger truncate trusted type types uescape unbounded
    uncommitted unconditional unencrypted unknown unlisten unlogged until update vacuum valid
    validate validator value varying version view views virtual volatile whitespace within
    without work wrapper write xml year yes zone";

static KEYWORDS: LazyLock<BTreeMap<&str, Category>> = LazyLock::new(|| {
    [
        (RESERVED, Category::Reserved),
        (COLUMN_NAME, Category::ColumnName),
        (LATER_COLUMN_NAME, Category::LaterColumnName),
        (TYPE_OR_FUNCTION, Category::TypeOrFunction),
        (UNRESERVED, Category::Unreserved),
    ]
    .into_iter()
    .flat_map(|(words, category)| words.split_whitespace().map(move |word| (word, category)))
    .collect()
});

/// Reports whether a word can be the name of a function that is called like any other.
pub(crate) fn is_plain(word: &str) -> bool {
    matches!(category(word), None | Some(Category::Unreserved))
}

/// Returns the category of a word in lower case, or nothing where it is not a key word.
pub(super) fn category(word: &str) -> Option<Category> {
    KEYWORDS.get(word).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_in_two_lists() {
        let words: usize = [
            RESERVED,
            COLUMN_NAME,
            LATER_COLUMN_NAME,
            TYPE_OR_FUNCTION,
            UNRESERVED,
        ]
        .map(|words| words.split_whitespace().count())
        .iter()
        .sum();
        assert_eq!(KEYWORDS.len(), words);
    }

    #[test]
    fn every_category_is_told_apart() {
        assert_eq!(category("select"), Some(Category::Reserved));
        assert_eq!(category("values"), Some(Category::ColumnName));
        assert_eq!(category("json_value"), Some(Category::LaterColumnName));
        assert_eq!(category("left"), Some(Category::TypeOrFunction));
        assert_eq!(category("zone"), Some(Category::Unreserved));
        assert_eq!(category("epoch"), None);
    }
}
