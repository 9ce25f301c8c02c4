//! `snapshot diff` of two price tables, as text or JSON: the largest moves first, bounded.

use super::output;
use crate::assessed::significant;
use crate::failure::{Exit, Failure};
use crate::pages::format::price as figure;
use model::HsCode;
use statistics::methods_differ;
use statistics::table::TableFile;
use statistics::table::diff::{
    Differs, ListMoved, Listed, TableDiff, TableGroupDiff, TableGroupFigures, TableWhy, diff,
};
use std::collections::HashSet;
use std::fmt::Write;

/// Groups listed of each kind unless more are asked for.
pub const SHOWN: usize = 40;
/// Lists named as text of those that came or went.
const LISTS: usize = 20;

/// Compares two tables.
pub fn run(
    before: &TableFile,
    after: &TableFile,
    hs: Option<HsCode>,
    limit: usize,
    json: bool,
) -> Result<Exit, Failure> {
    let found = diff(before, after, hs, limit);
    if json { output::json(&found) } else { output::text(&told(&found)) }
}

fn told(d: &TableDiff) -> String {
    let mut text = format!("from {} to {}\nprice tables of ", d.before, d.after);
    let _ = match d.lists_same {
        0 => writeln!(text, "no list in common"),
        1 => writeln!(text, "1 list in common"),
        n => writeln!(text, "{} lists in common", output::count(n)),
    };
    lists(&mut text, "+", &d.lists_in);
    lists(&mut text, "-", &d.lists_out);
    differing(&mut text, "", &d.facts);
    differing(&mut text, "rule ", &d.rules);
    if let Some(said) = d.methods().and_then(|(before, after)| methods_differ(before, after)) {
        let _ = writeln!(text, "built by two methods, so groups differ for that alone: {said}");
    }
    if d.facts.iter().any(|f| f.what == "currency" || f.what == "unit") {
        text.push_str("prices of the two do not compare: groups stand by how many prices moved\n");
    }
    // Unit, condition and level of a group, where not all have the same.
    let all = [&d.moved, &d.came, &d.went].into_iter().flat_map(|listed| &listed.groups);
    let several = all.map(|g| g.footing).collect::<HashSet<_>>().len() > 1;
    for (kind, listed) in [("moved", &d.moved), ("came", &d.came), ("went", &d.went)] {
        groups(&mut text, kind, listed, several);
    }
    let _ = writeln!(
        text,
        "\n{} groups moved, {} came, {} went, {} did not move",
        output::count(d.moved.all),
        output::count(d.came.all),
        output::count(d.went.all),
        output::count(d.unchanged)
    );
    if let Some(m) = d.median_moves {
        let share = |x: f64| format!("{} %", significant(100.0 * x, 2));
        let _ = writeln!(
            text,
            "where the median moved: half by at most {}, nine in ten by {}, ninety-nine in a hundred by {}, at most {}",
            share(m.p50),
            share(m.p90),
            share(m.p99),
            share(m.largest)
        );
    }
    text
}

fn lists(text: &mut String, sign: &str, lists: &[ListMoved]) {
    for list in lists.iter().take(LISTS) {
        let _ = writeln!(
            text,
            "  {sign} {}  {} lines, {} left out  {}",
            list.name,
            output::count(u64::from(list.rows)),
            output::count(u64::from(list.left_out)),
            list.hash.short()
        );
    }
    if let Some(more) = lists.len().checked_sub(LISTS).filter(|more| *more > 0) {
        let _ = writeln!(text, "  {sign} and {} more: --json names all", output::count(more as u64));
    }
}

fn differing(text: &mut String, kind: &str, differ: &[Differs]) {
    let told = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    for d in differ {
        let _ = writeln!(text, "  {kind}{}: {} there, {} here", d.what, told(&d.before), told(&d.after));
    }
}

fn groups(text: &mut String, kind: &str, listed: &Listed, told: bool) {
    if listed.all == 0 {
        return;
    }
    let _ = writeln!(
        text,
        "\n{kind}\n{:<7} {:<6} {:>8} {:>8} {:>9} {:>9} {:>8} {:>7} {:>7} {:>8} {:>6}",
        "HS", "origin", "prices", "now", "median", "now", "change", "spread", "now", "detects", "now"
    );
    for g in &listed.groups {
        group(text, g, told);
    }
    let left = listed.all - listed.groups.len() as u64;
    if left > 0 {
        let _ = writeln!(text, "and {} more: --limit lists more, --hs narrows", output::count(left));
    }
}

fn group(text: &mut String, g: &TableGroupDiff, told: bool) {
    let (a, b) = (g.before.as_ref(), g.after.as_ref());
    let none = || "–".to_owned();
    let change = match (a, b) {
        (Some(a), Some(b)) => format!("{:+.1} %", 100.0 * (b.median / a.median - 1.0)),
        _ => none(),
    };
    let prices = |n: Option<u32>| n.map_or_else(none, |n| output::count(u64::from(n)));
    let detects = |f: Option<&TableGroupFigures>| {
        f.map_or_else(none, |f| format!("{} %", significant(100.0 * f.detectable_ratio, 2)))
    };
    let spread = |x: Option<f64>| x.map_or_else(none, |x| format!("{x:.3}"));
    let _ = writeln!(
        text,
        "{:<7} {:<6} {:>8} {:>8} {:>9} {:>9} {:>8} {:>7} {:>7} {:>8} {:>6}",
        g.hs6.dotted(),
        g.origin.map_or_else(|| "-".to_owned(), |o| o.to_string()),
        prices(a.map(|f| f.listings)),
        prices(b.map(|f| f.listings)),
        a.map_or_else(none, |f| figure(f.median)),
        b.map_or_else(none, |f| figure(f.median)),
        change,
        spread(a.map(|f| f.log_spread)),
        spread(b.map(|f| f.log_spread)),
        detects(a),
        detects(b)
    );
    let mut why: Vec<String> = (g.lists.iter())
        .flat_map(|l| {
            let told = |sign: &str, n: u32| {
                (n > 0).then(|| format!("{sign}{} of {}", output::count(u64::from(n)), l.list))
            };
            [told("+", l.came), told("-", l.went)]
        })
        .flatten()
        .collect();
    why.extend(g.reasons.iter().filter_map(|why| words(*why)).map(str::to_owned));
    if let Some(footing) = g.footing.filter(|_| told) {
        why.insert(0, footing.to_string());
    }
    let _ = writeln!(text, "        {}", why.join(", "));
}

/// What the prices named beside it do not say.
fn words(why: TableWhy) -> Option<&'static str> {
    match why {
        TableWhy::ListCame | TableWhy::ListWent => None,
        TableWhy::ReadOtherwise => Some("a list of both was read otherwise"),
        TableWhy::Method => Some("the same prices by another method"),
        TableWhy::Rules => Some("the same prices by other rules"),
        TableWhy::AsOf => Some("the same prices foretold for another day"),
        TableWhy::Siblings => Some("the same prices; the groups that calibrate them moved"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::ContentHash;

    #[test]
    fn two_methods_are_named_with_what_differs() {
        let none = Listed::default;
        let mut found = TableDiff {
            before: ContentHash::of(b"1"),
            after: ContentHash::of(b"2"),
            facts: vec![Differs { what: "method".to_owned(), before: 4.into(), after: 5.into() }],
            rules: Vec::new(),
            lists_in: Vec::new(),
            lists_out: Vec::new(),
            lists_same: 2,
            came: none(),
            went: none(),
            moved: none(),
            unchanged: 3,
            median_moves: None,
        };
        let text = told(&found);
        assert!(text.contains("\n  method: 4 there, 5 here\nbuilt by two methods, so groups differ for that alone: until method 4 "), "{text}");
        found.facts.clear();
        assert!(!told(&found).contains("method"));
    }
}
