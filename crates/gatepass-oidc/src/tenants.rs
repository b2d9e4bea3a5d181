//! Providers whose metadata name an issuer for each tenant by a template, such as
//! `https://login.example/{tenantid}/v2.0`.

use std::fmt;

/// The template of the issuers of many tenants, and which of them may log in.
///
/// The issuer of a token must be the template with the token's own `tid` in it, and that tenant must be allowed.
#[derive(Clone)]
#[must_use = "tenants that no rules name are not judged"]
pub struct Tenants {
    template: Box<str>,
    allowed: Option<Box<[Box<str>]>>,
}

const PLACE: &str = "{tenantid}";

impl Tenants {
    /// Allows these tenants.
    pub fn only<T: Into<Box<str>>>(
        template: impl Into<Box<str>>,
        tenants: impl IntoIterator<Item = T>,
    ) -> Self {
        Self { template: template.into(), allowed: Some(tenants.into_iter().map(Into::into).collect()) }
    }

    /// Allows every tenant of the provider: whoever can make a tenant there can log in here.
    pub fn danger_any(template: impl Into<Box<str>>) -> Self {
        Self { template: template.into(), allowed: None }
    }

    /// The template, as metadata hold it for their issuer.
    #[must_use]
    pub fn template(&self) -> &str {
        &self.template
    }

    /// The issuer of a tenant that may log in.
    pub(crate) fn issuer_of(&self, tenant: &str) -> Option<String> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        if tenant.is_empty() || !tenant.bytes().all(plain) {
            return None;
        }
        let allowed = self.allowed.as_ref().is_none_or(|list| list.iter().any(|known| **known == *tenant));
        let (before, after) = self.template.split_once(PLACE)?;
        allowed.then(|| format!("{before}{tenant}{after}"))
    }
}

impl fmt::Debug for Tenants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenants").field("template", &self.template).field("allowed", &self.allowed).finish()
    }
}
