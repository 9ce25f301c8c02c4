//! What a language, a market or a currency says about the marks in numbers. No words are read
//! here.

use model::{Country, Currency};

/// The primary subtag of a BCP 47 or POSIX tag, lower case: `pt` of `pt_BR.UTF-8`.
pub fn primary(tag: &str) -> Option<String> {
    let head = tag.trim().split(['-', '_', '.']).next()?;
    (matches!(head.len(), 2 | 3) && head.bytes().all(|b| b.is_ascii_alphabetic()))
        .then(|| head.to_ascii_lowercase())
}

/// The country of a tag: `BR` of `pt_BR.UTF-8`.
pub fn region(tag: &str) -> Option<Country> {
    let tag = tag.trim().split('.').next()?;
    tag.split(['-', '_']).skip(1).find(|part| part.len() == 2).and_then(|part| part.parse().ok())
}

/// The decimal mark of a country's usual writing (Unicode CLDR, main locale of the country).
/// Switzerland and Liechtenstein write a point in prices. Countries where both are common in
/// shops (South Africa, Mexico's neighbours with two habits) are left out.
pub fn decimal_mark_of_country(country: Country) -> Option<char> {
    Some(match country.as_str() {
        "US" | "GB" | "IE" | "AU" | "NZ" | "IN" | "PK" | "BD" | "LK" | "NP" | "CN" | "HK" | "TW" | "JP"
        | "KR" | "KP" | "SG" | "MY" | "PH" | "TH" | "MM" | "KH" | "IL" | "MX" | "GT" | "SV" | "HN" | "NI"
        | "PA" | "DO" | "PR" | "PE" | "KE" | "TZ" | "UG" | "RW" | "NG" | "GH" | "ET" | "ZM" | "ZW" | "BW"
        | "MW" | "NA" | "SL" | "LR" | "GM" | "EG" | "SA" | "AE" | "KW" | "QA" | "BH" | "OM" | "JO" | "IQ"
        | "YE" | "LY" | "SD" | "SY" | "CH" | "LI" | "MT" | "CY" | "JM" | "TT" | "BB" | "BS" | "BZ" | "GY"
        | "FJ" | "PG" | "MU" | "AF" | "IR" | "MN" | "MO" | "MV" => '.',
        "DE" | "AT" | "FR" | "BE" | "NL" | "LU" | "IT" | "ES" | "PT" | "PL" | "CZ" | "SK" | "HU" | "RO"
        | "BG" | "GR" | "HR" | "SI" | "RS" | "BA" | "ME" | "MK" | "AL" | "DK" | "SE" | "NO" | "FI" | "IS"
        | "EE" | "LV" | "LT" | "RU" | "UA" | "BY" | "MD" | "KZ" | "KG" | "UZ" | "TJ" | "TM" | "GE" | "AM"
        | "AZ" | "TR" | "ID" | "VN" | "LA" | "BR" | "AR" | "CL" | "CO" | "VE" | "UY" | "PY" | "EC" | "BO"
        | "CR" | "CU" | "MA" | "DZ" | "TN" | "SN" | "CI" | "CM" | "GA" | "CG" | "CD" | "ML" | "BF" | "NE"
        | "TG" | "BJ" | "GN" | "MG" | "AO" | "MZ" | "CV" | "XK" | "AD" | "MC" | "SM" | "VA" | "GL" | "FO" => {
            ','
        }
        _ => return None,
    })
}

/// The decimal mark of a language's usual writing; the region of the tag prevails (`de-CH`,
/// `es-MX`).
pub fn decimal_mark_of_language(tag: &str) -> Option<char> {
    if let Some(mark) = region(tag).and_then(decimal_mark_of_country) {
        return Some(mark);
    }
    Some(match primary(tag)?.as_str() {
        "en" | "zh" | "ja" | "ko" | "th" | "hi" | "bn" | "ta" | "te" | "ur" | "he" | "iw" | "ms" | "tl"
        | "fil" | "sw" | "am" | "my" | "km" | "si" | "ne" | "mn" | "fa" | "ga" | "mt" => '.',
        "de" | "fr" | "it" | "es" | "pt" | "nl" | "pl" | "cs" | "sk" | "hu" | "ro" | "bg" | "el" | "hr"
        | "sl" | "sr" | "bs" | "mk" | "sq" | "da" | "sv" | "nb" | "no" | "nn" | "fi" | "is" | "et" | "lv"
        | "lt" | "ru" | "uk" | "be" | "kk" | "ka" | "hy" | "az" | "tr" | "id" | "vi" | "ca" | "gl" | "eu"
        | "uz" | "lb" => ',',
        _ => return None,
    })
}

/// The decimal mark that prices in a currency are written with, where one habit prevails in the
/// shops that use it. The euro, the Swiss franc and the dollars of Latin America have several
/// habits and give none.
pub fn decimal_mark_of_currency(currency: Currency) -> Option<char> {
    Some(match currency.as_str() {
        "USD" | "GBP" | "AUD" | "NZD" | "HKD" | "SGD" | "TWD" | "INR" | "PKR" | "BDT" | "LKR" | "NPR"
        | "JPY" | "CNY" | "KRW" | "MYR" | "PHP" | "THB" | "ILS" | "MXN" | "KES" | "NGN" | "GHS" | "UGX"
        | "TZS" | "ZMW" | "EGP" | "AED" | "SAR" | "KWD" | "QAR" | "BHD" | "OMR" | "JOD" | "IRR" | "JMD"
        | "TTD" | "DOP" | "GTQ" | "PEN" | "IQD" | "MUR" | "SCR" | "BWP" | "MMK" | "ETB" | "RWF" | "FJD"
        | "NAD" | "MWK" | "BTN" | "MVR" | "GMD" | "SLE" | "LSL" | "SZL" | "LRD" | "BND" | "BZD" | "BBD"
        | "XCD" | "BSD" | "KYD" | "GYD" | "PGK" | "SBD" | "TOP" | "WST" | "SSP" | "SOS" | "AFN" | "KHR" => {
            '.'
        }
        "DEM" | "ATS" | "FRF" | "ITL" | "ESP" | "PTE" | "BEF" | "NLG" | "GRD" | "FIM" | "SEK" | "NOK"
        | "DKK" | "ISK" | "PLN" | "CZK" | "HUF" | "RON" | "BGN" | "HRK" | "RSD" | "RUB" | "UAH" | "BYN"
        | "KZT" | "TRY" | "IDR" | "VND" | "BRL" | "ARS" | "CLP" | "COP" | "UYU" | "PYG" | "AOA" | "MZN"
        | "MKD" | "ALL" | "BAM" | "GEL" | "AMD" | "AZN" | "KGS" | "UZS" | "MDL" | "BOB" | "VES" => ',',
        _ => return None,
    })
}
