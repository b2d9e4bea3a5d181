//! Cookies that hold 32 random bytes and nothing else. Only their digests are ever stored.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use gatepass::Secret;
use gatepass::ports::Hash32;
use http::{HeaderMap, HeaderValue, header};

/// No browser keeps as much for one site; what comes after is not searched.
const LONGEST_HEADER: usize = 256 * 1024;

/// The value of a cookie: 32 random bytes in 43 characters.
#[derive(Clone, Debug)]
pub(crate) struct Ticket(Secret);

impl Ticket {
    pub(crate) fn new(bytes: &[u8; 32]) -> Self {
        Self(Secret::from(URL_SAFE_NO_PAD.encode(bytes)))
    }

    fn read(text: &str) -> Option<Self> {
        let whole = text.len() == 43
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        whole.then(|| Self(Secret::from(text)))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Compares in constant time.
    pub(crate) fn same_as(&self, text: &str) -> bool {
        self.0.same_as(text)
    }
}

/// A cookie of one name and purpose.
///
/// Over https the name has the prefix `__Host-`, by which browsers let no other host and no plain http set it. Over
/// http on loopback there is neither the prefix nor `Secure`.
#[derive(Clone, Debug)]
pub(crate) struct Cookie {
    name: Box<str>,
    purpose: &'static str,
    secure: bool,
}

impl Cookie {
    /// The cookie that binds a login to the browser in which it was started.
    pub(crate) fn browser(secure: bool) -> Self {
        Self::new("gatepass-browser", "gatepass browser cookie", secure)
    }

    /// The cookie of a session.
    pub(crate) fn session(secure: bool) -> Self {
        Self::new("gatepass-session", "gatepass session cookie", secure)
    }

    /// The cookie by which a browser is known again that was sent to the provider to log out there.
    pub(crate) fn logout(secure: bool) -> Self {
        Self::new("gatepass-logout", "gatepass logout cookie", secure)
    }

    fn new(name: &str, purpose: &'static str, secure: bool) -> Self {
        let prefix = if secure { "__Host-" } else { "" };
        Self { name: format!("{prefix}{name}").into(), purpose, secure }
    }

    /// What a store keeps a ticket under.
    pub(crate) fn digest(&self, ticket: &Ticket) -> Hash32 {
        Hash32::digest(self.purpose, ticket.expose().as_bytes())
    }

    /// Finds this cookie among those that a browser sent; the first that is whole counts. What other programs keep in
    /// theirs may be no ASCII.
    pub(crate) fn find(&self, headers: &HeaderMap) -> Option<Ticket> {
        let mut left = LONGEST_HEADER;
        headers
            .get_all(header::COOKIE)
            .iter()
            .take_while(|value| {
                let fits = value.len() <= left;
                left = left.saturating_sub(value.len());
                fits
            })
            .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
            .filter_map(|pair| std::str::from_utf8(pair).ok()?.trim_matches([' ', '\t']).split_once('='))
            .filter(|(name, _)| *name == &*self.name)
            .find_map(|(_, value)| Ticket::read(value))
    }

    /// Lets a browser keep a ticket for a while.
    pub(crate) fn set(&self, ticket: &Ticket, keep: Duration) -> Option<HeaderValue> {
        self.render(ticket.expose(), keep)
    }

    /// Lets a browser forget its ticket.
    pub(crate) fn clear(&self) -> Option<HeaderValue> {
        self.render("", Duration::ZERO)
    }

    fn render(&self, value: &str, keep: Duration) -> Option<HeaderValue> {
        let secure = if self.secure { "; Secure" } else { "" };
        let text = format!(
            "{}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}",
            self.name,
            keep.as_secs()
        );
        let mut value = HeaderValue::from_str(&text).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}
