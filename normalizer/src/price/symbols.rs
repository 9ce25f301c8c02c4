//! Currency symbols, codes and words, and which currencies each may mean.

use crate::text::WordMap;
use model::{Country, Currency};
use std::sync::LazyLock;

/// What a symbol, code or word may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Meaning {
    /// ISO 4217 codes, the commonest first; none for money that has no code (toman).
    pub codes: &'static [&'static str],
    /// Whether the first one is meant unless something says otherwise.
    pub main: bool,
    /// Whether it counts only right beside a number (it is a word or letter of its own else).
    pub beside: bool,
    /// Whether it is an abbreviation that may take its full stop with it.
    pub dotted: bool,
    /// Whether it counts hundredths: cents, pence.
    pub minor: bool,
}

const DOLLARS: &[&str] = &[
    "USD", "CAD", "AUD", "NZD", "MXN", "SGD", "HKD", "TWD", "ARS", "CLP", "COP", "UYU", "DOP", "JMD", "TTD",
    "BBD", "BSD", "BZD", "BMD", "BND", "FJD", "GYD", "KYD", "LRD", "NAD", "SBD", "SRD", "XCD", "ZWG",
];
/// What "dólares" means where the money of the country itself is a peso.
const DOLARES: &[&str] = &["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "BZD", "TTD"];
const KRONOR: &[&str] = &["SEK", "NOK", "DKK", "ISK"];
const YEN: &[&str] = &["JPY", "CNY"];
const POUNDS: &[&str] = &["GBP", "EGP", "LBP", "SYP", "FKP", "GIP", "SHP", "SDG"];
const RUPEES: &[&str] = &["INR", "PKR", "LKR", "NPR", "MUR", "SCR"];
const ROUBLES: &[&str] = &["RUB", "BYN"];
const PESOS: &[&str] = &["MXN", "ARS", "CLP", "COP", "PHP", "UYU", "DOP", "CUP"];
const DINARS: &[&str] = &["RSD", "KWD", "BHD", "JOD", "DZD", "TND", "IQD", "LYD", "MKD"];
const DIRHAMS: &[&str] = &["AED", "MAD"];
const RIYALS: &[&str] = &["SAR", "QAR", "OMR", "YER", "IRR"];
const FRANCS: &[&str] = &["CHF", "FRF", "BEF", "LUF"];
const CFA: &[&str] = &["XOF", "XAF"];
const SHILLINGS: &[&str] = &["KES", "TZS", "UGX", "SOS"];
const MANATS: &[&str] = &["AZN", "TMT"];
const LIRAS: &[&str] = &["TRY", "ITL", "LBP", "SYP"];
const CENTS: &[&str] = &["EUR", "USD", "CAD", "AUD", "NZD", "ZAR", "SGD", "HKD"];
const YUANS: &[&str] = &["CNY", "TWD", "HKD"];

/// Which of several currencies is meant, and how it may stand.
enum Kind {
    /// Exactly one, anywhere in the text.
    Sure,
    /// Several; the first one unless something says otherwise.
    Main,
    /// Several and none prevails.
    Shared,
    /// As `Main`, only beside a number.
    Beside,
    /// As `Shared`, only beside a number.
    SharedBeside,
    /// Hundredths of the first one, only beside a number.
    Minor,
    /// Hundredths of one of several, only beside a number.
    SharedMinor,
}

/// Words and abbreviations in lower case, symbols as they are; a full stop at the end marks an
/// abbreviation that may be written with it.
#[rustfmt::skip]
const TABLE: &[(&str, &[&str], Kind)] = &[
    ("€", &["EUR"], Kind::Sure), ("euro", &["EUR"], Kind::Sure), ("euros", &["EUR"], Kind::Sure), ("ευρω", &["EUR"], Kind::Sure), ("ευρώ", &["EUR"], Kind::Sure), ("евро", &["EUR"], Kind::Sure), ("يورو", &["EUR"], Kind::Sure),
    ("$", DOLLARS, Kind::Shared), ("dollar", DOLLARS, Kind::SharedBeside), ("dollars", DOLLARS, Kind::SharedBeside), ("dólares", DOLARES, Kind::SharedBeside), ("dolares", DOLARES, Kind::SharedBeside), ("долл.", &["USD"], Kind::Main), ("دولار", DOLLARS, Kind::Shared),
    ("us$", &["USD"], Kind::Sure), ("u$s", &["USD"], Kind::Sure), ("u$d", &["USD"], Kind::Sure), ("a$", &["AUD"], Kind::Sure), ("au$", &["AUD"], Kind::Sure), ("c$", &["CAD", "NIO"], Kind::Main), ("ca$", &["CAD"], Kind::Sure), ("cdn$", &["CAD"], Kind::Sure), ("can$", &["CAD"], Kind::Sure),
    ("nz$", &["NZD"], Kind::Sure), ("hk$", &["HKD"], Kind::Sure), ("s$", &["SGD"], Kind::Sure), ("sg$", &["SGD"], Kind::Sure), ("nt$", &["TWD"], Kind::Sure), ("tw$", &["TWD"], Kind::Sure), ("mx$", &["MXN"], Kind::Sure), ("mex$", &["MXN"], Kind::Sure), ("r$", &["BRL"], Kind::Sure), ("rd$", &["DOP"], Kind::Sure),
    ("j$", &["JMD"], Kind::Sure), ("tt$", &["TTD"], Kind::Sure), ("bds$", &["BBD"], Kind::Sure), ("ar$", &["ARS"], Kind::Sure), ("clp$", &["CLP"], Kind::Sure), ("col$", &["COP"], Kind::Sure), ("$u", &["UYU"], Kind::Sure), ("fj$", &["FJD"], Kind::Sure), ("n$", &["NAD"], Kind::Sure), ("b$", &["BND"], Kind::Sure), ("z$", &["ZWG"], Kind::Sure),
    ("£", POUNDS, Kind::Main), ("e£", &["EGP"], Kind::Sure), ("le£", &["EGP"], Kind::Sure), ("sterling", &["GBP"], Kind::Sure), ("₤", &["ITL", "GBP", "TRY"], Kind::Shared), ("¥", YEN, Kind::Shared), ("cn¥", &["CNY"], Kind::Sure), ("jp¥", &["JPY"], Kind::Sure), ("円", &["JPY"], Kind::Sure), ("yen", &["JPY"], Kind::Beside), ("元", YUANS, Kind::Main), ("圆", &["CNY"], Kind::Sure), ("圓", YUANS, Kind::Shared), ("人民币", &["CNY"], Kind::Sure),
    ("rmb", &["CNY"], Kind::Sure), ("yuan", &["CNY"], Kind::Sure), ("nt", &["TWD"], Kind::Beside), ("₩", &["KRW", "KPW"], Kind::Main), ("원", &["KRW"], Kind::Sure), ("won", &["KRW"], Kind::Beside), ("₹", &["INR"], Kind::Sure), ("rs.", RUPEES, Kind::SharedBeside), ("rupees", RUPEES, Kind::Shared), ("₨", RUPEES, Kind::Shared), ("रु.", &["INR", "NPR"], Kind::Shared), ("रू.", &["INR", "NPR"], Kind::Shared), ("රු.", &["LKR"], Kind::Sure),
    ("kr.", KRONOR, Kind::SharedBeside), ("skr", &["SEK"], Kind::Beside), ("nkr", &["NOK"], Kind::Beside), ("dkr", &["DKK"], Kind::Beside), ("kronor", &["SEK"], Kind::Sure), ("kroner", &["DKK", "NOK"], Kind::Shared), ("krónur", &["ISK"], Kind::Sure),
    ("zł", &["PLN"], Kind::Sure), ("zl", &["PLN"], Kind::Beside), ("złotych", &["PLN"], Kind::Sure), ("zloty", &["PLN"], Kind::Sure), ("kč", &["CZK"], Kind::Sure), ("kc", &["CZK"], Kind::Beside), ("korun", &["CZK"], Kind::Sure), ("ft", &["HUF"], Kind::Beside), ("forint", &["HUF"], Kind::Sure), ("lei", &["RON", "MDL"], Kind::Beside), ("leu", &["RON", "MDL"], Kind::Beside),
    ("лв.", &["BGN"], Kind::Sure), ("лева", &["BGN"], Kind::Sure), ("lv.", &["BGN"], Kind::Beside), ("kn", &["HRK"], Kind::Beside), ("kuna", &["HRK"], Kind::Beside), ("дин.", &["RSD"], Kind::Main), ("din.", &["RSD"], Kind::Beside), ("dinara", &["RSD", "BAM"], Kind::Main), ("dinar", DINARS, Kind::SharedBeside), ("dinars", DINARS, Kind::SharedBeside), ("دينار", DINARS, Kind::Shared), ("ден.", &["MKD"], Kind::Sure), ("lekë", &["ALL"], Kind::Sure), ("lekë.", &["ALL"], Kind::Sure),
    ("₽", &["RUB"], Kind::Sure), ("руб.", ROUBLES, Kind::Main), ("рублей", ROUBLES, Kind::Main), ("рубля", ROUBLES, Kind::Main), ("рубль", ROUBLES, Kind::Main), ("р.", ROUBLES, Kind::Beside), ("rub.", ROUBLES, Kind::Beside), ("₴", &["UAH"], Kind::Sure), ("грн.", &["UAH"], Kind::Sure), ("гривень", &["UAH"], Kind::Sure), ("₸", &["KZT"], Kind::Sure), ("тг.", &["KZT"], Kind::Beside), ("тенге", &["KZT"], Kind::Sure), ("сом", &["KGS"], Kind::Beside), ("сум", &["UZS"], Kind::Beside), ("so'm", &["UZS"], Kind::Sure), ("₼", &["AZN"], Kind::Sure), ("₾", &["GEL"], Kind::Sure), ("֏", &["AMD"], Kind::Sure),
    ("₺", &["TRY"], Kind::Sure), ("tl", &["TRY"], Kind::Beside), ("₪", &["ILS"], Kind::Sure), ("nis", &["ILS"], Kind::Beside), ("ש\"ח", &["ILS"], Kind::Sure), ("ש״ח", &["ILS"], Kind::Sure), ("fr.", FRANCS, Kind::Beside), ("sfr.", &["CHF"], Kind::Beside), ("franken", &["CHF"], Kind::Sure), ("stutz", &["CHF"], Kind::Sure), ("francs", &["CHF", "XOF", "XAF", "FRF"], Kind::Shared),
    ("฿", &["THB"], Kind::Sure), ("baht", &["THB"], Kind::Sure), ("บาท", &["THB"], Kind::Sure), ("₫", &["VND"], Kind::Sure), ("đ", &["VND"], Kind::Beside), ("vnđ", &["VND"], Kind::Sure), ("đồng", &["VND"], Kind::Sure), ("rp.", &["IDR"], Kind::Beside), ("rupiah", &["IDR"], Kind::Sure), ("rm", &["MYR"], Kind::Beside), ("ringgit", &["MYR"], Kind::Sure), ("₱", &["PHP"], Kind::Sure), ("php₱", &["PHP"], Kind::Sure), ("₭", &["LAK"], Kind::Sure), ("៛", &["KHR"], Kind::Sure), ("₮", &["MNT"], Kind::Sure), ("৳", &["BDT"], Kind::Sure), ("tk.", &["BDT"], Kind::Beside), ("taka", &["BDT"], Kind::Sure), ("؋", &["AFN"], Kind::Sure),
    ("₦", &["NGN"], Kind::Sure), ("naira", &["NGN"], Kind::Sure), ("₵", &["GHS"], Kind::Sure), ("gh₵", &["GHS"], Kind::Sure), ("gh¢", &["GHS"], Kind::Sure), ("cedis", &["GHS"], Kind::Sure), ("r", &["ZAR"], Kind::Beside), ("rand", &["ZAR"], Kind::Beside), ("ksh.", &["KES"], Kind::Beside), ("kshs.", &["KES"], Kind::Beside), ("tsh.", &["TZS"], Kind::Beside), ("ush.", &["UGX"], Kind::Beside), ("shillings", SHILLINGS, Kind::Shared), ("br", &["ETB", "BYN"], Kind::SharedBeside), ("birr", &["ETB"], Kind::Sure), ("kz", &["AOA"], Kind::Beside), ("mt", &["MZN"], Kind::Beside), ("mtn", &["MZN"], Kind::Beside), ("fcfa", CFA, Kind::Shared), ("cfa", CFA, Kind::Shared), ("ar", &["MGA"], Kind::Beside), ("zk", &["ZMW"], Kind::Beside),
    ("dh", DIRHAMS, Kind::SharedBeside), ("dhs.", DIRHAMS, Kind::SharedBeside), ("dirham", DIRHAMS, Kind::Shared), ("dirhams", DIRHAMS, Kind::Shared), ("درهم", DIRHAMS, Kind::Shared), ("د.إ", &["AED"], Kind::Sure), ("د.م.", &["MAD"], Kind::Sure), ("ريال", RIYALS, Kind::Shared), ("riyal", RIYALS, Kind::Shared), ("riyals", RIYALS, Kind::Shared), ("﷼", RIYALS, Kind::Shared), ("sr", &["SAR"], Kind::Beside), ("ر.س", &["SAR"], Kind::Sure), ("ر.ق", &["QAR"], Kind::Sure), ("ر.ع.", &["OMR"], Kind::Sure), ("qr", &["QAR"], Kind::Beside), ("د.ك", &["KWD"], Kind::Sure), ("kd", &["KWD"], Kind::Beside), ("bd", &["BHD"], Kind::Beside), ("jd", &["JOD"], Kind::Beside), ("د.ب", &["BHD"], Kind::Sure), ("د.ت", &["TND"], Kind::Sure), ("dt", &["TND"], Kind::Beside), ("da", &["DZD"], Kind::Beside), ("دج", &["DZD"], Kind::Sure), ("د.ج", &["DZD"], Kind::Sure), ("د.ا", &["JOD"], Kind::Sure), ("ع.د", &["IQD"], Kind::Sure), ("ج.م", &["EGP"], Kind::Sure), ("جنيه", &["EGP", "SDG"], Kind::Main), ("ل.ل", &["LBP"], Kind::Sure), ("le", &["EGP"], Kind::Beside),
    ("تومان", &[], Kind::Sure), ("toman", &[], Kind::Sure), ("₶", &[], Kind::Sure),
    ("s/.", &["PEN"], Kind::Sure), ("s/", &["PEN"], Kind::Sure), ("b/.", &["PAB"], Kind::Sure), ("₡", &["CRC"], Kind::Sure), ("₲", &["PYG"], Kind::Sure), ("gs.", &["PYG"], Kind::Beside), ("bs.", &["BOB", "VES"], Kind::SharedBeside), ("q", &["GTQ"], Kind::Beside), ("reais", &["BRL"], Kind::Sure), ("pesos", PESOS, Kind::Shared), ("₧", &["ESP"], Kind::Sure), ("pta.", &["ESP"], Kind::Beside), ("ptas.", &["ESP"], Kind::Beside), ("₣", &["FRF"], Kind::Sure), ("dm", &["DEM"], Kind::Beside),
    ("юань", &["CNY"], Kind::Sure), ("юаня", &["CNY"], Kind::Sure), ("юаней", &["CNY"], Kind::Sure), ("新台幣", &["TWD"], Kind::Sure), ("新台币", &["TWD"], Kind::Sure), ("台幣", &["TWD"], Kind::Sure), ("港币", &["HKD"], Kind::Sure), ("港幣", &["HKD"], Kind::Sure), ("港元", &["HKD"], Kind::Sure), ("美元", &["USD"], Kind::Sure), ("美金", &["USD"], Kind::Sure), ("欧元", &["EUR"], Kind::Sure), ("歐元", &["EUR"], Kind::Sure), ("日元", &["JPY"], Kind::Sure), ("日圆", &["JPY"], Kind::Sure), ("英镑", &["GBP"], Kind::Sure), ("英鎊", &["GBP"], Kind::Sure), ("韩元", &["KRW"], Kind::Sure), ("加元", &["CAD"], Kind::Sure), ("澳元", &["AUD"], Kind::Sure), ("新元", &["SGD"], Kind::Sure), ("泰铢", &["THB"], Kind::Sure), ("卢布", &["RUB"], Kind::Sure), ("瑞士法郎", &["CHF"], Kind::Sure),
    ("ユーロ", &["EUR"], Kind::Sure), ("유로", &["EUR"], Kind::Sure), ("ドル", DOLLARS, Kind::Shared), ("달러", DOLLARS, Kind::Shared), ("ポンド", POUNDS, Kind::Main), ("eura", &["EUR"], Kind::Beside), ("evra", &["EUR"], Kind::Beside), ("evrov", &["EUR"], Kind::Beside), ("euroa", &["EUR"], Kind::Beside), ("eurot", &["EUR"], Kind::Beside), ("eurów", &["EUR"], Kind::Beside), ("eurų", &["EUR"], Kind::Beside), ("eiro", &["EUR"], Kind::Beside), ("євро", &["EUR"], Kind::Sure), ("евра", &["EUR"], Kind::Beside), ("ευρω", &["EUR"], Kind::Sure), ("אירו", &["EUR"], Kind::Sure), ("यूरो", &["EUR"], Kind::Sure),
    ("pound", POUNDS, Kind::Beside), ("pounds", POUNDS, Kind::Beside), ("quid", &["GBP"], Kind::Beside), ("libra", POUNDS, Kind::Beside), ("libras", POUNDS, Kind::Beside), ("livres", POUNDS, Kind::Beside), ("фунтов", POUNDS, Kind::Beside), ("доллар", &["USD"], Kind::Main), ("доллара", &["USD"], Kind::Main), ("долларов", &["USD"], Kind::Main), ("dolarów", DOLLARS, Kind::SharedBeside), ("dollari", DOLLARS, Kind::SharedBeside), ("dólar", DOLARES, Kind::SharedBeside), ("dolar", DOLLARS, Kind::SharedBeside),
    ("¢", DOLLARS, Kind::SharedMinor), ("cent", CENTS, Kind::SharedMinor), ("cents", CENTS, Kind::SharedMinor), ("céntimos", &["EUR"], Kind::Minor), ("centimes", &["EUR", "CHF"], Kind::SharedMinor), ("pence", &["GBP"], Kind::Minor), ("rappen", &["CHF"], Kind::Minor), ("groszy", &["PLN"], Kind::Minor), ("копеек", ROUBLES, Kind::SharedMinor),
    ("złote", &["PLN"], Kind::Sure), ("złoty", &["PLN"], Kind::Sure), ("zlotych", &["PLN"], Kind::Sure), ("korún", &["SKK"], Kind::Sure), ("koruna", &["CZK"], Kind::Sure), ("koruny", &["CZK"], Kind::Sure), ("forintot", &["HUF"], Kind::Sure), ("lek", &["ALL"], Kind::Beside), ("leke", &["ALL"], Kind::Beside), ("лев", &["BGN"], Kind::Beside), ("km", &["BAM"], Kind::Beside), ("гривен", &["UAH"], Kind::Sure), ("гривні", &["UAH"], Kind::Sure), ("гривня", &["UAH"], Kind::Sure), ("hrn", &["UAH"], Kind::Beside), ("manat", MANATS, Kind::Beside), ("դր.", &["AMD"], Kind::Sure), ("դրամ", &["AMD"], Kind::Sure), ("ლარი", &["GEL"], Kind::Sure), ("lari", &["GEL"], Kind::Beside), ("somoni", &["TJS"], Kind::Beside), ("сомони", &["TJS"], Kind::Beside), ("лари", &["GEL"], Kind::Beside),
    ("lira", LIRAS, Kind::Beside), ("lirası", LIRAS, Kind::Beside), ("liras", LIRAS, Kind::Beside), ("lire", &["ITL"], Kind::Beside), ("שקל", &["ILS"], Kind::Sure), ("שקלים", &["ILS"], Kind::Sure), ("shekels", &["ILS"], Kind::Beside), ("د.ع", &["IQD"], Kind::Sure), ("د.ل", &["LYD"], Kind::Sure), ("ل.س", &["SYP"], Kind::Sure), ("ریال", &["IRR"], Kind::Sure), ("रुपये", &["INR", "NPR"], Kind::Shared), ("रुपए", &["INR", "NPR"], Kind::Shared), ("rupee", RUPEES, Kind::Shared), ("টাকা", &["BDT"], Kind::Sure), ("روپے", &["PKR"], Kind::Sure), ("rufiyaa", &["MVR"], Kind::Sure), ("kyat", &["MMK"], Kind::Sure), ("kyats", &["MMK"], Kind::Sure), ("kip", &["LAK"], Kind::Beside), ("riel", &["KHR"], Kind::Beside), ("tugrik", &["MNT"], Kind::Sure),
    ("frw", &["RWF"], Kind::Beside), ("kwanzas", &["AOA"], Kind::Sure), ("meticais", &["MZN"], Kind::Sure), ("pula", &["BWP"], Kind::Beside), ("kwacha", &["ZMW", "MWK"], Kind::SharedBeside), ("dalasi", &["GMD"], Kind::Beside), ("ariary", &["MGA"], Kind::Sure), ("leones", &["SLE"], Kind::Beside), ("cedi", &["GHS"], Kind::Beside), ("shilling", SHILLINGS, Kind::Shared), ("shilingi", SHILLINGS, Kind::Shared), ("nakfa", &["ERN"], Kind::Beside),
    ("peso", PESOS, Kind::SharedBeside), ("pesetas", &["ESP"], Kind::Beside), ("soles", &["PEN"], Kind::Beside), ("sol", &["PEN"], Kind::Beside), ("real", &["BRL"], Kind::Beside), ("quetzales", &["GTQ"], Kind::Sure), ("lempiras", &["HNL"], Kind::Sure), ("colones", &["CRC"], Kind::Sure), ("guaraníes", &["PYG"], Kind::Sure), ("bolivianos", &["BOB"], Kind::Sure), ("bolívares", &["VES"], Kind::Sure), ("córdobas", &["NIO"], Kind::Sure), ("gourdes", &["HTG"], Kind::Sure), ("balboas", &["PAB"], Kind::Sure), ("mop$", &["MOP"], Kind::Sure), ("ec$", &["XCD"], Kind::Sure), ("bz$", &["BZD"], Kind::Sure), ("gy$", &["GYD"], Kind::Sure), ("l$", &["LRD"], Kind::Sure),
    ("د.أ", &["JOD"], Kind::Sure), ("ر.ي", &["YER"], Kind::Sure), ("د.س", &["SDG"], Kind::Sure), ("أوقية", &["MRU"], Kind::Sure), ("ރ", &["MVR"], Kind::Beside), ("rf.", &["MVR"], Kind::Beside), ("mrf", &["MVR"], Kind::Beside), ("ks", &["MMK"], Kind::Beside), ("ကျပ်", &["MMK"], Kind::Sure), ("ກີບ", &["LAK"], Kind::Sure), ("រៀល", &["KHR"], Kind::Sure), ("ብር", &["ETB"], Kind::Sure), ("ლ.", &["GEL"], Kind::Beside), ("ман.", MANATS, Kind::Beside), ("тңг.", &["KZT"], Kind::Sure), ("теңге", &["KZT"], Kind::Sure), ("төгрөг", &["MNT"], Kind::Sure), ("сўм", &["UZS"], Kind::Sure), ("som", &["KGS", "UZS"], Kind::SharedBeside),
    ("fbu", &["BIF"], Kind::Beside), ("mk", &["MWK"], Kind::Beside), ("fdj", &["DJF"], Kind::Beside), ("fg", &["GNF"], Kind::Beside), ("cfp", &["XPF"], Kind::Beside), ("nfk", &["ERN"], Kind::Beside), ("um", &["MRU", "MRO"], Kind::Beside), ("db", &["STN", "STD"], Kind::Beside), ("vt", &["VUV"], Kind::Beside), ("ssh", &["SOS"], Kind::Beside), ("ld", &["LYD"], Kind::Beside), ("yr", &["YER"], Kind::Beside), ("cv$", &["CVE"], Kind::Sure), ("ws$", &["WST"], Kind::Sure), ("t$", &["TOP"], Kind::Sure), ("bn$", &["BND"], Kind::Sure), ("co$", &["COP"], Kind::Sure), ("cl$", &["CLP"], Kind::Sure), ("cuc$", &["CUC"], Kind::Sure), ("uy$", &["UYU"], Kind::Sure), ("sy£", &["SYP"], Kind::Sure), ("lb£", &["LBP"], Kind::Sure), ("ll", &["LBP"], Kind::Beside), ("ir£", &["IEP"], Kind::Sure), ("l.l.", &["LBP"], Kind::Sure), ("l.e.", &["EGP"], Kind::Sure), ("ntd", &["TWD"], Kind::Beside), ("ntd$", &["TWD"], Kind::Sure), ("kčs", &["CZK", "CSK"], Kind::Beside),
    ("pkrs", &["PKR"], Kind::Beside), ("nprs", &["NPR"], Kind::Beside), ("slrs", &["LKR"], Kind::Beside), ("murs", &["MUR"], Kind::Beside), ("ikr", &["ISK"], Kind::Beside), ("नेरू", &["NPR"], Kind::Sure), ("रुपैयाँ", &["NPR"], Kind::Sure), ("টকা", &["INR"], Kind::Beside), ("রু", &["INR"], Kind::Beside), ("ரூ.", &["INR", "LKR"], Kind::Shared), ("రూ.", &["INR"], Kind::Sure), ("ರೂ.", &["INR"], Kind::Sure), ("രൂ.", &["INR"], Kind::Sure), ("રૂ.", &["INR"], Kind::Sure), ("ਰੁ.", &["INR"], Kind::Sure), ("روپیہ", &["PKR"], Kind::Sure), ("روپيه", &["PKR"], Kind::Sure), ("افغانی", &["AFN"], Kind::Sure), ("afs", &["AFN"], Kind::Beside), ("af", &["AFN"], Kind::Beside),
    ("lps.", &["HNL"], Kind::Beside), ("bs.s", &["VES"], Kind::Sure), ("bs.f.", &["VEF"], Kind::Sure), ("bs.d", &["VES"], Kind::Sure), ("m.n.", &["MXN"], Kind::Beside), ("afl.", &["AWG"], Kind::Beside), ("ƒ", &["ANG", "AWG", "NLG"], Kind::Shared), ("fl.", &["NLG", "ANG"], Kind::Beside), ("ghc", &["GHS", "GHC"], Kind::SharedBeside), ("gh", &["GHS"], Kind::Beside), ("/=", SHILLINGS, Kind::SharedBeside), ("tzsh", &["TZS"], Kind::Beside), ("tshs.", &["TZS"], Kind::Beside), ("ushs.", &["UGX"], Kind::Beside), ("ugsh", &["UGX"], Kind::Beside),
    ("ös", &["ATS"], Kind::Beside), ("schilling", &["ATS"], Kind::Beside), ("d-mark", &["DEM"], Kind::Beside), ("bfr", &["BEF"], Kind::Beside), ("ff", &["FRF"], Kind::Beside), ("ffr", &["FRF"], Kind::Beside), ("hfl", &["NLG"], Kind::Beside), ("esc.", &["PTE"], Kind::Beside), ("escudos", &["CVE", "PTE"], Kind::SharedBeside), ("δρχ.", &["GRD"], Kind::Sure), ("₯", &["GRD"], Kind::Sure), ("sk", &["SKK"], Kind::Beside), ("tolarjev", &["SIT"], Kind::Sure), ("kroon", &["EEK"], Kind::Beside), ("krooni", &["EEK"], Kind::Beside), ("litų", &["LTL"], Kind::Sure), ("lt", &["LTL"], Kind::Beside), ("ls", &["LVL"], Kind::Beside), ("lm", &["MTL"], Kind::Beside),
    ("динар", DINARS, Kind::Beside), ("динара", &["RSD"], Kind::Beside), ("денари", &["MKD"], Kind::Sure), ("марака", &["BAM"], Kind::Beside), ("конвертибилних", &["BAM"], Kind::Beside), ("крон", KRONOR, Kind::SharedBeside), ("лир", LIRAS, Kind::Beside), ("лей", &["MDL", "RON"], Kind::Beside), ("белорусских", &["BYN"], Kind::Beside),
    ("₠", &[], Kind::Sure), ("₢", &[], Kind::Sure), ("₰", &[], Kind::Sure), ("₳", &[], Kind::Sure), ("₷", &[], Kind::Sure), ("₿", &[], Kind::Sure), ("ℳ", &[], Kind::Sure), ("૱", &["INR"], Kind::Sure), ("௹", &["INR"], Kind::Sure), ("৲", &["INR", "BDT"], Kind::Shared), ("pts.", &["ESP"], Kind::Beside),
    ("коп.", ROUBLES, Kind::Minor), ("копійок", &["UAH"], Kind::Minor), ("bani", &["RON", "MDL"], Kind::Minor), ("kuruş", &["TRY"], Kind::Minor), ("öre", &["SEK"], Kind::Minor), ("øre", &["DKK", "NOK"], Kind::SharedMinor), ("haléřů", &["CZK"], Kind::Minor), ("stotinki", &["BGN"], Kind::Minor), ("стотинки", &["BGN"], Kind::Minor), ("lipa", &["HRK"], Kind::Minor), ("centavos", PESOS, Kind::SharedMinor), ("centesimi", &["EUR"], Kind::Minor), ("céntimo", &["EUR"], Kind::Minor), ("centime", &["EUR", "CHF"], Kind::SharedMinor), ("paise", &["INR", "PKR"], Kind::Minor), ("sen", &["MYR"], Kind::Minor), ("λεπτά", &["EUR"], Kind::Minor), ("senttiä", &["EUR"], Kind::Minor), ("snt", &["EUR"], Kind::Minor), ("centov", &["EUR"], Kind::Minor),
];

/// ISO codes that are words or labels too: they count beside a number only.
const WORDS: &[&str] = &[
    "all", "top", "try", "mad", "gel", "cup", "bam", "nok", "sos", "pen", "ron", "ars", "std", "cop", "ang",
    "mop", "pab", "amd", "mur", "bob", "sit", "fim", "dem",
];

struct Symbols {
    words: WordMap<Meaning>,
    /// Entries with marks inside, by first letter, longest first: matched letter by letter.
    marked: Vec<(Vec<char>, Meaning)>,
}

static SYMBOLS: LazyLock<Symbols> = LazyLock::new(|| {
    let mut words = WordMap::default();
    let mut marked: Vec<(Vec<char>, Meaning)> = Vec::new();
    for &(text, codes, ref kind) in TABLE {
        let meaning = Meaning {
            codes,
            main: matches!(kind, Kind::Sure | Kind::Main | Kind::Beside | Kind::Minor) && !codes.is_empty(),
            beside: matches!(kind, Kind::Beside | Kind::SharedBeside | Kind::Minor | Kind::SharedMinor),
            minor: matches!(kind, Kind::Minor | Kind::SharedMinor),
            dotted: text.ends_with('.'),
        };
        let word = text.strip_suffix('.').unwrap_or(text);
        // Chinese and Japanese names end in a sign of their own (美元) and are matched whole.
        let inside = word.chars().any(|c| matches!(c, '.' | '/' | '"' | '\'' | '״' | '-' | '='))
            || word.chars().count() > 1 && word.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        if inside {
            marked.push((text.chars().collect(), meaning));
        } else {
            words.insert(word, meaning);
        }
    }
    marked.sort_by_key(|(text, _)| (text[0], std::cmp::Reverse(text.len())));
    Symbols { words, marked }
});

/// Whether `c` is a currency sign that stands for itself.
pub(super) fn is_sign(c: char) -> bool {
    matches!(
        c,
        '$' | '£' | '¥' | '€' | '¢' | 'ℳ' | '૱' | '௹' | '৲' | '₠'
            ..='₿' | '฿' | '৳' | '៛' | '؋' | '֏' | '﷼' | '円' | '元' | '원' | '圆' | '圓'
    )
}

/// The meaning of a word or sign in lower case.
pub(super) fn word(lower: &str) -> Option<Meaning> {
    SYMBOLS.words.get(lower).copied()
}

/// Abbreviations that are small words too ("da", "le"): they are currencies in capitals only.
pub(super) fn is_written_large(lower: &str) -> bool {
    matches!(
        lower,
        "da" | "dt"
            | "le"
            | "ar"
            | "mt"
            | "q"
            | "r"
            | "qr"
            | "bd"
            | "jd"
            | "kd"
            | "sr"
            | "dm"
            | "nt"
            | "rm"
            | "km"
            | "mk"
            | "ks"
            | "lt"
            | "ls"
            | "lm"
            | "um"
            | "db"
            | "vt"
            | "ld"
            | "yr"
            | "af"
            | "ll"
            | "ff"
            | "sk"
            | "fl"
            | "gh"
            | "fg"
            | "esc"
            | "rf"
    )
}

/// A capital glued to the front of a sum, in countries that write their money so.
pub(super) fn capital(letter: char) -> Option<Meaning> {
    let codes: &'static [&'static str] = match letter {
        'P' => &["PHP", "BWP"],
        'N' => &["NGN"],
        'K' => &["ZMW", "PGK"],
        'L' => &["HNL", "LSL"],
        _ => return None,
    };
    Some(Meaning { codes, main: codes.len() == 1, beside: true, dotted: false, minor: false })
}

/// Letters and short words that are money in one country only, as written, the country's currency
/// and the one they mean there. `true`: hundredths of it.
#[rustfmt::skip]
const LOCAL: &[(&str, &str, &[&str], bool)] = &[
    ("P", "BWP", &["BWP"], false), ("P", "PHP", &["PHP"], false), ("K", "ZMW", &["ZMW"], false), ("K", "PGK", &["PGK"], false), ("K", "MMK", &["MMK"], false), ("E", "SZL", &["SZL"], false), ("M", "LSL", &["LSL"], false), ("Le", "SLE", &["SLE"], false), ("Le", "SLL", &["SLL"], false), ("L", "HNL", &["HNL"], false), ("L", "ALL", &["ALL"], false), ("L", "EUR", &["ITL"], false), ("D", "GMD", &["GMD"], false), ("G", "HTG", &["HTG"], false), ("N", "NGN", &["NGN"], false), ("T", "KZT", &["KZT"], false), ("T", "TOP", &["TOP"], false), ("F", "EUR", &["FRF"], false),
    ("FC", "CDF", &["CDF"], false), ("Fc", "CDF", &["CDF"], false), ("F", "XOF", &["XOF"], false), ("F", "XAF", &["XAF"], false), ("F", "CDF", &["CDF"], false), ("Frs", "XOF", &["XOF"], false), ("Frs", "XAF", &["XAF"], false), ("Fr", "XOF", &["XOF"], false), ("Fr", "XAF", &["XAF"], false), ("FG", "GNF", &["GNF"], false), ("Fr", "GNF", &["GNF"], false), ("CF", "KMF", &["KMF"], false), ("F", "XPF", &["XPF"], false), ("Fr", "RWF", &["RWF"], false), ("F", "BIF", &["BIF"], false),
    ("bob", "KES", &["KES"], false), ("sh", "KES", &["KES"], false), ("Sh", "KES", &["KES"], false), ("shs", "KES", &["KES"], false), ("Shs", "KES", &["KES"], false), ("Sh", "TZS", &["TZS"], false), ("sh", "TZS", &["TZS"], false), ("Shs", "TZS", &["TZS"], false), ("shs", "TZS", &["TZS"], false), ("Sh", "UGX", &["UGX"], false), ("Shs", "UGX", &["UGX"], false), ("shs", "UGX", &["UGX"], false), ("sh", "UGX", &["UGX"], false), ("Sh", "SOS", &["SOS"], false),
    ("man", "AZN", &["AZN"], false), ("man", "TMT", &["TMT"], false), ("m", "AZN", &["AZN"], false), ("¢", "CRC", &["CRC"], false), ("¢", "GHS", &["GHS"], false), ("c", "KGS", &["KGS"], false), ("с", "KGS", &["KGS"], false), ("mk", "FIM", &["FIM"], false), ("Nu", "BTN", &["BTN"], false), ("d", "VND", &["VND"], false), ("р", "BYN", &["BYN"], false), ("Bs", "BOB", &["BOB"], false), ("Bs", "VES", &["VES"], false), ("Af", "AFN", &["AFN"], false),
    ("ct", "EUR", &["EUR"], true), ("Ct", "EUR", &["EUR"], true), ("cts", "EUR", &["EUR"], true), ("c", "ZAR", &["ZAR"], true), ("c", "AUD", &["AUD"], true), ("c", "NZD", &["NZD"], true), ("Rp", "CHF", &["CHF"], true), ("ct", "CHF", &["CHF"], true), ("gr", "PLN", &["PLN"], true), ("ст", "BGN", &["BGN"], true), ("fils", "AED", &["AED"], true), ("p", "GBP", &["GBP"], true),
];

/// The meaning of a word as written where the money of `home` is in use, and whether it may take a
/// full stop with it.
pub(super) fn local(written: &str, home: Currency) -> Option<(Meaning, bool)> {
    let &(_, _, codes, minor) =
        LOCAL.iter().find(|(word, at_home, _, _)| *word == written && home.as_str() == *at_home)?;
    Some((Meaning { codes, main: true, beside: true, dotted: true, minor }, true))
}

/// The longest abbreviation with marks inside ("د.إ", "S/.") at the beginning of these letters.
pub(super) fn marked(mut letters: impl FnMut(usize) -> Option<char>) -> Option<(Meaning, usize)> {
    let first = letters(0)?;
    let first = first.to_lowercase().next().unwrap_or(first);
    let all = &SYMBOLS.marked;
    let from = all.partition_point(|(text, _)| text[0] < first);
    all[from..]
        .iter()
        .take_while(|(text, _)| text[0] == first)
        .find(|(text, _)| {
            text.iter().enumerate().skip(1).all(|(at, &wanted)| {
                letters(at).is_some_and(|c| c == wanted || c.to_lowercase().eq([wanted]))
            })
        })
        .map(|(text, meaning)| (*meaning, text.len()))
}

/// The currency of three letters, and whether they are a word of their own too.
pub(super) fn iso(letters: &str) -> Option<(Currency, bool)> {
    // Shops of Ghana write the code of the old cedi for the new one: a word of its own here.
    if letters.len() != 3 || !letters.is_ascii() || letters == "GHC" {
        return None;
    }
    let upper = letters.bytes().all(|b| b.is_ascii_uppercase());
    let currency: Currency = letters.parse().ok()?;
    let lower = letters.to_ascii_lowercase();
    Some((currency, !upper || WORDS.contains(&lower.as_str())))
}

/// The currency in use in a country today.
#[rustfmt::skip]
pub(super) fn currency_of(country: Country) -> Option<Currency> {
    let code = match country.as_str() {
        "US" | "PR" | "EC" | "SV" | "GU" | "VI" | "PA" => "USD",
        "CA" => "CAD", "AU" => "AUD", "NZ" => "NZD", "MX" => "MXN", "SG" => "SGD", "HK" => "HKD", "TW" => "TWD",
        "AR" => "ARS", "CL" => "CLP", "CO" => "COP", "UY" => "UYU", "DO" => "DOP", "JM" => "JMD", "TT" => "TTD",
        "BB" => "BBD", "BS" => "BSD", "BZ" => "BZD", "BN" => "BND", "FJ" => "FJD", "GY" => "GYD", "LR" => "LRD",
        "NA" => "NAD", "SR" => "SRD", "BR" => "BRL", "PE" => "PEN", "BO" => "BOB", "VE" => "VES", "PY" => "PYG",
        "CR" => "CRC", "GT" => "GTQ", "HN" => "HNL", "NI" => "NIO", "CU" => "CUP", "ZW" => "ZWG",
        "SE" => "SEK", "NO" => "NOK", "DK" | "FO" | "GL" => "DKK", "IS" => "ISK", "GB" => "GBP", "CH" | "LI" => "CHF",
        "JP" => "JPY", "CN" => "CNY", "KR" => "KRW", "IN" => "INR", "PK" => "PKR", "LK" => "LKR", "NP" => "NPR",
        "MU" => "MUR", "SC" => "SCR", "BD" => "BDT", "ID" => "IDR", "MY" => "MYR", "PH" => "PHP", "TH" => "THB", "VN" => "VND",
        "EG" => "EGP", "LB" => "LBP", "SY" => "SYP", "SD" => "SDG", "MA" => "MAD", "AE" => "AED", "SA" => "SAR", "QA" => "QAR",
        "OM" => "OMR", "YE" => "YER", "IR" => "IRR", "KW" => "KWD", "BH" => "BHD", "JO" => "JOD", "DZ" => "DZD", "TN" => "TND",
        "IQ" => "IQD", "LY" => "LYD", "RS" => "RSD", "MK" => "MKD", "BA" => "BAM", "AL" => "ALL", "MD" => "MDL", "RO" => "RON",
        "PL" => "PLN", "CZ" => "CZK", "HU" => "HUF", "TR" => "TRY", "IL" => "ILS", "RU" => "RUB", "BY" => "BYN", "UA" => "UAH",
        "KZ" => "KZT", "KE" => "KES", "TZ" => "TZS", "UG" => "UGX", "SO" => "SOS", "ET" => "ETB", "NG" => "NGN", "GH" => "GHS", "ZA" => "ZAR",
        "SN" | "CI" | "ML" | "BF" | "NE" | "TG" | "BJ" | "GW" => "XOF", "CM" | "GA" | "CG" | "TD" | "CF" | "GQ" => "XAF",
        "DE" | "AT" | "FR" | "BE" | "NL" | "LU" | "IT" | "ES" | "PT" | "IE" | "FI" | "GR" | "EE" | "LV" | "LT" | "SK" | "SI" | "MT" | "CY" | "HR" | "BG" | "ME" | "XK" | "AD" | "MC" | "SM" | "VA" => "EUR",
        "BW" => "BWP", "ZM" => "ZMW", "MW" => "MWK", "SZ" => "SZL", "LS" => "LSL", "SL" => "SLE", "GM" => "GMD", "GN" => "GNF", "MR" => "MRU", "CV" => "CVE", "ST" => "STN", "AO" => "AOA", "MZ" => "MZN", "MG" => "MGA", "KM" => "KMF", "RW" => "RWF", "BI" => "BIF", "CD" => "CDF", "DJ" => "DJF", "ER" => "ERN", "SS" => "SSP", "EH" => "MAD",
        "AM" => "AMD", "AZ" => "AZN", "GE" => "GEL", "KG" => "KGS", "TJ" => "TJS", "TM" => "TMT", "UZ" => "UZS", "MN" => "MNT", "AF" => "AFN", "BT" => "BTN", "MV" => "MVR", "MM" => "MMK", "KH" => "KHR", "LA" => "LAK", "MO" => "MOP", "KP" => "KPW", "PS" => "ILS",
        "HT" => "HTG", "AW" => "AWG", "CW" | "SX" => "XCG", "KY" => "KYD", "BM" => "BMD", "AG" | "DM" | "GD" | "KN" | "LC" | "VC" | "AI" | "MS" => "XCD", "FK" => "FKP", "GI" => "GIP", "SH" => "SHP", "IM" | "JE" | "GG" => "GBP",
        "PG" => "PGK", "SB" => "SBD", "TO" => "TOP", "VU" => "VUV", "WS" => "WST", "NC" | "PF" | "WF" => "XPF", "KI" | "NR" | "TV" => "AUD", "CK" | "NU" | "TK" => "NZD", "TL" | "FM" | "MH" | "PW" | "MP" | "AS" | "VG" | "TC" => "USD",
        "RE" | "GP" | "MQ" | "GF" | "YT" | "PM" | "BL" | "MF" => "EUR",
        _ => return None,
    };
    code.parse().ok()
}

/// The US dollar in countries where prices in it stand beside their own money, whose sign is
/// another than "$".
pub(super) fn dollar_beside(country: Country) -> Option<Currency> {
    let beside = matches!(
        country.as_str(),
        "KH" | "LB"
            | "CD"
            | "SO"
            | "PE"
            | "CR"
            | "GT"
            | "HN"
            | "PY"
            | "HT"
            | "IQ"
            | "YE"
            | "AF"
            | "MM"
            | "LA"
            | "MX"
            | "AR"
            | "CL"
            | "CO"
            | "UY"
            | "DO"
            | "CU"
            | "BO"
            | "VE"
            | "BR"
    );
    beside.then_some(Currency::USD)
}

/// The country a language without a region is nearly always read in, for the symbols that
/// languages share (kr, ¥).
pub(super) fn country_of_language(language: &str) -> Option<Country> {
    let code = match language {
        "sv" => "SE",
        "da" => "DK",
        "nb" | "no" | "nn" => "NO",
        "is" => "IS",
        "ja" => "JP",
        "zh" => "CN",
        "pl" => "PL",
        "cs" => "CZ",
        "hu" => "HU",
        "hi" => "IN",
        "ne" => "NP",
        "si" => "LK",
        "de" => "DE",
        "fr" => "FR",
        "it" => "IT",
        "nl" => "NL",
        "fi" => "FI",
        "el" => "GR",
        "et" => "EE",
        "lv" => "LV",
        "lt" => "LT",
        "sk" => "SK",
        "sl" => "SI",
        "hr" => "HR",
        "ru" => "RU",
        "uk" => "UA",
        "be" => "BY",
        "bg" => "BG",
        "ro" => "RO",
        "mk" => "MK",
        "sq" => "AL",
        "tr" => "TR",
        "az" => "AZ",
        "ka" => "GE",
        "hy" => "AM",
        "kk" => "KZ",
        "ky" => "KG",
        "uz" => "UZ",
        "tg" => "TJ",
        "tk" => "TM",
        "mn" => "MN",
        "fa" => "IR",
        "ur" => "PK",
        "he" | "iw" => "IL",
        "ko" => "KR",
        "th" => "TH",
        "vi" => "VN",
        "id" => "ID",
        "ms" => "MY",
        "tl" | "fil" => "PH",
        "km" => "KH",
        "lo" => "LA",
        "my" => "MM",
        "am" => "ET",
        _ => return None,
    };
    code.parse().ok()
}
