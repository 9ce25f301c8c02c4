//! The distribution one line is held to: a strip of offers, the box of quartiles, the declared
//! price.

use super::{LogAxis, anchor, escaped};
use crate::pages::format::price;
use std::fmt::Write;

/// The figures of the box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quartiles {
    /// First decile.
    pub p10: f64,
    /// Lower quartile.
    pub q1: f64,
    /// Median.
    pub median: f64,
    /// Upper quartile.
    pub q3: f64,
    /// Ninth decile.
    pub p90: f64,
}

/// What is drawn. Prices in one currency per one unit.
#[derive(Debug, Clone, Default)]
pub struct DistributionChart {
    /// Unit prices of the offers, low ends.
    pub offers: Vec<f64>,
    /// The box, where there is a reference.
    pub quartiles: Option<Quartiles>,
    /// Median of the high ends, where offers are intervals.
    pub median_high: Option<f64>,
    /// The declared price.
    pub declared: Option<f64>,
    /// The declared price as the page writes it.
    pub declared_words: String,
    /// Medians of the price levels, where there are several; lettered A, B … in this order.
    pub segments: Vec<f64>,
    /// Words under the axis: "EUR per kg".
    pub axis_label: String,
    /// Title for those who do not see the drawing.
    pub title: String,
}

/// A drawing's measures in user units.
struct Frame {
    width: f64,
    radius: f64,
    char_width: f64,
    /// Lower edge of the strip of offers; what follows hangs from it.
    strip_base: f64,
}

impl Frame {
    fn of_width(width: f64, radius: f64) -> Self {
        Frame { width, radius, char_width: 7.5, strip_base: STRIP_TOP + STRIP.1 }
    }
    fn box_top(&self) -> f64 {
        self.strip_base + 12.0
    }
    fn median_label(&self) -> f64 {
        self.box_top() + BOX_HEIGHT + 17.0
    }
    fn axis(&self) -> f64 {
        self.median_label() + 11.0
    }
    fn height(&self) -> f64 {
        self.axis() + 38.0
    }
}

/// An offer's place: the horizontal centre of its stack and how many lie below it.
type Place = (f64, usize);

const TOP: f64 = 30.0;
const STRIP_TOP: f64 = 46.0;
const BOX_HEIGHT: f64 = 22.0;
const MARGIN: f64 = 14.0;
/// Least and greatest height of the strip of offers.
const STRIP: (f64, f64) = (22.0, 76.0);

impl DistributionChart {
    /// The drawing for a page about 700 pixels wide and for print. `None` when there is no price
    /// to draw.
    pub fn wide(&self) -> Option<String> {
        self.draw("chart-wide", Frame::of_width(720.0, 4.0))
    }

    /// The drawing for a telephone.
    pub fn narrow(&self) -> Option<String> {
        self.draw("chart-narrow", Frame::of_width(360.0, 3.2))
    }

    /// What the drawing shows, in words.
    pub fn description(&self) -> String {
        let mut text = match self.offers.len() {
            0 => "No offer is drawn.".to_owned(),
            1 => "One offer".to_owned(),
            n => format!("{n} offers"),
        };
        let low = self.offers.iter().copied().fold(f64::INFINITY, f64::min);
        let high = self.offers.iter().copied().fold(0.0, f64::max);
        if low.is_finite() {
            if self.offers.len() == 1 {
                let _ = write!(text, " at {}.", price(low));
            } else {
                let _ = write!(text, " from {} to {}.", price(low), price(high));
            }
        }
        if let Some(q) = &self.quartiles {
            let _ = write!(
                text,
                " The middle half lies between {} and {}, the median at {}.",
                price(q.q1),
                price(q.q3),
                price(q.median)
            );
        }
        if self.declared.is_some() {
            let _ = write!(text, " The declared price is {}.", self.declared_words);
        }
        let _ = write!(text, " {}, logarithmic scale.", self.axis_label);
        text
    }

    fn draw(&self, id: &str, mut frame: Frame) -> Option<String> {
        let width = frame.width;
        let axis = LogAxis::over(self.drawn_prices(), MARGIN, width - MARGIN)?;
        let places = self.stacked(&axis, &frame);
        let tallest = places.iter().map(|p| p.1 + 1).max().unwrap_or(1) as f64;
        let wanted = tallest * (2.0 * frame.radius + 1.0) + 4.0;
        frame.strip_base = STRIP_TOP + wanted.clamp(STRIP.0, STRIP.1);
        let (frame, height) = (&frame, frame.height());
        let mut svg = String::new();
        let _ = write!(
            svg,
            r#"<svg class="chart {id}" id="{id}" viewBox="0 0 {width} {height}" role="img" aria-labelledby="{id}-title {id}-desc" xmlns="http://www.w3.org/2000/svg"><title id="{id}-title">{}</title><desc id="{id}-desc">{}</desc>"#,
            escaped(&self.title),
            escaped(&self.description()),
        );
        self.draw_axis(&mut svg, &axis, frame);
        self.draw_box(&mut svg, &axis, frame);
        draw_offers(&mut svg, &places, frame);
        self.draw_segments(&mut svg, &axis, frame);
        self.draw_declared(&mut svg, &axis, frame);
        svg.push_str("</svg>");
        Some(svg)
    }

    fn drawn_prices(&self) -> Vec<f64> {
        let mut prices = self.offers.clone();
        if let Some(q) = &self.quartiles {
            prices.extend([q.p10, q.q1, q.median, q.q3, q.p90]);
        }
        prices.extend(self.median_high);
        prices.extend(self.declared);
        prices.extend(&self.segments);
        prices
    }

    fn draw_axis(&self, svg: &mut String, axis: &LogAxis, frame: &Frame) {
        let (width, y) = (frame.width, frame.axis());
        let _ = write!(
            svg,
            r#"<g class="c-axis"><line x1="{MARGIN}" y1="{y}" x2="{:.1}" y2="{y}"/>"#,
            width - MARGIN
        );
        for (x, label) in axis.ticks(frame.char_width) {
            // A label half outside would be cut off; the tick alone is enough there.
            let half = label.chars().count() as f64 * frame.char_width / 2.0;
            let _ = write!(svg, r#"<line x1="{x:.1}" y1="{y}" x2="{x:.1}" y2="{}"/>"#, y + 5.0);
            if x - half > 0.0 && x + half < width {
                let _ =
                    write!(svg, r#"<text x="{x:.1}" y="{}" text-anchor="middle">{label}</text>"#, y + 18.0);
            }
        }
        let _ = write!(
            svg,
            r#"<text x="{:.1}" y="{}" text-anchor="middle" class="c-note">{}, logarithmic scale</text></g>"#,
            width / 2.0,
            frame.height() - 4.0,
            escaped(&self.axis_label)
        );
    }

    fn draw_box(&self, svg: &mut String, axis: &LogAxis, frame: &Frame) {
        let Some(q) = &self.quartiles else { return };
        let box_top = frame.box_top();
        let middle = box_top + BOX_HEIGHT / 2.0;
        let (p10, q1, median, q3, p90) =
            (axis.x(q.p10), axis.x(q.q1), axis.x(q.median), axis.x(q.q3), axis.x(q.p90));
        let bottom = box_top + BOX_HEIGHT;
        let _ = write!(
            svg,
            r#"<g class="c-box"><line x1="{p10:.1}" y1="{middle}" x2="{p90:.1}" y2="{middle}"/><line x1="{p10:.1}" y1="{}" x2="{p10:.1}" y2="{}"/><line x1="{p90:.1}" y1="{}" x2="{p90:.1}" y2="{}"/><rect x="{q1:.1}" y="{box_top}" width="{:.1}" height="{BOX_HEIGHT}"/></g>"#,
            middle - 5.0,
            middle + 5.0,
            middle - 5.0,
            middle + 5.0,
            (q3 - q1).max(1.0),
        );
        let _ = write!(
            svg,
            r#"<line class="c-median" x1="{median:.1}" y1="{}" x2="{median:.1}" y2="{}"/><text class="c-median-label" x="{median:.1}" y="{}" text-anchor="{}">median {}</text>"#,
            box_top - 3.0,
            bottom + 3.0,
            frame.median_label(),
            anchor(median, frame.width),
            price(q.median)
        );
        if let Some(high) = self.median_high {
            let x = axis.x(high);
            let _ = write!(
                svg,
                r#"<line class="c-median-high" x1="{x:.1}" y1="{}" x2="{x:.1}" y2="{}"/>"#,
                box_top - 3.0,
                bottom + 3.0
            );
        }
    }

    /// Offers at about the same price are stacked.
    fn stacked(&self, axis: &LogAxis, frame: &Frame) -> Vec<Place> {
        let column = 2.0 * frame.radius + 1.0;
        let mut offers: Vec<f64> = self.offers.clone();
        offers.sort_by(f64::total_cmp);
        let (mut stack, mut below) = (f64::NEG_INFINITY, 0usize);
        offers
            .into_iter()
            .map(|offer| {
                let x = axis.x(offer);
                if x - stack < column {
                    below += 1;
                } else {
                    (stack, below) = (x, 0);
                }
                (stack, below)
            })
            .collect()
    }

    fn draw_segments(&self, svg: &mut String, axis: &LogAxis, frame: &Frame) {
        let bottom = frame.axis();
        for (segment, letter) in self.segments.iter().zip('A'..='Z') {
            let x = axis.x(*segment);
            let _ = write!(
                svg,
                r#"<g class="c-segment"><line x1="{x:.1}" y1="{STRIP_TOP}" x2="{x:.1}" y2="{bottom}"/><text x="{:.1}" y="{}">{letter}</text></g>"#,
                x + 4.0,
                STRIP_TOP + 9.0
            );
        }
    }

    fn draw_declared(&self, svg: &mut String, axis: &LogAxis, frame: &Frame) {
        let Some(declared) = self.declared else {
            return;
        };
        let x = axis.x(declared);
        let label_x = x.clamp(4.0, frame.width - 4.0);
        let (top, bottom) = (TOP - 2.0, frame.axis());
        let _ = write!(
            svg,
            r#"<g class="c-declared"><line x1="{x:.1}" y1="{top}" x2="{x:.1}" y2="{bottom}"/><path d="M{x:.1} {} l6 7 l-6 7 l-6 -7 z"/><text x="{label_x:.1}" y="16" text-anchor="{}">declared {}</text></g>"#,
            top - 6.0,
            anchor(x, frame.width),
            escaped(&self.declared_words)
        );
    }
}

/// A stack that would leave the strip is drawn closer, so that every offer stays visible as ink.
fn draw_offers(svg: &mut String, places: &[Place], frame: &Frame) {
    let radius = frame.radius;
    let tallest = places.iter().map(|p| p.1).max().unwrap_or(0).max(1) as f64;
    let room = frame.strip_base - STRIP_TOP - 2.0 * radius;
    let step = (2.0 * radius + 1.0).min(room / tallest);
    svg.push_str(r#"<g class="c-offer">"#);
    for (x, below) in places {
        let _ = write!(
            svg,
            r#"<circle cx="{x:.1}" cy="{:.1}" r="{radius}"/>"#,
            frame.strip_base - radius - *below as f64 * step
        );
    }
    svg.push_str("</g>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use scraper::{Html, Selector};

    fn chart(offers: Vec<f64>, declared: f64) -> DistributionChart {
        let mut sorted = offers.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
        DistributionChart {
            quartiles: Some(Quartiles {
                p10: at(0.1),
                q1: at(0.25),
                median: at(0.5),
                q3: at(0.75),
                p90: at(0.9),
            }),
            offers,
            declared: Some(declared),
            declared_words: price(declared),
            axis_label: "EUR per kg".to_owned(),
            title: "Offers and the declared price".to_owned(),
            ..DistributionChart::default()
        }
    }

    /// Every number of every coordinate attribute, with the attribute's name.
    fn coordinates(svg: &str) -> Vec<(String, f64)> {
        let document = Html::parse_fragment(svg);
        let all = Selector::parse("svg *").unwrap();
        document
            .select(&all)
            .flat_map(|e| e.value().attrs())
            .filter(|(name, _)| matches!(*name, "x" | "x1" | "x2" | "cx" | "y" | "y1" | "y2" | "cy"))
            .map(|(name, value)| (name.to_owned(), value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn every_mark_lies_inside_at_any_number_of_offers_and_any_ratio() {
        let sets: Vec<(Vec<f64>, f64)> = vec![
            (vec![3.5], 3.5),
            (vec![1.0, 2.0, 3.0], 1e-9),
            (vec![1.0, 2.0, 3.0], 1e12),
            ((0..500).map(|i| 1.0 + f64::from(i % 7) * 0.01).collect(), 0.4),
            ((0..500).map(|i| 1.01f64.powi(i)).collect(), 40.0),
            (vec![5.0; 500], 5.0),
        ];
        for (offers, declared) in sets {
            let n = offers.len();
            let chart = chart(offers, declared);
            for (svg, width) in [(chart.wide().unwrap(), 720.0), (chart.narrow().unwrap(), 360.0)] {
                assert_eq!(svg.matches("<circle").count(), n);
                for (name, value) in coordinates(&svg) {
                    let limit = if name.contains('x') { width } else { 222.0 };
                    assert!(
                        value.is_finite() && (0.0..=limit).contains(&value),
                        "{name}={value} with {n} offers, declared {declared}"
                    );
                }
            }
        }
    }

    #[test]
    fn the_declared_price_stands_left_of_dearer_offers() {
        let svg = chart(vec![1.0, 1.2, 1.4], 0.5).wide().unwrap();
        let document = Html::parse_fragment(&svg);
        let line = Selector::parse(".c-declared line").unwrap();
        let declared: f64 = document.select(&line).next().unwrap().attr("x1").unwrap().parse().unwrap();
        let circles = Selector::parse("circle").unwrap();
        for circle in document.select(&circles) {
            assert!(circle.attr("cx").unwrap().parse::<f64>().unwrap() > declared);
        }
    }

    #[test]
    fn the_drawing_is_told_in_words() {
        insta::assert_snapshot!(
            chart(vec![1.0, 1.2, 1.4], 0.5).description(),
            @"3 offers from 1.00 to 1.40. The middle half lies between 1.00 and 1.20, the median at 1.20. The declared price is 0.50. EUR per kg, logarithmic scale."
        );
    }

    #[test]
    fn nothing_to_draw_gives_no_drawing() {
        assert!(DistributionChart::default().wide().is_none());
    }

    #[test]
    fn words_in_a_chart_are_escaped() {
        let mut chart = chart(vec![1.0], 1.0);
        chart.title = "<script>alert('x')</script>".to_owned();
        let svg = chart.wide().unwrap();
        assert!(!svg.contains("<script"));
        assert!(svg.contains("&lt;script&gt;"));
    }
}
