//! What an application with users of its own is told of a login, and what it answers.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::response::Response;
use gatepass::ports::{Finished, Subject};
use gatepass::{Body, Claims, FreshBearer, PersonAt, Scopes};
use http::request::Parts;
use http::{HeaderValue, Request, header};
use serde::de::DeserializeOwned;

use crate::login::Entry;
use crate::refusal::Refusal;
use crate::{Cause, Login, ReturnTo, answer, device};

type BoxError = Box<dyn Error + Send + Sync>;
type Answering<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// The application's word on whose a login is.
pub(crate) type OnSignedIn = Arc<dyn Fn(SignedIn) -> Answering<Admission> + Send + Sync>;

/// The application's way to begin a session of its own.
pub(crate) type OwnSessions = Arc<dyn Fn(Arrived) -> Answering<Greeting> + Send + Sync>;

/// A login that the provider has vouched for, of which nothing is kept yet: whose is it?
#[derive(Clone, Debug)]
pub struct SignedIn {
    provider: Box<str>,
    subject: Option<Subject>,
    claims: Option<Claims>,
    granted: Scopes,
    api: FreshBearer,
}

impl SignedIn {
    /// The name of the provider.
    #[must_use]
    pub fn provider(&self) -> &str {
        &self.provider
    }

    /// Who the provider says it is, where the protocol tells and it was verified. Issuer and subject together name a
    /// person, and nothing else does: not an e-mail address.
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        self.subject.as_ref()
    }

    /// All that the verified ID token says of them, where the protocol has such. It is data about a person: their name of
    /// today, an e-mail address that may be another's tomorrow. Look nobody up by it.
    #[must_use]
    pub fn claims(&self) -> Option<&Claims> {
        self.claims.as_ref()
    }

    /// What the tokens allow.
    #[must_use]
    pub fn granted(&self) -> &Scopes {
        &self.granted
    }

    /// Gets a resource of the provider as JSON, with the access token of this very login: a plain OAuth login tells what a
    /// token may do, and an API must say whose it is.
    ///
    /// # Errors
    /// [`AskError`], also when the URL is not one of the provider's resources.
    pub async fn json<T: DeserializeOwned>(&self, url: &str) -> Result<T, AskError> {
        let answer = self.get(url).await?;
        // The parser's words could show what was parsed.
        serde_json::from_slice(answer.as_bytes()).map_err(|_| AskError::NotJson)
    }

    /// The id of the person, as a resource of the provider tells it: every digit of a number counts.
    ///
    /// # Errors
    /// [`AskError`], also when its answer names nobody.
    pub async fn id(&self, person: &PersonAt) -> Result<String, AskError> {
        person.read(self.get(person.url()).await?.as_bytes()).ok_or(AskError::Nobody)
    }

    async fn get(&self, url: &str) -> Result<Body, AskError> {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = url.parse().map_err(|_| AskError::Api(gatepass::ApiError::Url))?;
        request.headers_mut().insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        let answer = self.api.send(request).await.map_err(AskError::Api)?;
        if !answer.status().is_success() {
            return Err(AskError::Status(answer.status().as_u16()));
        }
        Ok(answer.into_body())
    }
}

/// An API did not say whose a login is.
#[derive(Debug)]
#[non_exhaustive]
pub enum AskError {
    /// There was no answer.
    Api(gatepass::ApiError),
    /// The answer is of a status that is no success.
    Status(u16),
    /// The answer is not the JSON that was expected.
    NotJson,
    /// The answer has no id where it should stand.
    Nobody,
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(_) => f.write_str("the api did not say whose the login is"),
            Self::Status(status) => {
                write!(f, "the api answered status {status} when asked whose the login is")
            }
            Self::NotJson => f.write_str("the api's answer is not the json that was expected"),
            Self::Nobody => {
                f.write_str("the api's answer has no text or whole number where the id should stand")
            }
        }
    }
}

impl Error for AskError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Api(why) => Some(why),
            _ => None,
        }
    }
}

/// Whether somebody comes in, and as whom.
#[derive(Clone, Debug)]
#[must_use = "nobody comes in before it is returned"]
pub struct Admission(pub(crate) Verdict);

#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    In { owner: Option<Box<str>>, description: Option<Box<str>> },
    Out { to: Option<ReturnTo> },
}

impl Admission {
    /// Comes in as the application's user of this key, which is the same whenever the person comes.
    pub fn of(owner: impl Into<Box<str>>) -> Self {
        Self(Verdict::In { owner: Some(owner.into()), description: None })
    }

    /// Comes in as nobody in particular: the login has a session, and the application knows nobody by it.
    pub fn nameless() -> Self {
        Self(Verdict::In { owner: None, description: None })
    }

    /// Does not come in: the tokens are given back, and a page says so.
    pub fn refused() -> Self {
        Self(Verdict::Out { to: None })
    }

    /// Does not come in, and is sent to a page of the application that says more, such as one to ask for access.
    pub fn refused_at(place: ReturnTo) -> Self {
        Self(Verdict::Out { to: Some(place) })
    }

    /// By what the person tells this session from their others. Otherwise it is what their browser calls itself, in words
    /// of ours. At most 120 characters of it are kept.
    pub fn described(mut self, text: &str) -> Self {
        if let Verdict::In { description, .. } = &mut self.0 {
            *description = Some(device::bounded(text));
        }
        self
    }
}

/// Somebody who has come in, for whom the application begins a session of its own.
#[derive(Clone)]
#[non_exhaustive]
pub struct Arrived {
    /// The key by which [`on_signed_in`](crate::LoginBuilder::on_signed_in) named them.
    pub owner: Box<str>,
    /// The name of the provider.
    pub provider: Box<str>,
    /// Who the provider says it is, where the protocol tells and it was verified: what a logout at the provider
    /// [names](crate::LoginBuilder::on_logged_out).
    pub subject: Option<Subject>,
    /// The request that brought them here, with what the application's layers have put there.
    pub parts: Parts,
}

/// Without the request, whose headers hold cookies.
impl fmt::Debug for Arrived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrived")
            .field("owner", &self.owner)
            .field("provider", &self.provider)
            .finish_non_exhaustive()
    }
}

/// What somebody takes along who has come in: cookies of the application, and where they go.
#[derive(Clone, Debug, Default)]
#[must_use = "nobody takes it along before it is returned"]
pub struct Greeting {
    cookies: Vec<HeaderValue>,
    place: Option<ReturnTo>,
}

impl Greeting {
    /// Nothing: they go where they wanted to.
    pub fn new() -> Self {
        Self::default()
    }

    /// A cookie, as it stands in `Set-Cookie`.
    pub fn cookie(mut self, mut cookie: HeaderValue) -> Self {
        cookie.set_sensitive(true);
        self.cookies.push(cookie);
        self
    }

    /// Another place than where they wanted to go.
    pub fn to(mut self, place: ReturnTo) -> Self {
        self.place = Some(place);
        self
    }
}

impl From<()> for Greeting {
    fn from((): ()) -> Self {
        Self::new()
    }
}

impl Login {
    /// Asks the application whose a login is; without an answer of its own everybody comes in, under the id that the
    /// provider's profile knows where to find, or as nobody.
    pub(crate) async fn admission(&self, entry: &Entry, finished: &Finished) -> Result<Admission, Refusal> {
        let inner = self.inner();
        let person = entry.registered.profile.person.as_ref().filter(|_| finished.subject.is_none());
        if inner.on_signed_in.is_none() && person.is_none() {
            return Ok(Admission::nameless());
        }
        let signed_in = SignedIn {
            provider: entry.name.clone(),
            subject: finished.subject.clone(),
            claims: finished.tokens.verified_id_token().and_then(|id_token| entry.flow.claims(id_token)),
            granted: finished.tokens.granted().clone(),
            api: FreshBearer::of(&finished.tokens, &inner.world),
        };
        let admission = match (&inner.on_signed_in, person) {
            (Some(judge), _) => judge(signed_in).await,
            (None, Some(person)) => match signed_in.id(person).await {
                Ok(id) => Ok(Admission::of(format!("{} {id}", entry.name))),
                Err(why) => Err(why.into()),
            },
            (None, None) => Ok(Admission::nameless()),
        };
        admission
            .map_err(|why| Refusal::new(Cause::Internal, &entry.name, Some(&NotJudged(why)), &inner.world))
    }

    /// Lets the application begin a session of its own, for this very request: the answer is what the person gets.
    pub(crate) async fn greet(
        &self,
        entry: &Entry,
        (owner, subject): (Box<str>, Option<Subject>),
        return_to: ReturnTo,
        parts: &Parts,
    ) -> Result<Response, Refusal> {
        let inner = self.inner();
        let refused = |why: Option<&(dyn Error + 'static)>| {
            Refusal::new(Cause::Internal, &entry.name, why, &inner.world)
        };
        let begin = inner.own_sessions.as_ref().ok_or_else(|| refused(None))?;
        let arrived = Arrived { owner, provider: entry.name.clone(), subject, parts: parts.clone() };
        let greeting = begin(arrived).await.map_err(|why| refused(Some(&NotBegun(why))))?;
        let place = greeting.place.unwrap_or(return_to);
        let mut response = answer::see_other(place.as_str()).ok_or_else(|| refused(None))?;
        for cookie in greeting.cookies {
            answer::add_cookie(&mut response, Some(cookie));
        }
        Ok(response)
    }
}

/// The application could not say whose a login is.
#[derive(Debug)]
struct NotJudged(BoxError);

impl fmt::Display for NotJudged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the application could not say whose the login is")
    }
}

impl Error for NotJudged {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.0.as_ref())
    }
}

/// The application could not begin a session of its own.
#[derive(Debug)]
struct NotBegun(BoxError);

impl fmt::Display for NotBegun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the application could not begin its session")
    }
}

impl Error for NotBegun {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.0.as_ref())
    }
}
