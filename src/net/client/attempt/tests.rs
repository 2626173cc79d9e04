//! TLS to a server with a certificate of a test's own, and faults in words.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use ureq::tls::Certificate;

use super::*;

/// A root, a certificate of it for 127.0.0.1 and its key, made with OpenSSL and good until 2120. The key is no secret.
macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/tls/", $name))
    };
}

/// Answers requests over TLS, one a connection, as 127.0.0.1.
fn secure_server() -> SocketAddr {
    let provider = Arc::new(rustls_graviola::default_provider());
    let chain = vec![CertificateDer::from(&fixture!("server.der")[..])];
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(&fixture!("server_key.der")[..]));
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut tls = StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), stream);
            let mut request = Vec::new();
            let mut chunk = [0; 1024];
            while !request.ends_with(b"\r\n\r\n") {
                match tls.read(&mut chunk) {
                    Ok(0) | Err(_) => break,
                    Ok(n) => request.extend_from_slice(&chunk[..n]),
                }
            }
            let with_key = String::from_utf8_lossy(&request).contains("Bearer k-1");
            let body = json!({ "with_key": with_key }).to_string();
            let length = body.len();
            let _ = write!(tls, "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
            tls.conn.send_close_notify();
            let _ = tls.flush();
        }
    });
    address
}

#[test]
fn certificates_are_checked_and_what_is_said_is_read() {
    let address = secure_server();
    let url = format!("https://{address}/v1");
    let roots =
        RootCerts::new_with_certs(&[Certificate::from_der(fixture!("root.der")).to_owned()]);
    let (key, limits) = (Key::new("k-1").unwrap(), Limits::default());
    let ask = |door: &Door| {
        door.ask::<Value>(Method::Get, "models", &Body::None, Duration::from_secs(60))
    };
    let door = Door::trusting(roots.clone(), &url, Some(key), &limits).unwrap();
    assert_eq!(ask(&door).unwrap(), json!({ "with_key": true }));
    // Another name than the certificate's, and a certificate that nobody vouches for.
    let strange = Door::new(&url, None, &limits).unwrap();
    let url = format!("https://localhost:{}/v1", address.port());
    let misnamed = Door::trusting(roots, &url, None, &limits).unwrap();
    for door in [strange, misnamed] {
        match ask(&door) {
            Err(Fault::Final(said)) => assert!(said.contains("no secure connection"), "{said}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn names_that_nobody_knows_are_told() {
    let fault = |said: &str| Fault::of(&ureq::Error::Io(std::io::Error::other(said.to_owned())));
    let unknown = fault("failed to lookup address information: Name or service not known");
    assert!(matches!(unknown, Fault::Final(said) if said.contains("the host is not known")));
    let away = fault("failed to lookup address information: Temporary failure in name resolution");
    assert!(matches!(away, Fault::Passing { why, .. } if why.contains("the host is not known")));
}
