//! The people who can log in.

use super::openid;
use serde_json::{Map, Value};

/// A person with an account at the provider.
#[derive(Debug, Clone)]
pub struct User {
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) sub: String,
    pub(crate) name: String,
    pub(crate) email: String,
    claims: Map<String, Value>,
}

impl User {
    /// A person whose password, subject and e-mail address derive from the user name.
    #[must_use]
    pub fn new(username: &str, name: &str) -> Self {
        Self {
            username: username.to_owned(),
            password: username.to_owned(),
            sub: format!("user-{username}"),
            name: name.to_owned(),
            email: format!("{username}@example.com"),
            claims: openid::defaults(username, name),
        }
    }

    /// Sets the password of the login page; it is the user name otherwise.
    #[must_use]
    pub fn password(mut self, password: &str) -> Self {
        self.password = password.to_owned();
        self
    }

    /// Sets the subject identifier.
    #[must_use]
    pub fn subject(mut self, sub: &str) -> Self {
        self.sub = sub.to_owned();
        self
    }

    /// Sets the e-mail address.
    #[must_use]
    pub fn email(mut self, email: &str) -> Self {
        self.email = email.to_owned();
        self
    }

    /// Sets a claim of user info. It is answered when the scope that it belongs to was granted.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// All claims about this person but the subject.
    pub(crate) fn known(&self) -> Map<String, Value> {
        let mut known = self.claims.clone();
        known.entry("email").or_insert_with(|| self.email.clone().into());
        known
    }

    pub(crate) fn defaults() -> Vec<Self> {
        vec![Self::new("alice", "Alice Liddell"), Self::new("bob", "Bob Cratchit")]
    }
}
