//! Words around prices: "from", "was", "you save", "per kg", "without VAT", "to". All folded.

/// What a word before or behind a number says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Label {
    /// A lower bound: "from".
    From,
    /// An upper bound: "up to".
    UpTo,
    /// A former or recommended price.
    Old,
    /// An amount taken off.
    Saving,
    /// The same price without tax.
    Net,
    /// A price per unit of measure.
    PerUnit,
}

/// The label of a word standing before a number.
pub(super) fn before(word: &str) -> Option<Label> {
    Some(match word {
        "from" | "ab" | "desde" | "vanaf" | "od" | "fra" | "fran" | "alkaen" | "от" | "από" | "απο"
        | "starting" | "des" | "partir" | "partire" | "min" | "minimum" | "začina" | "parti" | "från"
        | "mulai" | "à-partir" => Label::From,
        "upto" | "jusqu'a" | "jusqu" | "hasta" | "max" | "maximum" => Label::UpTo,
        "was" | "statt" | "uvp" | "rrp" | "msrp" | "srp" | "instead" | "avant" | "antes" | "prima"
        | "anziche" | "stara" | "list" | "original" | "old" | "ancien" | "before" | "regular" | "bezna"
        | "ord" | "ordinarie" | "normalpris" | "uvp*" | "before:" | "barre" | "pvpr" | "adviesprijs"
        | "katalogowa" | "vorher" | "bisher" | "tidligere" | "for:" | "conseille" | "reg" => Label::Old,
        "save" | "savings" | "saving" | "sparen" | "ersparnis" | "economisez" | "ahorra" | "ahorras"
        | "discount" | "rabatt" | "zlava" | "sleva" | "rabais" | "remise" | "risparmi" | "desconto"
        | "korting" | "скидка" | "shipping" | "versand" | "livraison" | "deposit" | "pfand" | "porto"
        | "envio" => Label::Saving,
        "excl" | "exc" | "ex" | "excluding" | "netto" | "net" | "χωρις" | "ohne" | "hors" | "bez" | "sin"
        | "sem" | "senza" | "without" | "ht" => Label::Net,
        _ => return None,
    })
}

/// The label of the first word standing behind a number.
pub(super) fn behind(word: &str) -> Option<Label> {
    Some(match word {
        "off" | "rabatt" | "discount" | "desconto" | "sleva" | "shipping" | "versand" => Label::Saving,
        "excl" | "exc" | "ex" | "excluding" | "netto" | "ht" | "χωρις" | "ohne" | "bez" => Label::Net,
        "per" | "pro" | "je" | "par" | "por" | "al" | "za" | "each" => Label::PerUnit,
        _ => return None,
    })
}

/// Words that join two ends of a range.
pub(super) fn joins_range(word: &str) -> bool {
    matches!(
        word,
        "to" | "bis"
            | "a"
            | "à"
            | "do"
            | "tot"
            | "до"
            | "til"
            | "till"
            | "through"
            | "hasta"
            | "ate"
            | "al"
            | "έως"
    )
}

/// Words between a count and the price of that many: "2 for 5".
pub(super) fn counts(word: &str) -> bool {
    matches!(word, "for" | "fur" | "pour" | "por" | "per" | "za" | "voor" | "за" | "med" | "om")
}

/// Words that say nothing is to be paid.
pub(super) fn free(word: &str) -> bool {
    matches!(
        word,
        "free"
            | "gratis"
            | "kostenlos"
            | "gratuit"
            | "gratuito"
            | "gratuita"
            | "бесплатно"
            | "zdarma"
            | "darmowe"
            | "ucretsiz"
            | "免费"
            | "無料"
    )
}
