//! Small readers shared by imports and inspections: files that may be gzip, and what an address
//! says of its market.

use crate::failure::Failure;
use flate2::bufread::MultiGzDecoder;
use model::Country;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Largest file read whole into memory (a saved page): more is refused.
pub const MAX_FILE: u64 = 64 * 1024 * 1024;

/// Opens a file for streaming, unpacking gzip by its first bytes, whatever its name.
pub fn open(path: &Path) -> Result<Box<dyn BufRead + Send>, Failure> {
    open_through(path, |file| file)
}

/// The same, every byte of the file itself read through something that may count it.
pub fn open_through<R: Read + Send + 'static>(
    path: &Path,
    through: impl FnOnce(File) -> R,
) -> Result<Box<dyn BufRead + Send>, Failure> {
    let what = path.display().to_string();
    let file = File::open(path).map_err(|e| Failure::from_io(&what, &e))?;
    let mut reader = BufReader::with_capacity(1 << 16, through(file));
    let head = reader.fill_buf().map_err(|e| Failure::from_io(&what, &e))?;
    Ok(if head.starts_with(&[0x1f, 0x8b]) {
        Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(reader)))
    } else {
        Box::new(reader)
    })
}

/// A whole file, plain or gzip, of at most [`MAX_FILE`] bytes unpacked.
pub fn file(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    open(path)?
        .take(MAX_FILE + 1)
        .read_to_end(&mut body)
        .map_err(|e| Failure::from_io(&path.display().to_string(), &e))?;
    if body.len() as u64 > MAX_FILE {
        return Err(Failure::input(format!("{}: larger than {MAX_FILE} bytes", path.display())));
    }
    Ok(body)
}

/// The market a host's country domain names. Domains that are sold worldwide for their letters
/// (`.io`, `.tv`, `.co` …) name none.
pub fn market_of_url(url: &str) -> Option<Country> {
    let host = url::Url::parse(url).ok()?.host_str()?.to_ascii_lowercase();
    let last = host.rsplit('.').next()?;
    match last {
        "io" | "tv" | "co" | "me" | "ai" | "cc" | "ws" | "fm" | "ly" | "to" | "gg" | "sh" | "vc" | "la"
        | "nu" | "pw" | "tk" | "ml" | "ga" | "cf" | "gq" | "im" | "am" | "st" | "ag" | "sc" | "mu" | "bz" => {
            None
        }
        "uk" => "GB".parse().ok(),
        two if two.len() == 2 => two.parse().ok(),
        _ => None,
    }
}

/// The market a locale names: the region of `de-AT` or `pt_BR`.
pub fn market_of_locale(locale: &str) -> Option<Country> {
    locale.split(['-', '_']).skip(1).find(|part| part.len() == 2).and_then(|part| part.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_country_domain_names_its_market() {
        let market = |url| market_of_url(url).map(|c| c.to_string());
        assert_eq!(market("https://www.shop.co.uk/p/1").as_deref(), Some("GB"));
        assert_eq!(market("https://shop.de/").as_deref(), Some("DE"));
        assert_eq!(market("https://shop.io/"), None);
        assert_eq!(market("https://shop.com/"), None);
        assert_eq!(market("not an address"), None);
        assert_eq!(market_of_locale("pt-BR").map(|c| c.to_string()).as_deref(), Some("BR"));
        assert_eq!(market_of_locale("zh-Hant-TW").map(|c| c.to_string()).as_deref(), Some("TW"));
        assert_eq!(market_of_locale("de"), None);
    }

    #[test]
    fn gzip_is_known_by_its_bytes_not_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("page.html");
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"<html>").unwrap();
        std::fs::write(&path, encoder.finish().unwrap()).unwrap();
        assert_eq!(file(&path).unwrap(), b"<html>");
        assert!(file(&dir.path().join("none")).is_err());
    }
}
