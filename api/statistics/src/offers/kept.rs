//! Taking the offers of a snapshot file into another one, without reading their records anew. Not
//! which files belong together.

use super::build::{Prepared, Shard, SnapshotBuilder};
use super::groups::keys;
use super::{
    BASIS, BRAND, BRAND_WRITTEN, DAY, FACETS, GOODS, LISTING, MODEL, NONE, Offers, PLACE, RATE, SELLER, SITE,
    broken,
};
use crate::columnar::Container;
use crate::{METHOD, StatisticsError};
use chrono::NaiveDate;
use model::{ContentHash, Exclusion, RateUsed, Unit};
use std::collections::HashMap;

/// What decides whether an offer of a file is kept.
#[derive(Debug, Clone, Copy)]
pub struct KeptOffer<'a> {
    /// The observation.
    pub id: ContentHash,
    /// Day of its capture.
    pub day: NaiveDate,
    /// The basis it is priced on.
    pub basis: &'a str,
    /// The exchange rate it was converted with.
    pub rate: Option<&'a RateUsed>,
}

impl SnapshotBuilder {
    /// Takes the offers of a file that are to be kept, and the exclusions likewise. Where the file's
    /// columns were made by other rules of words than this program's, its records are read anew.
    ///
    /// # Errors
    /// Another currency; a file that is no snapshot of offers, or damaged (the hashes of its sections
    /// are for the caller to prove: [`Container::verify`]).
    pub fn keep(
        &mut self,
        container: Container,
        currency: model::Currency,
        mut offer: impl FnMut(KeptOffer<'_>) -> bool,
        mut exclusion: impl FnMut(&Exclusion) -> bool,
    ) -> Result<u64, StatisticsError> {
        let file = Offers::open(container)?;
        if file.meta.currency != currency {
            return Err(StatisticsError::OtherCurrency { found: file.meta.currency, wanted: currency });
        }
        self.exclusions.extend(file.exclusions()?.into_iter().filter(&mut exclusion));
        let rates = file.rates()?;
        let from = self.shards.len() as u32 + 1;
        let mut members: HashMap<_, u32> = HashMap::new();
        let mut numbers = Numbers::default();
        let identities = Identities::of(&file)?;
        let mut kept = 0;
        for i in 0..file.len() {
            let row = file.row(i);
            let facts = file.facts(i);
            for key in keys(facts, file.prices(i).map(|price| price.0)) {
                *members.entry(key).or_default() += 1;
            }
            let id = *file.id(i).ok_or_else(|| broken("an offer has no id"))?;
            let wanted = KeptOffer {
                id: ContentHash::from_bytes(id),
                day: facts.date(),
                basis: file.basis_of(i),
                rate: rates.get(row[RATE] as usize),
            };
            if !offer(wanted) {
                continue;
            }
            kept += 1;
            let unread = || broken(&format!("offer {i} cannot be read"));
            let json = file.record(i).ok_or_else(unread)?;
            if !file.is_current() {
                self.add(&serde_json::from_str(&json).map_err(|_| unread())?)?;
                continue;
            }
            let written = |value: Result<String, serde_json::Error>| value.map_err(|_| unread());
            let place = match numbers.places.get(&row[PLACE]) {
                Some(&number) => number,
                None => {
                    let place = file.place(i).ok_or_else(unread)?;
                    let number = self.places.number(&written(serde_json::to_string(place))?);
                    *numbers.places.entry(row[PLACE]).or_insert(number)
                }
            };
            let rate = match (numbers.rates.get(&row[RATE]), rates.get(row[RATE] as usize)) {
                (Some(&number), _) => number,
                (None, Some(rate)) => {
                    let number = self.rates.number(&written(serde_json::to_string(rate))?);
                    *numbers.rates.entry(row[RATE]).or_insert(number)
                }
                (None, None) => NONE,
            };
            let mut text = |number: u32| match number {
                NONE => NONE,
                known => {
                    *numbers.texts.entry(known).or_insert_with(|| self.texts.number(file.texts.text(known)))
                }
            };
            let prepared = Prepared {
                id,
                day: row[DAY],
                facets: row[FACETS],
                hs6: facts.hs6,
                identities: identities.of_row(&row).ok_or_else(unread)?,
                brand: text(row[BRAND]),
                model: text(row[MODEL]),
                brand_written: text(row[BRAND_WRITTEN]),
                words: file.words_of(i).iter().map(|&word| text(word)).collect(),
                place,
                rate,
                basis: self.bases.number(file.meta.bases.get(row[BASIS] as usize).ok_or_else(unread)?),
                gtin: file.container.get(&file.gtins).get(i as usize).copied().unwrap_or(0),
                prices: file
                    .prices(i)
                    .map(|(unit, low, high)| {
                        let at = Unit::ALL.iter().position(|other| *other == unit);
                        (at.unwrap_or(usize::from(u8::MAX)) as u8, low, high)
                    })
                    .collect(),
                attributes: file.attributes_of(i).into(),
                record: self.tokens.take(&json),
                from,
            };
            self.offers.push(prepared);
        }
        let summaries = file.groups()?.into_iter().map(|group| (group.key.clone(), group)).collect();
        let slips = file.meta.slips.clone().filter(|_| file.is_current() && file.meta.method == METHOD);
        self.shards.push(Shard { basis: file.meta.basis.clone(), slips, summaries, members });
        Ok(kept)
    }
}

/// The builder's numbers of a file's texts, places and rates.
#[derive(Default)]
struct Numbers {
    texts: HashMap<u32, u32>,
    places: HashMap<u32, u32>,
    rates: HashMap<u32, u32>,
}

struct Identities<'a>([&'a [[u8; 16]]; 4]);

impl<'a> Identities<'a> {
    fn of(file: &'a Offers) -> Result<Identities<'a>, StatisticsError> {
        let column = |name| file.container.column(name);
        Ok(Identities([column("sellers")?, column("sites")?, column("goods")?, column("listings")?]))
    }
    fn of_row(&self, row: &super::Row) -> Option<[[u8; 16]; 4]> {
        let at = |which: usize, place: usize| self.0[which].get(row[place] as usize).copied();
        Some([at(0, SELLER)?, at(1, SITE)?, at(2, GOODS)?, at(3, LISTING)?])
    }
}
