//! What decides between neighbours, as data: `config/hs/rules.tsv`, sentences of our own with the codes
//! they speak of. For people and for whoever explains a classification; nothing is computed from them.

use super::files;
use model::HsCode;
use serde::Serialize;
use std::fmt;
use std::sync::LazyLock;

/// What kind of question a rule answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// One of the general rules for interpretation.
    General,
    /// Parts and accessories, or the whole.
    Parts,
    /// Sets and goods put up together.
    Sets,
    /// What it is made of, or what it does.
    Material,
    /// Which of several functions or uses.
    Function,
    /// New or used.
    Used,
    /// How it is made, shaped or worked.
    Make,
    /// A quantity decides: mass, size, share, power.
    Measure,
    /// Who or what it is for.
    Audience,
}

impl RuleKind {
    const ALL: &'static [(&'static str, RuleKind)] = &[
        ("general", RuleKind::General),
        ("parts", RuleKind::Parts),
        ("sets", RuleKind::Sets),
        ("material", RuleKind::Material),
        ("function", RuleKind::Function),
        ("used", RuleKind::Used),
        ("make", RuleKind::Make),
        ("measure", RuleKind::Measure),
        ("audience", RuleKind::Audience),
    ];
}

impl fmt::Display for RuleKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(RuleKind::ALL.iter().find(|(_, kind)| kind == self).map_or("rule", |(name, _)| name))
    }
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// What kind of question it answers.
    pub kind: RuleKind,
    /// The chapters, headings and subheadings it speaks of; none for a rule of the whole nomenclature.
    pub codes: Vec<HsCode>,
    /// The rule, one or two sentences.
    pub rule: &'static str,
}

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    super::rows(files::RULES)
        .filter_map(|row| {
            let [kind, codes, rule] = row[..] else { return None };
            let (_, kind) = RuleKind::ALL.iter().find(|(name, _)| *name == kind)?;
            let codes = match codes {
                "*" => Vec::new(),
                codes => codes.split(' ').map(HsCode::parse).collect::<Result<_, _>>().ok()?,
            };
            Some(Rule { kind: *kind, codes, rule })
        })
        .collect()
});

/// Every rule, in the order of the file.
pub(super) fn all() -> &'static [Rule] {
    &RULES
}

/// The rules that speak of a code, what lies over it or under it; those nearest to it first. Rules of
/// the whole nomenclature are not among them.
pub(super) fn of(code: &HsCode) -> Vec<&'static Rule> {
    let code = code.subheading().unwrap_or(*code);
    let mut found: Vec<(usize, &'static Rule)> = RULES
        .iter()
        .filter_map(|rule| {
            let near = rule.codes.iter().filter(|other| code.is_within(other) || other.is_within(&code));
            Some((near.map(HsCode::level).max()?, rule))
        })
        .collect();
    found.sort_by_key(|(level, _)| std::cmp::Reverse(*level));
    found.into_iter().map(|(_, rule)| rule).collect()
}
