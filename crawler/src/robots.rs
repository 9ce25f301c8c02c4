//! robots.txt after RFC 9309: groups merged, the longest matching rule wins, `*` and `$`,
//! percent-encodings, what lies beyond 500 KiB is passed over. Crawl-delay and Sitemap lines are
//! read too. Only the file: fetching and caching it is [`crate::robots_cache`]'s and the engine's.
//!
//! Where the RFC leaves freedom, the answers are those of Google's open-source parser, which
//! reads what site owners really write (missing colons, `dissallow`, over-long lines).

use memchr::memmem;
use std::borrow::Cow;

/// RFC 9309 section 2.5: a crawler reads at least this much; no more is read here.
const MAX_BYTES: usize = 500 * 1024;
/// Longer lines are cut, so that one line cannot cost as much as a file.
const MAX_LINE: usize = 2083 * 8 - 1;

/// A parsed robots.txt. The default one is empty and allows everything.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RobotsFile {
    groups: Vec<Group>,
    sitemaps: Vec<String>,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Group {
    /// Agent tokens, lower case; `*` for all.
    agents: Vec<String>,
    rules: Vec<Rule>,
    crawl_delay: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
struct Rule {
    allow: bool,
    pattern: Vec<u8>,
    /// The pattern with needless percent-encodings undone (and of a Disallow blanks encoded), where
    /// that differs.
    plain: Option<Vec<u8>>,
    /// Of an Allow of a directory's index page: the directory.
    directory: Option<Vec<u8>>,
}

impl RobotsFile {
    /// A file that forbids everything to everybody: what an unreachable robots.txt means
    /// (RFC 9309 section 2.3.1.4).
    pub fn disallow_all() -> RobotsFile {
        RobotsFile::parse(b"user-agent: *\ndisallow: /\n")
    }

    /// Reads a robots.txt. Never fails: what is not understood is passed over. Of a file above
    /// 500 KiB the first 500 KiB count, without the line that is cut there.
    pub fn parse(bytes: &[u8]) -> RobotsFile {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let bytes = match bytes.get(..MAX_BYTES) {
            Some(head) if bytes.len() > MAX_BYTES => {
                let end = memchr::memrchr2(b'\n', b'\r', head).unwrap_or(0);
                &head[..end]
            }
            _ => bytes,
        };
        let mut file = RobotsFile::default();
        // Whether the next user-agent line opens a new group. Only rules close a group's list
        // of agents; other lines never do (RFC 9309 section 2.2.4).
        let mut group_has_rules = true;
        for line in bytes.split(|&b| b == b'\n' || b == b'\r') {
            let line = &line[..line.len().min(MAX_LINE)];
            let Some((key, value)) = key_and_value(line) else {
                continue;
            };
            match Key::of(key) {
                Key::UserAgent => {
                    if group_has_rules {
                        file.groups.push(Group::default());
                        group_has_rules = false;
                    }
                    if let (Some(group), Some(agent)) = (file.groups.last_mut(), agent(value)) {
                        group.agents.push(agent);
                    }
                }
                key @ (Key::Allow | Key::Disallow) => {
                    // Rules before the first user-agent line belong to nobody.
                    let Some(group) = file.groups.last_mut() else {
                        continue;
                    };
                    group_has_rules = true;
                    if !value.is_empty() {
                        group.rules.push(Rule::new(key == Key::Allow, value));
                    }
                }
                Key::CrawlDelay => {
                    if let (Some(group), Some(seconds)) = (file.groups.last_mut(), delay_seconds(value)) {
                        let longest = group.crawl_delay.unwrap_or(0.0).max(seconds);
                        group.crawl_delay = Some(longest);
                    }
                }
                Key::Sitemap => {
                    if let Ok(url) = std::str::from_utf8(value)
                        && (url.starts_with("http://") || url.starts_with("https://"))
                    {
                        file.sitemaps.push(url.to_owned());
                    }
                }
                Key::Other => {}
            }
        }
        file
    }

    /// What the file says to one agent (`touchstone`; a version after a slash is passed over): all
    /// groups naming it count as one; without any, those of `*`. To be made once and asked often.
    pub fn rules_for(&self, ua_token: &str) -> Rules {
        let groups: Vec<&Group> = self.groups_for(ua_token).collect();
        Rules {
            rules: groups.iter().flat_map(|group| group.rules.iter().cloned()).collect(),
            crawl_delay: groups.iter().filter_map(|group| group.crawl_delay).reduce(f64::max),
        }
    }

    /// Addresses of sitemaps, as written, whichever agent they stand under.
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }

    /// All groups naming the agent count as one; without any, those of `*`.
    fn groups_for(&self, ua_token: &str) -> impl Iterator<Item = &Group> {
        let token = ua_token.split('/').next().unwrap_or_default();
        let token = token.to_ascii_lowercase();
        let named = !token.is_empty() && self.groups.iter().any(|g| g.agents.contains(&token));
        self.groups.iter().filter(move |group| {
            group.agents.iter().any(|agent| if named { *agent == token } else { agent == "*" })
        })
    }
}

/// The rules of a robots.txt for one agent.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    rules: Vec<Rule>,
    crawl_delay: Option<f64>,
}

impl Rules {
    /// Whether the agent may fetch the address. It is matched from its path on, as it would stand in
    /// the request line.
    pub fn allowed(&self, url: &str) -> bool {
        let path = path_of(url);
        if self.rules.is_empty() || path == "/robots.txt" {
            return true;
        }
        let mut path = Cow::Borrowed(path.as_bytes());
        let mut plain = path.clone();
        if memchr::memchr(b'%', &path).is_some() {
            path = Cow::Owned(undo_encoding(&path, |_| false));
            plain = Cow::Owned(undo_needless_encoding(&path));
        }
        let mut allow = 0;
        let mut disallow = 0;
        for rule in &self.rules {
            let best = if rule.allow { &mut allow } else { &mut disallow };
            if rule.octets() > *best && rule.matches(&path, &plain) {
                *best = rule.octets();
            }
            // `Allow: /dir/index.html` lets the directory itself be read too.
            if let Some(directory) = &rule.directory
                && directory.len() > allow
                && glob(directory, &path)
            {
                allow = directory.len();
            }
        }
        allow >= disallow
    }

    /// Seconds between two requests that the file asks of the agent: the longest of its groups.
    pub fn crawl_delay(&self) -> Option<f64> {
        self.crawl_delay
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Key {
    UserAgent,
    Allow,
    Disallow,
    CrawlDelay,
    Sitemap,
    Other,
}

impl Key {
    fn of(key: &[u8]) -> Key {
        // The misspellings are those that Google's parser found frequent enough to accept.
        match key.to_ascii_lowercase().as_slice() {
            b"user-agent" | b"useragent" | b"user agent" => Key::UserAgent,
            b"allow" => Key::Allow,
            b"disallow" | b"dissallow" | b"dissalow" | b"disalow" | b"diasllow" | b"disallaw" => {
                Key::Disallow
            }
            b"crawl-delay" | b"crawldelay" => Key::CrawlDelay,
            b"sitemap" | b"site-map" => Key::Sitemap,
            _ => Key::Other,
        }
    }
}

/// Splits a line at its colon, or at white space where the colon was forgotten and exactly two
/// words stand there.
fn key_and_value(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = match memchr::memchr(b'#', line) {
        Some(hash) => &line[..hash],
        None => line,
    };
    let line = line.trim_ascii();
    let (key, value) = match memchr::memchr(b':', line) {
        Some(colon) => (&line[..colon], &line[colon + 1..]),
        None => {
            let gap = line.iter().position(u8::is_ascii_whitespace)?;
            let value = line[gap..].trim_ascii();
            if value.iter().any(u8::is_ascii_whitespace) {
                return None;
            }
            (&line[..gap], value)
        }
    };
    let key = key.trim_ascii();
    (!key.is_empty()).then_some((key, value.trim_ascii()))
}

/// The product token of a user-agent line: letters, `_` and `-` only (RFC 9309 section 2.2.1).
fn agent(value: &[u8]) -> Option<String> {
    if value.first() == Some(&b'*') && value.get(1).is_none_or(u8::is_ascii_whitespace) {
        return Some("*".to_owned());
    }
    let token: String = value
        .iter()
        .take_while(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-'))
        .map(|b| char::from(b.to_ascii_lowercase()))
        .collect();
    (!token.is_empty()).then_some(token)
}

fn delay_seconds(value: &[u8]) -> Option<f64> {
    let seconds: f64 = std::str::from_utf8(value).ok()?.parse().ok()?;
    (seconds.is_finite() && seconds >= 0.0).then_some(seconds)
}

impl Rule {
    fn new(allow: bool, value: &[u8]) -> Rule {
        let pattern = encode_non_ascii(value);
        let mut plain = undo_needless_encoding(&pattern);
        if !allow {
            // No address has a blank: who forbids `/a b` means the one that has its encoding.
            plain = plain.split(|&b| b == b' ').collect::<Vec<_>>().join(&b"%20"[..]);
        }
        let plain = Some(plain).filter(|plain| *plain != pattern);
        let directory = if allow { directory_of_index(&pattern) } else { None };
        Rule { allow, pattern, plain, directory }
    }

    /// What decides between rules: an octet counts once, however it is written.
    fn octets(&self) -> usize {
        self.plain.as_ref().unwrap_or(&self.pattern).len()
    }

    /// `path` as in the request, `plain` with needless percent-encodings undone, as section
    /// 2.2.2 of the RFC asks. A Disallow is read both ways, so that `/%7Eadmin` closes `/~admin`
    /// as well; an Allow is not widened by rewriting what its author wrote.
    fn matches(&self, path: &[u8], plain: &[u8]) -> bool {
        if glob(&self.pattern, path) || (plain != path && glob(&self.pattern, plain)) {
            return true;
        }
        match &self.plain {
            Some(pattern) if !self.allow => glob(pattern, plain),
            _ => false,
        }
    }
}

fn directory_of_index(pattern: &[u8]) -> Option<Vec<u8>> {
    let slash = memchr::memrchr(b'/', pattern)?;
    if !pattern[slash..].starts_with(b"/index.htm") {
        return None;
    }
    let mut directory = pattern[..=slash].to_vec();
    directory.push(b'$');
    Some(directory)
}

/// Whether the pattern matches from the beginning of the path; `*` is any run of bytes, a last
/// `$` the end. Leftmost matching of the pieces is enough, so the cost is linear.
pub(crate) fn glob(pattern: &[u8], path: &[u8]) -> bool {
    let (pattern, anchored) = match pattern.strip_suffix(b"$") {
        Some(pattern) => (pattern, true),
        None => (pattern, false),
    };
    let mut pieces = pattern.split(|&b| b == b'*');
    let first = pieces.next().unwrap_or_default();
    if !path.starts_with(first) {
        return false;
    }
    let mut at = first.len();
    let mut last = None;
    for piece in pieces {
        if let Some(middle) = last.replace(piece) {
            match memmem::find(&path[at..], middle) {
                Some(found) => at += found + middle.len(),
                None => return false,
            }
        }
    }
    match (last, anchored) {
        (None, true) => path.len() == at,
        (None, false) => true,
        (Some(piece), true) => path.len() - at >= piece.len() && path.ends_with(piece),
        (Some(piece), false) => memmem::find(&path[at..], piece).is_some(),
    }
}

/// Path and query of an address, without fragment; `/` where there is none.
fn path_of(url: &str) -> Cow<'_, str> {
    let url = url.split('#').next().unwrap_or_default();
    let after_scheme = match url.find("://") {
        // A scheme stands before any slash or question mark; `/a?u=http://b` has none.
        Some(at) if !url[..at].contains(['/', '?']) => &url[at + 3..],
        _ if url.starts_with("//") => &url[2..],
        _ => url,
    };
    match after_scheme.find(['/', '?', ';']) {
        Some(at) if after_scheme[at..].starts_with('/') => Cow::Borrowed(&after_scheme[at..]),
        Some(at) => Cow::Owned(format!("/{}", &after_scheme[at..])),
        None => Cow::Borrowed("/"),
    }
}

fn hex_pair(bytes: &[u8]) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16);
    match bytes {
        [b'%', high, low, ..] => Some((digit(*high)? * 16 + digit(*low)?) as u8),
        _ => None,
    }
}

fn push_encoded(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.extend([b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
}

/// One spelling of a path or pattern: what needs no escape has none, everything else has one.
pub(crate) fn comparable(value: &[u8]) -> Vec<u8> {
    undo_needless_encoding(&encode_non_ascii(value))
}

/// Bytes above ASCII percent-encoded, hexadecimal digits in upper case.
fn encode_non_ascii(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        match hex_pair(&value[at..]) {
            Some(code) => {
                push_encoded(&mut out, code);
                at += 3;
                continue;
            }
            None if byte >= 0x80 => push_encoded(&mut out, byte),
            None => out.push(byte),
        }
        at += 1;
    }
    out
}

/// Encodings of unreserved characters (RFC 3986 section 2.3) undone, others in upper case.
fn undo_needless_encoding(value: &[u8]) -> Vec<u8> {
    undo_encoding(value, |code| code.is_ascii_alphanumeric() || matches!(code, b'-' | b'.' | b'_' | b'~'))
}

/// The encodings undone that are `needless`, others in upper case.
fn undo_encoding(value: &[u8], needless: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut at = 0;
    while let Some(&byte) = value.get(at) {
        match hex_pair(&value[at..]) {
            Some(code) => {
                if needless(code) {
                    out.push(code);
                } else {
                    push_encoded(&mut out, code);
                }
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// The answer of [`inspect`].
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RobotsAnswer {
    /// Whether the agent may fetch the address.
    pub allowed: bool,
    /// Seconds between requests, where asked.
    pub crawl_delay: Option<f64>,
}

/// One question to one robots.txt, for administrators and tests.
pub fn inspect(robots: &str, ua: &str, url: &str) -> RobotsAnswer {
    let rules = RobotsFile::parse(robots.as_bytes()).rules_for(ua);
    RobotsAnswer { allowed: rules.allowed(url), crawl_delay: rules.crawl_delay() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::path::PathBuf;

    fn allowed(robots: &str, url: &str) -> bool {
        inspect(robots, "touchstone", url).allowed
    }

    #[test]
    fn the_facts_of_googles_tests_are_reproduced() {
        let shared = std::env::var_os("TOUCHSTONE_SHARED").map_or_else(
            || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared")),
            PathBuf::from,
        );
        let path = shared.join("data/robots/google_robots_test.jsonl");
        let Ok(text) = std::fs::read_to_string(&path) else {
            assert!(std::env::var_os("TOUCHSTONE_REQUIRE_SHARED").is_none(), "{} is missing", path.display());
            eprintln!("skipped: the_facts_of_googles_tests_are_reproduced");
            return;
        };
        let mut rows = 0;
        let mut wrong = Vec::new();
        for line in text.lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let field = |name: &str| row[name].as_str().unwrap();
            let answer = inspect(field("robots"), field("ua"), field("url"));
            if Some(answer.allowed) != row["allowed"].as_bool() {
                wrong.push(format!("row {rows}: {}", field("test")));
            }
            rows += 1;
        }
        assert_eq!((rows, wrong), (145, vec![]));
    }

    #[test]
    fn the_longest_rule_wins_and_allow_wins_a_tie() {
        let robots =
            "User-agent: *\nAllow: /\nDisallow: /secret/\nAllow: /secret/open\nDisallow: /tie\nAllow: /tie\n";
        assert!(allowed(robots, "http://a/"));
        assert!(!allowed(robots, "http://a/secret/x"));
        assert!(allowed(robots, "http://a/secret/open/x"));
        assert!(allowed(robots, "http://a/tie"));
    }

    #[test]
    fn wildcards_and_end_marks() {
        let robots = "User-agent: *\nDisallow: /*.php$\nDisallow: /a/*/b*c$\nDisallow: /x$y\n";
        assert!(!allowed(robots, "http://a/q.php"));
        assert!(allowed(robots, "http://a/q.php?x=1"));
        assert!(!allowed(robots, "http://a/a/1/2/b-c-c"));
        assert!(allowed(robots, "http://a/a/1/2/b-c-d"));
        assert!(!allowed(robots, "http://a/x$y"));
        assert!(allowed(robots, "http://a/xy"));
        // The middle of a pattern must not reuse bytes of its end.
        assert!(glob(b"/ab*b$", b"/abb") && !glob(b"/ab*b$", b"/ab"));
    }

    #[test]
    fn groups_of_one_agent_are_merged_and_replace_those_of_all() {
        let robots = "User-agent: *\nDisallow: /\n\nUser-agent: Touchstone/2.0\nUser-agent: other\nCrawl-delay: 2\nDisallow: /a\n\nUser-agent: touchstone\nDisallow: /b\nCrawl-delay: 0.5\n";
        assert!(!allowed(robots, "http://a/a"));
        assert!(!allowed(robots, "http://a/b"));
        assert!(allowed(robots, "http://a/c"));
        let answer = inspect(robots, "touchstone/0.1", "http://a/c");
        assert_eq!(answer.crawl_delay, Some(2.0));
        assert_eq!(inspect(robots, "else", "http://a/c").crawl_delay, None);
    }

    #[test]
    fn percent_encodings_are_compared_as_the_rfc_asks() {
        assert!(!allowed("User-agent: *\nDisallow: /%7Eadmin", "http://a/~admin"));
        assert!(!allowed("User-agent: *\nDisallow: /~admin", "http://a/%7eadmin"));
        assert!(!allowed("User-agent: *\nDisallow: /café", "http://a/caf%c3%a9"));
        assert!(allowed("User-agent: *\nDisallow: /\nAllow: /baz", "http://a/%62az"));
        // What an Allow names as it is asked for, whatever the case of its hexadecimal digits.
        assert!(allowed("User-agent: *\nDisallow: /\nAllow: /%7ea/", "http://a/%7ea/"));
        assert!(allowed("User-agent: *\nDisallow: /\nAllow: /%7Ea/", "http://a/%7ea/"));
        assert!(!allowed("User-agent: *\nDisallow: /a b", "http://a/a%20b/c"));
        // An octet counts once: these two rules are equally long, and Allow wins.
        assert!(allowed("User-agent: *\nDisallow: /%7Ea\nAllow: /~a", "http://a/~a"));
        // A reserved character and its encoding are two different things.
        assert!(allowed("User-agent: *\nDisallow: /a%2Fb", "http://a/a/b"));
    }

    #[test]
    fn sitemaps_and_delays_are_read_wherever_they_stand() {
        let file = RobotsFile::parse(b"\xEF\xBB\xBFSitemap: https://a/s.xml\r\nUser-agent: *\r\nCrawl-delay: nan\r\nCrawl-delay: 1.5 # slow\r\nsitemap: /relative.xml\r\n");
        assert_eq!(file.sitemaps(), ["https://a/s.xml"]);
        assert_eq!(file.rules_for("touchstone").crawl_delay(), Some(1.5));
        let closed = RobotsFile::disallow_all().rules_for("touchstone");
        assert!(!closed.allowed("http://a/x"));
        assert!(closed.allowed("http://a/robots.txt"));
    }

    #[test]
    fn only_the_first_500_kib_count() {
        let mut robots = b"User-agent: *\nDisallow: /early\n".to_vec();
        while robots.len() < MAX_BYTES {
            robots.extend(b"# filler filler filler filler filler\n");
        }
        robots.extend(b"Disallow: /late\n");
        let rules = RobotsFile::parse(&robots).rules_for("t");
        assert!(!rules.allowed("http://a/early"));
        assert!(rules.allowed("http://a/late"));
    }

    proptest! {
        #[test]
        fn any_bytes_give_an_answer(robots in prop::collection::vec(any::<u8>(), 0..400), url in ".{0,80}") {
            let file = RobotsFile::parse(&robots);
            let _ = file.rules_for("touchstone").allowed(&url);
        }

        #[test]
        fn glob_agrees_with_a_plain_backtracking_matcher(pattern in "/[ab*]{0,8}[$]?", path in "/[ab]{0,10}") {
            fn slow(pattern: &[u8], path: &[u8]) -> bool {
                match pattern {
                    [] => true,
                    b"$" => path.is_empty(),
                    [b'*', rest @ ..] => (0..=path.len()).any(|at| slow(rest, &path[at..])),
                    [byte, rest @ ..] => path.first() == Some(byte) && slow(rest, &path[1..]),
                }
            }
            prop_assert_eq!(glob(pattern.as_bytes(), path.as_bytes()), slow(pattern.as_bytes(), path.as_bytes()));
        }
    }
}
