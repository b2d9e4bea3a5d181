//! Where this site is and how it looks, as browsers see it.

use url::form_urlencoded::byte_serialize;
use url::{Host, Url};

use crate::ReturnTo;
use crate::pages::Look;

/// The public origin of the site and the path below which the login's routes are.
#[derive(Clone, Debug)]
pub(crate) struct Site {
    url: Url,
    origin: Box<str>,
    mount: Box<str>,
    prefix: Box<str>,
    look: Look,
}

impl Site {
    /// The site of a redirect URI. `mount` and `prefix` are empty, or begin with `/` and do not end with one; `prefix` is
    /// what a proxy takes off the path on the way in.
    pub(crate) fn of(redirect_uri: &Url, mount: &str, prefix: &str, look: Look) -> Self {
        let origin = redirect_uri.origin().ascii_serialization().into();
        Self { url: redirect_uri.clone(), origin, mount: mount.into(), prefix: prefix.into(), look }
    }

    pub(crate) fn look(&self) -> &Look {
        &self.look
    }

    /// The place that browsers know under another path than this program.
    pub(crate) fn place(&self, path_and_query: &str) -> Option<ReturnTo> {
        ReturnTo::parse(&format!("{}{path_and_query}", self.prefix)).ok()
    }

    /// The origin, as a browser writes it.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether browsers reach the site over https.
    pub(crate) fn is_secure(&self) -> bool {
        self.url.scheme() == "https"
    }

    pub(crate) fn mount(&self) -> &str {
        &self.mount
    }

    /// A place of this site that others have written, with the origin or without; `None`: it is surely none.
    pub(crate) fn target(&self, text: &str) -> Option<ReturnTo> {
        if text.starts_with('/') {
            return ReturnTo::parse(text).ok();
        }
        // What a parser would repair, or somebody read differently, is refused.
        let rest = text.strip_prefix(&*self.origin)?;
        ReturnTo::parse(if rest.is_empty() { "/" } else { rest }).ok()
    }

    /// A path of this site as others write it.
    pub(crate) fn absolute(&self, path: &str) -> Option<Url> {
        Url::parse(&format!("{}{path}", self.origin)).ok()
    }

    /// The path of the login page.
    pub(crate) fn login(&self, provider: Option<&str>, return_to: Option<&ReturnTo>) -> String {
        let mut path = format!("{}/login", self.mount);
        if let Some(provider) = provider {
            path.push('/');
            path.push_str(provider);
        }
        if let Some(return_to) = return_to {
            path.push_str("?return_to=");
            path.extend(byte_serialize(return_to.as_str().as_bytes()));
        }
        path
    }

    /// Whether a place is one of the login's own, to which nobody wants to come back.
    pub(crate) fn is_own(&self, path: &str) -> bool {
        path.strip_prefix(&*self.mount).is_some_and(|path| {
            path == "/logout"
                || path == "/login"
                || path.starts_with("/login/")
                || path.starts_with("/callback/")
        })
    }

    /// The public name of this machine, when the person came by another name of it: the cookie set under one would
    /// not come back under the other. Only on plain-http loopback, where no proxy rewrites the name.
    pub(crate) fn better_host(&self, host: &str) -> Option<String> {
        if self.is_secure() {
            return None;
        }
        let here = Url::parse(&format!("http://{host}/")).ok()?;
        let loopback = match here.host()? {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(address) => address.is_loopback(),
            Host::Ipv6(address) => address.is_loopback(),
        };
        let same_port = here.port_or_known_default() == self.url.port_or_known_default();
        (loopback && same_port && here.host() != self.url.host()).then(|| self.origin.to_string())
    }
}
