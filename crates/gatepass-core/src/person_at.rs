//! Where an API says whose an access token is, at a provider that signs no ID tokens.

use crate::wire::json::{Members, string};

/// A resource that tells whose an access token is, and the member of its answer that names the person for good: an id, and
/// no name and no email, which somebody else may have tomorrow.
///
/// ```
/// # use gatepass_core::PersonAt;
/// let person = PersonAt::new("https://api.github.com/user", "id");
/// assert_eq!(person.read(br#"{"id": 9007199254740993, "login": "ada"}"#).as_deref(), Some("9007199254740993"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonAt {
    url: Box<str>,
    id: Box<[Box<str>]>,
}

impl PersonAt {
    /// The resource's URL, and the path to the member, its names separated by dots: `id`, or `data.id` where the answer wraps
    /// it. The URL's origin becomes one of the provider's resources.
    #[must_use]
    pub fn new(url: impl Into<Box<str>>, id: &str) -> Self {
        Self { url: url.into(), id: id.split('.').map(Box::from).collect() }
    }

    /// The resource's URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The id in an answer: a text that is not empty, or a whole number, digit by digit. `None`: there is none.
    #[must_use]
    pub fn read(&self, answer: &[u8]) -> Option<String> {
        let (last, above) = self.id.split_last()?;
        let mut members = Members::read(answer)?;
        for name in above {
            members = Members::read(members.raw(name)?.as_bytes())?;
        }
        let raw = members.raw(last)?;
        let id = match string(raw) {
            Some(text) => text.into_owned(),
            None => {
                let digits = raw.strip_prefix('-').unwrap_or(raw);
                let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
                whole.then(|| raw.to_owned())?
            }
        };
        (!id.is_empty()).then_some(id)
    }
}
