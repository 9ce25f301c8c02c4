//! The files that come with the market: its source files, exchange rates and declared lines.

use chrono::NaiveDate;

/// The day the demonstration takes place.
pub const DEMO_DATE: NaiveDate = match NaiveDate::from_ymd_opt(2026, 9, 15) {
    Some(date) => date,
    None => NaiveDate::MIN,
};

/// The seed of the demonstration.
pub const DEMO_SEED: u64 = 2026;

/// One source file per shop: (file name, TOML text in the form of `model::Source`). Loopback is
/// allowed in them; whoever runs them fills `network.connect_to` with [`crate::Running::addr`].
pub fn source_files() -> &'static [(&'static str, &'static str)] {
    &[
        ("harbour-lane.toml", include_str!("../data/sources/harbour-lane.toml")),
        ("marktgarten.toml", include_str!("../data/sources/marktgarten.toml")),
        ("lumiere-bazar.toml", include_str!("../data/sources/lumiere-bazar.toml")),
        ("tradewharf.toml", include_str!("../data/sources/tradewharf.toml")),
        ("skladowy.toml", include_str!("../data/sources/skladowy.toml")),
        ("secondround.toml", include_str!("../data/sources/secondround.toml")),
    ]
}

/// Exchange rates, `date,base,quote,rate,source`: one unit of `base` is `rate` units of `quote`.
/// Made up for the bundled market, plausible for 2025 and 2026, and to be shown as illustrative.
pub fn fx_csv() -> &'static str {
    include_str!("../data/fx.csv")
}

/// Declared lines with their expected verdicts: the columns of `assess` and `expected_verdict`.
pub fn declared_lines_csv() -> &'static str {
    include_str!("../data/declared_lines.csv")
}

/// Recipes from offer to customs basis for the bundled market, (file name, TOML text). None yet:
/// the demonstration compares on the basis `offer`.
pub fn market_recipes() -> &'static [(&'static str, &'static str)] {
    &[]
}
