//! The sentences of a verdict: plain English, one sentence each, with figures. Not its rules.

use crate::Parameters;
use crate::distribution::{Distribution, Figures};
use crate::evidence::{Evidence, Facets};
use crate::figures::{counted, in_cases, p, p_equals, percent, unit_price, votes};
use crate::index::ReferenceIndex;
use crate::judge::Judged;
use crate::ladder::Tried;
use model::{CommercialLevel, Currency, Declaration, Gate, Rung, Transaction, Unit, VerdictCode};

/// A declared unit price for a sentence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Amount {
    pub value: f64,
    pub currency: Currency,
    pub unit: Unit,
}

impl Amount {
    pub fn text(&self) -> String {
        unit_price(self.value, self.currency, self.unit)
    }
    fn of(&self, value: f64) -> String {
        unit_price(value, self.currency, self.unit)
    }
}

/// What the offers of a rung are, in a phrase before "offers".
pub(crate) fn rung_word(rung: Rung, of_brand: bool) -> &'static str {
    match rung {
        Rung::Identical => "identical goods",
        Rung::Similar => "similar goods",
        Rung::Hs6Facets if of_brand => "goods of the same subheading and brand",
        Rung::Hs6Facets => "goods of the same subheading",
        Rung::Hs6Unit => "goods of the same subheading and unit",
    }
}

/// What the comparators have in common.
pub(crate) fn reference_label(line: &Declaration, facets: &Facets, rung: Rung, of_brand: bool) -> String {
    let code = line.hs.subheading().unwrap_or(line.hs).dotted();
    let goods = match rung {
        Rung::Identical => match (line.gtin, &line.brand, &line.model) {
            (Some(gtin), _, _) => format!("identical goods: GTIN {}", gtin.printed()),
            (None, Some(brand), Some(model)) => format!("identical goods: {brand} {model}"),
            (None, None, Some(model)) => format!("identical goods: model {model}"),
            _ => "identical goods".to_owned(),
        },
        Rung::Similar => {
            format!("similar goods: '{}' under {code}", line.description.as_deref().unwrap_or_default())
        }
        Rung::Hs6Facets => {
            let brand = line.brand.as_deref().filter(|_| of_brand).map(|brand| format!(" by {brand}"));
            let origin = facets.origin_on(rung).map(|origin| format!(" from {origin}"));
            let all = if brand.is_some() { "goods" } else { "all goods" };
            format!("{all} of subheading {code}{}{}", brand.unwrap_or_default(), origin.unwrap_or_default())
        }
        Rung::Hs6Unit => format!("all goods of subheading {code}"),
    };
    format!("{goods}, {}, {}, {}", facets.condition, facets.level, facets.unit.per())
}

/// The verdict's own sentence where a rung was taken.
pub(crate) fn headline(
    amount: &Amount,
    rung: Rung,
    evidence: &Evidence,
    judged: &Judged,
    parameters: &Parameters,
) -> String {
    let f = &judged.figures;
    let declared = amount.text();
    let Some(d) = &evidence.distribution else {
        return format!("Declared {declared}.");
    };
    let offers = format!(
        "{} of {}",
        counted(evidence.votes.len() as u64, "offer", "offers"),
        rung_word(rung, evidence.of_brand)
    );
    if judged.by_level {
        return levels_headline(amount, &offers, judged);
    }
    let against = format!(
        "Declared {declared} is {} of the median of {offers} from {} ({})",
        percent(f.ratio),
        counted(evidence.n_sellers, "seller", "sellers"),
        amount.of(d.median.exp())
    );
    let drawn = |as_far: &str, p: f64| {
        format!("a price drawn like these offers would be as {as_far} {} ({})", in_cases(p), p_equals(p))
    };
    let as_low = drawn("low", judged.p_lower());
    let small = judged.borrowed.filter(|b| b.price.borrowed);
    match judged.code {
        VerdictCode::StrongReasonToAsk => {
            format!("{against}; {as_low}: a strong reason to ask the importer.")
        }
        VerdictCode::ReasonToAsk => format!("{against}; {as_low}: a reason to ask the importer."),
        VerdictCode::LowReview if small.is_some() => format!(
            "{against}; {as_low}, by a calibration borrowed from sibling groups: low, but on so few sellers no more than a reason to look when there is time."
        ),
        VerdictCode::LowReview if rung == Rung::Hs6Facets && evidence.of_brand => format!(
            "{against}; {as_low}: low, but held to whatever the brand offers under the subheading, so look when there is time."
        ),
        VerdictCode::LowReview if rung >= Rung::Hs6Facets => format!(
            "{against}; {as_low}: low, but held only to the whole subheading, so look when there is time."
        ),
        VerdictCode::LowReview => {
            format!("{against}; {as_low}: low, look when there is time.")
        }
        VerdictCode::HighReview => format!(
            "{}; {}{}: high, {}look when there is time.",
            against_high(amount, &offers, f, d, evidence),
            drawn("high", judged.p_upper()),
            if small.is_some() { ", by a calibration borrowed from sibling groups" } else { "" },
            if small.is_some() { "but on so few sellers no more than a reason to " } else { "" },
        ),
        VerdictCode::NotDetectable => format!(
            "{against}, but {} vary so much ({}) that only a price below {} of the median would be told apart: nothing can be said.",
            match judged.borrowed {
                Some(_) => "prices of sibling groups, by which it is judged,",
                None => "prices of this group",
            },
            p_equals(judged.p_lower()),
            percent(judged.detectable_ratio(d))
        ),
        // Out of the ordinary by the group's own ranks, ordinary by what its siblings' prices do.
        _ if judged.borrowed.is_some()
            && f.p_upper <= parameters.reason_p + 1e-9
            && f.ratio_high > 1.0 / parameters.reason_ratio =>
        {
            format!(
                "{}: higher than these offers by their own ranks ({}), but prices of sibling groups lie as far above {} (calibrated {}), so no reason to ask comes of it; look at quantity and unit.",
                against_high(amount, &offers, f, d, evidence),
                p_equals(f.p_upper),
                in_cases(judged.p_upper()),
                p_equals(judged.p_upper())
            )
        }
        _ if judged.borrowed.is_some()
            && f.p_lower <= parameters.reason_p + 1e-9
            && f.ratio < parameters.low_review_ratio =>
        {
            format!(
                "{against}: lower than these offers by their own ranks ({}), but prices of sibling groups lie as far below {} (calibrated {}), so no reason to ask comes of it.",
                p_equals(f.p_lower),
                in_cases(judged.p_lower()),
                p_equals(judged.p_lower())
            )
        }
        _ if f.ratio < parameters.low_review_ratio => format!(
            "{against} and not unusually low among them ({}): nothing to ask about the price.",
            p_equals(judged.p_lower())
        ),
        _ => format!("{against}: nothing to ask about the price."),
    }
}

/// The declared price beside the high ends.
fn against_high(amount: &Amount, offers: &str, f: &Figures, d: &Distribution, evidence: &Evidence) -> String {
    format!(
        "Declared {} is {} of the median of the high ends of {offers} from {} ({})",
        amount.text(),
        percent(f.ratio_high),
        counted(evidence.n_sellers, "seller", "sellers"),
        amount.of(d.median_high.exp())
    )
}

fn levels_headline(amount: &Amount, offers: &str, judged: &Judged) -> String {
    let parts: Vec<String> = judged
        .levels
        .iter()
        .map(|level| {
            let (f, d) = (&level.figures, &level.distribution);
            // The side that the verdict is on.
            let (ratio, median, p) = match judged.code {
                VerdictCode::HighReview => (f.ratio_high, d.median_high, f.p_upper),
                _ => (f.ratio, d.median, f.p_lower),
            };
            format!(
                "{} of the median of {} ({}, {})",
                percent(ratio),
                level.label,
                amount.of(median.exp()),
                p_equals(p)
            )
        })
        .collect();
    let parts = parts.join(" and ");
    let declared = amount.text();
    let (told_apart, settle) = match &judged.facet {
        Some(facet) => (format!("told apart by {facet}"), facet.as_str()),
        None => {
            ("told apart by nothing the offers state".to_owned(), "quality and specification of the goods")
        }
    };
    match judged.code {
        VerdictCode::SegmentFirst => format!(
            "The {offers} stand at two price levels, {told_apart}, that disagree about the declared {declared}: it is {parts}; settle the {settle} first."
        ),
        code => format!(
            "Declared {declared} is {parts}; the {offers} stand at two price levels, {told_apart}, and at both the price is {}.",
            match code {
                VerdictCode::StrongReasonToAsk => "low: a strong reason to ask the importer",
                VerdictCode::ReasonToAsk => "low: a reason to ask the importer",
                VerdictCode::LowReview => "low: look when there is time",
                VerdictCode::HighReview => "high: look when there is time",
                VerdictCode::NotDetectable => "low, but not beyond what such offers vary",
                _ => "not unusual: nothing to ask about it",
            }
        ),
    }
}

/// What failed, in one sentence: of a whole assessment, or of one rung.
pub(crate) fn failure(
    index: &ReferenceIndex,
    facets: &Facets,
    evidence: &Evidence,
    failed: &[Gate],
    parameters: &Parameters,
) -> String {
    let mut parts: Vec<String> = Vec::new();
    let smallest = evidence.distribution.as_ref().map_or(1.0, |d| d.smallest_p());
    for gate in failed {
        parts.push(match gate {
            Gate::DominantSeller => {
                let (seller, share) = evidence.top_seller.unwrap_or_default();
                format!(
                    "one seller ({}) holds {} of the {}, from {} in all",
                    seller_name(index, evidence, seller),
                    percent(share),
                    counted(evidence.n_listings, "listing", "listings"),
                    counted(evidence.n_sellers, "seller", "sellers"),
                )
            }
            Gate::Window => format!(
                "{} comparable {} captured outside the window of {} days around {}, the nearest {} days {} it",
                evidence.outside,
                if evidence.outside == 1 { "offer was" } else { "offers were" },
                facets.window.days,
                facets.day,
                evidence.nearest_outside.abs(),
                if evidence.nearest_outside < 0 { "before" } else { "after" },
            ),
            Gate::EffectiveNumber => format!(
                "{} effective {}, and an own 5 % claim needs {} (smallest attainable p {})",
                votes(evidence.n_eff()),
                if (evidence.n_eff() - 1.0).abs() < 0.05 { "vote" } else { "votes" },
                votes(parameters.min_n_eff_own_5pct),
                p(smallest)
            ),
            Gate::Sellers => format!(
                "{}, at least {} are needed",
                counted(evidence.n_sellers, "seller", "sellers"),
                parameters.min_sellers
            ),
            Gate::Sites => format!(
                "{}, at least {} are needed",
                counted(evidence.n_sites, "site", "sites"),
                parameters.min_sites
            ),
            Gate::NoComparables => match evidence.above_quantity() {
                0 => format!("no offer of {} goods at {} was found", facets.condition, facets.level),
                n => format!(
                    "no offer of {} goods at {} is open to the declared quantity: {} a larger smallest order",
                    facets.condition,
                    facets.level,
                    if n == 1 { "one asks for".to_owned() } else { format!("{n} ask for") }
                ),
            },
            Gate::Unit => format!("no offer states a price {}", facets.unit.per()),
            Gate::Basis => format!("no offer is on the basis '{}'", index.basis),
            Gate::Condition => "the condition of the goods is not declared".to_owned(),
            Gate::ExchangeRate => "the declared amount cannot be converted".to_owned(),
            Gate::NotStated => "the line does not state what this rung looks by".to_owned(),
            Gate::SameOffers => "the offers are those of the rung before".to_owned(),
        });
    }
    parts.join("; ")
}

/// The seller's name, by one of its votes.
pub(crate) fn seller_name(index: &ReferenceIndex, evidence: &Evidence, seller: u32) -> String {
    evidence
        .votes
        .iter()
        .find(|v| v.seller == seller)
        .map_or_else(crate::signals::unnamed, |v| index.offer(v.item).observation.seller.clone())
}

/// The sentence of one rung.
pub(crate) fn rung_sentence(
    index: &ReferenceIndex,
    facets: &Facets,
    tried: &Tried,
    parameters: &Parameters,
) -> String {
    let of_brand = tried.evidence.as_ref().is_some_and(|e| e.of_brand);
    let name = format!("Rung {}, {}", tried.rung.number(), rung_word(tried.rung, of_brand));
    let Some(evidence) = &tried.evidence else {
        return match tried.rung {
            Rung::Identical => {
                format!("{name}: the line states neither a GTIN nor brand and model.")
            }
            Rung::Hs6Unit => format!("{name}: not tried, the offers are those of rung 3."),
            _ => format!("{name}: the line does not describe its goods."),
        };
    };
    if tried.failed.is_empty() {
        return format!(
            "{name}: taken, {} by {} on {}.",
            counted(evidence.votes.len() as u64, "offer", "offers"),
            counted(evidence.n_sellers, "seller", "sellers"),
            counted(evidence.n_sites, "site", "sites")
        );
    }
    let why = failure(index, facets, evidence, &tried.failed, parameters);
    format!("{name}: not enough: {why}.")
}

/// What evidence would cure the failed gates.
pub(crate) fn cures(
    facets: &Facets,
    evidence: &Evidence,
    failed: &[Gate],
    parameters: &Parameters,
) -> Vec<String> {
    let goods =
        format!("the same goods ({}, {}, priced {})", facets.condition, facets.level, facets.unit.per());
    let dates = format!("captured between {} and {}", facets.window.from, facets.window.to);
    let missing = (parameters.min_n_eff_own_5pct - evidence.n_eff()).ceil().max(1.0);
    let more = |n: u32, one: &str, many: &str| counted(n, one, many);
    failed
        .iter()
        .filter_map(|gate| {
            Some(match gate {
                Gate::EffectiveNumber => format!(
                    "{} of {goods}, {dates}",
                    more(missing as u32, "more seller", "more sellers")
                ),
                Gate::NoComparables if evidence.above_quantity() > 0 => {
                    "the quantity of the whole line, if it is more than was stated; else offers to buyers of so small a quantity".to_owned()
                }
                Gate::NoComparables => format!(
                    "offers of {goods} from at least {} sellers on {} sites, {dates}",
                    votes(parameters.min_n_eff_own_5pct),
                    parameters.min_sites
                ),
                // Said with the effective number already, which asks for more.
                Gate::Sellers => return None,
                Gate::Sites => format!(
                    "offers from {} of {goods}",
                    more(
                        parameters.min_sites.saturating_sub(evidence.n_sites).max(1),
                        "more site",
                        "more sites"
                    )
                ),
                Gate::DominantSeller => {
                    let held = evidence.top_seller.map_or(0.0, |s| s.1)
                        * f64::from(evidence.n_listings);
                    let others = f64::from(evidence.n_listings) - held;
                    let wanted = (held / parameters.dominant_share - held - others).max(1.0);
                    format!(
                        "{} by other sellers of {goods}, so that no seller holds more than {} of them",
                        more(wanted.ceil() as u32, "more listing", "more listings"),
                        percent(parameters.dominant_share)
                    )
                }
                Gate::Window => format!(
                    "captures of these offers within the window, {}: import saved pages or price lists of those dates, or crawl nearer to the export date",
                    dates.trim_start_matches("captured ")
                ),
                Gate::Unit => format!("offers of the goods that state a price {}, or the line's quantity in the unit the offers are sold by", facets.unit.per()),
                Gate::Basis => "offers on the same basis as the rest of the snapshot".to_owned(),
                Gate::Condition | Gate::ExchangeRate | Gate::NotStated | Gate::SameOffers => return None,
            })
        })
        .collect()
}

/// What to ask the importer, for this situation.
pub(crate) fn ask(code: VerdictCode, line: &Declaration, facet: Option<&str>) -> Vec<String> {
    let mut list: Vec<&str> = Vec::new();
    let low = crate::judge::is_low(code);
    if low {
        list.extend([
            "Commercial invoice, and the contract or order it rests on",
            "Proof of payment of the whole price (bank transfer, letter of credit)",
            "Grade, quality and specification of the goods, which may explain a low price",
            "Discounts granted and their reason (quantity, end of line, defects)",
            "Whether buyer and seller are related, and whether this influenced the price (Article 1.2)",
            "Payments beside the price: assists, royalties, commissions, proceeds (Article 8)",
        ]);
        if line.terms.is_none() {
            list.push("The delivery term (Incoterm) the price is on, and who paid freight and insurance");
        }
    }
    if code == VerdictCode::HighReview {
        list.extend([
            "Quantity and unit of the line: packing list, net mass, pieces to a carton",
            "Commercial invoice, to see the currency and the price per unit",
            "What the price includes beside the goods (freight, warranty, software, services)",
        ]);
    }
    let mut list: Vec<String> = list.into_iter().map(str::to_owned).collect();
    if code == VerdictCode::SegmentFirst {
        list.push(match facet {
            Some("brand") => "The brand of the goods: invoice, catalogue page or photograph".to_owned(),
            Some("commercial level") => {
                "Whether the sale is at wholesale or retail level: quantity, buyer's trade, price list"
                    .to_owned()
            }
            Some(other) => {
                format!("What settles {other}: specification, catalogue page or photograph of the goods")
            }
            None => "Quality, grade and specification of the goods: invoice, catalogue page or photograph"
                .to_owned(),
        });
    }
    list
}

/// Why a line that is no sale is not compared.
pub(crate) fn no_sale(transaction: Transaction) -> String {
    let what = match transaction {
        Transaction::Sale => "a sale",
        Transaction::Sample => "a sample free of charge",
        Transaction::Gift => "a gift",
        Transaction::Return => "returned goods",
        Transaction::Lease => "hire, lease or loan",
        Transaction::Repair => "for or after repair or processing",
        Transaction::Consignment => "consignment stock that is not sold yet",
        Transaction::Transfer => "a transfer within one legal person",
    };
    format!(
        "The line is declared as {what}: there is no sale for export, so its value is not a price to compare (Article 1 of the Agreement)."
    )
}

/// A verdict within a sentence.
fn in_words(code: VerdictCode) -> &'static str {
    match code {
        VerdictCode::StrongReasonToAsk => "a strong reason to ask",
        VerdictCode::ReasonToAsk => "a reason to ask",
        VerdictCode::LowReview => "low",
        VerdictCode::HighReview => "high",
        VerdictCode::NotDetectable => "too varied to tell",
        VerdictCode::Consistent => "consistent",
        VerdictCode::SegmentFirst => "several price levels",
        VerdictCode::NotApplicable | VerdictCode::InsufficientEvidence => "not enough evidence",
    }
}

/// The levels' sentence where the line does not state its commercial level and the two disagree.
pub(crate) fn levels_disagree(amount: &Amount, parts: &[(CommercialLevel, f64, f64, VerdictCode)]) -> String {
    let parts: Vec<String> = parts
        .iter()
        .map(|(level, ratio, median, code)| {
            format!(
                "{} of the median {level} offer ({}: {})",
                percent(*ratio),
                amount.of(*median),
                in_words(*code)
            )
        })
        .collect();
    format!(
        "The line does not state its commercial level and the verdict turns on it: declared {} is {}; settle the commercial level first.",
        amount.text(),
        parts.join(" and ")
    )
}
