//! The body of an answer, capped while it streams in: the bytes that came, and what they decompress to.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};

/// Reads the whole body; takes the encoding that it undoes, and the length that no longer fits, out of the headers.
///
/// More than `cap` bytes are [`io::ErrorKind::FileTooLarge`].
pub(crate) fn read(
    body: impl Read,
    headers: &mut HeaderMap,
    announced: Option<u64>,
    cap: usize,
) -> io::Result<Vec<u8>> {
    let coding = headers.get(CONTENT_ENCODING);
    if !coding.is_some_and(|coding| coding.as_bytes().eq_ignore_ascii_case(b"gzip")) {
        let room = announced.and_then(|length| usize::try_from(length).ok()).unwrap_or(0).min(cap);
        let mut bytes = Vec::with_capacity(room);
        Capped { body, left: cap }.read_to_end(&mut bytes)?;
        return Ok(bytes);
    }
    headers.remove(CONTENT_ENCODING);
    headers.remove(CONTENT_LENGTH);
    let mut wire = io::BufReader::new(Capped { body, left: cap });
    let mut bytes = Vec::new();
    if !io::BufRead::fill_buf(&mut wire)?.is_empty() {
        Capped { body: MultiGzDecoder::new(wire), left: cap }.read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// A reader that fails as soon as more came than allowed.
struct Capped<R> {
    body: R,
    left: usize,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let came = self.body.read(room)?;
        self.left = self.left.checked_sub(came).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(came)
    }
}
