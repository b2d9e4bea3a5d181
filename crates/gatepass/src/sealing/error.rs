//! What can be wrong with keys, and with what they shall open.

use std::fmt;

/// A key ring that cannot be used. It names which key is wrong, counted from 1, and never shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyRingError {
    /// There is no key at all.
    NoKey,
    /// A key is not standard base64.
    NotBase64 {
        /// Which one.
        key: usize,
    },
    /// A key has not 32 bytes.
    WrongLength {
        /// Which one.
        key: usize,
        /// How many it has.
        bytes: usize,
    },
    /// A key is there twice.
    Twice {
        /// Which one.
        key: usize,
        /// The earlier one that is the same.
        earlier: usize,
    },
}

impl fmt::Display for KeyRingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey => f.write_str("the key ring holds no key: name at least one, 32 bytes in base64"),
            Self::NotBase64 { key } => write!(f, "key {key} of the key ring is not standard base64"),
            Self::WrongLength { key, bytes } => {
                write!(f, "key {key} of the key ring has {bytes} bytes and must have 32")
            }
            Self::Twice { key, earlier } => {
                write!(f, "key {key} of the key ring is the same as key {earlier}")
            }
        }
    }
}

impl std::error::Error for KeyRingError {}

/// Bytes that were not sealed or not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SealError {
    /// They were sealed under a key that is not in the ring.
    UnknownKey,
    /// The key is there, but they were changed, or moved here from another place, purpose or generation.
    Refused,
    /// They are not sealed bytes of a version that this program knows.
    Format,
    /// They were opened, but hold nothing that this program can read.
    Corrupt,
    /// There is no randomness to seal with.
    NoEntropy,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownKey => "what is stored was sealed under a key that is not in the key ring",
            Self::Refused => "what is stored was changed or was put where it does not belong",
            Self::Format => "what is stored is not sealed in a way that this version knows",
            Self::Corrupt => "what is stored was opened and cannot be read by this version",
            Self::NoEntropy => "the random generator of the system does not deliver",
        })
    }
}

impl std::error::Error for SealError {}
