//! The files that a run over declared lines writes: what they are by their endings, and what is refused before
//! anything is begun. Not what stands in them.

use super::journal::{self, Beside};
use super::run::Job;
use crate::failure::Failure;
use crate::reading;
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
/// of results, or not that of CSV where nothing else is written.
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
        let beside = Beside::of(out)?;
        // By whichever link it was named.
        let file = beside.as_ref().map(|beside| beside.partial.with_extension(""));
        let beside = beside.iter().flat_map(|beside| {
            beside.places().map(Path::to_owned).into_iter().chain([beside.half_journal()])
        });
        for place in [out.to_owned()].into_iter().chain(beside) {
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
        let unfinished = |path: &Path| {
            path.extension().is_some_and(|ending| journal::ENDINGS.iter().any(|other| ending == *other))
        };
        if unfinished(out) || file.is_some_and(|file| unfinished(&file)) {
            return refused(out, "such a name is of results that are not finished");
        }
    }
    for (out, flag) in [(job.rollups, "--rollups"), (job.patterns, "--patterns")] {
        // A device or pipe has no ending.
        if let Some(out) =
            out.filter(|out| out.extension().is_some() && Kind::of(out).ok() != Some(Kind::Csv))
        {
            return Err(Failure::input(format!("{}: {flag} is written as CSV", out.display()))
                .hint("name a .csv; the workbook of -o OUT.xlsx has both as sheets"));
        }
    }
    job.outputs.iter().map(|out| Kind::of(out)).collect()
}

/// What stands beside the results of a run that can be interrupted and gone on with: one into one CSV that is a
/// file.
///
/// Nothing does of lines from a pipe: none could tell whether the same ones come through it again.
///
/// Errors: a wish to go on with what is none.
pub(super) fn resumable(job: &Job<'_>, kinds: &[Kind]) -> Result<Option<Beside>, Failure> {
    if reading::is_stream(job.file) {
        let what = format!("{}: lines from a pipe", job.file.display());
        if job.resume {
            return Err(Failure::input(format!(
                "{what} cannot be gone on with: they need not be the same ones"
            ))
            .hint("save them to a file first, and name that; without --resume the run begins anew"));
        }
        if kinds == [Kind::Csv] {
            eprintln!("touchstone: {what}: no journal is kept, after an interruption the run begins anew");
        }
        return Ok(None);
    }
    let beside = match (job.outputs, kinds) {
        ([one], [Kind::Csv]) => {
            let beside = Beside::of(one)?;
            if job.resume && beside.is_none() {
                let what = format!("{}: a device or pipe keeps nothing to go on with", one.display());
                return Err(Failure::input(what).hint("without --resume the run begins anew"));
            }
            beside
        }
        _ => None,
    };
    if job.resume && beside.is_none() {
        return Err(Failure::input(
            "--resume goes on with results in one .csv: a workbook and Parquet are whole only when their \
             end is written, and several files end at different lines",
        )
        .hint("resume into one .csv; a run of its own makes a workbook or Parquet of the lines"));
    }
    Ok(beside)
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
