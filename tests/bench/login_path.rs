//! The three steps of a login that cost something, each done by gatepass and by the `oauth2` crate on the same input.
//!
//! Each step is a plain function, so that time and allocations are measured of the same code.

pub mod gatepass;
pub mod id_token;
pub mod oauth2;

/// The authorization endpoint.
pub const AUTHORIZE: &str = "https://as.example/oauth2/authorize";
/// The token endpoint.
pub const TOKEN: &str = "https://as.example/oauth2/token";
/// The client id.
pub const CLIENT_ID: &str = "3f9a7c2e-application";
/// The client secret, with characters that must be encoded.
pub const SECRET: &str = "s3cr3t/with+odd%chars";
/// The redirect URI.
pub const REDIRECT_URI: &str = "https://app.example/callback/as";
/// A code.
pub const CODE: &str = "SplxlOBeZQQYbYS6WxSbIAeyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0";
/// A token response as large providers send it.
pub const RESPONSE: &str = r#"{"access_token":"eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCIsImtpZCI6IjEifQ.eyJpc3MiOiJodHRwczovL2FzLmV4YW1wbGUiLCJzdWIiOiJhbGljZSIsImF1ZCI6ImFwaSJ9.c2lnbmF0dXJl","token_type":"Bearer","expires_in":3600,"refresh_token":"v1.MjQ1LTk4Ny1yZWZyZXNoLXRva2VuLW9mLXNvbWUtbGVuZ3Ro","scope":"profile email"}"#;

/// The query with which a person comes back.
#[must_use]
pub fn callback_query(state: &str) -> String {
    format!("code={CODE}&state={state}&iss=https%3A%2F%2Fas.example&session_state=f00")
}
