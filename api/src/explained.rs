//! The explanation of one observation, from a database with its archive or from a snapshot. It puts
//! values together; the steps are `normalizer::explain`'s.

use crate::failure::Failure;
use crate::pipeline::{EvidencePage, Pipeline};
use model::{Comparable, ContentHash, Currency, Observation};
use normalizer::explain::{Conversion, Explanation, explain};
use serde::Serialize;
use statistics::Found;

pub use statistics::FEWEST_DIGITS;

/// An explanation with where its figures come from.
#[derive(Debug, Clone, Serialize)]
pub struct Explained {
    /// The steps.
    #[serde(flatten)]
    pub explanation: Explanation,
    /// The first reading, where the observation says that the page was seen again unchanged.
    pub original: Option<ContentHash>,
    /// The snapshot whose exchange rate was used; `None`: the rates of the database.
    pub snapshot: Option<ContentHash>,
    /// Whether the steps end in the snapshot's unit prices, where there is one.
    pub agrees: Option<bool>,
    /// Why the archived page cannot be read, where it cannot.
    pub archive_problem: Option<String>,
}

/// Explains a comparable of a snapshot, at the rate the snapshot keeps.
pub fn of_comparable(snapshot: ContentHash, currency: Currency, comparable: &Comparable) -> Explained {
    let conversion = Conversion { currency, rate: comparable.rate.clone(), no_rate: None };
    let explanation = explain(&comparable.observation, &conversion);
    let agrees = explanation.unit_prices == comparable.unit_prices;
    Explained {
        explanation,
        original: None,
        snapshot: Some(snapshot),
        agrees: Some(agrees),
        archive_problem: None,
    }
}

impl Pipeline {
    /// Explains the observation with this id, or whose id begins with these digits: at the rate that
    /// a snapshot keeps, or at that of the database. Places that were not kept with it are looked up
    /// in the archived page.
    ///
    /// # Errors
    /// No such observation, several, the hash of a page, or a snapshot that does not hold it.
    pub async fn explain(&self, digits: &str, snapshot: Option<&str>) -> Result<Explained, Failure> {
        let shown = self.evidence(digits).await?;
        if shown.what != "observation" {
            return Err(Failure::input(format!(
                "{} is the hash of a page, not of an observation",
                shown.hash
            ))
            .hint(format!("touchstone evidence show {} lists the offers read from it", shown.hash.short())));
        }
        let page = shown.pages.into_iter().next();
        let (observation, original, fields, archive_problem) = match page {
            Some(EvidencePage { record, observations }) => match observations.into_iter().next() {
                Some(one) => (one.observation, one.original, one.fields, record.and_then(|r| r.error)),
                None => return Err(Failure::bug(format!("observation {} has no row", shown.hash))),
            },
            None => return Err(Failure::bug(format!("observation {} has no row", shown.hash))),
        };
        let mut explained = match snapshot {
            Some(wanted) => {
                let row = self.find_snapshot(Some(wanted)).await?;
                let index = self.open_snapshot(&row)?;
                let snapshot = index.snapshot();
                match index.find(&observation.id.to_string()) {
                    Found::Comparable(comparable) => {
                        of_comparable(snapshot.id, snapshot.currency, &comparable)
                    }
                    Found::LeftOut(why) => {
                        let conversion = Conversion {
                            currency: snapshot.currency,
                            rate: None,
                            no_rate: Some(format!("left out of snapshot {}: {why}", snapshot.id.short())),
                        };
                        bare(&observation, &conversion, Some(snapshot.id))
                    }
                    Found::Nothing => {
                        return Err(Failure::input(format!(
                            "snapshot {} does not hold observation {}",
                            snapshot.id.short(),
                            observation.id.short()
                        ))
                        .hint("it was built of other days, or before this offer was seen"));
                    }
                }
            }
            None => bare(&observation, &self.conversion(&observation).await?, None),
        };
        for step in &mut explained.explanation.steps {
            if step.place.is_none() && step.syntax.is_some() {
                let stated = fields.iter().find(|field| {
                    Some(&field.text) == step.from.as_ref()
                        && step.syntax.is_some_and(|syntax| syntax.code() == field.syntax)
                });
                step.place = stated.map(|field| field.place.clone());
            }
        }
        Ok(Explained { original, archive_problem, ..explained })
    }

    /// The conversion of an observation into the reference currency, at the rates of the database.
    async fn conversion(&self, observation: &Observation) -> Result<Conversion, Failure> {
        let currency: Currency = self.settings.reference_currency;
        let from = observation.price.currency;
        let none = Conversion { currency, rate: None, no_rate: None };
        if from == currency {
            return Ok(none);
        }
        let day = observation.capture.captured_at.date_naive();
        let publishers = &self.settings.exchange.offers;
        Ok(match self.rates(Some(day)).await?.rate_of(publishers, from, currency, day) {
            Ok(rate) => Conversion { rate: Some(rate), ..none },
            Err(error) => Conversion { no_rate: Some(error.to_string()), ..none },
        })
    }
}

fn bare(observation: &Observation, conversion: &Conversion, snapshot: Option<ContentHash>) -> Explained {
    Explained {
        explanation: explain(observation, conversion),
        original: None,
        snapshot,
        agrees: None,
        archive_problem: None,
    }
}
