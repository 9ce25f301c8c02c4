//! What stands beside the subheadings: names of headings and sections, units of quantity, other
//! languages, rules between neighbours. Complete, readable, our own, and held to shared data where that
//! is at hand.

use model::HsCode;
use normalizer::nomenclature::{Language, Nomenclature, Search};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

fn code(digits: &str) -> HsCode {
    HsCode::parse(digits).expect("a code")
}

/// A table of the shared data; `None`, said aloud, where it is absent and may be.
fn shared(name: &str, test: &str) -> Option<csv::Reader<std::fs::File>> {
    let root = std::env::var_os("TOUCHSTONE_SHARED")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared"), PathBuf::from);
    match csv::Reader::from_path(root.join("data/hs").join(name)) {
        Ok(reader) => Some(reader),
        Err(error) => {
            assert!(
                std::env::var_os("TOUCHSTONE_REQUIRE_SHARED").is_none_or(|value| value != "1"),
                "{name}: {error}"
            );
            println!("skipped: {test}");
            None
        }
    }
}

#[test]
fn every_heading_has_a_name_and_a_place() {
    let nomenclature = Nomenclature::builtin();
    let held: Vec<&str> = nomenclature.headings().iter().map(|heading| heading.hs.as_str()).collect();
    assert!(held.windows(2).all(|pair| pair[0] < pair[1]), "sorted, each once");
    let wanted: BTreeSet<&str> =
        include_str!("../../config/hs/hs2022_subheadings.txt").lines().map(|line| &line[..4]).collect();
    assert_eq!(held.iter().copied().collect::<BTreeSet<_>>(), wanted);
    for heading in nomenclature.headings() {
        let words = heading.name.split_whitespace().count();
        assert!(
            (1..=10).contains(&words) && heading.name.chars().count() >= 5,
            "{}: {}",
            heading.hs,
            heading.name
        );
        let place = nomenclature.place(&heading.hs).expect("a place");
        assert_eq!(place.heading.map(|named| named.hs), Some(heading.hs));
        assert_eq!(place.chapter.section, place.section.section);
    }
    assert_eq!(nomenclature.sections().len(), 21);
    assert!(nomenclature.place(&code("7701")).is_none());
    assert!(nomenclature.place(&code("85")).is_some_and(|place| place.heading.is_none()));
}

/// Holds texts of ours to the official ones of their codes: none has six words in a row with it.
fn held_to_the_official(test: &str, ours: impl Iterator<Item = (&'static str, &'static str)>) {
    let Some(mut official) = shared("harmonized-system-hs2022.csv", test) else { return };
    let words = |text: &str| -> Vec<String> {
        text.to_lowercase()
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_owned)
            .collect()
    };
    let texts: BTreeMap<String, String> = official
        .records()
        .map(|record| record.expect("a row"))
        .map(|record| (record[1].to_owned(), record[2].to_owned()))
        .collect();
    for (code, text) in ours {
        let (ours, theirs) = (words(text), words(&texts[code]));
        assert_ne!(ours, theirs, "{code}");
        let shared = ours.windows(6).find(|run| theirs.windows(6).any(|other| other == *run));
        assert!(shared.is_none(), "{code}: {shared:?}");
    }
}

#[test]
fn names_of_headings_are_our_own() {
    let headings = Nomenclature::builtin().headings().iter();
    held_to_the_official(
        "names_of_headings_are_our_own",
        headings.map(|heading| (heading.hs.as_str(), heading.name)),
    );
}

#[test]
fn the_descriptions_are_our_own() {
    let subheadings = Nomenclature::builtin().subheadings().iter();
    held_to_the_official(
        "the_descriptions_are_our_own",
        subheadings.map(|entry| (entry.hs.as_str(), entry.description)),
    );
}

#[test]
fn every_rule_of_units_is_read_and_speaks_of_codes_there_are() {
    let text = include_str!("../../config/hs/units.tsv");
    let nomenclature = Nomenclature::builtin();
    assert_eq!(nomenclature.unit_rules(), text.lines().count() - 1, "each line read, no prefix twice");
    for line in text.lines().skip(1) {
        let prefix = line.split('\t').next().expect("a prefix");
        assert!(
            nomenclature.subheadings().iter().any(|entry| entry.hs.as_str().starts_with(prefix)),
            "{prefix}: no such code"
        );
    }
    let unit = |digits: &str| {
        let unit = nomenclature.unit(&code(digits));
        (unit.standard.code(), unit.supplementary.map(|measure| measure.code()))
    };
    assert_eq!(unit("070320"), ("KGM", None));
    assert_eq!(unit("640411"), ("NPR", Some("NPR")));
    assert_eq!(unit("6404110090"), ("NPR", Some("NPR")));
    assert_eq!(unit("220830"), ("LTR", Some("LPA")));
    assert_eq!(unit("850720"), ("H87", Some("NCL")));
    assert_eq!(unit("940130"), ("H87", None));
    assert_eq!(unit("441875"), ("MTK", Some("MTK")), "a prefix of five digits");
}

/// Held to the unit that most lines of each subheading have in the European Union's nomenclature.
#[test]
fn units_agree_with_the_supplementary_units_of_the_european_union() {
    let name = "units_agree_with_the_supplementary_units_of_the_european_union";
    let Some(mut table) = shared("derived_hs6_units.csv", name) else { return };
    let recommendation_20 = |code: &str| {
        Some(match code {
            "KGM(only)" => "KGM",
            "PST" => "H87",
            "100_PST" => "CEN",
            "1000_PST" => "MIL",
            "PA" => "NPR",
            "M" => "MTR",
            "M2" => "MTK",
            "M3" => "MTQ",
            "1000_M3" => "R9",
            "L" => "LTR",
            "L_ALC_100PCT" => "LPA",
            "G" => "GRM",
            "CK" => "CTM",
            "GI_FS" => "GFI",
            "KG_NET_EDA" => "KDW",
            "KG_H2O2" => "KHY",
            "KG_MET_AM" => "KMA",
            "KG_N" => "KNI",
            "KG_KOH" => "KPH",
            "KG_K2O" => "KPO",
            "KG_P2O5" => "KPP",
            "KG_90PCT_SDT" => "KSD",
            "KG_NAOH" => "KSH",
            "KG_U" => "KUR",
            "TJ" => "D30",
            "1000_KWH" => "MWH",
            "CEEL" => "NCL",
            _ => return None,
        })
    };
    let nomenclature = Nomenclature::builtin();
    let (mut same, mut all, mut different) = (0u32, 0u32, Vec::new());
    for record in table.records() {
        let record = record.expect("a row");
        let Some(theirs) = recommendation_20(&record[1]) else { continue };
        let ours = nomenclature.unit(&code(&record[0])).supplementary.map_or("KGM", |measure| measure.code());
        all += 1;
        if ours == theirs {
            same += 1;
        } else {
            different.push(format!("{} {ours}, not {theirs}", &record[0]));
        }
    }
    println!("{same} of {all} subheadings agree; {different:?}");
    assert!(all > 5_000 && f64::from(same) / f64::from(all) >= 0.97, "{same} of {all}: {different:?}");
}

#[test]
fn every_language_tells_of_known_subheadings_in_order() {
    let nomenclature = Nomenclature::builtin();
    assert_eq!(nomenclature.languages().next(), Some(Language::English));
    for language in nomenclature.languages().skip(1) {
        let told = nomenclature.translations(language);
        let path =
            PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../config/hs/lang/{language}.tsv"));
        let lines = std::fs::read_to_string(&path).expect("the file of the language").lines().count() - 1;
        assert_eq!(told.len(), lines, "{language}: each line read");
        assert!(told.len() >= 1_000, "{language}: {}", told.len());
        assert!(told.windows(2).all(|pair| pair[0].hs < pair[1].hs), "{language}: sorted, each once");
        for entry in told {
            assert!(nomenclature.subheading(&entry.hs).is_some(), "{language} {}", entry.hs);
            assert!(entry.words.len() >= 5, "{language} {}: {} phrases", entry.hs, entry.words.len());
            assert!((6..=170).contains(&entry.description.chars().count()), "{language} {}", entry.hs);
        }
        // Of what a language says, its own search finds nearly all again, first or among the first.
        let asked: Vec<_> = told.iter().step_by(9).collect();
        let found = asked
            .iter()
            .filter(|entry| {
                let hits = Search::builtin().find_in(language, entry.words[0], 10);
                hits.iter().any(|hit| hit.subheading.hs == entry.hs && hit.language == language)
            })
            .count();
        assert!(found * 10 >= asked.len() * 9, "{language}: {found} of {}", asked.len());
    }
    // Folders hold no language that is not compiled in.
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../config/hs/lang");
    let files = std::fs::read_dir(folder).map_or(0, |files| files.count());
    assert_eq!(files, nomenclature.languages().count() - 1);
}

#[test]
fn every_rule_is_read_and_speaks_of_codes_there_are() {
    let nomenclature = Nomenclature::builtin();
    let text = include_str!("../../config/hs/rules.tsv");
    let rules = nomenclature.rules();
    for (line, rule) in text.lines().skip(1).zip(rules) {
        assert!(line.ends_with(rule.rule), "not read: {line}");
    }
    assert_eq!(rules.len(), text.lines().count() - 1, "each line read");
    assert!((150..=250).contains(&rules.len()), "{}", rules.len());
    let mut told = BTreeSet::new();
    for rule in rules {
        assert!((40..=400).contains(&rule.rule.chars().count()), "{}", rule.rule);
        assert!(told.insert(rule.rule), "twice: {}", rule.rule);
        for spoken in &rule.codes {
            assert!(spoken.is_known() && spoken.level() <= 6, "{spoken}: {}", rule.rule);
        }
        // A code that a sentence names is one that it is filed under, or lies over or under one.
        for named in rule.rule.split(|c: char| !c.is_ascii_digit()).filter(|run| matches!(run.len(), 4 | 6)) {
            let named = code(named);
            assert!(
                rule.codes.is_empty() || rule.codes.iter().any(|c| c.is_within(&named) || named.is_within(c)),
                "{named}: {}",
                rule.rule
            );
        }
    }
    let of_phone_cases: Vec<_> = nomenclature.rules_of(&code("392690"));
    assert!(of_phone_cases.iter().any(|rule| rule.rule.contains("phone")), "{of_phone_cases:?}");
    assert!(nomenclature.rules_of(&code("8518300090")).iter().any(|rule| rule.codes.contains(&code("8518"))
        || rule.codes.contains(&code("851830"))
        || rule.codes.contains(&code("85"))));
}

#[test]
fn the_sample_of_a_correlation_leads_to_codes_there_are() {
    let text = include_str!("../../config/hs/correlation_sample.csv");
    let sample = normalizer::tariff::parse_correlation(text).expect("a correlation");
    assert_eq!(sample.bad, []);
    for moved in &sample.moves {
        assert!(moved.to_code.is_some_and(|code| code.is_known()), "{moved:?}");
        // A code that stayed in part stands there with itself; all others are gone.
        let stayed = sample.moves.iter().any(|other| other.to_code == Some(moved.from_code));
        assert_eq!(moved.from_code.is_known(), stayed, "{moved:?}");
    }
}

/// Tables as they are published: every line is read, and those of the Harmonized System are its codes.
#[test]
fn published_tables_are_read_without_a_bad_line() {
    let name = "published_tables_are_read_without_a_bad_line";
    use std::io::Read;
    for (file, format, lines) in [
        ("harmonized-system-hs2022.csv", "hs-sections", 6_939),
        ("harmonized-system-hs2017.csv", "hs-classification", 6_708),
        ("cn2023_selfexplanatory_en.csv.gz", "cn", 9_759),
        ("cn2023_selfexplanatory_fr.csv.gz", "cn", 9_759),
        ("us_htsdata_raw.csv.gz", "hts", 30_075),
    ] {
        let Some(table) = shared(file, name) else { return };
        let mut bytes = Vec::new();
        table.into_inner().read_to_end(&mut bytes).expect("a file");
        let mut text = String::new();
        match file.ends_with(".gz") {
            true => flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text).expect("gzip"),
            false => bytes.as_slice().read_to_string(&mut text).expect("UTF-8"),
        };
        let table = normalizer::tariff::parse(&text, None).expect("a table");
        assert_eq!((table.format.name(), table.lines.len()), (format, lines), "{file}");
        assert_eq!(table.bad, [], "{file}");
        let over: BTreeSet<HsCode> = table.lines.iter().map(|line| line.code).collect();
        for line in table.lines.iter().filter(|_| format != "cn") {
            assert!(line.parent.is_none_or(|parent| over.contains(&parent)), "{file}: {}", line.code);
        }
        if file.ends_with("hs2022.csv") {
            let known = over.iter().filter(|code| code.level() == 6 && code.is_known()).count();
            assert_eq!(known, Nomenclature::builtin().subheadings().len());
        }
    }
}
