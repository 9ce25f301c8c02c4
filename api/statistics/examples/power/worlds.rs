//! Price groups with honest and undervalued offers held out: generated ones and such as are handed
//! over. Not the rules that are tried on them.

/// Numbers that follow from their seed (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    /// Between 0 and 1.
    pub fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }
    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    /// Standard normal (Box and Muller).
    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
    /// Log of a factor of undervaluation, .3 to .9, even on logs.
    pub fn factor(&mut self) -> f64 {
        let (a, b) = (0.3f64.ln(), 0.9f64.ln());
        a + (b - a) * self.uniform()
    }
}

/// What is wrong with a share of the references.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Fault {
    Clean,
    Undervalued(f64),
    /// Out by ten, up or down alike.
    TimesTen(f64),
    /// Prices of another group.
    Misclassified(f64),
}

impl Fault {
    pub fn share(self) -> f64 {
        match self {
            Fault::Clean => 0.0,
            Fault::Undervalued(s) | Fault::TimesTen(s) | Fault::Misclassified(s) => s,
        }
    }
    pub fn name(self) -> String {
        match self {
            Fault::Clean => "clean".into(),
            Fault::Undervalued(s) => format!("{:.0} % undervalued", 100.0 * s),
            Fault::TimesTen(s) => format!("{:.0} % out by ×10", 100.0 * s),
            Fault::Misclassified(s) => format!("{:.0} % misclassified", 100.0 * s),
        }
    }
}

/// A group: references, an honest price held out, and undervalued ones (logs).
pub struct Case {
    pub heading: u64,
    pub references: Vec<f64>,
    /// Those of them that nothing is wrong with.
    pub sound: Vec<f64>,
    pub honest: f64,
    pub undervalued: [f64; 3],
}

/// Where prices come from.
pub enum World {
    /// Every group has this standard deviation of the logs.
    Alike(f64),
    /// Standard deviations even on logs between these.
    Between(f64, f64),
    /// Two levels 1.2 apart on logs, six in ten on the lower, each with sd .15.
    TwoLevels,
    /// Two levels about this far apart on logs, more or less so by group, with a share on the lower and an
    /// sd on each level between these.
    Levels { apart: f64, varies: f64, lower: (f64, f64), sd: (f64, f64) },
    /// Logs of real prices, group by group, with the number of a heading.
    Real(Vec<(u64, Vec<f64>)>),
}

const HEADINGS: u64 = 20;

impl World {
    /// `groups` cases of `n` references each (of real groups, all that are large enough).
    pub fn cases(&self, groups: usize, n: usize, fault: Fault, dice: &mut Dice) -> Vec<Case> {
        let levels: Vec<f64> = (0..HEADINGS).map(|_| 3.0 + 1.5 * dice.normal()).collect();
        let mut drawn: Vec<(u64, Vec<f64>)> = match self {
            World::Real(all) => all
                .iter()
                .filter(|g| g.1.len() > n)
                .map(|(heading, prices)| {
                    let mut left = prices.clone();
                    let some = (0..=n).map(|_| left.swap_remove(dice.below(left.len()))).collect();
                    (*heading, some)
                })
                .collect(),
            _ => (0..groups)
                .map(|g| {
                    let heading = g as u64 % HEADINGS;
                    let mean = levels[heading as usize] + dice.normal();
                    let sd = match *self {
                        World::Alike(sd) => sd,
                        World::Between(a, b) | World::Levels { sd: (a, b), .. } => {
                            a * (b / a).powf(dice.uniform())
                        }
                        _ => 0.15,
                    };
                    let (lower, apart) = match *self {
                        World::TwoLevels => (0.6, 1.2),
                        World::Levels { apart, varies, lower: (a, b), .. } => {
                            (a + (b - a) * dice.uniform(), apart + varies * dice.normal())
                        }
                        _ => (1.0, 0.0),
                    };
                    let prices = (0..=n).map(|_| {
                        let up = lower < 1.0 && dice.uniform() > lower;
                        mean + sd * dice.normal() + if up { apart } else { 0.0 }
                    });
                    (heading, prices.collect())
                })
                .collect(),
        };
        let clean = drawn.clone();
        let cases = drawn.len();
        drawn
            .iter_mut()
            .map(|(heading, prices)| {
                let honest = prices.pop().unwrap_or_default();
                let whole = prices.clone();
                for price in prices.iter_mut() {
                    match fault {
                        Fault::Undervalued(s) if dice.uniform() < s => *price += dice.factor(),
                        Fault::TimesTen(s) if dice.uniform() < s => {
                            *price += if dice.uniform() < 0.5 { 1.0 } else { -1.0 } * std::f64::consts::LN_10;
                        }
                        Fault::Misclassified(s) if dice.uniform() < s => {
                            let other = &clean[dice.below(cases)].1;
                            *price = other[dice.below(other.len())];
                        }
                        _ => {}
                    }
                }
                Case {
                    heading: *heading,
                    sound: prices
                        .iter()
                        .zip(&whole)
                        .filter(|(now, then)| now == then)
                        .map(|p| *p.0)
                        .collect(),
                    references: prices.clone(),
                    honest,
                    undervalued: std::array::from_fn(|_| honest + dice.factor()),
                }
            })
            .collect()
    }
}
