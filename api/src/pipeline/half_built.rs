//! Snapshots and price tables while they are built: in files of their own among those that are whole, gone again
//! where anything fails. What a build that was killed has left is cleared away by a later one. Not what is
//! written into them, nor the names they get.

use chrono::{DateTime, Utc};
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};
use tempfile::NamedTempFile;

/// What the name of a file begins with that is being built: a snapshot's or a price table's.
const BEGUN: &str = "snapshot-";
/// The same with what it was in versions before, of tables and of offers.
const BEGINNINGS: [&str; 3] = [BEGUN, "table-", ".tmp"];
/// What it ends with.
const PARTIAL: &str = ".partial";
/// For how long nothing was written to a file whose build is over, whatever became of it.
const OVER: Duration = Duration::from_secs(24 * 3600);

/// Begins a file in the folder of snapshots, under a name of its own, and clears away what builds that were killed
/// a day before `now` or earlier have left there.
///
/// Errors: a folder that cannot be read or written.
pub(super) fn begin(folder: &Path, now: DateTime<Utc>) -> io::Result<NamedTempFile> {
    clear_away(folder, now.into())?;
    tempfile::Builder::new().prefix(BEGUN).suffix(PARTIAL).tempfile_in(folder)
}

fn clear_away(folder: &Path, now: SystemTime) -> io::Result<()> {
    // Between beginning and end stand six letters or digits; results of somebody's own have other names.
    let is_begun = |name: &str| {
        let own = name.strip_suffix(PARTIAL);
        let own = own.and_then(|name| BEGINNINGS.iter().find_map(|beginning| name.strip_prefix(beginning)));
        own.is_some_and(|own| own.len() == 6 && own.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let age = || now.duration_since(entry.metadata()?.modified()?).map_err(io::Error::other);
        // One that cannot be looked at or removed is no reason not to build.
        if is_begun(&entry.file_name().to_string_lossy()) && age().is_ok_and(|age| age > OVER) {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_build_left_is_cleared_away_a_day_later_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let now: DateTime<Utc> = "2026-09-03T12:00:00Z".parse().unwrap();
        let begin = |now| begin(folder.path(), now).unwrap();
        let set = |name: &str, moment: &str| {
            let file = fs::File::options().write(true).open(folder.path().join(name)).unwrap();
            file.set_modified(moment.parse::<DateTime<Utc>>().unwrap().into()).unwrap();
        };
        // One that fails goes at once; one that is killed does not.
        drop(begin(now));
        let (_, killed) = begin(now).keep().unwrap();
        let killed = killed.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        let others = [
            "table-a1B2c3.partial",
            ".tmpa1B2c3.partial",
            "table-a1B2c3.prices",
            "snapshot-of-mine.csv.partial",
            ".tmpx",
        ];
        others.iter().for_each(|name| fs::write(folder.path().join(name), "").unwrap());
        let left = |now| {
            drop(begin(now));
            let there = |name: &&str| folder.path().join(name).exists();
            [&*killed].into_iter().chain(others).filter(there).collect::<Vec<_>>()
        };
        for name in [&*killed].into_iter().chain(others) {
            set(name, "2026-09-02T12:00:01Z");
        }
        assert_eq!(left(now).len(), 6, "it may still be going on");
        for name in [&*killed].into_iter().chain(others) {
            set(name, "2026-09-02T11:59:59Z");
        }
        assert_eq!(left(now), ["table-a1B2c3.prices", "snapshot-of-mine.csv.partial", ".tmpx"]);
    }
}
