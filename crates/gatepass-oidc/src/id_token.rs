//! The rules of an ID token (OpenID Connect Core sections 3.1.3.7 and 12.2).
//!
//! Signature first, then issuer, audience, times, nonce, hashes, strength: a claim is looked at only once somebody
//! has signed it.

use std::borrow::Cow;

use gatepass_core::extension::{claims_of_read, kept_id_token};
use gatepass_core::ports::Subject;
use gatepass_core::{Secret, Timestamp};
use subtle::ConstantTimeEq as _;

use crate::claims::Reading;
use crate::jws::Jws;
use crate::openid::Parts;
use crate::{Established, Identity, JwtError};

/// What one login, or one refresh, expects of its ID token.
pub(crate) enum Expected<'a> {
    /// The token of a login.
    Login {
        nonce: &'a str,
        max_age: Option<std::time::Duration>,
        /// Any of these strengths will do; none: whatever.
        acr: &'a [Box<str>],
        started: Timestamp,
        code: &'a str,
    },
    /// The token of a refresh.
    Refresh(&'a Established),
}

/// The longest subject (OpenID Connect Core section 2).
const LONGEST_SUBJECT: usize = 255;

/// Judges the payload of a token whose signature was verified.
pub(crate) fn judge(
    parts: &Parts,
    jws: &Jws<'_>,
    payload: String,
    token: &str,
    access_token: &Secret,
    expected: &Expected<'_>,
    now: Timestamp,
) -> Result<Identity, JwtError> {
    let claims = Reading::of(&payload)?;
    let rules = &parts.rules;
    if claims.has("events") {
        return Err(JwtError::OtherKind);
    }
    let iss = issuer(parts, &claims)?;
    audience(parts, &claims, jws.algorithm.is_mac())?;
    let sub = subject(&claims)?.ok_or(JwtError::Missing("sub"))?;
    let (issued, expires) = times(parts, &claims, now)?;
    let auth_time = claims.date("auth_time")?;
    let nonce: Option<Box<str>> = claims.text("nonce")?.map(Box::from);
    let sid = claims.text("sid")?.map(Box::from);
    let acr: Option<Box<str>> = claims.text("acr")?.map(Box::from);
    if claims.text("at_hash")?.is_some_and(|hash| !jws.algorithm.is_half_hash(&hash, access_token.expose())) {
        return Err(JwtError::Claim("at_hash"));
    }
    match expected {
        Expected::Login { nonce: sent, max_age, acr: wanted, started, code } => {
            match &nonce {
                Some(nonce) if same(nonce, sent) => {}
                Some(_) => return Err(JwtError::Claim("nonce")),
                None if rules.nonce_may_be_absent => {}
                None => return Err(JwtError::Missing("nonce")),
            }
            if claims.text("c_hash")?.is_some_and(|hash| !jws.algorithm.is_half_hash(&hash, code)) {
                return Err(JwtError::Claim("c_hash"));
            }
            if let Some(max_age) = max_age {
                let auth_time = auth_time.ok_or(JwtError::Missing("auth_time"))?;
                if !rules.is_past(auth_time, now) {
                    return Err(JwtError::Claim("auth_time"));
                }
                // With `max_age=0` the person logs in after this login was started.
                if rules.has_gone(auth_time.saturating_add(*max_age), *started) {
                    return Err(JwtError::LoginTooOld);
                }
            }
            if !wanted.is_empty() && !acr.as_deref().is_some_and(|acr| wanted.iter().any(|one| **one == *acr))
            {
                return Err(JwtError::Claim("acr"));
            }
        }
        Expected::Refresh(before) => {
            if before.subject.iss != iss {
                return Err(JwtError::Claim("iss"));
            }
            if before.subject.sub != sub {
                return Err(JwtError::OtherSubject);
            }
            if let (Some(before), Some(after)) = (before.auth_time, auth_time)
                && before != after
            {
                return Err(JwtError::Claim("auth_time"));
            }
            // It repeats the one of the login or has none.
            if let (Some(before), Some(after)) = (&before.nonce, &nonce)
                && !before.as_deref().is_some_and(|before| same(before, after))
            {
                return Err(JwtError::Claim("nonce"));
            }
        }
    }
    Ok(Identity {
        subject: Subject::new(iss, sub, sid),
        issued,
        expires,
        auth_time,
        acr,
        nonce,
        claims: claims_of_read(payload),
        id_token: kept_id_token(Secret::from(token)),
    })
}

/// `iss` is the issuer of the metadata to the letter, or that of the token's own tenant.
pub(crate) fn issuer(parts: &Parts, claims: &Reading<'_>) -> Result<Box<str>, JwtError> {
    let iss = claims.text("iss")?.ok_or(JwtError::Missing("iss"))?;
    let right = match &parts.rules.tenants {
        None => *iss == *parts.issuer,
        Some(tenants) => {
            let tenant = claims.text("tid")?.ok_or(JwtError::Missing("tid"))?;
            let issuer = tenants.issuer_of(&tenant).ok_or(JwtError::Claim("tid"))?;
            *iss == *issuer
        }
    };
    if right { Ok(iss.into()) } else { Err(JwtError::Claim("iss")) }
}

/// This client is the audience, alone or beside some that are trusted.
pub(crate) fn audience(parts: &Parts, claims: &Reading<'_>, by_mac: bool) -> Result<(), JwtError> {
    let client = parts.client.id();
    let audiences = claims.audiences()?;
    let known = |audience: &Cow<'_, str>| {
        audience == client || parts.rules.trusted_audiences.iter().any(|trusted| **trusted == **audience)
    };
    if !audiences.iter().any(|audience| audience == client) || !audiences.iter().all(known) {
        return Err(JwtError::Claim("aud"));
    }
    // Whoever shares the secret with another audience could have made the token.
    if by_mac && audiences.len() > 1 {
        return Err(JwtError::Claim("aud"));
    }
    match claims.text("azp")? {
        Some(azp) if *azp == *client => Ok(()),
        Some(_) => Err(JwtError::Claim("azp")),
        None if audiences.len() > 1 => Err(JwtError::Missing("azp")),
        None => Ok(()),
    }
}

pub(crate) fn subject(claims: &Reading<'_>) -> Result<Option<Box<str>>, JwtError> {
    let Some(sub) = claims.text("sub")? else { return Ok(None) };
    if sub.is_empty() || sub.len() > LONGEST_SUBJECT || !sub.is_ascii() {
        return Err(JwtError::ClaimType("sub"));
    }
    Ok(Some(sub.into()))
}

pub(crate) fn times(
    parts: &Parts,
    claims: &Reading<'_>,
    now: Timestamp,
) -> Result<(Timestamp, Timestamp), JwtError> {
    let rules = &parts.rules;
    let expires = claims.date("exp")?.ok_or(JwtError::Missing("exp"))?;
    if rules.has_gone(expires, now) {
        return Err(JwtError::Expired);
    }
    let issued = claims.date("iat")?.ok_or(JwtError::Missing("iat"))?;
    let not_before = claims.date("nbf")?;
    if !rules.is_past(issued, now) || not_before.is_some_and(|moment| !rules.is_past(moment, now)) {
        return Err(JwtError::NotYet);
    }
    if rules.oldest.is_some_and(|oldest| rules.has_gone(issued.saturating_add(oldest), now)) {
        return Err(JwtError::TooOld);
    }
    Ok((issued, expires))
}

fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}
