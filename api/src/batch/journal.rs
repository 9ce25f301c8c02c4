//! The journal beside the results of a long run: which run it is, and how far its results are safe on
//! the disk. With it an interrupted run goes on where it stopped, to the same bytes.

use crate::failure::{Exit, Failure};
use crate::whole_file::{WholeFile, failed, partial_of};
use model::ContentHash;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::UNIX_EPOCH;

/// Bytes of a file's beginning that are hashed; its length counts too.
const HEAD: u64 = 1 << 20;

/// Endings of what stands beside results that are not finished, which no results have.
pub(super) const ENDINGS: [&str; 4] = ["partial", "journal", "journal-facts", "journal-partial"];

/// What is left where a run cannot go on.
const ANEW: &str = "without --resume the run begins anew";

/// Which run a journal is of. Every part must be equal for the run to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Run {
    /// Version of the program.
    pub program: String,
    /// Number of the method by which it reckons figures; 0, of a journal that does not say, is of no run.
    #[serde(default)]
    pub method: u32,
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
    /// What of the database and the settings lines are read and converted with, each as a hash; a journal that
    /// does not say is of no run.
    #[serde(default)]
    pub rates: String,
    /// Whose rates come first.
    #[serde(default)]
    pub publishers: String,
    /// An own model that holds descriptions against codes.
    #[serde(default)]
    pub model: String,
    /// What became of codes of other editions.
    #[serde(default)]
    pub moves: String,
}

impl Run {
    /// The options that would name the day and the snapshot of this run where they are not those of another.
    fn begun_with(&self, other: &Run) -> Option<String> {
        let options =
            [("--as-of", &self.as_of, &other.as_of), ("--snapshot", &self.snapshot, &other.snapshot)];
        let differing = options.into_iter().filter(|(_, own, others)| own != others);
        let named: Vec<_> = differing.map(|(option, own, _)| format!("{option} {own}")).collect();
        (!named.is_empty()).then(|| named.join(" "))
    }

    /// What differs from another run, in words.
    fn differences(&self, other: &Run) -> Vec<String> {
        let [method, others] = [self.method, other.method].map(statistics::method_named);
        let method = format!("the method of figures ({method}, here {others})");
        let parts = [
            ("the program's version", self.program == other.program),
            (method.as_str(), self.method == other.method),
            ("the input file (its beginning, length or time of change)", self.input == other.input),
            ("the snapshot", self.snapshot == other.snapshot),
            ("the parameters", self.parameters == other.parameters),
            ("the column map", self.map == other.map),
            ("the sheet (--sheet)", self.sheet == other.sheet),
            ("the date of lines that state none (--as-of)", self.as_of == other.as_of),
            ("--hash-importers", self.hashed == other.hashed),
            ("the flag rate on cleared lines", self.calibration == other.calibration),
            ("the choice of columns (--columns)", self.columns == other.columns),
            ("what is imported of exchange rates", self.rates == other.rates),
            ("whose exchange rates come first ([exchange])", self.publishers == other.publishers),
            ("the model of codes ([hs] model)", self.model == other.model),
            ("what is imported of codes of other editions", self.moves == other.moves),
        ];
        parts.into_iter().filter(|(_, same)| !same).map(|(what, _)| what.to_owned()).collect()
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
    /// [`Beside`]); none of a run that needs no such file.
    #[serde(default)]
    pub facts: Option<u64>,
    /// SHA-256 of these bytes of the results; empty where a run that goes on makes its rows again and holds them
    /// to what is there.
    #[serde(default)]
    pub digest: String,
    /// SHA-256 of these bytes of the facts.
    #[serde(default)]
    pub facts_digest: String,
}

/// What stands beside results as CSV that are not finished. It is beside the file itself, as its half is, by
/// whichever of its links it was named.
#[derive(Debug)]
pub struct Beside {
    /// The results so far.
    pub partial: PathBuf,
    /// Which run they are of, and how far it came: the file's name with `.journal` behind it.
    pub journal: PathBuf,
    /// What the batch as a whole needs of its lines and chosen columns do not say: with `.journal-facts`
    /// behind it.
    pub facts: PathBuf,
    /// The journal that is this run's own: it wrote it, or goes on with it.
    own: Mutex<Option<Journal>>,
}

impl Beside {
    /// Of results by the name they were given; `None` where that is a device or a pipe, which keep nothing.
    ///
    /// Errors: a folder that is not there, or cannot be looked into.
    pub fn of(results: &Path) -> Result<Option<Beside>, Failure> {
        Ok(partial_of(results)?.map(|partial| Beside {
            journal: partial.with_extension("journal"),
            facts: partial.with_extension("journal-facts"),
            partial,
            own: Mutex::new(None),
        }))
    }

    /// Every place that may be written until the results are finished.
    pub fn places(&self) -> [&Path; 3] {
        [&self.partial, &self.journal, &self.facts]
    }

    /// Where a journal is written before it takes the place of the one before.
    pub fn half_journal(&self) -> PathBuf {
        self.partial.with_extension("journal-partial")
    }

    fn own(&self) -> MutexGuard<'_, Option<Journal>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The journal there, whichever run's it is.
    fn there(&self) -> Result<Option<Journal>, Failure> {
        let what = self.journal.display().to_string();
        let text = match fs::read_to_string(&self.journal) {
            Ok(text) => text,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(Failure::from_io(&what, &e)),
        };
        let not = |e| Failure::input(format!("{what}: not a journal of this program: {e}")).hint(ANEW);
        serde_json::from_str(&text).map(Some).map_err(not)
    }

    /// The journal there that belongs to this run; `None` where there is none.
    ///
    /// Errors: a journal of another run, with what differs; one that cannot be read; results that are
    /// shorter than it says.
    pub fn journal_of(&self, run: &Run) -> Result<Option<Journal>, Failure> {
        let what = self.journal.display().to_string();
        let fresh = ANEW;
        let Some(journal) = self.there()? else { return Ok(None) };
        let other = journal.run.differences(run);
        if !other.is_empty() {
            let failure = Failure::input(format!("{what}: of another run, {} differs", other.join(", and ")));
            return Err(failure.hint(match journal.run.begun_with(run) {
                Some(options) => format!("it was begun with {options}: give that to go on; {fresh}"),
                None => fresh.to_owned(),
            }));
        }
        if !self.partial.exists() {
            let what = format!("{}: not there, though its journal is", self.partial.display());
            return Err(Failure::input(what).hint(format!(
                "where the run was killed just when its results had got their name they are whole: compare their \
                 lines, of which the journal knows {}; {fresh}",
                journal.lines
            )));
        }
        let facts = journal.facts.map(|bytes| (&self.facts, bytes));
        for (path, bytes) in [(&self.partial, journal.bytes)].into_iter().chain(facts) {
            let what = path.display().to_string();
            let about = fs::metadata(path).map_err(|e| Failure::from_io(&what, &e).hint(fresh))?;
            let length = about.len();
            if length < bytes {
                return Err(Failure::input(format!("{what}: {length} bytes, its journal speaks of {bytes}"))
                    .hint(fresh));
            }
        }
        *self.own() = Some(journal.clone());
        Ok(Some(journal))
    }

    /// Holds the results for this run and goes on behind what a journal found says is safe, with the states of its
    /// digests; `made_again`: the run makes those rows again and holds them to what is there, which needs none.
    /// Nothing is taken from what is there before all of it is proved.
    ///
    /// Errors: another run writes them, or came between; bytes that are not those the journal speaks of.
    pub fn go_on(
        &self,
        results: &Path,
        found: &Journal,
        made_again: bool,
    ) -> Result<(WholeFile, Option<Digests>), Failure> {
        // Held to the end: nobody comes between the proof and going on.
        let file = WholeFile::hold(results)?;
        if self.there()?.as_ref() != Some(found) {
            let what = format!("{}: another run has written it meanwhile", self.journal.display());
            return Err(
                Failure::input(what).hint("the same command once more finds what there is to go on with")
            );
        }
        let digests = if made_again {
            None
        } else {
            let results = proved(&self.partial, found.bytes, &found.digest)?;
            let facts = match found.facts {
                Some(bytes) => proved(&self.facts, bytes, &found.facts_digest)?,
                None => Sha256::new(),
            };
            Some(Digests { results, facts })
        };
        file.go_on(found.bytes)?;
        Ok((file, digests))
    }

    /// A new file beside the results, for the eyes of those alone who may read them.
    pub fn create(&self, path: &Path) -> io::Result<File> {
        match fs::remove_file(path) {
            Err(e) if e.kind() != ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(path)?;
        match fs::metadata(&self.partial) {
            Ok(results) => file.set_permissions(results.permissions())?,
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
        Ok(file)
    }

    /// Writes a journal whole or not at all.
    pub fn write(&self, journal: &Journal) -> Result<(), Failure> {
        let text = serde_json::to_vec(journal)
            .map_err(|e| Failure::bug(format!("a journal could not be written as JSON: {e}")))?;
        let half = self.half_journal();
        (|| {
            let mut file = self.create(&half)?;
            file.write_all(&text)?;
            file.sync_all()?;
            fs::rename(&half, &self.journal)
        })()
        .map_err(|e: io::Error| {
            // Half a journal helps nobody.
            let _ = fs::remove_file(&half);
            failed(&self.journal, &e)
        })?;
        *self.own() = Some(journal.clone());
        Ok(())
    }

    /// Removes the journal, and what is kept with it but the results; none is as well.
    pub fn remove(&self) -> Result<(), Failure> {
        // The journal last: what it speaks of is not there without it.
        for path in [&self.half_journal(), &self.facts, &self.journal] {
            match fs::remove_file(path) {
                Err(e) if e.kind() != ErrorKind::NotFound => {
                    return Err(Failure::from_io(&path.display().to_string(), &e));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The results have their name: what this run kept beside them goes. With the name its hold on them is gone, so
    /// another run may have begun there: what that one keeps stays.
    pub fn finished(&self) -> Result<(), Failure> {
        let own = self.own().take();
        if own.is_some() && self.there().is_ok_and(|there| there == own) { self.remove() } else { Ok(()) }
    }

    /// A failure that ended the run, with how to go on where this run has left something to go on with: a
    /// journal of another run is none.
    pub fn told(&self, failure: Failure) -> Failure {
        let kept = self.own().is_some() && self.journal.is_file() && self.partial.is_file();
        if !kept || !matches!(failure.exit, Exit::Machine | Exit::Bug) {
            return failure;
        }
        let first = failure.hint.as_ref().map_or(String::new(), |hint| format!("{hint}; "));
        failure.hint(format!("{first}with --resume the same command goes on with {}", self.partial.display()))
    }
}

/// The states of the digests of what is safe, to be taken further with what is written behind it.
#[derive(Debug)]
pub struct Digests {
    /// Of the results.
    pub results: Sha256,
    /// Of what is kept beside them.
    pub facts: Sha256,
}

/// A digest as a journal states it.
pub(super) fn stated(digest: &Sha256) -> String {
    ContentHash::from_bytes(digest.clone().finalize().into()).to_string()
}

/// The digest of the first bytes of a file, which must be the one stated.
fn proved(path: &Path, bytes: u64, digest: &str) -> Result<Sha256, Failure> {
    let what = path.display().to_string();
    let mut hasher = Sha256::new();
    File::open(path)
        .and_then(|file| io::copy(&mut file.take(bytes), &mut hasher))
        .map_err(|e| Failure::from_io(&what, &e))?;
    if stated(&hasher) != digest {
        return Err(Failure::input(format!(
            "{what}: its first {bytes} bytes are not those its journal speaks of"
        ))
        .hint(ANEW));
    }
    Ok(hasher)
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
    .map_err(|e: io::Error| Failure::from_io(&what, &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run() -> Run {
        Run {
            program: "1".into(),
            method: 5,
            input: "a".into(),
            snapshot: "b".into(),
            parameters: "c".into(),
            map: String::new(),
            sheet: String::new(),
            as_of: "2026-09-01".into(),
            hashed: false,
            calibration: "on offers".into(),
            columns: String::new(),
            rates: "d".into(),
            publishers: "e".into(),
            model: "f".into(),
            moves: "g".into(),
        }
    }

    fn journal(bytes: u64) -> Journal {
        let none = String::new;
        Journal { run: run(), lines: 3, bytes, facts: None, digest: none(), facts_digest: none() }
    }

    #[test]
    fn a_run_goes_on_with_the_bytes_its_journal_speaks_of_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("out.csv");
        let beside = Beside::of(&results).unwrap().unwrap();
        fs::write(&beside.partial, "0123456789 and half a row").unwrap();
        let digest = stated(&Sha256::new_with_prefix("0123456789"));
        let found = Journal { digest: digest.clone(), ..journal(10) };
        beside.write(&found).unwrap();
        let (file, digests) = beside.go_on(&results, &found, false).unwrap();
        assert_eq!(stated(&digests.unwrap().results), digest);
        let busy = beside.go_on(&results, &found, false).err().unwrap();
        assert!(busy.message.ends_with("another run is writing it"), "{busy}");
        drop(file);
        assert_eq!(fs::read(&beside.partial).unwrap(), b"0123456789");
        fs::write(&beside.partial, "012345678x and more").unwrap();
        let foreign = beside.go_on(&results, &found, false).err().unwrap();
        assert!(foreign.message.contains("first 10 bytes are not those"), "{foreign}");
        // Another run has come further since.
        beside.write(&Journal { lines: 4, ..found.clone() }).unwrap();
        let other = beside.go_on(&results, &found, false).err().unwrap();
        assert!(other.message.ends_with("another run has written it meanwhile"), "{other}");
        assert_eq!(fs::read(&beside.partial).unwrap(), b"012345678x and more");
    }

    #[cfg(unix)]
    #[test]
    fn the_file_that_was_proved_is_the_one_that_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("out.csv");
        let beside = Beside::of(&results).unwrap().unwrap();
        fs::write(&beside.partial, "").unwrap();
        // One that is given up empty is removed: another would be taken up, and have no other name.
        let other_name = folder.path().join("other name");
        fs::hard_link(&beside.partial, &other_name).unwrap();
        let found = journal(0);
        beside.write(&found).unwrap();
        let (mut file, _) = beside.go_on(&results, &found, true).unwrap();
        file.write_all(b"behind").unwrap();
        assert_eq!(fs::read(&other_name).unwrap(), b"behind");
    }

    #[test]
    fn only_the_journal_of_the_same_run_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("out.csv");
        let beside = Beside::of(&results).unwrap().unwrap();
        assert_eq!(beside.journal, folder.path().join("out.csv.journal"));
        let found = || beside.journal_of(&run());
        assert_eq!(found().unwrap(), None);
        fs::write(&beside.partial, "0123456789").unwrap();
        let journal = journal(10);
        beside.write(&journal).unwrap();
        assert_eq!(found().unwrap(), Some(journal.clone()));
        let other = Run { as_of: "2026-09-02".into(), hashed: true, ..run() };
        let told = beside.journal_of(&other).unwrap_err();
        assert!(
            told.hint.as_ref().unwrap().starts_with("it was begun with --as-of 2026-09-01: give"),
            "{told}"
        );
        assert!(told.message.contains("--as-of), and --hash-importers differs"), "{told}");
        let told = beside.journal_of(&Run { method: 6, ..run() }).unwrap_err();
        assert!(
            told.message.ends_with("of another run, the method of figures (method 5, here method 6) differs")
        );
        // Its run was killed when they had got their name.
        fs::rename(&beside.partial, &results).unwrap();
        assert!(found().unwrap_err().hint.unwrap().contains("the journal knows 3; without --resume"));
        fs::rename(&results, &beside.partial).unwrap();
        beside.write(&Journal { facts: Some(1), ..journal.clone() }).unwrap();
        assert!(found().is_err(), "what is kept beside is gone");
        fs::write(&beside.facts, "").unwrap();
        assert!(found().unwrap_err().message.contains("0 bytes"));
        beside.write(&Journal { bytes: 11, ..journal }).unwrap();
        assert!(found().unwrap_err().message.contains("10 bytes"));
        fs::write(&beside.journal, "{").unwrap();
        assert!(found().unwrap_err().message.contains("not a journal"));
        beside.remove().unwrap();
        beside.remove().unwrap();
        assert_eq!(found().unwrap(), None);
    }

    #[test]
    fn a_run_that_is_done_takes_nothing_from_one_that_came_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let of = || Beside::of(&folder.path().join("out.csv")).unwrap().unwrap();
        let (first, next) = (of(), of());
        fs::write(&first.partial, "").unwrap();
        first.write(&journal(0)).unwrap();
        fs::write(&next.facts, "").unwrap();
        next.write(&Journal { lines: 4, ..journal(0) }).unwrap();
        first.finished().unwrap();
        assert!(next.journal.exists() && next.facts.exists());
        next.finished().unwrap();
        assert!(!next.journal.exists() && !next.facts.exists());
        // Nor where that one has not come to a journal yet.
        first.write(&journal(0)).unwrap();
        next.remove().unwrap();
        fs::write(&next.facts, "").unwrap();
        first.finished().unwrap();
        assert!(next.facts.exists());
    }

    #[test]
    fn a_failure_speaks_of_going_on_where_the_journal_is_the_runs_own() {
        let folder = tempfile::tempdir().unwrap();
        let results = folder.path().join("out.csv");
        let of = || Beside::of(&results).unwrap().unwrap();
        let full = || Failure::machine("no space left").hint("free some");
        let (first, journal) = (of(), journal(0));
        assert_eq!(first.told(full()), full());
        first.write(&journal).unwrap();
        assert_eq!(first.told(full()), full(), "no results");
        fs::write(&first.partial, "").unwrap();
        let hint = first.told(full()).hint.unwrap();
        assert!(hint.starts_with("free some; with --resume") && hint.ends_with("out.csv.partial"), "{hint}");
        assert_eq!(first.told(Failure::input("x")), Failure::input("x"));
        // Of a run that came later, the same or another, it is not before that goes on with it.
        let later = of();
        assert!(later.journal_of(&Run { hashed: true, ..run() }).is_err());
        assert_eq!(later.told(full()), full());
        later.journal_of(&run()).unwrap().unwrap();
        assert_eq!(later.told(full()).hint.unwrap(), hint);
        later.remove().unwrap();
        assert_eq!(later.told(full()), full());
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
