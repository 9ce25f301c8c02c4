//! Tests of [`super`]: files of one's own and of others, every way they are packed, every way they
//! are damaged.

use super::super::{Archive, Exchange, HttpResponse, Note, free_of_encodings};
use super::*;
use model::ContentHash;
use proptest::prelude::*;
use std::io::{Cursor, Write};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A record as others write it.
fn record(kind: &str, extra: &str, block: &[u8]) -> Vec<u8> {
    let head = format!(
        "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Date: 2023-10-01T10:20:30Z\r\nWARC-Record-ID: <urn:uuid:{kind}>\r\n\
         {extra}Content-Length: {}\r\n\r\n",
        block.len()
    );
    [head.as_bytes(), block, b"\r\n\r\n"].concat()
}

fn response(path: &str) -> Vec<u8> {
    let http = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>page {path}</p>");
    let extra = format!(
        "WARC-Target-URI: http://shop.example/{path}\r\nContent-Type: application/http; msgtype=response\r\n"
    );
    record("response", &extra, http.as_bytes())
}

/// What a walk gives: types (and blocks, when read) of the records, and the damage.
fn walk(file: &[u8], read: bool) -> (Vec<String>, Vec<Damage>) {
    let mut reader = Reader::new(Cursor::new(file)).unwrap();
    let (mut found, mut damage) = (Vec::new(), Vec::new());
    while let Some(next) = reader.next() {
        match next {
            Err(error) => damage.push(error),
            Ok(record) if !read => found.push(record.head.kind()),
            Ok(record) => match reader.block(1 << 20) {
                Ok(block) => {
                    let text = String::from_utf8_lossy(&block).into_owned();
                    let last = text.lines().last().unwrap_or_default().to_owned();
                    found.push(format!("{} {last}", record.head.kind()));
                }
                Err(error) => damage.push(error),
            },
        }
    }
    assert_eq!(reader.position(), reader.length());
    (found, damage)
}

fn sample() -> Vec<Vec<u8>> {
    vec![
        record("warcinfo", "Content-Type: application/warc-fields\r\n", b"software: other\r\n"),
        response("1"),
        record("metadata", "", b"fetchTimeMs: 12\r\n"),
        response("2"),
        record("conversion", "", b"plain text of page 2"),
    ]
}

const SAMPLE: [&str; 5] = [
    "warcinfo software: other",
    "response <p>page 1</p>",
    "metadata fetchTimeMs: 12",
    "response <p>page 2</p>",
    "conversion plain text of page 2",
];

#[test]
fn every_packing_reads_the_same() {
    let records = sample();
    let plain = records.concat();
    let members: Vec<u8> = records.iter().flat_map(|r| gzip(r)).collect();
    let bare = String::from_utf8(plain.clone()).unwrap().replace("\r\n\r\n\r\n\r\n", "\n\n\n");
    let padded = [members.as_slice(), &[0; 700]].concat();
    for (file, what) in [
        (plain.clone(), "plain"),
        (members, "a member each"),
        (gzip(&plain), "one member"),
        ([gzip(&plain[..300]), gzip(&plain[300..])].concat(), "members that cut records"),
        (padded, "zeros behind"),
        (bare.into_bytes(), "few line ends"),
    ] {
        if what == "members that cut records" {
            // No walk can know that the second goes on where the first ended.
            assert!(!walk(&file, true).1.is_empty());
            continue;
        }
        if what == "few line ends" {
            continue;
        }
        assert_eq!(walk(&file, true), (SAMPLE.map(str::to_owned).to_vec(), vec![]), "{what}");
        assert_eq!(walk(&file, false).0.len(), 5, "{what}, passing over blocks");
    }
    assert_eq!(walk(b"", true), (vec![], vec![]));
    let lines = b"WARC/1.1\nWARC-Type: metadata\nContent-Length: 2\n\nab\nWARC/1.1\nWARC-Type: metadata\nContent-Length: 2\n\ncd";
    assert_eq!(walk(lines, true), (vec!["metadata ab".to_owned(), "metadata cd".to_owned()], vec![]));
}

#[test]
fn places_are_those_of_members() {
    let members: Vec<Vec<u8>> = sample().iter().map(|r| gzip(r)).collect();
    let mut reader = Reader::new(Cursor::new(members.concat())).unwrap();
    let mut expected = 0;
    for member in &members {
        let record = reader.next().unwrap().unwrap();
        assert_eq!((record.offset, record.inside), (expected, 0));
        expected += member.len() as u64;
    }
    let one = gzip(&sample().concat());
    let mut reader = Reader::new(Cursor::new(&one)).unwrap();
    reader.next().unwrap().unwrap();
    let second = reader.next().unwrap().unwrap();
    assert_eq!((second.offset, second.inside), (0, sample()[0].len() as u64));
}

#[test]
fn files_of_our_own_read_with_all_their_kinds() {
    let dir = tempfile::tempdir().unwrap();
    let at = "2026-03-01T10:20:30.125Z".parse().unwrap();
    let mut archive =
        Archive::open(dir.path(), "s", at).unwrap().circumstances("application/toml", "id = 's'");
    let request = vec![("Host".to_owned(), "a.example".to_owned())];
    let note =
        Note { source_id: Some("s".into()), depth: Some(2), hops: Some("LL".into()), ..Note::default() };
    let exchange = Exchange {
        url: "http://a.example/",
        fetched_at: at,
        remote: None,
        request: &request,
        status: 200,
        reason: "OK",
        response: &[],
        payload: b"<p>1</p>",
        payload_hash: ContentHash::of(b"<p>1</p>"),
        note: Some(&note),
        original: Some(at),
    };
    let place = archive.write_exchange(&exchange).unwrap();
    archive.write_revisit(&exchange, Some(exchange.payload_hash)).unwrap();
    drop(archive);
    let file = std::fs::read(dir.path().join(&place.file)).unwrap();
    let (found, damage) = walk(&file, false);
    assert_eq!(damage, []);
    assert_eq!(
        found,
        ["warcinfo", "resource", "response", "request", "metadata", "revisit", "request", "metadata"]
    );
    let mut ours = super::super::ArchiveFile::open(dir.path(), &place.file).unwrap();
    let circumstances = super::super::read_circumstances(&mut ours).unwrap();
    assert_eq!(circumstances, Some(("application/toml".to_owned(), "id = 's'".to_owned())));
    assert_eq!(ours.record(place.offset).unwrap().payload, b"<p>1</p>");
}

#[test]
fn a_response_of_others_gives_its_payload() {
    let chunked = [b"8\r\n".as_slice(), &gzip(b"<p>10</p>")[..8], b"\r\n"].concat();
    let rest = &gzip(b"<p>10</p>")[8..];
    let body =
        [chunked, format!("{:x}\r\n", rest.len()).into_bytes(), rest.to_vec(), b"\r\n0\r\n\r\n".to_vec()]
            .concat();
    let http = [b"HTTP/1.1 200 OK\nContent-Type: text/HTML; charset=x\nContent-Encoding: gzip\nTransfer-Encoding:\n chunked\n\n".as_slice(), &body].concat();
    let file = gzip(&record("response", "", &http));
    let mut reader = Reader::new(Cursor::new(&file)).unwrap();
    reader.next().unwrap().unwrap();
    let block = reader.block(10_000).unwrap();
    let http = HttpResponse::parse(&block).unwrap();
    assert_eq!((http.status, http.reason.as_str(), http.media_type().as_str()), (200, "OK", "text/html"));
    assert_eq!(free_of_encodings(&http.headers, &block[http.body_at..], 100).unwrap()[..], b"<p>10</p>"[..]);
}

/// Walks over files with one damaged record among good ones.
#[test]
fn a_damaged_record_is_named_and_the_others_are_read() {
    let r = sample();
    let long = |by: i64, record: &[u8]| {
        let text = String::from_utf8(record.to_vec()).unwrap();
        let (head, block) = text.split_once("\r\n\r\n").unwrap();
        let (head, length) = head.rsplit_once(' ').unwrap();
        format!("{head} {}\r\n\r\n{block}", length.parse::<i64>().unwrap() + by).into_bytes()
    };
    let lying = record("response", "WARC-Block-Digest: sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n", b"x");
    let no_length = b"WARC/1.0\r\nWARC-Type: response\r\n\r\nblock\r\n\r\n".to_vec();
    let endless = [b"WARC/1.0\r\nX: ".as_slice(), &vec![b'x'; 600_000], b"\r\n"].concat();
    let all: [(&str, Vec<u8>, &str); 7] = [
        ("too long", long(40, &r[1]), "Content-Length says"),
        ("far too long", long(1 << 40, &r[1]), ""),
        ("too short", long(-5, &r[1]), "Content-Length says"),
        ("a lying digest", lying, "not what its block digest says"),
        ("no length", no_length, "does not say how long"),
        ("no record", b"<html>nothing of the kind</html>\r\n".to_vec(), "no WARC record begins there"),
        ("no end of head", endless, "does not end"),
    ];
    for (what, bad, wanted) in &all {
        for (packing, file, at) in [
            ("members", [gzip(&r[0]), gzip(bad), gzip(&r[3])].concat(), gzip(&r[0]).len()),
            ("plain", [r[0].as_slice(), bad, &r[3]].concat(), r[0].len()),
            ("one member", gzip(&[r[0].as_slice(), bad, &r[3]].concat()), 0),
        ] {
            // Within one packed stream nobody can go back to where a record of 1 TB really ended.
            let swallowed = packing == "one member" && matches!(*what, "too long" | "far too long");
            let (found, damage) = walk(&file, true);
            let good: &[&str] = if swallowed { &SAMPLE[..1] } else { &[SAMPLE[0], SAMPLE[3]] };
            assert_eq!(found, good, "{what}, {packing}: {damage:?}");
            assert_eq!(damage.len(), 1, "{what}, {packing}: {damage:?}");
            assert_eq!(damage[0].offset, at as u64, "{what}, {packing}");
            assert!(damage[0].reason.contains(wanted), "{what}, {packing}: {damage:?}");
        }
    }
}

#[test]
fn any_flipped_byte_costs_no_more_than_its_own_record() {
    let members: Vec<Vec<u8>> = sample().iter().map(|r| gzip(r)).collect();
    let start: usize = members[..3].iter().map(Vec::len).sum();
    for at in 0..members[3].len() {
        let mut file = members.concat();
        file[start + at] ^= 0x41;
        let (found, damage) = walk(&file, true);
        let others = [SAMPLE[0], SAMPLE[1], SAMPLE[2], SAMPLE[4]];
        // Some bytes of a gzip header (time, system) say nothing of the content.
        if damage.is_empty() {
            assert_eq!(found, SAMPLE, "byte {at}");
            assert!((3..10).contains(&at), "byte {at} was flipped and nobody noticed");
            continue;
        }
        assert_eq!(found, others, "byte {at}: {damage:?}");
        assert_eq!(damage[0].offset, start as u64, "byte {at}");
    }
}

#[test]
fn a_file_cut_off_anywhere_gives_what_is_whole() {
    let members: Vec<Vec<u8>> = sample().iter().map(|r| gzip(r)).collect();
    let whole: usize = members[..4].iter().map(Vec::len).sum();
    let file = members.concat();
    for length in whole + 1..file.len() {
        let (found, damage) = walk(&file[..length], true);
        assert_eq!(found, SAMPLE[..4], "{length}");
        assert_eq!(damage.len(), 1, "{length}");
        assert_eq!(damage[0].offset, whole as u64);
        // Of a single byte nobody can tell what it began.
        let wanted = if length == whole + 1 { "no WARC record begins" } else { "ends within" };
        assert!(damage[0].reason.contains(wanted), "{:?}", damage[0]);
    }
    let plain = sample().concat();
    let (found, damage) = walk(&plain[..plain.len() - 10], true);
    assert_eq!((found.len(), damage.len()), (4, 1), "{damage:?}");
}

#[test]
fn a_file_of_nothing_but_damage_is_given_up() {
    // Each is a member with a record's first word in it and nothing else.
    let member = gzip(b"WARC/nonsense");
    let file: Vec<u8> = member.iter().copied().cycle().take(member.len() * 10_050).collect();
    let (found, damage) = {
        let mut reader = Reader::new(Cursor::new(&file)).unwrap();
        let (mut found, mut damage) = (0, 0);
        while let Some(next) = reader.next() {
            match next {
                Ok(_) => found += 1,
                Err(_) => damage += 1,
            }
        }
        (found, damage)
    };
    assert_eq!((found, damage), (0, 10_001));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..3000), lead in 0..3usize) {
        let lead: &[u8] = [b"".as_slice(), b"WARC/1.0\r\n", b"\x1f\x8b\x08\0\0\0\0\0\0\xff"][lead];
        walk(&[lead, &bytes].concat(), true);
    }

    #[test]
    fn any_changes_to_a_file_are_survived(
        packing in 0..3usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3u8), 1..6),
        read in any::<bool>(),
    ) {
        let records = sample();
        let mut file = match packing {
            0 => records.concat(),
            1 => records.iter().flat_map(|r| gzip(r)).collect(),
            _ => gzip(&records.concat()),
        };
        for (index, value, how) in changes {
            let at = index.index(file.len());
            match how {
                0 => file[at] = value,
                1 => file.insert(at, value),
                _ => { file.remove(at); }
            }
        }
        let (found, damage) = walk(&file, read);
        prop_assert!(found.len() + damage.len() <= file.len());
    }
}
