//! A Parquet file's row groups on several threads: each is one piece of work, read some thousand rows at a
//! time through all columns; the digest of the file is taken beside them. How bytes and pages are read and what cells
//! mean stands elsewhere.

use super::batch::{BATCH, Batch, Column, Fault, Taking};
use super::cells::{Bad, Cells, Days, Kind, Names, Prices, Rules};
use super::cursor::Cursor;
use super::guarded::{self, fault, of_crate};
use super::map::PriceMap;
use super::met::Met;
use super::pages::{PageError, Stored, slow};
use super::stretches::{Digest, Held, Holding, Stretch, chunk_range};
use super::{Extent, ReadList, Sink};
use crate::failure::words_of;
use crate::import::{HeaderIndex, ImportError};
use parquet::column::reader::get_column_reader;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::SerializedPageReader;
use std::cell::Cell;
use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Most rows a row group may have; those of usual writers have one million.
pub const MOST_GROUP_ROWS: usize = 1 << 26;
/// Where a column stands and how it is stored.
#[derive(Debug, Clone, Copy)]
struct Place {
    at: usize,
    stored: Stored,
}

/// The columns of the footing, by their kinds of names.
const FOOTING: [(Column, Kind); 3] =
    [(Column::Unit, Kind::Unit), (Column::Condition, Kind::Condition), (Column::Level, Kind::Level)];

/// Why the reading of a row group stopped.
enum Stop {
    /// The file is broken, in a column if one is named.
    Broken(Option<Column>, String),
    /// The disk gives it no more.
    Unread(io::Error),
    /// This program is.
    Fault(String),
}

struct Input<'a> {
    file: &'a Arc<File>,
    length: u64,
    about: &'a ParquetMetaData,
    places: [Option<Place>; Column::ALL.len()],
    rules: &'a Rules,
}

/// Reads a file.
pub(super) fn read<S: Sink>(
    path: &Path,
    map: &PriceMap,
    extent: Extent,
    threads: usize,
    sink: impl Fn() -> S + Sync,
) -> Result<ReadList<S>, ImportError> {
    let name = path.display().to_string();
    let broken = |problem: String| ImportError::Form {
        file: name.clone(),
        problem: format!("not a whole Parquet file: {problem}; write or fetch it anew"),
    };
    let unread = |source: io::Error| ImportError::Read { file: name.clone(), source };
    let file = Arc::new(File::open(path).map_err(unread)?);
    let before = file.metadata().map_err(unread)?;
    let about = of_crate(|| ParquetMetaDataReader::new().parse_and_finish(&*file))
        .map_err(|e| broken(e.to_string()))?;
    let (rules, met) = (Rules::new(map), Met::default());
    let places = places(&about, map, &name)?;
    let input = Input { file: &file, length: before.len(), places, about: &about, rules: &rules };
    // First rows of the row groups, and behind them their number.
    let mut firsts = vec![0];
    for group in 0..about.num_row_groups() {
        let rows = input.rows(group).map_err(|e| broken(said(e)))? as u64;
        firsts.push(firsts[group] + rows);
    }
    let lines = firsts.last().copied().unwrap_or_default();
    extent.hold_rows(lines, &name)?;

    let groups = about.num_row_groups();
    let (digest, next, full) = (Digest::new(), AtomicUsize::new(0), AtomicBool::new(false));
    let run = || {
        // Row groups are handed out in their order and each is read to its end or its first fault: so the first
        // fault of the file is found whatever the threads do meanwhile. Once there is more than a list may have
        // none is handed out any more.
        let at = Cell::new(0);
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut taking = Taking::new(sink(), map, extent, &met);
            let mut room = Room::new(&rules, &met);
            loop {
                if met.facets() > extent.facets || taking.sink.sources() > extent.sources {
                    full.store(true, Ordering::Relaxed);
                }
                if full.load(Ordering::Relaxed) {
                    return Ok(taking);
                }
                let group = next.fetch_add(1, Ordering::Relaxed);
                at.set(0);
                if group >= groups {
                    digest.go_on(&file, before.len()).map_err(Stop::Unread)?;
                    return Ok(taking);
                }
                // The digest goes as far as the row groups, so that the threads end together.
                at.set(group + 1);
                let held =
                    room.holding.read(&file, before.len(), about.row_group(group)).map_err(Stop::Unread)?;
                at.set(0);
                let mut digested = match &held {
                    Some(held) => digest.next(&file, held).map_err(Stop::Unread)?,
                    None => false,
                };
                at.set(group + 1);
                input.group(group, firsts[group], held.as_ref(), &mut room, &mut taking)?;
                at.set(0);
                if let Some(held) = held.as_ref().filter(|_| !digested) {
                    digest.go_on(&file, held.start).map_err(Stop::Unread)?;
                    digested = digest.next(&file, held).map_err(Stop::Unread)?;
                }
                if !digested {
                    let part = before.len() / groups as u64 * (group as u64 + 1);
                    digest.go_on(&file, part).map_err(Stop::Unread)?;
                }
            }
        }));
        let outcome = outcome.unwrap_or_else(|panic| Err(Stop::Fault(words_of(&*panic).to_owned())));
        outcome.map_err(|stop| {
            next.store(groups, Ordering::Relaxed);
            (at.get(), stop)
        })
    };
    let done: Vec<Result<Taking<'_, S>, (usize, Stop)>> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads.clamp(1, groups + 1)).map(|_| scope.spawn(run)).collect();
        let mut done = vec![run()];
        for other in others {
            let ended = other.join();
            done.push(ended.unwrap_or_else(|panic| Err((0, Stop::Fault(words_of(&*panic).to_owned())))));
        }
        done
    });
    let after = file.metadata().map_err(unread)?;
    if after.len() != before.len() || after.modified().ok() != before.modified().ok() {
        return Err(ImportError::Form {
            file: name,
            problem: "the file was changed while it was read; start again when nobody writes it".into(),
        });
    }
    let (mut takings, mut stopped) = (Vec::new(), Vec::new());
    for outcome in done {
        match outcome {
            Ok(taking) => takings.push(taking),
            Err(stop) => stopped.push(stop),
        }
    }
    // Several faults may stand in the groups that were read: one thread comes to the first of them first.
    let (many_facets, many_names) = (met.facets() > extent.facets, met.count(Kind::Source) > extent.sources);
    let several = if stopped.is_empty() { many_facets && many_names } else { many_facets || many_names };
    if several && threads > 1 {
        drop(takings);
        return read(path, map, extent, 1, sink);
    }
    if let Some((at, stop)) = stopped.into_iter().min_by_key(|(at, _)| *at) {
        return Err(match stop {
            Stop::Fault(problem) => fault(&name, (at > 0).then_some(at), problem),
            Stop::Unread(error) => unread(error),
            Stop::Broken(None, problem) => broken(problem),
            Stop::Broken(Some(column), problem) => {
                let header = column.header(map).unwrap_or(column.name());
                broken(format!("row group {at}, column '{header}': {problem}"))
            }
        });
    }
    extent.hold_facets(met.facets(), &name)?;
    extent
        .hold_sources(takings.iter().map(|taking| taking.sink.sources()).max().unwrap_or_default(), &name)?;
    let hash = digest.end(&file, before.len()).map_err(unread)?;
    ReadList::of(takings, &met, (map, extent, &name), (lines, hash))
}

fn said(error: PageError) -> String {
    match error {
        PageError::Broken(problem) => problem,
        PageError::Unhandled => "an encoding that is not known".to_owned(),
    }
}

/// The columns of the map in the file's schema.
fn places(
    about: &ParquetMetaData,
    map: &PriceMap,
    file: &str,
) -> Result<[Option<Place>; Column::ALL.len()], ImportError> {
    let schema = about.file_metadata().schema_descr();
    let fields = schema.root_schema().get_fields();
    let index = HeaderIndex::new(fields.iter().map(|field| field.name().to_owned()).collect(), file)?;
    let mut places = [None; Column::ALL.len()];
    for (place, column) in places.iter_mut().zip(Column::ALL) {
        let Some(header) = column.header(map) else { continue };
        let why = format!(" for the field {}", column.name());
        let field = index.find(header).ok_or_else(|| index.missing(file, header, &why))?;
        let at = (0..schema.num_columns())
            .find(|at| schema.get_column_root_idx(*at) == field)
            .ok_or_else(|| index.missing(file, header, &why))?;
        let stored = Stored::of(&schema.column(at)).map_err(|problem| ImportError::Form {
            file: file.to_owned(),
            problem: format!("the column '{header}' {problem}"),
        })?;
        *place = Some(Place { at, stored });
    }
    Ok(places)
}

impl Input<'_> {
    /// Rows of a row group, held to its limit.
    fn rows(&self, group: usize) -> Result<usize, PageError> {
        let rows = self.about.row_group(group).num_rows();
        usize::try_from(rows).ok().filter(|rows| *rows <= MOST_GROUP_ROWS).ok_or_else(|| {
            PageError::Broken(format!(
                "row group {} has {rows} rows, at most {MOST_GROUP_ROWS} are read",
                group + 1
            ))
        })
    }

    /// The pages of a column chunk, of whose row group the bytes may be held.
    fn pages(
        &self,
        chunk: &ColumnChunkMetaData,
        held: Option<&Held>,
        rows: usize,
    ) -> Result<guarded::Pages<SerializedPageReader<Stretch>>, PageError> {
        let range = chunk_range(chunk);
        if range.end > self.length {
            return Err("a column chunk outside the file".into());
        }
        let stretch = Stretch::of(self.file, held, range);
        let pages = of_crate(|| SerializedPageReader::new(Arc::new(stretch), chunk, rows, None))?;
        Ok(guarded::Pages(pages))
    }

    /// Reads a row group, some rows at a time.
    fn group<S: Sink>(
        &self,
        group: usize,
        first: u64,
        held: Option<&Held>,
        room: &mut Room<'_>,
        taking: &mut Taking<'_, S>,
    ) -> Result<(), Stop> {
        let Room { batch, hs, origin, day, source, footing, .. } = room;
        let group = RowGroup { number: group, held };
        let stated = Column::FOOTING.map(|column| self.places[column as usize].is_some());
        let mut price = Prices::new(self.rules);
        let rows = self.rows(group.number).map_err(|e| Stop::Broken(None, said(e)))?;
        let mut of_hs = self.column(Column::Hs, group, hs)?;
        let mut of_origin = self.column(Column::Origin, group, origin)?;
        let mut of_day = self.column(Column::Date, group, day)?;
        let mut of_source = self.column(Column::Source, group, source)?;
        let mut of_price = self.column(Column::Price, group, &mut price)?;
        let mut of_footing = Vec::new();
        for (part, column) in Column::FOOTING.into_iter().enumerate().filter(|(part, _)| stated[*part]) {
            of_footing.push((part, self.column(column, group, &mut footing[part])?));
        }
        let lines = Bad::default();
        for at in (0..rows).step_by(BATCH) {
            batch.resize(BATCH.min(rows - at), stated);
            let faults = &mut batch.faults;
            of_hs.fill(hs, &mut batch.hs, faults)?;
            of_origin.fill(origin, &mut batch.facet, faults)?;
            of_day.fill(day, &mut batch.day, faults)?;
            of_source.fill(source, &mut batch.source, faults)?;
            of_price.fill(&mut price, &mut batch.price, faults)?;
            for (part, of_part) in &mut of_footing {
                of_part.fill(&mut footing[*part], &mut batch.footing[*part], faults)?;
            }
            let [unit, condition, level] = &*footing;
            let bad = [
                hs.all_bad(),
                origin.all_bad(),
                day.all_bad(),
                source.all_bad(),
                price.all_bad(),
                unit.all_bad(),
                condition.all_bad(),
                level.all_bad(),
            ];
            taking.take(batch, (first + at as u64, 1), (&lines, bad)).map_err(Stop::Fault)?;
        }
        taking.rounded += price.rounded();
        Ok(())
    }

    /// A column of a row group; one that the map does not name has its default everywhere.
    fn column<'s, C: Cells>(
        &'s self,
        column: Column,
        group: RowGroup<'s>,
        cells: &mut C,
    ) -> Result<Reading<'s, C>, Stop> {
        let broken = |e: PageError| Stop::Broken(Some(column), said(e));
        let rows = self.rows(group.number).map_err(broken)?;
        let cursor = match self.places[column as usize] {
            None => Cursor::missing(cells, rows),
            Some(place) => {
                let chunk = self.about.row_group(group.number).column(place.at);
                let pages = self.pages(chunk, group.held, rows).map_err(broken)?;
                Cursor::of(place.stored, Box::new(pages), rows)
            }
        };
        Ok(Reading { input: self, column, group, cursor })
    }
}

/// What a thread reads rows with: room for them, and names once met are known to it in all row groups.
struct Room<'a> {
    batch: Batch,
    hs: Names<'a, u32>,
    origin: Names<'a, u16>,
    day: Days<'a>,
    source: Names<'a, u32>,
    /// Unit, condition and level.
    footing: [Names<'a, u32>; 3],
    holding: Holding,
}

impl<'a> Room<'a> {
    fn new(rules: &'a Rules, met: &'a Met) -> Self {
        Room {
            batch: Batch::default(),
            hs: Names::of((Kind::Hs, rules, met)),
            origin: Names::of((Kind::Origin, rules, met)),
            day: Days::new(rules),
            source: Names::of((Kind::Source, rules, met)),
            footing: FOOTING.map(|(_, kind)| Names::of((kind, rules, met))),
            holding: Holding::default(),
        }
    }
}

/// A row group being read.
#[derive(Clone, Copy)]
struct RowGroup<'a> {
    number: usize,
    held: Option<&'a Held>,
}

/// A column of a row group being read.
struct Reading<'a, C: Cells> {
    input: &'a Input<'a>,
    column: Column,
    group: RowGroup<'a>,
    cursor: Cursor<C>,
}

impl<C: Cells> Reading<'_, C> {
    /// The next cells, and which of them are bad.
    fn fill(
        &mut self,
        cells: &mut C,
        out: &mut [C::Out],
        faults: &mut Vec<(u32, Fault)>,
    ) -> Result<(), Stop> {
        let mut outcome = self.cursor.fill(cells, out);
        if let Err(PageError::Unhandled) = outcome {
            outcome = self.go_on_slowly(cells).and_then(|()| self.cursor.fill(cells, out));
        }
        outcome.map_err(|e| Stop::Broken(Some(self.column), said(e)))?;
        Batch::find(faults, self.column, cells, out);
        Ok(())
    }

    /// Reads the column once more by the format's own crate, and goes on with what that gives.
    fn go_on_slowly(&mut self, cells: &mut C) -> Result<(), PageError> {
        let Some(place) = self.input.places[self.column as usize] else { return Err(PageError::Unhandled) };
        let rows = self.input.rows(self.group.number)?;
        let chunk = self.input.about.row_group(self.group.number).column(place.at);
        let pages = Box::new(self.input.pages(chunk, self.group.held, rows)?);
        let reader = of_crate(|| Ok::<_, PageError>(get_column_reader(chunk.column_descr_ptr(), pages)))?;
        cells.again();
        let all = slow(&place.stored, reader, rows, cells)?;
        self.cursor.go_on(all);
        Ok(())
    }
}
