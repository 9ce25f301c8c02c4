//! Whole verdicts on the groups: a snapshot of them as articles of named brand and model, and lines held
//! to it. Not the calibration alone.

#[path = "../../tests/common/mod.rs"]
mod common;

use crate::Tally;
use crate::rules::Answer;
use crate::worlds::Case;
use common::{article, declared, index};
use model::{Declaration, Unit, VerdictCode};
use statistics::{Detail, Parameters, assess_with};

/// Largest group whose verdicts are tried: building snapshots takes its time.
pub const UP_TO: usize = 30;
/// Added to all logs alike, so that six decimals lose nothing of a low price.
const SHIFT: f64 = 4.0;

/// Adds honest and undervalued lines: flagged when the verdict is a low one. A verdict has no score, so
/// only the nominal level means something.
pub fn add(cases: &[Case], tally: &mut Tally) {
    let mut offers = Vec::new();
    let mut lines = Vec::new();
    for (i, case) in cases.iter().enumerate() {
        let mut group = article(&format!("article {i}"), "Article", "846721");
        group.brand = Some(format!("Brand {i}"));
        group.model = Some(format!("M{i}X"));
        let prices: Vec<f64> = case.references.iter().map(|x| (x + SHIFT).exp()).collect();
        offers.extend(group.offers(&prices));
        lines.push(Declaration {
            brand: group.brand.clone(),
            model: group.model.clone(),
            description: None,
            ..group.line()
        });
    }
    let index = index(offers);
    let parameters = Parameters::default();
    for (case, line) in cases.iter().zip(&lines) {
        let answer = |x: f64| -> Answer {
            let price = declared(Unit::Piece, (x + SHIFT).exp());
            let v = assess_with(&index, line, &price, &parameters, Detail::Figures);
            let low = matches!(
                v.verdict,
                VerdictCode::LowReview | VerdictCode::ReasonToAsk | VerdictCode::StrongReasonToAsk
            );
            (f64::NAN, low)
        };
        tally.honest.push(answer(case.honest));
        tally.undervalued.extend(case.undervalued.map(answer));
    }
}
