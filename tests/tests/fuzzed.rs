//! What fuzzing kept of each parser's inputs, and the inputs that once broke one, replayed through the
//! same entries. Fuzzing itself: `tests/bench/fuzz.sh`.

#![allow(clippy::unwrap_used)]

#[path = "../fuzz/entries.rs"]
mod entries;

use std::path::Path;

/// One line of a packed corpus: bytes escaped as Rust writes them.
fn unescape(line: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = line.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next() {
                Some(b't') => b'\t',
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b'\\') => b'\\',
                Some(b'x') => {
                    let digits = [rest.next().unwrap(), rest.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => panic!("no escape: {other:?}"),
            },
            plain => plain,
        });
    }
    bytes
}

#[test]
fn every_kept_input_is_read_without_harm() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    for (name, entry) in entries::ENTRIES {
        let mut inputs = 0;
        for kind in ["seeds", "corpus"] {
            let path = folder.join(kind).join(format!("{name}.txt"));
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            for (at, line) in text.lines().enumerate() {
                let input = unescape(line);
                let read = std::panic::catch_unwind(|| entry(&input));
                assert!(read.is_ok(), "{}:{}: {line}", path.display(), at + 1);
                inputs += 1;
            }
        }
        assert!(inputs > 0, "{name} has no input");
        println!("{name}: {inputs} inputs");
    }
}

/// Every target of the fuzzing workspace is an entry here, and every entry a target.
#[test]
fn every_target_is_replayed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/fuzz_targets");
    let mut targets: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    targets.sort();
    let mut entries: Vec<&str> = entries::ENTRIES.iter().map(|(name, _)| *name).collect();
    entries.sort_unstable();
    assert_eq!(targets, entries);
}
