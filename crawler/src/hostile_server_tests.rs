//! A server for tests that keeps to no rule: it sends what it is told, byte for byte, endlessly or a
//! drop at a time, and says whether the other side hung up. It runs within the test's own runtime, so
//! that a test that holds tokio's clock holds the server's as well.

use crate::fetch::{Answer, Fetcher, Request, Trouble};
use crate::guard::Guard;
use crate::{Secret, source_file};
use model::{FixedClock, Source, Validators};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use url::Url;

/// One thing the server does after a request.
#[derive(Clone)]
pub(crate) enum Act {
    Send(Vec<u8>),
    /// Sends it again and again, until nobody takes it any more.
    Forever(Vec<u8>),
    /// Sends one byte of it, waits this long, sends the next; from the beginning at the end.
    Drip(Vec<u8>, Duration),
    /// Sends nothing more and keeps the connection.
    Silence,
    /// Hangs up.
    Close,
}

pub(crate) fn send(text: impl AsRef<[u8]>) -> Act {
    Act::Send(text.as_ref().to_vec())
}

pub(crate) struct Hostile {
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    hung_up: mpsc::UnboundedReceiver<()>,
}

impl Hostile {
    /// Answers a path with these acts; a connection is kept for the next request.
    pub(crate) async fn start(acts: impl Fn(&str) -> Vec<Act> + Send + Sync + 'static) -> Hostile {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let (told, hung_up) = mpsc::unbounded_channel();
        let (acts, known) = (Arc::new(acts), heads.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acts, heads, told) = (acts.clone(), known.clone(), told.clone());
                tokio::spawn(async move {
                    if serve(stream, &*acts, &heads).await.is_err() {
                        let _ = told.send(());
                    }
                });
            }
        });
        Hostile { address, heads, hung_up }
    }

    /// Waits until a client hung up on a connection that the server would have kept.
    pub(crate) async fn hung_up(&mut self) {
        self.hung_up.recv().await.unwrap();
    }

    /// The heads of all requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    acts: &(dyn Fn(&str) -> Vec<Act> + Send + Sync),
    heads: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    loop {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        let head = String::from_utf8(head).unwrap();
        let path = head.split(' ').nth(1).unwrap().to_owned();
        heads.lock().unwrap().push(head);
        for act in acts(&path) {
            match act {
                Act::Send(bytes) => stream.write_all(&bytes).await?,
                Act::Forever(bytes) => loop {
                    stream.write_all(&bytes).await?;
                },
                Act::Drip(bytes, wait) => {
                    for byte in bytes.iter().cycle() {
                        stream.write_all(&[*byte]).await?;
                        tokio::time::sleep(wait).await;
                    }
                }
                Act::Silence => drop(stream.read_u8().await?),
                Act::Close => return Ok(()),
            }
        }
    }
}

/// A source on `shop.example`, led to the server; `more` goes to the end of its file.
pub(crate) fn source(address: SocketAddr, top: &str, more: &str) -> Source {
    let text = format!(
        "id = \"shop\"\nname = \"Shop\"\nmarket = \"DE\"\nstart = [\"http://shop.example/\"]\n{top}\n\
         [permission]\nbasis = \"test\"\ncontact = \"mailto:a@customs.example\"\n\
         [network]\nallow_loopback = true\nconnect_to = \"{address}\"\n\
         [pace]\ndelay_seconds = 0\n{more}"
    );
    source_file::parse(&text, "shop.toml").unwrap()
}

pub(crate) fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock("2026-03-01T12:00:00Z".parse().unwrap()))
}

/// A fetcher for a source as the engine makes one.
pub(crate) fn fetcher(source: &Source, secret: Option<Secret>) -> Fetcher {
    let connect_to = source.network.connect_to.as_ref().map(|text| text.parse().unwrap());
    let hosts = HashSet::from(["shop.example".to_owned()]);
    let guard = Guard::new(hosts, source.network.allow_loopback, connect_to);
    Fetcher::new(guard, clock(), "touchstone/0.1".to_owned(), source, secret).unwrap()
}

pub(crate) const LIMIT: u64 = 8 << 20;

pub(crate) async fn get(fetcher: &Fetcher, url: &str) -> Result<Answer, Trouble> {
    let url = Url::parse(url).unwrap();
    let validators = Validators::default();
    let request = Request { url: &url, accept: "*/*", validators: &validators, limit: LIMIT, cut: false };
    fetcher.get(&request).await
}

/// What comes of one request that is answered like this.
pub(crate) async fn answer(acts: Vec<Act>) -> (Result<Answer, Trouble>, Hostile) {
    let server = Hostile::start(move |_| acts.clone()).await;
    let fetcher = fetcher(&source(server.address, "", ""), None);
    (get(&fetcher, "http://shop.example/p").await, server)
}

/// The reason of a failure, with its kind in front.
pub(crate) fn said(result: Result<Answer, Trouble>) -> String {
    match result {
        Ok(answer) => format!("answer {} of {} bytes", answer.status, answer.body.len()),
        Err(Trouble::Refused(reason)) => format!("refused: {reason}"),
        Err(Trouble::Host(reason)) => format!("host: {reason}"),
        Err(Trouble::Page(reason)) => format!("page: {reason}"),
    }
}
