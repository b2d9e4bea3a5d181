//! What sealed bytes are bound to.

use gatepass_core::ports::{GrantKey, Owner};
use gatepass_core::renewal::Lineage;

/// The place that sealed bytes belong to. They open with an equal binding only.
///
/// Every part is written with its length before it, so that no two different bindings look the same.
///
/// ```
/// use gatepass::Binding;
///
/// let one = Binding::new("pending login").to(b"ab").to(b"c");
/// assert_ne!(one, Binding::new("pending login").to(b"a").to(b"bc"));
/// assert_ne!(one, Binding::new("landed login").to(b"ab").to(b"c"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a binding binds what is sealed with it"]
pub struct Binding(Vec<u8>);

impl Binding {
    /// A binding to a purpose.
    pub fn new(purpose: &str) -> Self {
        Self(Vec::with_capacity(96)).to(purpose.as_bytes())
    }

    /// The same binding, to this part as well.
    pub fn to(mut self, part: &[u8]) -> Self {
        self.0.extend_from_slice(&(part.len() as u64).to_be_bytes());
        self.0.extend_from_slice(part);
        self
    }

    /// The binding of a grant's tokens: to the row, the lineage and the generation.
    pub fn grant(key: &GrantKey, lineage: Lineage, generation: u64) -> Self {
        let (kind, owner): (&[u8], &str) = match key.owner() {
            Owner::Session(id) => (b"session", id),
            Owner::User(id) => (b"user", id),
            _ => (b"other", ""),
        };
        Self::new("grant")
            .to(key.provider().as_bytes())
            .to(kind)
            .to(owner.as_bytes())
            .to(&lineage.number().to_be_bytes())
            .to(&generation.to_be_bytes())
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
