//! An explanation as text for people: the same on every machine, no wider than a terminal where the
//! texts of the page allow it.

use super::{Explanation, Stage, Step};
use std::fmt::{Display, Formatter, Result};

/// Columns of a terminal.
const WIDTH: usize = 80;

impl Display for Explanation {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "observation {}", self.observation)?;
        wrapped(f, "", &self.name)?;
        let market = self.market.map_or_else(|| "not known".to_owned(), |m| m.to_string());
        wrapped(
            f,
            "",
            &format!("seller {}, site {}, market {market}, source {}", self.seller, self.site, self.source),
        )?;
        let seen = self.captured_at.format("%Y-%m-%d %H:%M:%S UTC");
        match &self.archive {
            Some(place) => {
                wrapped(f, "", &format!("seen {seen}; page at byte {} of {}", place.offset, place.file))?
            }
            None => wrapped(f, "", &format!("seen {seen}; of a price list, no archived page"))?,
        }
        let mut stage: Option<Stage> = None;
        for step in &self.steps {
            if stage != Some(step.stage) {
                stage = Some(step.stage);
                writeln!(f, "\n{}", step.stage.title())?;
            }
            write_step(f, step)?;
        }
        writeln!(f, "\nComparable")?;
        for price in &self.unit_prices {
            let amount = super::range(&model::Interval { low: price.low, high: price.high });
            wrapped(
                f,
                "  ",
                &format!("{amount} {} {}, basis {}", self.currency, price.unit.per(), self.basis),
            )?;
        }
        if let Some(why) = &self.not_comparable {
            wrapped(f, "  ", &format!("no: {why}"))?;
        }
        if self.illustrative {
            wrapped(f, "  ", "Rates marked illustrative are no one's figures; do not cite the result.")?;
        }
        wrapped(f, "  ", self.rounding)?;
        writeln!(f, "\nUse in law, by the line it is held to")?;
        for case in &self.legal {
            wrapped(f, "  ", &format!("{} [{}]: {}", case.line, case.code, case.sentence))?;
        }
        Ok(())
    }
}

fn write_step(f: &mut Formatter<'_>, step: &Step) -> Result {
    let mut told = format!("{}. {}: ", step.number, step.what);
    if let Some(from) = &step.from {
        told.push_str(&format!("'{from}' {}", step.joined_by()));
    }
    told.push_str(&step.result);
    wrapped(f, "  ", &told)?;
    let place = step.place.as_deref().unwrap_or("the place was not kept");
    if let Some(syntax) = step.syntax {
        wrapped(f, "     ", &format!("at {} {place}", syntax.code()))?;
    }
    if let Some(calculation) = &step.calculation {
        wrapped(f, "     ", calculation.formula)?;
        if step.stage == Stage::Exchange
            && let Some(source) = &calculation.source
        {
            wrapped(f, "     ", source)?;
        }
    }
    Ok(())
}

/// A paragraph, its first line at the indent, the others two deeper.
fn wrapped(f: &mut Formatter<'_>, indent: &str, text: &str) -> Result {
    let mut line = indent.to_owned();
    let mut width = indent.chars().count();
    let start = width;
    for word in text.split_whitespace() {
        let long = word.chars().count();
        if width > start && width + 1 + long > WIDTH {
            writeln!(f, "{line}")?;
            line = format!("{indent}  {word}");
            width = start + 2 + long;
        } else {
            if width > start {
                line.push(' ');
                width += 1;
            }
            line.push_str(word);
            width += long;
        }
    }
    writeln!(f, "{line}")
}
