//! Published tables of the nomenclature, and correlations between editions, into the database.

use super::Pipeline;
use crate::failure::Failure;
use crate::reading;
use model::{ContentHash, HsCode};
use normalizer::nomenclature::{EDITION, Nomenclature};
use normalizer::tariff::{self, BadLine, TariffFormat};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use store::{EditionRow, MoveRow, TariffRow};

/// What an import of a table did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TariffReport {
    /// The edition.
    pub edition: String,
    /// Language of the texts.
    pub language: String,
    /// The layout it was read by.
    pub format: &'static str,
    /// Lines kept.
    pub lines: u64,
    /// Lines kept, by number of digits.
    pub by_digits: BTreeMap<usize, u64>,
    /// Subheadings of the table that HS 2022 does not have.
    pub unknown_subheadings: u64,
    /// Whether a table of this edition and language was there before.
    pub replaced: bool,
    /// Lines that could not be read.
    pub bad: Vec<BadLine>,
}

/// What an import of a correlation did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CorrelationReport {
    /// Moves kept.
    pub moves: u64,
    /// Moves kept, by pair of editions: `HS 2017 → HS 2022`.
    pub by_editions: BTreeMap<String, u64>,
    /// Lines that could not be read.
    pub bad: Vec<BadLine>,
}

impl Pipeline {
    /// Reads a published table, plain or gzip, and keeps it in place of the one of the same edition
    /// and language.
    pub async fn import_tariff(
        &self,
        path: &Path,
        edition: &str,
        format: Option<TariffFormat>,
        language: Option<&str>,
    ) -> Result<TariffReport, Failure> {
        let edition = tariff::edition(edition).map_err(Failure::input)?;
        let (text, content_hash) = text_of(path)?;
        let refuse = |problem: String| Failure::input(format!("{}: {problem}", path.display()));
        let table = tariff::parse(&text, format).map_err(|error| refuse(error.to_string()))?;
        let language = match language {
            None if table.format.comes_in_several_languages() => {
                return Err(refuse("the table does not say which language its texts are in".to_owned())
                    .hint("say it with --lang, like --lang de"));
            }
            None => "en".to_owned(),
            Some(tag) => normalizer::language::primary(tag).ok_or_else(|| {
                Failure::input(format!("'{tag}' is not a language")).hint("write it like en or de")
            })?,
        };
        let rows: Vec<TariffRow> = table
            .lines
            .into_iter()
            .zip(0..)
            .map(|(line, place)| TariffRow {
                code: line.code,
                language: language.clone(),
                place,
                parent: line.parent,
                headlines: line.headlines,
                description: line.text,
                units: line.units,
            })
            .collect();
        let mut by_digits: BTreeMap<usize, u64> = BTreeMap::new();
        for row in &rows {
            *by_digits.entry(row.code.level()).or_default() += 1;
        }
        let mut subheadings: Vec<HsCode> = rows.iter().filter_map(|row| row.code.subheading()).collect();
        subheadings.sort();
        subheadings.dedup();
        let unknown = subheadings.iter().filter(|code| Nomenclature::builtin().subheading(code).is_none());
        let replaced = self
            .store
            .editions()
            .await?
            .iter()
            .any(|known| known.edition == edition && known.language == language);
        let row = EditionRow {
            edition: edition.clone(),
            language: language.clone(),
            format: table.format.name().to_owned(),
            content_hash,
            imported_at: self.clock.now(),
            lines: rows.len() as u64,
        };
        self.store.put_edition(&row, &rows).await?;
        Ok(TariffReport {
            edition,
            language,
            format: table.format.name(),
            lines: rows.len() as u64,
            by_digits,
            unknown_subheadings: unknown.count() as u64,
            replaced,
            bad: table.bad,
        })
    }

    /// Reads a correlation between editions, plain or gzip, and keeps it in place of what was known of
    /// the same pairs of editions.
    pub async fn import_correlation(&self, path: &Path) -> Result<CorrelationReport, Failure> {
        let (text, _) = text_of(path)?;
        let read = tariff::parse_correlation(&text)
            .map_err(|error| Failure::input(format!("{}: {error}", path.display())))?;
        let rows: Vec<MoveRow> = read
            .moves
            .into_iter()
            .map(|row| MoveRow {
                from_edition: row.from_edition,
                from_code: row.from_code,
                to_edition: row.to_edition,
                to_code: row.to_code,
                note: row.note,
            })
            .collect();
        let mut by_editions: BTreeMap<String, u64> = BTreeMap::new();
        for row in &rows {
            *by_editions.entry(format!("{} → {}", row.from_edition, row.to_edition)).or_default() += 1;
        }
        self.store.put_moves(&rows).await?;
        Ok(CorrelationReport { moves: rows.len() as u64, by_editions, bad: read.bad })
    }

    /// The lines of an imported edition that speak of a code: what it lies under, itself, and what lies
    /// under it; by language, in the order of the table. Where it has no line of that many digits, those
    /// of its subheading.
    pub async fn imported_lines(&self, edition: &str, code: &HsCode) -> Result<Vec<TariffRow>, Failure> {
        let edition = tariff::edition(edition).map_err(Failure::input)?;
        let known = self.store.editions().await?;
        if !known.iter().any(|row| row.edition == edition) {
            let mut names: Vec<&str> = known.iter().map(|row| row.edition.as_str()).collect();
            names.dedup();
            let failure = Failure::input(format!("the edition '{edition}' was never imported"));
            return Err(match names.is_empty() {
                true => failure.hint("touchstone import hs FILE --edition NAME takes in a published table"),
                false => failure.hint(format!("imported are {}", names.join(", "))),
            });
        }
        let mut rows = self.store.tariff_lines(&edition, code).await?;
        if rows.is_empty()
            && let Some(subheading) = code.subheading().filter(|subheading| subheading != code)
        {
            rows = self.store.tariff_lines(&edition, &subheading).await?;
        }
        if rows.is_empty() && code.level() > 4 {
            return Ok(rows);
        }
        // What lies over it, whatever its number of digits.
        if let Some(heading) = code.heading() {
            let over = self.store.tariff_lines(&edition, &heading.chapter()).await?;
            let over = over.into_iter().filter(|row| row.code != *code && code.is_within(&row.code));
            let over: Vec<TariffRow> = over.filter(|row| !rows.contains(row)).collect();
            rows.extend(over);
            rows.sort_by(|a, b| a.language.cmp(&b.language).then(a.place.cmp(&b.place)));
        }
        Ok(rows)
    }

    /// What became of a code in the present edition, or under which codes of it those under it went.
    pub async fn successors(&self, code: &HsCode) -> Result<Vec<MoveRow>, Failure> {
        Ok(successors_among(&self.store.moves_from(&code.subheading().unwrap_or(*code)).await?, code))
    }
}

/// Those of the moves that speak of a code: into the present edition first; where none leads there,
/// all of them.
pub fn successors_among(moves: &[MoveRow], code: &HsCode) -> Vec<MoveRow> {
    let subheading = code.subheading().unwrap_or(*code);
    let of_code: Vec<MoveRow> = moves
        .iter()
        .filter(|row| row.from_code.is_within(code) || row.from_code.is_within(&subheading))
        .cloned()
        .collect();
    let present: Vec<MoveRow> = of_code.iter().filter(|row| row.to_edition == EDITION).cloned().collect();
    if present.is_empty() { of_code } else { present }
}

fn text_of(path: &Path) -> Result<(String, ContentHash), Failure> {
    let body = reading::file(path)?;
    let hash = ContentHash::of(&body);
    let text = String::from_utf8(body).map_err(|_| {
        Failure::input(format!("{}: not UTF-8 text", path.display()))
            .hint("save the table as CSV in UTF-8; workbooks are not read")
    })?;
    Ok((text, hash))
}
