//! Signs that a site does not want to be read by machines. A wall ends the crawl of its source;
//! nothing here or elsewhere tries to get past one.

use crate::fetch::Answer;
use memchr::memmem;

/// Challenge pages are small; a product page that also loads a captcha script is not.
const LARGEST_CHALLENGE: usize = 64 * 1024;

/// How titles of challenge pages begin.
const TITLES: &[&str] = &[
    "just a moment",
    "attention required",
    "access denied",
    "are you a robot",
    "are you human",
    "robot check",
    "captcha",
    "pardon our interruption",
    "security check",
    "verify you are human",
    "human verification",
    "please verify",
    "bot verification",
];
/// What such a page works with.
const MEANS: &[&[u8]] = &[b"captcha", b"challenge", b"verify you are human", b"not a robot"];

/// What was seen, in words; `None` where the answer is an answer.
pub(crate) fn sign(answer: &Answer) -> Option<String> {
    if matches!(answer.status, 401 | 403 | 407 | 451) {
        return Some(format!("the server answered {} {}", answer.status, answer.reason));
    }
    if answer.header("cf-mitigated").is_some_and(|value| value.contains("challenge")) {
        return Some("the server answered with a challenge (cf-mitigated)".to_owned());
    }
    if !matches!(answer.status, 200 | 203 | 429 | 503) || answer.body.len() > LARGEST_CHALLENGE {
        return None;
    }
    challenge_title(&answer.body)
        .map(|title| format!("the server answered with a challenge page titled '{title}'"))
}

fn challenge_title(body: &[u8]) -> Option<String> {
    // Cheap on ordinary pages: only the title is looked at.
    let open = memmem::find(body, b"<title").or_else(|| memmem::find(body, b"<TITLE"))?;
    let begin = open + memchr::memchr(b'>', &body[open..])? + 1;
    let end = begin + memchr::memchr(b'<', &body[begin..])?;
    let title = String::from_utf8_lossy(&body[begin..end]);
    let title = title.trim();
    let lower = title.to_lowercase();
    if !TITLES.iter().any(|sign| lower.starts_with(sign)) {
        return None;
    }
    let page = body.to_ascii_lowercase();
    MEANS.iter().any(|means| memmem::find(&page, means).is_some()).then(|| title.chars().take(80).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_told_from_a_product() {
        let challenge =
            b"<html><head><title>Just a moment...</title></head><body><form id=challenge-form></form>";
        assert_eq!(challenge_title(challenge).as_deref(), Some("Just a moment..."));
        for page in [
            &b"<title>Just a Moment, poster 50 x 70</title><p>12.00 EUR</p>"[..],
            b"<title>Kettle</title><script src=captcha.js></script>",
            b"no title, captcha",
        ] {
            assert_eq!(challenge_title(page), None);
        }
    }
}
