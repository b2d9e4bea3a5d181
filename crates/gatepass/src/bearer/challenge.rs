//! The challenges of `WWW-Authenticate` (RFC 9110 section 11.6.1).

/// One challenge: a scheme and its parameters.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    scheme: Box<str>,
    params: Vec<(Box<str>, Box<str>)>,
}

impl Challenge {
    /// All challenges of one field value; `None`: it is broken.
    pub(super) fn all(value: &str) -> Option<Vec<Self>> {
        let mut rest = Rest(value);
        let mut challenges: Vec<Self> = Vec::new();
        loop {
            rest.skip(" \t,");
            if rest.0.is_empty() {
                return Some(challenges);
            }
            let name = rest.token()?;
            if let Some(value) = rest.value()? {
                challenges.last_mut()?.params.push((name.to_ascii_lowercase().into(), value));
                continue;
            }
            challenges.push(Self { scheme: name.into(), params: Vec::new() });
            rest.skip_token68();
        }
    }

    pub(super) fn is(&self, scheme: &str) -> bool {
        self.scheme.eq_ignore_ascii_case(scheme)
    }

    /// A parameter, by its name in small letters. Of one that is there twice, the first counts.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known.as_ref() == name).map(|(_, value)| value.as_ref())
    }
}

struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn skip(&mut self, what: &str) {
        self.0 = self.0.trim_start_matches(|c| what.contains(c));
    }

    fn token(&mut self) -> Option<&'a str> {
        let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
        let end = self.0.find(|c| !is_token(c)).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at(end);
        self.0 = rest;
        (!token.is_empty()).then_some(token)
    }

    /// The value after a name: inner `None` if there is no `=`, outer `None` if what follows is broken.
    fn value(&mut self) -> Option<Option<Box<str>>> {
        let Some(after) = self.0.trim_start_matches([' ', '\t']).strip_prefix('=') else { return Some(None) };
        self.0 = after;
        self.skip(" \t");
        match self.0.strip_prefix('"') {
            Some(quoted) => {
                self.0 = quoted;
                self.quoted().map(Some)
            }
            None => self.token().map(|token| Some(token.into())),
        }
    }

    fn quoted(&mut self) -> Option<Box<str>> {
        let mut text = String::new();
        let mut chars = self.0.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.0 = &self.0[at + 1..];
                    return Some(text.into());
                }
                '\\' => text.push(chars.next()?.1),
                c => text.push(c),
            }
        }
        None
    }

    /// What some schemes have instead of parameters: characters of base64, up to the end or a comma.
    fn skip_token68(&mut self) {
        let begun = self.0.trim_start_matches(' ');
        let is_token68 = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
        let after = begun.trim_start_matches(is_token68).trim_start_matches('=');
        if after.len() < begun.len() && (after.is_empty() || after.trim_start().starts_with(',')) {
            self.0 = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Challenge;

    fn all(value: &str) -> Vec<Challenge> {
        Challenge::all(value).unwrap()
    }

    #[test]
    fn rsr_05_challenges_are_read_in_all_their_forms() {
        let found = all(
            r#"Negotiate abc/+==, bearer realm="a, \"b\"", ERROR = invalid_token ,Basic, Digest qop=auth"#,
        );
        assert_eq!(found.len(), 4);
        assert!(found[1].is("Bearer"));
        assert_eq!(found[1].param("realm"), Some(r#"a, "b""#));
        assert_eq!(found[1].param("error"), Some("invalid_token"));
        assert_eq!(found[3].param("qop"), Some("auth"));
        assert!(all("").is_empty());
        assert!(all("Bearer")[0].is("bearer"));
    }

    #[test]
    fn rsr_05_broken_challenges_are_none_and_no_panic() {
        for broken in
            ["=", "\"", "realm=\"x\"", "Bearer realm=\"x", "Bearer realm=", "Bearer (", "Bearer a=\"\\"]
        {
            let found = Challenge::all(broken);
            assert!(
                found.is_none_or(|found| found.iter().all(|one| one.param("realm").is_none())),
                "{broken}"
            );
        }
    }
}
