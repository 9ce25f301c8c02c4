//! Named attributes ("Ursprungsland: Italien") in definition lists, tables and labelled lines, and
//! the field a name stands for in many languages. Values stay as written.

use super::element_words::{CODED, words};
use super::label_names::{Field, field_named, may_be_named};
use super::terms::{fold, name_words, squeeze};
use super::text_signs::{BAR, COLON, DIGIT};
use super::tree::{Id, Tree, unread};
use model::{Listing, Stated, Syntax};

/// Attributes kept of one page.
const ATTRIBUTES: usize = 120;
/// Bytes of a name and of a value.
const NAME: usize = 48;
const VALUE: usize = 240;

fn field_of(name: &str) -> Option<Field> {
    if name.len() > NAME * 4 {
        return None;
    }
    // "make / manufacturer": either name will do.
    known(name)?.or_else(|| {
        memchr::memchr3(b'/', b'(', b'|', name.as_bytes())?;
        name.split(['/', '(', '|'])
            .skip(usize::from(!name.contains('/')))
            .find_map(|part| known(part).flatten())
    })
}

/// The field of a name, compared by its letters and digits; `None` where it is too long for a name
/// or has none.
fn known(name: &str) -> Option<Option<Field>> {
    if !name.is_ascii() {
        let squeezed = squeeze(name);
        return (1..=NAME).contains(&squeezed.len()).then(|| field_named(&squeezed));
    }
    let mut squeezed = [0; NAME];
    let mut length = 0;
    for b in name.bytes().filter(u8::is_ascii_alphanumeric) {
        *squeezed.get_mut(length)? = b.to_ascii_lowercase();
        length += 1;
    }
    let squeezed = std::str::from_utf8(&squeezed[..length]).ok().filter(|s| !s.is_empty())?;
    Some(field_named(squeezed))
}

/// Puts a named value where it belongs: into its field if that is empty, and into the attributes.
pub(super) fn assign(listing: &mut Listing, name: &str, value: Stated) {
    let name = name.trim().trim_end_matches([':', '：']).trim();
    if name.is_empty() || value.text.is_empty() {
        return;
    }
    if let Some(field) = field_of(name) {
        let value = tidy(field, value.clone());
        let slot = match field {
            Field::Brand => &mut listing.brand,
            Field::Sku => &mut listing.sku,
            Field::Gtin => &mut listing.gtin,
            Field::Mpn => &mut listing.mpn,
            Field::Model => &mut listing.model,
            Field::HsCode => &mut listing.hs_code,
            Field::Origin => &mut listing.origin,
            Field::MinOrder => &mut listing.min_order,
            Field::Quantity => &mut listing.quantity_text,
            Field::Condition => &mut listing.condition,
            Field::Seller => &mut listing.seller,
        };
        if slot.is_none() && fits(field, &value.text) {
            *slot = Some(value);
        }
    }
    if listing.attributes.len() < ATTRIBUTES
        && !listing.attributes.iter().any(|(n, v)| n == name && v.text == value.text)
    {
        listing.attributes.push((name.to_owned(), value));
    }
}

/// A code ends where its sentence does.
fn tidy(field: Field, mut value: Stated) -> Stated {
    if matches!(field, Field::Gtin | Field::Sku | Field::Mpn | Field::HsCode) {
        let trimmed = value.text.trim_matches(['.', ',', ';', ':', ')', '(', ' ', '#']);
        value.text = trimmed.to_owned();
    }
    value
}

/// A name that repeats its label: "Brand: Panasonic" is Panasonic.
pub(super) fn without_label(text: &str) -> &str {
    match text.split_once([':', '：']) {
        Some((label, rest)) if !rest.trim().is_empty() => {
            let last = label.rsplit(' ').next().unwrap_or(label);
            if field_of(last).is_some() { rest.trim() } else { text }
        }
        _ => text,
    }
}

/// Whether a value can be what its label says; a label in a running text is often none.
fn fits(field: Field, value: &str) -> bool {
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    let letters = value.chars().filter(|c| c.is_alphabetic()).count();
    match field {
        Field::Gtin => model::Gtin::parse(value).is_ok(),
        Field::HsCode => (4..=12).contains(&digits) && letters <= 4,
        Field::Sku | Field::Mpn => {
            value.len() <= 40
                && value.split(' ').count() <= 4
                && digits + letters >= 2
                && (digits > 0 || value.split(' ').count() <= 2)
        }
        Field::Quantity | Field::MinOrder => digits > 0 && value.len() <= 80,
        Field::Brand | Field::Model => value.len() <= 60 && letters + digits > 0,
        Field::Origin | Field::Condition => letters > 1 && value.len() <= 60,
        Field::Seller => letters > 1 && value.len() <= 80,
    }
}

/// Which named values are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Those that stand for a field of a listing.
    Fields,
    /// All, up to a limit.
    Attributes,
}

/// Reads the attributes the page shows: `dl`, two-celled table rows, list items and short blocks of
/// the form "Label: value" or of two children. `outside` tells the zones of other products; `keep`,
/// whether names that stand for no field are wanted too.
pub(super) fn read(tree: &Tree<'_>, outside: &mut dyn FnMut(Id) -> bool, keep: Keep) -> Listing {
    let mut listing = Listing::default();
    let mut taken_until = 0;
    for (id, element) in tree.elements() {
        if element.name() == "tr" {
            // Label and value may stand twice in a row.
            for (name, value) in rows(tree, id, keep) {
                if !outside(id) {
                    let place = format!("tr[{id}] {}", fold(&name));
                    assign(&mut listing, &name, Stated::new(value, Syntax::Visible, place));
                }
            }
            continue;
        }
        let pair = match element.name() {
            "dt" => definition(tree, id),
            "li" | "p" | "div" | "span" if id >= taken_until && several(tree, id, &mut listing, outside) => {
                taken_until = tree.nodes[id].end;
                continue;
            }
            "li" | "p" | "div" | "span" if id >= taken_until => {
                labelled(tree, id).or_else(|| named(tree, id))
            }
            _ => None,
        };
        let Some((name, value)) = pair else { continue };
        if outside(id) {
            continue;
        }
        taken_until = tree.nodes[id].end;
        let place = format!("{}[{id}] {}", element.name(), fold(&name));
        assign(&mut listing, &name, Stated::new(value, Syntax::Visible, place));
    }
    if keep == Keep::Fields {
        listing.attributes.clear();
    }
    listing
}

/// Whether what is read inside may be the name of a field; `false` is sure, and cheap.
fn may_name(tree: &Tree<'_>, id: Id) -> bool {
    let (mut first, mut letters, mut bytes) = (0, 0, 0);
    for node in &tree.nodes[id..tree.nodes[id].end] {
        if node.element.is_some_and(|e| unread(e.name())) {
            return true;
        }
        bytes += node.text.len();
        if bytes >= NAME * 2 {
            return true;
        }
        for &b in node.text.as_bytes() {
            // Several names, or letters whose small ones are longer.
            if b >= 0x80 || matches!(b, b'/' | b'(' | b'|') {
                return true;
            }
            if b.is_ascii_alphanumeric() {
                first = if letters == 0 { b.to_ascii_lowercase() } else { first };
                letters += 1;
            }
        }
    }
    may_be_named(first, letters)
}

fn definition(tree: &Tree<'_>, dt: Id) -> Option<(String, String)> {
    let next = tree.nodes[dt].end;
    let dd = (next..tree.nodes.len().min(next + 4)).find(|&i| tree.nodes[i].element.is_some())?;
    if tree.name(dd) != "dd" {
        return None;
    }
    pair(tree.text(dt, NAME * 2), tree.text(dd, VALUE))
}

fn rows(tree: &Tree<'_>, tr: Id, keep: Keep) -> Vec<(String, String)> {
    let (cells, count) = tree.first_children::<9>(tr);
    let read = |name: Id, value: Id| {
        let name = tree.shown(name, NAME * 2);
        if keep == Keep::Fields && field_of(name.trim_end_matches([':', '：', ' '])).is_none() {
            return None;
        }
        pair(name.into_owned(), tree.text(value, VALUE))
    };
    match &cells[..count] {
        [name, value] => read(*name, *value).into_iter().collect(),
        many if many.len() % 2 == 0 && many.len() <= 8 => {
            // Only where the first cell says it is a label: other rows of four are data.
            let label = |id: Id| {
                tree.name(id) == "th"
                    || tree.text(id, NAME).ends_with(':')
                    || tree.attr(id, "class").is_some_and(|c| c.to_ascii_lowercase().contains("label"))
            };
            many.chunks(2).filter(|c| label(c[0])).filter_map(|c| read(c[0], c[1])).collect()
        }
        _ => Vec::new(),
    }
}

/// A short text in an element that its author named after a field (`class="product-sku"`).
fn named(tree: &Tree<'_>, id: Id) -> Option<(String, String)> {
    // A code has digits.
    if tree.nodes[id].end - id > 6 || tree.signs(id) & DIGIT == 0 {
        return None;
    }
    // Most names say nothing of the kind.
    if words(tree, id) & CODED == 0 && tree.attr(id, "data-qa-qualifier").is_none() {
        return None;
    }
    let names = ["class", "id", "data-qa-qualifier", "data-testid", "data-test", "data-qa"];
    let label = names.iter().filter_map(|a| tree.attr(id, a)).find_map(|n| {
        let words: Vec<String> = name_words(n).take(6).collect();
        let has = |w: &str| words.iter().any(|x| x == w);
        if has("sku")
            || (has("product") && (has("reference") || has("ref") || has("code")))
            || has("articlenumber")
        {
            Some("sku")
        } else if has("mpn") {
            Some("mpn")
        } else if has("ean") || has("gtin") {
            Some("ean")
        } else {
            None
        }
    })?;
    let text = tree.text(id, 60);
    let value = without_label(&text).rsplit(' ').next()?.to_owned();
    value.bytes().any(|b| b.is_ascii_digit()).then(|| (label.to_owned(), value))
}

fn pair(name: String, value: String) -> Option<(String, String)> {
    let name = name.trim_end_matches([':', '：', ' ']).to_owned();
    (!name.is_empty() && name.chars().count() <= NAME && !value.is_empty()).then_some((name, value))
}

/// "Art. no.: 12 | EAN: 4006381333931": several labels in one line, between bars. Whether the line
/// was taken.
fn several(tree: &Tree<'_>, id: Id, listing: &mut Listing, outside: &mut dyn FnMut(Id) -> bool) -> bool {
    let inside = &tree.nodes[id + 1..tree.nodes[id].end];
    if inside.len() > 20 || !inside.iter().any(|n| n.signs & BAR != 0 && n.text.contains(['|', '·', '•']))
    {
        return false;
    }
    let text = tree.text(id, NAME + VALUE);
    let parts: Vec<(&str, &str)> = text
        .split(['|', '·', '•'])
        .filter_map(|part| part.split_once([':', '：']))
        .filter(|(name, _)| field_of(name).is_some())
        .collect();
    if parts.len() < 2 || outside(id) {
        return false;
    }
    for (name, value) in parts {
        let value = value.trim_matches(|c: char| c.is_whitespace() || c == '\u{a0}');
        let place = format!("{}[{id}] {}", tree.name(id), fold(name));
        assign(listing, name, Stated::new(value, Syntax::Visible, place));
    }
    true
}

/// A short block whose text starts with a known label.
fn labelled(tree: &Tree<'_>, id: Id) -> Option<(String, String)> {
    let size = tree.nodes[id].end - id;
    if !(2..=14).contains(&size) {
        return None;
    }
    // A label ends in a colon, stands before a code with digits, or in the first of two elements.
    let (children, count) = tree.first_children::<3>(id);
    let children = &children[..count];
    let two = matches!(children, [name, _] if may_name(tree, *name)
        && field_of(&tree.shown(*name, NAME * 2)).is_some());
    if !two && tree.signs(id) & (COLON | DIGIT) == 0 {
        return None;
    }
    let text = tree.shown(id, NAME + VALUE);
    if text.len() > NAME * 3 {
        return None;
    }
    if let Some((name, value)) = text.split_once([':', '：']) {
        let known = field_of(name)?;
        let value = value.trim();
        // "EAN: 123 Marke: X" in one block: the value ends at the next word for codes.
        let value = match known {
            Field::Gtin | Field::Sku | Field::Mpn => value.split([' ', '\u{a0}', ',', '|', ')']).next()?,
            _ => value,
        };
        return pair(name.to_owned(), value.to_owned());
    }
    if let [name, value] = children {
        return if two { pair(tree.text(*name, NAME * 2), tree.text(*value, VALUE)) } else { None };
    }
    // "SKU 12345", "Ref. 1002/710": a known label of codes and a word with digits.
    let (name, value) = text.rsplit_once([' ', '\u{a0}'])?;
    if !value.bytes().any(|b| b.is_ascii_digit()) {
        return None;
    }
    let known = field_of(name)?;
    matches!(known, Field::Sku | Field::Gtin | Field::Mpn).then(|| (name.to_owned(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::extract::quick_tree;

    fn of(html: &str) -> Listing {
        let flat = quick_tree::read(html).unwrap();
        read(&Tree::new(&flat), &mut |_| false, Keep::Attributes)
    }
    fn text(s: &Option<Stated>) -> Option<&str> {
        s.as_ref().map(|s| s.text.as_str())
    }

    #[test]
    fn labels_in_tables_lists_and_lines() {
        let l = of("<dl><dt>Zolltarifnummer<dd>8539 52 00<dt>Ursprungsland:<dd>Italien</dl>
            <table><tr><th>Mindestbestellmenge<td>500 Stück<tr><th>Inhalt<td>6 x 330 ml</table>
            <ul><li>EAN: 4054278533728<li><b>Marke</b> <span>Beispiel</span><li>Zustand: gebraucht</ul>
            <p>Ref. 1002/710</p>");
        assert_eq!(text(&l.hs_code), Some("8539 52 00"));
        assert_eq!(text(&l.origin), Some("Italien"));
        assert_eq!(text(&l.min_order), Some("500 Stück"));
        assert_eq!(text(&l.quantity_text), Some("6 x 330 ml"));
        assert_eq!(text(&l.gtin), Some("4054278533728"));
        assert_eq!(text(&l.brand), Some("Beispiel"));
        assert_eq!(text(&l.condition), Some("gebraucht"));
        assert_eq!(text(&l.sku), Some("1002/710"));
    }

    #[test]
    fn running_text_is_no_attribute() {
        let l = of(
            "<p>Condition: read our terms, which are long enough to be no value of an attribute at all</p>
            <p>Item added to your basket</p>",
        );
        assert_eq!(l.condition, None);
        assert_eq!(l.sku, None);
    }
}
