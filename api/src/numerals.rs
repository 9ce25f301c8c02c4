//! Numbers as countries write them, once their decimal mark is known. Not which mark a file uses (its map says so),
//! and not what a number means.

/// Writes a number with a point for its decimal mark and without group marks. Text that is no number at all is taken
/// as it is, for whoever reads it to refuse; `false` of a number whose marks stand where none can: "4.50" with a
/// decimal comma is neither 4.5 nor 450.
///
/// Groups are of three digits, or of two and in the end three (1,23,45,678), the first may be shorter; between
/// them stands everywhere the same: the mark that is not the decimal one, an apostrophe, or a space. Nothing is grouped
/// behind a leading zero: with a decimal comma "0.500" is no 500.
pub fn with_point(text: &str, mark: char, out: &mut String) -> bool {
    out.clear();
    let parts_groups = |c: char| c != mark && (matches!(c, ',' | '.' | '\'' | '’') || c.is_whitespace());
    let is_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | 'e' | 'E');
    if !text.chars().all(|c| c == mark || parts_groups(c) || is_number(c)) {
        out.push_str(text);
        return true;
    }
    let (whole, decimals) = text.split_once(mark).map_or((text, None), |(whole, part)| (whole, Some(part)));
    if decimals.is_some_and(|part| part.contains(|c| c == mark || parts_groups(c))) {
        return false;
    }
    // Most numbers have no group marks: a list of millions is read through here.
    if whole.contains(parts_groups) && !grouped(whole.trim_start_matches(['+', '-']), parts_groups) {
        return false;
    }
    out.extend(whole.chars().filter(|c| !parts_groups(*c)));
    if let Some(part) = decimals {
        out.push('.');
        out.push_str(part);
    }
    true
}

/// Whether marks part digits into groups, the same mark everywhere.
fn grouped(digits: &str, parts_groups: impl Fn(char) -> bool + Copy) -> bool {
    let mut marks =
        digits.chars().filter(|c| parts_groups(*c)).map(|c| if c.is_whitespace() { ' ' } else { c });
    let alike = marks.next().is_none_or(|first| marks.all(|c| c == first));
    let groups: Vec<&str> = digits.split(parts_groups).collect();
    let bare = groups.iter().all(|group| group.bytes().all(|c| c.is_ascii_digit()));
    let [first, between @ .., last] = &groups[..] else { return false };
    let of = |length| (1..=length).contains(&first.len()) && between.iter().all(|g| g.len() == length);
    alike && bare && !digits.starts_with('0') && last.len() == 3 && (of(3) || of(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_count_where_they_can_stand_and_are_refused_elsewhere() {
        let read = |text: &str, mark: char| {
            let mut out = "before".to_owned();
            with_point(text, mark, &mut out).then_some(out)
        };
        for (text, mark, number) in [
            ("4,50", ',', "4.50"),
            ("4500", ',', "4500"),
            ("4.500", ',', "4500"),
            ("1.234.567,5", ',', "1234567.5"),
            ("1 234 567,5", ',', "1234567.5"),
            ("1\u{202f}234\u{a0}567,5", ',', "1234567.5"),
            ("1'234.50", '.', "1234.50"),
            ("1’234’567", '.', "1234567"),
            ("12,34,567.8", '.', "1234567.8"),
            ("1,234", '.', "1234"),
            ("-1.000,00", ',', "-1000.00"),
            ("1,5e3", ',', "1.5e3"),
            (",5", ',', ".5"),
            ("15E7", ',', "15E7"),
            ("0,500", ',', "0.500"),
            ("", ',', ""),
            // No numbers: what they are is said elsewhere.
            ("4,5 kg", ',', "4,5 kg"),
            ("-", ',', "-"),
            ("n.a.", ',', "n.a."),
        ] {
            assert_eq!(read(text, mark).as_deref(), Some(number), "{text}");
        }
        for (text, mark) in [
            ("4.50", ','),
            ("4.5", ','),
            ("4,500.00", ','),
            ("4.500.00", ','),
            ("12.34,5", ','),
            ("4 5", ','),
            ("1.234'567,5", ','),
            ("1234.567,5", ','),
            ("1,5,5", ','),
            ("1,234.567,5", '.'),
            ("1,00", '.'),
            (".500", ','),
            ("4.,5", ','),
            ("0.500", ','),
            ("0,125", '.'),
            ("00.125", ','),
            ("1.5E7", ','),
            ("1.5e3", ','),
            ("1,5E6", '.'),
        ] {
            assert_eq!(read(text, mark), None, "{text}");
        }
    }
}
