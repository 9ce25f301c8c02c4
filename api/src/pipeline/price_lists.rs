//! Price lists on their way to a price table: read one after the other, each into parts of its own, and one
//! that is given several times taken once. No database is needed for it. Not how a list is read
//! (`crate::price_table`), and not what becomes of the rows (`price_table` beside this).

use super::TablePlan;
use crate::failure::Failure;
use crate::price_table::{self, Extent, LeftOut, NAMED, PriceMap, ReadList};
use chrono::NaiveDate;
use statistics::table::{Bounds, ListRows, Lists, Parter, PriceFile, TableFacts};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Lists that were read.
pub(super) struct PriceLists {
    /// The rows of each.
    pub rows: Vec<ListRows>,
    /// What those of each have in common.
    pub facts: Vec<TableFacts>,
    /// Names of those that were given several times and are taken once.
    pub repeated: BTreeSet<String>,
    /// Rows left out of all of them, and the first of these with their lists.
    pub left_out: LeftOut,
    pub bad_rows: Vec<String>,
}

impl PriceLists {
    /// Reads the lists of a plan; all rows of a table are parted by the same bounds, and `by_origin` says
    /// whether origins tell its prices apart.
    pub fn read(
        plan: &TablePlan,
        map: &PriceMap,
        by_origin: bool,
        bounds: &Arc<Bounds>,
        threads: usize,
    ) -> Result<PriceLists, Failure> {
        let mut read = PriceLists {
            rows: Vec::new(),
            facts: Vec::new(),
            repeated: BTreeSet::new(),
            left_out: LeftOut::default(),
            bad_rows: Vec::new(),
        };
        for path in &plan.lists {
            read.put(path, map, plan.as_of, by_origin, (bounds, threads))?;
        }
        Ok(read)
    }

    fn put(
        &mut self,
        path: &Path,
        map: &PriceMap,
        as_of: NaiveDate,
        by_origin: bool,
        (bounds, threads): (&Arc<Bounds>, usize),
    ) -> Result<(), Failure> {
        let extent = Extent::of_table(by_origin);
        let read = price_table::read(path, map, extent, threads, || Parter::new(Arc::clone(bounds)))?;
        let ReadList { sinks, lists, lines, left_out, file_hash, .. } = read;
        let (rows, settled) = ListRows::of(sinks, lists);
        // Those of all threads together show only now.
        extent.hold_sources(settled.sources.len(), &path.display().to_string())?;
        let named = left_out.first.iter().map(|row| format!("{}: {row}", path.display()));
        if settled.sources.is_empty() {
            self.bad_rows.extend(named);
            return Err(nothing_usable(path, &self.bad_rows));
        }
        let file = PriceFile {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            hash: file_hash,
            first: 0,
            rows: lines as u32,
            left_out: left_out.rows as u32,
        };
        if self.facts.iter().any(|list| list.files[0].hash == file_hash) {
            self.repeated.insert(file.name);
            return Ok(());
        }
        self.facts.push(facts(settled, file, map, as_of));
        self.rows.push(rows);
        self.bad_rows.extend(named);
        self.left_out.rows += left_out.rows;
        for (reason, n) in &left_out.by_reason {
            *self.left_out.by_reason.entry(*reason).or_default() += n;
        }
        self.left_out.first.extend(left_out.first);
        self.left_out.first.truncate(NAMED);
        Ok(())
    }
}

/// A list without any usable row, with the first rows left out of it and of the lists before it.
fn nothing_usable(list: &Path, bad_rows: &[String]) -> Failure {
    let mut message = format!("{}: no row could be used", list.display());
    for row in bad_rows {
        message.push_str("\n  ");
        message.push_str(row);
    }
    Failure::input(message).hint("is the map the one of this list?")
}

fn facts(lists: Lists, file: PriceFile, map: &PriceMap, as_of: NaiveDate) -> TableFacts {
    let Lists { codes, facets, sources } = lists;
    TableFacts {
        currency: map.defaults.currency,
        as_of,
        codes_as_stated: map.codes == price_table::Codes::AsStated,
        codes,
        facets,
        sources,
        files: vec![file],
    }
}
