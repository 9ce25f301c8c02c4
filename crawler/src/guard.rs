//! Which network addresses may be asked: public ones only, so that no page and no redirect can
//! make the crawler read the network it runs in. Checked on literal addresses before anything is
//! sent, on every resolved name, and on the address really connected to.
//!
//! Not here: which hosts belong to a source (the engine's scope).

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::collections::HashSet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use url::{Host, Url};

/// Whether the address is of the public internet (IANA special-purpose address registries).
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(a == 0 // this network
        || ip.is_private()
        || (a == 100 && (64..128).contains(&b)) // carrier-grade NAT, RFC 6598
        || ip.is_loopback()
        || ip.is_link_local() // also where clouds keep their metadata
        || (a == 192 && b == 0 && c == 0) // IETF protocol assignments
        || (a == 192 && b == 88 && c == 99) // 6to4 relays, withdrawn
        || (a == 198 && (b == 18 || b == 19)) // benchmarks, RFC 2544
        || ip.is_documentation()
        || a >= 224) // multicast, 240/4, broadcast
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    // NAT64 (RFC 6052): the IPv4 address within is the one that is reached.
    if s[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        let [.., a, b, c, d] = ip.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    // Global unicast is 2000::/3; loopback, mapped (::ffff:0:0/96), local-use NAT64, unique
    // local, link-local and multicast addresses all lie outside of it.
    let global = s[0] & 0xe000 == 0x2000;
    let assignments = s[0] == 0x2001 && s[1] < 0x200; // Teredo, ORCHID, benchmarks …
    let documentation = (s[0] == 0x2001 && s[1] == 0xdb8) || (s[0] == 0x3fff && s[1] < 0x1000);
    let six_to_four = s[0] == 0x2002;
    global && !assignments && !documentation && !six_to_four
}

/// The rule of one source.
#[derive(Debug, Clone)]
pub struct Guard {
    allow_loopback: bool,
    connect_to: Option<SocketAddr>,
    /// The source's own hosts: only they are led to `connect_to`.
    hosts: Arc<HashSet<String>>,
}

impl Guard {
    /// A guard for a source with these hosts (lower case, without port). `allow_loopback` and
    /// `connect_to` are for tests and the bundled market.
    pub fn new(hosts: HashSet<String>, allow_loopback: bool, connect_to: Option<SocketAddr>) -> Guard {
        Guard {
            allow_loopback,
            connect_to: connect_to.filter(|address| allow_loopback && address.ip().is_loopback()),
            hosts: Arc::new(hosts),
        }
    }

    /// Whether an address may be connected to.
    pub fn permits(&self, ip: IpAddr) -> bool {
        is_public(ip) || (self.allow_loopback && ip.is_loopback())
    }

    /// Looks at what can be seen without asking anybody: scheme, user name, literal addresses in
    /// whatever spelling, names that always mean this machine. The reason for a refusal, if any.
    pub fn refusal(&self, url: &Url) -> Option<String> {
        if !matches!(url.scheme(), "http" | "https") {
            return Some(format!("'{}' addresses are not fetched, only http and https", url.scheme()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Some("addresses with a user name or password are not fetched".to_owned());
        }
        let ip = match url.host() {
            None => return Some("the address names no host".to_owned()),
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
            Some(Host::Domain(name)) if is_this_machine(name) => Ipv4Addr::LOCALHOST.into(),
            Some(Host::Domain(_)) => return None,
        };
        (!self.permits(ip)).then(|| not_public(url.host_str().unwrap_or_default(), ip))
    }
}

fn is_this_machine(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
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
            let host = name.as_str().trim_end_matches('.').to_ascii_lowercase();
            let found: Vec<SocketAddr> = match guard.connect_to {
                Some(address) if guard.hosts.contains(&host) => vec![address],
                _ if is_this_machine(&host) => vec![(Ipv4Addr::LOCALHOST, 0).into()],
                _ => tokio::net::lookup_host((host.as_str(), 0)).await?.collect(),
            };
            let permitted: Vec<SocketAddr> =
                found.iter().copied().filter(|address| guard.permits(address.ip())).collect();
            match found.first() {
                Some(first) if permitted.is_empty() => Err(NotPublic(not_public(&host, first.ip())).into()),
                _ => Ok(Box::new(permitted.into_iter()) as Addrs),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        assert_eq!(resolve(&guard, "Shop.example").await.unwrap(), [market]);
        // Without permission for loopback, or towards another machine, it is no rule at all.
        for guard in [
            Guard::new(hosts.clone(), false, Some(market)),
            Guard::new(hosts, true, Some("10.0.0.1:80".parse().unwrap())),
        ] {
            assert_eq!(guard.connect_to, None);
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_standard_library_on_what_it_knows(bits: u32) {
            let ip = Ipv4Addr::from(bits);
            let special = ip.is_private() || ip.is_loopback() || ip.is_link_local()
                || ip.is_broadcast() || ip.is_documentation() || ip.is_multicast()
                || ip.is_unspecified();
            prop_assert!(!(special && is_public_v4(ip)));
            prop_assert!(!is_public_v6(ip.to_ipv6_mapped()));
        }
    }
}
