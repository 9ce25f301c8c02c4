//! What the doctype of a page says of tables within paragraphs: whether the page is read in the HTML
//! standard's quirks mode. Nothing else depends on it here.

/// Public identifiers of pages that are read like today's, or nearly so.
const KNOWN: [&str; 6] = [
    "-//w3c//dtd html 4.0//",
    "-//w3c//dtd html 4.01//",
    "-//w3c//dtd xhtml 1.0 strict//",
    "-//w3c//dtd xhtml 1.0 transitional//",
    "-//w3c//dtd xhtml 1.0 frameset//",
    "-//w3c//dtd xhtml 1.1//",
];
/// The same, only with an address of the definition.
const KNOWN_WITH_ADDRESS: [&str; 2] =
    ["-//w3c//dtd html 4.01 transitional//", "-//w3c//dtd html 4.01 frameset//"];
/// The one address that asks for quirks.
const OF_QUIRKS: &str = "http://www.ibm.com/data/dtd/v11/ibmxhtml1-transitional.dtd";

/// Whether a page is read in quirks mode, by the text of its doctype without signs around; `None` where
/// that is not among the common ones.
pub(super) fn quirks(text: &str) -> Option<bool> {
    let low = text.to_ascii_lowercase();
    let rest = low.trim_ascii().strip_prefix("html")?;
    if rest.is_empty() {
        return Some(false);
    }
    let rest = rest.strip_prefix(|c: char| c.is_ascii_whitespace())?.trim_ascii_start();
    let rest = rest.strip_prefix("public")?.strip_prefix(|c: char| c.is_ascii_whitespace())?;
    let (public, rest) = quoted(rest)?;
    let address = if rest.trim_ascii().is_empty() {
        None
    } else {
        let (address, rest) = quoted(rest.strip_prefix(|c: char| c.is_ascii_whitespace())?)?;
        rest.trim_ascii().is_empty().then_some(())?;
        Some(address)
    };
    if address == Some(OF_QUIRKS) {
        return Some(true);
    }
    let is = |known: &[&str]| known.iter().any(|k| public.starts_with(k));
    if is(&KNOWN_WITH_ADDRESS) {
        return Some(address.is_none());
    }
    is(&KNOWN).then_some(false)
}

/// A text in quotes, and what stands behind it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_ascii_start();
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    text[1..].split_once(quote)
}
