//! Words beside a shared currency word that say whose it is: "US dollars", "francs suisses",
//! "ريال سعودي", "$ CA".

use super::fold::fold_into;
use super::number::Ch;
use super::sign::{Sign, What};
use model::Currency;

/// Beginnings of folded adjectives and country names, and the currency they point to.
#[rustfmt::skip]
const BEGINNINGS: &[(&str, &[&str])] = &[
    ("USD", &["american", "americ", "amerik", "estadounid", "american", "сша", "امريكي", "أمريكي"]), ("CAD", &["canad", "kanad", "канад"]),
    ("AUD", &["austral", "австрал"]), ("NZD", &["neozeland", "neuseel", "zealand"]), ("SGD", &["singap"]), ("HKD", &["hong", "hongk"]), ("TWD", &["taiwan"]), ("JMD", &["jamaic"]), ("NAD", &["namib"]),
    ("CHF", &["suiss", "swiss", "schweiz", "suiz", "svizzer", "швеицар", "szwajc"]), ("MXN", &["mexic"]), ("COP", &["colomb"]), ("CLP", &["chilen"]), ("ARS", &["argentin"]), ("UYU", &["urugua"]), ("DOP", &["dominican"]), ("PHP", &["filipin", "philippin"]), ("CUP", &["cuban"]),
    ("SAR", &["saudi", "سعودي", "السعودي"]), ("QAR", &["qatar", "قطري"]), ("OMR", &["oman", "عماني"]), ("YER", &["yemen", "يمني"]), ("IRR", &["iran", "ايراني"]), ("AED", &["emirat", "uae", "اماراتي", "إماراتي"]), ("MAD", &["maroc", "moroc", "marroq", "مغربي"]),
    ("KWD", &["kuwait", "كويتي"]), ("BHD", &["bahrain", "بحريني"]), ("JOD", &["jordan", "اردني", "أردني"]), ("IQD", &["iraq", "عراقي"]), ("TND", &["tunis", "تونسي"]), ("DZD", &["alger", "جزائري"]), ("LYD", &["liby", "ليبي"]), ("RSD", &["serb", "srpsk"]),
    ("EGP", &["egypt", "مصري"]), ("SYP", &["syri", "سوري"]), ("LBP", &["leban", "لبناني"]), ("SDG", &["sudan", "سوداني"]), ("INR", &["indian", "indisch"]), ("PKR", &["pakistan"]), ("LKR", &["lanka"]), ("NPR", &["nepal"]), ("MUR", &["mauri"]),
    ("KES", &["kenya"]), ("TZS", &["tanzan"]), ("UGX", &["uganda"]), ("SEK", &["swed", "svensk", "schwed", "suedo", "szwedz", "швед"]), ("NOK", &["norweg", "norsk", "norveg", "noruega", "норвеж"]), ("DKK", &["danish", "dansk", "danisch", "danois", "danes", "датск"]), ("ISK", &["iceland", "islensk", "islandsk"]), ("CZK", &["czech", "cesk", "tschech", "чешск"]),
    ("BYN", &["бел"]), ("RUB", &["росс", "russ"]), ("JPY", &["japan"]), ("CNY", &["chin", "китаи"]), ("TRY", &["turk", "turc"]), ("ITL", &["ital"]), ("GBP", &["sterling", "brit", "стерлинг"]), ("MDL", &["moldov"]), ("ZMW", &["zamb"]), ("MWK", &["malaw"]),
];

/// Capitals behind or before a sign or word ("$ CA", "US dollars").
const LETTERS: &[(&str, &str)] = &[
    ("US", "USD"),
    ("USA", "USD"),
    ("CA", "CAD"),
    ("CAN", "CAD"),
    ("AU", "AUD"),
    ("NZ", "NZD"),
    ("HK", "HKD"),
    ("SG", "SGD"),
    ("MX", "MXN"),
    ("TT", "TTD"),
    ("UK", "GBP"),
    ("NT", "TWD"),
];

/// The currency that the word before or behind a shared sign points to, and where the two begin.
pub(super) fn beside(text: &[Ch], sign: &Sign) -> Option<(Currency, usize)> {
    match sign.what {
        What::Means(meaning) if meaning.codes.len() > 1 => {}
        _ => return None,
    }
    let mut word = String::new();
    let mark = |ch: &&Ch| matches!(ch.c, ' ' | '.');
    let behind = sign.end + text[sign.end..].iter().take(2).take_while(mark).count();
    let len = text[behind..].iter().take_while(|ch| ch.alpha).count();
    let fits = |currency: &Currency| sign.what.may_be(*currency);
    if let Some(currency) = says(&text[behind..behind + len], &mut word).filter(fits) {
        return Some((currency, sign.start));
    }
    // "$12.90US", "US 12.90$": the letters stand beyond the number.
    let number = |ch: &&Ch| ch.c.is_ascii_digit() || matches!(ch.c, '.' | ',');
    let beyond = behind + text[behind..].iter().take_while(number).count();
    if beyond > behind {
        let beyond = beyond + text[beyond..].iter().take(1).take_while(mark).count();
        let len = text[beyond..].iter().take_while(|ch| ch.alpha).count();
        if let Some(currency) = letters(&text[beyond..beyond + len]).filter(fits) {
            return Some((currency, sign.start));
        }
    }
    let digits = text[..sign.start].iter().rev().take_while(|ch| ch.c == ' ').count();
    let first = sign.start - digits - text[..sign.start - digits].iter().rev().take_while(number).count();
    if first < sign.start - digits {
        let end = first - text[..first].iter().rev().take(1).take_while(mark).count();
        let len = text[..end].iter().rev().take_while(|ch| ch.alpha).count();
        if let Some(currency) = letters(&text[end - len..end]).filter(fits) {
            return Some((currency, sign.start));
        }
    }
    let before = sign.start - text[..sign.start].iter().rev().take(2).take_while(mark).count();
    let len = text[..before].iter().rev().take_while(|ch| ch.alpha).count();
    let currency = says(&text[before - len..before], &mut word).filter(fits)?;
    Some((currency, before - len))
}

fn says(run: &[Ch], word: &mut String) -> Option<Currency> {
    if run.len() < 2 {
        return None;
    }
    if run.len() <= 3 && run.iter().all(|ch| ch.c.is_ascii_uppercase()) {
        return letters(run);
    }
    if run.len() < 3 {
        return None;
    }
    fold_into(run, word);
    let (code, _) =
        BEGINNINGS.iter().find(|(_, all)| all.iter().any(|beginning| word.starts_with(beginning)))?;
    code.parse().ok()
}

fn letters(run: &[Ch]) -> Option<Currency> {
    let (_, code) = LETTERS.iter().find(|(letters, _)| letters.chars().eq(run.iter().map(|ch| ch.c)))?;
    code.parse().ok()
}
