//! Certificates that must not be accepted, made here: each is refused with its reason, before a
//! request is sent. The server is one of threads, since it blocks.

use crate::fetch::Fetcher;
use crate::guard::{Guard, Lookup};
use crate::hostile_server_tests::*;
use crate::tls;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::collections::HashSet;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

/// A certificate authority of the test's own.
fn authority() -> (CertificateDer<'static>, Issuer<'static, KeyPair>) {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "Authority of the test");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    (certificate, Issuer::new(params, key))
}

/// Serves one connection after another with this certificate. Sends `true` for each request that
/// arrived, `false` for each handshake that came to nothing.
fn serve(
    certificate: CertificateDer<'static>,
    key: &KeyPair,
) -> (SocketAddr, std::sync::mpsc::Receiver<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    let (told, arrived) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let connection = ServerConnection::new(config.clone()).unwrap();
            let mut stream = StreamOwned::new(connection, stream);
            let mut first = [0; 1];
            let asked = stream.read(&mut first).is_ok_and(|n| n > 0);
            if asked {
                let _ =
                    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");
                let _ = stream.flush();
            }
            if told.send(asked).is_err() {
                return;
            }
        }
    });
    (address, arrived)
}

/// A fetcher that trusts these authorities, or the machine's own where there are none.
fn fetcher(trusted: &[CertificateDer<'static>]) -> Fetcher {
    let source = source("127.0.0.1:1".parse().unwrap(), "", "");
    let lookup: Lookup = Arc::new(|_| Box::pin(async { Ok(vec!["127.0.0.1".parse().unwrap()]) }));
    let guard = Guard::new(HashSet::new(), true, None).with_lookup(lookup);
    let mut authorities = RootCertStore::empty();
    for certificate in trusted {
        authorities.add(certificate.clone()).unwrap();
    }
    let tls = if trusted.is_empty() { tls::config() } else { tls::trusting(authorities) };
    Fetcher::with_tls(guard, clock(), "t/1".to_owned(), &source, None, tls.unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_good_certificates_are_accepted() {
    let (root, issuer) = authority();
    let (_, strange_issuer) = authority();
    let params = |name: &str, from: i32, until: i32| {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(from, 1, 1);
        params.not_after = date_time_ymd(until, 1, 1);
        params
    };
    let key = KeyPair::generate().unwrap();
    let signed = |params: CertificateParams| params.signed_by(&key, &issuer).unwrap().der().clone();
    let bad = "host: the server's certificate is not accepted: ";
    let cases = [
        (signed(params("shop.example", 2020, 4000)), String::from("answer 200 of 2 bytes")),
        // A wildcard for a whole top-level name is none.
        (signed(params("*.example", 2020, 4000)), format!("{bad}it is for another name")),
        (signed(params("other.example", 2020, 4000)), format!("{bad}it is for another name")),
        (signed(params("example", 2020, 4000)), format!("{bad}it is for another name")),
        (signed(params("shop.example", 2020, 2021)), format!("{bad}it has expired")),
        (signed(params("shop.example", 3000, 4000)), format!("{bad}it is not valid yet")),
        (
            params("shop.example", 2020, 4000).self_signed(&key).unwrap().der().clone(),
            format!("{bad}it is signed by nobody this machine trusts"),
        ),
        // An authority that gives itself the name of a trusted one.
        (
            params("shop.example", 2020, 4000).signed_by(&key, &strange_issuer).unwrap().der().clone(),
            format!("{bad}its signature is wrong"),
        ),
    ];
    let fetcher = fetcher(std::slice::from_ref(&root));
    for (certificate, expected) in cases {
        let (address, arrived) = serve(certificate, &key);
        let said = said(get(&fetcher, &format!("https://shop.example:{}/", address.port())).await);
        assert_eq!(said, expected);
        // No byte of a request is sent to a server that is not who it should be.
        assert_eq!(arrived.recv().unwrap(), expected.starts_with("answer"), "{expected}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_used_in_earnest_trusts_no_stranger() {
    let (_, issuer) = authority();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["shop.example".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &issuer).unwrap().der().clone();
    let (address, arrived) = serve(certificate, &key);
    let said = said(get(&fetcher(&[]), &format!("https://shop.example:{}/", address.port())).await);
    assert_eq!(
        said,
        "host: the server's certificate is not accepted: it is signed by nobody this machine trusts"
    );
    assert!(!arrived.recv().unwrap());
}

#[tokio::test]
async fn what_does_not_speak_tls_is_said_to() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let answer = b"HTTP/1.1 400 Bad Request\r\n\r\n";
            let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, answer).await;
        }
    });
    let said = said(get(&fetcher(&[]), &format!("https://shop.example:{port}/")).await);
    assert!(said.starts_with("host: no safe connection: "), "{said}");
}
