//! The code of a Rust file without its comments and the insides of its literals, so that words in them are no findings.

/// The text with comments and the contents of literals replaced by spaces; every line stays where it is.
pub(super) fn only(text: &str) -> String {
    let mut rest = text;
    let mut code = String::with_capacity(text.len());
    while let Some(first) = rest.chars().next() {
        let (length, keep) = match first {
            '/' if rest.starts_with("//") => (rest.find('\n').unwrap_or(rest.len()), 0),
            '/' if rest.starts_with("/*") => (block_comment(rest), 0),
            '"' => (quoted(rest), 1),
            '\'' => match character(rest) {
                Some(length) => (length, 1),
                None => (1, 1),
            },
            'r' if !ends_in_word(&code) => match raw(rest) {
                Some(length) => (length, 1),
                None => (1, 1),
            },
            first => (first.len_utf8(), first.len_utf8()),
        };
        let (token, after) = rest.split_at(length);
        code.push_str(&token[..keep]);
        code.extend(token[keep..].chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        rest = after;
    }
    code
}

/// Whether `word` stands in `code` with nothing of an identifier on either side.
pub(super) fn names(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

/// The code with no white space but what separates two words, to look for a path that a formatter may have split.
pub(super) fn dense(code: &str) -> String {
    let mut dense = String::with_capacity(code.len());
    for token in code.split_whitespace() {
        if dense.ends_with(is_word) && token.starts_with(is_word) {
            dense.push(' ');
        }
        dense.push_str(token);
    }
    dense
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// `r` after a word is a part of it, but for `br"…"`.
fn ends_in_word(code: &str) -> bool {
    let mut back = code.chars().rev();
    match back.next() {
        Some('b') => back.next().is_some_and(is_word),
        Some(c) => is_word(c),
        None => false,
    }
}

fn block_comment(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0_usize, 0);
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The length of a character literal, or nothing where the quote begins a lifetime.
fn character(text: &str) -> Option<usize> {
    let mut chars = text.char_indices().skip(1);
    let (_, first) = chars.next()?;
    if first == '\\' {
        chars.next()?;
        return chars.find(|(_, c)| *c == '\'').map(|(at, _)| at + 1);
    }
    chars.next().filter(|(_, c)| *c == '\'').map(|(at, _)| at + 1)
}

/// The length of a raw string.
fn raw(text: &str) -> Option<usize> {
    let hashes = text[1..].bytes().take_while(|byte| *byte == b'#').count();
    let inside = text[1 + hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = inside.find(&end).map_or(inside.len(), |at| at + end.len());
    Some(2 + hashes + length)
}
