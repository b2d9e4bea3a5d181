//! What one login asks for.

use std::fmt;
use std::time::Duration;

use crate::{AuthRequest, Client, Prompt, Scopes};

/// What one login asks for, whoever carries it out: a [`Flow`](super::Flow), or a program of its own by
/// [`request`](Wish::request).
///
/// It cannot be wrong by itself: what does not fit is refused when the login begins, as a
/// [`StartError`](crate::StartError) that names the parameter. `state`, PKCE, the redirect URI and whatever else the
/// flow owns cannot be asked for.
///
/// ```
/// # use gatepass_core::{Client, ClientAuth, Prompt, Provider, Scopes, ports::Wish};
/// # let provider = Provider::builder("https://as.example/authorize", "https://as.example/token").build()?;
/// # let client = Client::new(provider, "app", ClientAuth::None, "https://app.example/callback")?;
/// let wish = Wish::new(Scopes::new("profile")?).prompt(Prompt::Create).login_hint("alice@example.org");
/// let request = wish.request(&client);
/// # drop(request);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Wish {
    /// The scopes.
    pub scopes: Scopes,
    /// Further parameters of the authorization request.
    pub params: Vec<(Box<str>, Box<str>)>,
}

impl Wish {
    /// A wish for these scopes.
    #[must_use]
    pub fn new(scopes: Scopes) -> Self {
        Self { scopes, params: Vec::new() }
    }

    /// What the provider may show the person; several are sent together.
    #[must_use]
    pub fn prompt(mut self, prompt: Prompt) -> Self {
        match self.params.iter_mut().find(|(name, _)| &**name == "prompt") {
            Some((_, prompts)) if prompts.split(' ').any(|known| known == prompt.as_str()) => self,
            Some((_, prompts)) => {
                *prompts = format!("{prompts} {prompt}").into();
                self
            }
            None => self.param("prompt", prompt.as_str()),
        }
    }

    /// Who is likely to log in: an e-mail address, a telephone number, whatever the provider knows people by.
    #[must_use]
    pub fn login_hint(self, hint: impl Into<Box<str>>) -> Self {
        self.param("login_hint", hint)
    }

    /// How long ago the person may have logged in there at most, in whole seconds. Nothing but a verified ID token
    /// says whether the provider kept to it.
    #[must_use]
    pub fn max_age(self, age: Duration) -> Self {
        self.param("max_age", age.as_secs().to_string())
    }

    /// The languages that the person reads, best first, as BCP 47 tags: `fr-CA fr en`.
    #[must_use]
    pub fn ui_locales(self, tags: impl Into<Box<str>>) -> Self {
        self.param("ui_locales", tags)
    }

    /// How the person should log in, best first, by the provider's names for it. It is a wish: how they did says the claim
    /// `acr` of a verified ID token, which is compared to nothing.
    #[must_use]
    pub fn acr_values(self, values: impl Into<Box<str>>) -> Self {
        self.param("acr_values", values)
    }

    /// Adds a parameter of the authorization request.
    #[must_use]
    pub fn param(mut self, name: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        self.params.push((name.into(), value.into()));
        self
    }

    /// Whether the provider may show the person nothing at all.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.params.iter().any(|(name, value)| &**name == "prompt" && &**value == Prompt::None.as_str())
    }

    /// The authorization request of a client that asks for this.
    pub fn request(self, client: &Client) -> AuthRequest {
        let request = client.authorize(&self.scopes);
        self.params.into_iter().fold(request, |request, (name, value)| request.param(name, value))
    }
}

impl fmt::Debug for Wish {
    /// Shows the names of parameters and no values: hints name people, and tokens travel as hints.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let params: Vec<&str> = self.params.iter().map(|(name, _)| name.as_ref()).collect();
        f.debug_struct("Wish").field("scopes", &self.scopes).field("params", &params).finish()
    }
}
