//! Words beside a number that say what kind of amount it is: a rate, an amount without tax, the least
//! of several. Data only; `price_rank` looks them up. Words that name former prices and other
//! amounts stand in `features`.

/// Words after a rate.
pub(super) const PER_MONTH: &[&str] = &[
    "/ monat", "/monat", "pro monat", "monatl", "mtl.", "per month", "/month", "/mo", "a month", "monthly", "par mois", "/mois",
    "al mes", "/mes", "por mes", "mensual", "ao mês", "/mês", "mensais", "al mese", "/mese", "mensil",
    "per maand", "/maand", "miesięcznie", "/mies", "/ mies", "měsíčně", "mesačne", "в месяц", "/мес", "/ mån", "/mån",
    "/md", "/mnd", "kk", "havonta", "/hó", "pe lună", "aylık", "installment", "instalment", "raten", "cuotas", "parcelas", "月々", "개월",
];

/// Words beside an amount that tax is still to come on.
pub(super) const APART_FROM_TAX: &[&str] = &[
    "exkl", "exc.", "excl", "ex vat", "ex. vat", "ex gst", "ex tax", "ex. tax", "netto", "zzgl. mwst", "zzgl. ust",
    "zzgl. 19", "zzgl. 20", "zzgl. 7", "hors tax", " ht", "h.t.", "sin iva", "+ iva", "más iva", "iva escl", "iva excl", "bez dph",
    "bez vat", "без ндс", "ex moms", "ekskl", "+ mva", "ilman alv", "alv 0", "fără tva", "+ kdv", "税抜", "税别", "+gst", "+ gst", "+ vat", "+vat", "before tax",
];

/// Words beside an amount that holds the tax.
pub(super) const WITH_TAX: &[&str] = &[
    "inkl", "incl", "inc vat", "inc. vat", "inc gst", "inc. gst", "inc tax", "ttc", "t.t.c", "iva incl", "iva inc", "con iva",
    "brutto", "s dph", "z vat", "vč. dph", "с ндс", "sis. alv", "cu tva", "kdv dahil", "税込",
];

/// Words before the least of several amounts.
pub(super) const FROM_WORDS: &[&str] = &[
    "from", "from:", "ab", "ab:", "schon ab", "starting at", "as low as", "à partir de", "dès", "desde", "a partir de", "da", "a partire da",
    "vanaf", "v.a.", "fra", "från", "alkaen", "od", "от", "від", "începând de la", "de la", "〜", "より", "至少",
];
