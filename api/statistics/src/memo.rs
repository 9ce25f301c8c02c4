//! What was computed before for lines alike: the evidence of a rung by the question that was put,
//! and the distribution of a set of votes by the votes. Only values that follow from their key,
//! the snapshot and the parameters alone, so that a verdict is the same with and without; not a
//! store of verdicts.

use crate::Parameters;
use crate::attributes::Attribute;
use crate::borrowed::{Kin, Siblings};
use crate::distribution::{Distribution, Vote};
use crate::evidence::{Evidence, Facets};
use crate::index::{ReferenceIndex, Wanted};
use crate::segments::{Split, split};
use chrono::NaiveDate;
use model::{
    CommercialLevel, Condition, ContentHash, Country, Declaration, GoodsKind, Gtin, HsCode, Quantity, Rung,
    Unit,
};
use rust_decimal::Decimal;
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::Deref;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// Numbers (of eight bytes, about) that are kept: some 64 MB.
const LIMIT: usize = 8_000_000;

/// The distribution of a set of votes, with its price levels once they were looked for.
#[derive(Debug)]
pub(crate) struct Group {
    distribution: Distribution,
    levels: OnceLock<Option<Split>>,
}

impl Deref for Group {
    type Target = Distribution;
    fn deref(&self) -> &Distribution {
        &self.distribution
    }
}

impl Group {
    /// The price levels of the votes this distribution is of.
    pub fn levels(&self, index: &ReferenceIndex, votes: &[Vote], parameters: &Parameters) -> Option<&Split> {
        self.levels.get_or_init(|| split(index, votes, &self.distribution, parameters)).as_ref()
    }
}

/// Everything of a line that the evidence on one rung depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Question {
    rung: Rung,
    unit: Unit,
    condition: Condition,
    level: CommercialLevel,
    wants_accessory: bool,
    /// The window follows from the day, and so does which capture of an offer is nearest; `None` where
    /// neither matters.
    day: Option<NaiveDate>,
    origin: Option<Country>,
    subheading: Option<HsCode>,
    gtin: Option<Gtin>,
    brand: Option<String>,
    model: Option<String>,
    words: Vec<String>,
    attributes: Vec<Attribute>,
    /// Only where an offer has a smallest order or quantity breaks.
    ordered: Option<(Option<Quantity>, Option<Decimal>)>,
}

impl Question {
    /// The question a line puts on a rung.
    pub fn of(
        index: &ReferenceIndex,
        line: &Declaration,
        wanted: &Wanted,
        rung: Rung,
        facets: &Facets,
    ) -> Question {
        let (identical, similar) = (rung == Rung::Identical, rung == Rung::Similar);
        // Identical goods are looked for under every code.
        let by_quantity = match rung {
            Rung::Identical => index.by_quantity,
            _ => index.subheading(line).is_some_and(|s| s.by_quantity),
        };
        Question {
            rung,
            unit: facets.unit,
            condition: facets.condition,
            level: facets.level,
            wants_accessory: facets.wants_accessory,
            day: Some(facets.day).filter(|_| {
                let by_code = line.hs.subheading().filter(|_| !identical);
                !by_code.is_some_and(|code| index.day_is_no_matter(code, &facets.window))
            }),
            origin: facets.origin_on(rung),
            subheading: if identical { None } else { line.hs.subheading() },
            gtin: line.gtin.filter(|_| identical),
            brand: wanted.brand.clone().filter(|_| identical || similar || rung == Rung::Hs6Facets),
            model: wanted.model.clone().filter(|_| identical || similar),
            words: if similar { wanted.words.clone() } else { Vec::new() },
            attributes: if identical || similar { wanted.attributes.clone() } else { Vec::new() },
            ordered: by_quantity.then_some((line.quantity.filter(|_| line.quantity_stated), line.net_mass)),
        }
    }
    fn size(&self) -> usize {
        32 + 4 * self.words.len() + 2 * self.attributes.len()
    }
}

/// Votes as a key: number of the offer and the bits of its logs and weight.
type VotesKey = Box<[(u32, u64, u64, u64)]>;

/// A calibration, or that there are too few siblings for one; whoever asks while another learns it waits.
type Learned = OnceLock<Option<Arc<Siblings>>>;

/// Values of one kind in two generations, with the numbers each is worth.
#[derive(Debug)]
struct Kept<K, V> {
    young: HashMap<K, (V, usize)>,
    old: HashMap<K, (V, usize)>,
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Kept { young: HashMap::new(), old: HashMap::new() }
    }
}

impl<K: Eq + Hash, V: Clone> Kept<K, V> {
    /// The value; with its size where it is of the older generation and will be forgotten with it.
    fn get(&self, key: &K) -> Option<(V, Option<usize>)> {
        let young = self.young.get(key).map(|(value, _)| (value.clone(), None));
        young.or_else(|| self.old.get(key).map(|(value, size)| (value.clone(), Some(*size))))
    }
    fn age(&mut self) {
        self.old = std::mem::take(&mut self.young);
    }
}

/// When the younger generation is half of what is kept, it becomes the older one, which is forgotten but
/// for what was asked for since: a subheading's evidence stays through any number of descriptions.
#[derive(Debug, Default)]
struct State {
    /// Everything kept is of these parameters.
    parameters: Option<(Parameters, ContentHash)>,
    evidence: Kept<Question, Option<Arc<Evidence>>>,
    groups: Kept<VotesKey, Arc<Group>>,
    /// Few, and dear: never forgotten.
    siblings: HashMap<Kin, Arc<Learned>>,
    /// Of the younger generation.
    size: usize,
}

impl State {
    fn of(&self, parameters: &Parameters) -> bool {
        self.parameters.as_ref().is_some_and(|known| known.0 == *parameters)
    }
    /// Makes room for `more` numbers under these parameters.
    fn prepare(&mut self, parameters: &Parameters, more: usize, limit: usize) {
        if !self.of(parameters) {
            *self = State { parameters: Some((parameters.clone(), parameters.hash())), ..State::default() };
        } else if self.size + more > limit / 2 {
            self.evidence.age();
            self.groups.age();
            self.size = 0;
        }
        self.size += more;
    }
}

/// The memo of one index. Shared among threads; two that miss at once compute the same value
/// (a calibration, which is dear, one of them).
#[derive(Debug)]
pub(crate) struct Memo {
    state: RwLock<State>,
    limit: usize,
}

impl Default for Memo {
    fn default() -> Self {
        Memo::keeping(LIMIT)
    }
}

impl Memo {
    /// A memo of about so many numbers of eight bytes.
    pub fn keeping(limit: usize) -> Memo {
        Memo { state: RwLock::default(), limit }
    }

    /// The hash of the parameters.
    pub fn hash(&self, parameters: &Parameters) -> ContentHash {
        let known = self.read(parameters, |state| state.parameters.as_ref().map(|known| known.1));
        known.unwrap_or_else(|| {
            self.write(parameters, 0, |_| ());
            parameters.hash()
        })
    }

    /// The evidence for a question, computed where it was not put before.
    pub fn evidence(
        &self,
        question: Question,
        parameters: &Parameters,
        compute: impl FnOnce() -> Option<Evidence>,
    ) -> Option<Arc<Evidence>> {
        if let Some((known, old)) = self.read(parameters, |state| state.evidence.get(&question)) {
            if let Some(size) = old {
                let put = |state: &mut State| state.evidence.young.insert(question, (known.clone(), size));
                self.write(parameters, size, put);
            }
            return known;
        }
        let evidence = compute().map(Arc::new);
        let size = question.size()
            + evidence
                .as_ref()
                .map_or(0, |e| 6 * e.votes.len() + 2 * e.excluded.len() + 2 * e.candidates.items.len());
        let put = |state: &mut State| state.evidence.young.insert(question, (evidence.clone(), size));
        self.write(parameters, size, put);
        evidence
    }

    /// Counts numbers that something remembered has come to keep besides.
    pub fn grown(&self, size: usize, parameters: &Parameters) {
        self.write(parameters, size, |_| ());
    }

    /// The distribution of these votes; `None` without a vote.
    pub fn group(&self, votes: &[Vote], parameters: &Parameters) -> Option<Arc<Group>> {
        let key: VotesKey =
            votes.iter().map(|v| (v.item, v.low.to_bits(), v.high.to_bits(), v.weight.to_bits())).collect();
        let known = self.read(parameters, |state| state.groups.get(&key));
        let size = 12 * votes.len();
        let group = match known {
            Some((known, None)) => return Some(known),
            Some((known, Some(_))) => known,
            None => Arc::new(Group {
                distribution: Distribution::of(votes, parameters)?,
                levels: OnceLock::new(),
            }),
        };
        self.write(parameters, size, |state| state.groups.young.insert(key, (group.clone(), size)));
        Some(group)
    }

    /// Lends what others have learned of rung 3 for offers of this unit, condition and level; `None`: too
    /// few siblings.
    pub fn lend_siblings(
        &self,
        (unit, condition, level): (Unit, Condition, CommercialLevel),
        parameters: &Parameters,
        siblings: Option<Arc<Siblings>>,
    ) {
        let kin =
            Kin { rung: Rung::Hs6Facets, of_brand: false, unit, condition, level, kind: GoodsKind::Article };
        if !parameters.origin_facet {
            // Without an origin to hold to, rung 4 has the same groups.
            let wider = Kin { rung: Rung::Hs6Unit, ..kin };
            let learned = Arc::new(Learned::from(siblings.clone()));
            self.write(parameters, 0, |state| state.siblings.insert(wider, learned));
        }
        let learned = Arc::new(Learned::from(siblings));
        self.write(parameters, 0, |state| state.siblings.insert(kin, learned));
    }

    /// The calibration of siblings, learned where it was not asked for before.
    pub fn siblings(
        &self,
        kin: Kin,
        parameters: &Parameters,
        compute: impl FnOnce() -> Option<Siblings>,
    ) -> Option<Arc<Siblings>> {
        let known = self.read(parameters, |state| state.siblings.get(&kin).cloned());
        let learned = known.unwrap_or_else(|| {
            self.write(parameters, 0, |state| Arc::clone(state.siblings.entry(kin).or_default()))
        });
        learned.get_or_init(|| compute().map(Arc::new)).clone()
    }

    fn read<T>(&self, parameters: &Parameters, get: impl FnOnce(&State) -> Option<T>) -> Option<T> {
        // A panic elsewhere leaves whole entries behind: each is inserted at once.
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        if state.of(parameters) { get(&state) } else { None }
    }

    fn write<T>(&self, parameters: &Parameters, size: usize, put: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.prepare(parameters, size, self.limit);
        put(&mut state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn votes(n: u32) -> Vec<Vote> {
        (0..n).map(|i| Vote::of(i, i, f64::from(i), f64::from(i))).collect()
    }

    #[test]
    fn the_same_votes_are_computed_once_and_other_parameters_forget_them() {
        let memo = Memo::default();
        let parameters = Parameters::default();
        let first = memo.group(&votes(5), &parameters).unwrap();
        assert!(Arc::ptr_eq(&first, &memo.group(&votes(5), &parameters).unwrap()));
        assert!(!Arc::ptr_eq(&first, &memo.group(&votes(6), &parameters).unwrap()));
        let other = Parameters { sarle: 0.6, ..Parameters::default() };
        assert!(!Arc::ptr_eq(&first, &memo.group(&votes(5), &other).unwrap()));
        assert_eq!(memo.hash(&parameters), parameters.hash());
        assert_eq!(memo.hash(&other), other.hash());
    }

    #[test]
    fn the_memo_is_bounded_and_what_is_asked_for_stays() {
        let memo = Memo::default();
        let parameters = Parameters::default();
        let first = memo.group(&votes(7), &parameters).unwrap();
        // Worth a third of what is kept, so that each two fill a generation.
        let dear = u32::try_from(LIMIT / 6 / 12).unwrap();
        for i in 0..10 {
            memo.group(&votes(dear + i), &parameters).unwrap();
            assert!(Arc::ptr_eq(&first, &memo.group(&votes(7), &parameters).unwrap()), "{i}");
            let state = memo.state.read().unwrap();
            let sizes = |kept: &HashMap<_, (_, usize)>| kept.values().map(|v| v.1).sum::<usize>();
            assert_eq!(sizes(&state.groups.young), state.size);
            assert!(state.size + sizes(&state.groups.old) <= LIMIT);
        }
        // Not asked for since, and forgotten.
        let gone = votes(dear);
        let key: VotesKey =
            gone.iter().map(|v| (v.item, v.low.to_bits(), v.high.to_bits(), v.weight.to_bits())).collect();
        assert!(memo.state.read().unwrap().groups.get(&key).is_none());
    }
}
