//! The verdict on one declared line: one value from which every surface is drawn.

use crate::text_form::coded_enum;
use crate::{
    ArchiveRef, CommercialLevel, Condition, ContentHash, Country, Currency, Declaration, DeclaredPrice,
    ExclusionReason, Interval, RateUsed, Unit,
};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// Version of the verdict's JSON form. Since 2 it lists at most as many comparators as were asked for;
/// since 3 there is a fourth rung, and comparators say how like they are.
pub const VERDICT_VERSION: u32 = 3;

/// Stands on every result.
pub const CAVEAT: &str = "Risk indicator only, not a customs value. It gives a reason to ask the importer, never a value to assess: the customs value is the transaction value (WTO Customs Valuation Agreement, Article 1), and Article 7.2 forbids using these figures as one. The prices are offers, not sales, and calibration is on offers: how often honest declarations are flagged is known only where it was measured on cleared lines.";

coded_enum! {
    /// What the comparison says. In the order of precedence: the first that matches is the verdict.
    VerdictCode, "a verdict code" {
        /// No sale for export, or outside the tool's scope.
        NotApplicable = "not_applicable",
        /// An evidence gate fails on every rung.
        InsufficientEvidence = "insufficient_evidence",
        /// The reference has several price levels that disagree: settle the segment first.
        SegmentFirst = "segment_first",
        /// A reason to ask, far below.
        StrongReasonToAsk = "strong_reason_to_ask",
        /// A reason to ask.
        ReasonToAsk = "reason_to_ask",
        /// Low: look when there is time.
        LowReview = "low_review",
        /// High: look when there is time.
        HighReview = "high_review",
        /// Low, but prices of this group vary too much to tell.
        NotDetectable = "not_detectable",
        /// Nothing to ask about the price.
        Consistent = "consistent",
    }
}

coded_enum! {
    /// Rungs of the reference ladder.
    Rung, "a rung (identical, similar, hs6_facets, hs6_unit)" {
        /// Rung 1: same GTIN, or same brand and model.
        Identical = "identical",
        /// Rung 2: like goods under the same code by description.
        Similar = "similar",
        /// Rung 3: same subheading, unit, condition and commercial level, and of the line's brand where
        /// it names one.
        Hs6Facets = "hs6_facets",
        /// Rung 4: same subheading, unit, condition and commercial level, of whatever brand and origin.
        Hs6Unit = "hs6_unit",
    }
}

impl Rung {
    /// 1 is the narrowest.
    pub fn number(self) -> u8 {
        match self {
            Rung::Identical => 1,
            Rung::Similar => 2,
            Rung::Hs6Facets => 3,
            Rung::Hs6Unit => 4,
        }
    }
}

coded_enum! {
    /// What a comparator may be used for in law, against this line (CVA Art. 7.2 and 5).
    LegalUse, "a legal use" {
        /// Goods made in the importing country: Art. 7.2(a).
        RiskOnly72a = "risk_only_7_2_a",
        /// Exporter's domestic market: Art. 7.2(c).
        RiskOnly72c = "risk_only_7_2_c",
        /// Offer to a third country: Art. 7.2(e).
        RiskOnly72e = "risk_only_7_2_e",
        /// Imported goods offered in the importing country: could start an Art. 5 inquiry.
        DeductiveLead = "deductive_lead",
        /// Cross-border offer to the importing country.
        ExportOffer = "export_offer",
        /// Countries not known.
        Unknown = "unknown",
    }
}

impl LegalUse {
    /// The use of an offer in a market against goods imported into a country.
    ///
    /// In the importing country's own market the origin of the goods decides; without it nothing is
    /// claimed. Elsewhere an offer that ships to the importing country is an export offer; otherwise
    /// the market of the exporting country is its domestic market, and any other a third country.
    pub fn of(
        market: Option<Country>,
        ships_to: &[Country],
        origin: Option<Country>,
        importing: Option<Country>,
        exporting: Option<Country>,
    ) -> LegalUse {
        let Some(importing) = importing else { return LegalUse::Unknown };
        match market {
            Some(market) if market == importing => match origin {
                Some(origin) if origin == importing => LegalUse::RiskOnly72a,
                Some(_) => LegalUse::DeductiveLead,
                None => LegalUse::Unknown,
            },
            _ if ships_to.contains(&importing) => LegalUse::ExportOffer,
            Some(market) => match exporting {
                Some(exporting) if exporting == market => LegalUse::RiskOnly72c,
                Some(_) => LegalUse::RiskOnly72e,
                None => LegalUse::Unknown,
            },
            None => LegalUse::Unknown,
        }
    }

    /// What an offer of this kind may and may not be used for, in one sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            LegalUse::RiskOnly72a => {
                "Risk analysis only: Article 7.2(a) forbids a value based on the selling price in the importing country of goods produced there."
            }
            LegalUse::RiskOnly72c => {
                "Risk analysis only: Article 7.2(c) forbids a value based on the price of goods on the domestic market of the exporting country."
            }
            LegalUse::RiskOnly72e => {
                "Risk analysis only: Article 7.2(e) forbids a value based on the price of goods for export to another country than the importing one."
            }
            LegalUse::DeductiveLead => {
                "Could start an inquiry under Article 5 (deductive value), which needs real sales and their own deductions; as an offer it is risk analysis only."
            }
            LegalUse::ExportOffer => {
                "A cross-border offer to the importing country: nearest to a sale for export, but an offer and no transaction value; risk analysis only."
            }
            LegalUse::Unknown => {
                "Risk analysis only: the countries of market, origin, export or import that would tell more are not known."
            }
        }
    }
}

coded_enum! {
    /// Evidence gates.
    Gate, "an evidence gate" {
        /// No offer at all on the rung.
        NoComparables = "no_comparables",
        /// Too few effective votes.
        EffectiveNumber = "effective_number",
        /// Fewer than three sellers.
        Sellers = "sellers",
        /// Fewer than two sites.
        Sites = "sites",
        /// One seller holds more than half of the raw listings.
        DominantSeller = "dominant_seller",
        /// Less than half of the evidence lies inside the window.
        Window = "window",
        /// The declared unit is unknown, or no offer states it.
        Unit = "unit",
        /// The declared condition is unknown.
        Condition = "condition",
        /// The basis of the prices is unknown or mixed.
        Basis = "basis",
        /// The declared amount cannot be converted.
        ExchangeRate = "exchange_rate",
        /// The rung needs a fact the line does not state (GTIN, brand and model, description).
        NotStated = "not_stated",
        /// The rung holds the same offers as the one before it, so it is not tried.
        SameOffers = "same_offers",
    }
}

coded_enum! {
    /// Named observations that stand beside a verdict.
    SignalCode, "a signal" {
        /// A factor evidenced on the line would make the price consistent: check the quantity.
        UnitSuspect = "unit_suspect",
        /// One seller holds more than half of the raw listings.
        DominantSeller = "dominant_seller",
        /// One site holds most of the votes.
        DominantSite = "dominant_site",
        /// The price fits goods of another condition.
        CheckCondition = "check_condition",
        /// The price fits another commercial level.
        CheckLevel = "check_commercial_level",
        /// The declared price lies at or below half of the arithmetic mean of the offers used.
        HalfOfOfferMean = "half_of_cleaned_offer_average",
        /// Low, and matches `low_review` too.
        AlsoLow = "also_low",
        /// The reference has several price levels.
        Multimodal = "multimodal",
        /// A rate used is only an illustration.
        IllustrativeRate = "illustrative_rate",
        /// Fewer votes than an own 5 % claim needs.
        SmallGroup = "small_group",
        /// The declared description contradicts the declared code or facets.
        DescriptionContradicts = "description_contradicts",
        /// A narrower rung had too little evidence.
        BackedOff = "backed_off",
        /// Price terms of the line differ from, or are not stated against, the reference's basis.
        TermsNotSettled = "terms_not_settled",
        /// Comparable offers exist, but only outside the window around the line's export date.
        OutsideWindow = "outside_window",
        /// Offers in the importing country do not say whether the goods were made there.
        OriginNotStated = "origin_not_stated",
    }
}

/// A signal with its sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Signal {
    /// The name.
    pub code: SignalCode,
    /// What it says here, with figures and what to check.
    pub sentence: String,
}

/// The window of capture dates that counts, around the line's export date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Window {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Days to each side.
    pub days: u32,
}

/// A share of the reference's weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct MixShare {
    /// Market country or legal use.
    pub what: String,
    /// Share of the weight, 0 to 1.
    pub share: f64,
    /// Of a legal use: what such offers may and may not be used for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

/// One price level of a reference with several.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Segment {
    /// What its goods have in common, in words.
    pub label: String,
    /// Effective votes.
    pub n_eff: f64,
    /// Median unit price.
    pub median: f64,
    /// Declared price over the segment's median.
    pub ratio: f64,
    /// Lower rank p within the segment.
    pub p_lower: f64,
    /// The verdict within the segment.
    pub verdict: VerdictCode,
}

/// The distribution a line was held to. Prices per unit in the snapshot's currency; quantiles of
/// low ends are R-7 on logs unless a field says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Reference {
    /// The rung.
    pub rung: Rung,
    /// What the comparators have in common, in words.
    pub label: String,
    /// Unit.
    pub unit: Unit,
    /// Currency.
    pub currency: Currency,
    /// Basis name: `offer` or `cif`.
    pub basis: String,
    /// Condition.
    pub condition: Condition,
    /// Commercial level.
    pub level: CommercialLevel,
    /// Listings used.
    pub n_listings: u32,
    /// Sellers.
    pub n_sellers: u32,
    /// Sites.
    pub n_sites: u32,
    /// Effective votes, (Σw)²/Σw² over sellers.
    pub n_eff: f64,
    /// Window.
    pub window: Window,
    /// Lowest comparable offer (no legal weight).
    pub lowest: f64,
    /// Fifth percentile of the low ends.
    pub p05: f64,
    /// First decile.
    pub p10: f64,
    /// Lower quartile.
    pub q1: f64,
    /// Median of the low ends.
    pub median: f64,
    /// Upper quartile.
    pub q3: f64,
    /// Ninth decile.
    pub p90: f64,
    /// Highest.
    pub highest: f64,
    /// Median of the high ends.
    pub median_high: f64,
    /// Robust spread of the logs: 1.4826 × MAD.
    pub log_spread: f64,
    /// Predictive standard deviation of the logs.
    pub predictive_sd: f64,
    /// Largest ratio (smallest undervaluation) this group detects with 80 % power at 5 %.
    pub detectable_ratio: f64,
    /// Share of weight per market.
    pub markets: Vec<MixShare>,
    /// Share of weight per legal use.
    pub legal_uses: Vec<MixShare>,
    /// The price levels, where there are several.
    pub segments: Vec<Segment>,
}

/// A rung that was tried, and what its evidence was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct RungTried {
    /// The rung.
    pub rung: Rung,
    /// Listings, sellers, sites found on it.
    pub n_listings: u32,
    /// Sellers.
    pub n_sellers: u32,
    /// Sites.
    pub n_sites: u32,
    /// Effective votes.
    pub n_eff: f64,
    /// Smallest attainable p, 1/(n+1) for equal weights; absent without comparators.
    pub smallest_p: Option<f64>,
    /// Gates that failed; empty on the rung taken.
    pub failed: Vec<Gate>,
    /// In a sentence.
    pub sentence: String,
}

/// An offer the line was held to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Comparator {
    /// Observation id.
    pub observation: ContentHash,
    /// Title.
    pub name: String,
    /// Site.
    pub site: String,
    /// Seller.
    pub seller: String,
    /// Address.
    pub url: Option<String>,
    /// When the price was seen.
    pub captured_at: DateTime<Utc>,
    /// SHA-256 of the archived page.
    pub page_hash: Option<ContentHash>,
    /// Place in the archive.
    pub archive: Option<ArchiveRef>,
    /// The offered price, as a person reads it ("23.90 GBP for 0.5 kg").
    pub offered: String,
    /// Unit price on the common basis and currency.
    pub unit_price: Interval,
    /// Conversion.
    pub rate: Option<RateUsed>,
    /// Vote: weight within the reference; a seller's one vote, shared among its goods, times similarity.
    pub weight: f64,
    /// How like the goods are to those declared, in (0, 1]: 1 for identical goods; absent where the rung
    /// compares by code alone.
    #[serde(default)]
    pub similarity: Option<f64>,
    /// What they have in common, by identity or description.
    #[serde(default)]
    pub matched: Vec<Matched>,
    /// Market.
    pub market: Option<Country>,
    /// Legal use against this line.
    pub legal_use: LegalUse,
    /// From page text to unit price, one step a line.
    pub steps: Vec<String>,
}

coded_enum! {
    /// What of an offer met the declared goods.
    MatchedBy, "a kind of match" {
        /// The same GTIN.
        Gtin = "gtin",
        /// The same model of the same brand.
        Model = "model",
        /// The same brand.
        Brand = "brand",
        /// The same word.
        Word = "word",
        /// The word in another form: a plural, a case.
        Form = "form",
        /// The word with a slip of the pen.
        Spelling = "spelling",
        /// A compound with the word, or one word written as two.
        Compound = "compound",
        /// Another word for the same, in this language or another.
        Translation = "translation",
        /// The same measure, material or grade.
        Attribute = "attribute",
    }
}

/// One thing that an offer has in common with the declared goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Matched {
    /// How.
    pub by: MatchedBy,
    /// As declared, folded.
    pub declared: String,
    /// As offered, folded.
    pub offered: String,
}

/// A candidate offer that was not used, with the reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct ExcludedOffer {
    /// Observation id.
    pub observation: ContentHash,
    /// Title.
    pub name: String,
    /// Site.
    pub site: String,
    /// Seller.
    pub seller: String,
    /// Address.
    pub url: Option<String>,
    /// When the price was seen.
    pub captured_at: DateTime<Utc>,
    /// SHA-256 of the archived page.
    pub page_hash: Option<ContentHash>,
    /// The offered price, as a person reads it.
    pub offered: String,
    /// Why it was not used.
    pub reason: ExclusionReason,
    /// In words.
    pub detail: String,
}

/// What a verdict was made with, beside its line and its snapshot: enough to make it again, byte for
/// byte, wherever the snapshot is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Made {
    /// Version of the program.
    pub program: String,
    /// Number of the method by which it reckons figures; absent in verdicts of before it was stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<u32>,
    /// Every parameter of the rules by value; their hash is the verdict's `parameters`.
    pub parameters: serde_json::Value,
    /// Publishers of exchange rates that came first for this line.
    pub publishers: Vec<String>,
    /// SHA-256 of the model that held the description against the code; none where there was none.
    pub hs_model: Option<ContentHash>,
    /// Offers used that were listed at most; null means all.
    pub comparators: Option<u32>,
    /// On what the flag rate of these rules had been measured then; absent where it was not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Validation>,
}

/// How often honest lines are flagged, as far as an administration measured it on lines it had cleared.
/// Counts, not shares: they come back from text as they were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Validation {
    /// What was measured, or that nothing was, in a sentence.
    pub sentence: String,
    /// The measurement with the same parameters; null where there is none.
    pub measured: Option<FlagRate>,
}

/// A flag rate measured on cleared lines, among which every flag is a false one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct FlagRate {
    /// When.
    pub measured_at: DateTime<Utc>,
    /// The snapshot these lines were held to.
    pub snapshot: ContentHash,
    /// Lines held to a distribution of their own.
    pub compared: u64,
    /// Of these, with a reason to ask.
    pub flagged: u64,
}

/// What calibration on sibling groups says of a declared price. A guarantee on average over these
/// groups, not for each.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct CalibratedPrice {
    /// Calibrated p on the low side: share of the pooled scores as low as this one, (1 + Σw) /
    /// (1 + all).
    pub p_lower: f64,
    /// Calibrated p on the high side.
    pub p_upper: f64,
    /// Smallest p the pooled ranks can give.
    pub smallest_p: f64,
    /// Pooled ranks: scores of references left out of their own groups.
    pub ranks: f64,
    /// Sibling groups they come from.
    pub groups: u32,
    /// Whether these are groups of the same heading; else all of the same rung and facets.
    pub of_heading: bool,
    /// Whether the group alone could not carry a claim: the verdict then goes no further than
    /// `low_review`.
    pub borrowed: bool,
}

/// The result for one declared line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct Verdict {
    /// Version of this form.
    pub version: u32,
    /// The verdict.
    pub verdict: VerdictCode,
    /// The reason in one sentence.
    pub sentence: String,
    /// Stands on every result.
    pub caveat: String,
    /// The line, as understood.
    pub declaration: Declaration,
    /// The declared price per unit, where it can be formed.
    pub declared: Option<DeclaredPrice>,
    /// The snapshot it was held to.
    pub snapshot: ContentHash,
    /// Hash of the parameters of every rule.
    pub parameters: ContentHash,
    /// The distribution of the rung taken.
    pub reference: Option<Reference>,
    /// Declared price over the median of the low ends.
    pub ratio: Option<f64>,
    /// Declared price over the median of the high ends.
    pub ratio_high: Option<f64>,
    /// Rank p on the low side: the share of offers as low as this one or lower.
    pub p_lower: Option<f64>,
    /// Rank p on the high side.
    pub p_upper: Option<f64>,
    /// Smallest attainable p in this group.
    pub smallest_p: Option<f64>,
    /// z on logs, low ends: by the predictive distribution where calibrated, else by median and
    /// robust spread.
    pub z: Option<f64>,
    /// z on logs, high ends.
    pub z_high: Option<f64>,
    /// Percentile of the declared price among the low ends, 0 to 100.
    pub percentile: Option<f64>,
    /// 90 % interval of that percentile: Beta(r+½, n_eff−r+½).
    pub percentile_interval: Option<(f64, f64)>,
    /// Calibration on sibling groups, where there are enough; the verdict then rests on its p.
    #[serde(default)]
    pub calibrated: Option<CalibratedPrice>,
    /// Signals beside the verdict.
    pub signals: Vec<Signal>,
    /// What to ask the importer.
    pub ask: Vec<String>,
    /// What evidence would cure an insufficiency.
    pub cures: Vec<String>,
    /// Rungs tried, narrowest first.
    pub rungs: Vec<RungTried>,
    /// Offers used, lowest unit price first: the nearest to the declared price where fewer were
    /// asked for than there are.
    pub comparators: Vec<Comparator>,
    /// Offers not used, with reasons; at most as many as the parameters say.
    pub excluded: Vec<ExcludedOffer>,
    /// How many were not used in all, by reason.
    pub excluded_counts: Vec<(ExclusionReason, u32)>,
    /// Offers used in all, listed or not.
    #[serde(default)]
    pub comparators_total: u32,
    /// Offers not used in all, listed or not: the sum of `excluded_counts`.
    #[serde(default)]
    pub excluded_total: u32,
    /// What it was made with; absent in batches, whose sheets say it once.
    #[serde(default)]
    pub made: Option<Box<Made>>,
}

impl Verdict {
    /// The p on the low side that the verdict rests on: the calibrated one where there is one, else
    /// the group's own rank p.
    pub fn p_low(&self) -> Option<f64> {
        self.calibrated.map(|c| c.p_lower).or(self.p_lower)
    }
    /// As [`Verdict::p_low`], on the high side.
    pub fn p_high(&self) -> Option<f64> {
        self.calibrated.map(|c| c.p_upper).or(self.p_upper)
    }
    /// The smallest value [`Verdict::p_low`] can take.
    pub fn p_floor(&self) -> Option<f64> {
        self.calibrated.map(|c| c.smallest_p).or(self.smallest_p)
    }
}
