//! Words and sameness of addresses: what the path of an offer's link says of its goods, and the
//! address without what only follows a visitor around. Fetching is the crawler's.

use url::Url;

/// The words of an address's path, percent-encoding undone. `None` where it names nothing: fewer
/// than three words, or fewer than two words of at least two letters.
pub(super) fn words(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let path: String = url.path_segments()?.map(decoded).collect::<Vec<_>>().join(" / ");
    let path = path.trim_end_matches(".html").trim_end_matches(".htm").trim_end_matches(".php");
    let words: Vec<&str> = path.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let spoken = words.iter().filter(|w| {
        w.chars().count() >= 2
            && w.chars().all(char::is_alphabetic)
            && super::lexicon::sense(&w.to_lowercase()) != Some(super::lexicon::Sense::Empty)
    });
    (words.len() >= 3 && spoken.count() >= 2).then(|| path.to_owned())
}

fn decoded(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        match hex.and_then(|h| u8::from_str_radix(std::str::from_utf8(h).ok()?, 16).ok()) {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Whether a parameter only follows a visitor or a campaign.
fn follows(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["utm_", "mk", "pk_", "mtm_", "hsa_", "trk", "_trk", "aff", "amp"]
        .iter()
        .any(|start| name.starts_with(start))
        || matches!(
            name.as_str(),
            "gclid"
                | "fbclid"
                | "msclkid"
                | "dclid"
                | "yclid"
                | "ref"
                | "refid"
                | "spartner"
                | "partner"
                | "campaign"
                | "campid"
                | "toolid"
                | "source"
                | "src"
                | "tag"
                | "linkcode"
                | "camp"
                | "creative"
                | "smid"
                | "creativeasin"
                | "ascsubtag"
                | "affiliateid"
                | "actionid"
                | "channable"
                | "pva"
                | "kampan"
                | "quelle"
                | "sessionid"
                | "sid"
                | "phpsessid"
                | "from"
                | "wt_mc"
                | "mc_cid"
                | "mc_eid"
                | "emcid"
                | "cid"
                | "hloc"
                | "click"
        )
}

/// The address without what follows a visitor around, without its fragment and final slash, its
/// other parameters sorted; host in lower case and without "www.". `None` where it is no address.
pub fn bare(address: &str) -> Option<String> {
    let url = Url::parse(address).ok()?;
    let host = url.host_str()?.trim_start_matches("www.").to_ascii_lowercase();
    let mut kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !follows(name))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    kept.sort();
    let mut out = format!("{host}{}", url.path().trim_end_matches('/'));
    for (i, (name, value)) in kept.iter().enumerate() {
        out.push(if i == 0 { '?' } else { '&' });
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_a_visitor_is_no_part_of_an_address() {
        let one = bare("https://www.shop.example/p/12-cup/?utm_source=x&id=7&gclid=1#top");
        assert_eq!(one, bare("http://shop.example/p/12-cup?id=7"));
        assert_ne!(one, bare("https://shop.example/p/12-cup?id=8"));
        assert_eq!(bare("no address"), None);
    }
    #[test]
    fn an_address_of_numbers_names_nothing() {
        assert_eq!(words("https://shop.example/product/123456"), None);
        assert_eq!(words("https://shop.example/acme-blue%20cup-9.html").as_deref(), Some("acme-blue cup-9"));
    }
    proptest::proptest! {
        #[test]
        fn never_panics(text in "https?://[a-z.]{1,9}/[%a-z0-9/?&=_.-]{0,40}") {
            let _ = (words(&text), bare(&text));
        }
    }
}
