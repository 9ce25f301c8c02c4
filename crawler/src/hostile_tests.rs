//! What a hostile server may try, tried: each case says what comes out, and where a connection could
//! go on for ever, that it is hung up. See [`crate::hostile_server_tests`] for the server.

use crate::fetch::Fetcher;
use crate::guard::{Guard, Lookup};
use crate::hostile_server_tests::*;
use flate2::write::GzEncoder;
use std::collections::HashSet;
use std::io::Write;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const OK: &str = "HTTP/1.1 200 OK\r\n";

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(plain).unwrap();
    out.finish().unwrap()
}

/// A gzipped answer; sent in one piece.
fn gzipped(body: &[u8]) -> Act {
    let mut all =
        format!("{OK}Content-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    all.extend(body);
    send(all)
}

/// The answers of one server after another, each closing its connection, and what is said of them.
async fn expect(cases: Vec<(Vec<u8>, &str)>) {
    for (sent, expected) in cases {
        let shown = String::from_utf8_lossy(&sent[..sent.len().min(120)]).into_owned();
        let (result, _server) = answer(vec![Act::Send(sent), Act::Close]).await;
        let said = said(result);
        assert!(said.starts_with(expected), "{shown:?}\n  gave {said:?}\n  not  {expected:?}");
    }
}

#[tokio::test]
async fn what_is_not_http_is_no_answer() {
    let long = |n: usize| format!("HTTP/1.1 200 {}\r\nContent-Length: 2\r\n\r\nhi", "x".repeat(n));
    expect(vec![
        (b"".to_vec(), "host: the connection failed"),
        // HTTP/0.9 has no header at all.
        (b"<html><p>1.00 EUR</p></html>\r\n\r\n".to_vec(), "host: the connection failed"),
        (b"HTTP/1.1 200".to_vec(), "host: the connection failed"),
        (b"HTTP/1.1 abc OK\r\n\r\n".to_vec(), "host: the connection failed"),
        (b"HTTP/1.1 99 Low\r\n\r\n".to_vec(), "host: the connection failed"),
        (b"HTTP/1.1 1000 High\r\n\r\n".to_vec(), "host: the connection failed"),
        (b"HTTP/3.0 200 OK\r\n\r\n".to_vec(), "host: the connection failed"),
        (b"ICY 200 OK\r\n\r\n".to_vec(), "host: the connection failed"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS hello".to_vec(), "host: the connection failed"),
        (b"\0".repeat(1000), "host: the connection failed"),
        (b"HTTP/1.1 999 Odd\r\nContent-Length: 2\r\n\r\nhi".to_vec(), "answer 999 of 2 bytes"),
        // A reason is for people; it is neither kept nor believed.
        (long(100_000).into_bytes(), "answer 200 of 2 bytes"),
        (long(2_000_000).into_bytes(), "host: the connection failed"),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nnoise".to_vec(),
            "answer 101 of 0 bytes",
        ),
    ])
    .await;
}

#[tokio::test]
async fn headers_are_few_short_and_well_formed() {
    let lines = |n: usize, length: usize| {
        let line = |i: usize| format!("X-{i}: {}\r\n", "y".repeat(length));
        format!("{OK}Content-Length: 0\r\n{}\r\n", (0..n).map(line).collect::<String>()).into_bytes()
    };
    let with = |line: &str| format!("{OK}{line}\r\nContent-Length: 2\r\n\r\nhi").into_bytes();
    expect(vec![
        (lines(100, 100), "answer 200 of 0 bytes"),
        (lines(128, 1), "host: the connection failed"),
        (lines(10_000, 1), "host: the connection failed"),
        (lines(100, 1000), "page: the answer's header has"),
        (lines(1, 70_000), "page: the answer's header has"),
        (lines(1, 3_000_000), "host: the connection failed"),
        (with("Location: http://a.example/\0b"), "host: the connection failed"),
        (with("Location: http://a.example/\rSet-Cookie: x=1"), "host: the connection failed"),
        (with("Fold: a\r\n b"), "host: the connection failed"),
        (with("No colon"), "host: the connection failed"),
        (with("Sp ace: x"), "host: the connection failed"),
        (with(": x"), "host: the connection failed"),
        (with("Latin: \u{e9}\u{20ac}"), "answer 200 of 2 bytes"),
    ])
    .await;
    for endless in ["X-Header: value\r\n", "x", "X: y\r\nX: "] {
        let (result, mut server) =
            answer(vec![send(OK), Act::Forever(endless.repeat(500).into_bytes())]).await;
        let said = said(result);
        assert!(said.starts_with("host: the connection failed"), "{said}");
        server.hung_up().await;
    }
}

#[tokio::test]
async fn lengths_are_not_believed() {
    let with = |head: &str, body: &str| format!("{OK}{head}\r\n\r\n{body}").into_bytes();
    expect(vec![
        (with("Content-Length: 100", "short"), "host: the connection failed"),
        (with("Content-Length: 5", "short and more"), "answer 200 of 5 bytes"),
        (with("Content-Length: -1", "x"), "host: the connection failed"),
        (with("Content-Length: 1e3", "x"), "host: the connection failed"),
        (with("Content-Length: 18446744073709551616", "x"), "host: the connection failed"),
        (with("Content-Length: 9223372036854775807", "x"), "page: the page is larger than"),
        (with("Content-Length: 1\r\nContent-Length: 2", "xy"), "host: the connection failed"),
        (
            with("Content-Length: 2\r\nTransfer-Encoding: chunked", "1\r\nx\r\n0\r\n\r\n"),
            "answer 200 of 1 bytes",
        ),
        // No length: the end of the connection is the end of the body.
        (with("X: y", "to the end"), "answer 200 of 10 bytes"),
        (with("Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"), "answer 200 of 5 bytes"),
        (with("Transfer-Encoding: chunked", "5\r\nhello\r\n"), "host: the connection failed"),
        (with("Transfer-Encoding: chunked", "zz\r\nhello\r\n0\r\n\r\n"), "host: the connection failed"),
        (with("Transfer-Encoding: chunked", "-5\r\nhello\r\n0\r\n\r\n"), "host: the connection failed"),
        (with("Transfer-Encoding: chunked", "5\r\nhello world\r\n0\r\n\r\n"), "host: the connection failed"),
        (with("Transfer-Encoding: chunked", "fffffffffffffffff\r\nhello"), "host: the connection failed"),
        (with("Transfer-Encoding: chunked", "ffffffffffffffff\r\nhello"), "host: the connection failed"),
        (
            with("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"),
            "page: the server sent the transfer encoding 'gzip'",
        ),
        (with("Transfer-Encoding: xyz", "hello"), "page: the server sent the transfer encoding 'xyz'"),
    ])
    .await;
    let extension =
        vec![send(format!("{OK}Transfer-Encoding: chunked\r\n\r\n5;")), Act::Forever(vec![b'x'; 9000])];
    let trailers = vec![
        send(format!("{OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n")),
        Act::Forever(b"Trailer: x\r\n".repeat(500)),
    ];
    for acts in [extension, trailers] {
        let (result, mut server) = answer(acts).await;
        let said = said(result);
        assert!(said.starts_with("host: the connection failed"), "{said}");
        server.hung_up().await;
    }
}

#[tokio::test]
async fn an_answer_nobody_asked_for_is_nobody_s() {
    // Behind the first answer stands another one, as if to the request that follows.
    let page = |text: &str| format!("{OK}Content-Length: {}\r\n\r\n{text}", text.len());
    let server = Hostile::start(move |path| match path {
        "/1" => vec![send(page("first") + &page("forged price"))],
        _ => vec![send(page("second"))],
    })
    .await;
    let fetcher = fetcher(&source(server.address, "", ""), None);
    assert_eq!(get(&fetcher, "http://shop.example/1").await.unwrap().body, b"first");
    assert_eq!(get(&fetcher, "http://shop.example/2").await.unwrap().body, b"second");
}

#[tokio::test]
async fn encodings_that_were_not_asked_for_are_refused() {
    let with = |head: &str, body: &[u8]| {
        let mut all = format!("{OK}{head}\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
        all.extend(body);
        all
    };
    let once = gzip(b"<p>1.00 EUR</p>");
    let twice = gzip(&once);
    let mut garbage = once.clone();
    garbage.extend(b"\r\n<!-- cache -->");
    let mut wrong = once.clone();
    let at = wrong.len() - 6;
    wrong[at] ^= 1;
    let not_asked = "page: the server sent the content encoding";
    expect(vec![
        (with("Content-Encoding: br", b"x"), not_asked),
        (with("Content-Encoding: deflate", b"x"), not_asked),
        (with("Content-Encoding: zstd", b"x"), not_asked),
        (with("Content-Encoding: gzip, br", &once), not_asked),
        (
            with("Content-Encoding: gzip, gzip", &twice),
            "page: the server sent a content encoding within another",
        ),
        (
            with("Content-Encoding: gzip\r\nContent-Encoding: gzip", &twice),
            "page: the server sent a content encoding within another",
        ),
        (with("Content-Encoding: identity, x-gzip", &once), "answer 200 of 15 bytes"),
        (with("Content-Encoding: GZIP", &garbage), "answer 200 of 15 bytes"),
        (with("Content-Encoding: gzip", &wrong), "page: the answer's gzip encoding is broken"),
        (
            with("Content-Encoding: gzip", &once[..once.len() - 3]),
            "host: the answer's gzip encoding ends too early",
        ),
        (
            with("Content-Encoding: gzip", b"<html>plain after all</html>"),
            "page: the answer's gzip encoding is broken",
        ),
        (with("Content-Encoding: gzip", b""), "answer 200 of 0 bytes"),
        (
            b"HTTP/1.1 404 Not Found\r\nContent-Encoding: br\r\nContent-Length: 3\r\n\r\nbrr".to_vec(),
            "answer 404 of 3 bytes",
        ),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Encoding: gzip\r\n\r\n".to_vec(), "answer 304 of 0 bytes"),
    ])
    .await;
}

#[tokio::test]
async fn bodies_without_end_are_hung_up_at_their_limit() {
    let chunk = [b"4000\r\n".to_vec(), vec![b'x'; 0x4000], b"\r\n".to_vec()].concat();
    let stored: Vec<u8> = [0, 0, 0, 0xff, 0xff].repeat(1000);
    let head = |lines: &str| send(format!("{OK}{lines}\r\n"));
    let begun =
        |bytes: &[u8]| send([format!("{OK}Content-Encoding: gzip\r\n\r\n").as_bytes(), bytes].concat());
    let bomb = gzip(&vec![0; 20 << 20]);
    for (acts, expected) in [
        (vec![head(""), Act::Forever(vec![b'x'; 0x4000])], "page: the page is larger than 8388608 bytes"),
        (
            vec![head("Transfer-Encoding: chunked\r\n"), Act::Forever(chunk)],
            "page: the page is larger than 8388608 bytes",
        ),
        // Gzip that never says anything, and gzip that says the same for ever.
        (vec![begun(&gzip(b"")[..10]), Act::Forever(stored)], "page: the page is larger than 8388608 bytes"),
        (
            vec![begun(b""), Act::Forever(gzip(b"").repeat(100))],
            "page: the answer's gzip encoding is broken: more than",
        ),
        (vec![begun(b""), Act::Forever(bomb)], "page: the answer inflates to more than 200 times"),
        // A file name in the gzip header that does not end.
        (
            vec![begun(b"\x1f\x8b\x08\x08\0\0\0\0\0\xff"), Act::Forever(vec![b'n'; 1000])],
            "page: the answer's gzip encoding is broken",
        ),
    ] {
        let (result, mut server) = answer(acts).await;
        let said = said(result);
        assert!(said.starts_with(expected), "{said:?} is not {expected:?}");
        server.hung_up().await;
    }
    // Of an error page only the beginning is read.
    let (result, mut server) =
        answer(vec![send("HTTP/1.1 500 Oops\r\n\r\n"), Act::Forever(vec![b'x'; 0x4000])]).await;
    assert_eq!(said(result), "answer 500 of 65536 bytes");
    server.hung_up().await;
}

#[tokio::test]
async fn a_flood_of_informational_answers_ends_with_its_time() {
    let flood = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(100);
    let mut server = Hostile::start(move |_| vec![Act::Forever(flood.clone())]).await;
    let fetcher = fetcher(&source(server.address, "", "timeout_seconds = 0.5"), None);
    let result = get(&fetcher, "http://shop.example/p").await;
    assert_eq!(said(result), "host: no complete answer within 500ms");
    server.hung_up().await;
    // A few are usual.
    let few = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(3);
    let page = format!("{OK}Content-Length: 2\r\n\r\nhi");
    let (result, _server) = answer(vec![send(few), send(page)]).await;
    assert_eq!(said(result), "answer 200 of 2 bytes");
}

#[tokio::test(start_paused = true)]
async fn whoever_is_slow_is_left_in_time() {
    let second = Duration::from_secs(1);
    let page = |length: usize| send(format!("{OK}Content-Length: {length}\r\n\r\n"));
    let silent = "host: the answer stops: nothing came within 15s";
    let late = "host: no complete answer within 30s";
    for (acts, expected, at_most) in [
        (vec![Act::Silence], late, 30),
        (vec![Act::Drip(b"HTTP/1.1 200 OK\r\n".to_vec(), second)], late, 30),
        (vec![send(OK), Act::Drip(b"X: y\r\n".to_vec(), second)], late, 30),
        (
            vec![page(1000), Act::Drip(b"x".to_vec(), second)],
            "host: the answer comes in at less than 256 bytes a second",
            13,
        ),
        (vec![page(1000), send("half"), Act::Silence], silent, 16),
        // Fast enough, but endless.
        (vec![page(1_000_000), Act::Drip(b"x".to_vec(), second / 1000)], late, 30),
    ] {
        let began = tokio::time::Instant::now();
        let (result, mut server) = answer(acts).await;
        assert_eq!(said(result), expected);
        let took = began.elapsed().as_secs();
        assert!(took <= at_most, "{expected}: {took} s");
        server.hung_up().await;
    }
}

#[tokio::test(start_paused = true)]
async fn looking_up_and_connecting_count_as_time() {
    let lookup: Lookup = Arc::new(|_| Box::pin(std::future::pending()));
    let guard = Guard::new(HashSet::new(), true, None).with_lookup(lookup);
    let source = source("127.0.0.1:1".parse().unwrap(), "", "");
    let fetcher = Fetcher::new(guard, clock(), "t/1".to_owned(), &source, None).unwrap();
    let began = tokio::time::Instant::now();
    let said = said(get(&fetcher, "http://shop.example/").await);
    assert!(said.starts_with("host: "), "{said}");
    assert_eq!(began.elapsed().as_secs(), 10);
}

#[tokio::test]
async fn a_name_that_changes_its_address_is_looked_at_each_time() {
    let page = format!("{OK}Content-Length: 2\r\nConnection: close\r\n\r\nhi");
    let server = Hostile::start(move |_| vec![send(&page), Act::Close]).await;
    let private = TrapDoor::open();
    // First the address of a test's server, then ones within the network.
    let answers: [&[&str]; 4] =
        [&["127.0.0.1"], &["10.0.0.1", "169.254.169.254"], &["::ffff:127.0.0.1"], &[]];
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let lookup: Lookup = Arc::new(move |_| {
        let found = answers[count.fetch_add(1, Ordering::SeqCst)];
        let found: Vec<IpAddr> = found.iter().map(|text| text.parse().unwrap()).collect();
        Box::pin(async move { Ok(found) })
    });
    let guard = Guard::new(HashSet::new(), true, None).with_lookup(lookup);
    let source = source(server.address, "", "");
    let fetcher = Fetcher::new(guard, clock(), "t/1".to_owned(), &source, None).unwrap();
    let url = format!("http://rebind.example:{}/", server.address.port());
    let ask = async || said(get(&fetcher, &url).await);
    assert_eq!(ask().await, "answer 200 of 2 bytes");
    // What was resolved is what was connected to: nothing looked the name up a second time.
    assert_eq!(asked.load(Ordering::SeqCst), 1);
    assert_eq!(
        ask().await,
        "refused: 'rebind.example' is at 10.0.0.1, which is not an address of the public internet"
    );
    assert!(ask().await.starts_with("refused: 'rebind.example' is at ::ffff:127.0.0.1"));
    assert!(ask().await.starts_with("host: cannot connect: the name 'rebind.example' has no address"));
    assert_eq!((asked.load(Ordering::SeqCst), server.heads().len()), (4, 1));

    // Without permission for loopback, a name at this machine is refused and nothing arrives there.
    let lookup: Lookup = Arc::new(|_| Box::pin(async { Ok(vec!["127.0.0.1".parse().unwrap()]) }));
    let guard = Guard::new(HashSet::new(), false, None).with_lookup(lookup);
    let fetcher = Fetcher::new(guard, clock(), "t/1".to_owned(), &source, None).unwrap();
    let port = private.port();
    for url in [
        format!("http://shop.example:{port}/"),
        format!("https://shop.example:{port}/"),
        format!("http://127.0.0.1:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://0x7f.1:{port}/"),
        format!("http://0177.0.0.1:{port}/"),
        format!("http://127.1:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://localhost.:{port}/"),
        format!("http://a.localhost:{port}/"),
    ] {
        let said = said(get(&fetcher, &url).await);
        assert!(said.starts_with("refused: "), "{url}: {said}");
    }
    assert!(private.is_untouched());
}

/// A listener nobody should ever come to.
struct TrapDoor(std::net::TcpListener);

impl TrapDoor {
    fn open() -> TrapDoor {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        TrapDoor(listener)
    }
    fn port(&self) -> u16 {
        self.0.local_addr().unwrap().port()
    }
    fn is_untouched(&self) -> bool {
        self.0.accept().is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }
}

/// Runs one test of this file in a process of its own.
fn alone(test: &str, environment: &[(&str, String)]) -> std::process::Output {
    std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture", "--test-threads=1"])
        .envs(environment.iter().map(|(name, value)| (*name, value.as_str())))
        .output()
        .unwrap()
}

fn passed(output: &std::process::Output) {
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}\n{errors}");
}

#[test]
fn proxies_of_the_environment_are_not_used() {
    let trap = TrapDoor::open();
    let proxy = format!("http://user:secret@127.0.0.1:{}", trap.port());
    let names = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];
    let environment: Vec<_> = names.iter().map(|name| (*name, proxy.clone())).collect();
    passed(&alone("hostile_tests::alone_a_page_is_fetched", &environment));
    assert!(trap.is_untouched());
}

#[tokio::test]
#[ignore = "run by another test, with an environment of its own"]
async fn alone_a_page_is_fetched() {
    let (result, server) = answer(vec![send(format!("{OK}Content-Length: 2\r\n\r\nhi"))]).await;
    assert_eq!(said(result), "answer 200 of 2 bytes");
    let head = server.heads()[0].to_lowercase();
    assert!(!head.contains("authorization") && !head.contains("user:secret"), "{head}");
}

/// Memory for all that a server can send in one answer: what one page may have, and a little.
#[test]
fn a_bomb_of_300_megabytes_costs_little_memory() {
    passed(&alone("hostile_tests::alone_bombs_and_floods_are_fetched", &[]));
}

#[tokio::test]
#[ignore = "run by another test, which makes a process for it"]
async fn alone_bombs_and_floods_are_fetched() {
    let Some(_) = peak_memory() else { return };
    // 300 MB of one letter in 300 KB.
    let mut bomb = GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..300 {
        bomb.write_all(&[b'A'; 1_000_000]).unwrap();
    }
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 400_000);
    // What a page costs anyway is paid once before.
    let (result, _) = answer(vec![send(format!("{OK}Content-Length: 2\r\n\r\nhi"))]).await;
    assert_eq!(said(result), "answer 200 of 2 bytes");
    let mut grew = Vec::new();
    let steps: [(Vec<Act>, &str, u64); 3] = [
        (vec![gzipped(&bomb)], "page: the answer inflates", 6 << 20),
        (vec![send(OK), Act::Forever(b"X: y\r\n".repeat(500))], "host: ", 1 << 20),
        (
            vec![send(format!("{OK}\r\n")), Act::Forever(vec![b'x'; 0x4000])],
            "page: the page is larger",
            2 * LIMIT,
        ),
    ];
    for (acts, expected, most) in steps {
        let before = peak_memory().unwrap();
        let (result, _server) = answer(acts).await;
        let said = said(result);
        assert!(said.starts_with(expected), "{said}");
        let more = peak_memory().unwrap() - before;
        assert!(more <= most, "{expected}: {more} bytes more");
        grew.push(more);
    }
    eprintln!("peak memory grew by {grew:?} bytes to {} in all", peak_memory().unwrap());
}

/// Largest memory of this process so far, where the system says it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok()? * 1024)
}

/// Sees what is written to the log, at every level.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// What was written, which is something: that one listened.
    pub(crate) fn text(&self) -> String {
        let text = String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned();
        assert!(text.contains("TRACE") && text.contains("listening"), "{text}");
        text
    }
    pub(crate) fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || log.clone())
            .finish();
        let listening = tracing::subscriber::set_default(subscriber);
        tracing::trace!("listening");
        listening
    }
}

impl Write for Log {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(data);
        Ok(data.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
