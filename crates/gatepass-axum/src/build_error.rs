//! What can be wrong with the description of a login.

use std::error::Error;
use std::fmt;

use gatepass::KeeperError;

/// A login that cannot be built as it was described.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// There is no provider.
    NoProvider,
    /// A provider's name is not made of small letters, digits and `-`.
    Name(Box<str>),
    /// Two providers have one name.
    NameTwice(Box<str>),
    /// A provider's redirect URI is not on the origin of the first one's.
    OtherOrigin(Box<str>),
    /// A provider's redirect URI does not lie below the path where the routes are mounted.
    OutsideMount(Box<str>),
    /// A provider's redirect URI has the path of another route, or of another provider: a callback could not be told
    /// from another's (a mix-up).
    PathTaken(Box<str>),
    /// The path for the way back from a logout at a provider is none of its own below the path where the routes are mounted,
    /// or nobody logs in at that provider; it is named by the path where no provider was added before it.
    LogoutPath(Box<str>),
    /// The path where the routes are mounted does not begin with `/`, or ends with one.
    Mount,
    /// The path that a proxy takes off does not begin with `/`, or ends with one, or the routes are not mounted below it.
    Prefix,
    /// The texts are of a language whose tag is none.
    Language(Box<str>),
    /// The application has sessions of its own, but nothing says whose a login is.
    NobodyKnown,
    /// The keeper cannot be built.
    Keeper(KeeperError),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoProvider => f.write_str("there is no provider to log in at: add one"),
            Self::Name(name) => {
                write!(f, "the provider name {name:?} must be made of small letters, digits and hyphens")
            }
            Self::NameTwice(name) => write!(f, "two providers are called {name:?}"),
            Self::OtherOrigin(name) => {
                write!(
                    f,
                    "the redirect uri of {name:?} must be on the same https or http origin as that of the first provider"
                )
            }
            Self::OutsideMount(name) => {
                write!(f, "the redirect uri of {name:?} must lie below the path where the routes are mounted")
            }
            Self::PathTaken(name) => {
                write!(
                    f,
                    "the redirect uri of {name:?} needs a path of its own, other than /, /login, /initiate-login, /logout, \
                     /backchannel-logout, /connect and /disconnect"
                )
            }
            Self::LogoutPath(name) => {
                write!(
                    f,
                    "the way back from a logout at {name:?} needs a path of its own below the path where the routes are \
                     mounted, and a provider at which people log in"
                )
            }
            Self::Mount => {
                f.write_str("the path where the routes are mounted must begin with / and not end with it")
            }
            Self::Prefix => f.write_str(
                "the path that a proxy takes off must begin with / and not end with it, and the routes lie below it",
            ),
            Self::Language(tag) => write!(f, "the texts are of the language {tag:?}, which is no language tag"),
            Self::NobodyKnown => {
                f.write_str("sessions of the application's own belong to somebody: set on_signed_in, too")
            }
            Self::Keeper(_) => f.write_str("the keeper of the tokens cannot be built"),
        }
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Keeper(why) => Some(why),
            _ => None,
        }
    }
}
