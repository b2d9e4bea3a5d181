//! A source of clients that says what a test wants it to say.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use gatepass::ports::{ClientSource, Clock, Continuation, NoClient, Registered};
use gatepass::{Client, IdToken, TokenSet, World};

/// What a judge says of the next answer.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Says {
    SomebodyElse,
    KeysMissing,
    Panics,
}

/// Says yes, but for what was scripted.
#[derive(Debug)]
pub(crate) struct Judge {
    client: Client,
    script: Mutex<VecDeque<Says>>,
    away: Mutex<bool>,
    logins: Mutex<Vec<Option<String>>>,
    caught_up: Mutex<Vec<u64>>,
}

impl Judge {
    pub(crate) fn new(client: Client) -> Arc<Self> {
        Arc::new(Self {
            client,
            script: Mutex::default(),
            away: Mutex::new(false),
            logins: Mutex::default(),
            caught_up: Mutex::default(),
        })
    }

    pub(crate) fn will_say(&self, says: Says) {
        self.script.lock().unwrap().push_back(says);
    }

    /// Whether the provider's metadata and keys cannot be had.
    pub(crate) fn is_away(&self, away: bool) {
        *self.away.lock().unwrap() = away;
    }

    /// The logins against which answers were held.
    pub(crate) fn logins(&self) -> Vec<Option<String>> {
        self.logins.lock().unwrap().clone()
    }

    /// The editions of keys that lacked one.
    pub(crate) fn caught_up(&self) -> Vec<u64> {
        self.caught_up.lock().unwrap().clone()
    }

    fn ready(&self) -> Result<(), NoClient> {
        if *self.away.lock().unwrap() {
            let why = std::io::Error::other("the provider is away");
            return Err(NoClient::for_now(Arc::new(why), Some(Duration::from_secs(5))));
        }
        Ok(())
    }
}

#[async_trait]
impl ClientSource for Judge {
    fn registered(&self) -> Registered {
        Registered::of(&self.client)
    }

    fn at_hand(&self) -> Option<Client> {
        self.ready().ok().map(|()| self.client.clone())
    }

    async fn client(&self, _: &World) -> Result<Client, NoClient> {
        self.ready().map(|()| self.client.clone())
    }

    fn judge(&self, refreshed: TokenSet, login: Option<&IdToken>, _: &dyn Clock) -> Continuation {
        self.logins.lock().unwrap().push(login.map(|login| login.expose().to_owned()));
        let next = self.script.lock().unwrap().pop_front();
        match next {
            None => Continuation::Continued(refreshed),
            Some(Says::SomebodyElse) => {
                Continuation::Refused(Arc::new(std::io::Error::other("it is about somebody else")))
            }
            Some(Says::KeysMissing) => Continuation::KeysMissing { edition: 7 },
            Some(Says::Panics) => panic!("the judge has lost its mind"),
        }
    }

    async fn catch_up(&self, edition: u64, _: &World) -> Result<(), NoClient> {
        self.caught_up.lock().unwrap().push(edition);
        self.ready()
    }
}
