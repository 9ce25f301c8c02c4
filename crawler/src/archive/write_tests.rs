//! Tests of [`super`]: records as other readers see them, read back, damaged, rotated.

use super::super::{Headers, header, read_payload};
use super::*;
use proptest::prelude::*;
use std::io::Read;

fn at() -> DateTime<Utc> {
    "2026-03-01T10:20:30Z".parse().unwrap()
}

fn pairs(of: &[(&str, &str)]) -> Headers {
    of.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect()
}

fn exchange<'a>(payload: &'a [u8], request: &'a Headers, response: &'a Headers) -> Exchange<'a> {
    Exchange {
        url: "http://shop.example/p?id=1",
        fetched_at: at(),
        remote: Some([127, 0, 0, 1].into()),
        request,
        status: 200,
        reason: "OK",
        response,
        payload,
        payload_hash: ContentHash::of(payload),
        note: None,
        original: None,
    }
}

fn records(path: &Path) -> Vec<String> {
    let bytes = std::fs::read(path).unwrap();
    let mut members = flate2::bufread::GzDecoder::new(&bytes[..]);
    let mut out = Vec::new();
    loop {
        let mut text = String::new();
        members.read_to_string(&mut text).unwrap();
        out.push(text.replace('\r', ""));
        let rest = members.into_inner();
        if rest.is_empty() {
            return out;
        }
        members = flate2::bufread::GzDecoder::new(rest);
    }
}

/// Record ids numbered in order of appearance: they depend on byte offsets, and those on which
/// compressor the build has.
fn named(text: &str) -> String {
    let mut out = text.to_owned();
    let mut number = 0;
    while let Some(at) = out.find("urn:uuid:").filter(|_| number < 100) {
        let id = out[at..at + "urn:uuid:".len() + 36].to_owned();
        number += 1;
        out = out.replace(&id, &format!("id {number}"));
    }
    out
}

#[test]
fn a_record_reads_as_warc_and_its_payload_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut archive = Archive::open(dir.path(), "shop", at()).unwrap();
    let request = pairs(&[("Host", "shop.example"), ("User-Agent", "touchstone/0.1")]);
    let response =
        pairs(&[("content-type", "text/html"), ("content-encoding", "gzip"), ("content-length", "3")]);
    let note = Note {
        source_id: Some("shop".to_owned()),
        via: Some("http://shop.example/all".to_owned()),
        depth: Some(1),
        hops: Some("L".to_owned()),
        fetch_ms: Some(120),
        robots: Some("allowed".to_owned()),
        ..Note::default()
    };
    let visit = Exchange { note: Some(&note), ..exchange(b"<p>1</p>", &request, &response) };
    let place = archive.write_exchange(&visit).unwrap();
    let visit = Exchange { note: None, original: Some(at()), ..visit };
    let again = archive.write_revisit(&visit, Some(visit.payload_hash)).unwrap();
    archive.sync().unwrap();

    let (headers, payload) = read_payload(dir.path(), &place).unwrap();
    assert_eq!(payload, b"<p>1</p>");
    assert_eq!(header(&headers, "Content-Length"), Some("8"));
    let error = read_payload(dir.path(), &again).unwrap_err().to_string();
    assert!(error.ends_with("it is a revisit record, which has no payload"));

    let all = records(&dir.path().join(&place.file));
    assert_eq!(all.len(), 6);
    assert!(all[0].contains("WARC-Type: warcinfo"));
    assert!(all[4].contains("identical-payload-digest"));
    assert!(all[4].contains(
        "WARC-Refers-To-Target-URI: http://shop.example/p?id=1\nWARC-Refers-To-Date: 2026-03-01T10:20:30Z"
    ));
    insta::assert_snapshot!(named(&all[1..4].join("~~~\n")), @r"
    WARC/1.1
    WARC-Record-ID: <id 1>
    WARC-Date: 2026-03-01T10:20:30Z
    WARC-Warcinfo-ID: <id 2>
    WARC-Target-URI: http://shop.example/p?id=1
    WARC-IP-Address: 127.0.0.1
    WARC-Type: response
    Content-Type: application/http; msgtype=response
    WARC-Payload-Digest: sha256:16de9dfa12664d7331c84ac261051ef5ebe566d03dae3faf5e45825fb04bcdbc
    WARC-Block-Digest: sha256:7af863a43359e7d60c3021b5b7435e4490bac2b0d89d0c97d33d4b8dd92dcafd
    Content-Length: 134

    HTTP/1.1 200 OK
    content-type: text/html
    X-Crawler-content-encoding: gzip
    X-Crawler-content-length: 3
    Content-Length: 8

    <p>1</p>

    ~~~
    WARC/1.1
    WARC-Record-ID: <id 3>
    WARC-Date: 2026-03-01T10:20:30Z
    WARC-Warcinfo-ID: <id 2>
    WARC-Type: request
    WARC-Target-URI: http://shop.example/p?id=1
    Content-Type: application/http; msgtype=request
    WARC-Concurrent-To: <id 1>
    WARC-Block-Digest: sha256:adcc8b0e9690b5e08f258f0f5e30eeee7db0d52a18454d8923fb18b47f342d30
    Content-Length: 72

    GET /p?id=1 HTTP/1.1
    Host: shop.example
    User-Agent: touchstone/0.1



    ~~~
    WARC/1.1
    WARC-Record-ID: <id 4>
    WARC-Date: 2026-03-01T10:20:30Z
    WARC-Warcinfo-ID: <id 2>
    WARC-Type: metadata
    WARC-Target-URI: http://shop.example/p?id=1
    Content-Type: application/warc-fields
    WARC-Concurrent-To: <id 1>
    WARC-Refers-To: <id 1>
    WARC-Block-Digest: sha256:5c9a583698268766022f875418336adcf9b52c9a714eaf38489db1d3c3e91ea2
    Content-Length: 106

    source: shop
    via: http://shop.example/all
    hopsFromSeed: L
    depth: 1
    fetchTimeMs: 120
    robots: allowed
    ");
}

#[test]
fn pages_are_packed_and_buffers_do_not_keep_the_largest() {
    let dir = tempfile::tempdir().unwrap();
    let mut archive = Archive::open(dir.path(), "s", at()).unwrap();
    let page: String = (0..100_000).map(|n| format!("<li>article {n}</li>\n")).collect();
    let place = archive.write_resource("file:///a.html", page.as_bytes(), None, at()).unwrap();
    let length = std::fs::metadata(dir.path().join(&place.file)).unwrap().len();
    assert!(length < page.len() as u64 / 3, "{length} bytes of {}", page.len());
    assert!(archive.packer.plain.capacity() <= KEEP_CAPACITY);
    assert!(archive.packer.members.capacity() <= KEEP_CAPACITY);
    assert_eq!(read_payload(dir.path(), &place).unwrap().1, page.as_bytes());
}

#[test]
fn files_are_never_overwritten_and_rotate() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("s-20260301-00000.warc.gz"), "kept").unwrap();
    let mut archive = Archive::open(dir.path(), "s", at()).unwrap().rotate_at(1);
    let first = archive.write_resource("file:///a.html", b"a", Some("text/html"), at()).unwrap();
    let second = archive.write_resource("file:///a b.html", b"b", None, at()).unwrap();
    assert_eq!(first.file, "s-20260301-00001.warc.gz");
    assert_eq!(second.file, "s-20260301-00002.warc.gz");
    assert_eq!(std::fs::read(dir.path().join("s-20260301-00000.warc.gz")).unwrap(), b"kept");
    assert_eq!(read_payload(dir.path(), &first).unwrap().1, b"a");
    assert_eq!(read_payload(dir.path(), &second).unwrap().1, b"b");
    let all = records(&dir.path().join(&second.file));
    assert!(all[0].contains("WARC-Type: warcinfo"));
    assert!(all[1].contains("WARC-Target-URI: file:///a%20b.html"));
    let ids: std::collections::HashSet<_> = all.iter().filter_map(|record| record.lines().nth(1)).collect();
    assert_eq!(ids.len(), 2);
}

#[test]
fn a_changed_record_is_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let mut archive = Archive::open(dir.path(), "s", at()).unwrap();
    let place = archive.write_resource("file:///a.html", b"price 10", None, at()).unwrap();
    archive.sync().unwrap();
    let path = dir.path().join(&place.file);

    // Re-packed with another price: the gzip checksum is right, the digest is not.
    let text = records(&path)[1].replace('\n', "\r\n");
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(text.replace("price 10", "price 99").as_bytes()).unwrap();
    let forged = packer.finish().unwrap();
    std::fs::write(dir.path().join("forged.warc.gz"), &forged).unwrap();
    let place = ArchiveRef { file: "forged.warc.gz".to_owned(), offset: 0 };
    let error = read_payload(dir.path(), &place).unwrap_err();
    assert!(matches!(error, CrawlError::ArchiveDigest { .. }), "{error}");

    // Cut off, not there, outside the folder.
    std::fs::write(dir.path().join("cut.warc.gz"), &forged[..forged.len() / 2]).unwrap();
    for (file, wanted) in [
        ("cut.warc.gz", "damaged"),
        ("none.warc.gz", "No such file"),
        ("../forged.warc.gz", "its name is not"),
    ] {
        let place = ArchiveRef { file: file.to_owned(), offset: 0 };
        let error = read_payload(dir.path(), &place).unwrap_err().to_string();
        assert!(error.contains(wanted), "{file}: {error}");
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_said_so() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("taken");
    std::fs::write(&file, "").unwrap();
    let error = Archive::open(&file, "s", at()).err().unwrap().to_string();
    assert!(error.starts_with("cannot write the archive file"), "{error}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_leaves_no_half_record() {
    let dir = tempfile::tempdir().unwrap();
    let mut archive = Archive::open(dir.path(), "s", at()).unwrap();
    let before = archive.write_resource("file:///a.html", b"a", None, at()).unwrap();
    let good = archive.current.as_ref().unwrap().length;
    // /dev/full answers every write with "no space left on device".
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let kept = std::mem::replace(&mut archive.current.as_mut().unwrap().file, full);
    let error = archive.write_resource("file:///b.html", b"b", None, at()).unwrap_err().to_string();
    assert!(error.contains("No space left on device"), "{error}");
    archive.current.as_mut().unwrap().file = kept;
    assert_eq!(archive.current.as_ref().unwrap().length, good);
    let after = archive.write_resource("file:///b.html", b"b", None, at()).unwrap();
    assert_eq!(after.offset, good);
    assert_eq!(read_payload(dir.path(), &before).unwrap().1, b"a");
    assert_eq!(read_payload(dir.path(), &after).unwrap().1, b"b");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_payload_comes_back(payload in prop::collection::vec(any::<u8>(), 0..70_000), value in "[ -~]{0,40}") {
        let dir = tempfile::tempdir().unwrap();
        let mut archive = Archive::open(dir.path(), "s", at()).unwrap();
        let request = pairs(&[("Host", "shop.example")]);
        let response = pairs(&[("x-any", value.trim())]);
        let place = archive.write_exchange(&exchange(&payload, &request, &response)).unwrap();
        let (headers, back) = read_payload(dir.path(), &place).unwrap();
        prop_assert_eq!(back, payload);
        prop_assert_eq!(header(&headers, "x-any"), Some(value.trim()));
    }
}
