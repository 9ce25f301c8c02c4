//! Signs that mean one currency and no other: enough to tell that a sign on the page cannot be the code
//! that markup states. Not the reading of currencies, which is the normalizer's.

/// Signs with the currencies they may stand for.
const SIGNS: &[(&str, &[&str])] = &[
    ("€", &["EUR"]),
    ("eur", &["EUR"]),
    (
        "£",
        &["GBP", "EGP", "GIP", "FKP", "SHP", "LBP", "SYP", "SSP", "SDG", "IMP", "JEP", "GGP", "TRY", "ITL"],
    ),
    ("zł", &["PLN"]),
    ("r$", &["BRL"]),
    ("₹", &["INR"]),
    ("₺", &["TRY"]),
    ("₩", &["KRW", "KPW"]),
    ("₪", &["ILS"]),
    ("฿", &["THB"]),
    ("₫", &["VND"]),
    ("₴", &["UAH"]),
    ("₽", &["RUB"]),
    ("₦", &["NGN"]),
    ("₱", &["PHP"]),
    ("¥", &["JPY", "CNY"]),
    ("￥", &["JPY", "CNY"]),
    ("kč", &["CZK"]),
    ("chf", &["CHF"]),
    ("us$", &["USD"]),
];

/// Whether a sign, word or code seen beside a price cannot mean the stated code. Anything unknown, or
/// that many countries share ("$", "kr"), contradicts nothing.
pub(super) fn contradict(shown: &str, code: &str) -> bool {
    let (shown, code) = (shown.trim().to_lowercase(), code.trim().to_ascii_uppercase());
    if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
        return false;
    }
    match SIGNS.iter().find(|(sign, _)| *sign == shown) {
        Some((_, means)) => !means.contains(&code.as_str()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::contradict;

    #[test]
    fn only_what_is_certain_contradicts() {
        assert!(contradict("€", "USD") && contradict("zł", "EUR") && contradict("CHF", "EUR"));
        for (shown, code) in
            [("€", "EUR"), ("$", "CAD"), ("kr", "SEK"), ("£", "EGP"), ("€", "euro"), ("¥", "cny")]
        {
            assert!(!contradict(shown, code), "{shown} {code}");
        }
    }
}
