//! Plain names of the vocabulary's codes, as every surface shows them to people. The codes
//! themselves stay in `model`; no rule is decided here.

use model::{
    CommercialLevel, Condition, ExclusionReason, Gate, LegalUse, Matched, MatchedBy, PriceTerms,
    RejectionReason, Rung, SignalCode, Transaction, VerdictCode,
};

/// The verdict's name on a banner.
pub fn verdict(code: VerdictCode) -> &'static str {
    match code {
        VerdictCode::NotApplicable => "Not applicable",
        VerdictCode::InsufficientEvidence => "Not enough evidence",
        VerdictCode::SegmentFirst => "Settle the segment first",
        VerdictCode::StrongReasonToAsk => "Strong reason to ask",
        VerdictCode::ReasonToAsk => "Reason to ask",
        VerdictCode::LowReview => "Low: review when there is time",
        VerdictCode::HighReview => "High: review when there is time",
        VerdictCode::NotDetectable => "Low, but these prices vary too much to tell",
        VerdictCode::Consistent => "Consistent with the offers",
    }
}

/// What a rung compares with.
pub fn rung(rung: Rung) -> &'static str {
    match rung {
        Rung::Identical => "identical goods",
        Rung::Similar => "similar goods",
        Rung::Hs6Facets => "same subheading, unit, condition and level, and brand where it is named",
        Rung::Hs6Unit => "same subheading, unit, condition and level, of any brand",
    }
}

/// A similarity with two digits, never rounded up to 1.
pub fn similarity(s: f64) -> String {
    if s >= 1.0 { "1".to_owned() } else { format!("{:.2}", s.min(0.99)) }
}

/// What an offer has in common with the declared goods, in few words: "Knoblauch → garlic, 128 GB".
pub fn matched(found: &[Matched]) -> String {
    let one = |m: &Matched| match m.by {
        MatchedBy::Gtin => format!("GTIN {}", m.offered),
        MatchedBy::Brand => format!("brand {}", m.offered),
        MatchedBy::Model => format!("model {}", m.offered),
        MatchedBy::Word | MatchedBy::Attribute => m.offered.clone(),
        _ if m.declared == m.offered => m.offered.clone(),
        _ => format!("{} → {}", m.declared, m.offered),
    };
    let shown: Vec<String> = found.iter().take(MATCHES).map(one).collect();
    let more = found.len().saturating_sub(MATCHES);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

/// Things in common that are named in a table.
const MATCHES: usize = 8;

/// What a comparator may be used for.
pub fn legal_use(code: LegalUse) -> &'static str {
    match code {
        LegalUse::RiskOnly72a => "risk only, Art. 7.2(a): made in the importing country",
        LegalUse::RiskOnly72c => "risk only, Art. 7.2(c): exporter's domestic market",
        LegalUse::RiskOnly72e => "risk only, Art. 7.2(e): offered to a third country",
        LegalUse::DeductiveLead => "lead for Art. 5: imported goods offered in the importing country",
        LegalUse::ExportOffer => "cross-border offer to the importing country",
        LegalUse::Unknown => "risk only: countries not known",
    }
}

/// The same in a table's cell.
pub fn legal_use_short(code: LegalUse) -> &'static str {
    match code {
        LegalUse::RiskOnly72a => "risk only, Art. 7.2(a)",
        LegalUse::RiskOnly72c => "risk only, Art. 7.2(c)",
        LegalUse::RiskOnly72e => "risk only, Art. 7.2(e)",
        LegalUse::DeductiveLead => "lead for Art. 5",
        LegalUse::ExportOffer => "cross-border offer",
        LegalUse::Unknown => "risk only",
    }
}

/// A failed evidence gate.
pub fn gate(gate: Gate) -> &'static str {
    match gate {
        Gate::NoComparables => "no comparable offer",
        Gate::EffectiveNumber => "too few effective votes",
        Gate::Sellers => "fewer than three sellers",
        Gate::Sites => "fewer than two sites",
        Gate::DominantSeller => "one seller holds more than half of the listings",
        Gate::Window => "too little evidence inside the window",
        Gate::Unit => "unit unknown",
        Gate::Condition => "condition unknown",
        Gate::Basis => "basis of the prices unknown or mixed",
        Gate::ExchangeRate => "no exchange rate",
        Gate::NotStated => "the line does not state what this rung needs",
        Gate::SameOffers => "the same offers as on the rung before",
    }
}

/// A signal's name.
pub fn signal(code: SignalCode) -> &'static str {
    match code {
        SignalCode::UnitSuspect => "Check the quantity",
        SignalCode::DominantSeller => "One seller dominates",
        SignalCode::DominantSite => "One site dominates",
        SignalCode::CheckCondition => "Check the condition",
        SignalCode::CheckLevel => "Check the commercial level",
        SignalCode::HalfOfOfferMean => "At or below half of the average offer",
        SignalCode::AlsoLow => "Also low",
        SignalCode::Multimodal => "Several price levels",
        SignalCode::IllustrativeRate => "Illustrative rate used",
        SignalCode::SmallGroup => "Small group",
        SignalCode::DescriptionContradicts => "Description contradicts the line",
        SignalCode::BackedOff => "Wider reference taken",
        SignalCode::TermsNotSettled => "Price terms may differ",
        SignalCode::OutsideWindow => "Offers only outside the window",
        SignalCode::OriginNotStated => "Origin of local offers not stated",
    }
}

/// Why an offer was not used.
pub fn exclusion(reason: ExclusionReason) -> &'static str {
    match reason {
        ExclusionReason::NoExchangeRate => "no exchange rate for its day",
        ExclusionReason::UnknownCondition => "condition not known",
        ExclusionReason::OtherCondition => "other condition",
        ExclusionReason::OtherLevel => "other commercial level",
        ExclusionReason::Accessory => "accessory or part, not the article",
        ExclusionReason::Bundle => "several articles at one price",
        ExclusionReason::OtherUnit => "no price in the declared unit",
        ExclusionReason::OutsideWindow => "captured outside the window",
        ExclusionReason::SameSellerSameGoods => "same seller, same goods: counted once",
        ExclusionReason::DecimalSlip => "slip of the decimal point or of the unit",
        ExclusionReason::MinimumOrder => "smallest order above the declared quantity",
        ExclusionReason::Superseded => "a newer capture of the same offer counts",
        ExclusionReason::OtherGoods => "other goods under the same code",
        ExclusionReason::OtherBasis => "on another basis",
        ExclusionReason::OtherOrigin => "from another country of origin",
    }
}

/// Condition of the goods.
pub fn condition(condition: Condition) -> &'static str {
    match condition {
        Condition::New => "new",
        Condition::Used => "used",
        Condition::Refurbished => "refurbished",
        Condition::Damaged => "damaged",
    }
}

/// Commercial level.
pub fn level(level: CommercialLevel) -> &'static str {
    match level {
        CommercialLevel::Wholesale => "wholesale",
        CommercialLevel::Retail => "retail",
    }
}

/// Nature of the transaction.
pub fn transaction(transaction: Transaction) -> &'static str {
    match transaction {
        Transaction::Sale => "sale for export",
        Transaction::Sample => "sample free of charge",
        Transaction::Gift => "gift",
        Transaction::Return => "returned goods",
        Transaction::Lease => "hire, lease or loan",
        Transaction::Repair => "for or after repair",
        Transaction::Consignment => "consignment, not sold yet",
        Transaction::Transfer => "transfer without a sale",
    }
}

/// Price terms.
pub fn terms(terms: PriceTerms) -> &'static str {
    match terms {
        PriceTerms::Cif => "CIF",
        PriceTerms::Fob => "FOB",
        PriceTerms::Exw => "EXW",
    }
}

/// Why a listing gave no observation.
pub fn rejection(reason: RejectionReason) -> &'static str {
    match reason {
        RejectionReason::NoName => "without a title",
        RejectionReason::NoPrice => "without a price",
        RejectionReason::BadPrice => "price cannot be read",
        RejectionReason::AmbiguousPrice => "price reads in two ways",
        RejectionReason::NotPositive => "price zero or negative",
        RejectionReason::FromPrice => "only a lower bound (\"from …\")",
        RejectionReason::NoCurrency => "currency not stated",
        RejectionReason::AmbiguousCurrency => "currency symbol of several countries",
        RejectionReason::AmbiguousQuantity => "size or pack reads in two ways",
        RejectionReason::UnknownHsCode => "HS code unknown",
        RejectionReason::LowConfidence => "read with too little confidence",
        RejectionReason::BadField => "a field cannot be read",
        RejectionReason::NoCaptureDate => "capture date not stated",
        RejectionReason::BadLine => "line not of the file's form",
        RejectionReason::NoListing => "page without an offer",
        RejectionReason::UnreadablePage => "page cannot be read as text",
        RejectionReason::NotIndexed => "page asks not to be indexed",
    }
}
