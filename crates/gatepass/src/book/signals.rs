//! Signals for an operator: news, log lines and counters. None of them shows a secret. The names stand in the crate's
//! documentation.

use std::time::Duration;

use gatepass_core::ports::GrantKey;
use gatepass_core::renewal::{Happened, Verdict};
use metrics::{counter, histogram};

use super::Book;
use crate::sealing::SealError;
use crate::sync::News;
use crate::undertaking::Hindrance;

impl Book {
    /// Tells what happened to a grant.
    pub(crate) fn happened(&self, grant: &GrantKey, happened: Happened) {
        let provider = grant.provider().to_owned();
        match happened {
            Happened::Suspect => {
                tracing::warn!(provider, "a grant became suspect: its refresh token may be spent");
                counter!("gatepass_suspects_total", "provider" => provider).increment(1);
            }
            Happened::Dead(reason) => {
                tracing::info!(provider, ?reason, "a grant ended");
                counter!("gatepass_deaths_total", "provider" => provider).increment(1);
            }
            Happened::TookOver => {
                tracing::warn!(provider, "the lease of a holder that is gone was taken over");
                counter!("gatepass_takeovers_total", "provider" => provider).increment(1);
            }
            Happened::PersistRetry => {
                tracing::warn!(provider, "the store is away, and something waits in memory for it");
                counter!("gatepass_persist_retries_total", "provider" => provider).increment(1);
            }
            other => tracing::debug!(provider, happened = ?other, "renewal"),
        }
        self.news.tell(&News { grant: grant.clone(), happened });
    }

    pub(crate) fn renewal_ended(&self, grant: &GrantKey, verdict: &Verdict, took: Duration) {
        let outcome = outcome(verdict);
        let provider = grant.provider().to_owned();
        tracing::debug!(provider, outcome, ?took, "renewal ended");
        if matches!(verdict, Verdict::OutOfTurn) {
            tracing::error!(provider, "the renewal was told something that it did not ask for");
        }
        histogram!("gatepass_renewal_seconds", "provider" => provider.clone()).record(took);
        counter!("gatepass_renewals_total", "provider" => provider, "outcome" => outcome).increment(1);
    }

    pub(crate) fn joined(&self, grant: &GrantKey) {
        counter!("gatepass_flight_joiners_total", "provider" => grant.provider().to_owned()).increment(1);
    }

    pub(crate) fn waited(&self, grant: &GrantKey, took: Duration) {
        histogram!("gatepass_wait_seconds", "provider" => grant.provider().to_owned()).record(took);
    }

    /// Tells how the revocation of one token ended.
    pub(crate) fn revoked(&self, grant: &GrantKey, outcome: &'static str) {
        let provider = grant.provider().to_owned();
        if outcome == "misconfigured" {
            tracing::error!(
                provider,
                "the provider takes no revocation from this client: mend its configuration"
            );
        }
        counter!("gatepass_revocations_total", "provider" => provider, "outcome" => outcome).increment(1);
    }

    /// Tells why nothing could be sent for a grant.
    pub(crate) fn hindered(&self, grant: &GrantKey, why: &Hindrance) {
        match why {
            Hindrance::Unreadable(why) => self.unreadable(grant, *why),
            Hindrance::Moved { from, to } => {
                let provider = grant.provider().to_owned();
                tracing::error!(
                    provider,
                    %from,
                    %to,
                    "the provider's endpoints have moved since a grant was issued: its tokens are not sent there"
                );
                counter!("gatepass_moved_total", "provider" => provider).increment(1);
            }
        }
    }

    pub(crate) fn unreadable(&self, grant: &GrantKey, why: SealError) {
        tracing::error!(provider = grant.provider(), %why, "the tokens of a grant do not open");
        counter!("gatepass_unreadable_total", "provider" => grant.provider().to_owned()).increment(1);
    }
}

fn outcome(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Renewed => "renewed",
        Verdict::Unusable => "unusable",
        Verdict::Adopted => "adopted",
        Verdict::Refused(_) => "refused",
        Verdict::Later => "later",
        Verdict::Suspect => "suspect",
        Verdict::Ended(_) => "ended",
        Verdict::NothingToPresent => "not_renewable",
        Verdict::StoreAway => "store_away",
        _ => "other",
    }
}
