//! The readers of what a provider publishes: its key set and its metadata, and of the issuer that they are asked of.

use gatepass_core::{Body, Roundtrip as _, Step};
use gatepass_oidc::{Discovery, DiscoveryError, FetchKeys, KeySet, Metadata, Verdict, WellKnown};
use http::Response;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::Jwk;
use serde_json::{Map, Value};
use url::Url;

use super::oracle::{is_beyond_others, object};
use super::words::OP;
use crate::provider::{ISSUER, Login, NOW, attempt, openid};

fn answer(body: &[u8]) -> Response<Body> {
    let answer = Response::builder().header("content-type", "application/json");
    answer.body(Body::from(body.to_vec())).unwrap()
}

/// A key set: each key in it is one that the library can read, is public and is for signatures; and only a key of the
/// provider's verifies what the provider has signed.
pub fn key_set(bytes: &[u8]) {
    taken_key_set(bytes);
}

pub(super) fn taken_key_set(bytes: &[u8]) -> bool {
    let json = OP.spoken(bytes, OP.signer("ES256"));
    let fetch = openid(gatepass_oidc::Rules::new()).fetch_keys().unwrap();
    let (_, sent) = fetch.request(attempt(1)).unwrap();
    let fetched = FetchKeys::response(sent, answer(&json), NOW);
    let set = match (KeySet::read(&json), fetched) {
        (Ok(set), Ok(Step::Done(fetched))) => {
            assert_eq!(format!("{set:?}"), format!("{fetched:?}"));
            set
        }
        (Err(why), Err(DiscoveryError::Keys(same))) => {
            assert_eq!(why, same);
            return false;
        }
        (read, fetched) => panic!("{read:?}, {fetched:?}"),
    };
    if is_beyond_others(&json) {
        return true;
    }
    let whole = object(&json).unwrap();
    let keys: Vec<&Map<String, Value>> =
        whole["keys"].as_array().unwrap().iter().filter_map(Value::as_object).collect();
    let usable: Vec<&Map<String, Value>> = keys.into_iter().filter(|key| is_usable(key)).collect();
    assert!(set.len() <= usable.len(), "{set:?} of {whole:?}");
    let mut verifies = false;
    for (at, name) in ["RS256", "ES256", "EdDSA"].into_iter().enumerate() {
        let signer = OP.signer(name);
        let client = openid(gatepass_oidc::Rules::new().algorithms([signer.algorithm]));
        let login = Login::at(&client);
        let header = Value::from_iter([("alg", name)]);
        let token = signer.with_header(&header, &login.claims());
        let ours = |key: &&Map<String, Value>| {
            ["kty", "crv", "n", "e", "x", "y"].into_iter().all(|member| {
                key.get(member) == OP.jwks[at].get(member) || member == "crv" && name == "RS256"
            }) && key.get("alg").is_none_or(|alg| alg == name || name == "EdDSA" && alg == "Ed25519")
        };
        if let Verdict::SignedIn(_) = login.answered(&token).unwrap().verify(&set, NOW) {
            assert!(usable.iter().any(ours), "{name} by {whole:?}");
            verifies = true;
        }
    }
    verifies
}

/// Whether the library can read a key of the network's, and whether it may verify.
fn is_usable(key: &Map<String, Value>) -> bool {
    let is_public = !["d", "p", "q", "k"].into_iter().any(|part| key.contains_key(part));
    let is_to_sign = key.get("use").is_none_or(|usage| usage == "sig")
        && key
            .get("key_ops")
            .and_then(Value::as_array)
            .is_none_or(|all| all.iter().any(|one| one == "verify"));
    // What it is for was judged, and the library knows fewer words for that.
    let bare: Map<String, Value> = key
        .iter()
        .filter(|(name, _)| ["kty", "crv", "n", "e", "x", "y"].contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let read = serde_json::from_value::<Jwk>(bare.into());
    is_public && is_to_sign && read.is_ok_and(|jwk| DecodingKey::from_jwk(&jwk).is_ok())
}

/// Metadata, as an answer at both well-known places: they are of the issuer that was asked, each endpoint may be spoken
/// to, and a provider can be made of them.
pub fn metadata(bytes: &[u8]) {
    taken_metadata(bytes);
}

pub(super) fn taken_metadata(bytes: &[u8]) -> bool {
    let at = |kind| {
        let (_, sent) = Discovery::new(ISSUER, kind).unwrap().request(attempt(1)).unwrap();
        match Discovery::response(sent, answer(bytes), NOW) {
            Ok(Step::Done(metadata)) => Ok(metadata),
            Err(why) => Err(why),
            _ => panic!("there is one answer"),
        }
    };
    let (metadata, other) = (at(WellKnown::OpenId), at(WellKnown::OAuth));
    assert_eq!(metadata.as_ref().map(Metadata::as_json), other.as_ref().map(Metadata::as_json));
    let metadata = match metadata {
        Ok(metadata) => metadata,
        Err(why) => {
            assert!(why.to_string().len() < 200 && format!("{why:?}").len() < 120, "{why:?}");
            return false;
        }
    };
    if is_beyond_others(bytes) {
        return true;
    }
    let whole = object(bytes).unwrap();
    assert_eq!((metadata.issuer(), whole["issuer"].as_str()), (ISSUER, Some(ISSUER)));
    assert_eq!(metadata.as_json().as_bytes(), bytes);
    for (name, value) in &whole {
        let Some(url) = metadata.endpoint(name) else { continue };
        assert_eq!(Ok(url), Url::parse(value.as_str().unwrap()).as_ref(), "{name}");
        assert_eq!(url.scheme(), "https", "{name}");
        assert!(url.host_str().is_some_and(|host| !host.is_empty()), "{name}");
        assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{name}");
    }
    let list = |name| whole.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let says = |name, what: &str| list(name).iter().any(|one| one == what);
    assert_eq!(metadata.supports_s256(), says("code_challenge_methods_supported", "S256"));
    assert!(!whole.contains_key("response_types_supported") || says("response_types_supported", "code"));
    let kept = Metadata::read(ISSUER, metadata.as_json(), false).unwrap();
    assert_eq!(kept.moved_since(&metadata), Vec::<&str>::new());
    assert!(Metadata::read("https://op.example/", metadata.as_json(), false).is_err());
    let provider = metadata.provider().build().unwrap();
    assert_eq!(Some(provider.authorization_endpoint()), metadata.endpoint("authorization_endpoint"));
    assert_eq!(Some(provider.token_endpoint()), metadata.endpoint("token_endpoint"));
    true
}

/// An issuer: what is asked is https at its host, at the place that each protocol names, without anybody's name in it.
pub fn issuer(bytes: &[u8]) {
    taken_issuer(bytes);
}

pub(super) fn taken_issuer(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let asked = |kind| Discovery::new(text, kind).map(|leg| leg.request(attempt(1)).unwrap().0);
    let (openid, oauth) = match (asked(WellKnown::OpenId), asked(WellKnown::OAuth)) {
        (Ok(openid), Ok(oauth)) => (openid, oauth),
        (openid, oauth) => {
            assert_eq!(openid.err(), oauth.err());
            return false;
        }
    };
    let issuer = Url::parse(text).unwrap();
    let path = issuer.path().trim_end_matches('/');
    for (request, place) in [
        (openid, format!("{path}/.well-known/openid-configuration")),
        (oauth, format!("/.well-known/oauth-authorization-server{path}")),
    ] {
        let uri = request.uri();
        assert_eq!((uri.scheme_str(), uri.host()), (Some("https"), issuer.host_str()), "{text:?}");
        assert_eq!(
            (uri.port_u16(), uri.path(), uri.query()),
            (issuer.port(), place.as_str(), None),
            "{text:?}"
        );
        assert!(!uri.authority().unwrap().as_str().contains('@') && request.body().is_empty());
    }
    true
}
