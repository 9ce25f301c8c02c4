//! Signs that a site does not want to be read by machines, and when they add up to a wall. A wall
//! ends the crawl of its source; nothing here or elsewhere tries to get past one.
//!
//! A challenge (captcha) is a wall at once. Refusals (401, 403, 407, 451, a login page in the place
//! of an offer page) are one where a start page gives one before anything was read, or several come in a
//! row: a single one is a single page's affair. What every shop keeps behind a login (accounts,
//! baskets) is no sign.

use crate::fetch::Answer;
use crate::host::lock;
use crate::secret::redacted;
use memchr::memmem;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock};
use url::Url;

/// So many refusals in a row, without a page read between, are a wall.
const SERIES: u32 = 3;
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

/// Parts of addresses behind which shops keep what is a visitor's own, in the languages of large
/// markets. Compared with whole words of the path.
const OWN_AREAS: &[&str] = &[
    "account",
    "accounts",
    "admin",
    "auth",
    "basket",
    "cart",
    "checkout",
    "compare",
    "favorites",
    "favourites",
    "konto",
    "kundenkonto",
    "login",
    "logon",
    "logout",
    "merkzettel",
    "my",
    "myaccount",
    "oauth",
    "order",
    "orders",
    "password",
    "profile",
    "register",
    "registration",
    "session",
    "signin",
    "signup",
    "sso",
    "user",
    "users",
    "warenkorb",
    "wishlist",
    "wpadmin",
    "wplogin",
    "anmelden",
    "anmeldung",
    "einloggen",
    "kasse",
    "registrieren",
    "compte",
    "connexion",
    "panier",
    "identification",
    "acceder",
    "cuenta",
    "carrito",
    "accedi",
    "carrello",
    "logowanie",
    "koszyk",
    "inloggen",
    "winkelwagen",
    "entrar",
    "carrinho",
    "giris",
    "sepet",
];
/// Parts of addresses where one logs in.
const LOGIN_PATHS: &[&str] = &[
    "login",
    "logon",
    "signin",
    "sso",
    "auth",
    "oauth",
    "wplogin",
    "anmelden",
    "anmeldung",
    "einloggen",
    "connexion",
    "identification",
    "acceder",
    "accedi",
    "logowanie",
    "inloggen",
    "entrar",
    "giris",
];
/// What pages that are for logging in are called, as a whole or as one part of the title.
const LOGIN_TITLES: &[&str] = &[
    "log in",
    "login",
    "log on",
    "logon",
    "sign in",
    "signin",
    "customer login",
    "member login",
    "account login",
    "user login",
    "please log in",
    "please sign in",
    "login required",
    "log in or sign up",
    "anmelden",
    "anmeldung",
    "einloggen",
    "kundenlogin",
    "bitte anmelden",
    "connexion",
    "se connecter",
    "identification",
    "s'identifier",
    "iniciar sesión",
    "acceder",
    "identifícate",
    "accedi",
    "login clienti",
    "logowanie",
    "zaloguj się",
    "zaloguj",
    "inloggen",
    "entrar",
    "iniciar sessão",
    "giriş",
    "giriş yap",
    "üye girişi",
    "вход",
    "войти",
    "logga in",
    "log ind",
    "logg inn",
    "kirjaudu",
    "přihlášení",
    "prihlásenie",
    "bejelentkezés",
    "autentificare",
    "conectare",
    "σύνδεση",
    "登录",
    "登入",
    "ログイン",
    "로그인",
];

/// What one answer says of how welcome the crawler is.
#[derive(Debug, PartialEq)]
enum Sign {
    /// A wall by itself.
    Challenge(String),
    /// A wall when repeated.
    Refusal(String),
    /// A page was read.
    Welcome,
    Neither,
}

/// What one engine has met so far.
#[derive(Default)]
pub(crate) struct Walls {
    found: OnceLock<String>,
    /// Refusals in a row, by host.
    series: Mutex<HashMap<String, u32>>,
    /// Whether any page was asked for yet.
    asked: AtomicBool,
}

impl Walls {
    /// What ended the source.
    pub(crate) fn found(&self) -> Option<&str> {
        self.found.get().map(String::as_str)
    }

    /// Looks at an answer to what was asked for as a page (`page`; not as a sitemap) and gives what
    /// ended the source, if this or an earlier one did. `start`: whether it is a start page. `leads_to`: where
    /// it redirects.
    pub(crate) fn meet(
        &self,
        url: &Url,
        answer: &Answer,
        page: bool,
        start: impl FnOnce() -> bool,
        leads_to: Option<&str>,
    ) -> Option<String> {
        let sign = sign(url, answer, page, leads_to);
        let place = redacted(url.as_str());
        let first = page && !self.asked.swap(true, Ordering::Relaxed);
        let wall = match sign {
            Sign::Challenge(reason) => Some(format!("{reason} at {place}")),
            Sign::Welcome => {
                lock(&self.series).remove(url.host_str().unwrap_or_default());
                None
            }
            Sign::Refusal(reason) => {
                let mut series = lock(&self.series);
                let count = series.entry(url.host_str().unwrap_or_default().to_owned()).or_default();
                *count += 1;
                if first && start() {
                    Some(format!("{reason} at {place}"))
                } else if *count >= SERIES {
                    Some(format!("{reason} at {place}, {count} refusals in a row"))
                } else {
                    None
                }
            }
            Sign::Neither => None,
        };
        if let Some(sign) = wall {
            return Some(self.found.get_or_init(|| sign).clone());
        }
        self.found.get().cloned()
    }
}

/// Whether the answer is a captcha or the like.
pub(crate) fn is_challenge(answer: &Answer) -> bool {
    challenge(answer).is_some()
}

fn sign(url: &Url, answer: &Answer, page: bool, leads_to: Option<&str>) -> Sign {
    if let Some(reason) = challenge(answer) {
        return Sign::Challenge(reason);
    }
    if !page {
        return Sign::Neither;
    }
    let own = || has_word(url.path(), OWN_AREAS);
    match answer.status {
        401 | 403 | 407 | 451 if !own() => {
            Sign::Refusal(format!("the server answered {} {}", answer.status, answer.reason))
        }
        300..=399 => match leads_to.and_then(|to| Url::parse(to).ok()) {
            Some(to) if has_word(to.path(), LOGIN_PATHS) && !own() => {
                Sign::Refusal(format!("the server sent to the login page {}", to.path()))
            }
            _ if answer.status == 304 => Sign::Welcome,
            _ => Sign::Neither,
        },
        200 | 203 => match login_title(&answer.body) {
            Some(_) if own() => Sign::Neither,
            Some(title) => Sign::Refusal(format!("the server answered with the login page '{title}'")),
            None => Sign::Welcome,
        },
        _ => Sign::Neither,
    }
}

/// Whether a segment of the path is one of the words, or made of them alone: `/my-account`,
/// `/account_login.php`; not `/made-to-order`.
fn has_word(path: &str, words: &[&str]) -> bool {
    let path = path.to_ascii_lowercase();
    path.split('/').any(|segment| {
        let name = segment.split(['.', ';']).next().unwrap_or_default();
        let mut parts = name.split(['-', '_']);
        !name.is_empty()
            && (words.contains(&name)
                || words.contains(&name.replace(['-', '_'], "").as_str())
                || parts.all(|part| words.contains(&part)))
    })
}

fn challenge(answer: &Answer) -> Option<String> {
    if answer.header("cf-mitigated").is_some_and(|value| value.contains("challenge")) {
        return Some("the server answered with a challenge (cf-mitigated)".to_owned());
    }
    if !matches!(answer.status, 200 | 203 | 401 | 403 | 405 | 429 | 503)
        || answer.body.len() > LARGEST_CHALLENGE
    {
        return None;
    }
    challenge_title(&answer.body)
        .map(|title| format!("the server answered with a challenge page titled '{title}'"))
}

/// The title of a page that is for logging in: it is called so, and has a field for a password. Many
/// shops have such a field on every page; they do not call every page so.
fn login_title(body: &[u8]) -> Option<String> {
    if memmem::find(body, b"password").is_none() && memmem::find(body, b"PASSWORD").is_none() {
        return None;
    }
    let title = title(body)?;
    let is_login = title
        .split(['|', '-', '–', '—', ':', '·', '»', '«', '/'])
        .map(|part| part.trim().to_lowercase())
        .any(|part| LOGIN_TITLES.contains(&part.as_str()));
    (is_login && has_password_field(body)).then(|| title.chars().take(80).collect())
}

fn has_password_field(body: &[u8]) -> bool {
    let lower = body.to_ascii_lowercase();
    let mut rest = &lower[..];
    while let Some(at) = memmem::find(rest, b"<input") {
        rest = &rest[at + 6..];
        let end = memchr::memchr(b'>', rest).unwrap_or(rest.len());
        let tag = &rest[..end];
        if [&b"type=\"password\""[..], b"type='password'", b"type=password"]
            .iter()
            .any(|field| memmem::find(tag, field).is_some())
        {
            return true;
        }
    }
    false
}

/// The text of the title, as written.
fn title(body: &[u8]) -> Option<String> {
    let open = memmem::find(body, b"<title").or_else(|| memmem::find(body, b"<TITLE"))?;
    let begin = open + memchr::memchr(b'>', &body[open..])? + 1;
    let end = begin + memchr::memchr(b'<', &body[begin..])?;
    Some(String::from_utf8_lossy(&body[begin..end]).trim().to_owned())
}

fn challenge_title(body: &[u8]) -> Option<String> {
    // Cheap on ordinary pages: only the title is looked at.
    let title = title(body)?;
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
    use proptest::prelude::*;

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

    #[test]
    fn a_page_for_logging_in_is_told_from_a_page_with_a_form_for_it() {
        for page in [
            "<title>Sign in</title><form><input name=p type=password></form>",
            "<title>Shop &ndash; x | Anmelden</title><INPUT TYPE=\"PASSWORD\">",
            "<title>\n Вход - Магазин\n</title><input id='a' type='password' required>",
        ] {
            assert!(login_title(page.as_bytes()).is_some(), "{page}");
        }
        for page in [
            "<title>Kettle | Shop</title><form><input type=password></form>",
            "<title>Login diary, 200 pages | Shop</title><form><input type=password></form>",
            "<title>Log in</title><p>How to choose a password</p><input type=text>",
            "<title>Log in</title>",
            "<input type=password>",
        ] {
            assert_eq!(login_title(page.as_bytes()), None, "{page}");
        }
    }

    #[test]
    fn the_areas_of_a_visitor_are_told_by_whole_words() {
        for path in [
            "/login",
            "/customer/account/",
            "/de/mein/Konto",
            "/account_login.php",
            "/sign-in",
            "/my-account/x",
        ] {
            assert!(has_word(path, OWN_AREAS), "{path}");
        }
        for path in ["/", "/made-to-order", "/cartography", "/p/login-diary", "/user-manuals/1", "/p/1.html"]
        {
            assert!(!has_word(path, OWN_AREAS), "{path}");
        }
    }

    proptest! {
        #[test]
        fn any_page_is_survived(body in "(<title>|</title>|<input|password|type=|login|[<>\"'a ]){0,12}", path in ".{0,40}") {
            login_title(body.as_bytes());
            challenge_title(body.as_bytes());
            has_word(&path, OWN_AREAS);
        }
    }
}
