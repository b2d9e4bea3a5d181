//! What an application asks for when it sends a person to log in or to connect an account.

use std::time::Duration;

use gatepass::ports::Wish;
use gatepass::{Prompt, Scopes};

use crate::ReturnTo;

/// What one login asks for beyond what every login at the provider asks for. The program sets it, never the URL.
///
/// ```
/// use axum::Form;
/// use axum::response::Response;
/// use gatepass::{Prompt, Scopes};
/// use gatepass_axum::{Refused, Start, Visitor};
///
/// # #[derive(serde::Deserialize)]
/// # struct Email { email: String }
/// /// The "Sign up" button, with the e-mail address that stands beside it.
/// async fn sign_up(visitor: Visitor, Form(form): Form<Email>) -> Result<Response, Refused> {
///     visitor.log_in(Start::new().prompt(Prompt::Create).login_hint(form.email)).await
/// }
///
/// /// The "Also show my calendar" button, for whoever is logged in already.
/// async fn calendar(visitor: Visitor) -> Result<Response, Refused> {
///     visitor.log_in(Start::new().also(Scopes::new("calendar.read").unwrap_or_default())).await
/// }
/// # let _: axum::Router = axum::Router::new()
/// #     .route("/sign-up", axum::routing::post(sign_up))
/// #     .route("/calendar", axum::routing::post(calendar));
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is asked for before it is given to a visitor"]
pub struct Start {
    pub(crate) provider: Option<Box<str>>,
    pub(crate) return_to: Option<ReturnTo>,
    pub(crate) more: Scopes,
    pub(crate) wish: Wish,
}

impl Start {
    /// Asks for what every login asks for.
    pub fn new() -> Self {
        Self::default()
    }

    /// The provider of this name. Otherwise it is the one at which the person is logged in, or the first.
    pub fn at(mut self, provider: impl Into<Box<str>>) -> Self {
        self.provider = Some(provider.into());
        self
    }

    /// Where the person goes afterwards.
    pub fn return_to(mut self, place: ReturnTo) -> Self {
        self.return_to = Some(place);
        self
    }

    /// These scopes, too. Where the person has a grant there already, all that it holds is asked for again with them,
    /// and the new tokens take the place of the old ones.
    pub fn also(mut self, scopes: Scopes) -> Self {
        self.more = self.more.with(&scopes);
        self
    }

    /// What the provider may show the person; several are sent together. With [`Prompt::None`], a person whom the
    /// provider would have to ask something is sent there once more, without it.
    pub fn prompt(self, prompt: Prompt) -> Self {
        self.with(|wish| wish.prompt(prompt))
    }

    /// Who is likely to log in, by whatever the provider knows people by. An empty hint is none.
    pub fn login_hint(self, hint: impl Into<Box<str>>) -> Self {
        let hint = hint.into();
        if hint.is_empty() { self } else { self.with(|wish| wish.login_hint(hint)) }
    }

    /// How long ago the person may have logged in there at most, in whole seconds. Nothing but a verified ID token
    /// says whether the provider kept to it.
    pub fn max_age(self, age: Duration) -> Self {
        self.with(|wish| wish.max_age(age))
    }

    /// The languages that the person reads, best first, as BCP 47 tags: `fr-CA fr en`.
    pub fn ui_locales(self, tags: impl Into<Box<str>>) -> Self {
        self.with(|wish| wish.ui_locales(tags))
    }

    /// How the person should log in, best first, by the provider's names for it. It is a wish: how they did says the claim
    /// `acr` of a verified ID token, which is compared to nothing.
    pub fn acr_values(self, values: impl Into<Box<str>>) -> Self {
        self.with(|wish| wish.acr_values(values))
    }

    /// Any other parameter that the provider knows. What the flow owns (`state`, `nonce`, `code_challenge`, …) is
    /// refused when the login begins, as a [`StartError`](gatepass::StartError) in the [`Refused`](crate::Refused).
    pub fn param(self, name: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        self.with(|wish| wish.param(name, value))
    }

    fn with(mut self, change: impl FnOnce(Wish) -> Wish) -> Self {
        self.wish = change(self.wish);
        self
    }
}
