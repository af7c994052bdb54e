//! Where in a text the server means: it counts characters from one, and we count bytes from zero.

/// Returns the byte at which a character begins, given its place as the server counts it.
///
/// The place right after the last character is the end of the text. There is none for zero, which the
/// server uses for "nowhere", nor for a place beyond the end.
#[must_use]
pub fn byte_of(sql: &str, character: usize) -> Option<usize> {
    let begins = sql.char_indices().map(|(at, _)| at);
    begins.chain([sql.len()]).nth(character.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_counted_from_one() {
        let sql = "é🎬x";
        let bytes: Vec<_> = (0..6).map(|character| byte_of(sql, character)).collect();
        assert_eq!(bytes, [None, Some(0), Some(2), Some(6), Some(7), None]);
    }
}
