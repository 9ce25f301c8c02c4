//! What is an address of the public web: by number (IANA's registries of special-purpose addresses),
//! by name (top-level names that are never delegated) and by port. Only looks, asks nobody; who uses
//! it, and what tests may do besides, stands in [`crate::guard`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether the address is of the public internet (IANA special-purpose address registries, read in
/// 2026). Blocks of IETF assignments are refused whole, though a few anycast services within them
/// can be reached from everywhere: none of them is a shop.
///
/// A NAT64 prefix of a network's own (RFC 6052 section 2.2) looks like any other address, so IPv4
/// addresses behind one are not seen; only the well-known prefix is.
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
    let embedded = || {
        let [.., a, b, c, d] = ip.octets();
        Ipv4Addr::new(a, b, c, d)
    };
    // NAT64 (RFC 6052): the IPv4 address within is the one that is reached.
    if s[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        return is_public_v4(embedded());
    }
    // Global unicast is 2000::/3. Everything else that means something lies outside of it: ::,
    // ::1, IPv4-compatible and mapped addresses, local-use NAT64 (64:ff9b:1::/48), discard-only
    // (100::/64), segment routing (5f00::/16), unique local, link-local, site-local, multicast.
    let global = s[0] & 0xe000 == 0x2000;
    let assignments = s[0] == 0x2001 && s[1] < 0x200; // 2001::/23: Teredo, ORCHID, benchmarks …
    let documentation = (s[0] == 0x2001 && s[1] == 0xdb8) || (s[0] == 0x3fff && s[1] < 0x1000);
    let six_to_four = s[0] == 0x2002;
    // ISATAP (RFC 5214) carries the IPv4 address it leads to in its last half.
    let isatap = matches!(s[4], 0 | 0x200) && s[5] == 0x5efe && !is_public_v4(embedded());
    global && !assignments && !documentation && !six_to_four && !isatap
}

/// Whether the name always means this machine (RFC 6761 section 6.3).
pub(crate) fn is_this_machine(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    last_label(name).eq_ignore_ascii_case("localhost")
}

/// Whether a name can only mean something within a network: one label (`intranet`, `ip6-loopback`),
/// or below a top-level name that the public DNS does not have and never will: RFC 6761, RFC 6762
/// (with its appendix G), RFC 7686, RFC 8375, RFC 9476, and ICANN's `internal`.
pub(crate) fn is_private_name(name: &str) -> bool {
    const PRIVATE: &[&str] = &[
        "alt",
        "corp",
        "home",
        "internal",
        "intranet",
        "lan",
        "local",
        "localdomain",
        "localhost",
        "mail",
        "onion",
        "private",
    ];
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let last = last_label(&name);
    // An address without a dot is a single label; so is what is left of "..".
    last.len() == name.len()
        || last.is_empty()
        || PRIVATE.contains(&last)
        || name == "home.arpa"
        || name.ends_with(".home.arpa")
}

fn last_label(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Whether something else than a web server listens there by custom, so that a request would be
/// talking to it in its own language: the ports the Fetch standard blocks, and the usual ones of
/// databases, queues, caches, remote shells and the machinery of clouds.
pub(crate) fn is_other_service(port: u16) -> bool {
    PORTS.binary_search(&port).is_ok()
}

/// In ascending order.
#[rustfmt::skip]
const PORTS: &[u16] = &[
    // https://fetch.spec.whatwg.org/#port-blocking, below 1024 …
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102,
    103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 138, 139, 143, 161, 162, 179, 389, 427, 445, 465,
    512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 623, 636, 873, 989, 990, 993, 995,
    // … and above, with the ports of services beside it.
    1433, 1521, 1719, 1720, 1723, 1883, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 3659, 4045, 4190, 4369,
    5060, 5061, 5432, 5672, 5900, 5984, 5985, 5986, 6000, 6379, 6443, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697,
    8500, 9042, 9092, 9100, 9200, 9300, 10080, 10250, 11211, 27017,
];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Every block of IANA's two registries (and what they leave to other documents) that is not for
    /// the public internet: first and last address of each.
    const BLOCKS: &[(&str, &str)] = &[
        ("0.0.0.0", "0.255.255.255"),
        ("10.0.0.0", "10.255.255.255"),
        ("100.64.0.0", "100.127.255.255"),
        ("127.0.0.0", "127.255.255.255"),
        ("169.254.0.0", "169.254.255.255"),
        ("172.16.0.0", "172.31.255.255"),
        ("192.0.0.0", "192.0.0.255"),
        ("192.0.2.0", "192.0.2.255"),
        ("192.88.99.0", "192.88.99.255"),
        ("192.168.0.0", "192.168.255.255"),
        ("198.18.0.0", "198.19.255.255"),
        ("198.51.100.0", "198.51.100.255"),
        ("203.0.113.0", "203.0.113.255"),
        ("224.0.0.0", "239.255.255.255"),
        ("240.0.0.0", "255.255.255.255"),
        ("::", "::1"),
        // IPv4-compatible and mapped, whatever address is within.
        ("::0.0.0.2", "::255.255.255.255"),
        ("::ffff:0.0.0.0", "::ffff:255.255.255.255"),
        ("::ffff:0:0.0.0.0", "::ffff:0:255.255.255.255"),
        ("64:ff9b::10.0.0.0", "64:ff9b::10.255.255.255"),
        ("64:ff9b::169.254.0.0", "64:ff9b::169.254.255.255"),
        ("64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff"),
        ("100::", "100::ffff:ffff:ffff:ffff"),
        ("100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff"),
        ("2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff"),
        ("2001:10::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001:1ff::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2002:7f00:1::", "2002:0a00:1::ffff"),
        ("3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ("2600:1::5efe:10.0.0.0", "2600:1::5efe:10.255.255.255"),
        ("2600:1::200:5efe:192.168.0.0", "2600:1::200:5efe:192.168.255.255"),
    ];

    #[test]
    fn no_block_of_the_registries_is_public() {
        for (first, last) in BLOCKS {
            for text in [first, last] {
                let ip: IpAddr = text.parse().unwrap();
                assert!(!is_public(ip), "{text}");
            }
        }
    }

    #[test]
    fn the_neighbours_of_the_blocks_are_public() {
        for text in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.0.3.0",
            "192.88.98.255",
            "192.88.100.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "64:ff9b::8.8.8.8",
            "2001:200::",
            "2001:db7:ffff::",
            "2001:db9::",
            "2003::",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "3ffe:ffff::",
            "3fff:1000::",
            "2600:1::5efe:8.8.8.8",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn names_of_networks_are_told_from_names_of_the_web() {
        for name in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "ip6-localhost",
            "intranet",
            "printer.local",
            "printer.local.",
            "metadata.google.internal",
            "router.home.arpa",
            "home.arpa",
            "nas.lan",
            "x.corp",
            "x.onion",
            "x.alt",
            "shop..",
            ".",
            "",
        ] {
            assert!(is_private_name(name), "{name}");
        }
        for name in [
            "shop.example",
            "shop.example.",
            "local.example",
            "internal.shop.example",
            "xn--hxajbheg2az3al.gr",
            "x.arpa",
        ] {
            assert!(!is_private_name(name), "{name}");
        }
        assert!(is_this_machine("a.LocalHost.") && !is_this_machine("localhost.example"));
    }

    #[test]
    fn ports_are_in_order_and_the_web_s_own_are_not_among_them() {
        assert!(PORTS.is_sorted());
        for port in [22, 25, 6379, 0, 5432, 27017] {
            assert!(is_other_service(port), "{port}");
        }
        for port in [80, 81, 443, 3000, 8000, 8080, 8443, 8888, 40_000] {
            assert!(!is_other_service(port), "{port}");
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
            prop_assert!(!is_public_v6(ip.to_ipv6_compatible()));
            let [a, b, c, d] = ip.octets();
            let nat64 = Ipv6Addr::from([0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, a, b, c, d]);
            prop_assert_eq!(is_public_v6(nat64), is_public_v4(ip));
        }

        #[test]
        fn what_lies_within_a_block_is_never_public(block in 0..BLOCKS.len(), at: u128) {
            let (first, last) = BLOCKS[block];
            let ip = match (first.parse().unwrap(), last.parse().unwrap()) {
                (IpAddr::V4(first), IpAddr::V4(last)) => {
                    let (first, last) = (u32::from(first), u32::from(last));
                    let size = u128::from(last - first) + 1;
                    IpAddr::V4(Ipv4Addr::from(first + (at % size) as u32))
                }
                (IpAddr::V6(first), IpAddr::V6(last)) => {
                    let (first, last) = (u128::from(first), u128::from(last));
                    IpAddr::V6(Ipv6Addr::from(if last > first { first + at % (last - first + 1) } else { first }))
                }
                _ => unreachable!("a block has one kind of addresses"),
            };
            prop_assert!(!is_public(ip), "{ip}");
        }
    }
}
