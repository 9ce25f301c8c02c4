//! The snapshot as text, version 1 of its file: JSON lines in a fixed order, closed by their hash. Old
//! files stay readable and keep their ids; new ones are columns (`offers`).
//!
//! ```text
//! {"format":"touchstone snapshot","version":1,"currency":"EUR","comparables":2,…}
//! {"comparable":{…}}      sorted by observation id
//! {"exclusion":{…}}       sorted by observation id
//! {"group":{…}}           sorted by key
//! {"sha256":"…"}          of every byte before this line: the snapshot's id
//! ```

use crate::StatisticsError;
use model::{Comparable, ContentHash, Currency, Exclusion, GroupSummary, SNAPSHOT_VERSION, Snapshot};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::io::{self, BufRead, Write};

const FORMAT: &str = "touchstone snapshot";

/// Version of the text form. Later versions are columns (`columnar`, `offers`).
const TEXT_VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Header {
    format: String,
    version: u32,
    currency: Currency,
    comparables: usize,
    exclusions: usize,
    groups: usize,
}

/// The part of the header that every version has.
#[derive(Deserialize)]
struct AnyHeader {
    format: String,
    version: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum LineOut<'a> {
    Comparable(&'a Comparable),
    Exclusion(&'a Exclusion),
    Group(&'a GroupSummary),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum LineIn {
    Comparable(Box<Comparable>),
    Exclusion(Exclusion),
    Group(Box<GroupSummary>),
    Sha256(ContentHash),
}

/// Hands bytes on and hashes them.
struct Hashing<'a, W: Write> {
    digest: Sha256,
    out: &'a mut W,
}

impl<W: Write> Write for Hashing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.out.write(bytes)?;
        self.digest.update(&bytes[..n]);
        Ok(n)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

fn write_line(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// Writes the text without its closing line and returns its hash.
fn write_body(snapshot: &Snapshot, out: &mut impl Write) -> io::Result<ContentHash> {
    let mut out = Hashing { digest: Sha256::new(), out };
    write_line(
        &mut out,
        &Header {
            format: FORMAT.to_owned(),
            version: TEXT_VERSION,
            currency: snapshot.currency,
            comparables: snapshot.comparables.len(),
            exclusions: snapshot.exclusions.len(),
            groups: snapshot.groups.len(),
        },
    )?;
    for comparable in &snapshot.comparables {
        write_line(&mut out, &LineOut::Comparable(comparable))?;
    }
    for exclusion in &snapshot.exclusions {
        write_line(&mut out, &LineOut::Exclusion(exclusion))?;
    }
    for group in &snapshot.groups {
        write_line(&mut out, &LineOut::Group(group))?;
    }
    Ok(ContentHash::from_bytes(out.digest.finalize().into()))
}

/// Writes the snapshot as canonical text, JSON lines closed by their hash, which is the id of what is
/// read from it. The same snapshot gives the same bytes.
///
/// # Errors
/// [`StatisticsError::Io`] when writing fails.
pub fn write_snapshot(snapshot: &Snapshot, out: &mut impl Write) -> Result<(), StatisticsError> {
    let hash = write_body(snapshot, out)?;
    writeln!(out, "{{\"sha256\":\"{hash}\"}}")?;
    out.flush()?;
    Ok(())
}

/// Reads what [`write_snapshot`] wrote, and checks the hash.
///
/// # Errors
/// Each names the line and what to do: no snapshot, a newer version, a line that cannot be read,
/// an early end, a hash that does not fit the content.
pub fn read_snapshot(input: &mut impl BufRead) -> Result<Snapshot, StatisticsError> {
    let mut digest = Sha256::new();
    let mut text = String::new();
    let mut number = 1;
    read_line(input, &mut text, number)?;
    let header = header(&text)?;
    digest.update(text.as_bytes());
    let mut snapshot = Snapshot {
        id: ContentHash::of(b""),
        currency: header.currency,
        comparables: Vec::new(),
        exclusions: Vec::new(),
        groups: Vec::new(),
    };
    loop {
        number += 1;
        if read_line(input, &mut text, number)? == 0 {
            return Err(StatisticsError::Truncated { line: number - 1 });
        }
        let line: LineIn = serde_json::from_str(&text)
            .map_err(|error| StatisticsError::BadLine { line: number, detail: error.to_string() })?;
        match line {
            LineIn::Comparable(comparable) => snapshot.comparables.push(*comparable),
            LineIn::Exclusion(exclusion) => snapshot.exclusions.push(exclusion),
            LineIn::Group(group) => snapshot.groups.push(*group),
            LineIn::Sha256(stated) => {
                let found = ContentHash::from_bytes(digest.finalize().into());
                if found != stated {
                    return Err(StatisticsError::WrongHash { stated, found });
                }
                snapshot.id = found;
                return Ok(snapshot);
            }
        }
        digest.update(text.as_bytes());
    }
}

fn read_line(input: &mut impl BufRead, text: &mut String, number: usize) -> Result<usize, StatisticsError> {
    text.clear();
    input.read_line(text).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData if number == 1 => {
            StatisticsError::NotASnapshot { detail: "not a text".to_owned() }
        }
        io::ErrorKind::InvalidData => {
            StatisticsError::BadLine { line: number, detail: "not valid UTF-8".to_owned() }
        }
        _ => StatisticsError::Io(error),
    })
}

fn header(text: &str) -> Result<Header, StatisticsError> {
    let not = |detail: String| StatisticsError::NotASnapshot { detail };
    let any: AnyHeader = serde_json::from_str(text).map_err(|e| not(e.to_string()))?;
    if any.format != FORMAT {
        return Err(not(format!("its format is '{}'", any.format)));
    }
    if any.version > TEXT_VERSION {
        return Err(StatisticsError::NewerVersion { found: any.version, known: SNAPSHOT_VERSION });
    }
    serde_json::from_str(text).map_err(|e| not(e.to_string()))
}
