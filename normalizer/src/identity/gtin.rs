//! Trade item numbers as pages state them: which of them identify goods everywhere, which only
//! within one shop, and which are only there to fill a field. The check digit is `model::Gtin`'s.

use model::Gtin;

/// What a number with a right check digit identifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Goods, whoever sells them.
    Global,
    /// A book: an ISBN (978, 979).
    Book,
    /// A periodical: an ISSN (977), every issue alike.
    Periodical,
    /// Goods of one company or shop only: GS1 prefixes 02, 04 and 20 to 29, and GTIN-8 of prefixes 0 and 2.
    InStore,
    /// Coupons, refunds (05, 98, 99) and numbers that fill a field: one digit repeated, digits counted up.
    None,
}

impl Scope {
    /// What such a number identifies, in words.
    pub const fn why(self) -> &'static str {
        match self {
            Scope::Global => "identifies goods everywhere",
            Scope::Book => "identifies a book",
            Scope::Periodical => "identifies a periodical, not its issue",
            Scope::InStore => "a number for use within one company (GS1 prefixes 02, 04, 20 to 29)",
            Scope::None => "a coupon's number, or one that only fills the field",
        }
    }
}

/// What a GTIN identifies, by its GS1 prefix (GS1 General Specifications, section 1.4).
pub fn scope(gtin: &Gtin) -> Scope {
    let all = gtin.as_str();
    let printed = gtin.printed();
    let body = &printed[..printed.len().saturating_sub(1)];
    if is_filler(body) || is_filler(body.trim_start_matches('0')) {
        return Scope::None;
    }
    // Twelve leading zeros at most: a GTIN-8 has prefixes of its own.
    if all.starts_with("000000") {
        return match all.as_bytes().get(6) {
            Some(b'0' | b'2') => Scope::InStore,
            _ => Scope::Global,
        };
    }
    // The packaging indicator of a GTIN-14 is no part of the prefix.
    match &all[1..4] {
        p if p.starts_with("02") || p.starts_with("04") || p.starts_with('2') => Scope::InStore,
        p if p.starts_with("05") || p.starts_with("98") || p.starts_with("99") => Scope::None,
        "977" => Scope::Periodical,
        "978" | "979" => Scope::Book,
        _ => Scope::Global,
    }
}

/// One digit over and over, digits that count up or down, or almost only zeros: nobody's number.
fn is_filler(body: &str) -> bool {
    let digits: Vec<u8> = body.bytes().map(|b| b - b'0').collect();
    if digits.len() < 7 {
        return true;
    }
    let step = |by: u8| digits.windows(2).all(|pair| pair[1] == (pair[0] + by) % 10);
    let zeros = digits.iter().filter(|&&d| d == 0).count();
    step(0) || step(1) || step(9) || zeros + 2 >= digits.len()
}

/// Whether the number identifies goods across sellers.
pub fn is_global(gtin: &Gtin) -> bool {
    matches!(scope(gtin), Scope::Global | Scope::Book)
}

/// A GTIN-12, -13 or -14 that stands as one word of a title or address.
pub(super) fn in_token(word: &str) -> Option<Gtin> {
    (12..=14).contains(&word.len()).then(|| word.parse().ok()).flatten().filter(is_global)
}

/// An ISBN-10 as the ISBN-13 of the same book; `None` where its check character is wrong.
pub fn of_isbn10(text: &str) -> Option<Gtin> {
    let digits: Vec<u32> = text
        .trim()
        .chars()
        .filter(|c| !matches!(c, '-' | ' '))
        .map(|c| if c.eq_ignore_ascii_case(&'x') { Some(10) } else { c.to_digit(10) })
        .collect::<Option<_>>()?;
    if digits.len() != 10 || digits[..9].contains(&10) {
        return None;
    }
    // ISO 2108:1972: weights 10 to 1, a multiple of 11.
    if digits.iter().zip((1..=10).rev()).map(|(d, w)| d * w).sum::<u32>() % 11 != 0 {
        return None;
    }
    let mut body = String::from("978");
    body.extend(digits[..9].iter().filter_map(|d| char::from_digit(*d, 10)));
    let sum: u32 =
        body.bytes().enumerate().map(|(i, b)| u32::from(b - b'0') * if i % 2 == 0 { 1 } else { 3 }).sum();
    body.push(char::from_digit((10 - sum % 10) % 10, 10)?);
    body.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_check_digit(body: &str) -> Gtin {
        (0..10).find_map(|d| format!("{body}{d}").parse().ok()).unwrap()
    }

    #[test]
    fn prefixes_tell_whose_number_it_is() {
        for (body, expected) in [
            ("400638133393", Scope::Global),
            ("695235000001", Scope::Global),
            ("201234567890", Scope::InStore),
            ("291234567890", Scope::InStore),
            ("021234567890", Scope::InStore),
            ("978316148410", Scope::Book),
            ("977123456700", Scope::Periodical),
            ("990123456789", Scope::None),
            ("055123456789", Scope::None),
            ("1400638133393", Scope::Global),
            ("2012345", Scope::InStore),
            ("9638507", Scope::Global),
            ("111111111111", Scope::None),
            ("123456789012", Scope::None),
            ("000000000001", Scope::None),
        ] {
            assert_eq!(scope(&with_check_digit(body)), expected, "{body}");
        }
    }
    #[test]
    fn old_book_numbers_become_new_ones() {
        assert_eq!(of_isbn10("3-16-148410-X"), "9783161484100".parse().ok());
        assert_eq!(of_isbn10("0-8044-2957-X"), "9780804429573".parse().ok());
        assert_eq!(of_isbn10("3-16-148410-1"), None);
    }
    proptest::proptest! {
        #[test]
        fn never_panics(text in "[0-9Xx -]{0,20}") {
            let _ = (of_isbn10(&text), in_token(&text));
            if let Ok(gtin) = text.parse::<Gtin>() { scope(&gtin); }
        }
    }
}
