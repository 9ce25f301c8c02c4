//! The condition of goods, from a field that states it or from words of the title.

use crate::text;
use model::Condition;

/// A condition as sellers tell it apart: what was opened and hardly used is no longer new, and not
/// yet what people call used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grade {
    /// Unused.
    New,
    /// Returned, unpacked or shown, hardly used.
    OpenBox,
    /// Repaired or reconditioned.
    Refurbished,
    /// Second-hand.
    Used,
    /// Defective, or sold for its parts.
    Damaged,
}

impl Grade {
    /// The code: `new`, `open_box`, `refurbished`, `used` or `damaged`.
    pub const fn code(self) -> &'static str {
        match self {
            Grade::New => "new",
            Grade::OpenBox => "open_box",
            Grade::Refurbished => "refurbished",
            Grade::Used => "used",
            Grade::Damaged => "damaged",
        }
    }
    /// The condition it counts as: goods that were opened are not compared with new ones.
    pub const fn condition(self) -> Condition {
        match self {
            Grade::New => Condition::New,
            Grade::OpenBox | Grade::Used => Condition::Used,
            Grade::Refurbished => Condition::Refurbished,
            Grade::Damaged => Condition::Damaged,
        }
    }
}

/// Goods that were opened or shown, in words of titles and fields.
#[rustfmt::skip]
const OPENED: &[&str] = &[
    "open box", "openbox", "opened box", "ex display", "ex demo", "display model", "demo unit", "shop soiled", "b ware", "b stock", "ausstellungsstuck",
    "vorfuhrgerat", "vorfuhrmodell", "ausstellungsgerat", "ovp geoffnet", "modele d'exposition", "modele d'expo", "deballe", "caja abierta", "de exposicion",
    "scatola aperta", "ex esposizione", "da esposizione", "caixa aberta", "mostruario", "showmodel", "powystawowy", "powystawowe", "powystawowa", "rozbaleny",
    "rozbalene", "utstallningsex", "demoeksemplar", "teshir", "уценка", "витринныи", "витринный образец", "开箱", "展示品", "開封済み", "展示品",
];

/// Phrases that state a condition in a field, folded; narrower conditions first, because "not
/// working" and "like new" hold the words of others.
#[rustfmt::skip]
const FIELD: &[(Condition, &[&str])] = &[
    (Condition::Damaged, &["damaged", "damagedcondition", "for parts", "parts only", "not working", "defective", "faulty", "broken", "defekt", "beschadigt", "kaputt", "endommage", "pour pieces", "hors service", "danado", "averiado", "para piezas", "defectuoso", "danneggiato", "guasto", "danificado", "com defeito", "uszkodzony", "uszkodzone", "kapot", "beschadigd", "поврежден", "сломан", "損傷", "故障", "ジャンク"]),
    (Condition::Refurbished, &["refurbished", "refurbishedcondition", "refurb", "renewed", "reconditioned", "remanufactured", "recertified", "certified pre owned", "generaluberholt", "wiederaufbereitet", "uberholt", "erneuert", "reconditionne", "remis a neuf", "reacondicionado", "reacondicionada", "restaurado", "ricondizionato", "ricondizionata", "rigenerato", "recondicionado", "recondicionada", "odnowiony", "odnowione", "odnowiona", "opgeknapt", "gereviseerd", "renoverad", "восстановленныи", "восстановлен", "整備済み", "翻新"]),
    (Condition::Used, &["used", "usedcondition", "second hand", "secondhand", "pre owned", "preowned", "pre loved", "like new", "open box", "gebraucht", "gebrauchte", "gebrauchter", "gebrauchtes", "wie neu", "occasion", "d'occasion", "usage", "comme neuf", "usado", "usada", "de segunda mano", "segunda mano", "seminuevo", "como nuevo", "usato", "usata", "come nuovo", "seminovo", "uzywany", "uzywane", "uzywana", "tweedehands", "gebruikt", "begagnad", "brugt", "brukt", "kaytetty", "pouzite", "hasznalt", "folosit", "б/у", "бывшии в употреблении", "中古", "二手", "중고", "مستعمل"]),
    (Condition::New, &["new", "newcondition", "brand new", "neu", "neuware", "neuf", "neuve", "nuevo", "nueva", "nuovo", "nuova", "novo", "nova", "nowy", "nowe", "nowa", "nieuw", "ny", "nytt", "uusi", "nove", "uj", "nou", "новыи", "новое", "новая", "新品", "全新", "새상품", "جديد"]),
];

/// Words of a title that state a condition by themselves. Words that also name a style or a use
/// ("new balance", "occasion", "usage", "renewed") are left to the field.
#[rustfmt::skip]
const NAME: &[(Condition, &[&str])] = &[
    (Condition::Damaged, &["for parts", "spares or repair", "spares or repairs", "for spares", "cracked screen", "water damaged", "parts only", "not working", "as is", "faulty", "defective", "defekt", "defekte", "defektes", "an bastler", "bastlerware", "pour pieces", "hs pour", "para piezas", "no funciona", "guasto", "per pezzi di ricambio", "non funzionante", "com defeito", "para pecas", "uszkodzony", "uszkodzona", "na czesci", "kapot", "voor onderdelen", "for reservdelar", "na nahradni dily", "arizali", "на запчасти", "неисправныи", "ジャンク", "故障品"]),
    (Condition::Refurbished, &["refurbished", "refurb", "renewed", "reconditioned", "remanufactured", "recertified", "generaluberholt", "wiederaufbereitet", "reconditionne", "reconditionnee", "remis a neuf", "reacondicionado", "reacondicionada", "ricondizionato", "ricondizionata", "rigenerato", "recondicionado", "recondicionada", "odnowiony", "odnowione", "odnowiona", "gereviseerd", "renoverad", "yenilenmis", "repasovany", "repasovane", "repasovana", "istandsat", "felujitott", "reconditionat", "kunnostettu", "refurbishovany", "восстановленная", "восстановленное", "восстановленныи", "整備済み", "翻新"]),
    (Condition::Used, &["used", "second hand", "secondhand", "pre owned", "preowned", "gebraucht", "gebrauchte", "gebrauchter", "gebrauchtes", "d'occasion", "usado", "usada", "segunda mano", "seminuevo", "usato", "usata", "seminovo", "uzywany", "uzywane", "uzywana", "tweedehands", "gebruikt", "begagnad", "poleasingowy", "poleasingowe", "pouzity", "pouzita", "ikinci el", "pre loved", "preloved", "hasznalt", "folosit", "folosita", "kaytetty", "бу", "brugt", "brukt", "б/у", "中古", "二手", "중고", "مستعمل"]),
    (Condition::New, &["brand new", "new sealed", "neuware", "neu ovp", "neu & ovp", "fabrikneu", "originalverpackt", "factory sealed", "neuf sous blister", "neuf scelle", "a estrenar", "precintado", "nuovo sigillato", "novo lacrado", "lacrado", "nieuw in doos", "nowy folia", "nowy, folia", "fabrycznie nowy", "новыи запечатанныи", "запечатанныи", "sifir kutusunda", "新品", "全新", "未開封", "未拆封"]),
];

/// Reads a condition field: a schema.org term or address, or a word in many languages. `None`
/// where the text says nothing known.
pub fn parse(text: &str) -> Option<Condition> {
    let term = text.trim().trim_end_matches('/');
    let term = term.rsplit(['/', '#']).next().filter(|_| term.contains("schema.org")).unwrap_or(term);
    find(&spaced(term), FIELD).map(|(condition, _)| condition)
}

/// The condition a title states, opened goods told apart, with the words.
pub fn grade_in_name(name: &str) -> Option<(Grade, String)> {
    let name = text::title(name);
    grade(name).or_else(|| {
        let (condition, words) = in_name(name)?;
        let grade = match condition {
            Condition::New => Grade::New,
            Condition::Used => Grade::Used,
            Condition::Refurbished => Grade::Refurbished,
            Condition::Damaged => Grade::Damaged,
        };
        Some((grade, words))
    })
}

/// Opened or shown goods. A box without a front is "open", too: what stands behind decides.
fn grade(name: &str) -> Option<(Grade, String)> {
    let folded = spaced(name);
    let words = OPENED.iter().find(|phrase| {
        if phrase.chars().any(|c| c as u32 >= 0x3040) {
            return folded.contains(**phrase);
        }
        let Some(at) = text::find_words(&folded, phrase) else { return false };
        let next = text::words(&folded[at + phrase.len()..]).next().unwrap_or_default();
        !matches!(next, "shelf" | "shelves" | "bookcase" | "frame" | "storage" | "theory")
    })?;
    Some((Grade::OpenBox, (*words).to_owned()))
}

/// The condition a title states by its words ("refurbished", "gebraucht", "d'occasion"), with the
/// words. A title that says nothing is `None`, not new.
pub fn in_name(name: &str) -> Option<(Condition, String)> {
    let name = text::title(name);
    let folded = spaced(name);
    let (condition, words) = match find(&folded, NAME) {
        Some(found) if matches!(found.0, Condition::Damaged | Condition::Refurbished) => found,
        found => match grade(name) {
            Some((grade, words)) => return Some((grade.condition(), words)),
            None => found?,
        },
    };
    // "used for", "used by": a use, not a condition.
    if words == "used" {
        let behind = text::find_words(&folded, words).map(|at| &folded[at + words.len()..]);
        let verb = behind.is_some_and(|rest| {
            let next = text::words(rest).next().unwrap_or_default();
            matches!(next, "for" | "by" | "as" | "in" | "to" | "with" | "look" | "optik")
        });
        if verb {
            return None;
        }
    }
    Some((condition, words.to_owned()))
}

fn spaced(text: &str) -> String {
    text::fold(text).replace(['-', '_'], " ")
}

fn find(folded: &str, table: &[(Condition, &[&'static str])]) -> Option<(Condition, &'static str)> {
    table.iter().find_map(|(condition, phrases)| {
        let phrase = phrases.iter().find(|phrase| {
            // Scripts without spaces have no word boundaries.
            if phrase.chars().any(|c| c as u32 >= 0x3040) {
                folded.contains(**phrase)
            } else {
                text::find_words(folded, phrase).is_some()
            }
        })?;
        Some((*condition, *phrase))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_of_schema_org_and_of_people() {
        for (text, expected) in [
            ("https://schema.org/NewCondition", Some(Condition::New)),
            ("http://schema.org/RefurbishedCondition", Some(Condition::Refurbished)),
            ("UsedCondition", Some(Condition::Used)),
            ("Gebraucht - wie neu", Some(Condition::Used)),
            ("Très bon état, reconditionné", Some(Condition::Refurbished)),
            ("used, not working", Some(Condition::Damaged)),
            ("Nuevo", Some(Condition::New)),
            ("中古品", Some(Condition::Used)),
            ("In stock", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
    #[test]
    fn every_phrase_is_folded() {
        for phrase in FIELD.iter().chain(NAME).flat_map(|(_, phrases)| phrases.iter()) {
            assert_eq!(text::fold(phrase), **phrase);
        }
    }
    #[test]
    fn titles_only_by_plain_words() {
        assert_eq!(in_name("iPhone 12 64GB d'occasion").unwrap().0, Condition::Used);
        assert_eq!(in_name("ThinkPad T480 generalüberholt").unwrap().0, Condition::Refurbished);
        assert_eq!(in_name("Pre-Owned Watch").unwrap().0, Condition::Used);
        assert_eq!(in_name("New Balance 574 shoes"), None);
        assert_eq!(in_name("Brush used for painting"), None);
    }
}
