//! The offers of one rung that may be held to a line, every other one with its reason, and the
//! evidence gates. Not which rung is taken.

use crate::Parameters;
use crate::borrowed::Held;
use crate::distribution::Vote;
use crate::index::ReferenceIndex;
use crate::memo::Group;
use crate::offer::{ln, price_in};
use crate::retrieval::Alike;
use crate::votes::{Raw, dominance, listings, most_alike, one_vote_each, remove_slips};
use chrono::{Datelike, Days, NaiveDate};
use model::{
    CommercialLevel, Comparable, Condition, Country, Declaration, ExclusionReason, Gate, GoodsKind, Interval,
    Observation, PriceBreak, Rung, Unit, Window,
};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// The facets an offer must share with the line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facets {
    pub unit: Unit,
    pub condition: Condition,
    pub level: CommercialLevel,
    pub wants_accessory: bool,
    pub window: Window,
    pub day: NaiveDate,
    /// The origin that offers must have on the rung of facets, where it counts there.
    pub origin: Option<Country>,
}

impl Facets {
    /// The origin that counts on a rung.
    pub fn origin_on(&self, rung: Rung) -> Option<Country> {
        self.origin.filter(|_| rung == Rung::Hs6Facets)
    }
}

/// An offer that is not used. `figure` is the number of its detail: days off the export date,
/// smallest order, factor of a slip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Excluded {
    pub item: u32,
    pub reason: ExclusionReason,
    pub figure: f64,
}

/// What a rung holds against a line.
#[derive(Debug)]
pub(crate) struct Evidence {
    pub votes: Vec<Vote>,
    pub distribution: Option<Arc<Group>>,
    /// Candidates that are not used. Other goods of the subheading, which the rung never looked
    /// at, are only counted.
    pub excluded: Vec<Excluded>,
    /// The candidates of the rung, and how like each is.
    pub candidates: Arc<Alike>,
    /// Whether the rung holds its offers to the line's brand.
    pub of_brand: bool,
    /// How many offers are not used, by reason.
    pub excluded_counts: Vec<(ExclusionReason, u32)>,
    /// Raw listings inside the window, before one seller one vote.
    pub n_listings: u32,
    pub n_sellers: u32,
    pub n_sites: u32,
    /// The seller with most raw listings, and its share of them.
    pub top_seller: Option<(u32, f64)>,
    /// The site with most votes, and its share of them.
    pub top_site: Option<(u32, f64)>,
    /// Offers comparable but for their date, and days of the nearest.
    pub outside: u32,
    pub nearest_outside: i64,
    /// Articles or accessories.
    pub kind: GoodsKind,
    /// By the day of the line: recency weighs in what is held.
    held: RwLock<Vec<(NaiveDate, Option<Arc<Held>>)>>,
    standing: OnceLock<Standing>,
}

/// What every line that is held to the votes asks of their offers.
#[derive(Debug, Clone)]
pub(crate) struct Standing {
    /// Each vote's place, by number; [`ReferenceIndex::places`] has as many, or one less where a row is
    /// damaged.
    pub place_of: Vec<u32>,
    /// Whether a rate on the way to an offer's basis is only an illustration.
    pub illustrative: bool,
}

/// Days whose predictions are kept with the votes they are of.
const DAYS_HELD: usize = 64;

/// The window around the export date.
pub(crate) fn window(day: NaiveDate, days: u32) -> Window {
    let span = Days::new(u64::from(days));
    Window {
        from: day.checked_sub_days(span).unwrap_or(NaiveDate::MIN),
        to: day.checked_add_days(span).unwrap_or(NaiveDate::MAX),
        days,
    }
}

/// Holds each candidate to the facets; `others` is the number of offers of the subheading that the
/// rung leaves aside as other goods.
pub(crate) fn gather(
    index: &ReferenceIndex,
    line: &Declaration,
    rung: Rung,
    facets: &Facets,
    candidates: Arc<Alike>,
    others: usize,
    parameters: &Parameters,
) -> Evidence {
    // Accessories are compared with accessories, where the trade has them as such.
    let kind = if facets.wants_accessory
        && candidates.items.iter().any(|&i| index.facts(i).kind == GoodsKind::Accessory)
    {
        GoodsKind::Accessory
    } else {
        GoodsKind::Article
    };
    let mut excluded = Vec::new();
    let mut raws = Vec::new();
    for (at, &i) in candidates.items.iter().enumerate() {
        match hold(index, i, line, rung, facets, kind) {
            Ok(raw) => raws.push(Raw { similarity: candidates.at(at), ..raw }),
            Err((reason, figure)) => excluded.push(Excluded { item: i, reason, figure }),
        }
    }
    let mut outside = 0;
    let mut nearest_outside = 0i64;
    for e in excluded.iter().filter(|e| e.reason == ExclusionReason::OutsideWindow) {
        let days = e.figure as i64;
        if outside == 0 || days.abs() < nearest_outside.abs() {
            nearest_outside = days;
        }
        outside += 1;
    }
    let leave =
        |items: Vec<u32>, reason| items.into_iter().map(move |item| Excluded { item, reason, figure: 0.0 });
    let (raws, superseded) = listings(raws);
    excluded.extend(leave(superseded, ExclusionReason::Superseded));
    let (raws, less_alike) = most_alike(raws, parameters.similarity_most as usize);
    excluded.extend(less_alike.into_iter().map(|raw| Excluded {
        item: raw.item,
        reason: ExclusionReason::OtherGoods,
        figure: raw.similarity,
    }));
    let n_listings = raws.len() as u32;
    let top_seller = dominance(&raws);
    let (mut votes, again) = one_vote_each(raws);
    excluded.extend(leave(again, ExclusionReason::SameSellerSameGoods));
    excluded.extend(remove_slips(&mut votes, parameters).into_iter().map(|slip| Excluded {
        item: slip.item,
        reason: ExclusionReason::DecimalSlip,
        figure: slip.factor,
    }));
    votes.sort_by(|a, b| a.low.total_cmp(&b.low).then(a.item.cmp(&b.item)));
    for vote in &mut votes {
        if let Some(row) = index.row(vote.item) {
            vote.place = row.place;
        }
    }
    let mut sites: HashMap<u32, f64> = HashMap::new();
    for vote in &votes {
        *sites.entry(index.site_of(vote.item)).or_default() += vote.weight;
    }
    let total: f64 = votes.iter().map(|v| v.weight).sum();
    let top_site = sites
        .iter()
        .map(|(&site, &weight)| (site, weight / total))
        .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    Evidence {
        n_sellers: crate::distribution::seller_totals(&votes).len() as u32,
        n_sites: sites.len() as u32,
        distribution: index.memo.group(&votes, parameters),
        votes,
        excluded_counts: counts(&excluded, others),
        excluded,
        candidates,
        of_brand: false,
        n_listings,
        top_seller,
        top_site,
        outside,
        nearest_outside,
        kind,
        held: RwLock::default(),
        standing: OnceLock::new(),
    }
}

fn counts(excluded: &[Excluded], others: usize) -> Vec<(ExclusionReason, u32)> {
    let mut counts: BTreeMap<ExclusionReason, u32> = BTreeMap::new();
    if others > 0 {
        counts.insert(ExclusionReason::OtherGoods, others as u32);
    }
    for e in excluded {
        *counts.entry(e.reason).or_default() += 1;
    }
    counts.into_iter().collect()
}

fn hold(
    index: &ReferenceIndex,
    i: u32,
    line: &Declaration,
    rung: Rung,
    facets: &Facets,
    kind: GoodsKind,
) -> Result<Raw, (ExclusionReason, f64)> {
    let item = index.facts(i);
    let no = |reason| Err((reason, 0.0));
    if item.kind != kind {
        return no(match item.kind {
            GoodsKind::Accessory => ExclusionReason::Accessory,
            GoodsKind::Bundle => ExclusionReason::Bundle,
            GoodsKind::Article => ExclusionReason::OtherGoods,
        });
    }
    match item.condition {
        None => return no(ExclusionReason::UnknownCondition),
        Some(c) if c != facets.condition => return no(ExclusionReason::OtherCondition),
        Some(_) => {}
    }
    if item.level != facets.level {
        return no(ExclusionReason::OtherLevel);
    }
    if facets.origin_on(rung).is_some_and(|origin| item.origin != Some(origin)) {
        return no(ExclusionReason::OtherOrigin);
    }
    if !item.on_basis {
        return no(ExclusionReason::OtherBasis);
    }
    let Some((mut low, mut high)) = index.logs_in(i, facets.unit) else {
        return no(ExclusionReason::OtherUnit);
    };
    if item.by_quantity {
        let comparable = index.offer(i);
        let ordered = selling_units(line, &comparable.observation);
        if let (Some(least), Some(ordered)) = (comparable.observation.min_order, ordered)
            && ordered < least
        {
            return Err((ExclusionReason::MinimumOrder, decimal(least)));
        }
        if let Some((price, Some(_))) = unit_price(line, &comparable, facets.unit) {
            (low, high) = (ln(price.low), ln(price.high));
        }
    }
    let offset = i64::from(item.day - facets.day.num_days_from_ce());
    if item.day < facets.window.from.num_days_from_ce() || item.day > facets.window.to.num_days_from_ce() {
        return Err((ExclusionReason::OutsideWindow, offset as f64));
    }
    Ok(Raw {
        item: i,
        seller: item.seller,
        goods: item.goods,
        offer: item.offer,
        distance: u32::try_from(offset.unsigned_abs()).unwrap_or(u32::MAX),
        offset,
        low,
        high,
        similarity: 1.0,
    })
}

fn decimal(value: Decimal) -> f64 {
    rust_decimal::prelude::ToPrimitive::to_f64(&value).unwrap_or(f64::NAN)
}

/// The declared quantity in selling units of an offer, where the two share a unit; `None` where the
/// line states only a price per unit, which can be held to an offer whatever its smallest order.
fn selling_units(line: &Declaration, offer: &Observation) -> Option<Decimal> {
    let mass = line.net_mass.map(|mass| (Unit::Kilogram, mass));
    let quantity = line.quantity.filter(|_| line.quantity_stated).map(|q| q.reduced());
    let declared = quantity.map(|q| (q.unit(), q.value()));
    [declared, mass].into_iter().flatten().find_map(|(unit, value)| {
        offer
            .quantities
            .iter()
            .map(model::Quantity::reduced)
            .find(|size| size.unit() == unit)
            .and_then(|size| value.checked_div(size.value()))
    })
}

/// The unit price of an offer for the declared quantity: at the break the quantity reaches (that
/// of the largest smallest quantity), else as offered. `None` where no price per this unit is
/// known.
pub(crate) fn unit_price<'a>(
    line: &Declaration,
    comparable: &'a Comparable,
    unit: Unit,
) -> Option<(Interval, Option<&'a PriceBreak>)> {
    let price = price_in(comparable, unit)?;
    let base = Interval { low: price.low, high: price.high };
    let offer = &comparable.observation;
    if offer.breaks.is_empty() {
        return Some((base, None));
    }
    let at_break = selling_units(line, offer)
        .and_then(|ordered| {
            offer
                .breaks
                .iter()
                .filter(|step| step.min_quantity <= ordered)
                .max_by_key(|step| step.min_quantity)
        })
        .and_then(|step| Some((scaled(&base, step, offer)?, step)));
    Some(match at_break {
        Some((price, step)) => (price, Some(step)),
        None => (base, None),
    })
}

/// A unit price moved by a break as the price of one selling unit is; twelve significant digits.
fn scaled(base: &Interval, step: &PriceBreak, offer: &Observation) -> Option<Interval> {
    let end = |base: Decimal, from: Decimal, to: Decimal| {
        let moved = base.checked_mul(to)?.checked_div(from)?.round_sf(12)?;
        (moved > Decimal::ZERO).then_some(moved)
    };
    let low = end(base.low, offer.basis_price.low, step.basis_price.low)?;
    let high = end(base.high, offer.basis_price.high, step.basis_price.high)?;
    (low <= high).then_some(Interval { low, high })
}

/// The gates that fail on votes that are there, the most telling first: by their effective number,
/// whether siblings calibrate them, the sellers and the largest share of the listings one holds, the
/// sites, and whether offers outside the window are worth naming.
pub(crate) fn failing(
    n_eff: f64,
    calibrated: bool,
    (n_sellers, top_share): (u32, f64),
    n_sites: u32,
    window: bool,
    parameters: &Parameters,
) -> Vec<Gate> {
    // Sums of weights are rounded: 19 sellers are 19 votes.
    let least = if calibrated { parameters.min_n_eff } else { parameters.min_n_eff_own_5pct };
    let short = n_eff < least - 1e-6;
    let dominant = n_sellers > 1 && top_share > parameters.dominant_share;
    [
        (dominant, Gate::DominantSeller),
        (short && window, Gate::Window),
        (short, Gate::EffectiveNumber),
        (n_sellers < parameters.min_sellers, Gate::Sellers),
        (n_sites < parameters.min_sites, Gate::Sites),
    ]
    .into_iter()
    .filter_map(|(fails, gate)| fails.then_some(gate))
    .collect()
}

impl Evidence {
    /// The same, said to be of the line's brand.
    pub fn of_brand(self, of_brand: bool) -> Evidence {
        Evidence { of_brand, ..self }
    }

    /// Effective votes; 0 without any.
    pub fn n_eff(&self) -> f64 {
        self.distribution.as_ref().map_or(0.0, |d| d.n_eff)
    }

    /// The votes held to their siblings, where these calibrate them.
    pub fn held(
        &self,
        index: &ReferenceIndex,
        rung: Rung,
        facets: &Facets,
        parameters: &Parameters,
    ) -> Option<Arc<Held>> {
        if self.n_eff() < parameters.min_n_eff - 1e-6 {
            return None;
        }
        let known = self.held.read().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, held)) = known.iter().find(|(day, _)| *day == facets.day) {
            return held.clone();
        }
        drop(known);
        // Two that miss at once compute the same.
        let held = Held::of(index, &self.votes, (rung, self.of_brand), facets, self.kind, parameters);
        let held = held.map(Arc::new);
        let mut known = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= DAYS_HELD {
            known.remove(0);
        }
        known.push((facets.day, held.clone()));
        drop(known);
        // A small group's two predictions, each with one of up to ten sellers left out.
        index.memo.grown(if self.n_sellers <= 10 { 80 } else { 16 }, parameters);
        held
    }

    /// Places of the votes' offers, and whether one rests on an illustration.
    pub fn standing(&self, index: &ReferenceIndex) -> &Standing {
        self.standing.get_or_init(|| {
            let none = index.places().len() as u32;
            Standing {
                place_of: self.votes.iter().map(|v| index.place_number(v.item).min(none)).collect(),
                illustrative: self.votes.iter().any(|v| index.facts(v.item).illustrative),
            }
        })
    }

    /// Offers that would compare but for a smallest order above the declared quantity.
    pub fn above_quantity(&self) -> usize {
        self.excluded.iter().filter(|e| e.reason == ExclusionReason::MinimumOrder).count()
    }

    /// The gates that fail, the most telling first; none on a rung that can be taken. An offer
    /// outside the window never counts, so what counts lies inside it by construction; the
    /// window is named where offers outside it would have helped. Where siblings calibrate the
    /// group, the fewest effective votes of all suffice.
    pub fn failed_gates(&self, calibrated: bool, parameters: &Parameters) -> Vec<Gate> {
        let lost_to = |reason| self.excluded.iter().any(|e| e.reason == reason);
        let window = self.outside >= parameters.min_outside_named;
        if self.votes.is_empty() {
            return vec![if window {
                Gate::Window
            } else if lost_to(ExclusionReason::OtherUnit) {
                Gate::Unit
            } else if lost_to(ExclusionReason::OtherBasis) {
                Gate::Basis
            } else {
                Gate::NoComparables
            }];
        }
        let share = self.top_seller.map_or(0.0, |seller| seller.1);
        failing(self.n_eff(), calibrated, (self.n_sellers, share), self.n_sites, window, parameters)
    }
}
