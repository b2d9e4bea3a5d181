//! The callback: what the provider sends back through the browser (RFC 6749 sections 4.1.2 and 4.1.2.1).
//!
//! - Parsing comes first and asks no login: what is malformed, doubled or of another flow spends nothing.
//! - Parameters that are not of this flow are ignored.

use std::fmt;
use std::ops::Range;

use zeroize::Zeroizing;

use crate::error::ErrorCode;
use crate::pending::state_hash;
use crate::ports::Hash32;
use crate::wire::form::{pairs, push_decoded};
use crate::{Pending, ProviderError, Remedy};

/// More bytes than this are no callback.
const LONGEST: usize = 64 * 1024;

/// A callback that was read and not yet believed.
///
/// One buffer holds the decoded values, so that reading costs one allocation.
pub struct Callback {
    decoded: Zeroizing<String>,
    at: [Option<Range<usize>>; NAMES.len()],
}

/// What a code response may hold, and what must not be in one.
const NAMES: [&str; 11] = [
    "state",
    "code",
    "iss",
    "error",
    "error_description",
    "error_uri",
    "response",
    "id_token",
    "access_token",
    "token",
    "token_type",
];
/// Whether a callback may hold this parameter only where the provider put it.
pub(crate) fn is_of_a_callback(name: &str) -> bool {
    NAMES.contains(&name)
}

const STATE: usize = 0;
const CODE: usize = 1;
const ISS: usize = 2;
const ERROR: usize = 3;
const DESCRIPTION: usize = 4;
const URI: usize = 5;
/// From here on a parameter shows that this is no code response.
const FOREIGN: usize = 6;

impl Callback {
    /// Reads the query of the URL at which the callback arrived, without its `?`.
    ///
    /// ```
    /// # use gatepass_core::Callback;
    /// let callback = Callback::from_query("code=abc&state=xyz&session_state=ignored")?;
    /// # Ok::<(), gatepass_core::MalformedCallback>(())
    /// ```
    ///
    /// # Errors
    /// [`MalformedCallback`], which says what is wrong. Nothing was spent.
    pub fn from_query(query: &str) -> Result<Self, MalformedCallback> {
        Self::read(query.as_bytes())
    }

    /// Reads the body of a POST of `application/x-www-form-urlencoded` (`response_mode=form_post`).
    ///
    /// # Errors
    /// As [`from_query`](Callback::from_query).
    pub fn from_form(body: &[u8]) -> Result<Self, MalformedCallback> {
        Self::read(body)
    }

    fn read(text: &[u8]) -> Result<Self, MalformedCallback> {
        if text.len() > LONGEST {
            return Err(MalformedCallback::TooLarge);
        }
        let text = text.split(|&byte| byte == b'#').next().unwrap_or_default();
        let mut decoded = Zeroizing::new(String::with_capacity(text.len()));
        let mut at: [Option<Range<usize>>; NAMES.len()] = Default::default();
        for (name, value) in pairs(text) {
            let start = decoded.len();
            push_decoded(&mut decoded, name).ok_or(MalformedCallback::Encoding)?;
            let known = NAMES.iter().position(|known| *known == &decoded[start..]);
            decoded.truncate(start);
            push_decoded(&mut decoded, value).ok_or(MalformedCallback::Encoding)?;
            match known {
                None => decoded.truncate(start),
                Some(which) if at[which].is_some() => return Err(MalformedCallback::Twice(NAMES[which])),
                Some(which) => at[which] = Some(start..decoded.len()),
            }
        }
        let callback = Self { decoded, at };
        if let Some(which) = (FOREIGN..NAMES.len()).find(|which| callback.at[*which].is_some()) {
            return Err(MalformedCallback::Unexpected(NAMES[which]));
        }
        if callback.value(CODE).is_none() && callback.value(ERROR).is_none() {
            return Err(MalformedCallback::Nothing);
        }
        Ok(callback)
    }

    /// A value; an empty one counts as none (RFC 6749 section 3.1).
    fn value(&self, which: usize) -> Option<&str> {
        let range = self.at[which].clone().filter(|range| !range.is_empty())?;
        self.decoded.get(range)
    }

    pub(crate) fn state(&self) -> Option<&str> {
        self.value(STATE)
    }

    /// What a store keeps the login of this callback under; `None` if it has no `state`.
    #[must_use]
    pub fn state_hash(&self) -> Option<Hash32> {
        self.state().map(state_hash)
    }

    /// `iss`, which is compared even if it is empty.
    /// Whether the provider reports an error, and no code to exchange.
    #[must_use]
    pub fn reports_error(&self) -> bool {
        self.error().is_some()
    }

    pub(crate) fn iss(&self) -> Option<&str> {
        self.at[ISS].clone().and_then(|range| self.decoded.get(range))
    }

    pub(crate) fn error(&self) -> Option<ProviderError> {
        let code = self.value(ERROR)?;
        let code = ErrorCode::read(code).unwrap_or(ErrorCode::Other("".into()));
        Some(ProviderError::new(code, self.value(DESCRIPTION), self.value(URI)))
    }

    pub(crate) fn into_code(self) -> Option<Code> {
        let range = self.at[CODE].clone().filter(|range| !range.is_empty())?;
        Some(Code { text: self.decoded, range })
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = NAMES.iter().zip(&self.at).filter(|(_, range)| range.is_some()).map(|(name, _)| name);
        f.write_str("Callback")?;
        f.debug_list().entries(names).finish()
    }
}

/// An authorization code, still in the buffer in which it was decoded.
pub(crate) struct Code {
    text: Zeroizing<String>,
    range: Range<usize>,
}

impl Code {
    pub(crate) fn expose(&self) -> &str {
        self.text.get(self.range.clone()).unwrap_or_default()
    }
}

/// What arrived is no callback of this flow. No login was looked up and none was spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum MalformedCallback {
    /// It is larger than 64 KiB.
    TooLarge,
    /// It is not form-encoded UTF-8, or holds a NUL.
    Encoding,
    /// A parameter of the flow comes twice.
    Twice(&'static str),
    /// A parameter that a code response must not hold.
    Unexpected(&'static str),
    /// Neither `code` nor `error`.
    Nothing,
}

impl fmt::Display for MalformedCallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => f.write_str("the callback is larger than 64 kib"),
            Self::Encoding => f.write_str("the callback is not form-encoded utf-8"),
            Self::Twice(name) => write!(f, "the callback holds {name} twice"),
            Self::Unexpected(name) => write!(f, "the callback holds {name}, which a code response must not"),
            Self::Nothing => f.write_str("the callback holds neither a code nor an error"),
        }
    }
}

impl std::error::Error for MalformedCallback {}

/// A callback that was refused. No request was sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum CallbackError {
    /// It has another `state`: it is not of this login, which is given back unspent.
    NotOurs(Box<Pending>),
    /// It has no `state`. The login is given back unspent.
    StateMissing(Box<Pending>),
    /// The person came back too late.
    Expired,
    /// `iss` is not there, but this provider always sends it (RFC 9207).
    IssuerMissing,
    /// `iss` names another provider: a mix-up attack, or a wrong configuration.
    IssuerMismatch,
    /// The provider reports an error, `access_denied` among them.
    Provider(ProviderError),
    /// There is no code.
    NoCode,
    /// The login was begun by another protocol: one with an ID token in view cannot be finished as a bare one.
    OtherProtocol,
}

impl CallbackError {
    /// What a program can do about it.
    #[must_use]
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::NotOurs(_) | Self::StateMissing(_) | Self::Expired => Remedy::AskAgain,
            Self::IssuerMissing | Self::NoCode => Remedy::ProviderMisbehaved,
            Self::IssuerMismatch | Self::OtherProtocol => Remedy::FixConfiguration,
            Self::Provider(error) => error.remedy(),
        }
    }
}

impl fmt::Display for CallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotOurs(_) => "the callback has another state than this login",
            Self::StateMissing(_) => "the callback has no state",
            Self::Expired => "the callback came too late",
            Self::IssuerMissing => "the callback has no iss, which this provider always sends",
            Self::IssuerMismatch => "the callback's iss is not the issuer of this provider",
            Self::Provider(error) => return fmt::Display::fmt(error, f),
            Self::NoCode => "the callback has no code",
            Self::OtherProtocol => "the login was begun by another protocol",
        })
    }
}

impl std::error::Error for CallbackError {}
