//! Modules that only the comprehensive and the dynamic plan have, refresh tokens, and third-party initiated login.

use crate::{Fault, Plan, Row, Story};

const HYBRID: &str = "hybrid and implicit flows only; an ID token comes from the token endpoint here";
const REQUEST_OBJECT: &str = "the client makes no request objects";

const fn accepts(module: &'static str) -> Row {
    Row::accepts(Plan::Comprehensive, module, Story::LogsIn)
}

const fn refuses(module: &'static str, why: &'static str) -> Row {
    Row::refuses(Plan::Comprehensive, module, Story::LogsIn, Fault::Exchange, ("identity_refused", why))
}

const fn skipped(module: &'static str, why: &'static str) -> Row {
    Row::skipped(Plan::Comprehensive, module, why)
}

const fn refreshes(module: &'static str, why: &'static str) -> Row {
    Row::refuses(Plan::Refresh, module, Story::ComesBack, Fault::Refresh, ("provider_misbehaved", why))
}

const fn sent(story: Story, cause: &'static str) -> Row {
    let module = "oidcc-client-test-3rd-party-init-login";
    Row::refuses(Plan::ThirdParty, module, story, Fault::Initiation, (cause, ""))
}

pub(super) const ROWS: [Row; 27] = [
    skipped("oidcc-client-test-discovery-webfinger-acct", "the issuer is configured; there is no WebFinger"),
    skipped("oidcc-client-test-discovery-webfinger-url", "the issuer is configured; there is no WebFinger"),
    skipped("oidcc-client-test-dynamic-registration", "the client is registered by hand"),
    skipped("oidcc-client-test-request-uri-signed-rs256", REQUEST_OBJECT),
    skipped("oidcc-client-test-request-uri-signed-none", REQUEST_OBJECT),
    accepts("oidcc-client-test-userinfo-signed").with(&[("USERINFO_ALG", "RS256")]),
    refuses("oidcc-client-test-missing-aud", "the claim aud is missing"),
    refuses("oidcc-client-test-invalid-sig-es256", "the signature is wrong")
        .with(&[("ID_TOKEN_ALG", "ES256")]),
    refuses("oidcc-client-test-invalid-sig-hs256", "the signature is wrong")
        .with(&[("ID_TOKEN_ALG", "HS256")]),
    accepts("oidcc-client-test-missing-athash"),
    refuses("oidcc-client-test-invalid-athash", "the claim at_hash is not what it must be"),
    skipped("oidcc-client-test-missing-chash", HYBRID),
    skipped("oidcc-client-test-invalid-chash", HYBRID),
    skipped("oidcc-client-test-nonce-unless-code-flow", HYBRID),
    Row::refuses(
        Plan::Comprehensive,
        "oidcc-client-test-form-post-error",
        Story::LogsIn,
        Fault::Callback,
        ("provider_refused", "login_required"),
    )
    .with(&[("RESPONSE_MODE", "form_post"), ("AUTHORIZE_PARAMS", "prompt=none&max_age=0")]),
    accepts("oidcc-client-test-userinfo-bearer-header"),
    skipped("oidcc-client-test-userinfo-bearer-body", "the header is the only way in which a token is sent"),
    accepts("oidcc-client-test-aggregated-claims"),
    accepts("oidcc-client-test-distributed-claims"),
    skipped("oidcc-client-test-mtls-endpoint-aliases", "the client has no mutual TLS"),
    Row::accepts(Plan::Refresh, "oidcc-client-test-refresh-token", Story::ComesBack),
    refreshes("oidcc-client-test-refresh-token-invalid-issuer", "the claim iss is not what it must be"),
    refreshes("oidcc-client-test-refresh-token-invalid-sub", "the token is about another person"),
    Row::accepts(Plan::ThirdParty, "oidcc-client-test-3rd-party-init-login", Story::IsSentToLogIn),
    sent(Story::IsSentElsewhere, "malformed"),
    sent(Story::IsSentByAStranger, "unknown_provider"),
    // The plan of session management has one module.
    Row::skipped(
        Plan::Session,
        "oidcc-client-test-session-management",
        "browsers bring no cookies into frames of other sites; back-channel logout does this work",
    ),
];
