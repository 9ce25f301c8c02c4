//! Snapshot files: written beside, synced and renamed; opened mapped; proved. Not what is in them.

use super::{Pipeline, half_built};
use crate::failure::Failure;
use crate::reading;
use crate::settings::Settings;
use crate::whole_file::give_name;
use chrono::{DateTime, Utc};
use flate2::read::GzDecoder;
use mapped::{Mapped, Way};
use model::{ContentHash, Snapshot};
use serde::Serialize;
use statistics::columnar::{Container, is_container};
use statistics::table::{TableFile, is_table, rows_in};
use statistics::{Built, Parameters, ReferenceIndex, SnapshotBuilder, StatisticsError};
use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use store::SnapshotRow;

/// Behind the id in the name of a snapshot file.
pub const EXTENSION: &str = "snapshot";

const HINT: &str = "restore the file from a copy, or build a snapshot again";

fn about(path: &Path) -> String {
    format!("snapshot file {}", path.display())
}

/// What needs offers with their pages cannot be done with a price table.
fn no_offers(row: &SnapshotRow) -> Failure {
    Failure::input(format!("snapshot {} is a price table: it holds prices without pages", row.id.short()))
        .hint("check, assess and snapshot show take it; touchstone snapshot list names the others")
}

/// An error of a snapshot file, with what to do.
pub fn failed(path: &Path, error: &StatisticsError) -> Failure {
    match error {
        StatisticsError::OtherMethod { .. } => of_another_method(&path.display().to_string(), error),
        _ => Failure::input(format!("{}: {error}", about(path))).hint(HINT),
    }
}

fn of_another_method(what: &str, error: &StatisticsError) -> Failure {
    Failure::input(format!("{what}: {error}")).hint(
        "touchstone snapshot table LIST --map MAP builds it; what was assessed against this one is made again by \
         the version of the program that did",
    )
}

/// What a file's first bytes say it is.
pub enum Opened {
    /// Columns of offers, or a price table.
    Columns(Container),
    /// Version 1: gzip of JSON lines.
    Text(Box<Snapshot>),
}

/// Opens a file and proves every hash in it: a figure out of a damaged file would be worse than none.
pub fn open(path: &Path, settings: &Settings) -> Result<Opened, Failure> {
    let opened = open_unproved(path, settings)?;
    if let Opened::Columns(container) = &opened {
        container.verify(crate::threads()).map_err(|e| failed(path, &e))?;
    }
    Ok(opened)
}

/// Makes something of a container while its hashes are proved beside; what was made of a damaged one is
/// never given out.
pub fn proved<T>(
    path: &Path,
    container: &Container,
    make: impl FnOnce() -> Result<T, StatisticsError>,
) -> Result<T, Failure> {
    let made = std::thread::scope(|scope| {
        let proof = scope.spawn(|| container.verify(crate::threads()));
        let made = make();
        match proof.join() {
            Ok(proof) => proof.and(made),
            // Not proved is not proved.
            Err(_) => container.verify(1).and(made),
        }
    });
    made.map_err(|e| failed(path, &e))
}

/// Opens a file; sections of columns are not proved yet.
pub fn open_unproved(path: &Path, settings: &Settings) -> Result<Opened, Failure> {
    let io = |e: std::io::Error| Failure::from_io(&about(path), &e).hint(HINT);
    reading::needs_a_file(path, "a snapshot")?;
    let mut head = [0; 8];
    let known = File::open(path).map_err(io)?.read(&mut head).map_err(io)?;
    if !is_container(&head[..known]) {
        let file = File::open(path).map_err(io)?;
        let mut reader = BufReader::with_capacity(1 << 16, GzDecoder::new(BufReader::new(file)));
        let snapshot = statistics::read_snapshot(&mut reader).map_err(|e| failed(path, &e))?;
        return Ok(Opened::Text(Box::new(snapshot)));
    }
    Ok(Opened::Columns(open_container(path, settings)?))
}

/// Whether a file holds a price table; nothing of it is proved.
pub fn holds_prices(path: &Path, settings: &Settings) -> Result<bool, Failure> {
    let io = |e: std::io::Error| Failure::from_io(&about(path), &e).hint(HINT);
    reading::needs_a_file(path, "a snapshot")?;
    let mut head = Vec::new();
    File::open(path).map_err(io)?.take(8).read_to_end(&mut head).map_err(io)?;
    Ok(is_container(&head) && is_table(&open_container(path, settings)?))
}

/// Opens a file of columns, mapped or as the settings say; its sections are not proved yet.
pub fn open_container(path: &Path, settings: &Settings) -> Result<Container, Failure> {
    let way = if settings.map_files { Way::Map } else { Way::Read };
    let bytes = Mapped::open(path, way).map_err(|e| Failure::from_io(&about(path), &e).hint(HINT))?;
    Container::open(Arc::new(bytes)).map_err(|e| failed(path, &e))
}

/// Takes every offer of a snapshot file of any version into a builder.
pub(super) fn take_file(
    builder: &mut SnapshotBuilder,
    path: &Path,
    settings: &Settings,
) -> Result<(), Failure> {
    let currency = settings.reference_currency;
    let taken = match open(path, settings)? {
        Opened::Columns(container) => builder.keep(container, currency, |_| true, |_| true).map(drop),
        Opened::Text(snapshot) if snapshot.currency != currency => {
            Err(StatisticsError::OtherCurrency { found: snapshot.currency, wanted: currency })
        }
        Opened::Text(snapshot) => {
            let added = snapshot.comparables.iter().try_for_each(|offer| builder.add(offer));
            snapshot.exclusions.into_iter().for_each(|exclusion| builder.leave_out(exclusion));
            added
        }
    };
    taken.map_err(|e| failed(path, &e))
}

/// Writes beside, syncs, and renames: a snapshot file is whole or not there, and never changed after; `now` tells
/// what builds before have left.
pub(super) fn write(
    folder: &Path,
    builder: SnapshotBuilder,
    settings: &Settings,
    parameters: &Parameters,
    now: DateTime<Utc>,
) -> Result<(PathBuf, Built), Failure> {
    let io = |e: std::io::Error| Failure::from_io(&about(folder), &e);
    let partial = half_built::begin(folder, now).map_err(io)?;
    let out = BufWriter::with_capacity(1 << 18, partial);
    let (out, built) = builder
        .finish(settings.reference_currency, parameters, out, crate::threads())
        .map_err(|e| match e {
            StatisticsError::Io(e) => io(e),
            other => Failure::bug(format!("a snapshot could not be written: {other}")),
        })?;
    let partial = out.into_inner().map_err(|e| io(e.into_error()))?;
    let path = folder.join(format!("{}.{EXTENSION}", built.id));
    // The same name is the same content: what is there already may be mapped, and stays if it is whole.
    let whole =
        path.is_file() && open(&path, settings).is_ok_and(|opened| matches!(opened, Opened::Columns(_)));
    if !whole {
        readable(partial.as_file()).map_err(io)?;
        let (file, partial) = partial.into_parts();
        give_name(&file, partial, &path).map_err(|e| io(e.into()))?;
    }
    Ok((path, built))
}

/// Readable by all, as other files are: a partial file is its owner's only.
#[cfg(unix)]
pub(super) fn readable(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
pub(super) fn readable(_: &File) -> std::io::Result<()> {
    Ok(())
}

/// What a proof of a snapshot file found.
#[derive(Debug, Clone, Serialize)]
pub struct SnapshotProof {
    /// The snapshot.
    pub id: ContentHash,
    /// Its file.
    pub file: PathBuf,
    /// Version of its form.
    pub version: u32,
    /// Bytes of the file.
    pub bytes: u64,
    /// Names and lengths of its sections; none in version 1.
    pub sections: Vec<(String, u64)>,
    /// Offers that were read; rows of a price table.
    pub offers: u64,
}

impl Pipeline {
    /// The file of a snapshot of the list.
    pub fn path_of(&self, row: &SnapshotRow) -> PathBuf {
        self.settings.snapshot_dir().join(&row.file)
    }

    /// Opens a snapshot of offers and proves its hashes.
    pub fn open_snapshot(&self, row: &SnapshotRow) -> Result<ReferenceIndex, Failure> {
        let path = self.path_of(row);
        let index = match open(&path, &self.settings)? {
            Opened::Columns(container) if is_table(&container) => return Err(no_offers(row)),
            Opened::Columns(container) => ReferenceIndex::open(container),
            Opened::Text(snapshot) => ReferenceIndex::of(&snapshot),
        };
        let index = index.map_err(|e| failed(&path, &e))?;
        same(&path, index.snapshot().id, row.id)?;
        Ok(index)
    }

    /// Reads a snapshot with every offer into memory and proves its hashes.
    pub fn read_snapshot(&self, row: &SnapshotRow) -> Result<Snapshot, Failure> {
        let path = self.path_of(row);
        let snapshot = match open(&path, &self.settings)? {
            Opened::Text(snapshot) => *snapshot,
            Opened::Columns(container) if is_table(&container) => return Err(no_offers(row)),
            Opened::Columns(container) => ReferenceIndex::open(container)
                .and_then(|index| index.in_full())
                .map_err(|e| failed(&path, &e))?,
        };
        same(&path, snapshot.id, row.id)?;
        Ok(snapshot)
    }

    /// The number of the method by which the groups of a snapshot of offers were made; 0 of before it was stated.
    pub fn method_of(&self, row: &SnapshotRow) -> Result<u32, Failure> {
        let path = self.path_of(row);
        match open_unproved(&path, &self.settings)? {
            Opened::Text(_) => Ok(0),
            Opened::Columns(container) => statistics::method_of(&container).map_err(|e| failed(&path, &e)),
        }
    }

    /// The container behind a row where its file is of columns of offers, whole and that of the row.
    pub(super) fn columns_of(&self, row: &SnapshotRow) -> Option<Container> {
        let container = open_container(&self.path_of(row), &self.settings).ok()?;
        if container.id() != row.id || !statistics::holds_offers(&container) {
            return None;
        }
        container.verify(crate::threads()).ok().map(|()| container)
    }
}

/// Proves a snapshot file: every hash, and that every offer in it can be read.
pub fn prove(
    path: &Path,
    wanted: Option<ContentHash>,
    settings: &Settings,
) -> Result<SnapshotProof, Failure> {
    let bytes = fs::metadata(path).map_err(|e| Failure::from_io(&about(path), &e).hint(HINT))?.len();
    let (id, version, sections, offers) = match open(path, settings)? {
        Opened::Text(snapshot) => (snapshot.id, 1, Vec::new(), snapshot.comparables.len() as u64),
        Opened::Columns(container) => {
            let sections =
                container.sections().map(|(name, length)| (name.to_owned(), length as u64)).collect();
            let (id, version) = (container.id(), container.version());
            let rows = match TableFile::open(container.clone()) {
                Ok(Some(table)) => table.rows(),
                // It is whole all the same.
                Err(StatisticsError::OtherMethod { .. }) => rows_in(&container),
                Err(e) => return Err(failed(path, &e)),
                Ok(None) => {
                    let index = ReferenceIndex::open(container).map_err(|e| failed(path, &e))?;
                    index.in_full().map_err(|e| failed(path, &e))?.comparables.len() as u64
                }
            };
            (id, version, sections, rows)
        }
    };
    same(path, id, wanted.unwrap_or(id))?;
    Ok(SnapshotProof { id, file: path.to_owned(), version, bytes, sections, offers })
}

/// Whether this program describes groups as a table's were.
///
/// Errors: another method; the message says what differs, the hint what to do.
pub fn of_this_method(what: &str, table: &TableFile) -> Result<(), Failure> {
    table.same_method().map_err(|e| of_another_method(what, &e))
}

/// Refuses a file that holds another snapshot than it should.
pub fn same(path: &Path, found: ContentHash, wanted: ContentHash) -> Result<(), Failure> {
    if found == wanted {
        return Ok(());
    }
    Err(Failure::input(format!("{}: holds {found}, not {wanted}", about(path)))
        .hint("the file was exchanged; restore it from a copy or build the snapshot again"))
}
