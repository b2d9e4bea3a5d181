//! Modules of the FAPI plans that need no pushed request, no DPoP and no client assertion.

use super::super::algorithm::Algorithm;
use super::super::change::Change;
use super::super::knob::{Knob, Place, Token};
use super::super::module::Module;

const SIX_MINUTES: i64 = 6 * 60;
const A_WEEK: i64 = 7 * 24 * 60 * 60;

pub(crate) const MODULES: &[Module] = &[
    Module::wrong(
        "fapi2-security-profile-final-client-test-discovery-issuer-mismatch",
        "names another issuer in the metadata",
        || vec![Knob::append(Place::Metadata, "issuer", "INVALID")],
    ),
    Module::wrong(
        "fapi2-security-profile-final-client-test-invalid-iss",
        "names another issuer in the ID token",
        || vec![Knob::append(Token::IdToken, "iss", "1")],
    ),
    Module::wrong(
        "fapi2-security-profile-final-client-test-invalid-aud",
        "names another client as the audience",
        || vec![Knob::append(Token::IdToken, "aud", "1")],
    ),
    Module::wrong(
        "fapi2-security-profile-final-client-test-invalid-missing-iss",
        "leaves iss out of the ID token",
        || vec![Knob::without(Token::IdToken, "iss")],
    ),
    Module::wrong(
        "fapi2-security-profile-final-client-test-invalid-missing-aud",
        "leaves aud out of the ID token",
        || vec![Knob::without(Token::IdToken, "aud")],
    ),
    Module::wrong(
        "fapi2-security-profile-final-client-test-invalid-missing-exp",
        "leaves exp out of the ID token",
        || vec![Knob::without(Token::IdToken, "exp")],
    ),
    Module::wrong(
        "fapi2-security-profile-final-client-test-invalid-secondary-aud",
        "names a second audience, and no azp",
        || vec![Knob::member(Token::IdToken, "aud", Change::List(vec![String::new(), "1".to_owned()]))],
    ),
    Module::unusual(
        "fapi2-security-profile-final-client-test-valid-aud-as-array",
        "writes the audience as a list of one",
        || vec![Knob::member(Token::IdToken, "aud", Change::List(vec![String::new()]))],
    ),
    Module::wrong(
        "fapi2-security-profile-final-client-test-invalid-expired-exp",
        "gives an ID token that expired six minutes ago",
        || vec![Knob::member(Token::IdToken, "exp", Change::SecondsFromNow(-SIX_MINUTES))],
    ),
    Module::wrong(
        "fapi2-security-profile-final-client-test-invalid-null-alg",
        "does not sign the ID token and says so",
        || vec![Knob::Unsigned(Token::IdToken)],
    ),
    Module::wrong(
        "fapi2-security-profile-final-client-test-invalid-alternate-alg",
        "signs the ID token by RS256 instead of PS256",
        || vec![Knob::OtherAlgorithm(Token::IdToken)],
    )
    .on(|| vec![Knob::Algorithm(Algorithm::Ps256)]),
    Module::wrong("fapi2-security-profile-final-client-test-invalid-nonce", "alters the nonce", || {
        vec![Knob::append(Token::IdToken, "nonce", "1")]
    }),
    Module::wrong(
        "fapi2-security-profile-final-client-test-invalid-missing-nonce",
        "leaves the nonce out of the ID token",
        || vec![Knob::without(Token::IdToken, "nonce")],
    ),
    Module::wrong(
        "fapi2-security-profile-final-client-test-invalid-authorization-response-iss",
        "names another issuer in the authorization response",
        || vec![Knob::append(Place::Callback, "iss", "1")],
    ),
    Module::wrong(
        "fapi2-security-profile-final-client-test-remove-authorization-response-iss",
        "leaves the announced iss out of the authorization response",
        || vec![Knob::without(Place::Callback, "iss")],
    ),
    Module::wrong(
        "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-state-fails",
        "alters the state",
        || vec![Knob::append(Place::Callback, "state", "1")],
    ),
    Module::wrong(
        "fapi2-security-profile-final-client-test-ensure-authorization-response-with-invalid-missing-state-fails",
        "leaves the state out of the authorization response",
        || vec![Knob::without(Place::Callback, "state")],
    ),
    Module::unusual(
        "fapi2-security-profile-final-client-test-token-endpoint-response-without-expires_in",
        "does not say how long the access token lives",
        || vec![Knob::without(Place::TokenResponse, "expires_in")],
    ),
    Module::unusual(
        "fapi2-security-profile-final-client-test-token-type-case-insensitivity",
        "writes the token type in other letters",
        || vec![Knob::member(Place::TokenResponse, "token_type", Change::InvertCase)],
    ),
    Module::unusual(
        "fapi1-advanced-final-client-test-no-scope-in-token-endpoint-response",
        "does not say which scope it granted",
        || vec![Knob::without(Place::TokenResponse, "scope")],
    ),
    Module::wrong(
        "fapi1-advanced-final-client-test-iat-is-week-in-past",
        "gives an ID token that it issued a week ago",
        || vec![Knob::member(Token::IdToken, "iat", Change::SecondsFromNow(-A_WEEK))],
    ),
    Module::wrong(
        "fapi1-advanced-final-client-test-encrypted-idtoken-usingrsa15",
        "encrypts the ID token by RSA1_5",
        || vec![Knob::EncryptedByRsa15],
    ),
    Module::wrong("fapi1-advanced-final-client-test-invalid-signature", "damages the signature", || {
        vec![Knob::DamagedSignature(Token::IdToken)]
    })
    .on(|| vec![Knob::Algorithm(Algorithm::Ps256)]),
    Module::wrong(
        "fapi1-advanced-final-client-test-invalid-chash",
        "hashes another code into the ID token",
        || vec![Knob::member(Token::IdToken, "c_hash", Change::Damage)],
    )
    .on(|| vec![Knob::CodeHash]),
    Module::unusual(
        "fapi1-advanced-final-client-test-missing-athash",
        "leaves at_hash out of the ID token",
        || vec![Knob::without(Token::IdToken, "at_hash")],
    )
    .on(|| vec![Knob::Algorithm(Algorithm::Ps256)]),
];
