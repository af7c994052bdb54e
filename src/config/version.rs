//! Version conditions: `>= 0.1, < 2.0`, `~> 1.2`.

use std::cmp::Ordering;

/// Reports whether a version meets all conditions of a list; `None` when the list is malformed.
pub(crate) fn admits(conditions: &str, version: &str) -> Option<bool> {
    let version = parse(version)?;
    let mut admitted = true;
    for condition in conditions.split(',') {
        let condition = condition.trim();
        let end = condition.find(|c: char| c.is_ascii_digit())?;
        let (operator, wanted) = condition.split_at(end);
        let given = wanted.split('.').count();
        let wanted = parse(wanted)?;
        let order = version.cmp(&wanted);
        admitted &= match operator.trim() {
            "" | "=" => order == Ordering::Equal,
            "!=" => order != Ordering::Equal,
            ">" => order == Ordering::Greater,
            ">=" => order != Ordering::Less,
            "<" => order == Ordering::Less,
            "<=" => order != Ordering::Greater,
            // All parts but the last one stay.
            "~>" => {
                order != Ordering::Less && version[..given.max(2) - 1] == wanted[..given.max(2) - 1]
            }
            _ => return None,
        };
    }
    Some(admitted)
}

/// Reads up to three numbers; what follows a dash is left out.
fn parse(text: &str) -> Option<[u64; 3]> {
    let plain = text.trim().split(['-', '+']).next()?;
    let mut version = [0; 3];
    let parts: Vec<&str> = plain.split('.').collect();
    if parts.len() > version.len() {
        return None;
    }
    for (at, part) in parts.iter().enumerate() {
        version[at] = part.parse().ok()?;
    }
    Some(version)
}

#[cfg(test)]
mod tests {
    use super::admits;

    #[test]
    fn conditions_are_terraforms() {
        assert_eq!(admits(">= 0.1", "0.1.0"), Some(true));
        assert_eq!(admits(">= 0.1, < 0.2", "0.2.0"), Some(false));
        assert_eq!(admits("~> 1.2", "1.9.0"), Some(true));
        assert_eq!(admits("~> 1.2.3", "1.3.0"), Some(false));
        assert_eq!(admits("~> 1", "2.0.0"), Some(false));
        assert_eq!(admits("latest", "1.0.0"), None);
    }
}
