//! A declared description held against the declared code: a named signal, never another code.

use model::{Declaration, Signal, SignalCode};
use normalizer::classify::{Classifier, Goods, Model};
use normalizer::nomenclature::Nomenclature;

/// Probability from which a description is taken to name goods of another heading than the declared one,
/// and probability of the declared heading above which it is not held against it: a phone's case declared
/// as a phone, not a tunic declared as a dress. The classifier knows nothing of what was declared, but most
/// declared codes are right: were one in twenty wrong, words 900 times likelier under another heading still
/// leave one chance in some fifty that the declared one holds.
const SURE_OF_ANOTHER: f32 = 0.9;
const HARDLY_DECLARED: f32 = 0.001;

/// What the classifier says against the declared code: that the description names goods of another
/// heading, and hardly of the declared one. The code is never changed for it.
pub fn of(model: &Model, line: &Declaration) -> Option<Signal> {
    let goods = Goods { text: line.description.as_deref()?, ..Goods::default() };
    let heading = line.hs.heading()?;
    let mut classifier = Classifier::new(model);
    let answer = classifier.classify(&goods, 1, SURE_OF_ANOTHER);
    let named = answer.code.filter(|code| code.level() >= 4 && code.heading() != Some(heading))?;
    if classifier.probability(&goods, &heading) > HARDLY_DECLARED {
        return None;
    }
    let entry = Nomenclature::builtin();
    let what = entry
        .subheading(&named)
        .map(|entry| entry.description)
        .or_else(|| entry.heading(&named).map(|heading| heading.name))
        .unwrap_or("");
    Some(Signal {
        code: SignalCode::DescriptionContradicts,
        sentence: format!(
            "The description reads like goods of {} ({what}; words {}; probability {:.2} by model {}), not of the \
             declared {}: ask which they are. The declared code is kept.",
            named.dotted(),
            answer.candidates.first().map(|best| best.why.join(", ")).unwrap_or_default(),
            answer.probability,
            &model.hash().to_string()[..12],
            line.hs.dotted(),
        ),
    })
}
