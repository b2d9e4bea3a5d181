//! Certificates that live as long as a test.

use std::sync::Arc;

use data_encoding::BASE64;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

/// An authority of its own and one server certificate that it issued.
pub(crate) struct Chain {
    /// The authority's certificate, DER.
    pub(crate) root: Vec<u8>,
    /// The server's side of it.
    pub(crate) server: Arc<ServerConfig>,
    /// A client's certificate and key of the same authority, PEM.
    pub(crate) client: String,
}

impl Chain {
    /// A chain for a server of these names.
    pub(crate) fn for_names(names: &[&str]) -> Self {
        Self::make(names, false)
    }

    /// A chain for a server of these names that serves only clients with a certificate of the same authority.
    pub(crate) fn for_known_clients(names: &[&str]) -> Self {
        Self::make(names, true)
    }

    fn make(names: &[&str], known_clients: bool) -> Self {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap()).unwrap();
        let issue = |names: &[&str], usage| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let key = KeyPair::generate().unwrap();
            let mut params = CertificateParams::new(names).unwrap();
            params.extended_key_usages = vec![usage];
            params.use_authority_key_identifier_extension = true;
            (params.signed_by(&key, &authority).unwrap(), key)
        };
        let (server, key) = issue(names, ExtendedKeyUsagePurpose::ServerAuth);
        let (client, client_key) = issue(&["client.example"], ExtendedKeyUsagePurpose::ClientAuth);

        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let config = if known_clients {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der().clone()).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            config.with_client_cert_verifier(verifier)
        } else {
            config.with_no_client_auth()
        };
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let config = config.with_single_cert(vec![server.der().clone()], key).unwrap();
        Self {
            root: authority.der().to_vec(),
            server: Arc::new(config),
            client: pem("CERTIFICATE", client.der()) + &pem("PRIVATE KEY", &client_key.serialize_der()),
        }
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
    format!("-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")
}
