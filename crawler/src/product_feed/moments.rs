//! Moments and spans of time as feeds write them (ISO 8601), held against the moment of capture.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, Utc};

/// Whether a span (`2026-02-24T13:00-0800/2026-02-29T15:30-0800`) holds a moment. A day without
/// time begins at midnight and ends with its last second; without a zone it is UTC. `None` where the
/// text is no span.
pub(super) fn holds(span: &str, at: DateTime<Utc>) -> Option<bool> {
    let (from, to) = span.split_once('/')?;
    let (from, to) = (begin(from)?, end(to)?);
    Some(from <= at && at <= to)
}

/// Whether a moment (or the day of it) is over. `None` where the text is no moment.
pub(super) fn over(text: &str, at: DateTime<Utc>) -> Option<bool> {
    Some(end(text)? < at)
}

fn begin(text: &str) -> Option<DateTime<Utc>> {
    moment(text).or_else(|| Some(day(text)?.and_time(NaiveTime::MIN).and_utc()))
}

fn end(text: &str) -> Option<DateTime<Utc>> {
    moment(text).or_else(|| {
        let midnight = day(text)?.and_time(NaiveTime::MIN).and_utc();
        midnight.checked_add_signed(TimeDelta::days(1) - TimeDelta::seconds(1))
    })
}

fn day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok()
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim().replacen(' ', "T", 1);
    let zoned = match text.strip_suffix(['Z', 'z']) {
        Some(text) => format!("{text}+0000"),
        None => text.clone(),
    };
    for form in ["%Y-%m-%dT%H:%M%z", "%Y-%m-%dT%H:%M:%S%.f%z"] {
        if let Ok(moment) = DateTime::parse_from_str(&zoned, form) {
            return Some(moment.to_utc());
        }
    }
    ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f"]
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(&text, form).ok())
        .map(|moment| moment.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_span_holds_from_its_first_to_its_last_moment() {
        let span = "2026-02-24T13:00-0800/2026-03-01T15:30-0800";
        assert_eq!(holds(span, at("2026-02-24T20:59:59Z")), Some(false));
        assert_eq!(holds(span, at("2026-02-24T21:00:00Z")), Some(true));
        assert_eq!(holds(span, at("2026-03-01T23:30:00Z")), Some(true));
        assert_eq!(holds(span, at("2026-03-01T23:30:01Z")), Some(false));
        let days = " 2026-02-24 / 2026-02-24 ";
        assert_eq!(holds(days, at("2026-02-24T00:00:00Z")), Some(true));
        assert_eq!(holds(days, at("2026-02-24T23:59:59Z")), Some(true));
        assert_eq!(holds(days, at("2026-02-25T00:00:00Z")), Some(false));
        for span in ["2026-02-24T13:00Z/2026-02-24T14:00:00.5+00:00", "2026-02-24 13:00/2026-02-24 14:00"] {
            assert_eq!(holds(span, at("2026-02-24T13:30:00Z")), Some(true), "{span}");
        }
        for span in ["", "/", "2026-02-24", "soon/later", "2026-02-30/2026-03-01", "24.02.2026/25.02.2026"] {
            assert_eq!(holds(span, at("2026-02-24T13:30:00Z")), None, "{span}");
        }
    }

    #[test]
    fn a_day_is_over_after_its_last_second() {
        assert_eq!(over("2026-02-24", at("2026-02-24T23:59:59Z")), Some(false));
        assert_eq!(over("2026-02-24", at("2026-02-25T00:00:00Z")), Some(true));
        assert_eq!(over("2026-02-24T10:00+01:00", at("2026-02-24T09:00:01Z")), Some(true));
        assert_eq!(over("never", at("2026-02-25T00:00:00Z")), None);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "[0-9TZ:/+. -]{0,50}", other in ".{0,30}") {
            let moment = at("2026-02-24T13:30:00Z");
            let _ = (holds(&text, moment), over(&text, moment), holds(&other, moment));
        }
    }
}
