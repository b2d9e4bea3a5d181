//! A change to one member of a document, a token or a redirect.

use super::super::random;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::SystemTime;

/// What becomes of one member. What is not there can only be set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// It is left out.
    Remove,
    /// It has this value, whatever it was.
    Set(Value),
    /// A text has this behind it.
    Append(String),
    /// A text is one of the same length and alphabet, and another.
    Damage,
    /// The letters of a text are large where they were small, and small where they were large.
    InvertCase,
    /// A text is one that nobody knows.
    Random,
    /// A list in its place: for each of these, the text with this behind it; `["", "1"]` is the text itself and another one.
    List(Vec<String>),
    /// That many seconds from now, or ago, since 1970.
    SecondsFromNow(i64),
}

impl Change {
    /// Changes a member of an object.
    pub(crate) fn apply(&self, members: &mut Map<String, Value>, name: &str, now: SystemTime) {
        let changed = match (self, members.get(name)) {
            (Self::Set(value), _) => Some(value.clone()),
            (Self::SecondsFromNow(by), _) => Some((super::seconds(now) + by).into()),
            (Self::Remove, _) | (_, None) => None,
            (Self::List(endings), Some(Value::String(text))) => {
                Some(endings.iter().map(|ending| format!("{text}{ending}")).collect())
            }
            (_, Some(Value::String(text))) => Some(self.text(text).into()),
            (_, Some(other)) => Some(other.clone()),
        };
        match changed {
            Some(value) => members.insert(name.to_owned(), value),
            None => members.remove(name),
        };
    }

    /// Changes a parameter of a redirect; only texts stand there.
    pub(crate) fn apply_to_parameter(
        &self,
        parameters: &mut Vec<(String, String)>,
        name: &str,
        now: SystemTime,
    ) {
        let mut members: Map<String, Value> =
            parameters.iter().map(|(key, value)| (key.clone(), value.clone().into())).collect();
        self.apply(&mut members, name, now);
        let changed = members.get(name).map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
        let at = parameters.iter().position(|(key, _)| key == name);
        match (at, changed) {
            (Some(at), Some(value)) => parameters[at].1 = value,
            (Some(at), None) => {
                parameters.remove(at);
            }
            (None, Some(value)) => parameters.push((name.to_owned(), value)),
            (None, None) => {}
        }
    }

    fn text(&self, text: &str) -> String {
        match self {
            Self::Append(ending) => format!("{text}{ending}"),
            Self::Damage => {
                let first = if text.starts_with('A') { 'B' } else { 'A' };
                std::iter::once(first).chain(text.chars().skip(1)).collect()
            }
            Self::InvertCase => text
                .chars()
                .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
                .collect(),
            Self::Random => random::unguessable("gp_random_"),
            _ => text.to_owned(),
        }
    }
}
