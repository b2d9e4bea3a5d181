//! A registered client: who it is, how it proves it, and where it may be sent back to.

use super::answer::Answer;
use super::openid::{Algorithm, Knob};
use super::received::{Parameters, Received};
use super::refusal::TokenRefusal;
use super::state::State;
use url::Url;

/// How a client authenticates at the token and revocation endpoints (RFC 6749 section 2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthMethod {
    /// `client_secret_basic`: form-encoded id and secret in the `Authorization` header.
    Basic,
    /// `client_secret_post`: id and secret in the body.
    Post,
    /// `none`: a public client names itself in the body.
    None,
}

/// A client that the provider knows.
#[derive(Debug, Clone)]
pub struct Client {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) secret: Option<String>,
    pub(crate) methods: Vec<AuthMethod>,
    pub(crate) redirect_uris: Vec<String>,
    pub(crate) any_loopback_port: bool,
    pub(crate) signed_by: Option<Algorithm>,
    pub(crate) post_logout_redirect_uris: Vec<String>,
    pub(crate) backchannel_logout_uri: Option<String>,
    pub(crate) initiate_login_uri: Option<String>,
}

impl Client {
    /// A client with a secret; Basic and body credentials are both accepted.
    #[must_use]
    pub fn confidential(id: &str, secret: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            secret: Some(secret.to_owned()),
            methods: vec![AuthMethod::Basic, AuthMethod::Post],
            redirect_uris: Vec::new(),
            any_loopback_port: false,
            signed_by: None,
            post_logout_redirect_uris: Vec::new(),
            backchannel_logout_uri: None,
            initiate_login_uri: None,
        }
    }

    /// A client without a secret.
    #[must_use]
    pub fn public(id: &str) -> Self {
        Self { secret: None, methods: vec![AuthMethod::None], ..Self::confidential(id, "") }
    }

    /// Sets the name that the pages show; it is the client id otherwise.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    /// Adds a redirect URI; it is compared as a string, byte by byte.
    #[must_use]
    pub fn redirect_uri(mut self, uri: &str) -> Self {
        self.redirect_uris.push(uri.to_owned());
        self
    }

    /// Lets the port of `http` redirect URIs on `127.0.0.1` and `[::1]` vary (RFC 8252 section 7.3).
    #[must_use]
    pub fn any_loopback_port(mut self) -> Self {
        self.any_loopback_port = true;
        self
    }

    /// Has its ID tokens and logout tokens signed by this algorithm (`id_token_signed_response_alg`), instead of the provider's.
    #[must_use]
    pub fn signed_by(mut self, algorithm: Algorithm) -> Self {
        self.signed_by = Some(algorithm);
        self
    }

    /// Adds an address that the browser may return to from a logout here; compared as redirect URIs are.
    #[must_use]
    pub fn post_logout_redirect_uri(mut self, uri: &str) -> Self {
        self.post_logout_redirect_uris.push(uri.to_owned());
        self
    }

    /// Sets where logout tokens are posted to, an `http` URL: the client is told when a session ends that it has heard of.
    #[must_use]
    pub fn backchannel_logout_uri(mut self, uri: &str) -> Self {
        self.backchannel_logout_uri = Some(uri.to_owned());
        self
    }

    /// Sets where a login may be begun for the client (OpenID Connect Core section 4).
    #[must_use]
    pub fn initiate_login_uri(mut self, uri: &str) -> Self {
        self.initiate_login_uri = Some(uri.to_owned());
        self
    }

    /// Accepts only these ways of authenticating.
    #[must_use]
    pub fn auth_methods(mut self, methods: &[AuthMethod]) -> Self {
        self.methods = methods.to_vec();
        self
    }

    /// The confidential client `app` with secret `secret` and the public client `cli`, both at `/callback` on any loopback port; a logout
    /// leads back to `/logged-out` there.
    pub(crate) fn defaults() -> Vec<Self> {
        let at_home = |client: Self| {
            client
                .redirect_uri("http://127.0.0.1/callback")
                .redirect_uri("http://[::1]/callback")
                .post_logout_redirect_uri("http://127.0.0.1/logged-out")
                .post_logout_redirect_uri("http://[::1]/logged-out")
                .any_loopback_port()
        };
        vec![at_home(Self::confidential("app", "secret")), at_home(Self::public("cli"))]
    }

    pub(crate) fn allows_redirect_to(&self, uri: &str) -> bool {
        self.knows(&self.redirect_uris, uri)
    }

    pub(crate) fn allows_return_to(&self, uri: &str) -> bool {
        self.knows(&self.post_logout_redirect_uris, uri)
    }

    fn knows(&self, registered: &[String], uri: &str) -> bool {
        registered.iter().any(|registered| {
            registered == uri || (self.any_loopback_port && same_but_for_the_port(registered, uri))
        })
    }
}

fn same_but_for_the_port(registered: &str, uri: &str) -> bool {
    let (Some(mut registered), Some(mut uri)) = (loopback_literal(registered), loopback_literal(uri)) else {
        return false;
    };
    registered.set_port(None).is_ok() && uri.set_port(None).is_ok() && registered == uri
}

/// Judged on the text too, because URL parsing turns `http://2130706433/` into 127.0.0.1.
fn loopback_literal(uri: &str) -> Option<Url> {
    let rest = uri.strip_prefix("http://127.0.0.1").or_else(|| uri.strip_prefix("http://[::1]"))?;
    let url = Url::parse(uri).ok()?;
    let ends_host = rest.is_empty() || rest.starts_with([':', '/', '?']);
    (ends_host && url.fragment().is_none() && url.username().is_empty()).then_some(url)
}

/// Which client sends this request, proven by exactly one method.
pub(crate) fn authenticate(
    state: &State,
    request: &Received,
    form: &Parameters,
) -> Result<Client, TokenRefusal> {
    let in_header = request.headers.contains_key("authorization");
    let (id, secret, method) = if in_header {
        let (id, secret) = request.basic_credentials().ok_or_else(|| {
            TokenRefusal::invalid_client("the Authorization header is not valid Basic", true)
        })?;
        if form.one("client_secret").is_some() {
            return Err(TokenRefusal::invalid_request("credentials in the header and in the body"));
        }
        if form.one("client_id").is_some_and(|named| named != id) {
            return Err(TokenRefusal::invalid_request("the header and the body name different clients"));
        }
        (id, Some(secret), AuthMethod::Basic)
    } else {
        let id = form
            .first("client_id")
            .ok_or_else(|| TokenRefusal::invalid_client("no client is named", false))?;
        let secret = form.first("client_secret");
        let method = if secret.is_some() { AuthMethod::Post } else { AuthMethod::None };
        (id, secret, method)
    };
    let client = state
        .clients
        .iter()
        .find(|client| client.id == id)
        .ok_or_else(|| TokenRefusal::invalid_client("unknown client", in_header))?;
    let basic_only = state.misbehaviour.has(&Knob::OnlyBasic) && method == AuthMethod::Post;
    if basic_only || !client.methods.contains(&method) {
        return Err(TokenRefusal::invalid_client("this client may not authenticate that way", in_header));
    }
    if method != AuthMethod::None && client.secret != secret {
        return Err(TokenRefusal::invalid_client("wrong client secret", in_header));
    }
    Ok(client.clone())
}

/// The check that both endpoints of the back channel begin with: POST, a form, nothing repeated, a proven client.
pub(crate) fn back_channel(state: &State, request: &Received) -> Result<(Client, Parameters), Answer> {
    if request.method != http::Method::POST {
        return Err(Answer::method_not_allowed("POST"));
    }
    if !request.is_form() {
        return Err(
            TokenRefusal::invalid_request("the body is not application/x-www-form-urlencoded").answer()
        );
    }
    let form = request.form_parameters();
    if let Some(name) = form.repeated() {
        return Err(TokenRefusal::invalid_request(&format!("{name} came more than once")).answer());
    }
    let client = authenticate(state, request, &form).map_err(|refusal| refusal.answer())?;
    Ok((client, form))
}
