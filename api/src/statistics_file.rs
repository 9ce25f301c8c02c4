//! The file of the rules' numbers (`config/statistics.toml`): where it is, how it is read, and which numbers
//! cannot be meant. What the numbers do is the statistics service's; other settings are `settings.rs`'s.

use crate::failure::Failure;
pub use statistics::Parameters;
use std::path::{Path, PathBuf};

/// The file read when the settings name none and it exists.
pub const DEFAULT_FILE: &str = "config/statistics.toml";

/// The file that holds the rules: the one named, else [`DEFAULT_FILE`] where it exists; `None`: the
/// defaults in code hold.
pub fn find(named: Option<&Path>) -> Option<PathBuf> {
    match named {
        Some(path) => Some(path.to_owned()),
        None => Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.is_file()),
    }
}

/// Reads a file of rules.
///
/// Errors: it cannot be read; no TOML; a key that is no parameter, named with its line and the nearest
/// one; a number that cannot be meant.
pub fn load(path: &Path) -> Result<Parameters, Failure> {
    let file = format!("statistics file {}", path.display());
    let text = std::fs::read_to_string(path).map_err(|e| Failure::from_io(&file, &e))?;
    let parameters = parse(&text, &file)?;
    validate(&parameters, &file)?;
    Ok(parameters)
}

/// Where to look the numbers up.
const HINT: &str = "config/statistics.toml lists every number of the rules with its default and its reason";

fn parse(text: &str, file: &str) -> Result<Parameters, Failure> {
    toml::from_str(text).map_err(|e| {
        let unknown = unknown_key(text, &e).map(|(line, key)| {
            let near = match nearest(key) {
                Some(near) => format!("; did you mean '{near}'?"),
                None if key == "statistics" => "; the numbers stand without a heading".to_owned(),
                None => String::new(),
            };
            format!("{file}, line {line}: no rule has a number '{key}'{near}")
        });
        Failure::input(unknown.unwrap_or_else(|| format!("{file}: {}", e.to_string().trim_end()))).hint(HINT)
    })
}

/// Line and key of an error that says a key is unknown.
pub(crate) fn unknown_key<'t>(text: &'t str, error: &toml::de::Error) -> Option<(usize, &'t str)> {
    let span = error.span().filter(|_| error.message().starts_with("unknown field"))?;
    let key = text.get(span.clone())?.trim_matches(|c: char| "\"' []".contains(c));
    Some((text.get(..span.start)?.matches('\n').count() + 1, key))
}

/// The parameter a word is most like, if it is like one at all.
fn nearest(word: &str) -> Option<String> {
    let names = serde_json::to_value(Parameters::default()).ok()?;
    let names = names.as_object()?.keys().map(|name| (strsim::jaro_winkler(word, name), name));
    let best = names.filter(|(likeness, _)| *likeness >= 0.7).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, name)| name.clone())
}

/// Parameters that are shares, probabilities or ratios: 0 to 1.
const SHARES: &[&str] = &[
    "dominant_share",
    "dominant_site_share",
    "low_review_p",
    "low_review_ratio",
    "reason_p",
    "reason_ratio",
    "strong_ratio",
    "not_detectable_ratio",
    "similarity",
    "similarity_extra",
    "slip_max_share",
    "sarle",
    "facet_purity",
    "similarity_form",
    "similarity_joined",
    "similarity_translated",
    "similarity_kind",
    "similarity_slip",
    "similarity_part",
    "similarity_made_of",
    "similarity_not_stated",
    "slip_share",
    "slip_share_most",
    "gross_share",
    "gross_share_most",
    "unforeseen_share",
    "contradiction_sure",
    "contradiction_hardly",
];

/// Parameters with a bound of their own, from and to, and what the bound is for.
const BOUNDS: &[(&str, f64, f64, &str)] = &[
    ("similarity_slip_times", 1.0, 1e6, "a slip of the pen is rarer than what was meant"),
    ("shape_standard_errors", 0.1, 1000.0, "chance alone shows differences of a standard error"),
    ("calibration_max_groups", 1.0, 1e7, "nothing is learned from no group"),
    ("least_spread", 0.0001, 1.0, "prices are told apart by a spread above zero; 1 % is 0.01"),
    ("slip_least_spread", 0.0001, 1.0, "slips are told by a spread above zero; 5 % is 0.05"),
    ("level_least_sd", 0.001, 1.0, "a price level has a spread above zero; 2 % is 0.02"),
    ("left_out_sellers", 0.0, 100.0, "a price table keeps a forecast for each seller left out"),
    ("siblings_most_dof", 1.0, 1e6, "the siblings' spread is worth at least one degree of freedom"),
    ("siblings_drawn_in", 1.0, 1e6, "the middle of the siblings' spreads stays as it is"),
    ("slip_share", 1e-9, 0.05, "ten factors must leave most prices sound"),
    ("slip_share_votes", 1.0, 1e9, "what is thought before anything is seen is worth at least a vote"),
    ("slip_share_most", 1e-9, 0.2, "ten factors must leave most prices sound"),
    ("gross_share", 1e-6, 0.4, "most prices of a group are sound on either side"),
    ("gross_share_votes", 1.0, 1e9, "what is thought before anything is seen is worth at least a vote"),
    ("gross_share_most", 1e-6, 0.4, "most prices of a group are sound on either side"),
    ("gross_spread", 1.1, 100.0, "gross errors scatter more widely than sound prices"),
    ("unforeseen_share", 1e-6, 0.99, "a forecast is compared by what is left beside any price at all"),
    ("two_levels_standard_errors", 1.0, 1000.0, "chance alone shows differences of a standard error"),
    ("two_levels_most_ratio", 1.2, 1000.0, "nearer levels are not told from one"),
    ("two_levels_most_votes", 1.0, 1e9, "the siblings' share is worth at least a vote"),
    ("patterns_min_lines", 2.0, 1e9, "one line has no scatter"),
    ("patterns_min_others", 2.0, 1e9, "one other importer has no scatter"),
];

/// Refuses rules that cannot be meant: a 5 that was to be 5 %, a `nan` that no price is below, a
/// stronger verdict that is easier to reach than a weaker one. `file` names them in messages.
fn validate(rules: &Parameters, file: &str) -> Result<(), Failure> {
    let refuse = |what: String| Err(Failure::input(format!("{file}: {what}")).hint(HINT));
    let numbers = serde_json::to_value(rules)
        .map_err(|e| Failure::bug(format!("the parameters could not be written as JSON: {e}")))?;
    for (name, value) in numbers.as_object().into_iter().flatten() {
        if value.is_boolean() || value.is_string() {
            continue;
        }
        // JSON has no infinity and no `nan`: they come out as null.
        match value.as_f64() {
            None => return refuse(format!("{name} is not a finite number")),
            Some(number) if number < 0.0 => return refuse(format!("{name} = {number} is below zero")),
            Some(number) if number > 1.0 && SHARES.contains(&name.as_str()) => {
                return refuse(format!("{name} = {number} is above 1: write 5 % as 0.05"));
            }
            Some(number) => {
                let bound = BOUNDS.iter().find(|bound| bound.0 == name);
                if let Some((_, low, high, why)) = bound.filter(|b| !(b.1..=b.2).contains(&number)) {
                    return refuse(format!("{name} = {number} is not between {low} and {high}: {why}"));
                }
            }
        }
    }
    for (narrow, wide, low, high) in [
        ("strong_ratio", "reason_ratio", rules.strong_ratio, rules.reason_ratio),
        ("reason_ratio", "low_review_ratio", rules.reason_ratio, rules.low_review_ratio),
        ("reason_p", "low_review_p", rules.reason_p, rules.low_review_p),
        ("slip_share", "slip_share_most", rules.slip_share, rules.slip_share_most),
        ("gross_share", "gross_share_most", rules.gross_share, rules.gross_share_most),
        ("contradiction_hardly", "contradiction_sure", rules.contradiction_hardly, rules.contradiction_sure),
    ] {
        if low > high {
            return refuse(format!("{narrow} = {low} is above {wide} = {high}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = include_str!("../../config/statistics.toml");

    fn read(text: &str) -> Result<Parameters, String> {
        let rules = parse(text, "statistics file s.toml").map_err(|e| e.message)?;
        validate(&rules, "s.toml").map_err(|e| e.message)?;
        Ok(rules)
    }

    #[test]
    fn the_file_states_every_number_with_its_default_and_a_reason() {
        assert_eq!(read(FILE).unwrap(), Parameters::default(), "the file states the defaults");
        let lines: Vec<&str> = FILE.lines().collect();
        let numbers = serde_json::to_value(Parameters::default()).unwrap();
        let mut stated = 0;
        for name in numbers.as_object().unwrap().keys() {
            let at = lines.iter().position(|line| line.starts_with(&format!("{name} = ")));
            let at = at.unwrap_or_else(|| panic!("'{name}' does not stand in config/statistics.toml"));
            let reason = lines[at - 1];
            assert!(reason.starts_with("# ") && !reason.ends_with("---"), "'{name}' has no reason: {reason}");
            stated += 1;
        }
        let keys = lines.iter().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
        assert_eq!(keys, stated, "every number once");
    }

    #[test]
    fn a_file_needs_only_what_it_changes() {
        let rules = read("window_days = 30\n").unwrap();
        assert_eq!(rules, Parameters { window_days: 30, ..Parameters::default() });
        assert_eq!(read("").unwrap(), Parameters::default());
        assert_ne!(rules.hash(), Parameters::default().hash());
    }

    #[test]
    fn an_unknown_number_is_named_with_its_line_and_the_nearest() {
        let said: Vec<String> = [
            "min_sellers = 4\nwindow_day = 30\n",
            "\n\"Reason-Ratio\" = 0.6\n",
            "xyz = 1\n",
            "[statistics]\nwindow_days = 30\n",
        ]
        .map(|text| read(text).unwrap_err())
        .to_vec();
        insta::assert_snapshot!(said.join("\n"), @r"
        statistics file s.toml, line 2: no rule has a number 'window_day'; did you mean 'window_days'?
        statistics file s.toml, line 2: no rule has a number 'Reason-Ratio'; did you mean 'reason_ratio'?
        statistics file s.toml, line 1: no rule has a number 'xyz'
        statistics file s.toml, line 1: no rule has a number 'statistics'; the numbers stand without a heading
        ");
        for text in ["window_days = \"thirty\"\n", "window_days = -1\n", "\nwindow_days = \n"] {
            let said = read(text).unwrap_err();
            assert!(said.starts_with("statistics file s.toml: ") && said.contains("window_days"), "{said}");
        }
    }

    #[test]
    fn rules_that_cannot_be_meant_are_refused_by_name() {
        let said: Vec<String> = [
            "reason_p = 5.0",
            "reason_z = -2.5",
            "reason_z = nan",
            "min_n_eff = inf",
            "dominant_share = 50",
            "strong_ratio = 0.8",
            "low_review_ratio = 0.6",
            "reason_p = 0.2",
            "similarity_kind = 85",
            "least_spread = 0",
            "left_out_sellers = 5000",
            "gross_spread = 0.5",
            "gross_share_most = 0.5",
            "slip_share = 0.04\nslip_share_most = 0.01",
            "two_levels_most_ratio = 0.2",
            "patterns_min_lines = 1",
        ]
        .map(|line| read(line).unwrap_err())
        .to_vec();
        insta::assert_snapshot!(said.join("\n"), @r"
        s.toml: reason_p = 5 is above 1: write 5 % as 0.05
        s.toml: reason_z = -2.5 is below zero
        s.toml: reason_z is not a finite number
        s.toml: min_n_eff is not a finite number
        s.toml: dominant_share = 50 is above 1: write 5 % as 0.05
        s.toml: strong_ratio = 0.8 is above reason_ratio = 0.7
        s.toml: reason_ratio = 0.7 is above low_review_ratio = 0.6
        s.toml: reason_p = 0.2 is above low_review_p = 0.1
        s.toml: similarity_kind = 85 is above 1: write 5 % as 0.05
        s.toml: least_spread = 0 is not between 0.0001 and 1: prices are told apart by a spread above zero; 1 % is 0.01
        s.toml: left_out_sellers = 5000 is not between 0 and 100: a price table keeps a forecast for each seller left out
        s.toml: gross_spread = 0.5 is not between 1.1 and 100: gross errors scatter more widely than sound prices
        s.toml: gross_share_most = 0.5 is not between 0.000001 and 0.4: most prices of a group are sound on either side
        s.toml: slip_share = 0.04 is above slip_share_most = 0.01
        s.toml: two_levels_most_ratio = 0.2 is not between 1.2 and 1000: nearer levels are not told from one
        s.toml: patterns_min_lines = 1 is not between 2 and 1000000000: one line has no scatter
        ");
        let defaults = serde_json::to_value(Parameters::default()).unwrap();
        for name in SHARES {
            assert!(defaults[name].as_f64().is_some_and(|v| v <= 1.0), "{name} is a parameter");
        }
        for (name, low, high, _) in BOUNDS {
            assert!(
                defaults[name].as_f64().is_some_and(|v| v >= *low && v <= *high),
                "{name} is a parameter"
            );
        }
    }

    #[test]
    fn a_named_file_that_is_missing_is_an_error_and_the_default_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("2026.toml");
        assert_eq!(find(Some(&missing)), Some(missing.clone()));
        assert!(load(&missing).unwrap_err().message.contains("2026.toml"));
        // Tests run in the crate's own folder, where there is none.
        assert_eq!(find(None), None);
    }
}
