//! Tests of [`super`]: honest bodies come through whole, others are given up at once.

use super::*;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use proptest::prelude::*;

const LIMIT: u64 = 8 << 20;

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(plain).unwrap();
    out.finish().unwrap()
}

/// Received in chunks of this size.
fn receive(sent: &[u8], chunk: usize, limit: u64, gzip: bool) -> (Option<Stop>, Received) {
    let mut payload = Payload::new(limit, None, gzip);
    let stop = sent.chunks(chunk.max(1)).find_map(|chunk| payload.take(chunk).err());
    (stop, payload.finish())
}

fn whole(sent: &[u8]) -> Vec<u8> {
    let (stop, received) = receive(sent, 700, LIMIT, true);
    assert_eq!((stop, received.cut_off, &received.broken), (None, false, &None));
    assert_eq!(received.hash, ContentHash::of(&received.bytes));
    received.bytes
}

#[test]
fn honest_pages_come_through_however_repetitive() {
    // A megabyte of blanks compresses a thousandfold: below the floor that says nothing.
    let blank = vec![b' '; (1 << 20) - 1];
    assert_eq!(whole(&gzip(&blank)), blank);
    // Seven megabytes of table in which only the number and the price of each row differ, and a
    // sitemap of the same size.
    let row = |n: u64| {
        format!(
            "<tr class=\"product-row\"><td class=\"name\">Screw, zinc plated, M{}</td><td class=\"price\">{}.{:02} EUR</td><td><a class=\"button button-primary button-small\" href=\"/cart/add/{n}\">Add to cart</a></td></tr>\n",
            n % 40,
            n % 97,
            n % 89
        )
    };
    let entry = |n: u64| {
        format!("<url><loc>https://shop.example/products/{n}</loc><lastmod>2026-03-01</lastmod></url>\n")
    };
    let tables: [String; 2] = [(0..35_000).map(row).collect(), (0..80_000).map(entry).collect()];
    for table in tables {
        assert!(table.len() as u64 > 5 * RATIO_FLOOR && (table.len() as u64) < LIMIT);
        let sent = gzip(table.as_bytes());
        let ratio = table.len() as u64 / sent.len() as u64;
        assert!((8..LARGEST_RATIO / 2).contains(&ratio), "{ratio}");
        assert!(whole(&sent) == table.as_bytes());
    }
}

#[test]
fn a_bomb_is_given_up_after_its_first_megabyte() {
    let sent = gzip(&vec![b'A'; 64 << 20]);
    let (stop, received) = receive(&sent, 16 * 1024, u64::MAX, true);
    assert_eq!(stop, Some(Stop::Bomb));
    let most = RATIO_FLOOR as usize + 64 * 1024;
    assert!(
        received.bytes.len() <= most && received.bytes.capacity() <= 2 * most,
        "{}",
        received.bytes.len()
    );
    // Hidden behind an honest beginning, it is given up where the whole is out of proportion.
    let honest: Vec<u8> = (0..200_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let mut sent = gzip(&honest);
    sent.extend(gzip(&vec![0; 300 << 20]));
    let (stop, received) = receive(&sent, 16 * 1024, u64::MAX, true);
    assert_eq!(stop, Some(Stop::Bomb));
    assert!((received.bytes.len() as u64) < LARGEST_RATIO * (sent.len() as u64) + RATIO_FLOOR);
}

#[test]
fn what_is_announced_takes_no_memory() {
    for announced in [None, Some(0), Some(u64::MAX)] {
        let payload = Payload::new(u64::MAX, announced, false);
        let Decoder::Plain(sink) = &payload.decoder else { panic!("not plain") };
        assert!(sink.bytes.capacity() as u64 <= FIRST_ROOM);
    }
}

#[test]
fn payloads_end_at_their_limit_to_the_byte() {
    for gzipped in [false, true] {
        let plain = b"0123456789".repeat(10);
        let sent = if gzipped { gzip(&plain) } else { plain.clone() };
        let (stop, received) = receive(&sent, 7, 100, gzipped);
        assert_eq!((stop, received.bytes.len()), (None, 100));
        let (stop, received) = receive(&sent, 7, 99, gzipped);
        assert_eq!((stop, received.bytes.as_slice()), (Some(Stop::Full), &plain[..99]));
        assert!(!received.cut_off && received.broken.is_none());
    }
    // Bytes that decode to nothing count as well: empty members, empty stored blocks.
    let empty = gzip(b"").repeat(MOST_MEMBERS as usize - 1);
    let (stop, received) = receive(&empty, 1 << 20, 1000, true);
    assert_eq!((stop, received.bytes.len()), (Some(Stop::Full), 0));
    let mut blocks = gzip(b"")[..10].to_vec();
    blocks.extend([0, 0, 0, 0xff, 0xff].repeat(100_000));
    let (stop, received) = receive(&blocks, 1 << 20, 1000, true);
    assert_eq!((stop, received.bytes.len()), (Some(Stop::Full), 0));
    let many = gzip(b"").repeat(MOST_MEMBERS as usize + 1);
    let (stop, _) = receive(&many, 1 << 20, LIMIT, true);
    assert!(matches!(stop, Some(Stop::Broken(_))), "{stop:?}");
}

#[test]
fn what_follows_a_complete_payload_is_not_part_of_it() {
    let page = b"<p>1.00 EUR</p>";
    for after in [&b"\r\n"[..], b"\0\0\0", b"\x1f\x00 no member", b"HTTP/1.1 200 OK\r\n\r\n"] {
        let mut sent = gzip(page);
        sent.extend(after);
        let (stop, received) = receive(&sent, LIMIT as usize, LIMIT, true);
        assert_eq!((stop, received.bytes.as_slice()), (Some(Stop::Complete), &page[..]));
        assert!(!received.cut_off && received.broken.is_none());
    }
    // Members follow one another, empty ones as well; header fields are passed over.
    let named = GzBuilder::new().filename("page.html").comment("x").extra([1, 2, 3]);
    let mut second = named.write(Vec::new(), Compression::fast());
    second.write_all(b"<p>2</p>").unwrap();
    let sent = [gzip(page), gzip(b""), second.finish().unwrap()].concat();
    assert_eq!(whole(&sent), [&page[..], b"<p>2</p>"].concat());
    assert_eq!(whole(b""), b"");
}

#[test]
fn broken_is_told_from_cut_off() {
    let good = gzip(&b"<p>1.00 EUR</p>".repeat(1000));
    for end in 1..good.len() {
        let (stop, received) = receive(&good[..end], 50, LIMIT, true);
        assert_eq!((stop, received.cut_off, received.broken), (None, true, None), "cut at {end}");
    }
    for (place, what) in [(good.len() - 8, "checksum"), (good.len() - 1, "length")] {
        let mut sent = good.clone();
        sent[place] ^= 1;
        let (stop, received) = receive(&sent, 50, LIMIT, true);
        assert!(stop.is_none() && received.broken.is_some() && !received.cut_off, "{what}");
        // Also where something follows it.
        sent.extend(b"more");
        let (stop, _) = receive(&sent, 50, LIMIT, true);
        assert!(matches!(stop, Some(Stop::Broken(_))), "{what}: {stop:?}");
    }
    for sent in
        [&b"<html><body>"[..], b"\x1f\x8b\x07\0\0\0\0\0\0\xff", b"\x1f\x8b\x08\0\0\0\0\0\0\xff\xff\xff\xff"]
    {
        let (stop, _) = receive(sent, 50, LIMIT, true);
        assert!(matches!(stop, Some(Stop::Broken(_))), "{stop:?}");
    }
}

#[test]
fn slow_is_told_by_what_arrived() {
    let mut payload = Payload::new(LIMIT, None, false);
    assert!(!payload.is_too_slow(Duration::from_secs(10)));
    assert!(payload.is_too_slow(Duration::from_secs(11)));
    payload.take(&[b'x'; 11 * 256]).unwrap();
    assert!(!payload.is_too_slow(Duration::from_secs(11)));
    assert!(payload.is_too_slow(Duration::from_secs(12)));
}

proptest! {
    #[test]
    fn whatever_is_sent_in_whatever_pieces_comes_out(
        parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..3000), 1..4),
        chunk in 1usize..5000,
    ) {
        let plain = parts.concat();
        let sent: Vec<u8> = parts.iter().flat_map(|part| gzip(part)).collect();
        let (stop, received) = receive(&sent, chunk, LIMIT, true);
        prop_assert_eq!((stop, received.cut_off, received.broken), (None, false, None));
        prop_assert_eq!(received.hash, ContentHash::of(&plain));
        prop_assert_eq!(received.bytes, plain);
    }

    #[test]
    fn noise_is_never_more_than_broken(
        noise in prop::collection::vec(any::<u8>(), 0..400),
        chunk in 1usize..100,
        begins_well in any::<bool>(),
    ) {
        let mut sent = if begins_well { gzip(b"")[..10].to_vec() } else { Vec::new() };
        sent.extend(noise);
        let (_, received) = receive(&sent, chunk, 10_000, true);
        prop_assert!(received.bytes.len() <= 10_000);
    }
}
