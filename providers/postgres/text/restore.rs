//! x
/// x
pub fn restore(sql: &str, from: &str, to: &str) -> String {
    sql.replace(from, to)
}
