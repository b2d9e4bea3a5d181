//! What a check looks at, and what it has to say.

use std::fmt;

/// A text file of the repository.
#[derive(Debug)]
pub(super) struct File {
    /// Relative to the workspace, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    #[cfg(test)]
    pub(super) fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    pub(super) fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }
}

/// One thing that is not as it should be.
#[derive(Debug, PartialEq)]
pub(super) struct Finding {
    /// A file, perhaps with `:line`, or a crate.
    pub(super) place: String,
    wrong: String,
    mend: String,
    warning: bool,
}

impl Finding {
    pub(super) fn error(place: impl Into<String>, wrong: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { place: place.into(), wrong: wrong.into(), mend: mend.into(), warning: false }
    }

    pub(super) fn warning(
        place: impl Into<String>,
        wrong: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self { warning: true, ..Self::error(place, wrong, mend) }
    }

    pub(super) fn is_error(&self) -> bool {
        !self.warning
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.warning { "warning" } else { "error" };
        write!(f, "{kind}: {}: {}: {}", self.place, self.wrong, self.mend)
    }
}
