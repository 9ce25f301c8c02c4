//! How tables of tests write a quantity that was read: WCO units, mass, volume or length first, pieces
//! after; `? ` where two readings stand; `none` where no quantity sold is stated.

use normalizer::quantity::{self, QuantityStatus};

pub fn told(text: &str) -> String {
    let reading = quantity::parse(text);
    if reading.status == QuantityStatus::None {
        return "none".to_owned();
    }
    let quantities: Vec<String> =
        reading.quantities.iter().map(|q| format!("{} {}", q.value().normalize(), q.unit())).collect();
    let doubt = if reading.status == QuantityStatus::Ambiguous { "? " } else { "" };
    format!("{doubt}{}", quantities.join(", "))
}
