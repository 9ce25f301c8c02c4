//! Measures that a title states of its goods ("128 Go", "27 Zoll", "18 V", "2560x1440") as values of
//! a dimension, and how many pieces it sells. Not the quantity an offer's price is for: that is
//! `crate::quantity`.

use std::ops::Range;

/// What a measure measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// Storage, gigabytes.
    Storage,
    /// Working memory, gigabytes.
    Memory,
    /// Electric charge, milliampere hours.
    Charge,
    /// Power, watts.
    Power,
    /// Voltage, volts.
    Voltage,
    /// Current, amperes.
    Current,
    /// Frequency, hertz.
    Frequency,
    /// Volume, millilitres.
    Volume,
    /// Mass, grams.
    Mass,
    /// Length, millimetres.
    Length,
    /// Diagonal, inches.
    Diagonal,
    /// Luminous flux, lumens.
    Luminous,
    /// Colour temperature, kelvins.
    Kelvin,
    /// Resolution, as width × 100,000 + height in pixels.
    Resolution,
    /// Pieces in one pack.
    Pack,
}

impl Dimension {
    /// The name of the attribute.
    pub const fn name(self) -> &'static str {
        match self {
            Dimension::Storage => "storage",
            Dimension::Memory => "memory",
            Dimension::Charge => "charge",
            Dimension::Power => "power",
            Dimension::Voltage => "voltage",
            Dimension::Current => "current",
            Dimension::Frequency => "frequency",
            Dimension::Volume => "volume",
            Dimension::Mass => "mass",
            Dimension::Length => "length",
            Dimension::Diagonal => "diagonal",
            Dimension::Luminous => "luminous",
            Dimension::Kelvin => "colour temperature",
            Dimension::Resolution => "resolution",
            Dimension::Pack => "pack",
        }
    }
    /// The unit values are in.
    pub const fn unit(self) -> &'static str {
        match self {
            Dimension::Storage | Dimension::Memory => "gb",
            Dimension::Charge => "mah",
            Dimension::Power => "w",
            Dimension::Voltage => "v",
            Dimension::Current => "a",
            Dimension::Frequency => "hz",
            Dimension::Volume => "ml",
            Dimension::Mass => "g",
            Dimension::Length => "mm",
            Dimension::Diagonal => "in",
            Dimension::Luminous => "lm",
            Dimension::Kelvin => "k",
            Dimension::Resolution | Dimension::Pack => "",
        }
    }
    /// Whether another value is another article whatever else agrees. Of the others shops round
    /// and mistake values too often.
    pub(super) const fn splits(self) -> bool {
        matches!(
            self,
            Dimension::Storage
                | Dimension::Memory
                | Dimension::Charge
                | Dimension::Volume
                | Dimension::Mass
                | Dimension::Length
                | Dimension::Kelvin
                | Dimension::Luminous
                | Dimension::Current
        )
    }
}

/// A value of a dimension, in its unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// What is measured.
    pub dimension: Dimension,
    /// In the dimension's unit.
    pub value: f64,
}

impl Measure {
    /// Whether two values of one dimension are the same as shops write them: a diagonal of 23.8
    /// inches is sold as 24.
    pub(super) fn agrees(self, other: Measure) -> bool {
        let tolerance = match self.dimension {
            Dimension::Diagonal => 0.03,
            Dimension::Storage | Dimension::Pack | Dimension::Memory | Dimension::Resolution => 1e-9,
            _ => 0.011,
        };
        (self.value - other.value).abs() <= tolerance * self.value.max(other.value)
    }
    /// As an attribute's value: "128gb", "2560x1440".
    pub fn text(self) -> String {
        if self.dimension == Dimension::Resolution {
            let whole = self.value as u64;
            return format!("{}x{}", whole / 100_000, whole % 100_000);
        }
        let value = format!("{:.2}", self.value);
        format!("{}{}", value.trim_end_matches('0').trim_end_matches('.'), self.dimension.unit())
    }
}

/// A unit's dimension and factor; `glued` where nothing stands between number and unit.
fn unit(word: &str, glued: bool) -> Option<(Dimension, f64)> {
    use Dimension::*;
    Some(match word {
        "gb" | "go" | "гб" | "gigabyte" | "gbyte" => (Storage, 1.0),
        "tb" | "to" | "тб" | "terabyte" => (Storage, 1000.0),
        "mah" | "мач" => (Charge, 1.0),
        "ah" => (Charge, 1000.0),
        "w" | "watt" | "watts" | "вт" | "watios" | "wat" => (Power, 1.0),
        "kw" | "квт" => (Power, 1000.0),
        "v" | "volt" | "volts" | "в" if glued || word != "в" => (Voltage, 1.0),
        "a" if glued => (Current, 1.0),
        "hz" | "гц" => (Frequency, 1.0),
        "ghz" => (Frequency, 1e9),
        "mhz" => (Frequency, 1e6),
        "ml" | "мл" => (Volume, 1.0),
        "cl" => (Volume, 10.0),
        "l" | "lt" | "ltr" | "liter" | "litre" | "litres" | "litro" | "litros" | "litri" | "л" => {
            (Volume, 1000.0)
        }
        "g" | "gr" | "gramm" | "gram" | "grams" | "grammes" | "gramos" | "г" | "гр" => (Mass, 1.0),
        "kg" | "kilo" | "kilos" | "кг" => (Mass, 1000.0),
        "mm" | "мм" => (Length, 1.0),
        "cm" | "см" => (Length, 10.0),
        "m" | "meter" | "metre" | "metres" | "metros" | "м" => (Length, 1000.0),
        "inch" | "inches" | "zoll" | "pouces" | "pouce" | "pulgadas" | "pollici" | "polegadas" | "cale"
        | "cali" | "calowy" | "tum" | "tommer" | "tuumaa" | "inc" | "palcu" | "coll" | "дюимов" | "дюима"
        | "дюим" | "英寸" | "インチ" => (Diagonal, 1.0),
        "in" if glued => (Diagonal, 1.0),
        "lm" | "lumen" | "lumens" | "лм" => (Luminous, 1.0),
        "k" if glued => (Kelvin, 1.0),
        _ => return None,
    })
}

/// Words behind a number that count pieces of one pack.
fn counts(word: &str) -> bool {
    matches!(
        word,
        "er" | "pack"
            | "packs"
            | "pcs"
            | "pc"
            | "pieces"
            | "stuck"
            | "stk"
            | "szt"
            | "uds"
            | "unidades"
            | "pezzi"
            | "pz"
            | "pecas"
            | "stuks"
            | "kpl"
            | "ks"
            | "шт"
            | "adet"
            | "件"
            | "枚"
            | "個"
            | "cans"
            | "canettes"
            | "dosen"
            | "latas"
            | "flaschen"
            | "bottles"
            | "bouteilles"
            | "botellas"
    )
}

/// Measures of a folded title with the bytes they take, in order. In the words of an address
/// (`slug`) a hyphen may stand for the decimal point, and centimetres lose theirs.
pub(super) fn scan(text: &str, slug: bool) -> Vec<(Range<usize>, Measure)> {
    let bytes = text.as_bytes();
    let mut found: Vec<(Range<usize>, Measure)> = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let open = at == 0 || !text[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        if !bytes[at].is_ascii_digit() || !open {
            at += 1;
            while at < bytes.len() && !text.is_char_boundary(at) {
                at += 1;
            }
            continue;
        }
        match measure_at(text, at, slug) {
            Some((end, measure)) => {
                if let Some(measure) = measure {
                    found.push((at..end, measure));
                }
                at = end.max(at + 1);
            }
            None => {
                while at < bytes.len() && bytes[at].is_ascii_digit() {
                    at += 1;
                }
            }
        }
    }
    settle_storage(text, &mut found);
    found
}

/// Digits from here, their end.
fn digits(bytes: &[u8], from: usize) -> usize {
    from + bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count()
}

/// Factors of a chain that are looked through: "2 x 6 x 330 ml" has two.
const MOST_FACTORS: u8 = 4;

fn measure_at(text: &str, start: usize, slug: bool) -> Option<(usize, Option<Measure>)> {
    measure_behind(text, start, slug, MOST_FACTORS)
}

/// The measure at a number, behind at most so many factors.
fn measure_behind(text: &str, start: usize, slug: bool, factors: u8) -> Option<(usize, Option<Measure>)> {
    let bytes = text.as_bytes();
    let whole_end = digits(bytes, start);
    if whole_end - start > 6 {
        return None;
    }
    let whole: f64 = text[start..whole_end].parse().ok()?;
    let skip = |from: usize| from + usize::from(matches!(bytes.get(from), Some(b' ' | b'-' | b'_')));
    // "2560x1440", "6 x 330 ml", "25x52x15".
    let cross = skip(whole_end);
    if bytes.get(cross) == Some(&b'x') || text[cross..].starts_with('×') {
        let second = skip(cross + text[cross..].chars().next().map_or(1, char::len_utf8));
        let end = digits(bytes, second);
        if end > second && end - second <= 5 {
            let height: f64 = text[second..end].parse().ok()?;
            if whole >= 640.0 && height >= 400.0 {
                let measure = Measure { dimension: Dimension::Resolution, value: whole * 100_000.0 + height };
                return Some((end, Some(measure)));
            }
            let behind = || measure_behind(text, second, slug, factors - 1);
            let of_one = factors > 0
                && behind().and_then(|(_, measure)| measure).is_some_and(|m| {
                    !matches!(m.dimension, Dimension::Pack | Dimension::Resolution | Dimension::Length)
                });
            if of_one && (2.0..=500.0).contains(&whole) {
                return Some((second, Some(Measure { dimension: Dimension::Pack, value: whole })));
            }
        }
        return None;
    }
    // A decimal part; three digits behind the mark may as well be thousands.
    let (mut value, mut end) = (whole, whole_end);
    let mark = bytes.get(whole_end).copied();
    let part = (whole_end + 1).min(bytes.len());
    let part_end = digits(bytes, part);
    let decimal_mark = matches!(mark, Some(b'.' | b','))
        || slug && matches!(mark, Some(b'-' | b'_')) && whole >= 10.0 && part_end - part == 1;
    if decimal_mark && part_end > part && part_end - part <= 3 {
        let parsed: f64 = format!("{}.{}", &text[start..whole_end], &text[part..part_end]).parse().ok()?;
        let thousands = part_end - part == 3;
        (value, end) = (if thousands && whole >= 1.0 { parsed * 1000.0 } else { parsed }, part_end);
    }
    if matches!(bytes.get(end), Some(b'"')) || text[end..].starts_with('″') || text[end..].starts_with("''")
    {
        let mark = text[end..].chars().next().map_or(1, char::len_utf8);
        return Some((end + mark, Some(Measure { dimension: Dimension::Diagonal, value })));
    }
    let glued = bytes.get(end).is_some_and(|b| b.is_ascii_alphabetic());
    let from = if glued { end } else { skip(end) };
    let word = text[from..].split(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let stop = from + word.len();
    if word.is_empty() || text[stop..].starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    if counts(word) && end == whole_end && (2.0..=10_000.0).contains(&value) {
        return Some((stop, Some(Measure { dimension: Dimension::Pack, value })));
    }
    let (dimension, factor) = unit(word, glued)?;
    // "12V-55", "5W-30": a unit's letter inside a designation.
    let behind = &bytes[stop..];
    if !slug && behind.first() == Some(&b'-') && behind.get(1).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let mut value = value * factor;
    if slug && dimension == Dimension::Length && end == whole_end && (300.0..10_000.0).contains(&whole) {
        // "686-cm", "6847cm": the mark fell out.
        value = if whole >= 1000.0 { whole / 10.0 } else { whole };
    }
    let plausible = match dimension {
        Dimension::Kelvin => (1500.0..=10_000.0).contains(&value),
        Dimension::Diagonal => (0.5..=120.0).contains(&value),
        _ => value > 0.0,
    };
    plausible.then_some((stop, Some(Measure { dimension, value })))
}

/// Of two sizes in gigabytes the smaller is working memory; one with "RAM" behind it is, too.
fn settle_storage(text: &str, found: &mut [(Range<usize>, Measure)]) {
    let sizes: Vec<usize> =
        (0..found.len()).filter(|&i| found[i].1.dimension == Dimension::Storage).collect();
    let largest = sizes.iter().map(|&i| found[i].1.value).fold(0.0, f64::max);
    for &i in &sizes {
        let (range, measure) = &mut found[i];
        let named = crate::text::words(&text[range.end..])
            .next()
            .is_some_and(|w| matches!(w, "ram" | "ddr4" | "ddr5"));
        if named || sizes.len() > 1 && measure.value < largest && measure.value <= 64.0 {
            measure.dimension = Dimension::Memory;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, slug: bool) -> Vec<String> {
        scan(&crate::text::fold(text), slug)
            .iter()
            .map(|(_, m)| format!("{}={}", m.dimension.name(), m.text()))
            .collect()
    }

    #[test]
    fn measures_of_titles() {
        for (text, expected) in [
            ("iPhone 128 Go", "storage=128gb"),
            ("16GB 512GB SSD", "memory=16gb storage=512gb"),
            ("27\" 2560x1440 165Hz", "diagonal=27in resolution=2560x1440 frequency=165hz"),
            ("Powerbank 10.000 mAh", "charge=10000mah"),
            ("Dose 0,33 l", "volume=330ml"),
            ("6 x 330 ml", "pack=6 volume=330ml"),
            ("24er Pack", "pack=24"),
            ("GSR 12V-55", ""),
            ("Castrol 5W-30 5L", "volume=5000ml"),
            ("2700K 806lm", "colour temperature=2700k luminous=806lm"),
            ("ECAM 22.110.B", ""),
        ] {
            assert_eq!(read(text, false).join(" "), expected, "{text}");
        }
    }
    #[test]
    fn words_of_addresses_lose_their_decimal_points() {
        assert_eq!(read("monitor-23-8-zoll-68-6-cm", true), ["diagonal=23.8in", "length=686mm"]);
        assert_eq!(read("e27-483cm-19-zoll", true), ["length=483mm", "diagonal=19in"]);
    }
    proptest::proptest! {
        #[test]
        fn never_panics(text in "[0-9a-z.,x×\"' \\-гб″]{0,40}", slug: bool) {
            let _ = scan(&text, slug);
        }
    }
}
