//! A verdict made again from what it says of itself: its line, its snapshot, its parameters and its
//! exchange rate. Says whether the same bytes come out, and if not, what differs and why. Not the
//! proof of the pages behind the offers, which is the archive's.

use crate::checking::{Checker, Rules};
use crate::failure::Failure;
use crate::pipeline::Pipeline;
use crate::reference::Reference;
use model::{Made, RateUsed, Verdict};
use normalizer::exchange::{Rate, RateTable};
use serde::Serialize;
use serde_json::Value;
use statistics::{Detail, METHOD, Parameters, SnapshotSummary};

/// Differences that are listed; all are counted.
const LISTED: usize = 50;
/// Longest quotation of a value.
const QUOTED: usize = 160;

/// How a replay ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The same bytes.
    Identical,
    /// The same values in every place, written with other spaces or in another order.
    SameValues,
    /// Other values.
    Differs,
    /// It could not be made again.
    NotReplayable,
}

/// Why a verdict comes out otherwise or not at all, or what would make it come out otherwise today.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The snapshot is not here, or its file is damaged.
    Snapshot,
    /// The parameters are not in the verdict, are not those of its hash, or are not this program's.
    Parameters,
    /// Another version, method or build of the program, or another version of the verdict's form; or nothing that
    /// the verdict states explains it.
    Program,
    /// The exchange rate is not in the verdict, or the database has another one for the day.
    Rates,
    /// The model that reads descriptions is another one.
    Model,
}

/// A cause with its sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// Which.
    pub cause: Cause,
    /// In words.
    pub sentence: String,
}

/// A value that comes out otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// JSON pointer to it.
    pub place: String,
    /// In the verdict that was given; absent where it has no such place.
    pub given: Option<String>,
    /// As it comes out.
    pub replayed: Option<String>,
}

/// What a replay came to.
#[derive(Debug, Clone, Serialize)]
pub struct Replay {
    /// How it ended.
    pub outcome: Outcome,
    /// The snapshot the verdict names.
    pub snapshot: String,
    /// What explains a difference, or would make one today.
    pub reasons: Vec<Reason>,
    /// The first places that differ.
    pub differences: Vec<Difference>,
    /// All places that differ.
    pub different: u64,
    /// The verdict as it comes out.
    #[serde(skip)]
    pub verdict: Option<Verdict>,
    /// Observation ids of every offer used, listed in the verdict or not.
    #[serde(skip)]
    pub offers: Vec<String>,
    /// Whether these are rows of price lists, which have no pages.
    #[serde(skip)]
    pub of_table: bool,
}

/// Makes a verdict again and holds it to the text it was given in.
///
/// Errors: a text that is no verdict; a machine that refuses. A missing snapshot is no error but a
/// finding.
pub async fn replay(pipeline: &Pipeline, text: &str) -> Result<Replay, Failure> {
    let given: Value = serde_json::from_str(text)
        .map_err(|e| Failure::input(format!("no verdict: {e}")).hint("give what `check --json` printed"))?;
    let verdict: Verdict = serde_json::from_value(given.clone())
        .map_err(|e| Failure::input(format!("no verdict: {e}")).hint("give what `check --json` printed"))?;
    let mut reasons = Vec::new();
    let mut reason = |cause, sentence: String| reasons.push(Reason { cause, sentence });
    // First: where the program is another one, that explains most of what may follow.
    match &verdict.made {
        None => reason(
            Cause::Program,
            format!(
                "the verdict, of form {}, does not say what it was made with; what stands in the settings is taken",
                verdict.version
            ),
        ),
        Some(made) => {
            if let Some(sentence) = THIS.other_than(made) {
                reason(Cause::Program, sentence);
            }
        }
    }
    let blocked = |reasons, snapshot: &Verdict| Replay {
        outcome: Outcome::NotReplayable,
        snapshot: snapshot.snapshot.to_string(),
        reasons,
        differences: Vec::new(),
        different: 0,
        verdict: None,
        offers: Vec::new(),
        of_table: false,
    };
    let id = verdict.snapshot.to_string();
    let found = pipeline.find_snapshot(Some(&id)).await;
    let reference = match found.and_then(|row| Reference::open(pipeline, &row)) {
        Ok(reference) => reference,
        Err(failure) => {
            reason(Cause::Snapshot, failure.message);
            return Ok(blocked(reasons, &verdict));
        }
    };
    let of_table = matches!(reference, Reference::Table { .. });
    let parameters = match parameters_of(&verdict, &pipeline.settings.statistics) {
        Ok((parameters, unknown)) => {
            if let Some(first) = unknown.first() {
                reason(
                    Cause::Program,
                    format!(
                        "{} numbers of the rules are not in the verdict, the program that made it had them built in \
                         (the first: {first}); they are taken at their defaults, and stand in what comes out",
                        unknown.len()
                    ),
                );
            }
            parameters
        }
        Err(sentence) => {
            reason(Cause::Parameters, sentence);
            return Ok(blocked(reasons, &verdict));
        }
    };
    let rules = match &verdict.made {
        Some(made) => Rules {
            parameters,
            publishers: Some(made.publishers.clone()),
            validation: Some(made.validation.clone()),
        },
        None => Rules { parameters, publishers: None, validation: Some(None) },
    };
    let rates = rates(pipeline, &verdict, reference.snapshot(), &mut reason).await?;
    let checker = Checker::again(pipeline, reference, rates, rules).await?;
    if let Some(made) = &verdict.made
        && made.hs_model != checker.hs_model_hash()
    {
        let told = |hash: Option<model::ContentHash>| hash.map_or_else(|| "none".to_owned(), |h| h.short());
        reason(
            Cause::Model,
            format!(
                "the model that holds descriptions against codes was {}, here it is {}",
                told(made.hs_model),
                told(checker.hs_model_hash())
            ),
        );
    }
    let detail = match verdict.made.as_ref().map(|made| made.comparators) {
        Some(Some(most)) => Detail::Nearest(most),
        _ => Detail::Full,
    };
    let offers = checker.assess(&verdict.declaration, Detail::Full);
    let offers = offers.comparators.iter().map(|c| c.observation.to_string()).collect();
    let now = checker.assess(&verdict.declaration, detail);
    let bug = |e: serde_json::Error| Failure::bug(format!("a verdict could not be written as JSON: {e}"));
    // Through the same reader as what was given, so that a reader's rounding is on both sides.
    let compact = serde_json::to_string(&now).map_err(bug)?;
    let value: Value = serde_json::from_str(&compact).map_err(bug)?;
    let mut differences = Vec::new();
    let mut different = 0;
    compare(&given, &value, "", &mut differences, &mut different);
    let outcome = if different > 0 {
        Outcome::Differs
    } else if [serde_json::to_string_pretty(&now).map_err(bug)?, compact]
        .iter()
        .any(|bytes| bytes == text.strip_suffix('\n').unwrap_or(text))
    {
        Outcome::Identical
    } else {
        Outcome::SameValues
    };
    if outcome == Outcome::Differs && reasons.iter().all(|r: &Reason| r.cause != Cause::Program) {
        reasons.push(Reason { cause: Cause::Program, sentence: THIS.not_explained() });
    }
    let of_program = |d: &Difference| ["/made/program", "/made/method"].contains(&d.place.as_str());
    if different > 0 && different == differences.len() as u64 && differences.iter().all(of_program) {
        reasons.push(Reason {
            cause: Cause::Program,
            sentence: "nothing else differs: every figure and every sentence comes out as given".to_owned(),
        });
    }
    Ok(Replay {
        outcome,
        snapshot: id,
        reasons,
        differences,
        different,
        verdict: Some(now),
        offers,
        of_table,
    })
}

/// A program, as far as a verdict says which one made it.
struct Program<'a> {
    version: &'a str,
    method: u32,
}

/// This one.
const THIS: Program<'static> = Program { version: env!("CARGO_PKG_VERSION"), method: METHOD };

impl Program<'_> {
    /// That another program made a verdict, and what follows; `None` where it says that this one did.
    fn other_than(&self, made: &Made) -> Option<String> {
        let Program { version, method } = self;
        let methods = match made.method {
            Some(then) if then == *method => String::new(),
            Some(then) => format!("; figures were reckoned by method {then} there, by method {method} here"),
            None => {
                format!("; by which method figures were reckoned it does not say, here it is method {method}")
            }
        };
        if made.program != *version {
            return Some(format!(
                "the verdict was made by version {then} of the program, this is {version}{methods}: it may come out \
                 otherwise for that alone; version {then} makes it again as it was",
                then = made.program
            ));
        }
        (made.method != Some(*method)).then(|| {
            format!(
                "the verdict was made by another build of version {version} of the program{methods}: it may come out \
                 otherwise for that alone"
            )
        })
    }

    /// What is left where nothing that a verdict states explains that it comes out otherwise.
    fn not_explained(&self) -> String {
        format!(
            "version and method of the program, snapshot, parameters and rate are those of the verdict: another build \
             of version {} made it, or its text is not as it was given; the places that differ are listed",
            self.version
        )
    }
}

/// The parameters of a verdict: those it carries, proved by its hash, else those of the settings where
/// they have that hash. With the names that were no parameters yet when it was made.
fn parameters_of(verdict: &Verdict, settings: &Parameters) -> Result<(Parameters, Vec<String>), String> {
    let Some(made) = &verdict.made else {
        return if settings.hash() == verdict.parameters {
            Ok((settings.clone(), Vec::new()))
        } else {
            Err(format!(
                "the verdict does not carry its parameters, and those of the settings have another hash: {} there, {} here",
                verdict.parameters,
                settings.hash()
            ))
        };
    };
    let parameters: Parameters = serde_json::from_value(made.parameters.clone())
        .map_err(|e| format!("the verdict's parameters are not those of this program: {e}"))?;
    let (hash, unknown) = match made.parameters.as_object() {
        Some(known) => parameters.hash_of(known),
        None => (parameters.hash(), Vec::new()),
    };
    if hash != verdict.parameters {
        let why = match made.program == THIS.version && made.method == Some(THIS.method) {
            true => {
                "another build of this version, which has other ones, made it, or they are not as they were given"
            }
            false => "the program that made it has other ones than this",
        };
        return Err(format!(
            "the parameters in the verdict have the hash {hash} here, it names {}: {why}",
            verdict.parameters
        ));
    }
    Ok((parameters, unknown))
}

/// The rate the verdict was made with, as it states it; the database's where it states none but needs one.
async fn rates(
    pipeline: &Pipeline,
    verdict: &Verdict,
    snapshot: &SnapshotSummary,
    reason: &mut impl FnMut(Cause, String),
) -> Result<RateTable, Failure> {
    let line = &verdict.declaration;
    if line.value.currency == snapshot.currency {
        return Ok(RateTable::default());
    }
    let stored = pipeline.rates(Some(line.export_date)).await?;
    let Some(used) = verdict.declared.as_ref().and_then(|declared| declared.rate.as_ref()) else {
        reason(
            Cause::Rates,
            "the verdict states no exchange rate; it is made again with what the database has now".to_owned(),
        );
        return Ok(stored);
    };
    let publishers = verdict.made.as_ref().map_or(&[][..], |made| &made.publishers);
    let now = stored.rate_of(publishers, used.from, used.to, line.export_date);
    let told = |r: &RateUsed| format!("{} of {} ({})", r.rate.normalize(), r.date, r.source);
    match &now {
        Ok(now) if now == used => {}
        Ok(now) => reason(
            Cause::Rates,
            format!(
                "the database now has the rate {}, the verdict was made with {}, which is taken",
                told(now),
                told(used)
            ),
        ),
        Err(none) => reason(
            Cause::Rates,
            format!("the database has no such rate ({none}); the verdict's own is taken, {}", told(used)),
        ),
    }
    Ok(RateTable::new(vec![Rate {
        date: used.date,
        base: used.from,
        quote: used.to,
        rate: used.rate,
        source: used.source.clone(),
        until: Some(line.export_date.max(used.date)),
    }]))
}

/// Notes every place at which two values differ, in the order of the first.
fn compare(a: &Value, b: &Value, place: &str, out: &mut Vec<Difference>, count: &mut u64) {
    let inside = |key: &str| format!("{place}/{}", key.replace('~', "~0").replace('/', "~1"));
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                match b.get(key) {
                    Some(other) => compare(value, other, &inside(key), out, count),
                    None => note(inside(key), Some(value), None, out, count),
                }
            }
            for (key, value) in b.iter().filter(|(key, _)| !a.contains_key(*key)) {
                note(inside(key), None, Some(value), out, count);
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            for at in 0..a.len().max(b.len()) {
                match (a.get(at), b.get(at)) {
                    (Some(one), Some(other)) => compare(one, other, &inside(&at.to_string()), out, count),
                    (one, other) => note(inside(&at.to_string()), one, other, out, count),
                }
            }
        }
        _ if a == b => {}
        _ => note(place.to_owned(), Some(a), Some(b), out, count),
    }
}

fn note(place: String, a: Option<&Value>, b: Option<&Value>, out: &mut Vec<Difference>, count: &mut u64) {
    *count += 1;
    if out.len() < LISTED {
        let quoted = |v: &Value| crate::import::cut(&v.to_string(), QUOTED).into_owned();
        out.push(Difference { place, given: a.map(quoted), replayed: b.map(quoted) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_place_that_differs_is_named_once() {
        let mut out = Vec::new();
        let mut count = 0;
        let a = json!({ "x": 1, "list": [1, { "y": "a" }], "gone": null });
        let b = json!({ "x": 1.0, "list": [1, { "y": "b" }, 3], "new/key": true });
        compare(&a, &b, "", &mut out, &mut count);
        let told: Vec<String> =
            out.iter().map(|d| format!("{} {:?} {:?}", d.place, d.given, d.replayed)).collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        /x Some("1") Some("1.0")
        /list/1/y Some("\"a\"") Some("\"b\"")
        /list/2 None Some("3")
        /gone Some("null") None
        /new~1key None Some("true")
        "#);
        assert_eq!(count, 5);
    }

    #[test]
    fn another_program_is_named_before_anything_else_is_supposed() {
        let here = Program { version: "0.4.0", method: 5 };
        let said = |program: &str, method| {
            let made = Made {
                program: program.to_owned(),
                method,
                parameters: json!({}),
                publishers: Vec::new(),
                hs_model: None,
                comparators: None,
                validation: None,
            };
            here.other_than(&made).unwrap_or_else(|| here.not_explained())
        };
        let all = [
            said("0.3.0", None),
            said("0.3.9", Some(5)),
            said("0.5.0", Some(6)),
            said("0.4.0", Some(4)),
            said("0.4.0", Some(5)),
        ];
        insta::assert_snapshot!(all.join("\n"), @r"
        the verdict was made by version 0.3.0 of the program, this is 0.4.0; by which method figures were reckoned it does not say, here it is method 5: it may come out otherwise for that alone; version 0.3.0 makes it again as it was
        the verdict was made by version 0.3.9 of the program, this is 0.4.0: it may come out otherwise for that alone; version 0.3.9 makes it again as it was
        the verdict was made by version 0.5.0 of the program, this is 0.4.0; figures were reckoned by method 6 there, by method 5 here: it may come out otherwise for that alone; version 0.5.0 makes it again as it was
        the verdict was made by another build of version 0.4.0 of the program; figures were reckoned by method 4 there, by method 5 here: it may come out otherwise for that alone
        version and method of the program, snapshot, parameters and rate are those of the verdict: another build of version 0.4.0 made it, or its text is not as it was given; the places that differ are listed
        ");
    }

    #[test]
    fn parameters_count_only_with_the_hash_the_verdict_names() {
        let mut verdict = crate::pages::samples::strong();
        verdict.made = None;
        verdict.parameters = Parameters::default().hash();
        let other = Parameters { window_days: 30, ..Parameters::default() };
        assert_eq!(parameters_of(&verdict, &Parameters::default()).unwrap().0, Parameters::default());
        assert!(parameters_of(&verdict, &other).unwrap_err().contains("another hash"));
        let made = |parameters| Made {
            program: "0.0.1".to_owned(),
            method: None,
            parameters,
            publishers: Vec::new(),
            hs_model: None,
            comparators: None,
            validation: None,
        };
        verdict.made = Some(Box::new(made(serde_json::to_value(&other).unwrap())));
        let error = parameters_of(&verdict, &other).unwrap_err();
        assert!(error.ends_with("the program that made it has other ones than this"), "{error}");
        let mut here = made(serde_json::to_value(&other).unwrap());
        (here.program, here.method) = (THIS.version.to_owned(), Some(THIS.method));
        verdict.made = Some(Box::new(here));
        let error = parameters_of(&verdict, &other).unwrap_err();
        assert!(error.ends_with("or they are not as they were given"), "{error}");
        verdict.made = Some(Box::new(made(serde_json::to_value(&other).unwrap())));
        verdict.parameters = other.hash();
        assert_eq!(parameters_of(&verdict, &Parameters::default()).unwrap(), (other.clone(), vec![]));
        // A verdict from before a number was a parameter is proved by those it carries.
        let mut before = serde_json::to_value(&other).unwrap();
        let numbers = before.as_object_mut().unwrap();
        numbers.retain(|name, _| name != "least_spread");
        verdict.parameters = other.hash_of(numbers).0;
        assert_ne!(verdict.parameters, other.hash());
        verdict.made = Some(Box::new(made(before.clone())));
        let (read, unknown) = parameters_of(&verdict, &Parameters::default()).unwrap();
        assert_eq!((read, unknown), (other.clone(), vec!["least_spread".to_owned()]));
        before["window_days"] = json!(31);
        verdict.made = Some(Box::new(made(before)));
        assert!(parameters_of(&verdict, &other).unwrap_err().contains("has other ones"));
        verdict.made = Some(Box::new(made(json!({ "no_such_rule": 1 }))));
        assert!(parameters_of(&verdict, &other).unwrap_err().contains("not those of this program"));
    }
}
