//! Hours of the day in which a site is visited: spans of local time, and the offset of that time from
//! UTC. Not a time zone: an administration states the offset that holds, and changes it twice a year
//! where that matters to it.

use crate::VocabularyError;
use crate::text_form::text_form;
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use std::fmt;
use std::str::FromStr;

const DAY: u16 = 24 * 60;

/// A span of the day, to the minute; it may go over midnight (`22:00-06:00`). The end is outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct HourSpan {
    /// Minutes since midnight.
    from: u16,
    /// Minutes since midnight; 1440 is the end of the day.
    to: u16,
}

/// Difference of local time from UTC in whole minutes: `+02:00`, `-05:30`, `Z`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct UtcOffset(i16);

impl HourSpan {
    const WANTED: &'static str = "a span of the day like 22:00-06:00";

    fn holds(self, minute: u16) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }

    /// Whether a moment lies in one of the spans; without spans every moment does.
    pub fn any_holds(spans: &[HourSpan], offset: UtcOffset, at: DateTime<Utc>) -> bool {
        spans.is_empty() || spans.iter().any(|span| span.holds(offset.minute_of_day(at)))
    }

    /// The first moment from `at` on that lies in one of the spans: `at` itself where it does.
    pub fn next_within(spans: &[HourSpan], offset: UtcOffset, at: DateTime<Utc>) -> DateTime<Utc> {
        if HourSpan::any_holds(spans, offset, at) {
            return at;
        }
        let minute = offset.minute_of_day(at);
        let wait = spans.iter().map(|span| (span.from + DAY - minute - 1) % DAY + 1).min().unwrap_or(0);
        let begun =
            TimeDelta::seconds(i64::from(at.second())) + TimeDelta::nanoseconds(at.nanosecond().into());
        at - begun + TimeDelta::minutes(wait.into())
    }

    /// The first moment after `at` that lies in none of the spans; `None` where `at` itself does not,
    /// and where they have no end.
    pub fn end_of(spans: &[HourSpan], offset: UtcOffset, at: DateTime<Utc>) -> Option<DateTime<Utc>> {
        if spans.is_empty() || !HourSpan::any_holds(spans, offset, at) {
            return None;
        }
        let minute = offset.minute_of_day(at);
        let holds = |after: &u16| spans.iter().any(|span| span.holds((minute + after) % DAY));
        let left = (1..DAY).find(|after| !holds(after))?;
        let begun =
            TimeDelta::seconds(i64::from(at.second())) + TimeDelta::nanoseconds(at.nanosecond().into());
        Some(at - begun + TimeDelta::minutes(left.into()))
    }
}

impl UtcOffset {
    fn minute_of_day(self, at: DateTime<Utc>) -> u16 {
        let local = at + TimeDelta::minutes(self.0.into());
        // Below 1440, so it fits.
        (local.hour() * 60 + local.minute()) as u16
    }
}

fn minutes(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| part.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    (minute < 60 && hour * 60 + minute <= DAY).then_some(hour * 60 + minute)
}

impl FromStr for HourSpan {
    type Err = VocabularyError;
    fn from_str(text: &str) -> Result<Self, VocabularyError> {
        text.split_once('-')
            .and_then(|(from, to)| Some(HourSpan { from: minutes(from)?, to: minutes(to)? }))
            .filter(|span| span.from < DAY && span.from != span.to)
            .ok_or_else(|| VocabularyError::malformed(text, HourSpan::WANTED))
    }
}

impl fmt::Display for HourSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from, self.to);
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

impl FromStr for UtcOffset {
    type Err = VocabularyError;
    fn from_str(text: &str) -> Result<Self, VocabularyError> {
        let wrong = || VocabularyError::malformed(text, "an offset from UTC like +02:00");
        if text == "Z" {
            return Ok(UtcOffset(0));
        }
        let (sign, rest) = match text.split_at_checked(1).ok_or_else(wrong)? {
            ("+", rest) => (1, rest),
            ("-", rest) => (-1, rest),
            _ => return Err(wrong()),
        };
        // From -12:00 to +14:00 there are places on earth.
        let minutes = minutes(rest).filter(|m| *m <= 14 * 60).ok_or_else(wrong)?;
        i16::try_from(minutes).map(|m| UtcOffset(sign * m)).map_err(|_| wrong())
    }
}

impl fmt::Display for UtcOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { '-' } else { '+' };
        let minutes = self.0.unsigned_abs();
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

text_form!(HourSpan, "HourSpan", r"^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$");
text_form!(UtcOffset, "UtcOffset", r"^(Z|[+-][01][0-9]:[0-5][0-9])$");

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn spans(texts: &[&str]) -> Vec<HourSpan> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn spans_hold_their_beginning_and_not_their_end() {
        let night = spans(&["22:00-06:00", "12:00-13:30"]);
        let open = |text: &str| HourSpan::any_holds(&night, "+01:00".parse().unwrap(), text.parse().unwrap());
        assert!(open("2026-03-01T21:00:00Z"), "22:00 there");
        assert!(!open("2026-03-01T20:59:59Z"));
        assert!(open("2026-03-01T04:59:59Z"));
        assert!(!open("2026-03-01T05:00:00Z"));
        assert!(open("2026-03-01T11:00:00Z"));
        assert!(!open("2026-03-01T12:30:00Z"));
        assert!(HourSpan::any_holds(&[], UtcOffset::default(), "2026-03-01T12:30:00Z".parse().unwrap()));
    }

    #[test]
    fn spans_that_meet_end_together_and_whole_days_never() {
        let at = "2026-03-01T21:30:30Z".parse().unwrap();
        let end = |texts: &[&str]| HourSpan::end_of(&spans(texts), UtcOffset::default(), at);
        assert_eq!(end(&["20:00-24:00", "00:00-02:00"]), Some("2026-03-02T02:00:00Z".parse().unwrap()));
        assert_eq!(end(&["21:30-21:31"]), Some("2026-03-01T21:31:00Z".parse().unwrap()));
        for endless in [&[][..], &["00:00-24:00"], &["06:00-20:00", "20:00-06:00"]] {
            assert_eq!(end(endless), None);
        }
    }

    #[test]
    fn texts_are_read_and_written_alike() {
        for text in ["00:00-24:00", "22:15-06:00"] {
            assert_eq!(text.parse::<HourSpan>().unwrap().to_string(), text);
        }
        for text in ["", "22-6", "25:00-26:00", "10:60-11:00", "10:00-10:00", "24:00-10:00", "1:00-2:00"] {
            assert!(text.parse::<HourSpan>().is_err(), "{text}");
        }
        for text in ["+00:00", "-05:30", "+14:00"] {
            assert_eq!(text.parse::<UtcOffset>().unwrap().to_string(), text);
        }
        for text in ["", "2", "+2", "+15:00", "02:00", "é:00"] {
            assert!(text.parse::<UtcOffset>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_next_moment_within_is_the_first(from in 0u16..1440, length in 1u16..1440, offset in -720i16..840, at in 0i64..200_000) {
            let span = HourSpan { from, to: (from + length) % DAY };
            let (offset, at) = (UtcOffset(offset), DateTime::from_timestamp(1_700_000_000 + at, 0).unwrap());
            let next = HourSpan::next_within(&[span], offset, at);
            prop_assert!(HourSpan::any_holds(&[span], offset, next));
            prop_assert!(next >= at && next - at <= TimeDelta::days(1));
            if next > at {
                prop_assert!(!HourSpan::any_holds(&[span], offset, next - TimeDelta::seconds(1)));
                prop_assert_eq!(HourSpan::end_of(&[span], offset, at), None);
            }
            // And the end is the first moment without.
            let end = HourSpan::end_of(&[span], offset, next).unwrap();
            prop_assert_eq!(end - next, if next > at { TimeDelta::minutes(length.into()) } else { end - next });
            prop_assert!(end > next && !HourSpan::any_holds(&[span], offset, end));
            prop_assert!(HourSpan::any_holds(&[span], offset, end - TimeDelta::seconds(1)));
        }
    }
}
