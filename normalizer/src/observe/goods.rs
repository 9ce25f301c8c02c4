//! What the goods are: their GTIN, brand and model, their place in the nomenclature, who sells them.

use super::{Explain, Refusal, filled};
use crate::classify::{Classifier, Goods, in_words};
use crate::observe::Knowledge;
use crate::{identity, kind, text};
use model::{
    Capture, ContentHash, Facts, GoodsKind, Gtin, HsCode, HsWitness, Listing, RejectionReason, Syntax,
};

/// What identifies goods across sellers.
pub(super) struct Identity {
    pub gtin: Option<Gtin>,
    pub brand: Option<String>,
    pub model: Option<String>,
}

/// GTIN, brand and model: as stated, else as the title names them. A number that holds only within
/// one shop, or only fills the field, identifies nothing across sellers and is left out.
pub(super) fn identity(listing: &Listing, name: &str, explain: &mut Explain) -> Identity {
    let gtin = filled(&listing.gtin).and_then(|stated| {
        let gtin = identity::gtin(&stated.text).or_else(|| identity::gtin::of_isbn10(&stated.text));
        let result = match gtin {
            Some(gtin) if identity::gtin::is_global(&gtin) => gtin.printed().to_owned(),
            Some(gtin) => format!("not used: {}", identity::gtin::scope(&gtin).why()),
            None => "not used: no GTIN with a right check digit".to_owned(),
        };
        explain.field("gtin", stated, result);
        gtin.filter(identity::gtin::is_global)
    });
    let mut brand = filled(&listing.brand).and_then(|stated| identity::labelled(&stated.text));
    let mut model =
        filled(&listing.model).or(filled(&listing.mpn)).and_then(|stated| identity::labelled(&stated.text));
    if brand.is_none() || model.is_none() {
        let title = identity::Title::read(name, brand.as_deref());
        // What an accessory fits, and what a bundle holds, is not what is sold.
        let of_itself = title.kind() == GoodsKind::Article;
        if let Some(found) = title.brand().filter(|_| brand.is_none() && of_itself) {
            explain.step("brand", found, format!("{found} (word of the title)"));
            brand = Some(found.to_owned());
        }
        if let Some(found) = title.designation().filter(|_| model.is_none() && brand.is_some() && of_itself) {
            explain.step("model", found, format!("{found} (designation in the title)"));
            model = Some(found.to_owned());
        }
    }
    Identity { gtin, brand, model }
}

/// The subheading or national code and how it is known: stated, by the site's category, or by the
/// words of the title.
///
/// # Errors
/// A stated code that HS 2022 does not have.
pub(super) fn code(
    listing: &Listing,
    facts: &Facts,
    knowledge: &Knowledge,
    name: &str,
    goods: GoodsKind,
    capture: &Capture,
    explain: &mut Explain,
) -> Result<Option<(HsCode, HsWitness)>, Refusal> {
    let witness = |how: &str, why: String| HsWitness { how: how.to_owned(), why };
    if let Some(stated) = filled(&listing.hs_code) {
        let quoted = text::quoted(&stated.text, 40);
        let code = HsCode::parse(&stated.text)
            .map_err(|error| (RejectionReason::UnknownHsCode, error.to_string()))?;
        if !code.is_known() {
            let near: Vec<String> = code.nearest_known(3).iter().map(HsCode::dotted).collect();
            let hint = if near.is_empty() {
                String::new()
            } else {
                format!("; the nearest are {}", near.join(", "))
            };
            return Err((RejectionReason::UnknownHsCode, format!("HS 2022 has no code '{quoted}'{hint}")));
        }
        if code.level() >= 6 {
            explain.field("hs code", stated, code.dotted());
            let how = if stated.witness.syntax == Syntax::Source { "default" } else { "stated" };
            return Ok(Some((code, witness(how, stated.witness.place.clone()))));
        }
        explain.field("hs code", stated, "not used: shorter than a subheading");
    }
    if let Some(stated) = filled(&listing.category) {
        let category = crate::entity::unescape(&stated.text);
        let category = text::fold(&category);
        let found = facts.categories.iter().find(|listed| {
            !listed.contains.is_empty() && category.contains(text::fold(&listed.contains).as_ref())
        });
        if let Some(listed) = found {
            explain.field(
                "hs code",
                stated,
                format!("{} (category '{}')", listed.hs.dotted(), listed.contains),
            );
            return Ok(Some((listed.hs, witness("default", format!("category '{}'", listed.contains)))));
        }
    }
    if goods == GoodsKind::Bundle {
        return Ok(None);
    }
    let language = listing.language.as_deref().or(capture.language.as_deref());
    let words = text::tokens(name);
    // What stands behind "for" or "with" is not what is sold.
    let head = words
        .iter()
        .position(|word| kind::is_for(word) || kind::is_with(word))
        .filter(|&at| at > 0)
        .unwrap_or(words.len());
    let whole = knowledge.keywords.classify_words(&words, language);
    let hit = match whole {
        // A phrase that reaches over the "for" names the goods with their use ("case for phones").
        Some((hit, at)) if at < head && at + hit.phrase.split(' ').count() > head => Some((hit, at)),
        _ => knowledge.keywords.classify_words(&words[..head], language),
    };
    // "iPhone 13 case": a phrase that names only the device is not the accessory.
    let hit = hit.filter(|(hit, _)| goods != GoodsKind::Accessory || kind::names_accessory(&hit.phrase));
    // "Air conditioner grille cover": the goods are the last word, not the phrase before it.
    let hit = hit.filter(|(hit, at)| {
        let behind = at + hit.phrase.split(' ').count();
        goods == GoodsKind::Accessory
            || !words[behind.min(head)..head].iter().take(4).any(|word| kind::names_accessory(word))
    });
    if let Some((hit, _)) = hit {
        explain.step("hs code", hit.phrase.clone(), format!("{} (keyword)", hit.hs.dotted()));
        return Ok(Some((hit.hs, witness("keyword", hit.phrase))));
    }
    Ok(classified(listing, knowledge, name, explain)
        .map(|(hs, why)| (hs, HsWitness { how: "classified".to_owned(), why })))
}

/// What the learned model says: the subheading, heading or chapter whose probability is enough, with the
/// words that decided.
fn classified(
    listing: &Listing,
    knowledge: &Knowledge,
    name: &str,
    explain: &mut Explain,
) -> Option<(HsCode, String)> {
    let model = &*knowledge.hs_model.get()?;
    let category = filled(&listing.category).map(|stated| crate::entity::unescape(&stated.text));
    let attributes: Vec<(String, String)> =
        listing.attributes.iter().map(|(name, stated)| (name.clone(), stated.text.clone())).collect();
    let goods = Goods { text: name, category: category.as_deref(), attributes: &attributes };
    let answer = Classifier::new(model).classify(&goods, 2, knowledge.hs_least);
    let best = answer.candidates.first()?;
    let words = best.why.join(", ");
    let cited = &model.hash().to_string()[..12];
    let Some(code) = answer.code else {
        let said = format!(
            "none: the likeliest, {}, has probability {} (model {cited})",
            best.hs.dotted(),
            in_words(best.probability)
        );
        explain.step("hs code", words, said);
        return None;
    };
    let why = format!("model {cited}, probability {}: {words}", in_words(answer.probability));
    explain.step(
        "hs code",
        words,
        format!("{} (model {cited}, probability {})", code.dotted(), in_words(answer.probability)),
    );
    Some((code, why))
}

/// Who sells: the seller named, else the site. Names of private sellers are replaced by a keyed
/// hash; without a local key no name is kept, and the site's private sellers count as one.
pub(super) fn seller(
    listing: &Listing,
    capture: &Capture,
    facts: &Facts,
    knowledge: &Knowledge,
    explain: &mut Explain,
) -> String {
    let Some(stated) = filled(&listing.seller) else { return capture.site.clone() };
    let name = crate::entity::unescape(stated.text.trim());
    let name = name.trim();
    if !facts.private_sellers {
        return name.to_owned();
    }
    explain.step("seller", "", "a private seller: the name is not kept");
    match &knowledge.seller_key {
        Some(key) => {
            let mut bytes = key.clone();
            bytes.extend_from_slice(text::fold(name).as_bytes());
            format!("private:{}", ContentHash::of(&bytes).short())
        }
        None => format!("private:{}", capture.site),
    }
}
