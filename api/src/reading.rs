//! Small readers shared by imports, batches and inspections: files that may be gzip, pipes, whose bytes come
//! once; and what an address says of its market.

use crate::failure::Failure;
use flate2::bufread::MultiGzDecoder;
use model::{ContentHash, Country};
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Largest file read whole into memory (a saved page): more is refused.
pub const MAX_FILE: u64 = 64 * 1024 * 1024;

/// Bytes of a beginning that are looked at: by as many every kind of file is known.
const HEAD: u64 = 8;

/// Whether a path leads to what gives its bytes once: a pipe or a device. A file that the shell puts at
/// `/dev/stdin` (`< lines.csv`) is a file.
pub fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|about| !about.is_file() && !about.is_dir())
}

/// Refuses a pipe or a device where bytes are needed in any order; `what` is needed.
pub fn needs_a_file(path: &Path, what: &str) -> Result<(), Failure> {
    if is_stream(path) { Err(Failure::piped(&format!("{}: {what}", path.display()))) } else { Ok(()) }
}

/// Bytes whose first ones are looked at and then read like the others: a pipe gives them once, and as few at a
/// time as it likes.
#[derive(Debug)]
pub struct Looked<R> {
    inner: R,
    head: Vec<u8>,
    looked: bool,
    given: usize,
}

impl<R: Read> Looked<R> {
    /// Of a reader from which nothing was read yet. Its first reading, too, gives the whole head.
    pub fn of(inner: R) -> Looked<R> {
        Looked { inner, head: Vec::new(), looked: false, given: 0 }
    }

    /// The first eight bytes; fewer only where there are no more.
    pub fn look(&mut self) -> io::Result<&[u8]> {
        if !self.looked {
            let wanted = HEAD.saturating_sub(self.head.len() as u64);
            self.inner.by_ref().take(wanted).read_to_end(&mut self.head)?;
            self.looked = true;
        }
        Ok(&self.head)
    }
}

impl<R: Read> Read for Looked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.look()?;
        let rest = &self.head[self.given..];
        if rest.is_empty() {
            return self.inner.read(out);
        }
        let n = rest.len().min(out.len());
        out[..n].copy_from_slice(&rest[..n]);
        self.given += n;
        Ok(n)
    }
}

/// Bytes digested as they are read: of a pipe nothing tells afterwards what they were.
#[derive(Debug)]
pub struct Digesting<R>(Arc<Mutex<Passing<R>>>);

#[derive(Debug)]
struct Passing<R> {
    inner: R,
    digest: Sha256,
    /// Behind the end of a pipe another writer's bytes may come: they are not of these.
    ended: bool,
}

impl<R> Clone for Digesting<R> {
    fn clone(&self) -> Self {
        Digesting(Arc::clone(&self.0))
    }
}

impl<R: Read> Digesting<R> {
    /// Of a reader from which nothing was read yet; a clone reads on where the other stands.
    pub fn of(inner: R) -> Digesting<R> {
        Digesting(Arc::new(Mutex::new(Passing { inner, digest: Sha256::new(), ended: false })))
    }

    fn held(&self) -> MutexGuard<'_, Passing<R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// SHA-256 of all bytes; those that nobody has read are read and passed over.
    pub fn hash(&self) -> io::Result<ContentHash> {
        io::copy(&mut self.clone(), &mut io::sink())?;
        Ok(ContentHash::from_bytes(self.held().digest.clone().finalize().into()))
    }
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut passing = self.held();
        if passing.ended {
            return Ok(0);
        }
        let n = passing.inner.read(out)?;
        passing.ended = n == 0 && !out.is_empty();
        passing.digest.update(&out[..n]);
        Ok(n)
    }
}

/// SHA-256 of the bytes of a file as they lie on the disk.
pub fn hash_of(path: &Path) -> Result<ContentHash, Failure> {
    let hash = File::open(path).and_then(|file| Digesting::of(file).hash());
    hash.map_err(|e| Failure::from_io(&path.display().to_string(), &e))
}

/// Opens a file for streaming, unpacking gzip by its first bytes, whatever its name.
pub fn open(path: &Path) -> Result<Box<dyn BufRead + Send>, Failure> {
    let opened = File::open(path).and_then(unpacked);
    opened.map_err(|e| Failure::from_io(&path.display().to_string(), &e))
}

/// Bytes from their beginning on, for streaming; gzip is unpacked.
pub fn unpacked<R: Read + Send + 'static>(bytes: R) -> io::Result<Box<dyn BufRead + Send>> {
    let mut bytes = Looked::of(bytes);
    let packed = bytes.look()?.starts_with(&[0x1f, 0x8b]);
    let reader = BufReader::with_capacity(1 << 16, bytes);
    Ok(if packed {
        Box::new(BufReader::with_capacity(1 << 16, Looked::of(MultiGzDecoder::new(reader))))
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

    /// Gives a byte at a time, as a slow pipe may.
    struct Slow(io::Cursor<Vec<u8>>);
    impl Read for Slow {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let one = out.len().min(1);
            self.0.read(&mut out[..one])
        }
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn what_was_looked_at_is_read_like_the_rest_however_slowly_it_comes() {
        let text = b"\xef\xbb\xbfhs,value\n070320,1\n".to_vec();
        for bytes in [text.clone(), gzip(&text)] {
            let mut looked = Looked::of(Slow(io::Cursor::new(bytes.clone())));
            assert_eq!(looked.look().unwrap(), &bytes[..8]);
            assert_eq!(looked.look().unwrap(), &bytes[..8]);
            let mut reader = unpacked(looked).unwrap();
            // Whoever asks for the mark at the beginning sees all of it.
            assert_eq!(reader.fill_buf().unwrap(), &text[..8]);
            let mut read = Vec::new();
            reader.read_to_end(&mut read).unwrap();
            assert_eq!(read, text);
        }
        let mut short = Looked::of(&b"hs"[..]);
        assert_eq!(short.look().unwrap(), b"hs");
        let mut read = Vec::new();
        short.read_to_end(&mut read).unwrap();
        assert_eq!(read, b"hs");
    }

    #[test]
    fn a_digest_is_of_all_bytes_to_the_first_end() {
        /// Comes to an end between its bytes, as a pipe does between two writers.
        struct Ending(Vec<&'static [u8]>);
        impl Read for Ending {
            fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
                if self.0.is_empty() { Ok(0) } else { self.0.remove(0).read(out) }
            }
        }
        let bytes = Digesting::of(Ending(vec![b"some ", b"and more", b"", b"another's"]));
        let mut some = [0; 5];
        bytes.clone().read_exact(&mut some).unwrap();
        assert_eq!(bytes.hash().unwrap(), ContentHash::of(b"some and more"));
        assert_eq!(bytes.clone().read(&mut some).unwrap(), 0);
        assert_eq!(bytes.hash().unwrap(), ContentHash::of(b"some and more"));
    }

    #[test]
    fn gzip_is_known_by_its_bytes_not_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("page.html");
        std::fs::write(&path, gzip(b"<html>")).unwrap();
        assert_eq!(file(&path).unwrap(), b"<html>");
        assert!(file(&dir.path().join("none")).is_err());
    }
}
