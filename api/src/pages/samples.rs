//! Made-up verdicts of every kind, plausible in their figures, for the tests of what people read.

use crate::http::SourceNote;
use crate::pages::observatory::{ObservatoryData, Seen, SeenCell, SeenSite};
use chrono::{NaiveDate, TimeDelta, TimeZone, Utc};
use model::*;
use rust_decimal::Decimal;
use statistics::UngroupedBy;
use statistics::release::ReleasedCell;

fn d(text: &str) -> Decimal {
    text.parse().unwrap()
}
fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}
fn country(text: &str) -> Option<Country> {
    Some(text.parse().unwrap())
}
fn hash(text: &str) -> ContentHash {
    ContentHash::of(text.as_bytes())
}

pub fn sources() -> Vec<SourceNote> {
    vec![
        SourceNote {
            name: "Grünmarkt".to_owned(),
            basis: "Bundled fixture market; no real shop".to_owned(),
            contact: "fixture@example.org".to_owned(),
        },
        SourceNote {
            name: "Wholesale list, 2026-09".to_owned(),
            basis: "Price list handed over by the trade association under its letter of 2026-08-30"
                .to_owned(),
            contact: "valuation@customs.example".to_owned(),
        },
    ]
}

fn matched(by: MatchedBy, declared: &str, offered: &str) -> Matched {
    Matched { by, declared: declared.to_owned(), offered: offered.to_owned() }
}

fn offers(n: usize, median: f64, spread: f64) -> Vec<Comparator> {
    let sites = ["gruenmarkt.example", "wholesale.example", "bazaar.example", "fresh.example"];
    let mut all: Vec<Comparator> = (0..n)
        .map(|i| {
            // A quiet zigzag of normal-like quantiles: deterministic, plausible.
            let share = (i as f64 + 0.5) / n as f64;
            let z = (share / (1.0 - share)).ln() * 0.55;
            let price = Decimal::try_from((median * (z * spread).exp() * 1000.0).round() / 1000.0).unwrap();
            let seller = format!("Seller {:02}", i + 1);
            Comparator {
                observation: hash(&seller),
                name: ["Garlic, purple, 10 kg carton", "Fresh garlic, loose", "Knoblauch frisch, 5 kg"]
                    [i % 3]
                    .to_owned(),
                site: sites[i % sites.len()].to_owned(),
                url: (i % 7 != 6).then(|| format!("https://{}/offer/{i}", sites[i % sites.len()])),
                seller,
                captured_at: Utc.with_ymd_and_hms(2026, 9, 1, 8, 0, 0).unwrap()
                    + TimeDelta::days(i as i64 % 40),
                page_hash: (i % 7 != 6).then(|| hash(&format!("page {i}"))),
                archive: (i % 7 != 6).then(|| ArchiveRef {
                    file: "gruenmarkt-20260901.warc.gz".to_owned(),
                    offset: 1024 * i as u64,
                }),
                offered: if i % 3 == 0 {
                    format!("{} EUR for 10 kg", price * d("10"))
                } else {
                    format!("{price} EUR for 1 kg")
                },
                unit_price: Interval { low: price, high: price },
                rate: (i % 5 == 4).then(|| RateUsed {
                    from: "GBP".parse().unwrap(),
                    to: Currency::EUR,
                    rate: d("1.1523"),
                    date: day("2026-09-10"),
                    source: "ECB reference rates".to_owned(),
                }),
                similarity: Some([1.0, 0.913, 0.864][i % 3]),
                matched: [
                    vec![matched(MatchedBy::Word, "garlic", "garlic")],
                    vec![
                        matched(MatchedBy::Word, "fresh", "fresh"),
                        matched(MatchedBy::Word, "garlic", "garlic"),
                    ],
                    vec![
                        matched(MatchedBy::Translation, "fresh", "frisch"),
                        matched(MatchedBy::Translation, "garlic", "knoblauch"),
                    ],
                ][i % 3]
                    .clone(),
                weight: 1.0,
                market: if i % 9 == 8 { None } else { country(["DE", "ES", "NL"][i % 3]) },
                legal_use: [LegalUse::RiskOnly72e, LegalUse::DeductiveLead, LegalUse::Unknown][i % 3],
                steps: vec![
                    "price text “11,80 €” read as 11.80 EUR".to_owned(),
                    "size “10 kg” read as 10 kg".to_owned(),
                    "11.80 EUR ÷ 10 kg = 1.18 EUR per kg".to_owned(),
                ],
            }
        })
        .collect();
    all.sort_by_key(|c| c.unit_price.low);
    all
}

fn excluded() -> Vec<ExcludedOffer> {
    [
        (
            ExclusionReason::OutsideWindow,
            "captured 2026-04-02, 166 days before the export date; the window is 90 days",
        ),
        (
            ExclusionReason::OutsideWindow,
            "captured 2026-03-28, 171 days before the export date; the window is 90 days",
        ),
        (ExclusionReason::DecimalSlip, "11.80 per kg is ten times the median: a slip of the decimal point"),
    ]
    .into_iter()
    .enumerate()
    .map(|(i, (reason, detail))| ExcludedOffer {
        observation: hash(&format!("excluded {i}")),
        name: "Fresh garlic, loose".to_owned(),
        site: "bazaar.example".to_owned(),
        seller: "Bazaar".to_owned(),
        url: Some(format!("https://bazaar.example/{i}")),
        captured_at: Utc.with_ymd_and_hms(2026, 4, 2, 8, 0, 0).unwrap(),
        page_hash: Some(hash("an excluded page")),
        offered: "1.20 EUR for 1 kg".to_owned(),
        reason,
        detail: detail.to_owned(),
    })
    .collect()
}

fn reference(comparators: &[Comparator]) -> Reference {
    let prices: Vec<f64> = comparators
        .iter()
        .map(|c| rust_decimal::prelude::ToPrimitive::to_f64(&c.unit_price.low).unwrap())
        .collect();
    let at = |share: f64| prices[((prices.len() - 1) as f64 * share).round() as usize];
    let share = |what: &str, share| MixShare { what: what.to_owned(), share, sentence: None };
    Reference {
        rung: Rung::Similar,
        label: "similar goods: fresh garlic by description, new, wholesale, per kg".to_owned(),
        unit: Unit::Kilogram,
        currency: Currency::EUR,
        basis: "offer".to_owned(),
        condition: Condition::New,
        level: CommercialLevel::Wholesale,
        n_listings: prices.len() as u32,
        n_sellers: prices.len() as u32,
        n_sites: 4,
        n_eff: prices.len() as f64,
        window: Window { from: day("2026-06-17"), to: day("2026-12-14"), days: 90 },
        lowest: at(0.0),
        p05: at(0.05),
        p10: at(0.1),
        q1: at(0.25),
        median: at(0.5),
        q3: at(0.75),
        p90: at(0.9),
        highest: at(1.0),
        median_high: at(0.5),
        log_spread: 0.22,
        predictive_sd: 0.24,
        detectable_ratio: 0.62,
        markets: vec![share("DE", 0.34), share("ES", 0.33), share("NL", 0.33)],
        legal_uses: vec![
            share("risk_only_7_2_e", 0.34),
            share("deductive_lead", 0.33),
            share("unknown", 0.33),
        ],
        segments: Vec::new(),
    }
}

/// A line of garlic at this price per kg, held to 36 offers.
fn garlic(code: VerdictCode, price: &str, sentence: &str) -> Verdict {
    let comparators = offers(36, 1.18, 0.24);
    let reference = reference(&comparators);
    let declared = rust_decimal::prelude::ToPrimitive::to_f64(&d(price)).unwrap();
    let ratio = declared / reference.median;
    let rank = comparators.iter().filter(|c| c.unit_price.low <= d(price)).count() as f64;
    let above = 36.0 - rank;
    Verdict {
        version: VERDICT_VERSION,
        verdict: code,
        sentence: sentence.to_owned(),
        caveat: CAVEAT.to_owned(),
        declaration: Declaration {
            line: Some("26BE0001234567/3".to_owned()),
            hs: "07032000".parse().unwrap(),
            description: Some("Garlic, fresh, in 10 kg cartons".to_owned()),
            brand: None,
            model: None,
            gtin: None,
            condition: Some(Condition::New),
            level: Some(CommercialLevel::Wholesale),
            value: Money::new(d(price) * d("40000"), Currency::EUR),
            quantity: Some(Quantity::new(d("40000"), Unit::Kilogram).unwrap()),
            quantity_stated: true,
            net_mass: Some(d("40000")),
            piece_mass: None,
            export_date: day("2026-09-15"),
            origin: country("CN"),
            export_country: country("CN"),
            import_country: country("ES"),
            transaction: Transaction::Sale,
            terms: Some(PriceTerms::Cif),
            importer: None,
        },
        declared: Some(DeclaredPrice {
            unit: Unit::Kilogram,
            declared: Money::new(d(price), Currency::EUR),
            amount: d(price),
            rate: None,
        }),
        snapshot: hash("snapshot"),
        parameters: hash("parameters"),
        ratio: Some(ratio),
        ratio_high: Some(ratio),
        p_lower: Some((1.0 + rank) / 37.0),
        p_upper: Some((1.0 + above) / 37.0),
        smallest_p: Some(1.0 / 37.0),
        z: Some(ratio.ln() / 0.24),
        z_high: Some(ratio.ln() / 0.24),
        percentile: Some(100.0 * rank / 36.0),
        percentile_interval: Some((0.0, 7.6)),
        calibrated: None,
        signals: Vec::new(),
        ask: Vec::new(),
        cures: Vec::new(),
        rungs: vec![
            RungTried {
                rung: Rung::Identical,
                n_listings: 0,
                n_sellers: 0,
                n_sites: 0,
                n_eff: 0.0,
                smallest_p: None,
                failed: vec![Gate::NotStated],
                sentence: "Rung 1, identical goods: not tried: the line states neither a GTIN nor a brand with a model.".to_owned(),
            },
            RungTried {
                rung: Rung::Similar,
                n_listings: 36,
                n_sellers: 36,
                n_sites: 4,
                n_eff: 36.0,
                smallest_p: Some(1.0 / 37.0),
                failed: Vec::new(),
                sentence: "Rung 2, similar goods: taken, 36 offers by 36 sellers on 4 sites."
                    .to_owned(),
            },
        ],
        reference: Some(reference),
        comparators,
        excluded: excluded(),
        excluded_counts: vec![(ExclusionReason::OutsideWindow, 40), (ExclusionReason::DecimalSlip, 1)],
        comparators_total: 36,
        excluded_total: 41,
        made: None,
    }
}

fn signal(code: SignalCode, sentence: &str) -> Signal {
    Signal { code, sentence: sentence.to_owned() }
}

pub fn strong() -> Verdict {
    Verdict {
        signals: vec![
            signal(SignalCode::HalfOfOfferMean, "The declared price is 47 % of the median offer, at or below half of it."),
            signal(SignalCode::BackedOff, "Rung 1 could not be used: the line states neither a GTIN nor a brand with a model."),
        ],
        ask: vec![
            "The contract, the invoice and proof of payment for this consignment.".to_owned(),
            "How the price of 0.55 EUR per kg came about: quality, season, quantity, or a discount and its terms.".to_owned(),
            "Whether buyer and seller are related, and whether anything was paid beside the invoice (Article 8).".to_owned(),
        ],
        ..garlic(
            VerdictCode::StrongReasonToAsk,
            "0.55",
            "The declared 0.55 EUR per kg is 47 % of the median of 36 comparable offers; 1 in 37 would be as low by chance alone.",
        )
    }
}

pub fn insufficient() -> Verdict {
    let comparators = offers(6, 44.0, 0.1);
    let mut verdict = garlic(
        VerdictCode::InsufficientEvidence,
        "18",
        "Six effective votes are too few to say anything: the smallest attainable p is .143.",
    );
    verdict.reference = None;
    verdict.comparators = comparators;
    (verdict.ratio, verdict.ratio_high, verdict.z, verdict.z_high) = (None, None, None, None);
    (verdict.p_lower, verdict.p_upper, verdict.percentile, verdict.percentile_interval) =
        (None, None, None, None);
    verdict.smallest_p = Some(1.0 / 7.0);
    verdict.rungs[1] = RungTried {
        n_listings: 6,
        n_sellers: 6,
        n_sites: 1,
        n_eff: 6.0,
        smallest_p: Some(1.0 / 7.0),
        failed: vec![Gate::EffectiveNumber, Gate::Sites],
        sentence: "Rung 2, similar goods: not enough: 6 effective votes, and an own 5 % claim needs 19; 1 site, at least 2 are needed.".to_owned(),
        ..verdict.rungs[1].clone()
    };
    verdict.cures = vec![
        "Offers of 13 more sellers for an own 5 % claim.".to_owned(),
        "Offers from at least one more site.".to_owned(),
    ];
    verdict
}

pub fn segmented() -> Verdict {
    let mut verdict = garlic(
        VerdictCode::SegmentFirst,
        "0.80",
        "The offers form two price levels that disagree about this line: settle the brand first.",
    );
    verdict.signals =
        vec![signal(SignalCode::Multimodal, "Branded goods lie near 1.60 EUR, others near 0.85 EUR per kg.")];
    verdict.ask = vec!["Which brand the goods are of, shown by the invoice or the label.".to_owned()];
    if let Some(reference) = &mut verdict.reference {
        reference.segments = vec![
            Segment {
                label: "without a brand".to_owned(),
                n_eff: 20.0,
                median: 0.85,
                ratio: 0.94,
                p_lower: 0.38,
                verdict: VerdictCode::Consistent,
            },
            Segment {
                label: "branded".to_owned(),
                n_eff: 16.0,
                median: 1.6,
                ratio: 0.5,
                p_lower: 0.06,
                verdict: VerdictCode::LowReview,
            },
        ];
    }
    verdict
}

pub fn not_applicable() -> Verdict {
    let mut verdict = garlic(
        VerdictCode::NotApplicable,
        "1.00",
        "Returned goods are no sale for export: there is no price to compare.",
    );
    verdict.declaration.transaction = Transaction::Return;
    verdict.reference = None;
    verdict.declared = None;
    (verdict.ratio, verdict.ratio_high, verdict.z, verdict.z_high) = (None, None, None, None);
    (verdict.p_lower, verdict.p_upper, verdict.percentile, verdict.percentile_interval) =
        (None, None, None, None);
    verdict.smallest_p = None;
    verdict.comparators.clear();
    verdict.excluded.clear();
    verdict.excluded_counts.clear();
    verdict.rungs.clear();
    verdict
}

/// High against offers that are intervals on a CIF basis, declared in another currency.
pub fn high() -> Verdict {
    let mut verdict = garlic(
        VerdictCode::HighReview,
        "9.67",
        "The declared 9.67 EUR per kg is 7.9 times the median of the high ends; no offer is as high.",
    );
    for offer in &mut verdict.comparators {
        offer.unit_price.high = (offer.unit_price.low * d("1.25")).round_dp(3);
    }
    if let Some(reference) = &mut verdict.reference {
        reference.median_high = reference.median * 1.25;
        reference.basis = "cif".to_owned();
    }
    verdict.ratio_high = verdict.ratio.map(|r| r / 1.25);
    if let Some(declared) = &mut verdict.declared {
        declared.declared = Money::new(d("8.39"), "GBP".parse().unwrap());
        declared.rate = Some(RateUsed {
            from: "GBP".parse().unwrap(),
            to: Currency::EUR,
            rate: d("1.1523"),
            date: day("2026-09-15"),
            source: "ECB reference rates".to_owned(),
        });
    }
    verdict.signals = vec![
        signal(
            SignalCode::UnitSuspect,
            "Read as pieces of 0.060 kg (piece mass on the line) the price would be consistent: check the quantity.",
        ),
        signal(
            SignalCode::IllustrativeRate,
            "The margin of 25–45 % is an illustration, not a published rate.",
        ),
    ];
    verdict.ask = vec!["Whether the quantity of 600 is kg or pieces; the packing list shows it.".to_owned()];
    verdict
}

/// One of each kind, with a name for its file.
pub fn all() -> Vec<(&'static str, Verdict)> {
    vec![
        ("strong", strong()),
        (
            "reason",
            garlic(
                VerdictCode::ReasonToAsk,
                "0.66",
                "The declared 0.66 EUR per kg is 57 % of the median offer; hardly any offer is as low.",
            ),
        ),
        (
            "low",
            garlic(
                VerdictCode::LowReview,
                "0.84",
                "The declared 0.84 EUR per kg lies low among the offers; look when there is time.",
            ),
        ),
        ("high", high()),
        ("segment", segmented()),
        ("insufficient", insufficient()),
        (
            "not_detectable",
            garlic(
                VerdictCode::NotDetectable,
                "0.90",
                "The declared price is low, but offers of this group vary so much that less than half the median could be honest.",
            ),
        ),
        ("not_applicable", not_applicable()),
        (
            "consistent",
            garlic(
                VerdictCode::Consistent,
                "1.10",
                "The declared 1.10 EUR per kg lies among the offers, at 94 % of their median.",
            ),
        ),
    ]
}

/// Released cells of all sorts: published with median only, with quartiles, with deciles; withheld.
pub fn observatory() -> ObservatoryData {
    let cell = |hs6: &str, unit, condition, level, n: u32, median: f64| ReleasedCell {
        hs6: hs6.parse().unwrap(),
        unit,
        condition,
        level,
        market: None,
        currency: Currency::EUR,
        n_sellers: Some(n),
        n_sites: Some(3),
        median: Some(median),
        q1: (n >= 20).then_some(median * 0.8),
        q3: (n >= 20).then_some(median * 1.25),
        p10: (n >= 50).then_some(median * 0.6),
        p90: (n >= 50).then_some(median * 1.7),
        suppressed: None,
    };
    let withheld = |hs6: &str, unit, reason: &str| ReleasedCell {
        n_sellers: None,
        n_sites: None,
        median: None,
        suppressed: Some(reason.to_owned()),
        ..cell(hs6, unit, Condition::Used, CommercialLevel::Retail, 5, 1.0)
    };
    use CommercialLevel::{Retail, Wholesale};
    use Condition::{New, Used};
    ObservatoryData {
        notice: "Levels of asking prices.",
        as_of: day("2026-09-30"),
        snapshot: hash("snapshot"),
        built: Some(day("2026-09-20")),
        currency: Currency::EUR,
        cells: vec![
            cell("070320", Unit::Kilogram, New, Wholesale, 35, 1.18),
            cell("070320", Unit::Kilogram, New, Retail, 55, 3.45),
            withheld("640399", Unit::Pair, "fewer than 5 sellers"),
            cell("851713", Unit::Piece, New, Retail, 50, 168.0),
            cell("851713", Unit::Piece, New, Wholesale, 10, 121.0),
            cell("851713", Unit::Piece, Used, Retail, 25, 74.0),
            cell("853952", Unit::Piece, New, Wholesale, 20, 0.58),
            cell("853952", Unit::Kilogram, New, Wholesale, 5, 9.67),
            withheld("870323", Unit::Piece, "one seller holds more than half of the offers"),
            withheld("870324", Unit::Piece, "fewer than 5 sellers"),
        ]
        .into_iter()
        .map(|cell| SeenCell {
            first_day: cell.median.map(|_| day("2026-09-01")),
            last_day: cell.median.map(|_| day("2026-09-12")),
            cell,
        })
        .collect(),
        seen: Some(seen()),
        sources: sources(),
    }
}

fn seen() -> Seen {
    let site = |site: &str, offers, last: &str, use_in_law: &str| SeenSite {
        site: site.to_owned(),
        offers,
        first_day: day("2026-09-01"),
        last_day: day(last),
        sources: vec!["list-2026-09".to_owned()],
        use_in_law: use_in_law.to_owned(),
    };
    Seen {
        offers: 3_990,
        first_day: Some(day("2026-09-01")),
        last_day: Some(day("2026-09-15")),
        ungrouped: 1_330,
        ungrouped_by: UngroupedBy { no_hs: 1_300, not_an_article: 25, ..UngroupedBy::default() },
        sites: vec![
            site("gruenmarkt.example", 2_600, "2026-09-15", "imported into DE: lead for Art. 5"),
            site("bazaar.example", 0, "2026-09-01", "unknown where the offer states no market"),
        ],
        more_sites: 3,
    }
}
