//! Certificates and proxies: who may stand between us and the provider.

use std::sync::Arc;

use rollcall::groups::{Client, Connection, Endpoint, ErrorClass, GroupId, GroupsApi, Proxies};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_util::sync::CancellationToken;

use super::server::{GROUP, Server, TOKEN, answer, connect, silent};

/// A server with a certificate that only its own authority vouches for, and that authority in PEM.
async fn private_server() -> (Server, String) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let pem = authority.self_signed(&authority_key).unwrap().pem();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate =
        rcgen::CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    let server = Server::start_tls(|_, _| answer(200, GROUP), Some(TlsAcceptor::from(Arc::new(config)))).await;
    (server, pem)
}

#[tokio::test]
async fn a_private_authority_is_trusted_only_when_named() {
    let (server, pem) = private_server().await;
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, pem).unwrap();

    // Some authority must be known at all, or there is no TLS; another one than the server's.
    let (_other, other_pem) = private_server().await;
    let other_file = folder.path().join("other.pem");
    std::fs::write(&other_file, other_pem).unwrap();
    let client = connect(&Connection { ca_file: Some(other_file), ..server.connection() });
    let error = client.retrieve(&GroupId::new("G1")).await.unwrap_err();
    assert_eq!((error.class, server.count()), (ErrorClass::Stop, 0), "{error}");
    assert!(error.hint().unwrap().contains("--ca-file"));

    let client = connect(&Connection { ca_file: Some(ca_file), ..server.connection() });
    client.retrieve(&GroupId::new("G1")).await.unwrap();
    assert_eq!(server.count(), 1);
}

#[tokio::test]
async fn a_file_without_certificates_is_refused_at_once() {
    let (server, _) = private_server().await;
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "nothing here\n").unwrap();
    for path in [empty, folder.path().join("missing.pem")] {
        let connection = Connection { ca_file: Some(path.clone()), ..server.connection() };
        let error = Client::connect(&connection, silent(), CancellationToken::new()).unwrap_err();
        assert!(error.to_string().contains(path.file_name().unwrap().to_str().unwrap()), "{error}");
        assert!(error.hint().unwrap().contains("--ca-file"));
    }
}

fn through(proxy: &Server, except: &'static str) -> Proxies {
    let url = proxy.origin.clone();
    Proxies::from_variables(move |name| match name {
        "HTTPS_PROXY" | "HTTP_PROXY" | "http_proxy" | "ALL_PROXY" => Some(url.clone()),
        "NO_PROXY" => Some(except.to_owned()),
        _ => None,
    })
}

#[tokio::test]
async fn a_proxy_carries_what_goes_out_and_never_sees_the_token() {
    let proxy = Server::playing(vec![answer(502, "")]).await;
    let (_other, pem) = private_server().await;
    let folder = tempfile::tempdir().unwrap();
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, pem).unwrap();
    let outside = Connection {
        endpoint: Endpoint::at("https://groups.invalid/xms/v1/plan").unwrap(),
        ca_file: Some(ca_file),
        retries: 0,
        ..proxy.connection()
    };
    let client = connect(&Connection { proxies: through(&proxy, "other.invalid"), ..outside.clone() });
    let error = client.retrieve(&GroupId::new("G1")).await.unwrap_err();
    assert_eq!(error.class, ErrorClass::NotApplied);
    assert!(error.hint().unwrap().contains("HTTPS_PROXY"));
    let requests = proxy.requests();
    assert_eq!((requests[0].method.as_str(), requests[0].target.as_str()), ("CONNECT", "groups.invalid:443"));
    assert!(!format!("{requests:?}").contains(TOKEN));

    let client = connect(&Connection { proxies: through(&proxy, ".invalid"), ..outside });
    client.retrieve(&GroupId::new("G1")).await.unwrap_err();
    assert_eq!(proxy.count(), 1, "NO_PROXY is honoured");
}

#[tokio::test]
async fn this_machine_is_never_reached_through_a_proxy() {
    let proxy = Server::playing(vec![answer(502, "")]).await;
    let server = Server::playing(vec![answer(200, GROUP)]).await;
    let client = connect(&Connection { proxies: through(&proxy, ""), ..server.connection() });
    client.retrieve(&GroupId::new("G1")).await.unwrap();
    assert_eq!((proxy.count(), server.count()), (0, 1));
}
