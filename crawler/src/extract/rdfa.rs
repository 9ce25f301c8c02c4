//! RDFa Lite (`vocab`, `typeof`, `property`) as values; what they mean is `schema_org`'s. Names of
//! GoodRelations, the vocabulary of shops before schema.org took it over, are put into those of
//! schema.org. Meta tags of OpenGraph use the same attribute and are `open_graph`'s.

use super::microdata::{insert, value};
use super::schema_org::Root;
use super::schema_values::bare_key;
use super::tree::{Id, Tree, attribute};
use model::Syntax;
use serde_json::{Map, Value};

/// Nested items that are followed.
const DEPTH: usize = 24;

type Open<'a> = (Id, Option<&'a str>, Map<String, Value>, Id);

/// Top-level items of the page, in order.
pub(super) fn roots(tree: &Tree<'_>) -> Vec<Root> {
    let mut roots = Vec::new();
    let mut open: Vec<Open<'_>> = Vec::new();
    // A relation whose object is the next typed element inside.
    let mut waiting: Option<(Id, &str)> = None;
    for (id, element) in tree.elements() {
        while open.last().is_some_and(|top| top.0 <= id) {
            close(&mut open, &mut roots);
        }
        let property = attribute(element, "property").or_else(|| attribute(element, "rel"));
        waiting = waiting.filter(|(end, _)| *end > id);
        if let Some(kind) = attribute(element, "typeof").filter(|_| open.len() < DEPTH) {
            let mut map = Map::new();
            let kind = kind.split_ascii_whitespace().next().unwrap_or_default();
            let kind = schema_name(bare_key(kind));
            map.insert("@type".into(), Value::String(kind.into()));
            let fills = attribute(element, "property").filter(|_| !open.is_empty());
            let fills = fills.or(attribute(element, "rel").filter(|_| !open.is_empty()));
            let fills = fills.or_else(|| waiting.take().map(|(_, name)| name).filter(|_| !open.is_empty()));
            open.push((tree.nodes[id].end, fills, map, id));
        } else if let (Some(names), Some(top)) = (property, open.last_mut())
            && attribute(element, "property").is_some()
            && let Some(value) = resource(tree, id).or_else(|| value(tree, id))
        {
            for name in names.split_ascii_whitespace().take(4) {
                insert(&mut top.2, schema_name(bare_key(name)), Value::String(value.clone()));
            }
        } else if let (Some(rel), Some(top)) = (attribute(element, "rel"), open.last_mut())
            && rel.contains(':')
        {
            // A named relation leads to an address, or to the next thing inside.
            let name = rel.split_ascii_whitespace().next().unwrap_or_default();
            match tree.attr(id, "resource").or_else(|| tree.attr(id, "href")) {
                Some(address) => {
                    insert(&mut top.2, schema_name(bare_key(name)), Value::String(address.to_owned()));
                }
                None => waiting = Some((tree.nodes[id].end, name)),
            }
        }
    }
    while !open.is_empty() {
        close(&mut open, &mut roots);
    }
    roots
}

fn resource(tree: &Tree<'_>, id: Id) -> Option<String> {
    tree.attr(id, "content").or_else(|| tree.attr(id, "resource")).map(str::to_owned)
}

fn close(open: &mut Vec<Open<'_>>, roots: &mut Vec<Root>) {
    let Some((_, fills, map, id)) = open.pop() else {
        return;
    };
    let value = Value::Object(map);
    match (fills, open.last_mut()) {
        (Some(names), Some(below)) => {
            // One property only: copies of nested items would multiply.
            let name = names.split_ascii_whitespace().next().unwrap_or_default();
            insert(&mut below.2, schema_name(bare_key(name)), value);
        }
        _ => roots.push(Root { value, syntax: Syntax::Rdfa, place: format!("typeof[{id}]") }),
    }
}

/// The schema.org name of a GoodRelations type or property
/// (purl.org/goodrelations/v1, section "schema.org mapping"); other names stay.
fn schema_name(name: &str) -> &str {
    match name {
        "Offering" => "Offer",
        "SomeItems"
        | "ProductOrService"
        | "ProductOrServicesSomeInstancesPlaceholder"
        | "Individual"
        | "ActualProductOrServiceInstance"
        | "ProductOrServiceModel" => "Product",
        "hasPriceSpecification" => "priceSpecification",
        "hasCurrencyValue" => "price",
        "hasMinCurrencyValue" => "minPrice",
        "hasMaxCurrencyValue" => "maxPrice",
        "hasCurrency" => "priceCurrency",
        "hasUnitOfMeasurement" => "unitCode",
        "hasValue" | "hasValueInteger" | "hasValueFloat" => "value",
        "hasMinValue" | "hasMinValueInteger" | "hasMinValueFloat" => "minValue",
        "hasEligibleQuantity" => "eligibleQuantity",
        "hasEAN_UCC-13" | "hasGTIN-14" | "hasGTIN-8" => "gtin",
        "hasStockKeepingUnit" => "sku",
        "hasMPN" => "mpn",
        "hasBrand" => "brand",
        "hasManufacturer" => "manufacturer",
        "hasMakeAndModel" => "isVariantOf",
        "condition" => "itemCondition",
        "includes" | "typeOfGood" => "itemOffered",
        other => other,
    }
}
