//! The body of an answer, capped while it streams in: the bytes that came, and what they decompress to.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;
use gatepass_core::ports::{HttpError, HttpErrorKind, Processed};
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};

/// Bytes up to a cap.
pub(crate) struct Capped {
    bytes: Vec<u8>,
    cap: usize,
}

impl Write for Capped {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if more.len() > self.cap - self.bytes.len() {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An answer's body as it arrives.
pub(crate) enum Answer {
    Plain(Capped),
    Gzip { came: usize, cap: usize, decoder: Box<MultiGzDecoder<Capped>> },
}

impl Answer {
    /// An empty body; takes the encoding that it undoes, and the length that no longer fits, out of the headers.
    pub(crate) fn of(headers: &mut HeaderMap, cap: usize, announced: Option<u64>) -> Self {
        if headers.get(CONTENT_ENCODING).is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"gzip"))
        {
            headers.remove(CONTENT_ENCODING);
            headers.remove(CONTENT_LENGTH);
            let decoder = Box::new(MultiGzDecoder::new(Capped { bytes: Vec::new(), cap }));
            return Self::Gzip { came: 0, cap, decoder };
        }
        let room = announced.and_then(|length| usize::try_from(length).ok()).unwrap_or(0).min(cap);
        Self::Plain(Capped { bytes: Vec::with_capacity(room), cap })
    }

    /// Takes the next bytes from the wire.
    pub(crate) fn push(&mut self, chunk: &[u8]) -> Result<(), HttpError> {
        match self {
            Self::Plain(body) => body.write_all(chunk).map_err(refused),
            Self::Gzip { came, cap, decoder } => {
                *came += chunk.len();
                if *came > *cap {
                    return Err(refused(io::ErrorKind::FileTooLarge.into()));
                }
                decoder.write_all(chunk).map_err(refused)
            }
        }
    }

    /// The whole body, once the last byte came.
    pub(crate) fn finish(self) -> Result<Vec<u8>, HttpError> {
        match self {
            Self::Plain(body) => Ok(body.bytes),
            Self::Gzip { came: 0, .. } => Ok(Vec::new()),
            Self::Gzip { decoder, .. } => Ok(decoder.finish().map_err(refused)?.bytes),
        }
    }
}

fn refused(error: io::Error) -> HttpError {
    let kind = match error.kind() {
        io::ErrorKind::FileTooLarge => HttpErrorKind::TooLarge,
        _ => HttpErrorKind::Broken,
    };
    HttpError::new(kind, Processed::Maybe)
}
