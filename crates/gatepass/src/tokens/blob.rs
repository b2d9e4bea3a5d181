//! The tokens of a grant as bytes: version 2, every text with its length before it, big-endian.
//!
//! `2 | refresh? | requested | granted | id token? | home of the tokens | of their revocation | count | (resource? | wanted? | scopes | access | issued | expires?)*`, where
//! what is optional begins with a byte 0 or 1.

use gatepass_core::extension::kept_id_token;
use gatepass_core::{IdToken, Scopes, Secret, Timestamp};
use zeroize::Zeroizing;

use super::{GrantTokens, Home, Kept, Slot};

const VERSION: u8 = 2;

impl GrantTokens {
    /// The bytes to seal. They are made in one piece, so that no part is left behind by a growing buffer.
    pub(crate) fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut counted = Counted(0);
        self.write(&mut counted);
        let mut bytes = Zeroizing::new(Vec::with_capacity(counted.0));
        self.write(&mut *bytes);
        bytes
    }

    /// Reads what [`to_bytes`](Self::to_bytes) wrote; `None`: it is nothing of the kind.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut rest = Rest(bytes);
        if rest.byte()? != VERSION {
            return None;
        }
        let refresh = rest.optional()?.map(Secret::from);
        let requested = Scopes::of_stored(rest.text()?);
        let granted = Scopes::of_stored(rest.text()?);
        let id_token = rest.optional()?.map(|token| kept_id_token(Secret::from(token)));
        let home = Home { token: rest.text()?.into(), revocation: rest.text()?.into() };
        let count = rest.number()?;
        let mut kept = Vec::new();
        for _ in 0..count {
            let (resource, wanted) = (rest.optional()?, rest.optional()?);
            kept.push(Kept {
                slot: Slot::from_parts(resource, wanted),
                scopes: Scopes::of_stored(rest.text()?),
                access: Secret::from(rest.text()?),
                issued: rest.time()?,
                expires: if rest.flag()? { Some(rest.time()?) } else { None },
            });
        }
        rest.0.is_empty().then_some(Self { refresh, requested, granted, kept, id_token, home })
    }

    fn write(&self, out: &mut impl Out) {
        out.put(&[VERSION]);
        optional(out, self.refresh.as_ref().map(Secret::expose));
        text(out, self.requested.as_str());
        text(out, self.granted.as_str());
        optional(out, self.id_token.as_ref().map(IdToken::expose));
        text(out, &self.home.token);
        text(out, &self.home.revocation);
        out.put(&(self.kept.len() as u32).to_be_bytes());
        for kept in &self.kept {
            let (resource, wanted) = kept.slot.parts();
            optional(out, resource);
            optional(out, wanted);
            text(out, kept.scopes.as_str());
            text(out, kept.access.expose());
            out.put(&kept.issued.as_unix_millis().to_be_bytes());
            out.put(&[u8::from(kept.expires.is_some())]);
            if let Some(expires) = kept.expires {
                out.put(&expires.as_unix_millis().to_be_bytes());
            }
        }
    }
}

trait Out {
    fn put(&mut self, bytes: &[u8]);
}

struct Counted(usize);

impl Out for Counted {
    fn put(&mut self, bytes: &[u8]) {
        self.0 += bytes.len();
    }
}

impl Out for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

fn text(out: &mut impl Out, text: &str) {
    out.put(&(text.len() as u32).to_be_bytes());
    out.put(text.as_bytes());
}

fn optional(out: &mut impl Out, text_or_none: Option<&str>) {
    out.put(&[u8::from(text_or_none.is_some())]);
    if let Some(some) = text_or_none {
        text(out, some);
    }
}

struct Rest<'a>(&'a [u8]);

impl<'a> Rest<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn flag(&mut self) -> Option<bool> {
        match self.byte()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<usize> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?) as usize)
    }

    fn time(&mut self) -> Option<Timestamp> {
        Some(Timestamp::from_unix_millis(i64::from_be_bytes(self.take(8)?.try_into().ok()?)))
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.number()?;
        std::str::from_utf8(self.take(length)?).ok()
    }

    fn optional(&mut self) -> Option<Option<&'a str>> {
        if self.flag()? { Some(Some(self.text()?)) } else { Some(None) }
    }
}
