//! Which network addresses may be asked: public ones only, so that no page and no redirect can
//! make the crawler read the network it runs in. Checked on names, ports and literal addresses
//! before anything is sent, on every resolved name, and on the address really connected to. What is
//! resolved is what is connected to: a name is looked up once a connection, by the client itself, so
//! an answer that changes between a check and its use (DNS rebinding) has nothing to change.
//!
//! Not here: what a public address is ([`crate::public_address`]), which hosts belong to a source
//! (the engine's scope).

pub use crate::public_address::is_public;
use crate::public_address::{is_other_service, is_private_name, is_this_machine};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use url::{Host, Url};

/// Looks a host's name up (lower case, without the dot at its end): its addresses.
pub type Lookup = Arc<dyn Fn(String) -> LookingUp + Send + Sync>;
/// A look-up under way.
pub type LookingUp = Pin<Box<dyn Future<Output = std::io::Result<Vec<IpAddr>>> + Send>>;

/// The rule of one source.
#[derive(Clone)]
pub struct Guard {
    allow_loopback: bool,
    connect_to: Option<SocketAddr>,
    /// The source's own hosts: only they are led to `connect_to`.
    hosts: Arc<HashSet<String>>,
    lookup: Lookup,
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Guard { allow_loopback, connect_to, hosts, lookup: _ } = self;
        f.debug_struct("Guard")
            .field("allow_loopback", allow_loopback)
            .field("connect_to", connect_to)
            .field("hosts", hosts)
            .finish_non_exhaustive()
    }
}

impl Guard {
    /// A guard for a source with these hosts (lower case, without port). `allow_loopback` and
    /// `connect_to` are for tests and the bundled market. Names are looked up by the machine.
    pub fn new(hosts: HashSet<String>, allow_loopback: bool, connect_to: Option<SocketAddr>) -> Guard {
        Guard {
            allow_loopback,
            connect_to: connect_to.filter(|address| allow_loopback && address.ip().is_loopback()),
            hosts: Arc::new(hosts),
            lookup: Arc::new(|name| Box::pin(look_up(name))),
        }
    }

    /// Looks names up in another way than the machine's: the seam for tests.
    pub fn with_lookup(self, lookup: Lookup) -> Guard {
        Guard { lookup, ..self }
    }

    /// Whether an address may be connected to.
    pub fn permits(&self, ip: IpAddr) -> bool {
        is_public(ip) || (self.allow_loopback && ip.is_loopback())
    }

    /// Whether loopback is open: the source is one of a test, not of the web.
    pub(crate) fn is_for_tests(&self) -> bool {
        self.allow_loopback
    }

    /// Whether a host (without port) is one of the source's own.
    pub(crate) fn serves(&self, host: &str) -> bool {
        self.hosts.contains(host.strip_suffix('.').unwrap_or(host))
    }

    /// Looks at what can be seen without asking anybody: scheme, user name, port, literal addresses
    /// in whatever spelling, names that can only mean this machine or its network. The reason for a
    /// refusal, if any.
    pub fn refusal(&self, url: &Url) -> Option<String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Some(format!("'{}' addresses are not fetched, only http and https", url.scheme()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Some("addresses with a user name or password are not fetched".to_owned());
        }
        if let Some(port) = url.port().filter(|port| is_other_service(*port)) {
            return Some(format!("port {port} is not one of the web: other services listen there"));
        }
        let ip = match url.host() {
            None => return Some("the address names no host".to_owned()),
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
            Some(Host::Domain(name)) if self.is_led_elsewhere(name) => return None,
            Some(Host::Domain(name)) if is_this_machine(name) => Ipv4Addr::LOCALHOST.into(),
            Some(Host::Domain(name)) if is_private_name(name) => {
                return Some(format!("'{name}' is a name within a network, not one of the public internet"));
            }
            Some(Host::Domain(_)) => return None,
        };
        (!self.permits(ip)).then(|| not_public(url.host_str().unwrap_or_default(), ip))
    }

    /// Whether a name is led to `connect_to` instead of being looked up.
    fn is_led_elsewhere(&self, name: &str) -> bool {
        self.connect_to.is_some() && self.serves(name)
    }

    /// The addresses of a name that may be connected to: never none.
    async fn addresses(
        &self,
        name: &str,
    ) -> Result<Vec<SocketAddr>, Box<dyn std::error::Error + Send + Sync>> {
        let host = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        let found: Vec<IpAddr> = match self.connect_to {
            Some(address) if self.is_led_elsewhere(&host) => return Ok(vec![address]),
            _ if is_this_machine(&host) => vec![Ipv4Addr::LOCALHOST.into()],
            _ if is_private_name(&host) => {
                let reason = format!("'{host}' is a name within a network, not one of the public internet");
                return Err(NotPublic(reason).into());
            }
            _ => (self.lookup)(host.clone()).await?,
        };
        let permitted: Vec<SocketAddr> =
            found.iter().filter(|ip| self.permits(**ip)).map(|ip| SocketAddr::new(*ip, 0)).collect();
        match found.first() {
            Some(first) if permitted.is_empty() => Err(NotPublic(not_public(&host, *first)).into()),
            Some(_) => Ok(permitted),
            None => Err(format!("the name '{host}' has no address").into()),
        }
    }
}

async fn look_up(name: String) -> std::io::Result<Vec<IpAddr>> {
    Ok(tokio::net::lookup_host((name.as_str(), 0)).await?.map(|address| address.ip()).collect())
}

fn not_public(host: &str, ip: IpAddr) -> String {
    format!("'{host}' is at {ip}, which is not an address of the public internet")
}

/// A name that leads to no public address.
#[derive(Debug)]
pub(crate) struct NotPublic(pub(crate) String);

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl std::error::Error for NotPublic {}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let addresses = guard.addresses(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(url: &str, allow_loopback: bool) -> bool {
        let guard = Guard::new(HashSet::new(), allow_loopback, None);
        guard.refusal(&Url::parse(url).unwrap()).is_some()
    }

    #[test]
    fn every_spelling_of_a_private_address_is_refused() {
        for host in [
            "127.0.0.1",
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "0177.0.0.1",
            "017700000001",
            "127.1",
            "0",
            "0.0.0.0",
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "127.0.0.1.",
            "１２７.0.0.1",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:8.8.8.8]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b::a00:1]",
            "[64:ff9b:1::808:808]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd12::1]",
            "[ff02::1]",
            "[2001:db8::1]",
            "[2001::1]",
            "[2002:7f00:1::]",
            "[3fff::1]",
            "[100::1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
        ] {
            assert!(refused(&format!("http://{host}/"), false), "{host}");
        }
    }

    #[test]
    fn public_addresses_and_names_are_not() {
        for host in [
            "8.8.8.8",
            "100.63.0.1",
            "100.128.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "198.20.0.1",
            "223.255.255.1",
            "[2606:4700::1]",
            "[2001:4860::8]",
            "[64:ff9b::808:808]",
            "shop.example",
            "localhost.example",
        ] {
            assert!(!refused(&format!("https://{host}/"), false), "{host}");
        }
    }

    #[test]
    fn loopback_is_open_only_where_the_source_allows_it() {
        assert!(!refused("http://127.0.0.11:81/", true));
        assert!(!refused("http://[::1]/", true));
        assert!(refused("http://10.0.0.1/", true));
        assert!(refused("http://u:p@shop.example/", true));
        assert!(refused("file:///etc/passwd", true));
    }

    #[tokio::test]
    async fn names_of_this_machine_and_of_the_source_resolve_as_ruled() {
        let resolve = |guard: &Guard, name: &str| {
            let found = guard.resolve(name.parse().unwrap());
            async move { found.await.map(|all| all.collect::<Vec<_>>()) }
        };
        let strict = Guard::new(HashSet::new(), false, None);
        let error = resolve(&strict, "localhost").await.unwrap_err();
        assert!(error.downcast_ref::<NotPublic>().is_some());

        let market: SocketAddr = "127.0.0.1:4000".parse().unwrap();
        let hosts = HashSet::from(["shop.example".to_owned()]);
        let guard = Guard::new(hosts.clone(), true, Some(market));
        assert_eq!(resolve(&guard, "Shop.example.").await.unwrap(), [market]);
        // Without permission for loopback, or towards another machine, it is no rule at all.
        for guard in [
            Guard::new(hosts.clone(), false, Some(market)),
            Guard::new(hosts, true, Some("10.0.0.1:80".parse().unwrap())),
        ] {
            assert_eq!(guard.connect_to, None);
        }
    }

    #[tokio::test]
    async fn every_answer_of_a_name_is_looked_at() {
        let asked = |answers: &'static [&'static str], allow_loopback: bool| async move {
            let lookup: Lookup = Arc::new(move |_| {
                let found = answers.iter().map(|text| text.parse().unwrap()).collect();
                Box::pin(async move { Ok(found) })
            });
            let guard = Guard::new(HashSet::new(), allow_loopback, None).with_lookup(lookup);
            let found = guard.resolve("shop.example".parse().unwrap()).await;
            found
                .map(|all| all.map(|address| address.ip().to_string()).collect::<Vec<_>>())
                .map_err(|error| (error.is::<NotPublic>(), error.to_string()))
        };
        // One private address among public ones is dropped, in whatever place it stands.
        let mixed = &["10.0.0.1", "8.8.8.8", "::ffff:127.0.0.1", "2606:4700::1111", "fe80::1"];
        assert_eq!(asked(mixed, false).await.unwrap(), ["8.8.8.8", "2606:4700::1111"]);
        // Nothing left is a refusal, not a failure of the host; no answer at all is one.
        let (refused, reason) = asked(&["169.254.169.254", "127.0.0.1"], false).await.unwrap_err();
        assert!(refused && reason.contains("169.254.169.254"), "{reason}");
        let (refused, reason) = asked(&[], false).await.unwrap_err();
        assert!(!refused && reason.contains("no address"), "{reason}");
        // Loopback for tests opens nothing else.
        assert_eq!(asked(&["10.0.0.1", "127.0.0.9"], true).await.unwrap(), ["127.0.0.9"]);
        assert!(asked(&["10.0.0.1"], true).await.unwrap_err().0);
    }

    #[tokio::test]
    async fn names_within_a_network_are_never_looked_up() {
        let lookup: Lookup = Arc::new(|name| panic!("'{name}' was looked up"));
        for allow_loopback in [false, true] {
            let guard = Guard::new(HashSet::new(), allow_loopback, None).with_lookup(lookup.clone());
            for name in ["intranet", "printer.local", "metadata.google.internal", "router.home.arpa."] {
                assert!(guard.refusal(&Url::parse(&format!("http://{name}/")).unwrap()).is_some(), "{name}");
                let error = guard.resolve(name.parse().unwrap()).await.map(drop).unwrap_err();
                assert!(error.is::<NotPublic>(), "{name}");
            }
        }
    }

    #[test]
    fn ports_of_other_services_are_refused_whatever_the_host() {
        for port in [22, 25, 6379, 9200, 0] {
            assert!(refused(&format!("http://shop.example:{port}/"), false), "{port}");
            assert!(refused(&format!("http://127.0.0.1:{port}/"), true), "{port}");
        }
        for url in ["http://shop.example:80/", "https://shop.example:8443/", "http://shop.example:443/"] {
            assert!(!refused(url, false), "{url}");
        }
    }

    #[test]
    fn what_is_no_address_does_not_become_one() {
        // Zones, ports above the range, percent-encoded delimiters, octal with an 8 in it.
        for text in [
            "http://[fe80::1%25eth0]/",
            "http://[::1%lo]/",
            "http://shop.example:65536/",
            "http://127.0.0.1%2f@shop.example:x/",
            "http://08.8.8.8/",
            "http://1.2.3.256/",
            "http://a b/",
            "http://%00/",
        ] {
            assert!(Url::parse(text).is_err(), "{text}");
        }
        // Homographs come out as what they are: their own punycode name, or the ASCII they stand for.
        let host = |text: &str| Url::parse(text).unwrap().host_str().unwrap().to_owned();
        assert_eq!(host("http://sh\u{43e}p.example/"), "xn--shp-ted.example");
        assert_eq!(host("http://\u{ff4c}ocalhost/"), "localhost");
        assert_eq!(host("http://\u{24db}ocalhost\u{3002}/"), "localhost.");
        assert!(refused("http://\u{24db}ocalhost\u{3002}/", false));
        assert_eq!(host("http://%31%32%37.0.0.1/"), "127.0.0.1");
    }
}
