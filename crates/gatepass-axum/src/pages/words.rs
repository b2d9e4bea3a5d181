//! What a person is told about each cause, and what they can do.

use crate::Cause;

/// The words of a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words {
    pub(crate) title: &'static str,
    pub(crate) text: &'static str,
    pub(crate) then: Then,
}

/// What a person can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Log in, or log in again.
    LogIn(&'static str),
    /// Load the page once more.
    Reload,
    /// Nothing here.
    Nothing,
}

const AGAIN: Then = Then::LogIn("Log in again");

pub(crate) fn about(cause: Cause) -> Words {
    let (title, text, then) = match cause {
        Cause::Malformed | Cause::Duplicate | Cause::Unexpected | Cause::WrongMode => (
            "This login link is damaged",
            "The address that brought you here is not complete or was changed on the way. Nothing was lost: start again.",
            AGAIN,
        ),
        Cause::ContentType | Cause::TooLarge => (
            "This request cannot be read",
            "What was sent here is too large or of the wrong kind. Nothing was lost: start again.",
            AGAIN,
        ),
        Cause::StateMissing | Cause::StateUnknown => (
            "This login is no longer open",
            "It was finished already, it is too old, or it was not started here. If you were sent this link by somebody \
             else, close the page.",
            AGAIN,
        ),
        Cause::OtherBrowser => (
            "This login was started somewhere else",
            "A login has to be finished in the browser in which it was started. Start it here, and finish it here.",
            AGAIN,
        ),
        Cause::CookieMissing => (
            "Your browser sent no cookie",
            "We need one cookie to know that it was you who started this login. Allow cookies for this site, or start \
             in the browser in which you want to finish.",
            AGAIN,
        ),
        Cause::OtherUser => (
            "Somebody else started this",
            "An account has to be connected by the person who started to. You are logged in as somebody else, or not at \
             all, so nothing was connected.",
            Then::Nothing,
        ),
        Cause::NotConnected => (
            "This account is not connected",
            "It was never connected here, or the connection has ended. Connect it on our page to go on.",
            Then::Nothing,
        ),
        Cause::Expired => (
            "That took a little too long",
            "For your safety a login stays open for a few minutes only.",
            AGAIN,
        ),
        Cause::StillBusy => (
            "Your login is being finished",
            "It takes longer than usual. Load this page again in a moment, or begin anew.",
            AGAIN,
        ),
        Cause::Crowded => (
            "Very many people are logging in",
            "There is no room for another login at the moment. Try again in a minute or two.",
            AGAIN,
        ),
        Cause::IssuerMissing | Cause::IssuerMismatch => (
            "This answer came from the wrong place",
            "It does not come from the service at which you started to log in, so we have stopped. If this happens \
             again, tell us.",
            AGAIN,
        ),
        Cause::Declined => (
            "You were not logged in",
            "You, or the service at which you log in, said no. That is fine: nothing was shared.",
            AGAIN,
        ),
        Cause::ProviderRefused => (
            "The login service refused",
            "It would not log you in, and gave a reason that only we can do something about. Our operators can see it.",
            AGAIN,
        ),
        Cause::ProviderDown | Cause::ProviderUnreachable => (
            "The login service is not available",
            "It cannot be reached or is out of order at the moment. Try again in a few minutes.",
            AGAIN,
        ),
        Cause::ProviderSilent => (
            "The login service did not answer",
            "We asked it about your login and heard nothing back, so we have to start over.",
            AGAIN,
        ),
        Cause::CodeRefused => (
            "The login service did not accept your login",
            "What it gave you on the way here was too old or already used. Starting again usually helps.",
            AGAIN,
        ),
        Cause::ClientRefused => (
            "Logging in is not set up correctly",
            "The login service does not accept this site at the moment. That is not your fault; our operators can see it.",
            AGAIN,
        ),
        Cause::ProviderMisbehaved | Cause::IdentityRefused => (
            "The login service gave a strange answer",
            "We could not trust what it said, so we have stopped. Our operators can see it.",
            AGAIN,
        ),
        Cause::ApiFailed => (
            "The service gave no useful answer",
            "We asked it for you, and could not use what came back. Load this page again in a moment.",
            Then::Reload,
        ),
        Cause::StoreUnavailable => (
            "We are having a problem",
            "Something on our side does not answer. Try again in a moment.",
            AGAIN,
        ),
        Cause::Internal => (
            "Something went wrong on our side",
            "That is not your fault, and our operators can see it.",
            AGAIN,
        ),
        Cause::UnknownProvider => {
            ("There is no such login service", "The address names a service that we do not use.", AGAIN)
        }
        Cause::CrossSite => (
            "Please do that from our own page",
            "The request came from another page, or your browser does not say from where. Go back and use the button there.",
            Then::Nothing,
        ),
        Cause::LoginRequired => ("You are not logged in", "Log in to see this page.", Then::LogIn("Log in")),
        Cause::NotNavigation => (
            "A login has to be opened by you",
            "Open the login page itself; it cannot be loaded in the background or inside another page.",
            Then::LogIn("Log in"),
        ),
        Cause::Prefetch => {
            ("Not loaded ahead", "A login is started when you open it, not before.", Then::Nothing)
        }
        Cause::Method => ("That does not work here", "This address takes no such request.", Then::Nothing),
    };
    Words { title, text, then }
}
