//! What sitemaps and news feeds have in common: bytes to text, escapes of XML, dates. Not here:
//! what the elements mean ([`crate::sitemap`], [`crate::news_feed`]).

use chrono::{DateTime, Days, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use quick_xml::events::BytesRef;
use std::borrow::Cow;
use std::io::Read;

/// A moment as a site writes it, and when it has passed wherever on earth it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) begins: DateTime<Utc>,
    pub(crate) ends: DateTime<Utc>,
}

/// The plain text of a file, gzipped or not, at most `limit` bytes of it; UTF-8 unless a mark at
/// its beginning says UTF-16. And whether there was more.
pub(crate) fn text(bytes: &[u8], limit: usize) -> (String, bool) {
    let mut plain = Vec::new();
    let bytes = if bytes.starts_with(b"\x1f\x8b") {
        // A broken end keeps its beginning; a bomb is cut.
        let mut decoder = flate2::bufread::MultiGzDecoder::new(bytes).take(limit as u64 + 1);
        let _ = decoder.read_to_end(&mut plain);
        plain.as_slice()
    } else {
        bytes
    };
    let cut = bytes.len() > limit;
    let bytes = &bytes[..bytes.len().min(limit)];
    let (encoding, _) = encoding_rs::Encoding::for_bom(bytes).unwrap_or((encoding_rs::UTF_8, 0));
    (encoding.decode(bytes).0.into_owned(), cut)
}

/// The character an entity stands for. Only those of XML and of numbers: a file's own are never
/// expanded, so none can swell.
pub(crate) fn character(entity: &BytesRef<'_>) -> Option<char> {
    if let Ok(Some(character)) = entity.resolve_char_ref() {
        return Some(character);
    }
    match entity.as_ref() {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => None,
    }
}

/// A date as W3C (year, month, day, or moment with zone) or RFC 822 write it, and in the few ways
/// in which sites miss them: a blank for the T, no zone (taken as UTC), a zone without colon.
pub(crate) fn moment(text: &str) -> Option<Moment> {
    let text = text.trim();
    if let Ok(at) = DateTime::parse_from_rfc3339(text) {
        return Some(exactly(at.to_utc()));
    }
    if let Ok(at) = DateTime::parse_from_rfc2822(text) {
        return Some(exactly(at.to_utc()));
    }
    let spaced: Cow<'_, str> = match text.as_bytes().get(10) {
        Some(b' ' | b't') => format!("{}T{}", text.get(..10)?, text.get(11..)?.trim_start()).into(),
        _ => text.into(),
    };
    for form in [
        "%Y-%m-%dT%H:%M%#z",
        "%Y-%m-%dT%H:%M:%S%.f%#z",
        "%Y-%m-%dT%H:%M:%S%.f %#z",
        "%a, %d %b %Y %H:%M:%S %#z",
    ] {
        if let Ok(at) = DateTime::parse_from_str(&spaced, form) {
            return Some(exactly(at.to_utc()));
        }
    }
    for form in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%MZ"] {
        if let Ok(at) = NaiveDateTime::parse_from_str(&spaced, form) {
            // Without a zone it may have been any.
            return Some(Moment { begins: at.and_utc(), ends: anywhere(at)? });
        }
    }
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        text.get(range).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?.parse().ok()
    };
    let year = i32::try_from(number(0..4)?).ok()?;
    let (first, after) = match text.len() {
        4 => {
            let first = NaiveDate::from_ymd_opt(year, 1, 1)?;
            (first, first.checked_add_months(Months::new(12))?)
        }
        7 => {
            let first = NaiveDate::from_ymd_opt(year, number(5..7)?, 1)?;
            (first, first.checked_add_months(Months::new(1))?)
        }
        _ => {
            let first = NaiveDate::from_ymd_opt(year, number(5..7)?, number(8..10)?)?;
            (first, first.checked_add_days(Days::new(1))?)
        }
    };
    if text.len() > 4 && !matches!(text.as_bytes().get(4), Some(b'-' | b'/' | b'.')) {
        return None;
    }
    Some(Moment {
        begins: first.and_time(NaiveTime::MIN).and_utc(),
        ends: anywhere(after.and_time(NaiveTime::MIN))?,
    })
}

fn exactly(at: DateTime<Utc>) -> Moment {
    Moment { begins: at, ends: at }
}

/// When a local time has passed everywhere: the last zone is twelve hours behind UTC.
fn anywhere(at: NaiveDateTime) -> Option<DateTime<Utc>> {
    at.and_utc().checked_add_signed(TimeDelta::hours(12))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn dates_are_read_in_all_their_forms() {
        let told = |text: &str| {
            moment(text).map(|m| format!("{} {}", m.begins.format("%FT%TZ"), (m.ends - m.begins).num_hours()))
        };
        for (text, wanted) in [
            ("2026", "2026-01-01T00:00:00Z 8772"),
            ("2026-02", "2026-02-01T00:00:00Z 684"),
            ("2026-02-03", "2026-02-03T00:00:00Z 36"),
            ("2026-02-03T10:30Z", "2026-02-03T10:30:00Z"),
            ("2026-02-03T10:30+02:00", "2026-02-03T08:30:00Z"),
            ("2026-02-03T10:30:20+02:00", "2026-02-03T08:30:20Z"),
            ("2026-02-03T10:30:20.45-05:00", "2026-02-03T15:30:20Z"),
            ("2026-02-03T10:30:20+0200", "2026-02-03T08:30:20Z"),
            ("2026-02-03 10:30:20", "2026-02-03T10:30:20Z 12"),
            ("2026-02-03 10:30:20 +0000", "2026-02-03T10:30:20Z"),
            ("2026-02-03T10:30:20", "2026-02-03T10:30:20Z 12"),
            (" Tue, 03 Feb 2026 10:30:20 GMT ", "2026-02-03T10:30:20Z"),
            ("Tue, 3 Feb 2026 10:30:20 +0100", "2026-02-03T09:30:20Z"),
            ("3 Feb 2026 10:30 EST", "2026-02-03T15:30:00Z"),
        ] {
            let wanted = if wanted.contains(' ') { wanted.to_owned() } else { format!("{wanted} 0") };
            let seen = told(text).unwrap_or_default();
            assert_eq!(seen, wanted, "{text}");
        }
        for text in
            ["", "soon", "20260203", "2026-13-01", "2026-02-30", "03/02/2026", "-001-01-01", "2026é02é03"]
        {
            assert_eq!(told(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_moment_or_none(text in ".{0,30}", like in "[0-9T:+ Z.-]{0,26}") {
            for text in [text, like] {
                if let Some(m) = moment(&text) {
                    prop_assert!(m.begins <= m.ends);
                }
            }
        }

        #[test]
        fn every_moment_survives_its_own_spelling(seconds in 0i64..4_000_000_000) {
            let at = DateTime::from_timestamp(seconds, 0).unwrap();
            prop_assert_eq!(moment(&at.to_rfc3339()).map(|m| m.begins), Some(at));
            prop_assert_eq!(moment(&at.to_rfc2822()).map(|m| m.begins), Some(at));
        }

        #[test]
        fn any_bytes_are_text_within_the_limit(bytes in prop::collection::vec(any::<u8>(), 0..300), limit in 0usize..200) {
            let (_, cut) = text(&bytes, limit);
            prop_assert!(cut || bytes.len() <= limit || bytes.starts_with(b"\x1f\x8b"));
        }
    }
}
