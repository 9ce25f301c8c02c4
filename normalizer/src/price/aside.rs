//! Numbers without a currency that are no money: dates, times, telephone and article numbers,
//! ratings, measures and counts. A number with a currency beside it is never set aside here.

use super::candidate::Candidate;
use super::fold::fold_into;
use super::number::Ch;
use super::words;
use crate::text::WordMap;
use std::sync::LazyLock;

/// Takes bare numbers that are no money out of the candidates.
pub(super) fn drop_no_money(text: &[Ch], candidates: &mut Vec<Candidate>) {
    // A sign that stands beside the number before as well is that one's ("15 € – 12 pieces").
    let borrowed = |at: usize| {
        let starts = |at: usize| candidates.get(at).and_then(|c: &Candidate| c.sign).map(|sign| sign.start);
        at > 0
            && starts(at).is_some_and(|start| start < candidates[at].number.start)
            && starts(at) == starts(at - 1)
    };
    if (0..candidates.len()).all(|at| candidates[at].sign.is_some() && !borrowed(at)) {
        return;
    }
    let mut word = String::new();
    let mut drop: u32 = 0;
    let mut dated = false;
    let limit = candidates.len().min(32);
    for (at, candidate) in candidates.iter().enumerate().take(limit) {
        if candidate.sign.is_some() && !borrowed(at) {
            continue;
        }
        let (start, end) = (candidate.number.start, candidate.number.end);
        word_behind(text, end, &mut word);
        let measured = !word.is_empty()
            && (is_measure(&word) || candidate.number.is_whole() && (is_counted(&word) || is_month(&word)));
        dated |= !word.is_empty() && is_month(&word);
        word_before(text, start, &mut word);
        let labelled =
            !word.is_empty() && (is_number_label(&word) || candidate.number.is_whole() && is_month(&word));
        dated |= !word.is_empty() && is_month(&word);
        let labelled = labelled || start.checked_sub(1).is_some_and(|at| matches!(text[at].c, '#' | '№'));
        if measured || labelled || is_time(text, start, end) || is_word_suffix(text, end) {
            drop |= 1 << at;
        }
    }
    let mut first = 0;
    while first < limit {
        let mut last = chain(text, &candidates[..limit], first);
        let end_known = last > first && drop & (1 << first | 1 << last) != 0;
        let rating = is_rating(text, candidates, first, last);
        last += usize::from(rating && last == first);
        if end_known || rating || is_serial(text, candidates, first, last) {
            for at in first..=last {
                drop |= 1 << at;
            }
        }
        first = last + 1;
    }
    if dated {
        for (at, candidate) in candidates.iter().enumerate().take(limit) {
            if candidate.sign.is_none() && candidate.number.is_year() {
                drop |= 1 << at;
            }
        }
    }
    if drop != 0 {
        let mut at = 0;
        candidates.retain(|_| {
            at += 1;
            at > 32 || drop & (1 << (at - 1)) == 0
        });
    }
}

/// Whether a number counts days or months ("the lowest price of 30 days").
pub(super) fn is_span(text: &[Ch], end: usize) -> bool {
    let mut word = String::new();
    word_behind(text, end, &mut word);
    words::period(&word)
        || matches!(
            word.as_str(),
            "dni"
                | "dnu"
                | "days"
                | "tage"
                | "tagen"
                | "jours"
                | "dias"
                | "giorni"
                | "dagar"
                | "dagen"
                | "dager"
                | "dage"
                | "nap"
                | "napok"
                | "napos"
                | "zile"
                | "дней"
                | "днів"
                | "дни"
                | "ημερων"
                | "gun"
                | "dana"
        )
}

/// Whether a text with a number that words call a saving or the price of the delivery says no more
/// than that: few words, none of which makes them part of the price.
pub(super) fn tells_only_of_it(text: &str) -> bool {
    let folded = crate::text::fold(text);
    let all = || crate::text::words(&folded);
    let part = |word: &str| {
        matches!(
            word,
            "included"
                | "includes"
                | "including"
                | "incl"
                | "inkl"
                | "inklusive"
                | "inclus"
                | "incluse"
                | "incluida"
                | "incluido"
                | "incluidos"
                | "inclusa"
                | "incluso"
                | "inclusief"
                | "w"
                | "wliczona"
                | "vcetne"
                | "calculated"
                | "berechnet"
                | "when"
                | "and"
                | "und"
                | "et"
                | "y"
        )
    };
    // "zzgl. Versand 12,95 €": what is to be added is not told.
    let added = all().zip(all().skip(1)).any(|(first, second)| {
        matches!(first, "zzgl" | "plus" | "excl" | "exkl" | "ohne" | "without" | "hors")
            && words::delivery(second)
    });
    if added {
        return false;
    }
    all().filter(|word| word.chars().any(char::is_alphabetic)).count() <= 5
        && !all().any(|word| words::free(word) || part(word))
}

/// The word behind a number: over spaces, a full stop or a joining dash.
fn word_behind(text: &[Ch], end: usize, word: &mut String) {
    word.clear();
    let skipped =
        text[end.min(text.len())..].iter().take(3).take_while(|ch| matches!(ch.c, ' ' | '.' | '-')).count();
    run(text, end + skipped, word);
}

fn run(text: &[Ch], from: usize, word: &mut String) {
    let rest = &text[from.min(text.len())..];
    let len = rest.iter().take_while(|ch| ch.alpha).count();
    if len > 0 && len <= 16 {
        fold_into(&rest[..len], word);
    }
}

/// The word before a number, over spaces and a mark.
pub(super) fn word_before(text: &[Ch], start: usize, word: &mut String) {
    word.clear();
    let skipped = text[..start]
        .iter()
        .rev()
        .take(3)
        .take_while(|ch| matches!(ch.c, ' ' | '.' | ':' | '#' | '°'))
        .count();
    let end = start - skipped;
    let len = text[..end].iter().rev().take_while(|ch| ch.alpha).count();
    if len > 0 && len <= 16 {
        fold_into(&text[end - len..end], word);
    }
}

/// 14:30.
fn is_time(text: &[Ch], start: usize, end: usize) -> bool {
    let c = |at: usize| text.get(at).map(|ch| ch.c);
    let digit = |at: usize| c(at).is_some_and(|c| c.is_ascii_digit());
    let before = start >= 2 && c(start - 1) == Some(':') && digit(start - 2);
    before || c(end) == Some(':') && digit(end + 1) && digit(end + 2)
}

/// A number in an order or a network ("1st", "5G"), not of money.
fn is_word_suffix(text: &[Ch], end: usize) -> bool {
    let c = |at: usize| text.get(at).map(|ch| ch.c.to_ascii_lowercase());
    let closed = c(end + 2).is_none_or(|c| !c.is_alphabetic());
    // "1e3", "4k60": letters inside.
    let inside = c(end).is_some_and(char::is_alphabetic) && c(end + 1).is_some_and(|c| c.is_ascii_digit());
    inside
        || closed
            && matches!(
                (c(end), c(end + 1)),
                (Some('s'), Some('t')) | (Some('n' | 'r'), Some('d')) | (Some('t'), Some('h'))
            )
}

/// The last of the bare numbers that follow each other with nothing but marks between them.
fn chain(text: &[Ch], candidates: &[Candidate], first: usize) -> usize {
    let mut last = first;
    while candidates[last].sign.is_none()
        && let Some(next) = candidates.get(last + 1)
        && next.sign.is_none()
        && let Some(between) = text.get(candidates[last].number.end..next.number.start)
        && between.len() <= 2
        && between.iter().all(|ch| matches!(ch.c, ' ' | '-' | '–' | '/' | '.' | '(' | ')'))
    {
        last += 1;
    }
    last
}

/// Dates (2024-03-12, 12/03/2024) and telephone numbers (+49 30 123, (030) 123 45, 1-800-555).
fn is_serial(text: &[Ch], candidates: &[Candidate], first: usize, last: usize) -> bool {
    if first == last {
        return false;
    }
    let start = candidates[first].number.start;
    let before = start.checked_sub(1).map(|at| text[at].c);
    let glued = candidates[first..=last].windows(2).all(|pair| {
        pair[1].number.start - pair[0].number.end == 1 && matches!(text[pair[0].number.end].c, '-' | '/')
    });
    let zero = text[start].c == '0' && candidates[first].number.is_whole();
    let always = glued
        && last == first + 1
        && candidates[first].number.is_value(24)
        && candidates[last].number.is_value(7);
    always || before == Some('+') || last - first >= 2 && (glued || zero) || zero && before == Some('(')
}

/// 4.5/5, 4,5 von 5, 1 of 10.
fn is_rating(text: &[Ch], candidates: &[Candidate], first: usize, last: usize) -> bool {
    let Some(next) = candidates.get(first + 1) else { return false };
    let this = &candidates[first];
    if this.sign.is_some() || next.sign.is_some() || !next.number.is_whole() || last > first + 1 {
        return false;
    }
    let Some(between) = text.get(this.number.end..next.number.start) else { return false };
    if last == first + 1 {
        return between.len() == 1 && between[0].c == '/' && next.number.is_scale();
    }
    let mut word = String::new();
    let letters = between.iter().take_while(|ch| ch.c == ' ' || ch.alpha).count();
    if letters != between.len() || letters > 9 {
        return false;
    }
    let trimmed: Vec<Ch> = between.iter().copied().filter(|ch| ch.c != ' ').collect();
    fold_into(&trimmed, &mut word);
    matches!(word.as_str(), "of" | "outof" | "von" | "sur" | "su" | "van" | "из")
}

/// What a word says a bare number beside it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A unit that measures something else than money.
    Measure,
    /// Things that are counted, not paid. Short words that also stand for "each" are not among them.
    Counted,
    /// A label of numbers that name something.
    NumberLabel,
    Month,
}

#[rustfmt::skip]
const WORDS: &[(Kind, &[&str])] = &[
    (Kind::Measure, &[
        "percent", "prozent", "procent", "procento", "процентов", "gb", "tb", "mb", "гб", "ghz", "mhz", "hz",
        "mah", "ah", "kw", "kwh", "watt", "watts", "volt", "lumen", "px", "mp", "h", "hrs", "hours", "stunden",
        "heures", "horas", "ore", "godzin", "часов", "min", "minuten", "minutes", "minuti", "minutos", "days",
        "day", "tage", "tag", "tagen", "jours", "dias", "giorni", "dni", "dnu", "dagen", "dagar", "дней",
        "gun", "weeks", "week", "wochen", "woche", "semaines", "semanas", "settimane", "weken", "months",
        "month", "monate", "monat", "monaten", "mois", "meses", "mesi", "miesiecy", "miesiace", "mesicu",
        "maanden", "manader", "месяцев", "месяца", "years", "year", "jahre", "jahren", "ans", "anos", "anni",
        "lat", "jaar", "лет", "года", "stars", "sterne", "sternen", "etoiles", "estrellas",
    ]),
    (Kind::Counted, &[
        "reviews", "review", "ratings", "bewertungen", "bewertung", "rezensionen", "avis", "opiniones",
        "valoraciones", "recensioni", "avaliacoes", "opinii", "opinie", "beoordelingen", "omdomen", "отзывов",
        "отзыва", "hodnoceni", "votes", "sold", "verkauft", "vendidos", "vendus", "results", "ergebnisse",
        "items", "artikel", "articles", "produkte", "products", "stuck", "pieces", "pcs", "pezzi", "piezas",
        "unidades", "sztuk", "szt", "шт", "kusu", "stuks", "adet", "people", "points", "punkte",
    ]),
    (Kind::NumberLabel, &[
        "tel", "telefon", "telephone", "telefono", "phone", "fax", "isbn", "ean", "gtin", "upc", "sku", "ref",
        "seite", "size", "grosse", "taille", "talla", "taglia",
    ]),
    (Kind::Month, &[
        "january", "february", "march", "april", "june", "july", "august", "september", "october", "november",
        "december", "jan", "feb", "apr", "jun", "jul", "aug", "sept", "oct", "nov", "dec", "mar", "januar",
        "februar", "marz", "juni", "juli", "oktober", "dezember", "janvier", "fevrier", "mars", "avril", "mai",
        "juin", "juillet", "aout", "septembre", "octobre", "novembre", "decembre", "enero", "febrero", "marzo",
        "abril", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre", "gennaio",
        "febbraio", "aprile", "maggio", "giugno", "luglio", "settembre", "ottobre", "dicembre", "stycznia",
        "lutego", "marca", "kwietnia", "maja", "czerwca", "lipca", "sierpnia", "wrzesnia", "pazdziernika",
        "listopada", "grudnia", "января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа",
        "сентября", "октября", "ноября", "декабря",
    ]),
];

static KINDS: LazyLock<WordMap<Kind>> = LazyLock::new(|| {
    WORDS.iter().flat_map(|(kind, words)| words.iter().map(|word| (*word, *kind))).collect()
});

fn kind_of(word: &str) -> Option<Kind> {
    KINDS.get(word).copied()
}

fn is_measure(word: &str) -> bool {
    kind_of(word) == Some(Kind::Measure) || word.len() > 1 && crate::unit::size_unit(word).is_some()
}

fn is_counted(word: &str) -> bool {
    kind_of(word) == Some(Kind::Counted)
}

fn is_number_label(word: &str) -> bool {
    kind_of(word) == Some(Kind::NumberLabel)
}

fn is_month(word: &str) -> bool {
    kind_of(word) == Some(Kind::Month)
}
