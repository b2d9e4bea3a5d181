//! JSON objects read member by member: no member twice, values kept as they stand.

use std::borrow::Cow;
use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

/// More members than this make no token response.
const MOST_MEMBERS: usize = 512;

/// The members of a JSON object, in order, with their values as raw JSON text.
pub struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Members<'a> {
    /// Reads a text that is exactly one JSON object in UTF-8.
    #[must_use]
    pub fn read(text: &'a [u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let mut json = serde_json::Deserializer::from_str(text);
        let members = json.deserialize_map(MembersVisitor).ok()?;
        json.end().ok()?;
        Some(members)
    }

    /// A member's JSON text.
    #[must_use]
    pub fn raw(&self, name: &str) -> Option<&'a str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.get())
    }

    /// A member's text.
    ///
    /// # Errors
    /// [`NotText`].
    pub fn text(&self, name: &str) -> Result<Option<Cow<'a, str>>, NotText> {
        self.raw(name).map(|raw| string(raw).ok_or(NotText)).transpose()
    }

    /// Names and JSON texts.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value.get()))
    }
}

/// A member is there and no string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "it has nothing to say but itself")]
pub struct NotText;

/// The text of a raw JSON value that is a string.
#[must_use]
pub fn string(raw: &str) -> Option<Cow<'_, str>> {
    // The parser has read the value before: without an escape, what stands between the quotes is the text.
    if let Some(text) = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'))
        && !text.contains('\\')
    {
        return Some(Cow::Borrowed(text));
    }
    let mut json = serde_json::Deserializer::from_str(raw);
    json.deserialize_str(TextVisitor).ok()
}

impl fmt::Debug for Members<'_> {
    /// Shows how many there are: they may be secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Members({})", self.0.len())
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object without doubled members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
        let mut members: Vec<(Cow<'de, str>, &'de RawValue)> = Vec::with_capacity(24);
        while let Some(name) = map.next_key_seed(Text)? {
            if members.len() == MOST_MEMBERS || members.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom("a member twice, or too many"));
            }
            members.push((name, map.next_value()?));
        }
        Ok(Members(members))
    }
}

struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<Cow<'de, str>, D::Error> {
        json.deserialize_str(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// The `refresh_token` of anything that is a JSON object, however else it is broken: the last one counts.
pub(crate) fn successor(text: &[u8]) -> Option<Box<str>> {
    struct Successor;
    impl<'de> Visitor<'de> for Successor {
        type Value = Option<Box<str>>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Option<Box<str>>, A::Error> {
            let mut found = None;
            while let Some(name) = map.next_key_seed(Text)? {
                let value: &RawValue = map.next_value()?;
                if name == "refresh_token" {
                    found = string(value.get()).filter(|token| !token.is_empty()).map(Box::from);
                }
            }
            Ok(found)
        }
    }
    let mut json = serde_json::Deserializer::from_str(std::str::from_utf8(text).ok()?);
    json.deserialize_map(Successor).ok()?
}
