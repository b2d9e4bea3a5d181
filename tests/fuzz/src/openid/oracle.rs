//! Who else reads a token: `jsonwebtoken`, asked directly, and the rules once more over `serde_json` values.

use std::collections::HashSet;
use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode_header};
use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::words::OP;
use crate::provider::{CLIENT, ISSUER, NOW};

const LOGOUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// A token that the library verifies, read by others.
pub(super) struct Verified {
    pub(super) algorithm: String,
    pub(super) claims: Map<String, Value>,
}

/// Reads a token and has the library verify it; what is refused is said.
pub(super) fn verified(token: &str, secret: Option<&str>) -> Result<Verified, String> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header_text, payload, signature] = parts[..] else { return Err("not three parts".into()) };
    let bytes = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|why| why.to_string());
    let header = object(&bytes(header_text)?)?;
    if header.contains_key("crit") || header.contains_key("b64") {
        return Err("a critical extension".into());
    }
    let name = header.get("alg").and_then(Value::as_str).unwrap_or_default().to_owned();
    let algorithm: Algorithm = match name.as_str() {
        "Ed25519" => Algorithm::EdDSA,
        other => other.parse().map_err(|_| "an unknown algorithm".to_owned())?,
    };
    let is_agreed = match secret {
        Some(_) => algorithm == Algorithm::HS256,
        None => {
            matches!(algorithm, Algorithm::RS256 | Algorithm::PS256 | Algorithm::ES256 | Algorithm::EdDSA)
        }
    };
    if !is_agreed {
        return Err("an algorithm that was not agreed on".into());
    }
    let keys = match secret {
        Some(secret) => vec![DecodingKey::from_secret(secret.as_bytes())],
        None => OP
            .jwks
            .iter()
            .filter(|jwk| header.get("kid").is_none_or(|kid| *kid == jwk["kid"]))
            .filter_map(|jwk| serde_json::from_value::<Jwk>(jwk.clone()).ok())
            .filter_map(|jwk| DecodingKey::from_jwk(&jwk).ok())
            .collect(),
    };
    let message = format!("{header_text}.{payload}");
    let is_signed = |key: &&DecodingKey| {
        key.family() == family(algorithm)
            && jsonwebtoken::crypto::verify(signature, message.as_bytes(), key, algorithm).is_ok_and(|is| is)
    };
    let key = keys.iter().find(is_signed).ok_or("the signature is nobody's")?;
    let claims = object(&bytes(payload)?)?;
    // The library as a whole too, wherever it can read the header: it knows types of members that count for nothing here.
    if name != "Ed25519" && decode_header(token).is_ok() {
        let mut validation = Validation::new(algorithm);
        // It asks the system what time it is.
        (validation.validate_exp, validation.validate_nbf) = (false, false);
        validation.set_required_spec_claims(&["iss", "aud"]);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[CLIENT]);
        jsonwebtoken::decode::<Map<String, Value>>(token, key, &validation).map_err(|why| why.to_string())?;
    }
    Ok(Verified { algorithm: name, claims })
}

fn family(algorithm: Algorithm) -> jsonwebtoken::AlgorithmFamily {
    use jsonwebtoken::AlgorithmFamily;
    match algorithm {
        Algorithm::ES256 | Algorithm::ES384 => AlgorithmFamily::Ec,
        Algorithm::EdDSA => AlgorithmFamily::Ed,
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => AlgorithmFamily::Hmac,
        _ => AlgorithmFamily::Rsa,
    }
}

impl Verified {
    fn text(&self, name: &str) -> Option<&str> {
        self.claims.get(name).and_then(Value::as_str)
    }

    fn must(&self, what: &str, holds: bool) -> Result<(), String> {
        if holds { Ok(()) } else { Err(format!("{what}: {:?}", self.claims)) }
    }

    /// What every token must say: from whom, for whom.
    pub(super) fn addressed(&self) -> Result<(), String> {
        self.must("iss", self.text("iss") == Some(ISSUER))?;
        let audience = self.claims.get("aud");
        let ours = |value: &Value| value.as_str() == Some(CLIENT);
        let is_ours = audience.is_some_and(ours)
            || audience.and_then(Value::as_array).is_some_and(|all| !all.is_empty() && all.iter().all(ours));
        self.must("aud", is_ours)?;
        self.must("azp", self.claims.get("azp").is_none_or(ours))
    }

    /// Whether its time is now, a minute granted.
    fn timely(&self) -> Result<(), String> {
        #[expect(clippy::cast_precision_loss, reason = "seconds of this century")]
        let now = NOW.as_unix_seconds() as f64;
        let date = |name: &str| self.claims.get(name).map(Value::as_f64);
        self.must("exp", date("exp").flatten().is_some_and(|expires| expires + 60.0 > now))?;
        // Milliseconds are as fine as it goes.
        let is_past = |moment: f64| moment < now + 60.001;
        self.must("iat", date("iat").flatten().is_some_and(is_past))?;
        self.must("nbf", date("nbf").is_none_or(|date| date.is_some_and(is_past)))
    }

    fn subject(&self) -> Result<(), String> {
        let sub = self.text("sub");
        self.must("sub", sub.is_some_and(|sub| (1..=255).contains(&sub.len()) && sub.is_ascii()))
    }

    /// The rules of the ID token of a login.
    pub(super) fn signs_in(&self) -> Result<(), String> {
        self.addressed()?;
        self.timely()?;
        self.subject()?;
        self.must("nonce", self.text("nonce") == Some(&OP.nonce()))?;
        self.must("events", !self.claims.contains_key("events"))?;
        let signer = OP.signer(if self.algorithm == "Ed25519" { "EdDSA" } else { &self.algorithm });
        for (name, of) in [("at_hash", "the-access-token"), ("c_hash", "the-code")] {
            let hash = self.claims.get(name).map(Value::as_str);
            self.must(name, hash.is_none_or(|hash| hash == Some(&signer.half_hash(of))))?;
        }
        Ok(())
    }

    /// The rules of a logout token.
    pub(super) fn logs_out(&self) -> Result<(), String> {
        self.addressed()?;
        self.timely()?;
        self.must("nonce", !self.claims.contains_key("nonce"))?;
        let event = self.claims.get("events").and_then(|events| events.get(LOGOUT));
        self.must("events", event.is_some_and(Value::is_object))?;
        self.must("jti", self.text("jti").is_some_and(|id| !id.is_empty()))?;
        if self.claims.contains_key("sub") {
            self.subject()?;
        }
        let names = |name| self.text(name).is_some_and(|text| !text.is_empty());
        self.must("sub or sid", names("sub") || names("sid"))
    }
}

/// Whether a JSON text is well-formed and others read no values out of it all the same: it nests too deep, or holds a
/// number beyond all, or half a character. Ours does not look into what it does not use.
pub(super) fn is_beyond_others(json: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(json).is_ok() && serde_json::from_slice::<Value>(json).is_err()
}

/// A JSON object without doubled members.
pub(super) fn object(json: &[u8]) -> Result<Map<String, Value>, String> {
    serde_json::from_slice::<Unique>(json).map_err(|why| why.to_string())?;
    match serde_json::from_slice(json) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err("not an object".into()),
        Err(why) => Err(why.to_string()),
    }
}

struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: serde::Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(Self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with each member once")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self, A::Error> {
        let mut seen = HashSet::new();
        while let Some((name, IgnoredAny)) = map.next_entry::<String, IgnoredAny>()? {
            if !seen.insert(name) {
                return Err(A::Error::custom("a member twice"));
            }
        }
        Ok(self)
    }
}
