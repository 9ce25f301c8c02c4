//! Importers' identifiers hashed with a key that stays in the data folder: results can be passed on
//! and joined with one another, but a number cannot be guessed back without the key.

use crate::failure::Failure;
use crate::pipeline::local_key;
use sha2::{Digest, Sha256};
use std::path::Path;

/// File of the key in the data folder.
const FILE: &str = "importer.key";
/// Block length of SHA-256 in bytes, which HMAC pads its key to.
const BLOCK: usize = 64;

/// Hashes identifiers. The same identifier gives the same hash under the same key.
pub struct ImporterKey(Vec<u8>);

impl ImporterKey {
    /// The key of a data folder, made where there is none.
    pub fn of(data: &Path) -> Result<ImporterKey, Failure> {
        Ok(ImporterKey(local_key(data, FILE, "give the same importers new hashes")?))
    }

    /// `importer-` and the first 16 hexadecimal digits of the HMAC-SHA-256 (RFC 2104) of the identifier
    /// without spaces around it: 64 bits, so that among a million importers two share a hash once in
    /// 37 million files.
    pub fn hash(&self, importer: &str) -> String {
        let mac = hmac(&self.0, importer.trim().as_bytes());
        let digits: String = mac.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("importer-{digits}")
    }
}

/// HMAC with SHA-256.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0u8; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let padded = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(padded(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|b| format!("{b:02x}")).collect()
    }

    #[test]
    fn the_published_test_cases_hold() {
        // RFC 4231, cases 1, 2 and 6 (a key longer than the block).
        assert_eq!(
            hex(&hmac(&[0x0b; 20], b"Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        );
        assert_eq!(
            hex(&hmac(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            hex(&hmac(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn a_hash_depends_on_the_key_and_not_on_spaces() {
        let (a, b) = (ImporterKey(vec![1; 32]), ImporterKey(vec![2; 32]));
        assert_eq!(a.hash("DE 123"), a.hash("  DE 123 "));
        assert_ne!(a.hash("DE 123"), b.hash("DE 123"));
        assert_ne!(a.hash("DE 123"), a.hash("DE 124"));
        assert_eq!(a.hash("x").len(), "importer-".len() + 16);
    }
}
