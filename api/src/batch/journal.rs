//! The journal beside the results of a long run: which run it is, and how far its results are safe on
//! the disk. With it an interrupted run goes on where it stopped, to the same bytes.

use crate::failure::Failure;
use crate::whole_file::partial_of;
use model::ContentHash;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// Bytes of a file's beginning that are hashed; its length counts too.
const HEAD: u64 = 1 << 20;

/// Which run a journal is of. Every part must be equal for the run to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Version of the program.
    pub program: String,
    /// SHA-256 of the input's length, time of change and first megabyte.
    pub input: String,
    /// Snapshot.
    pub snapshot: String,
    /// Parameters.
    pub parameters: String,
    /// Column map, as its JSON hash; empty without one.
    pub map: String,
    /// Sheet of a workbook; empty for the first, and for other files.
    pub sheet: String,
    /// Date of lines that state none.
    pub as_of: String,
    /// Whether importers are hashed.
    pub hashed: bool,
    /// What was known of the flag rate: its share stands on every row.
    pub calibration: String,
    /// The columns of results, where not all are wanted.
    #[serde(default)]
    pub columns: String,
}

impl Run {
    /// What differs from another run, in words.
    fn differences(&self, other: &Run) -> Vec<&'static str> {
        let parts = [
            ("the program's version", self.program == other.program),
            ("the input file", self.input == other.input),
            ("the snapshot", self.snapshot == other.snapshot),
            ("the parameters", self.parameters == other.parameters),
            ("the column map", self.map == other.map),
            ("the sheet (--sheet)", self.sheet == other.sheet),
            ("the date of lines that state none (--as-of)", self.as_of == other.as_of),
            ("--hash-importers", self.hashed == other.hashed),
            ("the flag rate on cleared lines", self.calibration == other.calibration),
            ("the choice of columns (--columns)", self.columns == other.columns),
        ];
        parts.into_iter().filter(|(_, same)| !same).map(|(what, _)| what).collect()
    }
}

/// How far a run came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Journal {
    /// Which run.
    pub run: Run,
    /// Lines whose results are in the file.
    pub lines: u64,
    /// Length of the results with them: what stands behind is half a row.
    pub bytes: u64,
    /// The same of the file beside them that keeps what chosen columns do not say of a line (see
    /// [`facts_of`]); none of a run that needs no such file.
    #[serde(default)]
    pub facts: Option<u64>,
}

/// The journal's place: the results' name with `.journal` behind it.
pub fn path_of(results: &Path) -> PathBuf {
    let mut name = results.as_os_str().to_owned();
    name.push(".journal");
    PathBuf::from(name)
}

/// The place of what the batch as a whole needs of its lines and chosen columns do not say: the results'
/// name with `.journal-facts` behind it.
pub fn facts_of(results: &Path) -> PathBuf {
    let mut name = results.as_os_str().to_owned();
    name.push(".journal-facts");
    PathBuf::from(name)
}

/// Every place where something stands beside results that are not finished, but the results themselves.
pub fn places_of(results: &Path) -> [PathBuf; 3] {
    let journal = path_of(results);
    [half_of(&journal), journal, facts_of(results)]
}

/// Where a journal is written before it takes the place of the one before.
fn half_of(journal: &Path) -> PathBuf {
    journal.with_extension("journal-partial")
}

impl Journal {
    /// The journal of these results that belongs to this run; `None` where there is none.
    ///
    /// Errors: a journal of another run, with what differs; one that cannot be read; results that are
    /// shorter than it says.
    pub fn of(results: &Path, run: &Run) -> Result<Option<Journal>, Failure> {
        let path = path_of(results);
        let what = path.display().to_string();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Failure::from_io(&what, &e)),
        };
        let fresh = "without --resume the run begins anew";
        let journal: Journal = serde_json::from_str(&text)
            .map_err(|e| Failure::input(format!("{what}: not a journal of this program: {e}")).hint(fresh))?;
        let other = journal.run.differences(run);
        if !other.is_empty() {
            return Err(Failure::input(format!("{what}: of another run, {} differs", other.join(", and ")))
                .hint(fresh));
        }
        let facts = facts_of(results);
        let kept = journal.facts.map(|bytes| (facts, bytes));
        let partial = partial_of(results)?.map(|partial| (partial, journal.bytes));
        for (path, bytes) in partial.into_iter().chain(kept) {
            let what = path.display().to_string();
            // Also where a run was killed between naming its results and removing the journal.
            let about = fs::metadata(path).map_err(|e| Failure::from_io(&what, &e).hint(fresh))?;
            let length = about.len();
            if length < bytes {
                return Err(Failure::input(format!("{what}: {length} bytes, its journal speaks of {bytes}"))
                    .hint(fresh));
            }
        }
        Ok(Some(journal))
    }

    /// Writes it whole or not at all.
    pub fn write(&self, results: &Path) -> Result<(), Failure> {
        let path = path_of(results);
        let what = path.display().to_string();
        let text = serde_json::to_vec(self)
            .map_err(|e| Failure::bug(format!("a journal could not be written as JSON: {e}")))?;
        let partial = half_of(&path);
        (|| {
            let mut file = File::create(&partial)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&partial, &path)
        })()
        .map_err(|e: std::io::Error| Failure::from_io(&what, &e))
    }
}

/// Removes the journal of finished results, and what was kept beside it; none is as well.
pub fn remove(results: &Path) -> Result<(), Failure> {
    for path in [path_of(results), facts_of(results)] {
        match fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::from_io(&path.display().to_string(), &e));
            }
            _ => {}
        }
    }
    Ok(())
}

/// SHA-256 of a file's length, time of change and beginning: tells files apart without reading gigabytes
/// twice.
pub fn fingerprint(path: &Path) -> Result<String, Failure> {
    let what = path.display().to_string();
    (|| {
        let file = File::open(path)?;
        let about = file.metadata()?;
        let changed = about.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let mut head = Vec::new();
        file.take(HEAD).read_to_end(&mut head)?;
        let hash = Sha256::new()
            .chain_update(about.len().to_le_bytes())
            .chain_update(changed.to_le_bytes())
            .chain_update(&head)
            .finalize();
        Ok(ContentHash::of(&hash).to_string())
    })()
    .map_err(|e: std::io::Error| Failure::from_io(&what, &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> Run {
        Run {
            program: "1".into(),
            input: "a".into(),
            snapshot: "b".into(),
            parameters: "c".into(),
            map: String::new(),
            sheet: String::new(),
            as_of: "2026-09-01".into(),
            hashed: false,
            calibration: "on offers".into(),
            columns: String::new(),
        }
    }

    #[test]
    fn only_the_journal_of_the_same_run_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("out.csv");
        let partial = partial_of(&results).unwrap().unwrap();
        assert_eq!(Journal::of(&results, &run()).unwrap(), None);
        fs::write(&partial, "0123456789").unwrap();
        let journal = Journal { run: run(), lines: 3, bytes: 10, facts: None };
        journal.write(&results).unwrap();
        assert_eq!(Journal::of(&results, &run()).unwrap(), Some(journal.clone()));
        let other = Run { as_of: "2026-09-02".into(), hashed: true, ..run() };
        let told = Journal::of(&results, &other).unwrap_err();
        assert!(told.message.contains("--as-of), and --hash-importers differs"), "{told}");
        Journal { facts: Some(1), ..journal.clone() }.write(&results).unwrap();
        assert!(Journal::of(&results, &run()).is_err(), "what is kept beside is gone");
        fs::write(facts_of(&results), "").unwrap();
        assert!(Journal::of(&results, &run()).unwrap_err().message.contains("0 bytes"));
        Journal { bytes: 11, ..journal }.write(&results).unwrap();
        assert!(Journal::of(&results, &run()).unwrap_err().message.contains("10 bytes"));
        fs::write(path_of(&results), "{").unwrap();
        assert!(Journal::of(&results, &run()).unwrap_err().message.contains("not a journal"));
        remove(&results).unwrap();
        remove(&results).unwrap();
        assert_eq!(Journal::of(&results, &run()).unwrap(), None);
    }

    #[test]
    fn a_fingerprint_sees_beginning_length_and_time_of_change() {
        let folder = tempfile::tempdir().unwrap();
        let at = |seconds: u64, text: &[u8]| {
            let path = folder.path().join("x");
            fs::write(&path, text).unwrap();
            let changed = UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            File::options().write(true).open(&path).unwrap().set_modified(changed).unwrap();
            fingerprint(&path).unwrap()
        };
        let of = |text: &[u8]| at(7, text);
        assert_eq!(of(b"abc"), of(b"abc"));
        assert_ne!(of(b"abc"), of(b"abd"));
        assert_ne!(of(b"abc"), at(8, b"abc"));
        let mut long = vec![b'x'; (HEAD + 5) as usize];
        let first = of(&long);
        long.push(b'x');
        assert_ne!(first, of(&long));
    }
}
