//! x
/// x
pub fn ident(n: &str) -> String {
    if !n.is_empty()
        && n.chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    {
        n.to_owned()
    } else {
        format!("\"{}\"", n.replace('"', "\"\""))
    }
}
/// x
pub fn literal(n: &str) -> String {
    format!("'{}'", n.replace('\'', "''"))
}
