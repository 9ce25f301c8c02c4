//! What archiving costs: `cargo run --release -p crawler --example archive_cost -- FOLDER [BYTES]` writes
//! the first BYTES (15,000) of every page below FOLDER (plain or gzip) as visits and prints µs a visit
//! and bytes a visit on the disk, then reads the file back.

#![allow(clippy::unwrap_used, reason = "a measurement")]

use crawler::archive::{Archive, Exchange, Note, Reader};
use model::ContentHash;
use std::io::Read;
use std::path::Path;
use std::time::Instant;

fn pages(folder: &Path, found: &mut Vec<Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            pages(&path, found);
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let mut page = Vec::new();
        match bytes.starts_with(&[0x1f, 0x8b]) {
            true => drop(flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut page).unwrap()),
            false => page = bytes,
        }
        found.push(page);
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let folder = args.next().unwrap_or_else(|| ".".to_owned());
    let size: usize = args.next().and_then(|n| n.parse().ok()).unwrap_or(15_000);
    let mut found = Vec::new();
    pages(Path::new(&folder), &mut found);
    found.retain(|page| page.len() >= size);
    found.iter_mut().for_each(|page| page.truncate(size));
    let hashes: Vec<ContentHash> = found.iter().map(|page| ContentHash::of(page)).collect();
    let line = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let request = [
        line("host", "shop.example"),
        line("user-agent", "touchstone/0.1 (+https://customs.example/crawler)"),
        line("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"),
        line("accept-encoding", "gzip"),
    ];
    let response = [
        line("content-type", "text/html; charset=utf-8"),
        line("etag", "\"0123456789abcdef\""),
        line("content-encoding", "gzip"),
        line("content-length", "4711"),
    ];
    let note = Note {
        source_id: Some("shop".to_owned()),
        depth: Some(3),
        robots: Some("allowed".to_owned()),
        fetch_ms: Some(12),
        ..Note::default()
    };
    let at = "2026-03-01T12:00:00.123456Z".parse().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut archive = Archive::open(dir.path(), "cost", at).unwrap();
    let rounds = 20_000 / found.len().max(1);
    let (began, mut visits, mut file) = (Instant::now(), 0u64, String::new());
    for _ in 0..rounds {
        for (page, hash) in found.iter().zip(&hashes) {
            let exchange = Exchange {
                url: "https://shop.example/p/1",
                fetched_at: at,
                remote: Some([192, 0, 2, 1].into()),
                request: &request,
                status: 200,
                reason: "OK",
                response: &response,
                payload: page,
                payload_hash: *hash,
                note: Some(&note),
                original: None,
            };
            file = archive.write_exchange(&exchange).unwrap().file;
            visits += 1;
        }
    }
    let took = began.elapsed().as_secs_f64();
    let path = dir.path().join(file);
    let length = std::fs::metadata(&path).unwrap().len();
    println!(
        "{visits} visits of {size} bytes: {:.1} µs, {} bytes each",
        took / visits as f64 * 1e6,
        length / visits
    );
    let began = Instant::now();
    let mut reader = Reader::new(std::fs::File::open(path).unwrap()).unwrap();
    let (mut records, mut bytes) = (0u64, 0usize);
    while let Some(record) = reader.next() {
        record.unwrap();
        bytes += reader.block(1 << 30).unwrap().len();
        records += 1;
    }
    let took = began.elapsed().as_secs_f64();
    println!("{records} records read, digests verified: {:.0} MB/s unpacked", bytes as f64 / took / 1e6);
}
