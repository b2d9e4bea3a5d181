//! Which access token of a grant: one for each pair of resource and scopes.

use gatepass_core::Scopes;

/// Names one access token of a grant. The default one is for whatever the grant allows and no resource in particular.
///
/// ```
/// use gatepass::{Scopes, Slot};
///
/// let calendar = Slot::new().resource("https://api.example/calendar").scopes(&Scopes::new("read write")?);
/// assert_eq!(calendar, Slot::new().scopes(&Scopes::new("write read")?).resource("https://api.example/calendar"));
/// assert_ne!(calendar, Slot::new());
/// # Ok::<(), gatepass::ScopeError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Slot {
    resource: Option<Box<str>>,
    /// In the order of the alphabet, so that equal sets are equal texts.
    scopes: Option<Box<str>>,
}

impl Slot {
    /// The default slot.
    #[must_use]
    pub const fn new() -> Self {
        Self { resource: None, scopes: None }
    }

    /// The slot for this resource, an absolute URI (RFC 8707).
    #[must_use]
    pub fn resource(mut self, uri: impl Into<Box<str>>) -> Self {
        self.resource = Some(uri.into());
        self
    }

    /// The slot for these scopes, each of which must have been granted.
    #[must_use]
    pub fn scopes(mut self, scopes: &Scopes) -> Self {
        let mut sorted: Vec<&str> = scopes.iter().collect();
        sorted.sort_unstable();
        self.scopes = Some(sorted.join(" ").into());
        self
    }

    /// Whether it is the default slot.
    #[must_use]
    pub fn is_default(&self) -> bool {
        self.resource.is_none() && self.scopes.is_none()
    }

    pub(crate) fn resource_uri(&self) -> Option<&str> {
        self.resource.as_deref()
    }

    pub(crate) fn wanted(&self) -> Option<Scopes> {
        self.scopes.as_deref().map(Scopes::of_stored)
    }

    pub(super) fn parts(&self) -> (Option<&str>, Option<&str>) {
        (self.resource.as_deref(), self.scopes.as_deref())
    }

    pub(super) fn from_parts(resource: Option<&str>, scopes: Option<&str>) -> Self {
        Self { resource: resource.map(Box::from), scopes: scopes.map(Box::from) }
    }
}
