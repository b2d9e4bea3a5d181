//! The clients of a keeper, by name, checked against one another and against the deadlines.

use std::sync::Arc;

use gatepass_core::ports::ClientSource;
use gatepass_core::renewal::{Deadlines, Policy, Replay};
use gatepass_core::{ConfigError, Provider};

use crate::keep_error::KeeperError;

/// A client and what follows for the life of its grants.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub(crate) name: Box<str>,
    pub(crate) source: Arc<dyn ClientSource>,
    pub(crate) policy: Policy,
}

/// Whether one issuer stands for two providers. Two clients of one provider are no mix-up.
fn is_mixed_up(one: &Provider, other: &Provider) -> bool {
    let endpoints =
        |provider: &Provider| [provider.authorization_endpoint().clone(), provider.token_endpoint().clone()];
    one.issuer().is_some() && one.issuer() == other.issuer() && endpoints(one) != endpoints(other)
}

pub(super) fn checked(
    clients: Vec<(Box<str>, Arc<dyn ClientSource>)>,
    deadlines: Option<Deadlines>,
) -> Result<Vec<Known>, KeeperError> {
    if clients.is_empty() {
        return Err(KeeperError::NoClient);
    }
    let mut known: Vec<Known> = Vec::with_capacity(clients.len());
    for (name, source) in clients {
        if known.iter().any(|other| other.name == name) {
            return Err(KeeperError::SameName(name));
        }
        if let Some(client) = source.at_hand() {
            let mut others = known.iter().filter_map(|other| other.source.at_hand());
            if others.any(|other| is_mixed_up(other.provider(), client.provider())) {
                return Err(KeeperError::Config(ConfigError::SameIssuer));
            }
        }
        let rotation = source.registered().profile.rotation;
        let policy = Policy::new(rotation, deadlines.unwrap_or_else(|| Deadlines::fitting(&rotation)))
            .map_err(|why| KeeperError::Deadlines { client: name.clone(), why })?;
        if let Replay::GraceTooShort { .. } = policy.replay() {
            tracing::warn!(provider = &*name, replay = %policy.replay(), "grace window too short");
        } else {
            tracing::debug!(provider = &*name, replay = %policy.replay(), "grants are kept");
        }
        known.push(Known { name, source, policy });
    }
    Ok(known)
}
