//! The web application at an address that a browser can go to.

use gatepass_testkit::Provider;
use gatepass_testkit::provider::{Client, Endpoint, Mode};
pub(crate) use gatepass_tests::port::free_port;

use super::person::Person;
use super::tls::Proxy;
use crate::system::site::{App, CLIENT_SECRET, Site};

/// The application, and the provider that has pages for people.
pub(crate) struct Place {
    pub(crate) site: Site,
    pub(crate) app: App,
    /// The application's origin, on another site than the provider.
    pub(crate) origin: String,
    _proxy: Option<Proxy>,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::with(|site, _| site)
    }

    /// That knows people from one login to the next, and connects accounts.
    pub(crate) fn with_users() -> Self {
        Self::with(|site, origin| {
            site.variable("USER_FIELD", "sub")
                .variable("CONNECT_REDIRECT_URI", &format!("{origin}/callback/account"))
        })
    }

    /// With what the application is told beside, when it knows its origin.
    pub(crate) fn with(settings: impl FnOnce(Site, &str) -> Site) -> Self {
        let port = free_port();
        Self::serve(settings, format!("http://localhost:{port}"), port, None)
    }

    /// Behind a proxy that ends TLS.
    pub(crate) fn over_https() -> Self {
        let (outside, inside) = (free_port(), free_port());
        let proxy = Proxy::new(outside, inside);
        Self::serve(|site, _| site, format!("https://localhost:{outside}"), inside, Some(proxy))
    }

    fn serve(
        settings: impl FnOnce(Site, &str) -> Site,
        origin: String,
        port: u16,
        proxy: Option<Proxy>,
    ) -> Self {
        let site = settings(Site::with(Provider::builder().mode(Mode::Pages)), &origin);
        let app = Client::confidential("app", CLIENT_SECRET).name("Example");
        let uris = ["/callback", "/callback/account"].map(|path| format!("{origin}{path}"));
        site.provider.register(app.redirect_uri(&uris[0]).redirect_uri(&uris[1]));
        let app = site.start_as(&origin, &format!("127.0.0.1:{port}"));
        Self { site, app, origin, _proxy: proxy }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// A person goes through the provider's pages as alice.
    #[track_caller]
    pub(crate) fn log_in_at_the_provider(&self, person: &Person) {
        person.is_at_provider(self);
        person.type_into("username", "alice");
        person.type_into("password", "alice");
        person.press("Log in");
        person.leaves(&self.site.provider.authorization_endpoint());
        // What was allowed once is not asked again.
        if person.url().path() == "/consent" {
            person.press("Allow");
        }
    }

    /// The provider does not know any more who uses this browser.
    #[track_caller]
    pub(crate) fn is_forgotten_by_the_provider(&self, person: &Person) {
        let cookies = person.cookies();
        let held = cookies.iter().find(|cookie| cookie.name.starts_with("gatepass_provider"));
        person.forget(held.expect("a session at the provider"));
    }

    /// The URL by which the last person to be sent back came back.
    pub(crate) fn last_callback(&self) -> String {
        let provider = &self.site.provider;
        let asked = provider.requests(Endpoint::Authorize);
        let state = asked.last().unwrap().request.query_value("state").unwrap();
        let code = provider.issued().into_iter().rfind(|secret| secret.starts_with("gp_code_")).unwrap();
        let mut callback = url::Url::parse(&self.at("/callback")).unwrap();
        let parameters = [("code", &code), ("state", &state), ("iss", &provider.issuer())];
        callback.query_pairs_mut().extend_pairs(parameters);
        callback.into()
    }

    /// The whole login, up to the profile.
    #[track_caller]
    pub(crate) fn log_in(&self, person: &Person) {
        person.open(&self.at("/profile"));
        self.log_in_at_the_provider(person);
        person.is_at(&self.at("/profile"));
        person.reads("Hello, Alice Liddell");
    }
}
