//! All that a person reads on the login's pages: one table a language.

use std::borrow::Cow;

use crate::Cause;

/// What a page says: its heading, and a sentence or two.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Said {
    /// The heading, and the title of the window.
    pub title: Cow<'static, str>,
    /// What happened, and what the person can do.
    pub text: Cow<'static, str>,
}

impl Said {
    /// A page that says this. Nothing in it is markup.
    #[must_use]
    pub const fn new(title: &'static str, text: &'static str) -> Self {
        Self { title: Cow::Borrowed(title), text: Cow::Borrowed(text) }
    }

    /// The same of texts that were read from somewhere.
    pub fn owned(title: impl Into<String>, text: impl Into<String>) -> Self {
        Self { title: Cow::Owned(title.into()), text: Cow::Owned(text.into()) }
    }
}

/// All that people read on the login's pages, in one language.
///
/// A translation names every field, and so one that lacks a text does not compile, today or after an update. Who only
/// wants other words here and there begins with [`ENGLISH`](Texts::ENGLISH):
///
/// ```
/// use gatepass_axum::{Said, Texts};
///
/// let texts = Texts {
///     log_in: "Sign in".into(),
///     login_required: Said::new("Please sign in", "This page is for members."),
///     ..Texts::ENGLISH
/// };
/// assert_eq!(texts.declined, Texts::ENGLISH.declined);
/// ```
///
/// Give the login one table or several with [`texts`](crate::LoginBuilder::texts); `Accept-Language` chooses among them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a translation that lacks a text must not compile")]
pub struct Texts {
    /// The language, as a BCP 47 tag: `en`, `pt-BR`.
    pub lang: Cow<'static, str>,

    /// The address that brought the person back is incomplete or was changed.
    pub damaged: Said,
    /// What was sent is too large or of the wrong kind.
    pub unreadable: Said,
    /// No login waits for this: it is finished, too old, or never was.
    pub not_open: Said,
    /// The login was started in another browser.
    pub other_browser: Said,
    /// The browser sent no cookie.
    pub cookie_missing: Said,
    /// The person came back too late.
    pub expired: Said,
    /// The login is being finished by another request.
    pub still_busy: Said,
    /// There is no room for another login.
    pub crowded: Said,
    /// The answer came from another provider than the one that was asked.
    pub wrong_issuer: Said,
    /// The person, or the provider for them, said no.
    pub declined: Said,
    /// The provider refused for a reason that the operators must see to.
    pub provider_refused: Said,
    /// The provider is out of order or cannot be reached.
    pub provider_away: Said,
    /// The provider did not answer, and may have acted.
    pub provider_silent: Said,
    /// The provider did not take what it had given.
    pub code_refused: Said,
    /// The provider does not accept this site.
    pub client_refused: Said,
    /// The provider's answer, or its word about the person, cannot be trusted.
    pub provider_misbehaved: Said,
    /// The application lets this person not in.
    pub not_admitted: Said,
    /// The person who came back is not the one who started to connect an account.
    pub other_user: Said,
    /// The account is not connected, or has to be connected again.
    pub not_connected: Said,
    /// The API that was asked for the person gave no useful answer.
    pub api_failed: Said,
    /// The store did not answer.
    pub store_unavailable: Said,
    /// Something is wrong on this side.
    pub internal: Said,
    /// There is no such provider.
    pub unknown_provider: Said,
    /// The request came from another site's page.
    pub cross_site: Said,
    /// Somebody comes back from a logout that nobody began here.
    pub logout_unknown: Said,
    /// Nobody is logged in.
    pub login_required: Said,
    /// A login was opened by a script, an image or a frame.
    pub not_navigation: Said,
    /// The browser looked ahead.
    pub prefetch: Said,
    /// The place takes no such request.
    pub method: Said,

    /// There are several providers to choose from.
    pub choose: Said,
    /// The person is logged out here, and maybe not at the provider.
    pub logged_out_here: Said,
    /// A form is being sent on; without scripts its button has to be pressed.
    pub one_more_step: Said,

    /// The link to the login, for somebody who is not logged in.
    pub log_in: Cow<'static, str>,
    /// The link to the login, after something went wrong.
    pub log_in_again: Cow<'static, str>,
    /// The link for somebody who is logged in all the same.
    pub go_on: Cow<'static, str>,
    /// The button that sends the form on.
    pub send_on: Cow<'static, str>,
    /// What a screen reader calls the links.
    pub choices: Cow<'static, str>,
    /// What to name to those who help; `{reference}` stands for it.
    pub reference: Cow<'static, str>,
}

const fn text(text: &'static str) -> Cow<'static, str> {
    Cow::Borrowed(text)
}

impl Texts {
    /// English.
    pub const ENGLISH: Self = Self {
        lang: text("en"),
        damaged: Said::new(
            "This login link is damaged",
            "The address that brought you here is not complete or was changed on the way. Nothing was lost: start again.",
        ),
        unreadable: Said::new(
            "This request cannot be read",
            "What was sent here is too large or of the wrong kind. Nothing was lost: start again.",
        ),
        not_open: Said::new(
            "This login is no longer open",
            "It was finished already, it is too old, or it was not started here. If you were sent this link by somebody \
             else, close the page.",
        ),
        other_browser: Said::new(
            "This login was started somewhere else",
            "A login has to be finished in the browser in which it was started. Start it here, and finish it here.",
        ),
        cookie_missing: Said::new(
            "Your browser sent no cookie",
            "We need one cookie to know that it was you who started this login. Allow cookies for this site, or start \
             in the browser in which you want to finish.",
        ),
        expired: Said::new(
            "That took a little too long",
            "For your safety a login stays open for a few minutes only.",
        ),
        still_busy: Said::new(
            "Your login is being finished",
            "It takes longer than usual. Load this page again in a moment, or begin anew.",
        ),
        crowded: Said::new(
            "Very many people are logging in",
            "There is no room for another login at the moment. Try again in a minute or two.",
        ),
        wrong_issuer: Said::new(
            "This answer came from the wrong place",
            "It does not come from the service at which you started to log in, so we have stopped. If this happens \
             again, tell us.",
        ),
        declined: Said::new(
            "You were not logged in",
            "You, or the service at which you log in, said no. That is fine: nothing was shared.",
        ),
        provider_refused: Said::new(
            "The login service refused",
            "It would not log you in, and gave a reason that only we can do something about. Our operators can see it.",
        ),
        provider_away: Said::new(
            "The login service is not available",
            "It cannot be reached or is out of order at the moment. Try again in a few minutes.",
        ),
        provider_silent: Said::new(
            "The login service did not answer",
            "We asked it about your login and heard nothing back, so we have to start over.",
        ),
        code_refused: Said::new(
            "The login service did not accept your login",
            "What it gave you on the way here was too old or already used. Starting again usually helps.",
        ),
        client_refused: Said::new(
            "Logging in is not set up correctly",
            "The login service does not accept this site at the moment. That is not your fault; our operators can see it.",
        ),
        provider_misbehaved: Said::new(
            "The login service gave a strange answer",
            "We could not trust what it said, so we have stopped. Our operators can see it.",
        ),
        not_admitted: Said::new(
            "You cannot come in with this account",
            "Your login worked, but there is nothing here for the account that you used. Try another one, or ask us for \
             access.",
        ),
        other_user: Said::new(
            "Somebody else started this",
            "An account has to be connected by the person who started to. You are logged in as somebody else, or not at \
             all, so nothing was connected.",
        ),
        not_connected: Said::new(
            "This account is not connected",
            "It was never connected here, or the connection has ended. Connect it on our page to go on.",
        ),
        api_failed: Said::new(
            "The service gave no useful answer",
            "We asked it for you, and could not use what came back. Load this page again in a moment.",
        ),
        store_unavailable: Said::new(
            "We are having a problem",
            "Something on our side does not answer. Try again in a moment.",
        ),
        internal: Said::new(
            "Something went wrong on our side",
            "That is not your fault, and our operators can see it.",
        ),
        unknown_provider: Said::new(
            "There is no such login service",
            "The address names a service that we do not use.",
        ),
        cross_site: Said::new(
            "Please do that from our own page",
            "The request came from another page, or your browser does not say from where. Go back and use the button there.",
        ),
        logout_unknown: Said::new(
            "This logout was not started here",
            "You come back from a login service, and we have sent nobody there from this browser to log out. Whether you are \
             logged in here has not changed.",
        ),
        login_required: Said::new("You are not logged in", "Log in to see this page."),
        not_navigation: Said::new(
            "A login has to be opened by you",
            "Open the login page itself; it cannot be loaded in the background or inside another page.",
        ),
        prefetch: Said::new("Not loaded ahead", "A login is started when you open it, not before."),
        method: Said::new("That does not work here", "This address takes no such request."),
        choose: Said::new("Log in", "Choose where to log in."),
        logged_out_here: Said::new(
            "You are logged out here",
            "We could not log you out at the service at which you had logged in. If other people use this device, log out \
             there, too.",
        ),
        one_more_step: Said::new(
            "One more step",
            "You are being taken back. If nothing happens, press the button.",
        ),
        log_in: text("Log in"),
        log_in_again: text("Log in again"),
        go_on: text("Continue where you are logged in"),
        send_on: text("Continue"),
        choices: text("What you can do"),
        reference: text("If you ask for help, name {reference}."),
    };

    /// What is said about a cause.
    #[must_use]
    pub fn about(&self, cause: Cause) -> &Said {
        match cause {
            Cause::Malformed | Cause::Duplicate | Cause::Unexpected | Cause::WrongMode => &self.damaged,
            Cause::ContentType | Cause::TooLarge => &self.unreadable,
            Cause::StateMissing | Cause::StateUnknown => &self.not_open,
            Cause::OtherBrowser => &self.other_browser,
            Cause::CookieMissing => &self.cookie_missing,
            Cause::Expired => &self.expired,
            Cause::StillBusy => &self.still_busy,
            Cause::Crowded => &self.crowded,
            Cause::IssuerMissing | Cause::IssuerMismatch => &self.wrong_issuer,
            Cause::Declined => &self.declined,
            Cause::ProviderRefused => &self.provider_refused,
            Cause::ProviderDown | Cause::ProviderUnreachable => &self.provider_away,
            Cause::ProviderSilent => &self.provider_silent,
            Cause::CodeRefused => &self.code_refused,
            Cause::ClientRefused => &self.client_refused,
            Cause::ProviderMisbehaved | Cause::IdentityRefused => &self.provider_misbehaved,
            Cause::NotAdmitted => &self.not_admitted,
            Cause::OtherUser => &self.other_user,
            Cause::NotConnected => &self.not_connected,
            Cause::ApiFailed => &self.api_failed,
            Cause::StoreUnavailable => &self.store_unavailable,
            Cause::Internal => &self.internal,
            Cause::UnknownProvider => &self.unknown_provider,
            Cause::CrossSite => &self.cross_site,
            Cause::LogoutUnknown => &self.logout_unknown,
            Cause::LoginRequired => &self.login_required,
            Cause::NotNavigation => &self.not_navigation,
            Cause::Prefetch => &self.prefetch,
            Cause::Method => &self.method,
        }
    }

    /// The label of the link to the login, if a login is what helps.
    pub(crate) fn login_label(&self, cause: Cause) -> Option<&str> {
        match cause {
            Cause::LoginRequired | Cause::NotNavigation => Some(&self.log_in),
            Cause::ApiFailed
            | Cause::OtherUser
            | Cause::NotConnected
            | Cause::CrossSite
            | Cause::LogoutUnknown
            | Cause::Prefetch
            | Cause::Method => None,
            _ => Some(&self.log_in_again),
        }
    }

    /// Whether the language is written from right to left.
    pub(crate) fn is_right_to_left(&self) -> bool {
        let primary = self.lang.split('-').next().unwrap_or_default().to_ascii_lowercase();
        ["ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"].contains(&&*primary)
    }
}

impl Default for Texts {
    fn default() -> Self {
        Self::ENGLISH
    }
}
