//! The price levels of one subheading: one row per released cell, one axis per unit.

use super::{LogAxis, escaped};
use crate::pages::format::three;
use std::fmt::Write;

/// A released cell.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelRow {
    /// Condition and commercial level, in words.
    pub label: String,
    /// Median unit price.
    pub median: f64,
    /// Lower and upper quartile, where they are released.
    pub quartiles: Option<(f64, f64)>,
    /// First and ninth decile, where they are released.
    pub deciles: Option<(f64, f64)>,
}

/// Rows that share a unit, and so an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct LevelPanel {
    /// Words under the axis: "EUR per kg".
    pub axis_label: String,
    /// The rows, top down.
    pub rows: Vec<LevelRow>,
}

const WIDTH: f64 = 420.0;
const MARGIN: f64 = 12.0;
const ROW: f64 = 40.0;
const FOOT: f64 = 46.0;

/// Draws the panels one below the other. `None` when no row has a price.
pub fn levels_chart(id: &str, title: &str, panels: &[LevelPanel]) -> Option<String> {
    let panels: Vec<(&LevelPanel, LogAxis)> = panels
        .iter()
        .filter_map(|panel| {
            let prices = panel.rows.iter().flat_map(|row| {
                [Some(row.median), row.quartiles.map(|q| q.0), row.quartiles.map(|q| q.1)]
                    .into_iter()
                    .chain([row.deciles.map(|d| d.0), row.deciles.map(|d| d.1)])
                    .flatten()
            });
            Some((panel, LogAxis::over(prices, MARGIN, WIDTH - MARGIN)?))
        })
        .collect();
    if panels.is_empty() {
        return None;
    }
    let height: f64 = panels.iter().map(|(panel, _)| panel.rows.len() as f64 * ROW + FOOT).sum();
    let mut description = String::new();
    for (panel, _) in &panels {
        for row in &panel.rows {
            let _ = write!(description, "{}: median {} {}", row.label, three(row.median), panel.axis_label);
            if let Some((q1, q3)) = row.quartiles {
                let _ = write!(description, ", middle half {} to {}", three(q1), three(q3));
            }
            description.push_str(". ");
        }
    }
    let mut svg = format!(
        r#"<svg class="chart" id="{id}" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{id}-title {id}-desc" xmlns="http://www.w3.org/2000/svg"><title id="{id}-title">{}</title><desc id="{id}-desc">{}</desc>"#,
        escaped(title),
        escaped(description.trim_end())
    );
    let mut top = 0.0;
    for (panel, axis) in &panels {
        for row in &panel.rows {
            draw_row(&mut svg, row, axis, top);
            top += ROW;
        }
        draw_axis(&mut svg, panel, axis, top);
        top += FOOT;
    }
    svg.push_str("</svg>");
    Some(svg)
}

fn draw_row(svg: &mut String, row: &LevelRow, axis: &LogAxis, top: f64) {
    let middle = top + 28.0;
    let median = axis.x(row.median);
    let _ = write!(
        svg,
        r#"<text class="c-row" x="{MARGIN}" y="{}">{}</text><text class="c-value" x="{}" y="{}" text-anchor="end">{}</text>"#,
        top + 14.0,
        escaped(&row.label),
        WIDTH - MARGIN,
        top + 14.0,
        three(row.median)
    );
    let _ = write!(
        svg,
        r#"<line class="c-guide" x1="{MARGIN}" y1="{middle}" x2="{}" y2="{middle}"/>"#,
        WIDTH - MARGIN
    );
    svg.push_str(r#"<g class="c-box">"#);
    if let Some((p10, p90)) = row.deciles {
        let _ = write!(
            svg,
            r#"<line x1="{:.1}" y1="{middle}" x2="{:.1}" y2="{middle}"/>"#,
            axis.x(p10),
            axis.x(p90)
        );
    }
    if let Some((q1, q3)) = row.quartiles {
        let (left, right) = (axis.x(q1), axis.x(q3));
        let _ = write!(
            svg,
            r#"<rect x="{left:.1}" y="{}" width="{:.1}" height="12"/>"#,
            middle - 6.0,
            (right - left).max(1.0)
        );
    }
    let _ = write!(
        svg,
        r#"</g><line class="c-median" x1="{median:.1}" y1="{}" x2="{median:.1}" y2="{}"/>"#,
        middle - 8.0,
        middle + 8.0
    );
}

fn draw_axis(svg: &mut String, panel: &LevelPanel, axis: &LogAxis, top: f64) {
    let y = top + 4.0;
    let _ =
        write!(svg, r#"<g class="c-axis"><line x1="{MARGIN}" y1="{y}" x2="{}" y2="{y}"/>"#, WIDTH - MARGIN);
    for (x, label) in axis.ticks(7.5) {
        let half = label.chars().count() as f64 * 7.5 / 2.0;
        let _ = write!(svg, r#"<line x1="{x:.1}" y1="{y}" x2="{x:.1}" y2="{}"/>"#, y + 4.0);
        if x - half > 0.0 && x + half < WIDTH {
            let _ = write!(svg, r#"<text x="{x:.1}" y="{}" text-anchor="middle">{label}</text>"#, y + 17.0);
        }
    }
    let _ = write!(
        svg,
        r#"<text x="{}" y="{}" text-anchor="middle" class="c-note">{}, logarithmic scale</text></g>"#,
        WIDTH / 2.0,
        y + 33.0,
        escaped(&panel.axis_label)
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_has_its_own_axis_and_an_empty_one_is_left_out() {
        let row = LevelRow {
            label: "new, retail".to_owned(),
            median: 1.18,
            quartiles: Some((0.98, 1.42)),
            deciles: None,
        };
        let panels = [
            LevelPanel { axis_label: "EUR per kg".to_owned(), rows: vec![row.clone()] },
            LevelPanel { axis_label: "EUR per piece".to_owned(), rows: vec![row] },
            LevelPanel { axis_label: "EUR per litre".to_owned(), rows: vec![] },
        ];
        let svg = levels_chart("hs070320", "Garlic", &panels).unwrap();
        assert_eq!(svg.matches("c-axis").count(), 2);
        assert!(svg.contains("new, retail: median 1.18 EUR per kg, middle half 0.980 to 1.42."));
        assert!(levels_chart("none", "None", &panels[2..]).is_none());
    }
}
