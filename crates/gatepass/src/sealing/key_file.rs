//! The key ring of a program that was given none: a file beside its database.
//!
//! - The file is whole from the moment it is there, and only its owner reads it.
//! - It is never written again: another key in its place would lock out everything that is stored.

use std::error::Error;
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use gatepass_core::Secret;
use gatepass_core::ports::{Entropy as _, NoEntropy};
use zeroize::Zeroizing;

use super::{KeyRing, KeyRingError};
use crate::SystemEntropy;

impl KeyRing {
    /// Reads the ring that is kept in a file; where there is no such file, makes it, with one new key and mode 0600.
    ///
    /// Several processes may do it at once: one makes the file, and all read the same. A backup of a database is worth
    /// nothing without this file.
    ///
    /// ```
    /// # let folder = std::env::temp_dir().join(format!("gatepass-key-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// use gatepass::KeyRing;
    ///
    /// let made = KeyRing::kept_in(&folder.join("app.db.key"))?;
    /// let read = KeyRing::kept_in(&folder.join("app.db.key"))?;
    /// assert!(made.danger_text().same_as(read.danger_text().expose()));
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`KeyFileError`]; a file that is there and cannot be used stays as it is.
    pub fn kept_in(path: &Path) -> Result<Self, KeyFileError> {
        let failed = |fault| KeyFileError { path: path.to_owned(), fault };
        if let Some(ring) = read(path).map_err(failed)? {
            return Ok(ring);
        }
        make(path, &Self::generate().map_err(|why| failed(why.into()))?).map_err(failed)?;
        read(path).and_then(|ring| ring.ok_or(io::Error::from(ErrorKind::NotFound).into())).map_err(failed)
    }
}

fn read(path: &Path) -> Result<Option<KeyRing>, KeyFileFault> {
    match fs::read_to_string(path).map(Zeroizing::new) {
        Ok(text) if is_private(path)? => Ok(Some(KeyRing::parse(text.trim_ascii())?)),
        Ok(_) => Err(KeyFileFault::Exposed),
        Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
        Err(why) => Err(why.into()),
    }
}

/// Writes a file of its own first and then gives it the name, which fails if somebody else was faster.
fn make(path: &Path, ring: &KeyRing) -> Result<(), KeyFileFault> {
    let [random, _] = SystemEntropy::new().seed()?.split();
    let mut draft = path.as_os_str().to_owned();
    draft.push(random.iter().take(8).fold(".new-".to_owned(), |name, byte| format!("{name}{byte:02x}")));
    let draft = PathBuf::from(draft);
    let made = write(&draft, &ring.danger_text()).and_then(|()| match fs::hard_link(&draft, path) {
        Err(why) if why.kind() == ErrorKind::AlreadyExists => Ok(()),
        linked => linked,
    });
    drop(fs::remove_file(&draft));
    made?;
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        // The name is on the disk before anything is sealed under the key. Not every system can be told to.
        drop(File::open(folder).and_then(|folder| folder.sync_all()));
    }
    Ok(())
}

fn write(path: &Path, text: &Secret) -> io::Result<()> {
    let mut new = OpenOptions::new();
    new.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    let mut file = new.open(path)?;
    file.write_all(text.expose().as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()
}

#[cfg(unix)]
fn is_private(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 == 0)
}

#[cfg(not(unix))]
fn is_private(_: &Path) -> io::Result<bool> {
    Ok(true)
}

/// A key file that cannot be made or used. It shows the file's name and nothing of what is in it.
#[derive(Debug)]
pub struct KeyFileError {
    path: PathBuf,
    fault: KeyFileFault,
}

impl KeyFileError {
    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What is wrong with it.
    #[must_use]
    pub fn fault(&self) -> &KeyFileFault {
        &self.fault
    }
}

/// What is wrong with a key file.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeyFileFault {
    /// It cannot be read or made.
    Io(io::Error),
    /// Others than its owner may read or write it.
    Exposed,
    /// What is in it is no key ring.
    Ring(KeyRingError),
    /// There is no randomness to make a key from.
    NoEntropy(NoEntropy),
}

impl From<io::Error> for KeyFileFault {
    fn from(why: io::Error) -> Self {
        Self::Io(why)
    }
}

impl From<KeyRingError> for KeyFileFault {
    fn from(why: KeyRingError) -> Self {
        Self::Ring(why)
    }
}

impl From<NoEntropy> for KeyFileFault {
    fn from(why: NoEntropy) -> Self {
        Self::NoEntropy(why)
    }
}

impl fmt::Display for KeyFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the key file {} ", self.path.display())?;
        f.write_str(match self.fault {
            KeyFileFault::Io(_) => "cannot be read or made",
            KeyFileFault::Exposed => "may be read or written by others than its owner: give it mode 0600",
            KeyFileFault::Ring(_) => "holds no key ring",
            KeyFileFault::NoEntropy(_) => "cannot be made without randomness",
        })
    }
}

impl Error for KeyFileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.fault {
            KeyFileFault::Io(why) => Some(why),
            KeyFileFault::Exposed => None,
            KeyFileFault::Ring(why) => Some(why),
            KeyFileFault::NoEntropy(why) => Some(why),
        }
    }
}
