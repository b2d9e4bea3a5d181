//! User info: who the person is, in the provider's words of now (OpenID Connect Core section 5.3).

use std::fmt;

use gatepass::ports::{Limits, NoUserInfo};
use gatepass::{AccessToken, Claims};

use super::calls::{ApiError, Calls};
use crate::Cause;

impl Calls {
    /// Asks for user info with the grant's token, which is renewed once if it is refused, and holds the answer against the
    /// subject of the login that brought the grant.
    pub(super) async fn user_info(&self) -> Result<Claims, ApiError> {
        let inner = self.asking.login.inner();
        let entry = inner.entry(self.grant.provider());
        let entry = entry.ok_or_else(|| self.failed(Cause::UnknownProvider, &Nobody))?;
        let mut token = self.access_token().await?;
        let id_token = inner.keeper.id_token(&self.grant).await.map_err(|why| self.unavailable(&why))?;
        let claims = id_token.and_then(|id_token| entry.flow.claims(&id_token));
        let sub = claims.and_then(|claims| claims.text("sub"));
        let sub = sub.ok_or_else(|| self.failed(Cause::Internal, &Nobody))?;
        let ask = async |token: &AccessToken| {
            entry.flow.user_info(token.secret(), &sub, &inner.world, &Limits::DEFAULT).await
        };
        let mut answer = ask(&token).await;
        if matches!(answer, Err(NoUserInfo::TokenRefused)) {
            let renewed = inner.keeper.unauthorized(&self.grant, token).await;
            token = renewed.map_err(|why| self.unavailable(&why))?;
            answer = ask(&token).await;
        }
        match answer {
            Ok(Some(claims)) => Ok(claims),
            Ok(None) => Err(self.failed(Cause::Internal, &NoEndpoint)),
            Err(why) => Err(self.failed(
                match why {
                    NoUserInfo::Refused(_) => Cause::IdentityRefused,
                    NoUserInfo::NotNow(_) => Cause::ProviderUnreachable,
                    _ => Cause::ApiFailed,
                },
                &why,
            )),
        }
    }
}

/// The login said nothing about anybody.
#[derive(Debug)]
struct Nobody;

impl fmt::Display for Nobody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the login named nobody about whom user info could be: give the provider as a relying party of gatepass-oidc")
    }
}

impl std::error::Error for Nobody {}

/// There is nothing to ask.
#[derive(Debug)]
struct NoEndpoint;

impl fmt::Display for NoEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the provider has no user info")
    }
}

impl std::error::Error for NoEndpoint {}
