//! The body of a form that comes from elsewhere, read whole and within bounds.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::{Body, Bytes, HttpBody as _};
use http::{HeaderMap, header};

use crate::Cause;

/// A longer form is refused.
const LONGEST_FORM: usize = 64 * 1024;

/// A longer body is not even read to be thrown away.
const MOST_READ: usize = 4 << 20;

/// Reads the body of a request that says that it is a form.
pub(crate) async fn read(headers: &HeaderMap, body: Body) -> Result<Bytes, Cause> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    let encoded = headers.contains_key(header::CONTENT_ENCODING);
    if encoded || !media.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Cause::ContentType);
    }
    whole(body).await
}

/// Reads a body that is not too large. What is too large is read on for a while, so that the sender has sent it and
/// listens to the answer.
async fn whole(mut body: Body) -> Result<Bytes, Cause> {
    let (mut bytes, mut read) = (Vec::new(), 0);
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| Cause::Malformed)?.into_data() else { continue };
        read += data.len();
        if read > MOST_READ {
            break;
        }
        if read <= LONGEST_FORM {
            bytes.extend_from_slice(&data);
        }
    }
    if read > LONGEST_FORM { Err(Cause::TooLarge) } else { Ok(bytes.into()) }
}
