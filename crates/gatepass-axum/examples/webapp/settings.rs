//! What the environment variables mean. Everything that is wrong with them is said at once.

use std::ffi::OsString;
use std::time::Duration;

use gatepass::{KeyRing, PersonAt, Profile, RedirectUri, Scopes};
use url::form_urlencoded;

use crate::environment::Seen;
use crate::provider::{Door, Place};
use crate::store::is_postgres;

pub(crate) const HELP: &str = "\
A web application with a login, to try out gatepass.

Usage: webapp            (cargo run -p gatepass-axum --example webapp)

Required:
  CLIENT_ID              the client's id at the provider
  REDIRECT_URI           where people come back; its path becomes the callback route
  ISSUER                 the provider, as it names itself: it is asked where its endpoints and keys are
                         when somebody first logs in
Or, for a provider that publishes nothing of the kind, instead of ISSUER:
  AUTH_URL               the provider's authorization endpoint
  TOKEN_URL              the provider's token endpoint
  API_URL                what /profile asks with the access token (with ISSUER it may be left out: the
                         provider's user info then)
  REVOCATION_URL         where tokens are revoked at logout
  ISSUER                 the expected iss of callbacks; without it iss is ignored
  REQUIRE_ISS=1          refuse callbacks without iss, too
Optional:
  CLIENT_SECRET          absent: a public client
  AUTH_METHOD            basic, post or none (with a secret the one that the provider offers, else basic)
  SCOPE                  ('openid profile email' with ISSUER alone, else 'profile email')
  ID_TOKEN_ALG           the algorithms of ID tokens that were agreed on, such as ES256,RS256; HS256 is
                         keyed with CLIENT_SECRET (RS256)
  USERINFO_ALG           user info is signed by this algorithm (absent: it is JSON)
  AUTHORIZE_PARAMS       what every authorization request carries besides, such as
                         access_type=offline&prompt=consent
  RESPONSE_MODE          how people come back: query or form_post (the provider's own choice: query)
  USER_FIELD             the field of what API_URL answers that names a person for good, such as
                         sub, id or data.id; absent: the provider's word, if SCOPE asks for openid, else nobody
                         knows whose two sessions are
  POST_LOGOUT_REDIRECT_URI
                         where people come back who log out at the provider, too (absent: they log out here
                         and stay logged in there)
  CONNECT_REDIRECT_URI   where people come back who connect an account (needs USER_FIELD or openid; absent:
                         no account can be connected)
  CONNECT_SCOPE          what a connected account is asked for (that of SCOPE)
  SESSION_IDLE           seconds after which an unused session is over (86400)
  LISTEN                 host:port (that of REDIRECT_URI; needed if that is https)
  STORE                  sqlite:FILE, sqlite::memory: or postgres://... (sqlite:gatepass.db)
  STORE_KEY              32-byte keys in base64, comma-separated: the first seals, all open
                         (absent: kept in FILE.key; needed for postgres)
  ALLOW_HTTP_LOOPBACK=1  allow http for the provider on this machine
  REFRESH_ROTATES        1: refresh tokens may be spent by use (default); 0: they stay
  REFRESH_GRACE          seconds in which the provider takes a spent refresh token
  ARRIVAL_BOUND          seconds that a request may be under way (5)
  LOGINS_UNDER_WAY       how many logins may be under way in all (65536)
  SSL_CERT_FILE          the authorities to trust, in PEM (the platform's; heeded on Linux)
  RUST_LOG               what to log to standard error (warn)

Routes: /  /login  /initiate-login  /profile  /sessions  /account  POST /logout
POST /connect/account  POST /disconnect/account  POST /backchannel-logout/provider  /healthz  and the
paths of REDIRECT_URI, CONNECT_REDIRECT_URI and POST_LOGOUT_REDIRECT_URI.
Exit codes: 0 stopped by a signal, 1 failed, 2 wrong configuration.
";

/// The checked configuration.
pub(crate) struct Settings {
    pub(crate) door: Door,
    pub(crate) scopes: Scopes,
    /// `None`: the provider's user info.
    pub(crate) api_url: Option<String>,
    pub(crate) origin: String,
    pub(crate) listen: String,
    pub(crate) store: String,
    pub(crate) store_key: Option<KeyRing>,
    pub(crate) http_loopback: bool,
    /// The path on which people come back from a logout at the provider.
    pub(crate) logout_path: Option<String>,
    /// The door by which accounts are connected, and what it asks for.
    pub(crate) connect: Option<(Door, Scopes)>,
    pub(crate) session_idle: Option<Duration>,
    pub(crate) logins_under_way: Option<u32>,
}

impl Settings {
    /// Reads all variables, and names everything that is missing or wrong in one error.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, String> {
        let mut seen = Seen::new(variable);
        let http_loopback = seen.flag("ALLOW_HTTP_LOOPBACK", false);
        let redirect_uri = seen.required("REDIRECT_URI");
        let place = Place::read(&mut seen, http_loopback);
        let scopes = seen.optional("SCOPE").unwrap_or_else(|| place.usual_scopes().into());
        let scopes = seen.check("SCOPE", Scopes::new(&scopes));
        let signs_in = scopes.as_ref().is_some_and(|scopes| scopes.contains("openid"));
        let api_url = if signs_in && place.is_asked() {
            seen.optional("API_URL")
        } else {
            Some(seen.required("API_URL"))
        };
        if let Some(url) = &api_url {
            seen.endpoint("API_URL", url, http_loopback);
        }
        let user_field = seen.optional("USER_FIELD");
        if user_field.is_some() && api_url.is_none() {
            seen.missing.push("API_URL (needed for USER_FIELD)".into());
        }
        let connect_uri = seen.optional("CONNECT_REDIRECT_URI");
        if connect_uri.is_some() && user_field.is_none() && !signs_in {
            seen.missing.push("USER_FIELD (needed for CONNECT_REDIRECT_URI)".into());
        }
        let connect_scopes = match seen.optional("CONNECT_SCOPE") {
            Some(named) => seen.check("CONNECT_SCOPE", Scopes::new(&named)),
            None => scopes.clone(),
        };
        for (name, scopes) in [("SCOPE", &scopes), ("CONNECT_SCOPE", &connect_scopes)] {
            if !place.is_asked() && scopes.as_ref().is_some_and(|scopes| scopes.contains("openid")) {
                seen.wrong.push(format!(
                    "{name}: asks for openid, and without discovery no ID token can be verified: set ISSUER alone, \
                     without AUTH_URL and TOKEN_URL"
                ));
            }
        }
        if let Some(uri) = &connect_uri {
            seen.own_path("CONNECT_REDIRECT_URI", uri);
            if *uri == redirect_uri {
                seen.wrong.push("CONNECT_REDIRECT_URI: must differ from REDIRECT_URI".into());
            }
        }
        let logout_uri = seen.optional("POST_LOGOUT_REDIRECT_URI");
        if logout_uri.is_some() && !(signs_in && place.is_asked()) {
            seen.wrong.push(
                "POST_LOGOUT_REDIRECT_URI: needs a provider that says who logs in (ISSUER alone, and openid in SCOPE)"
                    .into(),
            );
        }
        let logout_path = logout_uri.and_then(|uri| {
            let uri = seen.own_path("POST_LOGOUT_REDIRECT_URI", &uri)?;
            let here = RedirectUri::new(&*redirect_uri).ok()?;
            if uri.as_url().origin() != here.as_url().origin() || uri.as_url().path() == here.as_url().path()
            {
                seen.wrong.push(
                    "POST_LOGOUT_REDIRECT_URI: must be of the origin of REDIRECT_URI, and another path"
                        .into(),
                );
            }
            Some(uri.as_url().path().to_owned())
        });
        let mut profile = Profile::strict();
        profile.rotation = seen.rotation();
        // OpenID Connect Core section 3.1.2.1: every provider knows it.
        profile.prompt_none = signs_in;
        if let (Some(url), Some(field)) = (&api_url, &user_field) {
            profile.person = Some(PersonAt::new(&**url, field));
        }
        let more = seen.optional("AUTHORIZE_PARAMS").unwrap_or_default();
        profile.authorize_params.extend(
            form_urlencoded::parse(more.as_bytes())
                .map(|(name, value)| (name.into_owned().into(), value.into_owned().into())),
        );
        match seen.optional("RESPONSE_MODE").as_deref() {
            None => {}
            Some(mode @ ("query" | "form_post")) => {
                profile.authorize_params.push(("response_mode".into(), mode.into()));
            }
            Some(_) => seen.wrong.push("RESPONSE_MODE: must be query or form_post".into()),
        }
        let session_idle = seen.seconds("SESSION_IDLE");
        if session_idle.is_some_and(|idle| idle.is_zero()) {
            seen.wrong.push("SESSION_IDLE: is zero, and every session would be over at once".into());
        }
        let store = seen.optional("STORE").unwrap_or_else(|| "sqlite:gatepass.db".into());
        let store_key = seen.optional("STORE_KEY");
        if is_postgres(&store) && store_key.is_none() {
            seen.missing.push("STORE_KEY (needed for postgres)".into());
        } else if !is_postgres(&store) && !store.starts_with("sqlite:") {
            seen.wrong.push("STORE: must begin with sqlite: or postgres:".into());
        }
        let store_key = store_key.and_then(|keys| seen.check("STORE_KEY", KeyRing::parse(&keys)));
        let logins_under_way = seen.optional("LOGINS_UNDER_WAY");
        let logins_under_way = logins_under_way.and_then(|most| seen.check("LOGINS_UNDER_WAY", most.parse()));
        let listen = seen.listen(&redirect_uri);
        let (Some(scopes), true) = (scopes, seen.is_fine()) else { return Err(seen.report()) };

        let place = place.with(profile, api_url.as_deref());
        let connect = match (connect_uri, connect_scopes) {
            (Some(uri), Some(scopes)) => Some((place.door(&uri, &scopes)?, scopes)),
            _ => None,
        };
        let door = place.door(&redirect_uri, &scopes)?;
        let origin = RedirectUri::new(redirect_uri).map_err(|why| format!("REDIRECT_URI: {why}"))?;
        let origin = origin.as_url().origin().ascii_serialization();
        Ok(Self {
            door,
            scopes,
            api_url,
            origin,
            listen,
            store,
            store_key,
            http_loopback,
            logout_path,
            connect,
            session_idle,
            logins_under_way,
        })
    }
}
