//! Cells whose meaning is settled at import: dates, countries, HS codes, addresses. Each gives a
//! value or a sentence that says what is wrong.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use model::{HsCode, RejectionReason};
use serde_json::Number;
use url::Url;

/// A subheading or longer that HS 2022 has.
pub(crate) fn check_hs(hs: &HsCode) -> Result<(), String> {
    if hs.level() < 6 {
        return Err(format!("HS code '{hs}' is too short: at least six digits are needed"));
    }
    if hs.is_known() {
        return Ok(());
    }
    let near: Vec<String> = hs.nearest_known(3).iter().map(HsCode::dotted).collect();
    Err(format!(
        "HS 2022 has no subheading {}{}",
        hs.dotted(),
        if near.is_empty() { String::new() } else { format!("; the nearest are {}", near.join(", ")) }
    ))
}

/// Reads an HS code cell.
pub(crate) fn hs(text: &str) -> Result<HsCode, (RejectionReason, String)> {
    let code: HsCode = text.parse().map_err(|e: model::VocabularyError| {
        let digits = text.bytes().all(|b| b.is_ascii_digit()) && matches!(text.len(), 5 | 7 | 9);
        let hint = if digits {
            format!("; a spreadsheet may have dropped its leading zero: 0{text}")
        } else {
            String::new()
        };
        (RejectionReason::BadField, format!("hs6: {e}{hint}"))
    })?;
    check_hs(&code).map_err(|problem| (RejectionReason::UnknownHsCode, format!("hs6: {problem}")))?;
    Ok(code)
}

/// Reads when a price was seen: a day (its first moment, UTC) or a moment. A time to come is
/// refused, with a day's grace for clocks and time zones.
pub(crate) fn captured(text: &str, form: Option<&str>, now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
    let day = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    let seen = match form {
        Some(form) => NaiveDateTime::parse_from_str(text, form)
            .map(|moment| moment.and_utc())
            .or_else(|_| NaiveDate::parse_from_str(text, form).map(day))
            .map_err(|_| format!("captured: '{text}' is not a date of the form {form}"))?,
        None => NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .map(day)
            .or_else(|_| DateTime::parse_from_rfc3339(text).map(|moment| moment.to_utc()))
            .or_else(|_| {
                NaiveDateTime::parse_from_str(&text.replace(' ', "T"), "%Y-%m-%dT%H:%M:%S%.f")
                    .map(|moment| moment.and_utc())
            })
            .map_err(|_| {
                format!(
                    "captured: '{text}' is not a date like 2023-10-01; other forms are named by date_format in the map"
                )
            })?,
    };
    if seen.year() < 1900 {
        return Err(format!("captured: '{text}' is not a day on which prices were seen: is its form right?"));
    }
    if seen > now + TimeDelta::days(1) {
        return Err(format!("captured: '{text}' lies in the future"));
    }
    Ok(seen)
}

/// Reads the address of an offer: absolute, http or https. "www.shop.example/a" is taken as https.
pub(crate) fn address(text: &str) -> Result<Url, String> {
    let url = match Url::parse(text) {
        Ok(url) if url.has_host() => Some(url),
        // No scheme, or a host and port read as one.
        _ => Url::parse(&format!("https://{text}"))
            .ok()
            .filter(|url| !text.starts_with('/') && url.host_str().is_some_and(|h| h.contains('.'))),
    };
    url.filter(|url| matches!(url.scheme(), "http" | "https"))
        .ok_or_else(|| format!("url: '{text}' is not a web address; leave it empty where there is none"))
}

/// A JSON number without exponent, as far as a decimal can hold it.
pub(crate) fn plain_number(number: &Number) -> String {
    let text = number.to_string();
    if !text.contains(['e', 'E']) {
        return text;
    }
    rust_decimal::Decimal::from_scientific(&text).map_or(text, |d| d.normalize().to_string())
}
