//! A site on loopback for tests: it answers what a test wants it to answer, remembers what it was
//! asked for, and can hold an answer back, so that each thing happens at a known moment. Not here: the
//! bundled market (`fixture_market`), hostile servers (the crawler's tests).

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Longest wait for something that has to happen.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// What the site was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The `Host` header.
    pub host: String,
    /// Path with query.
    pub path: String,
    /// Header lines, names in lower case.
    pub headers: Vec<(String, String)>,
}

impl Asked {
    /// The first value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

/// What it answers.
#[derive(Debug, Clone)]
pub struct Reply {
    status: u16,
    headers: Vec<String>,
    body: Vec<u8>,
}

impl Reply {
    /// Status 200 with a body of a media type.
    pub fn of(media_type: &str, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status: 200, headers: vec![format!("Content-Type: {media_type}")], body: body.into() }
    }
    /// A page.
    pub fn page(body: impl Into<Vec<u8>>) -> Reply {
        Reply::of("text/html; charset=utf-8", body)
    }
    /// An error, or an answer without a body.
    pub fn status(status: u16) -> Reply {
        Reply { status, ..Reply::of("text/html", if status == 304 { "" } else { "nothing here" }) }
    }
    /// A redirect.
    pub fn to(place: &str) -> Reply {
        Reply::status(302).with("Location", place)
    }
    /// What a page with another status says.
    pub fn saying(status: u16, body: impl Into<Vec<u8>>) -> Reply {
        Reply { status, ..Reply::page(body) }
    }
    /// With one more header line.
    pub fn with(mut self, name: &str, value: &str) -> Reply {
        self.headers.push(format!("{name}: {value}"));
        self
    }
}

#[derive(Default)]
struct State {
    asked: Vec<Asked>,
    /// Answers to this place (host and path), or to what lies below it where it ends with a slash, wait
    /// until it is taken away.
    held: Option<String>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The site. All host names of a source lead to it (`connect_to`).
pub struct Site {
    port: u16,
    shared: Arc<Shared>,
}

impl Site {
    /// A site with these answers; no answer is a 404.
    pub fn new(reply: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> Site {
        let listener = match TcpListener::bind("127.0.0.1:0") {
            Ok(listener) => listener,
            Err(e) => panic!("no port on loopback: {e}"),
        };
        let port = listener.local_addr().map_or(0, |address| address.port());
        let shared = Arc::new(Shared::default());
        let (reply, of_site) = (Arc::new(reply), Arc::clone(&shared));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (reply, shared) = (Arc::clone(&reply), Arc::clone(&of_site));
                // Whoever asks may be killed meanwhile and read no answer.
                std::thread::spawn(move || answer(stream, &shared, &*reply));
            }
        });
        Site { port, shared }
    }

    /// Where it listens, for `connect_to`.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }
    /// Holds back answers to a place, host and path (`shop.example/p/1`), or to everything below one that
    /// ends with a slash (`slow.example/`).
    pub fn hold(&self, place: &str) {
        self.shared.state().held = Some(place.to_owned());
    }
    /// Answers what was held back.
    pub fn let_go(&self) {
        self.shared.state().held = None;
        self.shared.changed.notify_all();
    }
    /// Waits until a path was asked for.
    ///
    /// # Panics
    /// It was not, in [`PATIENCE`].
    pub fn wait_for(&self, path: &str) {
        let missing = |state: &mut State| !state.asked.iter().any(|asked| asked.path == path);
        let waited = self.shared.changed.wait_timeout_while(self.shared.state(), PATIENCE, missing);
        let (_state, ended) = waited.unwrap_or_else(PoisonError::into_inner);
        assert!(!ended.timed_out(), "{path} was never asked for");
    }
    /// Everything asked for since this was last called, in order.
    pub fn requests(&self) -> Vec<Asked> {
        std::mem::take(&mut self.shared.state().asked)
    }
    /// The paths asked for since then, in order, without robots.txt.
    pub fn asked(&self) -> Vec<String> {
        let paths = self.requests().into_iter().map(|asked| asked.path);
        paths.filter(|path| path != "/robots.txt").collect()
    }
    /// The file of a source of this site: its keys of the top level, then its tables.
    pub fn source(&self, keys: &str, tables: &str) -> String {
        let market = if keys.contains("market =") { "" } else { "market = \"DE\"\n" };
        format!(
            "id = \"shop\"\nname = \"Shop\"\n{market}{keys}\n\
             [permission]\nbasis = \"test\"\ncontact = \"mailto:a@customs.example\"\n\
             [pace]\ndelay_seconds = 0\ntimeout_seconds = 20\n{tables}\n\
             [network]\nallow_loopback = true\nconnect_to = \"{}\"\n",
            self.address()
        )
    }
}

fn answer(mut stream: TcpStream, shared: &Shared, reply: &dyn Fn(&Asked) -> Option<Reply>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut asked = Asked { host: String::new(), path, headers: Vec::new() };
    loop {
        line.clear();
        if reader.read_line(&mut line).ok()? <= 2 {
            break;
        }
        let (name, value) = line.trim_end().split_once(": ")?;
        asked.headers.push((name.to_ascii_lowercase(), value.to_owned()));
    }
    asked.host = asked.header("host").unwrap_or_default().to_owned();
    let place = format!("{}{}", asked.host, asked.path);
    let mut state = shared.state();
    state.asked.push(asked.clone());
    shared.changed.notify_all();
    let holds = |held: &String| *held == place || (held.ends_with('/') && place.starts_with(held.as_str()));
    while state.held.as_ref().is_some_and(holds) {
        state = shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
    }
    drop(state);
    let Reply { status, headers, body } = reply(&asked).unwrap_or_else(|| Reply::status(404));
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let length = if status == 304 { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    let head = format!("HTTP/1.1 {status} Said\r\n{headers}{length}Connection: close\r\n\r\n");
    stream.write_all(&[head.as_bytes(), &body].concat()).ok()
}

/// A product page: one offer in markup, links to other pages.
pub fn product(name: &str, price: &str, links: &[&str]) -> String {
    let links: String = links.iter().map(|to| format!("<a href=\"{to}\">more</a>")).collect();
    format!(
        "<!DOCTYPE html><html lang=en><title>{name}</title><script type=\"application/ld+json\">{{\"@type\":\"Product\",\
         \"name\":\"{name}\",\"offers\":{{\"price\":\"{price}\",\"priceCurrency\":\"EUR\"}}}}</script><h1>{name}</h1>{links}"
    )
}
