//! TLS: certificates verified against the machine's own authorities, always; there is no switch that
//! turns it off. One configuration for all sources of a process, since reading the authorities costs
//! time and memory. Not here: HTTP ([`crate::fetch`]).

use rustls::{CertificateError, ClientConfig, RootCertStore};
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

static SHARED: Mutex<Option<ClientConfig>> = Mutex::new(None);

/// TLS 1.2 and 1.3 by ring, with the machine's own certificate authorities.
pub(crate) fn config() -> Result<ClientConfig, String> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(config) = &*shared {
        return Ok(config.clone());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    match rustls_platform_verifier::Verifier::new(provider) {
        Ok(verifier) => {
            let config = builder()?
                .dangerous()
                .with_custom_certificate_verifier(Arc::new(verifier))
                .with_no_client_auth();
            Ok(shared.insert(http1(config)).clone())
        }
        Err(error) => {
            // Pages over http can still be had; each https page will say what is missing.
            tracing::warn!(%error, "no certificate authorities on this machine: https pages will fail until a package such as ca-certificates is installed");
            trusting(RootCertStore::empty())
        }
    }
}

/// The same with other authorities: for tests, which have their own.
pub(crate) fn trusting(authorities: RootCertStore) -> Result<ClientConfig, String> {
    Ok(http1(builder()?.with_root_certificates(authorities).with_no_client_auth()))
}

fn builder() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, String> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())
}

fn http1(mut config: ClientConfig) -> ClientConfig {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    config
}

/// What TLS has against a server, if that is the cause of an error, in words.
pub(crate) fn objection(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(at) = cause {
        // An I/O error does not give the error within it as its source.
        let within = at.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        let within = within.map(|error| error as &(dyn Error + 'static));
        if let Some(error) = within.unwrap_or(at).downcast_ref::<rustls::Error>() {
            return Some(in_words(error));
        }
        cause = within.or_else(|| at.source());
    }
    None
}

fn in_words(error: &rustls::Error) -> String {
    use CertificateError as E;
    let rustls::Error::InvalidCertificate(certificate) = error else {
        return format!("no safe connection: {error}");
    };
    let what = match certificate {
        E::Expired | E::ExpiredContext { .. } => "it has expired".to_owned(),
        E::NotValidYet | E::NotValidYetContext { .. } => "it is not valid yet".to_owned(),
        E::NotValidForName | E::NotValidForNameContext { .. } => "it is for another name".to_owned(),
        E::UnknownIssuer => "it is signed by nobody this machine trusts".to_owned(),
        E::Revoked => "it is revoked".to_owned(),
        E::BadSignature => "its signature is wrong".to_owned(),
        other => other.to_string(),
    };
    format!("the server's certificate is not accepted: {what}")
}
