//! How often rules flag honest prices and how many undervalued ones they find:
//! `cargo run --release -p statistics --example power [-- --rounds 10 --groups 300 --seed 1] [< real.json]`.
//! Prints one JSON object a cell: world, fault, n, rule, cases, share of honest prices flagged at
//! the nominal level, power there, and power at a realised 5 %, with Monte Carlo errors. Real price
//! groups come by standard input: `{"name": [[heading, [price, …]], …]}`. With `--development` the groups are
//! others: what a rule is chosen on must not judge it.
//! `tests/bench/power/run.sh` makes the table of it.

#![allow(clippy::unwrap_used)]

mod rules;
mod verdicts;
mod worlds;

use rules::{Answer, NAMES, Ready};
use statistics::Parameters;
use statistics::calibration::{Calibration, Group, Point, Rules};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};
use worlds::{Case, Dice, Fault, World};

const SIZES: [usize; 6] = [3, 5, 10, 19, 30, 100];
/// Low verdicts of two rounds, groups of one rung 1 article each.
const VERDICT: &str = "verdict low_review or stronger";
/// A bound, not a rule.
const ORACLE: &str = "oracle: faults taken out";
fn rules() -> Rules {
    Rules::of(&Parameters::default())
}

/// Answers of one rule in one cell.
#[derive(Default)]
pub struct Tally {
    honest: Vec<Answer>,
    undervalued: Vec<Answer>,
}

fn share(flags: impl Iterator<Item = f64>) -> (f64, f64) {
    let (mut n, mut sum) = (0.0, 0.0);
    for flag in flags {
        n += 1.0;
        sum += flag;
    }
    let p: f64 = sum / f64::max(n, 1.0);
    (p, (p * (1.0 - p) / f64::max(n, 1.0)).sqrt())
}

impl Tally {
    /// Power where 5 % of the honest prices lie below the threshold; of those that tie with it, the
    /// share that makes it 5 %.
    fn at_five_percent(&self) -> (f64, f64) {
        let mut honest: Vec<f64> = self.honest.iter().map(|a| a.0).collect();
        honest.sort_by(f64::total_cmp);
        let wanted = 0.05 * honest.len() as f64;
        let threshold = honest[wanted as usize];
        let below = honest.partition_point(|&s| s < threshold) as f64;
        let ties = honest.partition_point(|&s| s <= threshold) as f64 - below;
        let of_ties = (wanted - below) / ties;
        let credit = |score: f64| match score.total_cmp(&threshold) {
            std::cmp::Ordering::Less => 1.0,
            std::cmp::Ordering::Equal => of_ties,
            std::cmp::Ordering::Greater => 0.0,
        };
        share(self.undervalued.iter().map(|a| credit(a.0)))
    }
}

fn ours(cases: &[Case], tally: &mut BTreeMap<&'static str, Tally>) {
    let groups: Vec<Group> =
        cases.iter().map(|case| Group { heading: case.heading, points: points(&case.references) }).collect();
    let Some(calibration) = Calibration::of(&groups, rules()) else { return };
    for (case, group) in cases.iter().zip(&groups) {
        let Some(prediction) = calibration.prediction(case.heading, &group.points) else { continue };
        let answer = |x: f64| {
            let c = calibration.calibrated(case.heading, &prediction, x)?;
            // Ranks tie; among equal p the standard score decides.
            Some((c.p_lower + 1e-9 * c.z.clamp(-1e3, 1e3), c.p_lower <= 0.05))
        };
        let t = tally.entry("calibrated p").or_default();
        t.honest.extend(answer(case.honest));
        t.undervalued.extend(case.undervalued.iter().filter_map(|&x| answer(x)));
    }
}

/// Our p where somebody had taken the faulty references out beforehand: what no rule can expect to reach.
fn oracle(cases: &[Case], tally: &mut BTreeMap<&'static str, Tally>) {
    let groups: Vec<Group> =
        cases.iter().map(|c| Group { heading: c.heading, points: points(&c.sound) }).collect();
    let Some(calibration) = Calibration::of(&groups, rules()) else { return };
    for (case, group) in cases.iter().zip(&groups) {
        let prediction = calibration.prediction(case.heading, &group.points);
        let answer = |x: f64| {
            let found = prediction.as_ref().and_then(|p| calibration.calibrated(case.heading, p, x));
            found.map_or((1.0, false), |c| (c.p_lower + 1e-9 * c.z.clamp(-1e3, 1e3), c.p_lower <= 0.05))
        };
        let t = tally.entry(ORACLE).or_default();
        t.honest.push(answer(case.honest));
        t.undervalued.extend(case.undervalued.iter().map(|&x| answer(x)));
    }
}

fn points(references: &[f64]) -> Vec<Point> {
    references.iter().enumerate().map(|(i, &log)| Point { log, weight: 1.0, seller: i as u32 }).collect()
}

fn peers(cases: &[Case], tally: &mut BTreeMap<&'static str, Tally>) {
    for case in cases {
        let ready = Ready::of(&case.references);
        for (name, answer) in NAMES.iter().zip(ready.answers(case.honest)) {
            tally.entry(name).or_default().honest.push(answer);
        }
        for &x in &case.undervalued {
            for (name, answer) in NAMES.iter().zip(ready.answers(x)) {
                tally.entry(name).or_default().undervalued.push(answer);
            }
        }
    }
}

fn argument(name: &str, otherwise: usize) -> usize {
    let mut args = std::env::args().skip_while(|a| a != name).skip(1);
    args.next().and_then(|a| a.parse().ok()).unwrap_or(otherwise)
}

/// The worlds that judge, or those that rules are chosen on: other spreads, levels and groups.
fn worlds(development: bool) -> Vec<(String, World)> {
    let levels = World::Levels { apart: 0.8, varies: 0.12, lower: (0.3, 0.9), sd: (0.08, 0.2) };
    let [narrow, between, levels] = if development {
        [World::Alike(0.17), World::Between(0.15, 0.8), levels]
    } else {
        [World::Alike(0.11), World::Between(0.1, 1.2), World::TwoLevels]
    };
    let mut all =
        vec![("narrow".to_owned(), narrow), ("all".to_owned(), between), ("two levels".to_owned(), levels)];
    let mut text = String::new();
    if !std::io::stdin().is_terminal()
        && std::io::stdin().read_to_string(&mut text).is_ok()
        && !text.is_empty()
    {
        match serde_json::from_str::<BTreeMap<String, Vec<(u64, Vec<f64>)>>>(&text) {
            Ok(real) => all.extend(real.into_iter().map(|(name, groups)| {
                let every = if development { 2 } else { 1 };
                let logs = groups
                    .into_iter()
                    .step_by(every)
                    .map(|(heading, prices)| (heading, prices.into_iter().map(f64::ln).collect()))
                    .collect();
                (name, World::Real(logs))
            })),
            Err(error) => eprintln!("real price groups cannot be read: {error}"),
        }
    }
    all
}

fn main() {
    let (rounds, groups, seed) = (argument("--rounds", 10), argument("--groups", 300), argument("--seed", 1));
    let development = std::env::args().any(|a| a == "--development");
    let mut faults = vec![Fault::Clean];
    for s in [0.1, 0.2] {
        faults.extend([Fault::Undervalued(s), Fault::TimesTen(s), Fault::Misclassified(s)]);
    }
    for (w, (name, world)) in worlds(development).iter().enumerate() {
        for (f, &fault) in faults.iter().enumerate() {
            for n in SIZES {
                let mut tally = BTreeMap::new();
                for round in 0..rounds {
                    let mut dice = Dice(
                        (seed as u64) << 40
                            | (w as u64) << 32
                            | (f as u64) << 24
                            | (n as u64) << 12
                            | round as u64,
                    );
                    let cases = world.cases(groups, n, fault, &mut dice);
                    if cases.is_empty() {
                        continue;
                    }
                    ours(&cases, &mut tally);
                    if fault != Fault::Clean {
                        oracle(&cases, &mut tally);
                    }
                    peers(&cases, &mut tally);
                    if round < 2 && n <= verdicts::UP_TO && fault.share() != 0.1 {
                        verdicts::add(&cases, tally.entry(VERDICT).or_default());
                    }
                }
                for (rule, t) in tally.iter().filter(|t| t.1.honest.len() >= 100) {
                    let flagged =
                        |answers: &[Answer]| share(answers.iter().map(|a| f64::from(u8::from(a.1))));
                    let (honest, power) = (flagged(&t.honest), flagged(&t.undervalued));
                    // A verdict has no score to set another threshold on.
                    let at_five = (*rule != VERDICT).then(|| t.at_five_percent());
                    println!(
                        "{}",
                        serde_json::json!({"world": name, "fault": fault.name(), "n": n, "rule": rule, "cases": t.honest.len(),
                            "false": honest.0, "false_error": honest.1, "power": power.0, "power_error": power.1,
                            "power_5": at_five.map(|p| p.0), "power_5_error": at_five.map(|p| p.1)})
                    );
                }
            }
        }
    }
}
