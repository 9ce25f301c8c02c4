//! Words around prices: "from", "was", "you save", "per kg", "without VAT", "to". All folded.

use crate::text::WordMap;
use std::sync::LazyLock;

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

/// Words before a number.
#[rustfmt::skip]
const BEFORE: &[(Label, &[&str])] = &[
    (Label::From, &[
        "nuo", "alates", "starts", "start", "startet", "startpreis", "bermula", "dari", "sejak", "va",
        "beginnend", "beginning", "ابتداء", "ابتداءا", "من", "تبدا", "يبدا", "החל", "начиная", "починаючи",
        "из-под", "از", "شروع", "เริ่มต้น", "เริ่ม", "低至", "最低", "최저", "เริมตน", "kezdve", "ξεκινα", "from",
        "ab", "desde", "vanaf", "od", "fra", "fran", "alkaen", "от", "από", "απο", "starting", "des", "partir",
        "partire", "minimum", "začina", "parti", "från", "mulai", "à-partir", "alk", "від", "pocinaje", "tu",
        "depuis", "min",
    ]),
    (Label::UpTo, &[
        "upto", "under", "unter", "below", "menos", "moins", "jusqu'a", "jusqu", "hasta", "max", "maximum",
    ]),
    (Label::Old, &[
        "alter", "alte", "alten", "norm", "normal", "normalpreis", "normaalihinta", "normalt", "normale",
        "normaal", "ovh", "ohjehinta", "forpris", "forhen", "tidigare", "ursprungligen", "veil", "veiledende",
        "vejl", "vejledende", "jfr", "jmf", "recommended", "suggested", "consigliato", "listino", "eredeti",
        "regi", "korabbi", "prp", "mpc", "redovna", "redna", "αρχικη", "πριν", "mrp", "regularna", "katalog",
        "wczesniej", "dawniej", "przed", "doporucena", "odporucana", "bezne", "предишна", "препоръчителна",
        "обычная", "прежняя", "звичаина", "була", "ancienne", "initial", "initiale", "habituel", "catalogue",
        "conseillee", "habitual", "lista", "referencia", "sugerido", "era", "antigo", "tabela",
        "oorspronkelijk", "winkelprijs", "once", "liste", "piyasa", "במקום", "كان", "بدلا", "قبل", "semula",
        "coret", "asal", "goc", "ranee", "strike", "crossed", "herstelleradvies", "originalpreis",
        "originally", "usual", "usually", "vertailuhinta", "jamforpris", "jamforelsepris", "定価", "通常", "旧価格",
        "市价", "划线价", "建议售价", "門市價", "市價", "希望小売価格", "メーカー希望小売価格", "소비자가", "정상가", "원가", "ปกติ", "ราคาปกติ",
        "ราคาเดิม", "was", "statt", "uvp", "rrp", "msrp", "srp", "instead", "avant", "antes", "prima",
        "anziche", "stara", "list", "original", "old", "ancien", "before", "regular", "bezna", "ord",
        "ordinarie", "normalpris", "uvp*", "before:", "barre", "pvpr", "adviesprijs", "katalogowa", "vorher",
        "bisher", "tidligere", "for:", "conseille", "reg", "lieu", "anstatt", "zamiast", "namiesto", "misto",
        "вместо", "замiсть", "yerine", "bylo", "byla", "puvodne", "puvodni", "pvp", "anterior", "precedente",
        "vorige", "poprzednia", "najnizsza", "nejnizsi", "niedrigster", "старая", "старои", "раньше", "было",
        "стара", "eski", "giaban", "listenpreis", "streichpreis", "prix-barre", "原价", "原價", "定价", "定價", "市场价",
        "通常価格", "参考価格", "정가",
    ]),
    (Label::Now, &[
        "neuer", "deal", "nyt", "ny", "na", "now:", "current", "aktuell", "aktualnie", "zdaj", "sada", "most",
        "akcios", "akcni", "akcia", "akce", "promocyjna", "promocion", "promozione", "offre", "tilbud",
        "kampanj", "kampanjpris", "rea", "reapris", "superpris", "actie", "actieprijs", "sonderangebot",
        "τελικη", "προσφορα", "τωρα", "новая", "нова", "сега", "зараз", "indirimli", "כעת", "עכשיו", "الان",
        "الآن", "sekarang", "ลดเหลือ", "ราคาพิเศษ", "売価", "販売価格", "セール", "券后价", "到手价", "促销", "特价", "活动价", "售价",
        "판매가", "세일가", "now", "jetzt", "maintenant", "ahora", "ora", "agora", "nu", "teraz", "nyni", "jest",
        "сеичас", "simdi", "sale", "angebot", "oferta", "offerta", "promo", "promocja", "aktion",
        "aktionspreis", "sonderpreis", "акция", "yeni", "现价", "現價", "促销价", "セール価格", "特価", "할인가",
    ]),
    (Label::Saving, &[
        "spar", "spara", "sparer", "saastat", "usetrite", "usetri", "oszczedzasz", "oszczedz", "taupote",
        "economie", "economies", "ahorre", "ahorro", "poupe", "poupa", "economize", "risparmia", "bespaar",
        "besparing", "reducere", "kedvezmeny", "megtakaritas", "εκπτωση", "indirim", "rabat", "hemat", "giam",
        "cashback", "dont", "davon", "eco", "ecopart", "deee", "wcr", "over", "coupon", "voucher", "立减", "省",
        "save", "savings", "saving", "sparen", "ersparnis", "economisez", "ahorra", "ahorras", "discount",
        "rabatt", "zlava", "sleva", "rabais", "remise", "risparmi", "desconto", "korting", "скидка",
        "shipping", "versand", "livraison", "deposit", "pfand", "porto", "envio", "zzgl", "versandkosten",
        "spedizione", "expedition", "frete", "frakt", "fragt", "postage", "delivery", "wysylka", "dostawa", "doprava",
        "доставка", "kargo", "pant", "consigne",
    ]),
    (Label::Net, &[
        "neto", "ohne", "ekskl", "exkl", "税抜", "税別", "税抜き", "本体", "本体価格", "未税", "不含税", "세전", "hariç", "excl",
        "exc", "ex", "excluding", "netto", "net", "χωρις", "hors", "bez", "sin", "sem", "senza", "without",
        "ht",
    ]),
];

/// The first word behind a number.
#[rustfmt::skip]
const BEHIND: &[(Label, &[&str])] = &[
    (Label::Saving, &[
        "off", "rabatt", "discount", "desconto", "sleva", "shipping", "versand", "versandkosten", "postage",
        "delivery", "pfand", "korting", "rabais", "скидка",
    ]),
    (Label::From, &[
        "முதல்", "থেকে", "से", "แรก", "ขึนไป", "ขึ้นไป", "onwards", "tik", "から", "起", "より", "부터", "tol",
        "baslayan", "dan",
    ]),
    (Label::Net, &[
        "excl", "exc", "ex", "excluding", "netto", "neto", "net", "hors", "exkl", "ekskl", "sans", "税抜", "税別",
        "税抜き", "ht", "χωρις", "ohne", "bez",
    ]),
    (Label::PerUnit, &[
        "per", "pro", "je", "par", "por", "al", "za", "each",
    ]),
];

static LABELS: LazyLock<[WordMap<Label>; 2]> = LazyLock::new(|| {
    [BEFORE, BEHIND].map(|table| {
        table.iter().flat_map(|(label, words)| words.iter().map(|word| (*word, *label))).collect()
    })
});

/// The label of a word standing before a number.
pub(super) fn before(word: &str) -> Option<Label> {
    LABELS[0].get(word).copied()
}

/// The label of the first word standing behind a number.
pub(super) fn behind(word: &str) -> Option<Label> {
    LABELS[1].get(word).copied()
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
    matches!(
        word,
        "for" | "pe" | "για" | "fyrir" | "fur" | "pour" | "por" | "per" | "za" | "voor" | "за" | "med" | "om"
    )
}

/// Words that say nothing is to be paid.
pub(super) fn free(word: &str) -> bool {
    matches!(
        word,
        "nemokamai"
            | "безплатно"
            | "brezplacno"
            | "חינם"
            | "بالمجان"
            | "رایگان"
            | "مجانی"
            | "tasuta"
            | "bezmaksas"
            | "percuma"
            | "ilmaiseksi"
            | "maksuton"
            | "kostenfrei"
            | "umsonst"
            | "falas"
            | "مفت"
            | "मुफ्त"
            | "ਮੁਫ਼ਤ"
            | "free"
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
        "توصيل"
            | "التوصيل"
            | "شحن"
            | "الشحن"
            | "משלוח"
            | "送料"
            | "包邮"
            | "包郵"
            | "運費"
            | "运费"
            | "배송"
            | "배송비"
            | "szallitas"
            | "livrare"
            | "toimitus"
            | "kuljetus"
            | "αποστολη"
            | "μεταφορικα"
            | "pristatymas"
            | "piegade"
            | "tarne"
            | "dostava"
            | "postnina"
            | "shipment"
            | "fragt"
            | "porto"
            | "orders"
            | "order"
            | "return"
            | "ส่งฟรี"
            | "จัดส่ง"
            | "pengiriman"
            | "ongkir"
            | "ارسال"
            | "shipped"
            | "shipping"
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
        | "千" | "천" => 1_000,
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

/// Words of payments in parts.
pub(super) fn instalment(word: &str) -> bool {
    matches!(
        word,
        "payments"
            | "payment"
            | "installments"
            | "instalments"
            | "installment"
            | "instalment"
            | "raten"
            | "rate"
            | "rates"
            | "rat"
            | "raty"
            | "rata"
            | "cuotas"
            | "cuota"
            | "meses"
            | "mensualidades"
            | "mensualites"
            | "pagos"
            | "plazos"
            | "parcelas"
            | "vezes"
            | "fois"
            | "paiements"
            | "taksit"
            | "платежа"
            | "платежей"
            | "платежи"
            | "платежів"
            | "splatek"
            | "splatky"
            | "splatok"
            | "reszlet"
            | "rate-uri"
            | "termijnen"
            | "betalinger"
            | "delbetalningar"
            | "maksuera"
            | "monatsraten"
            | "months"
            | "monate"
            | "mois"
            | "mesi"
            | "maanden"
            | "回"
            | "期"
    )
}

/// Words between the count of parts and the amount of each.
pub(super) fn joins_parts(word: &str) -> bool {
    matches!(
        word,
        "of" | "de" | "da" | "à" | "a" | "von" | "van" | "по" | "po" | "at" | "zu" | "je" | "á" | "di"
    )
}

/// Pieces in the forms they take behind a count.
pub(super) fn piece(word: &str) -> bool {
    matches!(
        word,
        "штуки"
            | "штук"
            | "штука"
            | "шт"
            | "sztuki"
            | "sztuk"
            | "szt"
            | "kpl"
            | "kusy"
            | "kusu"
            | "ks"
            | "db"
            | "darab"
            | "buc"
            | "bucati"
            | "бр"
            | "τεμ"
            | "τεμαχια"
            | "adet"
            | "vnt"
            | "tk"
            | "gab"
            | "kom"
            | "kosa"
            | "er"
            | "stuks"
            | "styck"
            | "stykker"
            | "stykk"
            | "unds"
            | "items"
            | "ชิ้น"
            | "ชิน"
            | "buah"
            | "pezzi"
    )
}

/// Stretches of time that a price may be for.
pub(super) fn period(word: &str) -> bool {
    matches!(
        word,
        "mo" | "mon"
            | "mth"
            | "mnth"
            | "month"
            | "months"
            | "monat"
            | "monate"
            | "mois"
            | "mes"
            | "mese"
            | "maand"
            | "mnd"
            | "manad"
            | "maned"
            | "mdr"
            | "md"
            | "miesiac"
            | "mies"
            | "mesic"
            | "mes'"
            | "мес"
            | "месяц"
            | "міс"
            | "місяць"
            | "ay"
            | "mesi"
            | "week"
            | "wk"
            | "woche"
            | "semaine"
            | "semana"
            | "settimana"
            | "uke"
            | "vecka"
            | "year"
            | "yr"
            | "jahr"
            | "annee"
            | "an"
            | "ano"
            | "anno"
            | "rok"
            | "год"
            | "ar"
            | "day"
            | "tag"
            | "jour"
            | "dia"
            | "giorno"
            | "dag"
            | "doba"
            | "night"
            | "nacht"
            | "nuit"
            | "hour"
            | "hr"
            | "stunde"
            | "heure"
            | "hora"
            | "ora"
            | "час"
            | "月"
            | "年"
            | "天"
    )
}

/// "49 € mtl."
pub(super) fn monthly(word: &str) -> bool {
    matches!(
        word,
        "monthly"
            | "mtl"
            | "monatlich"
            | "mensuel"
            | "mensuels"
            | "mensile"
            | "mensual"
            | "mensuales"
            | "mensal"
            | "pcm"
            | "mensili"
            | "maandelijks"
            | "miesiecznie"
            | "mesicne"
            | "weekly"
            | "yearly"
            | "annually"
    )
}

/// Abbreviations of hundredths behind the main unit: "99 руб. 50 коп.".
pub(super) fn hundredths(word: &str) -> bool {
    matches!(
        word,
        "коп"
            | "к"
            | "копеек"
            | "копіиок"
            | "копиок"
            | "gr"
            | "groszy"
            | "grosz"
            | "c"
            | "ct"
            | "cts"
            | "cent"
            | "cents"
            | "centimes"
            | "centimos"
            | "centesimi"
            | "centavos"
            | "bani"
            | "h"
            | "hal"
            | "haleru"
            | "ст"
            | "стотинки"
            | "lipa"
            | "kurus"
            | "fils"
            | "ore"
            | "p"
            | "pence"
            | "paise"
            | "sen"
            | "角"
            | "分"
            | "senti"
            | "santu"
            | "halierov"
            | "filler"
    )
}

/// Words that say tax is in the price.
pub(super) fn gross(word: &str) -> bool {
    matches!(word, "税込" | "税込み" | "含税" | "ttc" | "brutto" | "bruto" | "gross")
}

/// The same behind a price, where "incl." before one may be a part of it.
pub(super) fn gross_behind(word: &str) -> bool {
    gross(word) || matches!(word, "inc" | "incl" | "including" | "inkl")
}
