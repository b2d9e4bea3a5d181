#![doc = include_str!("../README.md")]

mod algorithm;
pub mod blocking;
mod claims;
mod continuation;
mod discovery;
mod end_session;
mod fetch_keys;
mod id_token;
mod identity;
mod issuer;
mod jws;
mod jwt_error;
mod key_set;
mod key_source;
mod keys;
mod logout_token;
mod metadata;
mod openid;
mod relying_party;
mod rules;
mod sign_in;
mod sign_in_error;
mod tenants;
mod user_info;
mod waiting;

pub use algorithm::Algorithm;
pub use discovery::{Discovery, DiscoveryError};
pub use fetch_keys::FetchKeys;
pub use gatepass_core::{Claims, Email};
pub use identity::{Established, Identity};
pub use issuer::WellKnown;
pub use jwt_error::JwtError;
pub use key_set::{KeyId, KeySet, KeySetError};
pub use keys::{Freshness, Keys, Need};
pub use logout_token::{Logout, LogoutToken, LogoutVerdict, Whom};
pub use metadata::Metadata;
pub use openid::{OpenId, OpenIdError, ReceiveError};
pub use relying_party::RelyingParty;
pub use rules::Rules;
pub use sign_in::{
    RefreshVerdict, Refreshed, SignIn, SignInExchange, SignInExchangeSent, SignInRequest, Unverified, Verdict,
};
pub use sign_in_error::{NoKeys, SignInError};
pub use tenants::Tenants;
pub use user_info::{FetchUserInfo, UnverifiedUserInfo, UserInfoError, UserInfoVerdict};
pub use waiting::Waiting;
