//! Counters of what has happened at the provider.

use serde::Serialize;

/// What the provider has done since it was started or reset.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// People who logged in; a request that an existing session answered is not counted.
    pub logins: u64,
    /// Authorization codes handed out.
    pub codes_issued: u64,
    /// Codes exchanged for tokens.
    pub exchanges: u64,
    /// Spent codes presented again.
    pub code_reuse_detected: u64,
    /// Refreshes that gave tokens.
    pub refreshes: u64,
    /// Refreshes within the grace window that presented the previous token and gave tokens.
    pub grace_refreshes: u64,
    /// Old refresh tokens presented outside a grace window, also for families that were dead already.
    pub reuse_detected: u64,
    /// Families that reuse of a code or of a refresh token has killed.
    pub families_revoked: u64,
    /// Well-formed revocation requests, of unknown tokens too.
    pub revocations: u64,
    /// Requests at the protected API that were answered with 200.
    pub api_calls: u64,
    /// Requests at the protected API that were refused.
    pub api_refusals: u64,
    /// ID tokens handed out.
    pub id_tokens: u64,
    /// Requests for the keys.
    pub key_fetches: u64,
    /// Logout tokens posted, whatever the client said.
    pub logout_tokens: u64,
    /// Requests for user info that were answered with claims.
    pub user_infos: u64,
}
