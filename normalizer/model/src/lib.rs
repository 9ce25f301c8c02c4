//! The vocabulary of Touchstone: the terms of customs valuation as types.
//!
//! Types parse, they do not validate: a value that exists is well formed. Nothing here reads a
//! file, a clock or the network, and nothing here depends on another crate of the workspace, so
//! every stage (crawler, normalizer, statistics, store, surfaces) speaks through these types.
//!
//! The walk: [`Source`] → [`Page`] → [`Listing`] → [`Observation`] (or [`Rejection`]) →
//! [`Comparable`] in a [`Snapshot`]; a [`Declaration`] held to it gives one [`Verdict`].

#![warn(missing_docs)]

mod clock;
mod confidence;
mod country;
mod declaration;
mod facets;
mod gtin;
mod hash;
mod hours;
mod hs;
mod listing;
mod money;
mod observation;
mod page;
mod quantity;
mod snapshot;
mod source;
mod text_form;
mod verdict;

pub use clock::{Clock, FixedClock, SystemClock};
pub use confidence::Confidence;
pub use country::Country;
pub use declaration::{Declaration, DeclaredPrice, MassCheck, PriceTerms, Transaction};
pub use facets::{CommercialLevel, Condition, GoodsKind};
pub use gtin::Gtin;
pub use hash::ContentHash;
pub use hours::{HourSpan, UtcOffset};
pub use hs::HsCode;
pub use listing::{Agreement, Agreements, Listing, QuantityBreak, Stated, Syntax, Witness};
pub use money::{Currency, Money};
pub use observation::{
    Basis, BasisOperation, BasisStep, Capture, ExplainStep, HsWitness, Interval, Observation, PriceBreak,
    Rejection, RejectionReason,
};
pub use page::{ArchiveRef, Page, Validators};
pub use quantity::{Quantity, Unit};
pub use snapshot::{
    Comparable, Exclusion, ExclusionReason, GroupKey, GroupSummary, RateUsed, SNAPSHOT_VERSION, Snapshot,
    UnitPrice,
};
pub use source::{
    ApiKey, ApiPaging, ApiRules, Budget, Facts, FeedFormat, FeedRules, ListedCategory, Network, Pace,
    PaceGroup, Permission, Revisit, Rules, Sample, Scope, Source, SourceKind,
};
pub use text_form::VocabularyError;
pub use verdict::{
    CAVEAT, CalibratedPrice, Comparator, ExcludedOffer, FlagRate, Gate, LegalUse, Made, Matched, MatchedBy,
    MixShare, Reference, Rung, RungTried, Segment, Signal, SignalCode, VERDICT_VERSION, Validation, Verdict,
    VerdictCode, Window,
};
