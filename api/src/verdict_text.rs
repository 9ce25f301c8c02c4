//! A verdict as plain text for the terminal. Draws only what the verdict says.

use crate::pages::format::{hundredth, price as figure, unit_amount};
use crate::validation;
use crate::words;
use model::Verdict;
use std::fmt::Write;

/// Width that text is wrapped to.
const WIDTH: usize = 80;

/// Width of the labels before the facts: a digest of 64 digits still fits beside one.
const LABEL: usize = 16;

/// The whole verdict as text, ended by a line end.
pub fn render(v: &Verdict) -> String {
    let mut out = String::new();
    let name = words::verdict(v.verdict);
    let _ = writeln!(out, "{}  [{}]", name.to_uppercase(), v.verdict);
    wrap(&mut out, "", &v.sentence);
    out.push('\n');
    let d = &v.declaration;
    let mut goods = format!("HS {}", d.hs.dotted());
    for part in [&d.description, &d.brand, &d.model].into_iter().flatten() {
        let _ = write!(goods, ", {part}");
    }
    row(&mut out, "Declared goods", &goods);
    if let Some(p) = &v.declared {
        let mut price = format!("{} {}", p.declared, p.unit.per());
        if let Some(rate) = &p.rate {
            let _ = write!(
                price,
                " = {} {} (1 {} = {} {} of {}, {})",
                unit_amount(p.amount),
                rate.to,
                rate.from,
                crate::pages::format::rate(rate.rate),
                rate.to,
                rate.date,
                rate.source
            );
        }
        row(&mut out, "Declared price", &price);
    }
    row(&mut out, "Export date", &d.export_date.to_string());
    if let Some(r) = &v.reference {
        row(&mut out, "Reference", &format!("rung {}: {}", r.rung.number(), r.label));
        row(
            &mut out,
            "Evidence",
            &format!(
                "{} listings, {} sellers, {} sites; {} effective votes; offers seen from {} to {} count",
                r.n_listings,
                r.n_sellers,
                r.n_sites,
                crate::pages::format::votes(r.n_eff),
                r.window.from,
                r.window.to
            ),
        );
        row(
            &mut out,
            "Offers",
            &format!(
                "median {} {} {}; middle half {} to {}; lowest {}",
                figure(r.median),
                r.currency,
                r.unit.per(),
                figure(r.q1),
                figure(r.q3),
                figure(r.lowest)
            ),
        );
        row(
            &mut out,
            "Basis",
            &format!("{}; {} goods, {} level", basis_words(&r.basis), r.condition, r.level),
        );
        row(
            &mut out,
            "Detectable",
            &format!(
                "a price at {} of the median or lower stands out 4 times in 5",
                crate::pages::format::percent(r.detectable_ratio)
            ),
        );
    }
    if let Some(ratio) = v.ratio {
        let mut figures = crate::pages::format::ratio(ratio);
        // The side that the price lies on.
        let high = v.p_lower.zip(v.p_upper).is_some_and(|(lower, upper)| upper < lower);
        let (side, p) = if high { ("high", v.p_upper) } else { ("low", v.p_lower) };
        if let (Some(p), Some(smallest)) = (p, v.smallest_p) {
            let _ = write!(
                figures,
                "; p on the {side} side {} (smallest attainable {})",
                crate::pages::format::p(p),
                crate::pages::format::p(smallest)
            );
        }
        if let Some(c) = v.calibrated {
            let _ = write!(
                figures,
                "; calibrated p {} ({:.0} ranks of {} sibling groups)",
                crate::pages::format::p(if high { c.p_upper } else { c.p_lower }),
                c.ranks.floor(),
                c.groups
            );
        }
        if let Some(z) = v.z {
            let _ = write!(figures, "; z {}", crate::pages::format::two(z));
        }
        if let (Some(at), Some((low, high))) = (v.percentile, v.percentile_interval) {
            let _ = write!(
                figures,
                "; percentile {} (90 % interval {} to {})",
                hundredth(at),
                hundredth(low),
                hundredth(high)
            );
        }
        row(&mut out, "Ratio to median", &figures);
    }
    list(&mut out, "Signals", v.signals.iter().map(|s| s.sentence.as_str()));
    list(&mut out, "What would cure it", v.cures.iter().map(String::as_str));
    list(&mut out, "Ask the importer", v.ask.iter().map(String::as_str));
    list(&mut out, "Ladder", v.rungs.iter().map(|r| r.sentence.as_str()));
    if !v.comparators.is_empty() {
        let listed = v.comparators.len();
        let total = v.comparators_total.max(listed as u32) as usize;
        let shown = listed.min(8);
        let of = match total - listed {
            0 => format!("lowest {shown} of {total}"),
            _ => format!("{shown} of the {listed} nearest to the declared price, of {total} used"),
        };
        let alike = v.comparators[..shown].iter().any(|c| c.similarity.is_some_and(|s| s < 1.0));
        let _ = writeln!(out, "\nComparators ({of}; all with --comparators all --json)");
        if alike {
            let _ = writeln!(out, "  unit price, day seen, similarity; site, seller, name");
        }
        for c in &v.comparators[..shown] {
            let similarity = c.similarity.filter(|_| alike).map(words::similarity);
            let similarity = similarity.map_or_else(String::new, |s| format!("{s:>4}  "));
            // Sources of price lists are sites and sellers in one.
            let named = match c.site == c.seller {
                true => format!("{} · {}", c.site, c.name),
                false => format!("{} · {} · {}", c.site, c.seller, c.name),
            };
            let _ = writeln!(
                out,
                "  {:>12}  {}  {similarity}{}",
                unit_amount(c.unit_price.low),
                c.captured_at.date_naive(),
                clip(&named, WIDTH - 28 - similarity.len())
            );
        }
    }
    if !v.excluded_counts.is_empty() {
        let parts: Vec<String> = v
            .excluded_counts
            .iter()
            .map(|(reason, n)| format!("{n} {}", words::exclusion(*reason)))
            .collect();
        out.push('\n');
        row(&mut out, "Not used", &parts.join(", "));
    }
    out.push('\n');
    row(&mut out, "Snapshot", &v.snapshot.to_string());
    row(&mut out, "Parameters", &v.parameters.to_string());
    out.push('\n');
    wrap(&mut out, "", validation::sentence(v));
    out.push('\n');
    wrap(&mut out, "", &v.caveat);
    out
}

/// A paragraph for a terminal, ended by a line end.
pub fn wrapped(text: &str) -> String {
    let mut out = String::new();
    wrap(&mut out, "", text);
    out
}

/// What a basis name means.
pub fn basis_words(basis: &str) -> &str {
    match basis {
        "offer" => "prices as offered (taxes, margins and freight not taken out)",
        "cif" => "offers reduced to CIF by the market's recipe",
        other => other,
    }
}

fn row(out: &mut String, label: &str, text: &str) {
    let indent = " ".repeat(LABEL);
    let mut block = String::new();
    wrap(&mut block, &indent, text);
    let _ = write!(out, "{label:<LABEL$}{}", &block[indent.len().min(block.len())..]);
}

fn list<'a>(out: &mut String, title: &str, items: impl Iterator<Item = &'a str>) {
    let mut first = true;
    for item in items {
        if first {
            let _ = writeln!(out, "\n{title}");
            first = false;
        }
        let mut block = String::new();
        wrap(&mut block, "    ", item);
        let _ = write!(out, "  - {}", &block[4.min(block.len())..]);
    }
}

fn wrap(out: &mut String, indent: &str, text: &str) {
    let mut line = indent.to_owned();
    let mut used = indent.chars().count();
    let mut empty = true;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if !empty && used + 1 + length > WIDTH {
            out.push_str(&line);
            out.push('\n');
            line = indent.to_owned();
            used = indent.chars().count();
            empty = true;
        }
        if !empty {
            line.push(' ');
            used += 1;
        }
        line.push_str(word);
        used += length;
        empty = false;
    }
    out.push_str(&line);
    out.push('\n');
}

fn clip(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(width - 1).collect();
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strong_reason_reads_well_in_a_terminal_of_80_columns() {
        let text = render(&crate::pages::samples::strong());
        assert!(text.lines().all(|l| l.chars().count() <= WIDTH), "{text}");
        let head: Vec<&str> = text.lines().take_while(|l| !l.starts_with("Signals")).collect();
        insta::assert_snapshot!(head.join("\n"), @r#"
        STRONG REASON TO ASK  [strong_reason_to_ask]
        The declared 0.55 EUR per kg is 47 % of the median of 36 comparable offers; 1 in
        37 would be as low by chance alone.

        Declared goods  HS 0703.20.00, Garlic, fresh, in 10 kg cartons
        Declared price  0.55 EUR per kg
        Export date     2026-09-15
        Reference       rung 2: similar goods: fresh garlic by description, new,
                        wholesale, per kg
        Evidence        36 listings, 36 sellers, 4 sites; 36 effective votes; offers
                        seen from 2026-06-17 to 2026-12-14 count
        Offers          median 1.19 EUR per kg; middle half 1.03 to 1.35; lowest 0.672
        Basis           prices as offered (taxes, margins and freight not taken out);
                        new goods, wholesale level
        Detectable      a price at 62 % of the median or lower stands out 4 times in 5
        Ratio to median 46 %; p on the low side 0.027 (smallest attainable 0.027); z
                        −3.21; percentile 0 (90 % interval 0 to 7.6)
        "#);
        assert!(text.ends_with(&{
            let mut caveat = String::new();
            wrap(&mut caveat, "", model::CAVEAT);
            caveat
        }));
    }

    #[test]
    fn long_texts_are_wrapped_with_their_indent() {
        let mut out = String::new();
        wrap(&mut out, "    ", &"word ".repeat(40));
        assert!(out.lines().all(|l| l.starts_with("    ") && l.chars().count() <= WIDTH));
        assert!(out.lines().count() > 1);
    }
}
