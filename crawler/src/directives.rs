//! `X-Robots-Tag`: what a page's header asks of those who index it. RFC 9309 knows only robots.txt;
//! this header and the meta tag of the same words (read in [`crate::extract`]) are the search
//! engines' convention, and a price base is an index. Asking not to be indexed forbids no visit.

/// What a page asks of indexers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Directives {
    /// Nothing of the page is to be listed.
    pub noindex: bool,
    /// Its links are not to be followed.
    pub nofollow: bool,
}

/// Directives that have a value behind a colon; any other word there is a robot's name.
const WITH_VALUE: &[&str] = &["unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"];

impl Directives {
    /// Reads the values of all such headers. A value may begin with the name of the robot it is
    /// meant for (`otherbot: noindex`); `token` is ours.
    pub fn read<'a>(headers: impl Iterator<Item = &'a str>, token: &str) -> Directives {
        let mut found = Directives::default();
        for value in headers {
            let mut ours = true;
            for part in value.split(',') {
                let mut word = part.trim();
                if let Some((name, rest)) = word.split_once(':') {
                    let name = name.trim();
                    if !is_robot(name) {
                        // The rest of a date with a comma: `unavailable_after: Monday, 25-Jun-30 15:00`.
                        continue;
                    }
                    if WITH_VALUE.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                        continue;
                    }
                    ours = name == "*" || name.eq_ignore_ascii_case(token);
                    word = rest.trim();
                }
                if !ours {
                    continue;
                }
                let none = word.eq_ignore_ascii_case("none");
                found.noindex |= none || word.eq_ignore_ascii_case("noindex");
                found.nofollow |= none || word.eq_ignore_ascii_case("nofollow");
            }
        }
        found
    }
}

/// Whether it can be a robot's name or a directive: one word, as in robots.txt, digits allowed.
fn is_robot(name: &str) -> bool {
    name == "*"
        || !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(values: &[&str]) -> (bool, bool) {
        let found = Directives::read(values.iter().copied(), "touchstone");
        (found.noindex, found.nofollow)
    }

    #[test]
    fn words_count_for_everybody_or_for_the_robot_named() {
        assert_eq!(read(&[]), (false, false));
        assert_eq!(read(&["noindex"]), (true, false));
        assert_eq!(read(&["NoArchive, NoFollow"]), (false, true));
        assert_eq!(read(&["none"]), (true, true));
        assert_eq!(read(&["max-snippet: 20, noindex"]), (true, false));
        assert_eq!(read(&["unavailable_after: 25 Jun 2030 15:00:00 PST", "nofollow"]), (false, true));
        let date = "unavailable_after: Tuesday, 25-Jun-30 15:00:00 UTC, noindex";
        assert_eq!(read(&[date]), (true, false));
        assert_eq!(
            read(&["otherbot: unavailable_after: Tuesday, 25-Jun-30 15:00:00 UTC, noindex"]),
            (false, false)
        );
        assert_eq!(read(&["otherbot : none , TOUCHSTONE :nofollow"]), (false, true));
        assert_eq!(read(&["*: noindex"]), (true, false));
        assert_eq!(read(&["otherbot: noindex, nofollow"]), (false, false));
        assert_eq!(read(&["otherbot: noindex", "nofollow"]), (false, true));
        assert_eq!(read(&["Touchstone: noindex, nofollow"]), (true, true));
        assert_eq!(read(&["otherbot: nofollow, touchstone: noindex"]), (true, false));
    }

    proptest! {
        #[test]
        fn any_value_is_survived(value in ".{0,80}") {
            read(&[&value]);
        }
    }
}
