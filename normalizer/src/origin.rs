//! Countries of origin as pages write them: a code, or a name in a few languages. Names of less
//! common origins are left unknown.

use crate::text;
use model::Country;

#[rustfmt::skip]
const NAMES: &[(&str, &[&str])] = &[
    ("CN", &["china", "chine", "prc", "p.r.c", "cina", "chiny", "中国", "中國"]), ("DE", &["germany", "deutschland", "allemagne", "alemania", "germania", "alemanha", "duitsland", "niemcy"]),
    ("FR", &["france", "frankreich", "francia", "franca", "frankrijk"]), ("ES", &["spain", "espana", "spanien", "espagne", "spagna", "espanha"]), ("IT", &["italy", "italia", "italien", "italie"]),
    ("GB", &["united kingdom", "uk", "great britain", "england", "royaume uni", "reino unido", "grossbritannien"]), ("US", &["united states", "usa", "u.s.a", "etats unis", "estados unidos", "vereinigte staaten"]),
    ("JP", &["japan", "japon", "giappone", "japao", "日本"]), ("KR", &["south korea", "korea", "coree", "corea", "sudkorea"]), ("TW", &["taiwan", "台湾", "台灣"]), ("HK", &["hong kong"]),
    ("IN", &["india", "indien", "inde"]), ("BD", &["bangladesh"]), ("VN", &["vietnam", "viet nam"]), ("TH", &["thailand", "thailande", "tailandia"]), ("ID", &["indonesia", "indonesien", "indonesie"]),
    ("MY", &["malaysia", "malaisie", "malasia"]), ("PK", &["pakistan"]), ("TR", &["turkey", "turkiye", "turkei", "turquie", "turquia"]), ("PL", &["poland", "polska", "polen", "pologne", "polonia"]),
    ("NL", &["netherlands", "nederland", "niederlande", "pays bas"]), ("PT", &["portugal"]), ("CH", &["switzerland", "schweiz", "suisse", "suiza", "svizzera"]), ("AT", &["austria", "osterreich", "autriche"]),
    ("BE", &["belgium", "belgien", "belgique", "belgie"]), ("SE", &["sweden", "schweden", "sverige", "suede"]), ("CZ", &["czech republic", "czechia", "tschechien"]), ("MX", &["mexico", "mexiko", "mexique"]),
    ("BR", &["brazil", "brasil", "brasilien", "bresil"]), ("MA", &["morocco", "maroc", "marokko", "marruecos"]), ("EG", &["egypt", "agypten", "egypte"]), ("KE", &["kenya", "kenia"]), ("ZA", &["south africa", "sudafrika"]),
];

/// The country a text names: a code of two letters, or a known name with or without "Made in".
pub fn country(text: &str) -> Option<Country> {
    if let Ok(country) = text.parse() {
        return Some(country);
    }
    let folded = text::fold(text).replace('-', " ");
    let (code, _) =
        NAMES.iter().find(|(_, names)| names.iter().any(|name| text::find_words(&folded, name).is_some()))?;
    code.parse().ok()
}
