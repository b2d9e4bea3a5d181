//! The way back to the client: the authorization response by query or by form post, with `state` and `iss`.

use super::answer::Answer;
use super::openid::Place;
use super::pages;
use super::settings::IssParameter;
use super::state::State;
use url::Url;

/// Where a checked authorization request wants its answer.
#[derive(Debug, Clone)]
pub(crate) struct Back {
    pub(crate) uri: Url,
    pub(crate) state: Option<String>,
    pub(crate) form_post: bool,
}

impl Back {
    pub(crate) fn with_code(&self, provider: &State, code: &str) -> Answer {
        self.with(provider, vec![("code", code)], provider.settings.iss != IssParameter::Absent)
    }

    pub(crate) fn with_error(&self, provider: &State, error: &str, description: &str) -> Answer {
        let iss = matches!(provider.settings.iss, IssParameter::Sent | IssParameter::Unannounced);
        self.with(provider, vec![("error", error), ("error_description", description)], iss)
    }

    fn with(&self, provider: &State, outcome: Vec<(&str, &str)>, with_iss: bool) -> Answer {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let mut parameters: Vec<(String, String)> = outcome.into_iter().map(owned).collect();
        if let Some(state) = &self.state {
            parameters.push(owned(("state", state)));
        }
        if with_iss {
            parameters.push(("iss".to_owned(), provider.issuer()));
        }
        parameters.extend(provider.settings.redirect_parameters.iter().cloned());
        provider.misbehaviour.change_parameters(Place::Callback, &mut parameters, provider.clock.now());
        if self.form_post {
            return pages::form_post(self.uri.as_str(), &parameters);
        }
        let mut target = self.uri.clone();
        target.query_pairs_mut().extend_pairs(parameters);
        Answer::see_other(target.as_str())
    }
}
