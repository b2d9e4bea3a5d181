//! Which of several languages a person reads best (`Accept-Language`, RFC 9110 section 12.5.4; lookup, RFC 4647
//! section 3.4).

use http::{HeaderMap, header};

use super::Texts;

/// Languages beyond these are not looked at.
const MOST: usize = 32;

/// The first of the texts, unless the browser prefers others. There is always one.
pub(super) fn choose<'a>(texts: &'a [Texts], headers: &HeaderMap) -> Option<&'a Texts> {
    let named = headers.get_all(header::ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    let mut ranges: Vec<(u16, &str)> =
        named.flat_map(|value| value.split(',')).take(MOST).filter_map(range).collect();
    // Stable: of two that are liked alike, the first counts.
    ranges.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    let liked = ranges.iter().find_map(|(_, range)| {
        if *range == "*" { texts.first() } else { texts.iter().find(|texts| matches(&texts.lang, range)) }
    });
    liked.or(texts.first())
}

/// A language and how much it is liked, in thousandths; what is not liked at all, or is no language, is left out.
fn range(text: &str) -> Option<(u16, &str)> {
    let (range, weight) = text.split_once(';').unwrap_or((text, "q=1"));
    let (range, weight) = (range.trim(), weight.trim());
    let weight = weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="))?;
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let digits = part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    let weight = match whole {
        "1" => 1000,
        "0" if digits => format!("{part:0<3}").parse().ok()?,
        _ => return None,
    };
    (weight > 0 && !range.is_empty()).then_some((weight, range))
}

/// Whether texts of a language serve somebody who asked for a range: the range itself, a shorter form of it, or
/// another form of the same language.
fn matches(lang: &str, range: &str) -> bool {
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    primary(lang) == primary(range)
}

#[cfg(test)]
mod tests;
