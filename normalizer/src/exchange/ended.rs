//! Currencies that ended, and the law that says what became of an amount in them: the euro's
//! predecessors at their fixed rates, and redenominations. Not here: rates of a market.
//!
//! A conversion by law counts from the day of the change. It does not count for ever: years later a
//! page that still writes the old code means the new currency more often than the old amounts, and
//! the two lie a factor of thousands apart.

use chrono::{NaiveDate, TimeDelta};
use model::Currency;
use rust_decimal::Decimal;
use std::sync::LazyLock;

/// Days after the change within which an amount in the old currency is converted by law: two years,
/// longer than the periods of double display and of exchange at counters.
pub const MAX_DAYS_AFTER: i64 = 731;

/// One currency's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Succession {
    /// The currency that ended.
    pub old: Currency,
    /// What came after it.
    pub new: Currency,
    /// Units of the old for one of the new, in its decimal digits and scale: exact.
    mantissa: i64,
    scale: u32,
    /// First day of the new currency.
    pub since: NaiveDate,
    /// What it rests on.
    pub by: &'static str,
}

impl Succession {
    /// Units of the old for one of the new, exactly as the law states it.
    pub fn old_per_new(&self) -> Decimal {
        Decimal::new(self.mantissa, self.scale)
    }

    /// Whether an amount in the old currency of this day is converted.
    pub fn counts_on(&self, on: NaiveDate) -> bool {
        on >= self.since && on.signed_duration_since(self.since) <= TimeDelta::days(MAX_DAYS_AFTER)
    }

    /// In words: "1000000 TRL = 1 TRY since 2005-01-01 (…)".
    pub fn told(&self) -> String {
        format!("{} {} = 1 {} since {} ({})", self.old_per_new(), self.old, self.new, self.since, self.by)
    }
}

/// The euro's rates are all in this regulation as amended for each country that joined.
const EURO: &str = "Regulation (EC) No 2866/98 as amended, conversion rates to the euro";

/// old, new, units of the old for one of the new, first day, by what.
const TABLE: &[(&str, &str, &str, &str, &str)] = &[
    ("XEU", "EUR", "1", "1999-01-01", "Regulation (EC) No 1103/97, the ecu became the euro"),
    ("ATS", "EUR", "13.7603", "1999-01-01", EURO),
    ("BEF", "EUR", "40.3399", "1999-01-01", EURO),
    ("DEM", "EUR", "1.95583", "1999-01-01", EURO),
    ("ESP", "EUR", "166.386", "1999-01-01", EURO),
    ("FIM", "EUR", "5.94573", "1999-01-01", EURO),
    ("FRF", "EUR", "6.55957", "1999-01-01", EURO),
    ("IEP", "EUR", "0.787564", "1999-01-01", EURO),
    ("ITL", "EUR", "1936.27", "1999-01-01", EURO),
    ("LUF", "EUR", "40.3399", "1999-01-01", EURO),
    ("NLG", "EUR", "2.20371", "1999-01-01", EURO),
    ("PTE", "EUR", "200.482", "1999-01-01", EURO),
    ("GRD", "EUR", "340.750", "2001-01-01", EURO),
    ("SIT", "EUR", "239.640", "2007-01-01", EURO),
    ("CYP", "EUR", "0.585274", "2008-01-01", EURO),
    ("MTL", "EUR", "0.429300", "2008-01-01", EURO),
    ("SKK", "EUR", "30.1260", "2009-01-01", EURO),
    ("EEK", "EUR", "15.6466", "2011-01-01", EURO),
    ("LVL", "EUR", "0.702804", "2014-01-01", EURO),
    ("LTL", "EUR", "3.45280", "2015-01-01", EURO),
    ("HRK", "EUR", "7.53450", "2023-01-01", EURO),
    ("BGN", "EUR", "1.95583", "2026-01-01", EURO),
    ("MXP", "MXN", "1000", "1993-01-01", "redenomination of the Mexican peso"),
    ("PLZ", "PLN", "10000", "1995-01-01", "redenomination of the Polish zloty"),
    ("RUR", "RUB", "1000", "1998-01-01", "redenomination of the Russian rouble"),
    ("BGL", "BGN", "1000", "1999-07-05", "redenomination of the Bulgarian lev"),
    ("YUM", "CSD", "1", "2003-07-04", "the Yugoslav dinar became the Serbian dinar"),
    ("TRL", "TRY", "1000000", "2005-01-01", "redenomination of the Turkish lira, Law 5083"),
    ("ROL", "RON", "10000", "2005-07-01", "redenomination of the Romanian leu, Law 348/2004"),
    ("AZM", "AZN", "5000", "2006-01-01", "redenomination of the Azerbaijani manat"),
    ("MZM", "MZN", "1000", "2006-07-01", "redenomination of the Mozambican metical"),
    ("CSD", "RSD", "1", "2006-10-25", "new code of the Serbian dinar"),
    ("SDD", "SDG", "100", "2007-01-10", "redenomination in Sudan"),
    ("GHC", "GHS", "10000", "2007-07-01", "redenomination of the Ghanaian cedi"),
    ("VEB", "VEF", "1000", "2008-01-01", "redenomination of the Venezuelan bolivar"),
    ("TMM", "TMT", "5000", "2009-01-01", "redenomination of the Turkmen manat"),
    ("ZMK", "ZMW", "1000", "2013-01-01", "redenomination of the Zambian kwacha"),
    ("BYR", "BYN", "10000", "2016-07-01", "redenomination of the Belarusian rouble"),
    ("MRO", "MRU", "10", "2018-01-01", "redenomination of the Mauritanian ouguiya"),
    ("STD", "STN", "1000", "2018-01-01", "redenomination of the dobra of Sao Tome and Principe"),
    ("VEF", "VES", "100000", "2018-08-20", "redenomination of the Venezuelan bolivar"),
    ("SLL", "SLE", "1000", "2022-07-01", "redenomination of the leone of Sierra Leone"),
    // Not here, and so without a rate: VES to VED (both codes stayed in use for one currency) and ZWL
    // to ZWG (replaced at a rate of the day).
];

static SUCCESSIONS: LazyLock<Vec<Succession>> = LazyLock::new(|| {
    TABLE
        .iter()
        .filter_map(|(old, new, rate, since, by)| {
            let rate: Decimal = rate.parse().ok()?;
            Some(Succession {
                old: old.parse().ok()?,
                new: new.parse().ok()?,
                mantissa: i64::try_from(rate.mantissa()).ok()?,
                scale: rate.scale(),
                since: since.parse().ok()?,
                by,
            })
        })
        .collect()
});

/// What became of a currency, where it ended and the law says so.
pub fn of(currency: Currency) -> Option<&'static Succession> {
    SUCCESSIONS.iter().find(|law| law.old == currency)
}

/// Every succession known.
pub fn all() -> &'static [Succession] {
    &SUCCESSIONS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        assert_eq!(all().len(), TABLE.len());
        for (law, line) in all().iter().zip(TABLE) {
            assert_eq!(law.old_per_new().to_string(), line.2);
            assert!(law.old_per_new() > Decimal::ZERO && law.old != law.new);
        }
    }
    #[test]
    fn no_currency_has_two_ends_and_chains_go_forward() {
        for law in all() {
            assert_eq!(all().iter().filter(|other| other.old == law.old).count(), 1, "{}", law.old);
            if let Some(next) = of(law.new) {
                assert!(next.since > law.since, "{} {}", law.old, law.new);
            }
        }
    }
}
