//! What a grant holds, without a token being handed out or renewed.

use std::sync::Arc;

use gatepass_core::ports::GrantKey;
use gatepass_core::renewal::State;
use gatepass_core::{IdToken, Scopes};

use super::Keeper;
use crate::tokens::Slot;
use crate::unavailable::{LoginReason, Unavailable};

/// What a grant holds at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Holding {
    /// The scopes that it allows; of one that has ended, those that it allowed. Empty where none are known.
    pub granted: Scopes,
    /// Why the person has to log in before there is an access token again. `None`: there is one, or a renewal will
    /// bring one.
    pub login_required: Option<LoginReason>,
    /// Whether it is worth sending the person to log in at the next good moment: the grant is suspect, or they have to.
    pub wants_login: bool,
}

impl Keeper {
    /// What a grant holds. It costs one read of the store; nothing is renewed, and nobody is waited for.
    ///
    /// # Errors
    /// [`Unavailable`], when the grant could not be read or opened.
    pub async fn holding(&self, key: &GrantKey) -> Result<Holding, Unavailable> {
        let book = &self.0.book;
        book.known(key.provider()).ok_or(Unavailable::NotConfigured)?;
        let reading = self.0.store.read(key).await;
        let reading = reading.map_err(|why| Unavailable::StoreUnavailable(Arc::new(why)))?;
        book.saw(reading.now);
        let row = reading.row.as_ref().map(|(_, row)| row);
        let login_required = match book.look(key, row, reading.now, &Slot::new(), None) {
            Ok(_) => None,
            Err(Unavailable::LoginRequired { why, .. }) => Some(why),
            Err(why) => return Err(why),
        };
        let granted = row.and_then(|row| book.open(key, row).ok()).map(|tokens| tokens.granted);
        let suspect = row.is_some_and(|row| row.journal.state == State::Suspect);
        Ok(Holding {
            granted: granted.unwrap_or_default(),
            login_required,
            wants_login: suspect || login_required.is_some(),
        })
    }

    /// The ID token of the login that brought a grant, which was verified then; `None`: there is no grant any more, or its
    /// login said nothing about anybody. It costs one read of the store.
    ///
    /// # Errors
    /// As [`holding`](Self::holding).
    pub async fn id_token(&self, key: &GrantKey) -> Result<Option<IdToken>, Unavailable> {
        let book = &self.0.book;
        book.known(key.provider()).ok_or(Unavailable::NotConfigured)?;
        let reading = self.0.store.read(key).await;
        let reading = reading.map_err(|why| Unavailable::StoreUnavailable(Arc::new(why)))?;
        let Some((_, row)) = reading.row else { return Ok(None) };
        if matches!(row.journal.state, State::Revoking | State::Dead(_)) {
            return Ok(None);
        }
        let tokens = book.open(key, &row).map_err(|why| {
            book.unreadable(key, why);
            Unavailable::Unreadable(why)
        })?;
        Ok(tokens.id_token)
    }
}
