//! Where tokens were issued, so that they are never sent elsewhere because a document that was fetched says so.

use gatepass_core::Provider;
use url::Origin;

/// The origins of the endpoints that take a grant's tokens: empty where a person wrote them down and no document did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Home {
    pub(crate) token: Box<str>,
    pub(crate) revocation: Box<str>,
}

impl Home {
    pub(crate) fn of(provider: &Provider) -> Self {
        if !provider.is_discovered() {
            return Self::default();
        }
        let text = |origin: Origin| origin.ascii_serialization().into_boxed_str();
        Self {
            token: text(provider.token_endpoint().origin()),
            revocation: provider.revocation_origin().map(text).unwrap_or_default(),
        }
    }

    /// From where to where an endpoint has moved, unless that was allowed by name. One that is gone has not moved, and one
    /// that is new could not be known.
    pub(crate) fn moved(&self, provider: &Provider) -> Option<(Box<str>, Box<str>)> {
        let now = Self::of(provider);
        let pairs = [(&self.token, now.token), (&self.revocation, now.revocation)];
        pairs.into_iter().find_map(|(before, after)| {
            let known = !before.is_empty() && !after.is_empty();
            let moved = known && **before != *after && !provider.accepts_grants_of(before);
            moved.then(|| (before.clone(), after))
        })
    }
}
