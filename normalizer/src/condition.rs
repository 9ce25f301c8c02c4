//! The condition of goods, from a field that states it or from words of the title.

use model::Condition;

/// Reads a condition field: a schema.org term or address, or a word in many languages. `None`
/// where the text says nothing known.
pub fn parse(_text: &str) -> Option<Condition> {
    None
}

/// The condition a title states by its words ("refurbished", "gebraucht", "d'occasion"), with the
/// words. A title that says nothing is `None`, not new.
pub fn in_name(_name: &str) -> Option<(Condition, String)> {
    None
}
