//! What is shown of a URL: everything but the values that are secrets.

/// Parameters whose values are of the protocol and tell nobody anything.
const PLAIN: [&str; 9] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "code_challenge_method",
    "iss",
    "error",
    "prompt",
    "return_to",
];

/// A URL with the values of all other parameters cut to four characters.
pub(super) fn mask(url: &str) -> String {
    let Some((head, query)) = url.split_once('?') else { return url.to_owned() };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, value)) if PLAIN.contains(&name) => format!("{name}={value}"),
        Some((name, value)) => format!("{name}={}…", value.get(..4).unwrap_or_default()),
        None => pair.to_owned(),
    });
    format!("{head}?{}", pairs.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn secrets_are_cut_and_the_rest_stays() {
        let masked = mask("http://a/cb?code=SplxlOBeZQ&state=af0ifjsldkj&iss=http%3A%2F%2Fb");
        assert_eq!(masked, "http://a/cb?code=Splx…&state=af0i…&iss=http%3A%2F%2Fb");
    }
}
