//! The key ring: the first key seals, all keys open.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatepass_core::Secret;
use gatepass_core::ports::{Entropy, NoEntropy, Sealed};
use zeroize::Zeroizing;

use super::{Binding, KeyRingError, SealError};
use crate::system::SystemEntropy;

const VERSION: u8 = 1;
const KEY_LEN: usize = 32;
const ID_LEN: usize = 8;
const HEAD_LEN: usize = 1 + ID_LEN + NONCE_LEN;

/// The keys under which tokens and logins are kept. Cloning is cheap.
///
/// To change keys, put the new one first, seal everything again, then drop the old one. The keys are wiped when the
/// last clone is dropped.
///
/// ```
/// use gatepass::{Binding, KeyRing, SystemEntropy};
///
/// let ring = KeyRing::generate()?;
/// let place = Binding::new("example").to(b"row 1");
/// let sealed = ring.seal(&place, b"a secret", &SystemEntropy::new())?;
/// assert_eq!(ring.open(&place, &sealed)?.as_slice(), b"a secret");
/// assert!(ring.open(&Binding::new("example").to(b"row 2"), &sealed).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct KeyRing(Arc<[Key]>);

struct Key {
    id: [u8; ID_LEN],
    bytes: Zeroizing<[u8; KEY_LEN]>,
    aead: LessSafeKey,
}

impl KeyRing {
    /// Reads 32-byte keys in standard base64, separated by commas. The first one seals.
    ///
    /// # Errors
    /// [`KeyRingError`], which names the key that is wrong by its place.
    pub fn parse(text: &str) -> Result<Self, KeyRingError> {
        if text.trim().is_empty() {
            return Err(KeyRingError::NoKey);
        }
        let mut keys: Vec<Key> = Vec::new();
        for (at, text) in text.split(',').enumerate() {
            let at = at + 1;
            // Room for what a longer text decodes to, so that no part of a key is left behind by a growing buffer.
            let mut decoded = Zeroizing::new(vec![0; base64::decoded_len_estimate(text.len())]);
            let bytes = STANDARD
                .decode_slice(text.trim(), &mut decoded)
                .map_err(|_| KeyRingError::NotBase64 { key: at })?;
            let wrong = KeyRingError::WrongLength { key: at, bytes };
            let mut key = Zeroizing::new([0; KEY_LEN]);
            key.copy_from_slice(decoded.get(..bytes).filter(|key| key.len() == KEY_LEN).ok_or(wrong)?);
            let key = Key::new(key).ok_or(wrong)?;
            if let Some(earlier) = keys.iter().position(|known| known.id == key.id) {
                return Err(KeyRingError::Twice { key: at, earlier: earlier + 1 });
            }
            keys.push(key);
        }
        Ok(Self(keys.into()))
    }

    /// A ring of one new key.
    ///
    /// # Errors
    /// [`NoEntropy`], when the system's random generator does not deliver.
    pub fn generate() -> Result<Self, NoEntropy> {
        let entropy = SystemEntropy::new();
        loop {
            let [bytes, _] = entropy.seed()?.split();
            if let Some(key) = Key::new(bytes) {
                return Ok(Self(Arc::new([key])));
            }
        }
    }

    /// The keys as [`parse`](KeyRing::parse) reads them: for a file that nobody else may read.
    #[must_use]
    pub fn danger_text(&self) -> Secret {
        let mut text = Zeroizing::new(String::with_capacity(self.0.len() * (KEY_LEN * 4 / 3 + 5)));
        for key in self.0.iter() {
            if !text.is_empty() {
                text.push(',');
            }
            STANDARD.encode_string(key.bytes.as_slice(), &mut text);
        }
        Secret::new(text.as_str())
    }

    /// Seals bytes for one place under the first key.
    ///
    /// # Errors
    /// [`SealError::NoEntropy`].
    pub fn seal(
        &self,
        binding: &Binding,
        plaintext: &[u8],
        entropy: &dyn Entropy,
    ) -> Result<Sealed, SealError> {
        let key = self.0.first().ok_or(SealError::UnknownKey)?;
        let [random, _] = entropy.seed().map_err(|_| SealError::NoEntropy)?.split();
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&random[..NONCE_LEN]);
        let mut text = Zeroizing::new(plaintext.to_vec());
        let tag = key
            .aead
            .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), key.binding(binding), &mut text)
            .map_err(|_| SealError::Refused)?;
        let mut bytes = Vec::with_capacity(HEAD_LEN + text.len() + tag.as_ref().len());
        bytes.push(VERSION);
        bytes.extend_from_slice(&key.id);
        bytes.extend_from_slice(&nonce);
        bytes.extend_from_slice(&text);
        bytes.extend_from_slice(tag.as_ref());
        Ok(Sealed::from_stored(bytes))
    }

    /// Opens bytes that were sealed for this place, under any of the keys.
    ///
    /// # Errors
    /// [`SealError`], by what is wrong with them.
    pub fn open(&self, binding: &Binding, sealed: &Sealed) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let (id, nonce, text) = parts(sealed).ok_or(SealError::Format)?;
        let key = self.0.iter().find(|key| key.id == id).ok_or(SealError::UnknownKey)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::Format)?;
        let mut text = Zeroizing::new(text.to_vec());
        let length = key
            .aead
            .open_in_place(nonce, key.binding(binding), &mut text)
            .map_err(|_| SealError::Refused)?
            .len();
        text.truncate(length);
        Ok(text)
    }

    /// Whether these bytes were sealed under the first key.
    #[must_use]
    pub fn is_current(&self, sealed: &Sealed) -> bool {
        parts(sealed).zip(self.0.first()).is_some_and(|((id, ..), first)| first.id == id)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({} keys)", self.0.len())
    }
}

impl Key {
    /// `None`: not a key of the cipher, which every 32 bytes are.
    fn new(bytes: Zeroizing<[u8; KEY_LEN]>) -> Option<Self> {
        let mut named = digest::Context::new(&digest::SHA256);
        named.update(b"gatepass key id\0");
        named.update(bytes.as_slice());
        let mut id = [0; ID_LEN];
        id.copy_from_slice(&named.finish().as_ref()[..ID_LEN]);
        let aead = LessSafeKey::new(UnboundKey::new(&AES_256_GCM_SIV, bytes.as_slice()).ok()?);
        Some(Self { id, bytes, aead })
    }

    fn binding(&self, binding: &Binding) -> Aad<Vec<u8>> {
        let mut data = vec![VERSION];
        data.extend_from_slice(&self.id);
        data.extend_from_slice(binding.as_bytes());
        Aad::from(data)
    }
}

fn parts(sealed: &Sealed) -> Option<([u8; ID_LEN], &[u8], &[u8])> {
    let (head, text) = sealed.as_bytes().split_at_checked(HEAD_LEN)?;
    let (version, head) = head.split_first()?;
    let (id, nonce) = head.split_at_checked(ID_LEN)?;
    (*version == VERSION).then_some((id.try_into().ok()?, nonce, text))
}
