//! A logout token on its way to a client, and what the client said to it.

use crate::provider::server::Whole;
use crate::provider::shared::Shared;
use crate::provider::wire::Wire;
use bytes::Bytes;
use http::{Request, StatusCode, header};
use serde::Serialize;
use std::io;
use std::time::Duration;
use tokio::net::TcpStream;
use url::Url;

/// A client that takes longer has not been told.
const PATIENCE: Duration = Duration::from_secs(5);

/// A logout token that was posted to a client, and its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LogoutNotice {
    /// Whom it was posted to.
    pub client_id: String,
    /// Where.
    pub uri: String,
    /// The logout token.
    pub token: String,
    /// The status of the answer; `None` when there was none.
    pub status: Option<u16>,
    /// The `Cache-Control` of the answer.
    pub cache_control: Option<String>,
    /// Why there was no answer.
    pub failure: Option<String>,
}

impl LogoutNotice {
    pub(crate) fn new(client_id: &str, uri: &str, token: String) -> Self {
        Self {
            client_id: client_id.to_owned(),
            uri: uri.to_owned(),
            token,
            status: None,
            cache_control: None,
            failure: None,
        }
    }

    async fn post(&mut self) {
        let posted = tokio::time::timeout(PATIENCE, post(&self.uri, &self.token)).await;
        match posted.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok((status, cache_control)) => {
                self.status = Some(status.as_u16());
                self.cache_control = cache_control;
            }
            Err(error) => self.failure = Some(error.to_string()),
        }
    }
}

/// Posts them one after the other. The lock is not held meanwhile: the client may ask for the keys.
pub(crate) async fn deliver(shared: &Shared, outbox: Vec<LogoutNotice>) {
    for mut notice in outbox {
        notice.post().await;
        let mut state = shared.state();
        state.stats.logout_tokens += 1;
        state.notices.push(notice);
    }
}

/// One request over a connection of its own.
async fn post(uri: &str, token: &str) -> io::Result<(StatusCode, Option<String>)> {
    let url = Url::parse(uri).map_err(|_| io::Error::other("the address is not a URL"))?;
    let host = url.host_str().filter(|_| url.scheme() == "http");
    let host = host.ok_or_else(|| io::Error::other("only http addresses are posted to"))?;
    let authority = format!("{host}:{}", url.port().unwrap_or(80));
    let stream = TcpStream::connect(&authority).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(Wire::new(stream)).await.map_err(io::Error::other)?;
    let connection = tokio::spawn(connection);
    let form = format!("logout_token={token}");
    let request = Request::post(&url[url::Position::BeforePath..url::Position::AfterQuery])
        .header(header::HOST, authority)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Whole::new(Bytes::from(form)))
        .map_err(io::Error::other)?;
    let answered = sender.send_request(request).await;
    connection.abort();
    let answer = answered.map_err(io::Error::other)?;
    let cache_control = answer.headers().get(header::CACHE_CONTROL);
    Ok((answer.status(), cache_control.and_then(|value| value.to_str().ok()).map(ToOwned::to_owned)))
}
