//! Charts as SVG text, made on the server: the distribution a line is held to, and the price
//! levels of a subheading. Geometry only: every figure comes in calculated.
//!
//! Colours come from the page's style sheet by class (`c-offer`, `c-box`, `c-median`,
//! `c-declared`, `c-axis`); shapes alone tell the parts apart in black-and-white print.

mod axis;
mod distribution;
mod levels;

pub use axis::LogAxis;
pub use distribution::{DistributionChart, Quartiles};
pub use levels::{LevelPanel, LevelRow, levels_chart};

/// Text made safe between tags and in attributes.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Control characters are not allowed in XML, escaped or not.
            c if c.is_control() && c != '\n' && c != '\t' => {}
            c => out.push(c),
        }
    }
    out
}

/// Where a label at `x` is anchored so that it stays inside a drawing of this width.
pub(crate) fn anchor(x: f64, width: f64) -> &'static str {
    if x < width * 0.22 {
        "start"
    } else if x > width * 0.78 {
        "end"
    } else {
        "middle"
    }
}
