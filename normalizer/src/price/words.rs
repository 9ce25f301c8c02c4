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
    /// The price to pay today, where a former one stands beside.
    Now,
}

/// The label of a word standing before a number.
pub(super) fn before(word: &str) -> Option<Label> {
    Some(match word {
        "from" | "ab" | "desde" | "vanaf" | "od" | "fra" | "fran" | "alkaen" | "от" | "από" | "απο"
        | "starting" | "des" | "partir" | "partire" | "minimum" | "začina" | "parti" | "från" | "mulai"
        | "à-partir" | "alk" | "від" | "pocinaje" | "tu" | "depuis" | "min" => Label::From,
        "upto" | "jusqu'a" | "jusqu" | "hasta" | "max" | "maximum" => Label::UpTo,
        "was" | "statt" | "uvp" | "rrp" | "msrp" | "srp" | "instead" | "avant" | "antes" | "prima"
        | "anziche" | "stara" | "list" | "original" | "old" | "ancien" | "before" | "regular" | "bezna"
        | "ord" | "ordinarie" | "normalpris" | "uvp*" | "before:" | "barre" | "pvpr" | "adviesprijs"
        | "katalogowa" | "vorher" | "bisher" | "tidligere" | "for:" | "conseille" | "reg" | "lieu"
        | "anstatt" | "zamiast" | "namiesto" | "misto" | "вместо" | "замiсть" | "yerine" | "bylo"
        | "byla" | "puvodne" | "puvodni" | "pvp" | "anterior" | "precedente" | "vorige" | "poprzednia"
        | "najnizsza" | "nejnizsi" | "niedrigster" | "старая" | "старои" | "раньше" | "было" | "стара"
        | "eski" | "giaban" | "listenpreis" | "streichpreis" | "prix-barre" | "原价" | "原價" | "定价"
        | "定價" | "市场价" | "通常価格" | "参考価格" | "정가" => Label::Old,
        "now" | "jetzt" | "maintenant" | "ahora" | "ora" | "agora" | "nu" | "teraz" | "nyni" | "jest"
        | "сеичас" | "simdi" | "sale" | "angebot" | "oferta" | "offerta" | "promo" | "promocja"
        | "aktion" | "aktionspreis" | "sonderpreis" | "акция" | "yeni" | "现价" | "現價" | "促销价"
        | "セール価格" | "特価" | "할인가" => Label::Now,
        "save" | "savings" | "saving" | "sparen" | "ersparnis" | "economisez" | "ahorra" | "ahorras"
        | "discount" | "rabatt" | "zlava" | "sleva" | "rabais" | "remise" | "risparmi" | "desconto"
        | "korting" | "скидка" | "shipping" | "versand" | "livraison" | "deposit" | "pfand" | "porto"
        | "envio" | "zzgl" | "versandkosten" | "spedizione" | "frete" | "frakt" | "fragt" | "postage"
        | "delivery" | "wysylka" | "dostawa" | "doprava" | "доставка" | "kargo" | "pant" | "consigne" => {
            Label::Saving
        }
        "excl" | "exc" | "ex" | "excluding" | "netto" | "net" | "χωρις" | "ohne" | "hors" | "bez" | "sin"
        | "sem" | "senza" | "without" | "ht" => Label::Net,
        _ => return None,
    })
}

/// The label of the first word standing behind a number.
pub(super) fn behind(word: &str) -> Option<Label> {
    Some(match word {
        "off" | "rabatt" | "discount" | "desconto" | "sleva" | "shipping" | "versand" | "versandkosten"
        | "postage" | "delivery" | "pfand" | "korting" | "rabais" | "скидка" => Label::Saving,
        "から" | "起" | "より" | "부터" | "tol" | "baslayan" | "dan" => Label::From,
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
            | "darmo"
            | "offert"
            | "gratuite"
            | "besplatno"
            | "безкоштовно"
            | "zadarmo"
            | "ingyenes"
            | "ilmainen"
            | "δωρεαν"
            | "مجاني"
            | "مجانا"
            | "免費"
            | "무료"
            | "ฟรี"
    )
}

/// Words of delivery: what is free there is not the goods.
pub(super) fn delivery(word: &str) -> bool {
    matches!(
        word,
        "shipping"
            | "delivery"
            | "postage"
            | "returns"
            | "versand"
            | "lieferung"
            | "livraison"
            | "retours"
            | "envio"
            | "envios"
            | "entrega"
            | "frete"
            | "spedizione"
            | "consegna"
            | "dostawa"
            | "wysylka"
            | "doprava"
            | "verzending"
            | "bezorging"
            | "frakt"
            | "levering"
            | "доставка"
            | "доставки"
            | "kargo"
            | "teslimat"
    )
}

/// What a word behind a number multiplies it by; single letters only where they are glued to it.
pub(super) fn multiplies(word: &str, glued: bool) -> Option<u32> {
    Some(match word {
        "k" if glued => 1_000,
        "m" if glued => 1_000_000,
        "thousand" | "tsd" | "tausend" | "тыс" | "тысяч" | "тис" | "nghin" | "ngan" | "ribu" | "rb"
        | "千" => 1_000,
        "万" | "萬" | "만" => 10_000,
        "lakh" | "lakhs" | "lac" | "lacs" | "लाख" => 100_000,
        "mn" | "mio" | "mln" | "million" | "millions" | "millionen" | "millones" | "milioni" | "milioane"
        | "milhoes" | "milion" | "miliony" | "milionow" | "miljoen" | "miljoner" | "млн" | "миллион"
        | "миллиона" | "миллионов" | "trieu" | "juta" | "jt" | "milyon" => 1_000_000,
        "crore" | "crores" | "cr" | "करोड" => 10_000_000,
        "億" | "亿" | "억" => 100_000_000,
        "bn" | "billion" | "mrd" | "milliarden" => 1_000_000_000,
        _ => return None,
    })
}

/// Words before the lower end of a range that name the price.
pub(super) fn opens(word: &str) -> bool {
    between(word)
        || matches!(
            word,
            "price"
                | "prices"
                | "preis"
                | "preise"
                | "prix"
                | "precio"
                | "precios"
                | "prezzo"
                | "preco"
                | "prijs"
                | "cena"
                | "ceny"
                | "pris"
                | "цена"
                | "ціна"
                | "fiyat"
                | "hinta"
                | "de"
                | "da"
                | "von"
                | "van"
                | "range"
                | "only"
                | "nur"
                | "approx"
                | "ca"
                | "about"
        )
}

/// Words before both ends of a range.
pub(super) fn between(word: &str) -> bool {
    matches!(
        word,
        "between"
            | "zwischen"
            | "entre"
            | "tra"
            | "fra"
            | "tussen"
            | "mellan"
            | "mellem"
            | "miedzy"
            | "pomiedzy"
            | "mezi"
            | "между"
            | "між"
    )
}

/// "And" between the two ends of "between 10 and 12".
pub(super) fn joins_both(word: &str) -> bool {
    matches!(word, "and" | "und" | "et" | "y" | "e" | "en" | "och" | "og" | "i" | "a" | "и" | "та" | "ve")
}
