//! The files that a run over declared lines writes: what they are by their endings, and what is refused before
//! anything is begun. Not what stands in them.

use super::journal;
use super::run::Job;
use crate::failure::{Exit, Failure};
use crate::whole_file::partial_of;
use std::path::{Path, PathBuf};

/// What a file of results is, by its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Csv,
    Xlsx,
    Parquet,
}

impl Kind {
    /// Of a path, however its ending is written.
    fn of(out: &Path) -> Result<Kind, Failure> {
        let ending = out.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        match ending.as_str() {
            "csv" => Ok(Kind::Csv),
            "xlsx" => Ok(Kind::Xlsx),
            "parquet" => Ok(Kind::Parquet),
            _ => Err(Failure::input(format!(
                "{}: results are written as .csv, .xlsx or .parquet",
                out.display()
            ))),
        }
    }
}

/// The kinds of a job's results, in their order, where nothing stands against writing them: results never go
/// over what they are made of, nor over one another, and nothing is begun that cannot be ended.
///
/// Errors: a file that would be written over, twice, or into a folder that is not there; an ending that is none
/// of results.
pub(super) fn kinds(job: &Job<'_>) -> Result<Vec<Kind>, Failure> {
    let inputs = [
        (Some(job.file), "the declared lines themselves"),
        (job.map_file, "the column map"),
        (job.snapshot_file, "the reference"),
    ];
    let refused = |out: &Path, what: &str| {
        Err(Failure::input(format!("{}: {what}", out.display())).hint("write the results to another file"))
    };
    let outputs = job.outputs.iter().map(PathBuf::as_path).chain(job.rollups).chain(job.patterns);
    let mut before: Vec<PathBuf> = Vec::new();
    for out in outputs {
        let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty());
        if folder.is_some_and(|folder| !folder.is_dir()) {
            return refused(out, "its folder is not there");
        }
        // Nor where they and their journal stand as long as they are not whole.
        let places = [out.to_owned()].into_iter().chain(partial_of(out)?).chain(journal::places_of(out));
        for place in places {
            for (input, what) in inputs {
                if input.is_some_and(|input| same_file(input, &place)) {
                    return refused(&place, what);
                }
            }
            if before.iter().any(|other| same_file(other, &place)) {
                return refused(&place, "two results in one file");
            }
            before.push(place);
        }
    }
    job.outputs.iter().map(|out| Kind::of(out)).collect()
}

/// The results of a run that can be interrupted and gone on with: one CSV that is a file.
///
/// Errors: a wish to go on where that is no file.
pub(super) fn resumable<'a>(job: &Job<'a>, kinds: &[Kind]) -> Result<Option<&'a Path>, Failure> {
    match (job.outputs, kinds) {
        ([one], [Kind::Csv]) if partial_of(one)?.is_some() => Ok(Some(one)),
        ([one], [Kind::Csv]) if job.resume => {
            Err(Failure::input(format!("{}: a device or pipe keeps nothing to go on with", one.display()))
                .hint("without --resume the run begins anew"))
        }
        _ => Ok(None),
    }
}

/// Where an unfinished run into one CSV keeps its results.
pub(super) fn kept(job: &Job<'_>) -> Result<Option<PathBuf>, Failure> {
    match job.outputs {
        [one] => partial_of(one),
        _ => Ok(None),
    }
}

/// A failure that ended a run, with how to go on where something is kept.
pub(super) fn told(job: &Job<'_>, failure: Failure) -> Failure {
    let journaled = job.outputs.len() == 1 && journal::path_of(&job.outputs[0]).is_file();
    match kept(job) {
        Ok(Some(kept))
            if journaled && kept.is_file() && matches!(failure.exit, Exit::Machine | Exit::Bug) =>
        {
            let first = failure.hint.as_ref().map_or(String::new(), |hint| format!("{hint}; "));
            failure.hint(format!("{first}with --resume the same command goes on with {}", kept.display()))
        }
        _ => failure,
    }
}

/// Whether two paths lead to one file, which need not be there yet; by links of either kind, too.
fn same_file(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| {
        std::fs::canonicalize(path).ok().or_else(|| {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = std::fs::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
            Some(folder.join(path.file_name()?))
        })
    };
    let (Some(a), Some(b)) = (place(one), place(other)) else { return one == other };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let number = |path: &Path| std::fs::metadata(path).map(|about| (about.dev(), about.ino())).ok();
        if number(&a).is_some_and(|a| Some(a) == number(&b)) {
            return true;
        }
    }
    a == b
}
