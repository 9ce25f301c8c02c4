//! What a name or description states of the goods with a measure: capacity, power, size, material,
//! grade. Values of different dimensions are never compared; not what is only how much is sold.

/// What a measured attribute measures; values of different dimensions are never compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Dimension {
    Charge,
    Energy,
    Power,
    Voltage,
    Diagonal,
    Length,
    Storage,
    Frequency,
    Luminous,
    Pixels,
    Grammage,
    /// What it is made of; a number for each material.
    Material,
    /// A stated grade or class.
    Grade,
}

impl Dimension {
    const ALL: [Dimension; 13] = {
        use Dimension::*;
        [
            Charge, Energy, Power, Voltage, Diagonal, Length, Storage, Frequency, Luminous, Pixels, Grammage,
            Material, Grade,
        ]
    };

    /// Its number in snapshot files; none is ever given to another dimension.
    pub fn code(self) -> i64 {
        match self {
            Dimension::Charge => 1,
            Dimension::Energy => 2,
            Dimension::Power => 3,
            Dimension::Voltage => 4,
            Dimension::Diagonal => 5,
            Dimension::Length => 6,
            Dimension::Storage => 7,
            Dimension::Frequency => 8,
            Dimension::Luminous => 9,
            Dimension::Pixels => 10,
            Dimension::Grammage => 11,
            Dimension::Material => 12,
            Dimension::Grade => 13,
        }
    }

    /// The dimension with this number.
    pub fn of_code(code: i64) -> Option<Dimension> {
        Dimension::ALL.into_iter().find(|dimension| dimension.code() == code)
    }
}

/// An attribute stated with its unit, in thousandths of the dimension's base unit;
/// of a material or grade its number.
pub(crate) type Attribute = (Dimension, i64);

/// Units that describe the goods themselves, with the factor to the dimension's base unit.
pub(crate) fn attribute_unit(word: &str) -> Option<(Dimension, f64)> {
    use Dimension::*;
    Some(match word {
        "mah" | "мач" => (Charge, 1.0),
        "ah" => (Charge, 1000.0),
        "wh" => (Energy, 1.0),
        "kwh" => (Energy, 1000.0),
        "w" | "watt" | "watts" | "вт" => (Power, 1.0),
        "kw" => (Power, 1000.0),
        "v" | "volt" | "volts" => (Voltage, 1.0),
        "inch" | "inches" | "polegadas" | "дюим" | "дюимов" | "zoll" | "pouces" | "pulgadas" | "pollici"
        | "\"" => (Diagonal, 1.0),
        "mm" => (Length, 1.0),
        "cm" => (Length, 10.0),
        "mb" | "мб" => (Storage, 0.001),
        // French counts in octets.
        "gb" | "go" | "гб" => (Storage, 1.0),
        "tb" | "тб" => (Storage, 1000.0),
        "hz" | "гц" => (Frequency, 1.0),
        "khz" => (Frequency, 1e3),
        "mhz" => (Frequency, 1e6),
        "ghz" => (Frequency, 1e9),
        "lm" | "lumen" | "lumens" => (Luminous, 1.0),
        "mp" | "megapixel" | "megapixels" => (Pixels, 1.0),
        "gsm" => (Grammage, 1.0),
        _ => return None,
    })
}

/// Materials by the words of several languages (folded). Only words that hardly ever mean a colour,
/// a brand or another thing: not gold, silver, iron, titanium or linen.
const MATERIALS: &[&[&str]] = &[
    &["cotton", "coton", "algodon", "baumwolle", "algodao", "cotone", "хлопок", "хлопковыи"],
    &["polyester", "poliester", "полиэстер"],
    &["leather", "cuir", "cuero", "leder", "echtleder", "couro", "кожа", "кожаныи"],
    &["wool", "woollen", "woolen", "laine", "lana", "wolle", "шерсть", "шерстянои"],
    &["silk", "soie", "seda", "seide", "шелк"],
    &["nylon", "nailon", "неилон"],
    &["plastic", "plastique", "plastico", "kunststoff", "plastik", "пластик", "пластиковыи"],
    &["glass", "verre", "vidrio", "glas", "vidro", "стекло", "стеклянныи"],
    &["steel", "acier", "acero", "stahl", "aco", "сталь", "стальнои"],
    &["stainless", "inox", "inoxydable", "inoxidable", "edelstahl", "нержавеющая"],
    &["aluminium", "aluminum", "aluminio", "алюминии", "алюминиевыи"],
    &["wood", "wooden", "bois", "madera", "holz", "madeira", "дерево", "деревянныи"],
    &["bamboo", "bambou", "bambus", "bambu", "бамбук"],
    &["rubber", "caoutchouc", "caucho", "gummi", "borracha", "резина", "резиновыи"],
    &["ceramic", "ceramics", "ceramique", "ceramica", "keramik", "керамика", "керамическии"],
    &["porcelain", "porcelaine", "porcelana", "porzellan", "фарфор"],
    &["copper", "cuivre", "cobre", "kupfer", "медь", "медныи"],
    &["brass", "laiton", "laton", "messing", "latao", "латунь"],
    &["silicone", "silicona", "silikon", "силикон"],
];

/// The material a folded word names.
pub(crate) fn material(word: &str) -> Option<Attribute> {
    let at = MATERIALS.iter().position(|names| names.contains(&word))?;
    Some((Dimension::Material, at as i64))
}

/// The grade that a word announces and the next one names: "grade A", "class II", "Klasse 1".
pub(crate) fn grade(word: &str, next: &str) -> Option<Attribute> {
    let announces = matches!(
        word,
        "grade"
            | "class"
            | "klasse"
            | "guteklasse"
            | "clase"
            | "classe"
            | "grado"
            | "grau"
            | "categorie"
            | "сорт"
    );
    let number = match next {
        "a" | "i" | "1" => 1,
        "b" | "ii" | "2" => 2,
        "c" | "iii" | "3" => 3,
        "d" | "iv" | "4" => 4,
        "aa" => 5,
        "aaa" => 6,
        _ => return None,
    };
    announces.then_some((Dimension::Grade, number))
}

/// An attribute as a person reads it: "128 GB", "cotton".
pub(crate) fn text((dimension, value): Attribute) -> String {
    let unit = match dimension {
        Dimension::Material => {
            let names = usize::try_from(value).ok().and_then(|at| MATERIALS.get(at));
            return names.map_or_else(String::new, |names| names[0].to_owned());
        }
        Dimension::Grade => {
            let names = ["1 (A)", "2 (B)", "3 (C)", "4 (D)", "AA", "AAA"];
            let at = usize::try_from(value - 1).ok();
            return format!("grade {}", at.and_then(|at| names.get(at)).unwrap_or(&"?"));
        }
        Dimension::Charge => "mAh",
        Dimension::Energy => "Wh",
        Dimension::Power => "W",
        Dimension::Voltage => "V",
        Dimension::Diagonal => "inches",
        Dimension::Length => "mm",
        Dimension::Storage => "GB",
        Dimension::Frequency => "Hz",
        Dimension::Luminous => "lm",
        Dimension::Pixels => "megapixels",
        Dimension::Grammage => "gsm",
    };
    format!("{} {unit}", value as f64 / 1000.0)
}

/// Whether two lists of attributes agree: wherever both state a dimension, they share a value.
pub(crate) fn attributes_agree(a: &[Attribute], b: &[Attribute]) -> bool {
    a.iter().all(|(dimension, _)| {
        let mut stated = b.iter().filter(|(other, _)| other == dimension).peekable();
        stated.peek().is_none() || stated.any(|value| a.contains(value))
    })
}

/// How many dimensions both state, and how many only the first does; `None` where one contradicts.
pub(crate) fn shared(wanted: &[Attribute], offered: &[Attribute]) -> Option<(u32, u32)> {
    if !attributes_agree(wanted, offered) {
        return None;
    }
    let (mut both, mut alone) = (0, 0);
    for run in wanted.chunk_by(|a, b| a.0 == b.0) {
        if offered.iter().any(|(dimension, _)| *dimension == run[0].0) {
            both += 1;
        } else {
            alone += 1;
        }
    }
    Some((both, alone))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::words;

    #[test]
    fn units_of_several_languages_are_one() {
        assert_eq!(words("téléphone 128 Go").attributes, words("phone 128GB").attributes);
        assert_eq!(words("смартфон 128 ГБ").attributes, words("phone 128GB").attributes);
        assert_eq!(words("monitor 27 polegadas").attributes, words("27\" monitor").attributes);
    }

    #[test]
    fn materials_and_grades_contradict_across_languages() {
        let of = |text: &str| words(text).attributes;
        assert!(attributes_agree(&of("T-Shirt Baumwolle"), &of("cotton t-shirt")));
        assert!(!attributes_agree(&of("T-Shirt Baumwolle"), &of("polyester t-shirt")));
        assert!(attributes_agree(&of("shirt 80 cotton 20 polyester"), &of("cotton shirt")));
        assert!(!attributes_agree(&of("iPhone grade A"), &of("iPhone Grade B")));
        assert!(attributes_agree(&of("apples class I"), &of("manzanas clase 1")));
    }

    #[test]
    fn what_is_shared_is_counted_by_dimension() {
        let of = |text: &str| words(text).attributes;
        assert_eq!(shared(&of("bank 10000 mAh 20 W"), &of("bank 10000mAh")), Some((1, 1)));
        assert_eq!(shared(&of("bank 10000 mAh"), &of("bank 5000 mAh")), None);
    }
}
